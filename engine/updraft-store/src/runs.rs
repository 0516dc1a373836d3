//! Runs as people list them, and their deletion.

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{BackfillId, DagId, DagRunState, DagVersionId, DataInterval, RunKey, RunType};
use updraft_sql::{Query, Sql, statements};

use crate::author::Note;
use crate::changes::Change;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    LIST = Sql::new(
        "SELECT r.dag_id, r.run_id, r.version_id, v.version_number, r.state, r.run_type, r.logical_date, r.data_interval_start, \
                r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.end_date, r.clear_number, \
                r.triggered_by, r.backfill_id, r.note \
         FROM dag_run r JOIN dag_version v ON v.version_id = r.version_id \
         WHERE r.dag_id = $1 AND coalesce(r.logical_date, r.run_after) >= $2 \
           AND coalesce(r.logical_date, r.run_after) <= $3 AND (r.state = $4 OR $4 IS NULL) \
         ORDER BY coalesce(r.logical_date, r.run_after) DESC, r.run_id DESC \
         LIMIT $5",
    );
    ONE = Sql::new(
        "SELECT r.dag_id, r.run_id, r.version_id, v.version_number, r.state, r.run_type, r.logical_date, r.data_interval_start, \
                r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.end_date, r.clear_number, \
                r.triggered_by, r.backfill_id, r.note \
         FROM dag_run r JOIN dag_version v ON v.version_id = r.version_id \
         WHERE r.dag_id = $1 AND r.run_id = $2",
    );
    BEFORE = Sql::new(
        "SELECT r.dag_id, r.run_id, r.version_id, v.version_number, r.state, r.run_type, r.logical_date, r.data_interval_start, \
                r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.end_date, r.clear_number, \
                r.triggered_by, r.backfill_id, r.note \
         FROM dag_run r JOIN dag_version v ON v.version_id = r.version_id \
         WHERE r.dag_id = $1 AND r.logical_date < $2 AND (r.state = $3 OR $3 IS NULL) \
         ORDER BY r.logical_date DESC \
         LIMIT 1",
    );
    DELETE = Sql::new("DELETE FROM dag_run WHERE dag_id = $1 AND run_id = $2");
}

/// A run in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Which run of which DAG.
    pub key: RunKey,
    /// The version of the DAG it runs.
    pub version: DagVersionId,
    /// The number of that version; counts up from 1.
    pub version_number: u32,
    /// Its state.
    pub state: DagRunState,
    /// Why it exists.
    pub run_type: RunType,
    /// The date it is about; at compat level 3 there are runs without one.
    pub logical_date: Option<Timestamp>,
    /// The span of data it is about.
    pub data_interval: Option<DataInterval>,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// What it was triggered with.
    pub conf: Map<String, Value>,
    /// When it was queued, last time.
    pub queued_at: Option<Timestamp>,
    /// When it started, last time.
    pub start_date: Option<Timestamp>,
    /// When it ended, last time.
    pub end_date: Option<Timestamp>,
    /// How often it was cleared.
    pub clear_number: u32,
    /// Who triggered it by hand.
    pub triggered_by: Option<String>,
    /// The backfill that it belongs to.
    pub backfill: Option<BackfillId>,
    /// A remark for people.
    pub note: Option<String>,
}

/// Which runs of a DAG to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFilter {
    /// The DAG.
    pub dag_id: DagId,
    /// Only those in this state.
    pub state: Option<DagRunState>,
    /// Only those with this logical date or a later one. For a run without one it is when it may start.
    pub from: Option<Timestamp>,
    /// Only those with this logical date or an earlier one.
    pub until: Option<Timestamp>,
    /// At most so many.
    pub limit: Option<u32>,
}

impl RunFilter {
    /// All runs of a DAG.
    pub const fn all(dag_id: DagId) -> Self {
        Self {
            dag_id,
            state: None,
            from: None,
            until: None,
            limit: None,
        }
    }
}

impl Store {
    /// Runs of a DAG, the newest logical date first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn runs(&self, filter: &RunFilter) -> Result<Vec<RunRow>, StoreError> {
        let query = LIST
            .bind(filter.dag_id.as_str())
            .bind(filter.from.unwrap_or(Timestamp::MIN))
            .bind(filter.until.unwrap_or(Timestamp::MAX))
            .bind(filter.state.map(DagRunState::as_str))
            .bind(filter.limit.map_or(i64::MAX, i64::from));
        self.read_run_rows(query).await
    }

    /// One run; `None` if there is none of that key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run(&self, key: &RunKey) -> Result<Option<RunRow>, StoreError> {
        let query = ONE.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
        Ok(self.read_run_rows(query).await?.into_iter().next())
    }

    /// The newest run with an earlier logical date, in that state if one is given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_before(
        &self,
        dag_id: &DagId,
        logical_date: Timestamp,
        state: Option<DagRunState>,
    ) -> Result<Option<RunRow>, StoreError> {
        let query = BEFORE
            .bind(dag_id.as_str())
            .bind(logical_date)
            .bind(state.map(DagRunState::as_str));
        Ok(self.read_run_rows(query).await?.into_iter().next())
    }

    /// The run of a DAG with exactly that logical date.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_by_logical_date(
        &self,
        dag_id: &DagId,
        logical_date: Timestamp,
    ) -> Result<Option<RunRow>, StoreError> {
        let date = Some(logical_date);
        let filter = RunFilter {
            from: date,
            until: date,
            ..RunFilter::all(dag_id.clone())
        };
        let runs = self.runs(&filter).await?;
        Ok(runs.into_iter().find(|run| run.logical_date == date))
    }

    /// Deletes a run with its tasks, attempts and `XComs`; what still runs of it is killed by the scheduler. False if there
    /// is none of that key.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_run(&self, key: &RunKey) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let deleted = tx
            .execute(DELETE.bind(key.dag_id.as_str()).bind(key.run_id.as_str()))
            .await?;
        if deleted > 0 {
            self.note(&mut tx, Note::of_run(key)).await?;
        }
        self.commit_with_changes(tx, (deleted > 0).then(|| Change::of_run(key)))
            .await?;
        Ok(deleted > 0)
    }

    async fn read_run_rows(&self, query: Query<'_>) -> Result<Vec<RunRow>, StoreError> {
        let rows = self.db.fetch_all(query).await?;
        rows.iter()
            .map(|row| {
                run_row(&TableRow {
                    table: "dag_run",
                    row,
                })
            })
            .collect()
    }
}

pub(crate) fn run_row(row: &TableRow<'_>) -> Result<RunRow, StoreError> {
    Ok(RunRow {
        key: row.run_key()?,
        version: row.version()?,
        version_number: row.number("version_number")?,
        state: row.parsed("state")?,
        run_type: row.parsed("run_type")?,
        logical_date: row.optional_time("logical_date")?,
        data_interval: row.interval("data_interval_start", "data_interval_end")?,
        run_after: row.time("run_after")?,
        conf: row.json_object("conf")?,
        queued_at: row.optional_time("queued_at")?,
        start_date: row.optional_time("start_date")?,
        end_date: row.optional_time("end_date")?,
        clear_number: row.number("clear_number")?,
        triggered_by: row.get("triggered_by")?,
        backfill: row.get::<Option<i64>>("backfill_id")?.map(BackfillId),
        note: row.get("note")?,
    })
}
