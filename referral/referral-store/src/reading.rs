//! Reading for people: the best matches, one pair, totals.

use jiff::Timestamp;
use serde_json::Value;
use updraft_sql::{Row, Sql, SqlError, statements};

use crate::features::MatchInput;
use crate::kind::UnknownName;
use crate::rows::{count, id, json, word};
use crate::{EntityId, ReferralStore, StoreError};

/// Whether a pair is a match now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchStatus {
    /// It is.
    Active,
    /// It was.
    Withdrawn,
}

impl std::str::FromStr for MatchStatus {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "active" => Ok(Self::Active),
            "withdrawn" => Ok(Self::Withdrawn),
            _ => Err(UnknownName {
                what: "match status",
                name: text.to_owned(),
            }),
        }
    }
}

/// A stored match with what a person needs to recognise both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchView {
    /// The position.
    pub position_id: EntityId,
    /// The position's title.
    pub position_title: Option<String>,
    /// The client's name.
    pub client_name: Option<String>,
    /// The candidate.
    pub candidate_id: EntityId,
    /// Given and family name.
    pub candidate_name: Option<String>,
    /// The candidate's job title.
    pub candidate_occupation: Option<String>,
    /// Where the candidate can work: city and state.
    pub candidate_place: [Option<String>; 2],
    /// Whether it is a match now.
    pub status: MatchStatus,
    /// Hundredths of a point, 0 to 10,000.
    pub score: i64,
    /// The cosine of the vectors.
    pub cosine: f64,
    /// The named parts that sum to the score.
    pub parts: Value,
    /// Skills asked for that the candidate has.
    pub matched_skills: Vec<String>,
    /// Skills asked for that the candidate lacks.
    pub missing_skills: Vec<String>,
    /// The gates with their verdicts.
    pub gates: Value,
    /// The threshold in hundredths of a point.
    pub threshold: i64,
    /// SHA-256 (hex) of the model.
    pub model_sha256: String,
    /// Precision of the vectors.
    pub precision: String,
    /// Version of the formula.
    pub formula_version: String,
    /// What the position looked like.
    pub position_input: MatchInput,
    /// What the candidate looked like.
    pub candidate_input: MatchInput,
    /// The run that wrote it.
    pub run_id: String,
    /// When it became as it is.
    pub matched_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// How many rows there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Live candidates.
    pub candidates: u64,
    /// Live positions.
    pub positions: u64,
    /// Of them, the open ones.
    pub open_positions: u64,
    /// Vectors of candidates.
    pub candidate_embeddings: u64,
    /// Vectors of positions.
    pub position_embeddings: u64,
    /// Active matches.
    pub matches: u64,
}

/// Matches with both sides.
macro_rules! select_matches {
    ($rest:literal) => {
        concat!(
            "SELECT m.*, p.title, p.client_name, c.first_name, c.last_name, c.occupation, \
             c.city, c.state FROM candidate_match m \
             LEFT JOIN position p ON p.id = m.position_id LEFT JOIN candidate c ON c.id = m.candidate_id ",
            $rest
        )
    };
}

statements! {
    /// Statements for people.
    pub(crate) STATEMENTS;

    BEST = Sql::new(select_matches!(
        "WHERE m.status = 'active' ORDER BY m.score DESC, m.cosine DESC, m.candidate_id, m.position_id LIMIT $1"
    ));

    BEST_OF_POSITION = Sql::new(select_matches!(
        "WHERE m.status = 'active' AND m.position_id = $2 ORDER BY m.score DESC, m.cosine DESC, m.candidate_id LIMIT $1"
    ));

    WITHDRAWN_OF_POSITION = Sql::new(select_matches!(
        "WHERE m.status = 'withdrawn' AND m.position_id = $2 ORDER BY m.withdrawn_at DESC, m.candidate_id LIMIT $1"
    ));

    ONE_PAIR = Sql::new(select_matches!("WHERE m.position_id = $1 AND m.candidate_id = $2"));

    TOTALS = Sql::new(
        "SELECT (SELECT count(*) FROM candidate WHERE NOT is_deleted AND NOT is_anonymized) AS candidates, \
         (SELECT count(*) FROM position WHERE NOT is_deleted) AS positions, \
         (SELECT count(*) FROM position WHERE NOT is_deleted AND is_open) AS open_positions, \
         (SELECT count(*) FROM embedding WHERE kind = 'candidate') AS candidate_embeddings, \
         (SELECT count(*) FROM embedding WHERE kind = 'position') AS position_embeddings, \
         (SELECT count(*) FROM candidate_match WHERE status = 'active') AS matches",
    );
}

impl ReferralStore {
    /// The best active matches of all: by score, then cosine, then candidate.
    pub async fn best_matches(&self, limit: u32) -> Result<Vec<MatchView>, StoreError> {
        let rows = self.db.fetch_all(BEST.bind(limit)).await?;
        rows.iter().map(|row| Ok(read_match(row)?)).collect()
    }

    /// The best active matches of one position, in the same order.
    pub async fn best_matches_of(
        &self,
        position_id: EntityId,
        limit: u32,
    ) -> Result<Vec<MatchView>, StoreError> {
        let rows = self
            .db
            .fetch_all(BEST_OF_POSITION.bind(limit).bind(position_id.0))
            .await?;
        rows.iter().map(|row| Ok(read_match(row)?)).collect()
    }

    /// The matches of one position that are none any more, the newest first.
    pub async fn withdrawn_matches_of(
        &self,
        position_id: EntityId,
        limit: u32,
    ) -> Result<Vec<MatchView>, StoreError> {
        let query = WITHDRAWN_OF_POSITION.bind(limit).bind(position_id.0);
        let rows = self.db.fetch_all(query).await?;
        rows.iter().map(|row| Ok(read_match(row)?)).collect()
    }

    /// The stored match of one pair, also a withdrawn one.
    pub async fn match_of(
        &self,
        position_id: EntityId,
        candidate_id: EntityId,
    ) -> Result<Option<MatchView>, StoreError> {
        let row = self
            .db
            .fetch_optional(ONE_PAIR.bind(position_id.0).bind(candidate_id.0))
            .await?;
        Ok(row.map(|row| read_match(&row)).transpose()?)
    }

    /// How many rows there are.
    pub async fn totals(&self) -> Result<Totals, StoreError> {
        let row = self.db.fetch_one(TOTALS.query()).await?;
        Ok(Totals {
            candidates: count(&row, "candidates")?,
            positions: count(&row, "positions")?,
            open_positions: count(&row, "open_positions")?,
            candidate_embeddings: count(&row, "candidate_embeddings")?,
            position_embeddings: count(&row, "position_embeddings")?,
            matches: count(&row, "matches")?,
        })
    }
}

fn read_match(row: &Row) -> Result<MatchView, SqlError> {
    let names: [Option<String>; 2] = [row.get("first_name")?, row.get("last_name")?];
    let name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
    Ok(MatchView {
        position_id: id(row, "position_id")?,
        position_title: row.get("title")?,
        client_name: row.get("client_name")?,
        candidate_id: id(row, "candidate_id")?,
        candidate_name: (!name.is_empty()).then_some(name),
        candidate_occupation: row.get("occupation")?,
        candidate_place: [row.get("city")?, row.get("state")?],
        status: word(row, "status")?,
        score: row.get("score")?,
        cosine: row.get("cosine")?,
        parts: json(row, "parts")?,
        matched_skills: json(row, "matched_skills")?,
        missing_skills: json(row, "missing_skills")?,
        gates: json(row, "gates")?,
        threshold: row.get("threshold")?,
        model_sha256: row.get("model_sha256")?,
        precision: row.get("precision")?,
        formula_version: row.get("formula_version")?,
        position_input: MatchInput {
            content_hash: row.get("position_content_hash")?,
            text_hash: row.get("position_text_hash")?,
        },
        candidate_input: MatchInput {
            content_hash: row.get("candidate_content_hash")?,
            text_hash: row.get("candidate_text_hash")?,
        },
        run_id: row.get("run_id")?,
        matched_at: row.timestamp("matched_at")?,
        withdrawn_at: row.optional_timestamp("withdrawn_at")?,
    })
}
