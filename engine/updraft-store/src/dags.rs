//! DAGs as people list them, and pausing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use updraft_model::{
    AssetExpression, DagId, DagSpec, DagVersionId, DataInterval, NextRun, QueuedAssetEvent, TimetableAnswer,
};
use updraft_sql::{ColumnType, Sql, row, statements};

use crate::author::Note;
use crate::backfills::OpenBackfill;
use crate::changes::Change;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    LIST = Sql::new(
        "SELECT d.dag_id, d.source, d.fileloc, d.is_active, d.is_paused, d.description, d.schedule, d.owners, \
                d.last_interval_start, d.last_interval_end, d.next_logical_date, d.next_run_after, d.parsed_at, \
                v.version_id, v.version_number \
         FROM dag d JOIN dag_version v ON v.version_id = d.version_id \
         WHERE (d.is_active OR $1) AND (d.is_paused = $2 OR $2 IS NULL) AND (d.dag_id = $3 OR $3 IS NULL) \
         ORDER BY d.dag_id",
    );
    VERSION_CREATED = Sql::new("SELECT created_at FROM dag_version WHERE version_id = $1");
    VERSION_OF_NUMBER = Sql::new("SELECT version_id FROM dag_version WHERE dag_id = $1 AND version_number = $2");
    TAGS = Sql::new("SELECT dag_id, tag FROM dag_tag WHERE (dag_id = $1 OR $1 IS NULL) ORDER BY dag_id, tag");
    SET_PAUSED = Sql::new(
        "UPDATE dag SET is_paused = $1 \
         FROM {batch} \
         WHERE dag.dag_id = batch.dag_id AND dag.is_paused <> $1 \
         RETURNING dag.dag_id",
    )
    .batch(&[("dag_id", ColumnType::Text)]);
}

/// A DAG with its newest description.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDag {
    /// Its name.
    pub dag_id: DagId,
    /// The source that defines it.
    pub source: String,
    /// Its newest version, which new runs get.
    pub version: DagVersionId,
    /// The description of that version.
    pub spec: Arc<DagSpec>,
    /// Whether somebody paused it.
    pub is_paused: bool,
    /// Whether its source still defines it.
    pub is_active: bool,
    /// The data interval of its newest scheduled run, finished or not; `None` before the first one.
    pub last_scheduled: Option<DataInterval>,
    /// Its backfills that are not over.
    pub backfills: Vec<OpenBackfill>,
    /// The asset events that wait for its next run, by number.
    pub asset_queue: Vec<QueuedAssetEvent>,
    /// The logical date of the newest run that assets have caused.
    pub last_asset_date: Option<Timestamp>,
    /// How long its newest runs took that are over, the newest first: as many as its deadlines look at.
    pub runtimes: Vec<Duration>,
    /// What its program has told last of its next run, if it has a timetable of its own.
    pub timetable_answer: Option<TimetableAnswer>,
}

impl StoredDag {
    /// What its program has told of its next run, if that still counts.
    pub fn told_next(&self) -> Option<&NextRun> {
        self.spec.schedule.custom()?;
        let answer = self.timetable_answer.as_ref()?;
        (answer.version == self.version && answer.last == self.last_scheduled).then_some(&answer.next)
    }

    /// The assets that it still waits for before they cause a run; `None` if there are none.
    pub fn missing_assets(&self) -> Option<AssetExpression> {
        let updated = self.asset_queue.iter().collect();
        self.spec.schedule.assets()?.missing(&updated)
    }
}

/// A DAG in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DagRow {
    /// Its name.
    pub dag_id: DagId,
    /// The source that defines it.
    pub source: String,
    /// The file it was found in, for people.
    pub fileloc: String,
    /// Whether its source still defines it.
    pub is_active: bool,
    /// Whether somebody paused it.
    pub is_paused: bool,
    /// Its newest version.
    pub version: DagVersionId,
    /// The number of that version; counts up from 1.
    pub version_number: u32,
    /// One line about it.
    pub description: Option<String>,
    /// When it runs by itself, in words.
    pub schedule: String,
    /// Its owners, comma-separated, in alphabetical order.
    pub owners: String,
    /// Its tags, in alphabetical order.
    pub tags: Vec<String>,
    /// The data interval of its newest scheduled run.
    pub last_scheduled: Option<DataInterval>,
    /// The logical date of its next scheduled run.
    pub next_logical_date: Option<Timestamp>,
    /// When its next scheduled run will start, unless something holds it up.
    pub next_run_after: Option<Timestamp>,
    /// When its source was read last.
    pub parsed_at: Timestamp,
}

/// Which DAGs to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct DagFilter {
    /// Also those that no source defines any more.
    pub with_inactive: bool,
    /// Only those that are, or are not, paused.
    pub is_paused: Option<bool>,
}

impl Store {
    /// DAGs by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dags(&self, filter: DagFilter) -> Result<Vec<DagRow>, StoreError> {
        self.dag_rows(filter, None).await
    }

    /// A DAG as lists have it, also one that no source defines any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dag_row(&self, dag_id: &DagId) -> Result<Option<DagRow>, StoreError> {
        let any = DagFilter {
            with_inactive: true,
            is_paused: None,
        };
        Ok(self.dag_rows(any, Some(dag_id)).await?.pop())
    }

    async fn dag_rows(&self, filter: DagFilter, only: Option<&DagId>) -> Result<Vec<DagRow>, StoreError> {
        let only = only.map(DagId::as_str);
        let list = LIST.bind(filter.with_inactive).bind(filter.is_paused);
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(list.bind(only)).await?;
        let tags = tx.fetch_all(TAGS.bind(only)).await?;
        tx.rollback().await?;
        let mut dags = Vec::with_capacity(rows.len());
        for row in &rows {
            dags.push(dag_row(&TableRow { table: "dag", row })?);
        }
        // Both lists are in the order of the ids, in each database's own notion of order.
        for row in &tags {
            let row = TableRow {
                table: "dag_tag",
                row,
            };
            let dag_id: String = row.get("dag_id")?;
            if let Some(dag) = dags.iter_mut().find(|dag| dag.dag_id.as_str() == dag_id) {
                dag.tags.push(row.get("tag")?);
            }
        }
        Ok(dags)
    }

    /// The descriptions of these versions; unknown ones are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn descriptions(
        &self,
        versions: impl IntoIterator<Item = DagVersionId>,
    ) -> Result<BTreeMap<DagVersionId, Arc<DagSpec>>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let specs = self.specs(&mut tx, versions.into_iter().collect()).await?;
        tx.rollback().await?;
        Ok(specs)
    }

    /// The version of a DAG of that number; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn version_of_number(
        &self,
        dag_id: &DagId,
        number: u32,
    ) -> Result<Option<DagVersionId>, StoreError> {
        let query = VERSION_OF_NUMBER.bind(dag_id.as_str()).bind(i64::from(number));
        let row = self.db.fetch_optional(query).await?;
        let version = row.map(|row| {
            TableRow {
                table: "dag_version",
                row: &row,
            }
            .version()
        });
        Ok(version.transpose()?)
    }

    /// When a version of a DAG was first seen; `None` if there is no such version.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn version_created_at(&self, version: DagVersionId) -> Result<Option<Timestamp>, StoreError> {
        let row = self.db.fetch_optional(VERSION_CREATED.bind(version.0)).await?;
        Ok(row.map(|row| row.timestamp("created_at")).transpose()?)
    }

    /// Pauses or unpauses DAGs. Returns those that were in the other state, in the order of their ids; unknown ids are left
    /// out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_paused(&self, dag_ids: &[DagId], is_paused: bool) -> Result<Vec<DagId>, StoreError> {
        let mut tx = self.db.begin().await?;
        let batch = dag_ids.iter().map(|dag_id| row![dag_id.as_str()]);
        let mut changed = Vec::new();
        for row in tx.fetch_all(SET_PAUSED.bind(is_paused).rows(batch)).await? {
            changed.push(
                TableRow {
                    table: "dag",
                    row: &row,
                }
                .dag_id()?,
            );
        }
        changed.sort();
        for dag_id in &changed {
            let (before, after) = (
                json!({ "is_paused": !is_paused }),
                json!({ "is_paused": is_paused }),
            );
            let note = Note::of_dag(dag_id).changing(before, after);
            self.note(&mut tx, note).await?;
        }
        let changes = changed.iter().cloned().map(Change::Dag);
        self.commit_with_changes(tx, changes).await?;
        Ok(changed)
    }
}

pub(crate) fn dag_row(row: &TableRow<'_>) -> Result<DagRow, StoreError> {
    let start = row.optional_time("last_interval_start")?;
    Ok(DagRow {
        dag_id: row.dag_id()?,
        source: row.get("source")?,
        fileloc: row.get("fileloc")?,
        is_active: row.get("is_active")?,
        is_paused: row.get("is_paused")?,
        version: row.version()?,
        version_number: row.number("version_number")?,
        description: row.get("description")?,
        schedule: row.get("schedule")?,
        owners: row.get("owners")?,
        tags: Vec::new(),
        last_scheduled: start
            .zip(row.optional_time("last_interval_end")?)
            .map(|(start, end)| DataInterval { start, end }),
        next_logical_date: row.optional_time("next_logical_date")?,
        next_run_after: row.optional_time("next_run_after")?,
        parsed_at: row.time("parsed_at")?,
    })
}
