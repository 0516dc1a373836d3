//! What is going on: what pages that follow it compare with what they have seen.

use std::collections::BTreeMap;

use updraft_model::{DagId, DagRunState, RunKey, TaskInstanceState};
use updraft_sql::{Sql, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    DAGS = Sql::new("SELECT dag_id, is_paused, is_active, version_id, next_run_after FROM dag");
    RUNS = Sql::new("SELECT dag_id, run_id, state FROM dag_run WHERE state IN ('queued', 'running')");
    TASKS = Sql::new(
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.state \
         FROM dag_run r JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id \
         WHERE r.state IN ('queued', 'running') \
         ORDER BY t.dag_id, t.run_id, t.task_id, t.map_index \
         LIMIT $1",
    );
    ERRORS = Sql::new("SELECT count(*) AS number, max(occurred_at) AS newest FROM import_error");
    POOLS = Sql::new("SELECT pool, slots, description FROM slot_pool ORDER BY pool");
}

/// A task of a run, by id and map index, and its state.
pub type LiveTasks = BTreeMap<(String, i32), Option<TaskInstanceState>>;

/// What is going on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LivePicture {
    /// What is shown of each DAG, in a form that differs when it does.
    pub dags: BTreeMap<DagId, String>,
    /// The runs that are not finished.
    pub runs: BTreeMap<RunKey, DagRunState>,
    /// Their tasks.
    pub tasks: BTreeMap<RunKey, LiveTasks>,
    /// How many sources cannot be read, and since when the newest of them, in microseconds.
    pub import_errors: (u64, Option<i64>),
    /// The pools, in a form that differs when they do.
    pub pools: String,
}

impl Store {
    /// Looks at what is going on; at no more than so many tasks.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn live_picture(&self, tasks_max: u32) -> Result<LivePicture, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let dags = tx.fetch_all(DAGS.query()).await?;
        let runs = tx.fetch_all(RUNS.query()).await?;
        let tasks = tx.fetch_all(TASKS.bind(i64::from(tasks_max))).await?;
        let errors = tx.fetch_one(ERRORS.query()).await?;
        let pools = tx.fetch_all(POOLS.query()).await?;
        tx.rollback().await?;
        let mut picture = LivePicture {
            import_errors: (
                TableRow {
                    table: "import_error",
                    row: &errors,
                }
                .number("number")?,
                errors.get("newest")?,
            ),
            ..LivePicture::default()
        };
        for row in &dags {
            let row = TableRow { table: "dag", row };
            let (paused, active): (bool, bool) = (row.get("is_paused")?, row.get("is_active")?);
            let next = row.optional_time("next_run_after")?;
            let text = format!("{paused} {active} {} {next:?}", row.version()?.0);
            picture.dags.insert(row.dag_id()?, text);
        }
        for row in &runs {
            let row = TableRow {
                table: "dag_run",
                row,
            };
            picture.runs.insert(row.run_key()?, row.parsed("state")?);
        }
        for row in &tasks {
            let row = TableRow {
                table: "task_instance",
                row,
            };
            let of_run = picture.tasks.entry(row.run_key()?).or_default();
            of_run.insert(
                (row.get("task_id")?, row.number("map_index")?),
                row.task_state("state")?,
            );
        }
        for row in &pools {
            let (pool, slots): (String, i64) = (row.get("pool")?, row.get("slots")?);
            let description: String = row.get("description")?;
            picture
                .pools
                .push_str(&format!("{pool:?} {slots} {description:?};"));
        }
        Ok(picture)
    }
}
