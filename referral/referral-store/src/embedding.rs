//! Vectors: which records lack a current one, and writing them.

use updraft_sql::{ColumnType, Query, Row, Sql, SqlError, row, statements};

use crate::rows::{count, id};
use crate::{EntityId, EntityKind, ReferralStore, Stamp, StoreError};

/// How vectors are made. Together with the hash of the text it says whether a stored vector is current.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingProfile {
    /// SHA-256 (hex) of the model's weights.
    pub model_sha256: String,
    /// Numeric precision of the forward pass, such as `f32`.
    pub precision: String,
    /// Name of the rule by which long texts are cut.
    pub chunk_rule: String,
    /// Components per vector.
    pub dims: u32,
}

/// A text that needs a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingWork {
    /// Whose text.
    pub id: EntityId,
    /// The text.
    pub text: String,
    /// Its SHA-256 (hex); goes back with the vector.
    pub text_hash: String,
}

/// A vector to store.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEmbedding {
    /// Whose vector.
    pub id: EntityId,
    /// The hash of the text it was made of, from [`EmbeddingWork`].
    pub text_hash: String,
    /// The components.
    pub vector: Vec<f32>,
}

/// How much there is to embed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddingBacklog {
    /// Records that have a text.
    pub total: u64,
    /// Of them, those without a current vector.
    pub pending: u64,
}

/// The condition, in every statement here, that the vector `e` of record `c` is current for the profile `$1` to `$4`.
macro_rules! current {
    () => {
        "e.text_hash = c.embedding_text_hash AND e.model_sha256 = $1 AND e.precision = $2 AND e.chunk_rule = $3 \
         AND e.dims = $4"
    };
}
pub(crate) use current;

/// Candidates whose text may be embedded; the words of the index on them.
macro_rules! embeddable_candidate {
    () => {
        "NOT c.is_deleted AND NOT c.is_anonymized AND c.embedding_text_hash IS NOT NULL"
    };
}
pub(crate) use embeddable_candidate;

/// Positions whose text may be embedded.
macro_rules! embeddable_position {
    () => {
        "NOT c.is_deleted AND c.embedding_text_hash IS NOT NULL"
    };
}
pub(crate) use embeddable_position;

/// Candidates that may be matched: the data quality checks withhold none of them.
macro_rules! matchable_candidate {
    () => {
        concat!(
            crate::embedding::embeddable_candidate!(),
            " AND NOT EXISTS (SELECT 1 FROM quality_withheld w WHERE w.kind = 'candidate' AND w.entity_id = c.id)"
        )
    };
}
pub(crate) use matchable_candidate;

/// Positions that may be matched.
macro_rules! matchable_position {
    () => {
        concat!(
            crate::embedding::embeddable_position!(),
            " AND NOT EXISTS (SELECT 1 FROM quality_withheld w WHERE w.kind = 'position' AND w.entity_id = c.id)"
        )
    };
}
pub(crate) use matchable_position;

statements! {
    /// Statements about embeddings.
    pub(crate) STATEMENTS;

    CANDIDATE_BACKLOG = Sql::new(concat!(
        "SELECT count(*) AS total, count(*) FILTER (WHERE e.entity_id IS NULL) AS pending \
         FROM candidate c LEFT JOIN embedding e ON e.kind = 'candidate' AND e.entity_id = c.id AND ",
        current!(), " WHERE ", embeddable_candidate!(),
    ));

    POSITION_BACKLOG = Sql::new(concat!(
        "SELECT count(*) AS total, count(*) FILTER (WHERE e.entity_id IS NULL) AS pending \
         FROM position c LEFT JOIN embedding e ON e.kind = 'position' AND e.entity_id = c.id AND ",
        current!(), " WHERE ", embeddable_position!(),
    ));

    PENDING_CANDIDATES = Sql::new(concat!(
        "SELECT c.id, c.embedding_text, c.embedding_text_hash \
         FROM candidate c LEFT JOIN embedding e ON e.kind = 'candidate' AND e.entity_id = c.id AND ",
        current!(), " WHERE c.id > $5 AND e.entity_id IS NULL AND ", embeddable_candidate!(), " ORDER BY c.id LIMIT $6",
    ));

    PENDING_POSITIONS = Sql::new(concat!(
        "SELECT c.id, c.embedding_text, c.embedding_text_hash \
         FROM position c LEFT JOIN embedding e ON e.kind = 'position' AND e.entity_id = c.id AND ",
        current!(), " WHERE c.id > $5 AND e.entity_id IS NULL AND ", embeddable_position!(), " ORDER BY c.id LIMIT $6",
    ));

    /// PostgreSQL locks the people, so that one who is erased at the same moment gets no vector; SQLite has one writer.
    SAVE_CANDIDATES = Sql::per_backend(
        "INSERT INTO embedding (kind, entity_id, dims, model_sha256, precision, chunk_rule, text_hash, run_id, \
         embedded_at, vector) \
         SELECT 'candidate', c.id, $4, $1, $2, $3, batch.text_hash, $5, $6, batch.vector \
         FROM {batch} JOIN candidate c ON c.id = batch.id AND c.embedding_text_hash = batch.text_hash \
         AND NOT c.is_deleted AND NOT c.is_anonymized FOR SHARE OF c \
         ON CONFLICT (kind, entity_id) DO UPDATE SET dims = excluded.dims, model_sha256 = excluded.model_sha256, \
         precision = excluded.precision, chunk_rule = excluded.chunk_rule, text_hash = excluded.text_hash, \
         run_id = excluded.run_id, embedded_at = excluded.embedded_at, vector = excluded.vector",
        "INSERT INTO embedding (kind, entity_id, dims, model_sha256, precision, chunk_rule, text_hash, run_id, \
         embedded_at, vector) \
         SELECT 'candidate', c.id, $4, $1, $2, $3, batch.text_hash, $5, $6, batch.vector \
         FROM {batch} JOIN candidate c ON c.id = batch.id AND c.embedding_text_hash = batch.text_hash \
         AND NOT c.is_deleted AND NOT c.is_anonymized WHERE TRUE \
         ON CONFLICT (kind, entity_id) DO UPDATE SET dims = excluded.dims, model_sha256 = excluded.model_sha256, \
         precision = excluded.precision, chunk_rule = excluded.chunk_rule, text_hash = excluded.text_hash, \
         run_id = excluded.run_id, embedded_at = excluded.embedded_at, vector = excluded.vector",
    )
    .batch(&[("id", ColumnType::I64), ("text_hash", ColumnType::Text), ("vector", ColumnType::Bytes)]);

    /// As for candidates.
    SAVE_POSITIONS = Sql::per_backend(
        "INSERT INTO embedding (kind, entity_id, dims, model_sha256, precision, chunk_rule, text_hash, run_id, \
         embedded_at, vector) \
         SELECT 'position', c.id, $4, $1, $2, $3, batch.text_hash, $5, $6, batch.vector \
         FROM {batch} JOIN position c ON c.id = batch.id AND c.embedding_text_hash = batch.text_hash \
         AND NOT c.is_deleted FOR SHARE OF c \
         ON CONFLICT (kind, entity_id) DO UPDATE SET dims = excluded.dims, model_sha256 = excluded.model_sha256, \
         precision = excluded.precision, chunk_rule = excluded.chunk_rule, text_hash = excluded.text_hash, \
         run_id = excluded.run_id, embedded_at = excluded.embedded_at, vector = excluded.vector",
        "INSERT INTO embedding (kind, entity_id, dims, model_sha256, precision, chunk_rule, text_hash, run_id, \
         embedded_at, vector) \
         SELECT 'position', c.id, $4, $1, $2, $3, batch.text_hash, $5, $6, batch.vector \
         FROM {batch} JOIN position c ON c.id = batch.id AND c.embedding_text_hash = batch.text_hash \
         AND NOT c.is_deleted WHERE TRUE \
         ON CONFLICT (kind, entity_id) DO UPDATE SET dims = excluded.dims, model_sha256 = excluded.model_sha256, \
         precision = excluded.precision, chunk_rule = excluded.chunk_rule, text_hash = excluded.text_hash, \
         run_id = excluded.run_id, embedded_at = excluded.embedded_at, vector = excluded.vector",
    )
    .batch(&[("id", ColumnType::I64), ("text_hash", ColumnType::Text), ("vector", ColumnType::Bytes)]);

    REMOVE_DEAD_CANDIDATES = Sql::new(concat!(
        "DELETE FROM embedding WHERE kind = 'candidate' AND NOT EXISTS (SELECT 1 FROM candidate c \
         WHERE c.id = embedding.entity_id AND ", embeddable_candidate!(), ")",
    ));

    REMOVE_DEAD_POSITIONS = Sql::new(concat!(
        "DELETE FROM embedding WHERE kind = 'position' AND NOT EXISTS (SELECT 1 FROM position c \
         WHERE c.id = embedding.entity_id AND ", embeddable_position!(), ")",
    ));
}

impl ReferralStore {
    /// How much there is to embed.
    pub async fn embedding_backlog(
        &self,
        kind: EntityKind,
        profile: &EmbeddingProfile,
    ) -> Result<EmbeddingBacklog, StoreError> {
        let sql = match kind {
            EntityKind::Candidate => &CANDIDATE_BACKLOG,
            EntityKind::Position => &POSITION_BACKLOG,
        };
        let row = self.db.fetch_one(profile.bind_to(sql)).await?;
        Ok(EmbeddingBacklog {
            total: count(&row, "total")?,
            pending: count(&row, "pending")?,
        })
    }

    /// The next texts without a current vector, by id: at most `limit`, with ids above `after`.
    pub async fn pending_embeddings(
        &self,
        kind: EntityKind,
        profile: &EmbeddingProfile,
        after: EntityId,
        limit: u32,
    ) -> Result<Vec<EmbeddingWork>, StoreError> {
        let sql = match kind {
            EntityKind::Candidate => &PENDING_CANDIDATES,
            EntityKind::Position => &PENDING_POSITIONS,
        };
        let rows = self
            .db
            .fetch_all(profile.bind_to(sql).bind(after.0).bind(limit))
            .await?;
        let work = rows.iter().map(|row| {
            Ok(EmbeddingWork {
                id: id(row, "id")?,
                text: row.get("embedding_text")?,
                text_hash: row.get("embedding_text_hash")?,
            })
        });
        work.collect()
    }

    /// Stores vectors, each in place of the record's former one, in one transaction. Returns how many were stored: a record
    /// that was erased, or whose text changed since it was read, is left out.
    pub async fn save_embeddings(
        &self,
        kind: EntityKind,
        profile: &EmbeddingProfile,
        embeddings: &[NewEmbedding],
        stamp: Stamp<'_>,
    ) -> Result<u64, StoreError> {
        let sql = match kind {
            EntityKind::Candidate => &SAVE_CANDIDATES,
            EntityKind::Position => &SAVE_POSITIONS,
        };
        let rows = embeddings.iter().map(|embedding| {
            row![
                embedding.id.0,
                embedding.text_hash.as_str(),
                vector_bytes(&embedding.vector)
            ]
        });
        let query = profile
            .bind_to(sql)
            .bind(stamp.run_id.as_str())
            .bind(stamp.now)
            .rows(rows);
        Ok(self.db.execute(query).await?)
    }

    /// Removes vectors whose record is erased or has no text any more. The sync does it with the erasure; this is the net
    /// for texts that became empty. Returns how many were removed.
    pub async fn remove_dead_embeddings(&self, kind: EntityKind) -> Result<u64, StoreError> {
        let sql = match kind {
            EntityKind::Candidate => &REMOVE_DEAD_CANDIDATES,
            EntityKind::Position => &REMOVE_DEAD_POSITIONS,
        };
        Ok(self.db.execute(sql.query()).await?)
    }
}

impl EmbeddingProfile {
    /// Binds the profile as `$1` to `$4`.
    pub(crate) fn bind_to<'a>(&'a self, sql: &'static Sql) -> Query<'a> {
        sql.bind(&self.model_sha256)
            .bind(&self.precision)
            .bind(&self.chunk_rule)
            .bind(self.dims)
    }
}

/// The components as little-endian bytes, as they are stored.
fn vector_bytes(vector: &[f32]) -> Vec<u8> {
    vector
        .iter()
        .flat_map(|component| component.to_le_bytes())
        .collect()
}

/// The components of a stored vector.
pub(crate) fn read_vector(row: &Row) -> Result<Vec<f32>, SqlError> {
    let bytes: Vec<u8> = row.get("vector")?;
    let (components, rest) = bytes.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(SqlError::invalid_row(format!(
            "column `vector` has {} bytes, no multiple of 4",
            bytes.len()
        )));
    }
    Ok(components
        .iter()
        .map(|component| f32::from_le_bytes(*component))
        .collect())
}
