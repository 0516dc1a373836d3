//! The asset events that a run has consumed, with the runs that each of them has caused.

use std::collections::BTreeMap;

use updraft_model::RunKey;
use updraft_sql::{ColumnType, Sql, row, statements};

use crate::asset_queue::{AssetEventRow, CausedRun, caused_runs, consumed};
use crate::error::StoreError;
use crate::store::Store;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ASSETS = Sql::new("SELECT a.asset_id, a.uri FROM {batch} JOIN asset a ON a.uri = batch.uri")
        .batch(&[("uri", ColumnType::Text)]);
}

/// An asset event that a run has consumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpstreamEvent {
    /// The number of the asset.
    pub asset_id: i64,
    /// The event.
    pub event: AssetEventRow,
    /// All runs that have consumed it.
    pub caused: Vec<CausedRun>,
}

impl Store {
    /// The events that a run has consumed, by number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn upstream_events(&self, run: &RunKey) -> Result<Vec<UpstreamEvent>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let events = consumed(&mut tx, [run]).await?.remove(run).unwrap_or_default();
        let mut caused = caused_runs(&mut tx, &events).await?;
        let uris = events.iter().map(|event| row![event.uri.as_str()]);
        let mut assets: BTreeMap<String, i64> = BTreeMap::new();
        for row in tx.fetch_all(ASSETS.rows(uris)).await? {
            assets.insert(row.get("uri")?, row.get("asset_id")?);
        }
        tx.rollback().await?;
        let upstream = events.into_iter().map(|event| UpstreamEvent {
            asset_id: assets.get(&event.uri).copied().unwrap_or_default(),
            caused: caused.remove(&event.event).unwrap_or_default(),
            event,
        });
        Ok(upstream.collect())
    }
}
