//! What waits for DAGs whose schedules name assets, as programs see it: one line for each DAG and asset.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;
use updraft_model::DagId;
use updraft_sql::{ColumnType, Query, Sql, row, statements};

use crate::author::Note;
use crate::changes::Change;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

/// What cannot make a schedule come true is not shown.
macro_rules! meant {
    () => {
        "FROM asset_queue q JOIN asset_event e ON e.event_id = q.event_id JOIN asset a ON a.asset_id = e.asset_id \
         WHERE q.counts AND (q.dag_id = $1 OR $1 IS NULL) AND (a.asset_id = $2 OR $2 IS NULL) \
           AND (a.uri = $3 OR $3 IS NULL) AND ($4 OR q.dag_id IN (SELECT dag_id FROM {batch})) \
         GROUP BY q.dag_id, a.asset_id, a.uri \
         HAVING min(e.happened_at) < $5 OR $5 IS NULL "
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    LIST = Sql::new(concat!(
        "SELECT q.dag_id, a.asset_id, a.uri, min(e.happened_at) AS since ",
        meant!(),
        "ORDER BY q.dag_id, a.asset_id LIMIT $6"
    ))
    .batch(&[("dag_id", ColumnType::Text)]);
    DELETE = Sql::new(
        "DELETE FROM asset_queue \
         WHERE EXISTS (SELECT 1 FROM asset_event e \
                       JOIN {batch} ON batch.asset_id = e.asset_id \
                       WHERE e.event_id = asset_queue.event_id AND batch.dag_id = asset_queue.dag_id)",
    )
    .batch(&[("dag_id", ColumnType::Text), ("asset_id", ColumnType::I64)]);
}

/// An asset that has been updated, and a DAG that has not run for it yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedAssetRow {
    /// The DAG.
    pub dag_id: DagId,
    /// The number of the asset.
    pub asset_id: i64,
    /// Its uri.
    pub uri: String,
    /// When it was updated, the first time after the DAG's last run.
    pub since: Timestamp,
}

/// What is meant of what waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueuedAssetFilter {
    /// Only what waits for this DAG.
    pub dag_id: Option<DagId>,
    /// Only what this asset has caused.
    pub asset_id: Option<i64>,
    /// Only what the asset with this uri has caused.
    pub uri: Option<String>,
    /// Only what waits for these DAGs; `None`: for any.
    pub dags: Option<BTreeSet<DagId>>,
    /// Only what has waited since before that.
    pub before: Option<Timestamp>,
}

impl Store {
    /// What waits, by DAG and asset; at most so many lines.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn queued_assets(
        &self,
        filter: &QueuedAssetFilter,
        limit: u32,
    ) -> Result<Vec<QueuedAssetRow>, StoreError> {
        let rows = self.db.fetch_all(bind(filter, limit)).await?;
        rows.iter().map(read).collect()
    }

    /// Takes it out of the queues, so that no run comes of it. Returns how many lines there were.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was taken then.
    pub async fn delete_queued_assets(&self, filter: &QueuedAssetFilter) -> Result<usize, StoreError> {
        let mut tx = self.db.begin().await?;
        let rows = tx.fetch_all(bind(filter, u32::MAX)).await?;
        let found: Result<Vec<QueuedAssetRow>, StoreError> = rows.iter().map(read).collect();
        let found = found?;
        let pairs = found.iter().map(|one| row![one.dag_id.as_str(), one.asset_id]);
        tx.execute(DELETE.rows(pairs)).await?;
        if !found.is_empty() {
            let told = json!({ "uri": filter.uri, "asset_id": filter.asset_id, "events": found.len() });
            let note = Note::of_some_dag(filter.dag_id.as_ref()).telling(told);
            self.note(&mut tx, note).await?;
        }
        let changes = found.iter().map(|one| Change::Dag(one.dag_id.clone()));
        self.commit_with_changes(tx, changes).await?;
        Ok(found.len())
    }
}

fn bind(filter: &QueuedAssetFilter, limit: u32) -> Query<'_> {
    let query = LIST
        .bind(filter.dag_id.as_ref().map(DagId::as_str))
        .bind(filter.asset_id)
        .bind(filter.uri.as_deref())
        .bind(filter.dags.is_none())
        .bind(filter.before)
        .bind(i64::from(limit));
    query.rows(filter.dags.iter().flatten().map(|dag_id| row![dag_id.as_str()]))
}

fn read(row: &updraft_sql::Row) -> Result<QueuedAssetRow, StoreError> {
    let row = TableRow {
        table: "asset_queue",
        row,
    };
    Ok(QueuedAssetRow {
        dag_id: row.dag_id()?,
        asset_id: row.get("asset_id")?,
        uri: row.get("uri")?,
        since: row.time("since")?,
    })
}
