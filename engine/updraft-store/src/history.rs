//! Runs that are over, as another installation or a generator of test data hands them in: with their tasks, tries and values.
//!
//! Nothing of it is planned, so nothing of it goes to the change feed; whoever writes it holds the scheduler's lease.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{
    AttemptId, DagRunState, DataInterval, MapIndex, RunKey, RunType, TaskId, TaskInstanceState,
};
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::error::{StoreError, WriteError};
use crate::lease::{self, Lease};
use crate::store::Store;
use crate::table::{TableRow, state_text, storable};

/// Rows of one statement.
const ROWS_MAX: usize = 2_000;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // A run that is there already, or whose date another run has, stays as it is.
    INSERT_RUNS = Sql::new(
        "INSERT INTO dag_run (dag_id, run_id, version_id, state, run_type, logical_date, data_interval_start, \
                              data_interval_end, run_after, conf, queued_at, start_date, end_date, triggered_by, note) \
         SELECT d.dag_id, batch.run_id, d.version_id, batch.state, batch.run_type, batch.logical_date, \
                batch.data_interval_start, batch.data_interval_end, batch.run_after, batch.conf, batch.queued_at, \
                batch.start_date, batch.end_date, batch.triggered_by, batch.note \
         FROM {batch} JOIN dag d ON d.dag_id = batch.dag_id \
         WHERE TRUE \
         ON CONFLICT DO NOTHING \
         RETURNING dag_id, run_id",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("state", ColumnType::Text),
        ("run_type", ColumnType::Text),
        ("logical_date", ColumnType::I64),
        ("data_interval_start", ColumnType::I64),
        ("data_interval_end", ColumnType::I64),
        ("run_after", ColumnType::I64),
        ("conf", ColumnType::Text),
        ("queued_at", ColumnType::I64),
        ("start_date", ColumnType::I64),
        ("end_date", ColumnType::I64),
        ("triggered_by", ColumnType::Text),
        ("note", ColumnType::Text),
    ]);
    INSERT_TASKS = Sql::new(
        "INSERT INTO task_instance (dag_id, run_id, task_id, map_index, operator, state, max_tries, priority_weight, \
                                    attempt_id, try_number, scheduled_at, queued_at, start_date, end_date, hostname, \
                                    unixname, pid, outcome, mapped_length, note) \
         SELECT dag_id, run_id, task_id, map_index, operator, state, max_tries, priority_weight, attempt_id, try_number, \
                queued_at, queued_at, start_date, end_date, hostname, unixname, pid, outcome, mapped_length, note \
         FROM {batch}",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("operator", ColumnType::Text),
        ("state", ColumnType::Text),
        ("max_tries", ColumnType::I64),
        ("priority_weight", ColumnType::I64),
        ("attempt_id", ColumnType::Uuid),
        ("try_number", ColumnType::I64),
        ("queued_at", ColumnType::I64),
        ("start_date", ColumnType::I64),
        ("end_date", ColumnType::I64),
        ("hostname", ColumnType::Text),
        ("unixname", ColumnType::Text),
        ("pid", ColumnType::I64),
        ("outcome", ColumnType::Text),
        ("mapped_length", ColumnType::I64),
        ("note", ColumnType::Text),
    ]);
    INSERT_TRIES = Sql::new(
        "INSERT INTO task_instance_history (attempt_id, dag_id, run_id, task_id, map_index, try_number, state, queued_at, \
                                            start_date, end_date, hostname, unixname, pid, outcome) \
         SELECT attempt_id, dag_id, run_id, task_id, map_index, try_number, state, queued_at, start_date, end_date, \
                hostname, unixname, pid, outcome \
         FROM {batch}",
    )
    .batch(&[
        ("attempt_id", ColumnType::Uuid),
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("try_number", ColumnType::I64),
        ("state", ColumnType::Text),
        ("queued_at", ColumnType::I64),
        ("start_date", ColumnType::I64),
        ("end_date", ColumnType::I64),
        ("hostname", ColumnType::Text),
        ("unixname", ColumnType::Text),
        ("pid", ColumnType::I64),
        ("outcome", ColumnType::Text),
    ]);
    INSERT_XCOMS = Sql::new(
        "INSERT INTO xcom (dag_id, run_id, task_id, map_index, key, value, set_at) \
         SELECT dag_id, run_id, task_id, map_index, key, value, set_at FROM {batch}",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("key", ColumnType::Text),
        ("value", ColumnType::Text),
        ("set_at", ColumnType::I64),
    ]);
    // What the planner of statements knows of the tables; after so many rows it is to know them.
    ANALYZE = Sql::new("ANALYZE");
}

/// A run with all that belongs to it. It gets the newest version of its DAG.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoricRun {
    /// Which run of which DAG.
    pub key: RunKey,
    /// How it ended, or how far it is.
    pub state: DagRunState,
    /// Why it exists.
    pub run_type: RunType,
    /// The date it is about.
    pub logical_date: Option<Timestamp>,
    /// The span of data it is about.
    pub data_interval: Option<DataInterval>,
    /// When it could start.
    pub run_after: Timestamp,
    /// What it was triggered with.
    pub conf: Map<String, Value>,
    /// When it was queued.
    pub queued_at: Option<Timestamp>,
    /// When it started.
    pub start_date: Option<Timestamp>,
    /// When it ended.
    pub end_date: Option<Timestamp>,
    /// Who triggered it by hand.
    pub triggered_by: Option<String>,
    /// A remark for people.
    pub note: Option<String>,
    /// Its tasks; of mapped ones each copy, and one with map index -1 that tells how many there are.
    pub tasks: Vec<HistoricTask>,
}

/// A task of such a run.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoricTask {
    /// Its id.
    pub task_id: TaskId,
    /// Which copy.
    pub map_index: MapIndex,
    /// Its class or kind.
    pub operator: String,
    /// Its state; `None` if nothing was decided about it.
    pub state: Option<TaskInstanceState>,
    /// How often it could be tried again, and once more.
    pub max_tries: u32,
    /// Higher goes first.
    pub priority_weight: i64,
    /// How many copies it has, if it is mapped and this is none of them.
    pub mapped_length: Option<u32>,
    /// Its tries, the first first. The last one is live if its state is that of a live task.
    pub tries: Vec<HistoricTry>,
    /// When it ended, if it ended without a try.
    pub passed_over_at: Option<Timestamp>,
    /// What it left for others, by key.
    pub xcoms: Vec<(String, Value)>,
    /// A remark for people.
    pub note: Option<String>,
}

/// A try of such a task.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoricTry {
    /// Its id, which no other has.
    pub attempt: AttemptId,
    /// Its number, from 1.
    pub try_number: u32,
    /// How it ended; of a live one, how far it is.
    pub state: TaskInstanceState,
    /// When it was queued.
    pub queued_at: Option<Timestamp>,
    /// When it started.
    pub start_date: Option<Timestamp>,
    /// When it ended; a live one has not.
    pub end_date: Option<Timestamp>,
    /// The machine that ran it.
    pub hostname: Option<String>,
    /// The user it ran as.
    pub unixname: Option<String>,
    /// Its process.
    pub pid: Option<u32>,
    /// How it ended, in words.
    pub outcome: Option<String>,
}

impl Store {
    /// Writes runs with all that belongs to them, of DAGs that are known, in one transaction. Runs that are there already, and those
    /// whose DAG has another run of their logical date, are left out. Returns those that were written.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was written then.
    pub async fn add_history(
        &self,
        lease: &Lease,
        runs: &[HistoricRun],
    ) -> Result<BTreeSet<RunKey>, WriteError> {
        let mut tx = self.db.begin().await?;
        if !lease::is_valid(&mut tx, lease).await? {
            return Err(WriteError::LeaseLost);
        }
        let written = insert_runs(&mut tx, runs).await?;
        let tasks: Vec<(&RunKey, &HistoricTask)> = runs
            .iter()
            .filter(|run| written.contains(&run.key))
            .flat_map(|run| run.tasks.iter().map(|task| (&run.key, task)))
            .collect();
        for tasks in tasks.chunks(ROWS_MAX) {
            insert_tasks(&mut tx, tasks).await?;
        }
        tx.commit().await?;
        Ok(written)
    }

    /// Has the database look at what its tables hold, so that it finds the best way to what it is asked for. Worth its time after very
    /// many rows were written.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn analyze(&self) -> Result<(), StoreError> {
        self.db.execute(ANALYZE.query()).await?;
        Ok(())
    }
}

async fn insert_runs(tx: &mut Tx, runs: &[HistoricRun]) -> Result<BTreeSet<RunKey>, StoreError> {
    let mut written = BTreeSet::new();
    for runs in runs.chunks(ROWS_MAX) {
        let rows = runs.iter().map(|run| {
            row![
                run.key.dag_id.as_str(),
                run.key.run_id.as_str(),
                run.state.as_str(),
                run.run_type.as_str(),
                run.logical_date,
                run.data_interval.map(|interval| interval.start),
                run.data_interval.map(|interval| interval.end),
                run.run_after,
                storable(&Value::Object(run.conf.clone()).to_string()),
                run.queued_at,
                run.start_date,
                run.end_date,
                run.triggered_by.as_deref().map(storable),
                run.note.as_deref().map(storable),
            ]
        });
        for row in tx.fetch_all(INSERT_RUNS.rows(rows)).await? {
            let row = TableRow {
                table: "dag_run",
                row: &row,
            };
            written.insert(row.run_key()?);
        }
    }
    Ok(written)
}

async fn insert_tasks(tx: &mut Tx, tasks: &[(&RunKey, &HistoricTask)]) -> Result<(), StoreError> {
    let rows = tasks.iter().map(|(run, task)| {
        let newest = task.tries.last();
        row![
            run.dag_id.as_str(),
            run.run_id.as_str(),
            task.task_id.as_str(),
            task.map_index.0,
            storable(&task.operator),
            state_text(task.state),
            task.max_tries,
            task.priority_weight,
            newest.map(|newest| newest.attempt.0),
            newest.map_or(0, |newest| newest.try_number),
            newest.and_then(|newest| newest.queued_at),
            newest.and_then(|newest| newest.start_date),
            newest.map_or(task.passed_over_at, |newest| newest.end_date),
            newest.and_then(|newest| newest.hostname.as_deref()),
            newest.and_then(|newest| newest.unixname.as_deref()),
            newest.and_then(|newest| newest.pid),
            newest.and_then(|newest| newest.outcome.as_deref().map(storable)),
            task.mapped_length,
            task.note.as_deref().map(storable),
        ]
    });
    tx.execute(INSERT_TASKS.rows(rows)).await?;
    let tries = tasks.iter().flat_map(|(run, task)| {
        task.tries.iter().filter_map(|one| {
            let end_date = one.end_date?;
            Some(row![
                one.attempt.0,
                run.dag_id.as_str(),
                run.run_id.as_str(),
                task.task_id.as_str(),
                task.map_index.0,
                one.try_number,
                one.state.as_str(),
                one.queued_at,
                one.start_date,
                end_date,
                one.hostname.as_deref(),
                one.unixname.as_deref(),
                one.pid,
                one.outcome.as_deref().map(storable),
            ])
        })
    });
    tx.execute(INSERT_TRIES.rows(tries)).await?;
    let xcoms = tasks.iter().flat_map(|(run, task)| {
        let set_at = task.tries.last().and_then(|newest| newest.end_date);
        task.xcoms.iter().map(move |(key, value)| {
            row![
                run.dag_id.as_str(),
                run.run_id.as_str(),
                task.task_id.as_str(),
                task.map_index.0,
                storable(key),
                storable(&value.to_string()),
                set_at.unwrap_or(Timestamp::UNIX_EPOCH),
            ]
        })
    });
    tx.execute(INSERT_XCOMS.rows(xcoms)).await?;
    Ok(())
}
