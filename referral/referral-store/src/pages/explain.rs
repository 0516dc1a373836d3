//! What a score is explained by beside its parts: scores before, the texts, and where the vectors come from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_sql::{Row, Sql, SqlError, statements};

use crate::embedding::EmbeddingProfile;
use crate::rows::{count, id, json};
use crate::{EntityId, EntityKind, ReferralStore, StoreError};

/// Where a vector comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingOrigin {
    /// How it was made.
    pub profile: EmbeddingProfile,
    /// The run that made it.
    pub run_id: String,
    /// When.
    pub embedded_at: Timestamp,
}

/// What was compared of a record: its text without personal data, and the skills that stand in it as a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedText {
    /// The text that was embedded: no names, contacts or protected attributes.
    pub text: String,
    /// Skills of a candidate; required and nice ones of a position.
    pub skills: Vec<String>,
    /// The run that last changed the record.
    pub run_id: String,
    /// When that was.
    pub synced_at: Timestamp,
}

statements! {
    /// Statements about explanations.
    pub(crate) STATEMENTS;

    /// The newest decision of each suggested pair that an earlier run made.
    BEFORE = Sql::new(
        "SELECT candidate_id, score FROM (SELECT d.candidate_id, d.score, \
         row_number() OVER (PARTITION BY d.candidate_id ORDER BY d.id DESC) AS place FROM candidate_match m \
         JOIN match_decision d ON d.candidate_id = m.candidate_id AND d.position_id = m.position_id \
         WHERE m.position_id = $1 AND m.status = 'active' AND d.score IS NOT NULL AND d.run_id <> m.run_id) AS ranked \
         WHERE place = 1",
    );

    ORIGIN = Sql::new(
        "SELECT model_sha256, precision, chunk_rule, dims, run_id, embedded_at FROM embedding \
         WHERE kind = $1 AND entity_id = $2",
    );

    CANDIDATE_TEXT = Sql::new(
        "SELECT embedding_text, skills, '[]' AS nice_skills, synced_run_id, synced_at FROM candidate \
         WHERE id = $1 AND NOT is_deleted AND NOT is_anonymized",
    );

    POSITION_TEXT = Sql::new(
        "SELECT embedding_text, required_skills AS skills, nice_skills, synced_run_id, synced_at FROM position \
         WHERE id = $1 AND NOT is_deleted",
    );
}

impl ReferralStore {
    /// The scores that pairs suggested for a position had in an earlier run, in hundredths of a point.
    pub async fn scores_before(&self, position: EntityId) -> Result<BTreeMap<EntityId, i64>, StoreError> {
        let rows = self.db.fetch_all(BEFORE.bind(position.0)).await?;
        let pair = |row: &Row| Ok::<_, StoreError>((id(row, "candidate_id")?, row.get("score")?));
        rows.iter().map(pair).collect()
    }

    /// Where the vector of a record comes from; `None` if it has none.
    pub async fn embedding_origin(
        &self,
        kind: EntityKind,
        of: EntityId,
    ) -> Result<Option<EmbeddingOrigin>, StoreError> {
        let row = self
            .db
            .fetch_optional(ORIGIN.bind(kind.as_str()).bind(of.0))
            .await?;
        Ok(row.map(|row| read_origin(&row)).transpose()?)
    }

    /// What was compared of a record; `None` if there is no such record.
    pub async fn compared_text(
        &self,
        kind: EntityKind,
        of: EntityId,
    ) -> Result<Option<ComparedText>, StoreError> {
        let sql = match kind {
            EntityKind::Candidate => &CANDIDATE_TEXT,
            EntityKind::Position => &POSITION_TEXT,
        };
        let row = self.db.fetch_optional(sql.bind(of.0)).await?;
        Ok(row.map(|row| read_text(&row)).transpose()?)
    }
}

fn read_origin(row: &Row) -> Result<EmbeddingOrigin, SqlError> {
    Ok(EmbeddingOrigin {
        profile: EmbeddingProfile {
            model_sha256: row.get("model_sha256")?,
            precision: row.get("precision")?,
            chunk_rule: row.get("chunk_rule")?,
            dims: u32::try_from(count(row, "dims")?).unwrap_or(u32::MAX),
        },
        run_id: row.get("run_id")?,
        embedded_at: row.timestamp("embedded_at")?,
    })
}

fn read_text(row: &Row) -> Result<ComparedText, SqlError> {
    let mut skills: Vec<String> = json(row, "skills")?;
    skills.extend(json::<Vec<String>>(row, "nice_skills")?);
    Ok(ComparedText {
        text: row.get::<Option<String>>("embedding_text")?.unwrap_or_default(),
        skills,
        run_id: row.get("synced_run_id")?,
        synced_at: row.timestamp("synced_at")?,
    })
}
