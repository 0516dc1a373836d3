//! The newest runs of many DAGs, and how many runs and tasks there are in each state.

use updraft_model::{DagId, DagRunState, RunKey, TaskInstanceState};
use updraft_sql::{ColumnType, Sql, row, statements};

use super::columns::{date, run_columns};
use crate::error::StoreError;
use crate::runs::{RunRow, run_row};
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // The date of the last of the newest runs is looked up by index, so that older runs are not read.
    NEWEST = Sql::new(concat!(
        "SELECT ", run_columns!(), " \
         FROM {batch} JOIN dag_run r ON r.dag_id = batch.dag_id JOIN dag_version v ON v.version_id = r.version_id \
         WHERE ", date!("r"), " >= coalesce((\
             SELECT ", date!("x"), " FROM dag_run x WHERE x.dag_id = batch.dag_id \
             ORDER BY ", date!("x"), " DESC LIMIT 1 OFFSET $1), -9000000000000000000) \
         ORDER BY r.dag_id, ", date!("r"), ", r.run_id",
    ))
    .batch(&[("dag_id", ColumnType::Text)]);
    RUN_COUNTS = Sql::new(
        "SELECT r.dag_id, r.state, count(*) AS number \
         FROM {batch} JOIN dag_run r ON r.dag_id = batch.dag_id \
         GROUP BY r.dag_id, r.state",
    )
    .batch(&[("dag_id", ColumnType::Text)]);
    // A row that copies share counts for all of them that have none of their own.
    TASK_COUNTS = Sql::new(
        "SELECT t.dag_id, t.run_id, t.state, \
                CAST(sum(CASE WHEN t.mapped_length IS NULL THEN 1 ELSE t.mapped_length - (\
                    SELECT count(*) FROM task_instance o \
                    WHERE o.dag_id = t.dag_id AND o.run_id = t.run_id AND o.task_id = t.task_id \
                      AND o.map_index >= 0 AND o.map_index < t.mapped_length) END) AS BIGINT) AS number \
         FROM {batch} JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id \
         GROUP BY t.dag_id, t.run_id, t.state",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
}

/// How many runs of a DAG are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateCount {
    /// The DAG.
    pub dag_id: DagId,
    /// The state.
    pub state: DagRunState,
    /// How many.
    pub number: u64,
}

/// How many tasks of a run are in a state; of mapped tasks each copy counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskCount {
    /// The run.
    pub run: RunKey,
    /// The state.
    pub state: Option<TaskInstanceState>,
    /// How many; more than none.
    pub number: u64,
}

impl Store {
    /// The newest runs of each of these DAGs, by DAG and date, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn newest_runs(&self, dags: &[DagId], per_dag: u32) -> Result<Vec<RunRow>, StoreError> {
        let batch = dags.iter().map(|dag| row![dag.as_str()]);
        let query = NEWEST.bind(i64::from(per_dag.max(1)) - 1).rows(batch);
        let rows = self.db.fetch_all(query).await?;
        let run = |row| {
            run_row(&TableRow {
                table: "dag_run",
                row,
            })
        };
        rows.iter().map(run).collect()
    }

    /// How many runs of these DAGs are in each state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_state_counts(&self, dags: &[DagId]) -> Result<Vec<StateCount>, StoreError> {
        let batch = dags.iter().map(|dag| row![dag.as_str()]);
        let rows = self.db.fetch_all(RUN_COUNTS.rows(batch)).await?;
        let count = |row| {
            let row = TableRow {
                table: "dag_run",
                row,
            };
            Ok(StateCount {
                dag_id: row.dag_id()?,
                state: row.parsed("state")?,
                number: row.number("number")?,
            })
        };
        rows.iter().map(count).collect()
    }

    /// How many tasks of these runs are in each state.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn task_state_counts(&self, runs: &[RunKey]) -> Result<Vec<TaskCount>, StoreError> {
        let batch = runs
            .iter()
            .map(|run| row![run.dag_id.as_str(), run.run_id.as_str()]);
        let rows = self.db.fetch_all(TASK_COUNTS.rows(batch)).await?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in &rows {
            let row = TableRow {
                table: "task_instance",
                row,
            };
            let number = row.number("number")?;
            if number > 0 {
                counts.push(TaskCount {
                    run: row.run_key()?,
                    state: row.task_state("state")?,
                    number,
                });
            }
        }
        Ok(counts)
    }
}
