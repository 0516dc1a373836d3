//! Matches: one row per pair, replaced block by block, with a log of every decision.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use updraft_sql::{ColumnType, Query, Row, Sql, SqlError, Tx, Value, row, statements};

use crate::features::MatchInput;
use crate::match_delta::mark;
use crate::rows::{id, names_json};
use crate::{EntityId, EntityKind, ReferralStore, RunId, StoreError};

/// A block of records that was matched completely: against everything on the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchScope {
    /// These positions, each with all candidates.
    Positions(Vec<(EntityId, MatchInput)>),
    /// These candidates, each with all open positions.
    Candidates(Vec<(EntityId, MatchInput)>),
}

/// A pair that is a match.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMatch {
    /// The position.
    pub position_id: EntityId,
    /// The candidate.
    pub candidate_id: EntityId,
    /// Hundredths of a point, 0 to 10,000.
    pub score: i64,
    /// The cosine of the vectors.
    pub cosine: f64,
    /// The named parts that sum to the score.
    pub parts: Json,
    /// Required and nice skills that the candidate has.
    pub matched_skills: Vec<String>,
    /// Required and nice skills that the candidate lacks.
    pub missing_skills: Vec<String>,
    /// The gates with their verdicts.
    pub gates: Json,
    /// What the position looked like.
    pub position_input: MatchInput,
    /// What the candidate looked like.
    pub candidate_input: MatchInput,
}

/// Where matches come from: the same for all pairs of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchProvenance {
    /// The run.
    pub run_id: RunId,
    /// The threshold in hundredths of a point.
    pub threshold: i64,
    /// SHA-256 (hex) of the model.
    pub model_sha256: String,
    /// Precision of the vectors.
    pub precision: String,
    /// Version of the formula.
    pub formula_version: String,
    /// The weights, as the decision log keeps them.
    pub weights: Json,
    /// Identifies everything that is no record; see [`ReferralStore::match_delta`].
    pub scoring: String,
}

/// What replacing a block of matches did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MatchChanges {
    /// Pairs that were no match before.
    pub new: u64,
    /// Matches whose score, explanation or inputs changed.
    pub updated: u64,
    /// Matches that are as they were; not written.
    pub unchanged: u64,
    /// Pairs that are no match any more.
    pub withdrawn: u64,
}

impl std::ops::AddAssign for MatchChanges {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.withdrawn += other.withdrawn;
    }
}

type Pair = (EntityId, EntityId);

/// The columns of a batch of matches, for the table and for the log.
const MATCH_COLUMNS: &[(&str, ColumnType)] = &[
    ("position_id", ColumnType::I64),
    ("candidate_id", ColumnType::I64),
    ("score", ColumnType::I64),
    ("cosine", ColumnType::F64),
    ("parts", ColumnType::Text),
    ("matched_skills", ColumnType::Text),
    ("missing_skills", ColumnType::Text),
    ("gates", ColumnType::Text),
    ("position_content_hash", ColumnType::Text),
    ("position_text_hash", ColumnType::Text),
    ("candidate_content_hash", ColumnType::Text),
    ("candidate_text_hash", ColumnType::Text),
    ("fingerprint", ColumnType::Text),
    ("outcome", ColumnType::Text),
];

const PAIR_COLUMNS: &[(&str, ColumnType)] = &[
    ("position_id", ColumnType::I64),
    ("candidate_id", ColumnType::I64),
];

/// What both texts of [`UPSERT`] share: up to the rows, and what happens to a pair that is there already.
macro_rules! insert_matches {
    ($rows:literal) => {
        concat!(
            "INSERT INTO candidate_match (position_id, candidate_id, status, score, cosine, parts, matched_skills, \
             missing_skills, gates, threshold, model_sha256, precision, formula_version, position_content_hash, \
             position_text_hash, candidate_content_hash, candidate_text_hash, fingerprint, run_id, matched_at, \
             withdrawn_at) \
             SELECT batch.position_id, batch.candidate_id, 'active', batch.score, batch.cosine, batch.parts, \
             batch.matched_skills, batch.missing_skills, batch.gates, $1, $2, $3, $4, batch.position_content_hash, \
             batch.position_text_hash, batch.candidate_content_hash, batch.candidate_text_hash, batch.fingerprint, $5, \
             $6, NULL FROM {batch} ",
            $rows,
            " ON CONFLICT (position_id, candidate_id) DO UPDATE SET status = 'active', score = excluded.score, \
             cosine = excluded.cosine, parts = excluded.parts, matched_skills = excluded.matched_skills, \
             missing_skills = excluded.missing_skills, gates = excluded.gates, threshold = excluded.threshold, \
             model_sha256 = excluded.model_sha256, precision = excluded.precision, \
             formula_version = excluded.formula_version, position_content_hash = excluded.position_content_hash, \
             position_text_hash = excluded.position_text_hash, \
             candidate_content_hash = excluded.candidate_content_hash, \
             candidate_text_hash = excluded.candidate_text_hash, fingerprint = excluded.fingerprint, \
             run_id = excluded.run_id, matched_at = excluded.matched_at, withdrawn_at = NULL \
             RETURNING position_id, candidate_id"
        )
    };
}

statements! {
    /// Statements about matches.
    pub(crate) STATEMENTS;

    OF_POSITIONS = Sql::new(
        "SELECT position_id, candidate_id, status, fingerprint FROM candidate_match \
         WHERE position_id IN (SELECT id FROM {batch})",
    )
    .batch(&[("id", ColumnType::I64)]);

    OF_CANDIDATES = Sql::new(
        "SELECT position_id, candidate_id, status, fingerprint FROM candidate_match \
         WHERE candidate_id IN (SELECT id FROM {batch})",
    )
    .batch(&[("id", ColumnType::I64)]);

    /// PostgreSQL locks both sides, so that a person who is erased at the same moment gets no match; SQLite has one writer.
    UPSERT = Sql::per_backend(
        insert_matches!(
            "JOIN candidate c ON c.id = batch.candidate_id AND NOT c.is_deleted AND NOT c.is_anonymized \
             JOIN position p ON p.id = batch.position_id AND NOT p.is_deleted FOR SHARE OF c, p"
        ),
        insert_matches!(
            "JOIN candidate c ON c.id = batch.candidate_id AND NOT c.is_deleted AND NOT c.is_anonymized \
             JOIN position p ON p.id = batch.position_id AND NOT p.is_deleted WHERE TRUE"
        ),
    )
    .batch(MATCH_COLUMNS);

    LOG_MATCHES = Sql::new(
        "INSERT INTO match_decision (position_id, candidate_id, outcome, score, cosine, parts, gates, weights, threshold, \
         model_sha256, precision, formula_version, position_content_hash, position_text_hash, candidate_content_hash, \
         candidate_text_hash, run_id, decided_at) \
         SELECT batch.position_id, batch.candidate_id, batch.outcome, batch.score, batch.cosine, batch.parts, \
         batch.gates, $7, $1, $2, $3, $4, batch.position_content_hash, batch.position_text_hash, \
         batch.candidate_content_hash, batch.candidate_text_hash, $5, $6 FROM {batch} \
         ORDER BY batch.position_id, batch.candidate_id",
    )
    .batch(MATCH_COLUMNS);

    WITHDRAW = Sql::new(
        "UPDATE candidate_match SET status = 'withdrawn', withdrawn_at = $1 FROM {batch} \
         WHERE candidate_match.position_id = batch.position_id AND candidate_match.candidate_id = batch.candidate_id \
         AND candidate_match.status = 'active'",
    )
    .batch(PAIR_COLUMNS);

    LOG_WITHDRAWN = Sql::new(
        "INSERT INTO match_decision (position_id, candidate_id, outcome, reason, weights, threshold, model_sha256, \
         precision, formula_version, run_id, decided_at) \
         SELECT batch.position_id, batch.candidate_id, 'withdrawn', $8, $7, $1, $2, $3, $4, $5, $6 FROM {batch} \
         ORDER BY batch.position_id, batch.candidate_id",
    )
    .batch(PAIR_COLUMNS);

    UNMATCHABLE = Sql::new(
        "SELECT position_id, candidate_id FROM candidate_match WHERE status = 'active' AND (\
         NOT EXISTS (SELECT 1 FROM position p WHERE p.id = candidate_match.position_id AND p.is_open \
         AND NOT p.is_deleted) \
         OR NOT EXISTS (SELECT 1 FROM embedding e WHERE e.kind = 'position' \
         AND e.entity_id = candidate_match.position_id) \
         OR NOT EXISTS (SELECT 1 FROM embedding e WHERE e.kind = 'candidate' \
         AND e.entity_id = candidate_match.candidate_id)) ORDER BY position_id, candidate_id",
    );

    /// A position that opens again, or a text that comes back, must be matched anew even if it looks as before.
    FORGET_UNMATCHABLE = Sql::new(
        "DELETE FROM match_input WHERE NOT EXISTS (SELECT 1 FROM embedding e \
         WHERE e.kind = match_input.kind AND e.entity_id = match_input.entity_id) \
         OR (kind = 'position' AND NOT EXISTS (SELECT 1 FROM position p WHERE p.id = match_input.entity_id \
         AND p.is_open AND NOT p.is_deleted))",
    );
}

impl ReferralStore {
    /// Replaces the matches of a block that was matched completely, in one transaction: the given pairs become matches,
    /// every other active match of the block is withdrawn, the decisions are logged, and the inputs of the block are
    /// remembered as matched. Pairs that are as they were are not written. A pair whose candidate or position was erased
    /// meanwhile is left out.
    pub async fn replace_matches(
        &self,
        provenance: &MatchProvenance,
        scope: &MatchScope,
        matches: &[NewMatch],
        now: Timestamp,
    ) -> Result<MatchChanges, StoreError> {
        let mut tx = self.db.begin().await?;
        let stored = read_stored(&mut tx, scope).await?;
        let plan = MatchPlan::new(provenance, matches, &stored);
        let mut changes = MatchChanges {
            unchanged: plan.unchanged,
            ..MatchChanges::default()
        };
        let written = write_matches(&mut tx, provenance, &plan.writes, now).await?;
        for write in plan.writes.iter().filter(|write| written.contains(&write.pair())) {
            match write.outcome {
                Outcome::Matched => changes.new += 1,
                Outcome::Updated => changes.updated += 1,
            }
        }
        changes.withdrawn = withdraw(
            &mut tx,
            provenance,
            &plan.withdrawals,
            "below the threshold or a gate",
            now,
        )
        .await?;
        let (kind, inputs) = scope.inputs();
        mark(&mut tx, kind, inputs, &provenance.scoring, now).await?;
        tx.commit().await?;
        Ok(changes)
    }

    /// Withdraws active matches that cannot be matched any more: the position is closed, or one side has no vector. Forgets
    /// that their records were matched, so that they come back when they can. Returns how many were withdrawn.
    pub async fn withdraw_unmatchable(
        &self,
        provenance: &MatchProvenance,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let rows = tx.fetch_all(UNMATCHABLE.query()).await?;
        let pairs = rows.iter().map(pair).collect::<Result<Vec<_>, _>>()?;
        let reason = "the position is closed or a side cannot be matched any more";
        let withdrawn = withdraw(&mut tx, provenance, &pairs, reason, now).await?;
        tx.execute(FORGET_UNMATCHABLE.query()).await?;
        tx.commit().await?;
        Ok(withdrawn)
    }
}

impl MatchScope {
    fn inputs(&self) -> (EntityKind, &[(EntityId, MatchInput)]) {
        match self {
            Self::Positions(inputs) => (EntityKind::Position, inputs),
            Self::Candidates(inputs) => (EntityKind::Candidate, inputs),
        }
    }
}

/// What is stored of a pair.
struct Stored {
    active: bool,
    fingerprint: String,
}

async fn read_stored(tx: &mut Tx, scope: &MatchScope) -> Result<BTreeMap<Pair, Stored>, SqlError> {
    let (kind, inputs) = scope.inputs();
    let sql = match kind {
        EntityKind::Position => &OF_POSITIONS,
        EntityKind::Candidate => &OF_CANDIDATES,
    };
    let rows = tx
        .fetch_all(sql.rows(inputs.iter().map(|(id, _)| row![id.0])))
        .await?;
    let stored = rows.iter().map(|row| {
        let active = row.get::<String>("status")? == "active";
        Ok((
            pair(row)?,
            Stored {
                active,
                fingerprint: row.get("fingerprint")?,
            },
        ))
    });
    stored.collect()
}

fn pair(row: &Row) -> Result<Pair, SqlError> {
    Ok((id(row, "position_id")?, id(row, "candidate_id")?))
}

/// What replacing a block changes, decided before anything is written.
struct MatchPlan<'a> {
    writes: Vec<Write<'a>>,
    withdrawals: Vec<Pair>,
    unchanged: u64,
}

/// A match to be written.
struct Write<'a> {
    new: &'a NewMatch,
    fingerprint: String,
    outcome: Outcome,
}

#[derive(Clone, Copy)]
enum Outcome {
    Matched,
    Updated,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Updated => "updated",
        }
    }
}

impl<'a> MatchPlan<'a> {
    fn new(provenance: &MatchProvenance, matches: &'a [NewMatch], stored: &BTreeMap<Pair, Stored>) -> Self {
        let given: BTreeMap<Pair, &NewMatch> = matches
            .iter()
            .map(|new| ((new.position_id, new.candidate_id), new))
            .collect();
        let gone = |(pair, stored): &(&Pair, &Stored)| stored.active && !given.contains_key(pair);
        let withdrawals = stored.iter().filter(gone).map(|(pair, _)| *pair).collect();
        let mut plan = Self {
            writes: Vec::new(),
            withdrawals,
            unchanged: 0,
        };
        for (pair, new) in given {
            let fingerprint = fingerprint(provenance, new);
            let outcome = match stored.get(&pair) {
                Some(stored) if stored.active && stored.fingerprint == fingerprint => {
                    plan.unchanged += 1;
                    continue;
                }
                Some(stored) if stored.active => Outcome::Updated,
                Some(_) | None => Outcome::Matched,
            };
            plan.writes.push(Write {
                new,
                fingerprint,
                outcome,
            });
        }
        plan
    }
}

impl Write<'_> {
    fn pair(&self) -> Pair {
        (self.new.position_id, self.new.candidate_id)
    }

    /// The cells of [`MATCH_COLUMNS`].
    fn row(&self) -> [Value<'_>; MATCH_COLUMNS.len()] {
        let NewMatch {
            position_input,
            candidate_input,
            ..
        } = self.new;
        row![
            self.new.position_id.0,
            self.new.candidate_id.0,
            self.new.score,
            self.new.cosine,
            self.new.parts.to_string(),
            names_json(&self.new.matched_skills),
            names_json(&self.new.missing_skills),
            self.new.gates.to_string(),
            position_input.content_hash.as_str(),
            position_input.text_hash.as_str(),
            candidate_input.content_hash.as_str(),
            candidate_input.text_hash.as_str(),
            self.fingerprint.as_str(),
            self.outcome.as_str(),
        ]
    }
}

/// Identifies everything that a match says, so that equal ones need not be compared column by column.
fn fingerprint(provenance: &MatchProvenance, new: &NewMatch) -> String {
    let everything = serde_json::json!([
        new.score,
        new.cosine.to_bits(),
        new.parts,
        new.matched_skills,
        new.missing_skills,
        new.gates,
        [&new.position_input.content_hash, &new.position_input.text_hash],
        [&new.candidate_input.content_hash, &new.candidate_input.text_hash],
        provenance.threshold,
        provenance.model_sha256,
        provenance.precision,
        provenance.formula_version,
    ]);
    hex::encode(Sha256::digest(everything.to_string()))
}

/// Writes matches and their decisions. Returns the pairs that were written.
async fn write_matches(
    tx: &mut Tx,
    provenance: &MatchProvenance,
    writes: &[Write<'_>],
    now: Timestamp,
) -> Result<BTreeSet<Pair>, SqlError> {
    if writes.is_empty() {
        return Ok(BTreeSet::new());
    }
    let upsert = provenance
        .bind_to(&UPSERT, now)
        .rows(writes.iter().map(Write::row));
    let rows = tx.fetch_all(upsert).await?;
    let written = rows.iter().map(pair).collect::<Result<BTreeSet<_>, _>>()?;
    let logged = writes
        .iter()
        .filter(|write| written.contains(&write.pair()))
        .map(Write::row);
    let log = provenance
        .bind_to(&LOG_MATCHES, now)
        .bind(provenance.weights.to_string())
        .rows(logged);
    tx.execute(log).await?;
    Ok(written)
}

/// Withdraws active matches and logs it.
async fn withdraw(
    tx: &mut Tx,
    provenance: &MatchProvenance,
    pairs: &[Pair],
    reason: &str,
    now: Timestamp,
) -> Result<u64, SqlError> {
    if pairs.is_empty() {
        return Ok(0);
    }
    let rows = || {
        pairs
            .iter()
            .map(|(position, candidate)| row![position.0, candidate.0])
    };
    let withdrawn = tx.execute(WITHDRAW.bind(now).rows(rows())).await?;
    let log = provenance
        .bind_to(&LOG_WITHDRAWN, now)
        .bind(provenance.weights.to_string())
        .bind(reason);
    tx.execute(log.rows(rows())).await?;
    Ok(withdrawn)
}

impl MatchProvenance {
    /// Binds threshold, model, precision, formula, run and time as `$1` to `$6`.
    fn bind_to<'a>(&'a self, sql: &'static Sql, now: Timestamp) -> Query<'a> {
        let query = sql
            .bind(self.threshold)
            .bind(&self.model_sha256)
            .bind(&self.precision);
        query
            .bind(&self.formula_version)
            .bind(self.run_id.as_str())
            .bind(now)
    }
}
