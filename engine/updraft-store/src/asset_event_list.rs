//! Events of assets as programs page through them.

use updraft_sql::{Query, Sql, statements};

use crate::asset_queue::{AssetEventRow, CausedRun, caused_runs, event_row};
use crate::error::StoreError;
use crate::job_list::TimeBounds;
use crate::order::{Paging, TextLike, counted, sorted_by};
use crate::store::Store;
use crate::table::TableRow;

macro_rules! meant {
    () => {
        "FROM asset_event e JOIN asset a ON a.asset_id = e.asset_id \
         WHERE (e.event_id = $1 OR $1 IS NULL) AND (e.asset_id = $2 OR $2 IS NULL) \
           AND (e.dag_id = $3 OR $3 IS NULL) AND (e.task_id = $4 OR $4 IS NULL) \
           AND (e.run_id = $5 OR $5 IS NULL) AND (e.map_index = $6 OR $6 IS NULL) \
           AND (lower(a.name) LIKE $7 ESCAPE '~' OR $7 IS NULL) \
           AND (substr(a.name, 1, length($8)) = $8 OR $8 IS NULL) \
           AND (e.happened_at >= $9 OR $9 IS NULL) AND (e.happened_at > $10 OR $10 IS NULL) \
           AND (e.happened_at <= $11 OR $11 IS NULL) AND (e.happened_at < $12 OR $12 IS NULL) "
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        "SELECT e.event_id, e.asset_id, a.name, a.uri, a.asset_group, a.extra AS asset_extra, e.extra, e.happened_at, e.dag_id, \
                e.run_id, e.task_id, e.map_index ",
        meant!(),
        "ORDER BY ",
        sorted_by!(
            "$13", "$14";
            "id" => "e.event_id",
            "timestamp" => "e.happened_at",
            "asset_id" => "e.asset_id",
            "dataset_id" => "e.asset_id",
            "source_dag_id" => "e.dag_id",
            "source_task_id" => "e.task_id",
            "source_run_id" => "e.run_id",
            "source_map_index" => "e.map_index",
        ),
        "e.event_id LIMIT $15 OFFSET $16"
    ));
    COUNT = Sql::new(concat!("SELECT count(*) AS number ", meant!()));
}

/// An event of an asset in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedAssetEvent {
    /// The number of the asset.
    pub asset_id: i64,
    /// The event.
    pub row: AssetEventRow,
    /// The runs that it has caused.
    pub runs: Vec<CausedRun>,
}

/// Which events are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssetEventListFilter {
    /// Only the one of this number.
    pub event_id: Option<i64>,
    /// Only those of this asset.
    pub asset_id: Option<i64>,
    /// Only those that tasks of this DAG have caused.
    pub source_dag_id: Option<String>,
    /// Only those that this task has caused.
    pub source_task_id: Option<String>,
    /// Only those that tasks of this run have caused.
    pub source_run_id: Option<String>,
    /// Only those that this copy of a task has caused.
    pub source_map_index: Option<i32>,
    /// Only those of assets that are called so.
    pub name_like: TextLike,
    /// Only those that happened then.
    pub happened: TimeBounds,
}

impl Store {
    /// A page of events, each with the runs that it has caused, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn asset_event_page(
        &self,
        filter: &AssetEventListFilter,
        paging: &Paging,
    ) -> Result<(Vec<ListedAssetEvent>, u64), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(paging.bind(bind(PAGE.query(), filter))).await?;
        let total = tx.fetch_one(bind(COUNT.query(), filter)).await?;
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            events.push(event_row(&TableRow {
                table: "asset_event",
                row,
            })?);
        }
        let mut caused = caused_runs(&mut tx, &events).await?;
        tx.rollback().await?;
        let mut listed = Vec::with_capacity(events.len());
        for (row, event) in rows.iter().zip(events) {
            listed.push(ListedAssetEvent {
                asset_id: row.get("asset_id")?,
                runs: caused.remove(&event.event).unwrap_or_default(),
                row: event,
            });
        }
        Ok((listed, counted("asset_event", &total)?))
    }
}

/// Binds `$1` to `$12`.
fn bind<'f>(query: Query<'f>, filter: &'f AssetEventListFilter) -> Query<'f> {
    let query = query.bind(filter.event_id).bind(filter.asset_id);
    let query = query
        .bind(filter.source_dag_id.as_deref())
        .bind(filter.source_task_id.as_deref())
        .bind(filter.source_run_id.as_deref())
        .bind(filter.source_map_index);
    filter.happened.bind(filter.name_like.bind(query))
}
