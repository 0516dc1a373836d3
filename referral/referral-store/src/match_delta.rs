//! What changed since the last matching, and remembering what was matched.
//!
//! For each record the store keeps the input with which it was last matched completely, against everything on the other side.
//! What differs, or is missing, is the work of the next run; so a run killed half-way leaves exactly the rest.

use jiff::Timestamp;
use updraft_sql::{ColumnType, Sql, SqlError, Tx, row, statements};

use crate::embedding::{EmbeddingProfile, current, matchable_candidate, matchable_position};
use crate::features::MatchInput;
use crate::rows::id;
use crate::{EntityId, EntityKind, ReferralStore, StoreError};

/// Records to match against the whole other side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchDelta {
    /// Candidates, by id.
    pub candidates: Vec<EntityId>,
    /// Open positions, by id.
    pub positions: Vec<EntityId>,
}

statements! {
    /// Statements about what was matched.
    pub(crate) STATEMENTS;

    /// `CROSS JOIN` makes SQLite walk the narrow index on candidates instead of looking up a wide row per vector.
    CHANGED_CANDIDATES = Sql::new(concat!(
        "SELECT c.id FROM candidate c CROSS JOIN embedding e \
         LEFT JOIN match_input m ON m.kind = 'candidate' AND m.entity_id = c.id AND m.content_hash = c.content_hash \
         AND m.text_hash = e.text_hash AND m.scoring = $5 \
         WHERE m.entity_id IS NULL AND e.kind = 'candidate' AND e.entity_id = c.id AND ", current!(), " AND ",
        matchable_candidate!(), " ORDER BY c.id",
    ));

    /// As for candidates.
    CHANGED_POSITIONS = Sql::new(concat!(
        "SELECT c.id FROM position c CROSS JOIN embedding e \
         LEFT JOIN match_input m ON m.kind = 'position' AND m.entity_id = c.id AND m.content_hash = c.content_hash \
         AND m.text_hash = e.text_hash AND m.scoring = $5 \
         WHERE m.entity_id IS NULL AND e.kind = 'position' AND e.entity_id = c.id AND c.is_open AND ", current!(),
        " AND ", matchable_position!(), " ORDER BY c.id",
    ));

    MARK = Sql::new(
        "INSERT INTO match_input (kind, entity_id, content_hash, text_hash, scoring, matched_at) \
         SELECT $1, batch.id, batch.content_hash, batch.text_hash, $2, $3 FROM {batch} WHERE TRUE \
         ON CONFLICT (kind, entity_id) DO UPDATE SET content_hash = excluded.content_hash, \
         text_hash = excluded.text_hash, scoring = excluded.scoring, matched_at = excluded.matched_at",
    )
    .batch(&[("id", ColumnType::I64), ("content_hash", ColumnType::Text), ("text_hash", ColumnType::Text)]);
}

impl ReferralStore {
    /// The records that can be matched and were not, or with other content, another vector or other rules. `scoring`
    /// identifies everything that is no record: model, formula, weights, threshold.
    pub async fn match_delta(
        &self,
        profile: &EmbeddingProfile,
        scoring: &str,
    ) -> Result<MatchDelta, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let candidates = tx
            .fetch_all(profile.bind_to(&CHANGED_CANDIDATES).bind(scoring))
            .await?;
        let positions = tx
            .fetch_all(profile.bind_to(&CHANGED_POSITIONS).bind(scoring))
            .await?;
        let ids = |rows: Vec<updraft_sql::Row>| {
            rows.iter()
                .map(|row| id(row, "id"))
                .collect::<Result<_, SqlError>>()
        };
        Ok(MatchDelta {
            candidates: ids(candidates)?,
            positions: ids(positions)?,
        })
    }

    /// Remembers that records were matched against the whole other side, where that was not part of
    /// [`ReferralStore::replace_matches`].
    pub async fn mark_matched(
        &self,
        kind: EntityKind,
        inputs: &[(EntityId, MatchInput)],
        scoring: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        mark(&mut tx, kind, inputs, scoring, now).await?;
        Ok(tx.commit().await?)
    }
}

/// Remembers inputs in the transaction of the matches.
pub(crate) async fn mark(
    tx: &mut Tx,
    kind: EntityKind,
    inputs: &[(EntityId, MatchInput)],
    scoring: &str,
    now: Timestamp,
) -> Result<(), SqlError> {
    if inputs.is_empty() {
        return Ok(());
    }
    let rows = inputs
        .iter()
        .map(|(id, input)| row![id.0, input.content_hash.as_str(), input.text_hash.as_str()]);
    tx.execute(MARK.bind(kind.as_str()).bind(scoring).bind(now).rows(rows))
        .await?;
    Ok(())
}
