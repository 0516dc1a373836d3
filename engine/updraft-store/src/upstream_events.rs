//! The asset events that a run has consumed, with the runs that each of them has caused.

use std::collections::BTreeMap;

use updraft_model::RunKey;
use updraft_sql::{ColumnType, Sql, row, statements};

use crate::asset_event_list::ListedAssetEvent;
use crate::asset_queue::{caused_runs, consumed};
use crate::error::StoreError;
use crate::store::Store;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ASSETS = Sql::new("SELECT a.asset_id, a.uri FROM {batch} JOIN asset a ON a.uri = batch.uri")
        .batch(&[("uri", ColumnType::Text)]);
}

impl Store {
    /// The events that a run has consumed, by number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn upstream_events(&self, run: &RunKey) -> Result<Vec<ListedAssetEvent>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let events = consumed(&mut tx, [run]).await?.remove(run).unwrap_or_default();
        let mut caused = caused_runs(&mut tx, &events).await?;
        let uris = events.iter().map(|event| row![event.uri.as_str()]);
        let mut assets: BTreeMap<String, i64> = BTreeMap::new();
        for row in tx.fetch_all(ASSETS.rows(uris)).await? {
            assets.insert(row.get("uri")?, row.get("asset_id")?);
        }
        tx.rollback().await?;
        let upstream = events.into_iter().map(|row| ListedAssetEvent {
            asset_id: assets.get(&row.uri).copied().unwrap_or_default(),
            runs: caused.remove(&row.event).unwrap_or_default(),
            row,
        });
        Ok(upstream.collect())
    }
}
