//! Reconciliation: comparing what is here with what the source has.

use updraft_sql::{Sql, statements};

use crate::rows::id;
use crate::sync_page::{Erasure, read_erasure};
use crate::{EntityId, EntityKind, ReferralStore, StoreError};

/// What is known of a record without its contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownVersion {
    /// Whose.
    pub id: EntityId,
    /// The source's version that is stored, epoch ms.
    pub source_modified_ms: i64,
    /// The hash of its associations, if they were complete.
    pub association_hash: Option<String>,
    /// Whether it is erased here.
    pub erasure: Option<Erasure>,
}

statements! {
    /// Statements about reconciliation.
    pub(crate) STATEMENTS;

    CANDIDATE_VERSIONS = Sql::new(
        "SELECT id, source_modified_ms, association_hash, is_deleted, is_anonymized FROM candidate \
         WHERE id > $1 AND id <= $2 ORDER BY id",
    );

    POSITION_VERSIONS = Sql::new(
        "SELECT id, source_modified_ms, association_hash, is_deleted, FALSE AS is_anonymized FROM position \
         WHERE id > $1 AND id <= $2 ORDER BY id",
    );

    SELECT_MISSING = Sql::new(
        "SELECT entity_id FROM sweep_missing WHERE entity = $1 AND entity_id > $2 ORDER BY entity_id LIMIT $3",
    );

    COUNT_MISSING = Sql::new("SELECT count(*) AS missing FROM sweep_missing WHERE entity = $1");

    LIVE_CANDIDATES = Sql::new("SELECT count(*) AS live FROM candidate WHERE NOT is_deleted AND NOT is_anonymized");

    LIVE_POSITIONS = Sql::new("SELECT count(*) AS live FROM position WHERE NOT is_deleted");
}

impl ReferralStore {
    /// The versions of all records with ids above `after` and up to `up_to`, by id. Erased ones are included.
    pub async fn known_versions(
        &self,
        kind: EntityKind,
        after: EntityId,
        up_to: EntityId,
    ) -> Result<Vec<KnownVersion>, StoreError> {
        let sql = match kind {
            EntityKind::Candidate => &CANDIDATE_VERSIONS,
            EntityKind::Position => &POSITION_VERSIONS,
        };
        let rows = self.db.fetch_all(sql.bind(after.0).bind(up_to.0)).await?;
        let versions = rows.iter().map(|row| {
            Ok(KnownVersion {
                id: id(row, "id")?,
                source_modified_ms: row.get("source_modified_ms")?,
                association_hash: row.get("association_hash")?,
                erasure: read_erasure(row)?,
            })
        });
        versions.collect()
    }

    /// The next ids that the reconciliation in progress did not find at the source, by id.
    pub async fn sweep_missing(
        &self,
        kind: EntityKind,
        after: EntityId,
        limit: u32,
    ) -> Result<Vec<EntityId>, StoreError> {
        let rows = self
            .db
            .fetch_all(SELECT_MISSING.bind(kind.as_str()).bind(after.0).bind(limit))
            .await?;
        rows.iter().map(|row| Ok(id(row, "entity_id")?)).collect()
    }

    /// How many ids the reconciliation in progress did not find at the source.
    pub async fn count_sweep_missing(&self, kind: EntityKind) -> Result<u64, StoreError> {
        let row = self.db.fetch_one(COUNT_MISSING.bind(kind.as_str())).await?;
        Ok(crate::rows::count(&row, "missing")?)
    }

    /// How many records are here and not erased.
    pub async fn count_live(&self, kind: EntityKind) -> Result<u64, StoreError> {
        let sql = match kind {
            EntityKind::Candidate => &LIVE_CANDIDATES,
            EntityKind::Position => &LIVE_POSITIONS,
        };
        let row = self.db.fetch_one(sql.query()).await?;
        Ok(crate::rows::count(&row, "live")?)
    }
}
