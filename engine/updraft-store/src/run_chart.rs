//! The times of a whole run, and those of the runs before it to compare with.

use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_model::{RunKey, TaskId, TaskKey};
use updraft_sql::{Sql, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;
use crate::tasks::{AttemptRow, attempt};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ATTEMPTS_OF_RUN = Sql::new(
        "SELECT dag_id, run_id, task_id, map_index, attempt_id, try_number, state, queued_at, start_date, end_date, \
                hostname, unixname, pid, outcome \
         FROM task_instance_history \
         WHERE dag_id = $1 AND run_id = $2 \
         UNION ALL \
         SELECT dag_id, run_id, task_id, map_index, attempt_id, try_number, state, queued_at, start_date, end_date, \
                hostname, unixname, pid, outcome \
         FROM task_instance \
         WHERE dag_id = $1 AND run_id = $2 AND state IN ('queued', 'running', 'restarting') \
         ORDER BY task_id, map_index, try_number, attempt_id",
    );
    // Copies of mapped tasks are left out: there may be very many, and those of two runs are not the same.
    DURATIONS_BEFORE = Sql::new(
        "SELECT t.dag_id, t.run_id, t.task_id, t.start_date, t.end_date \
         FROM task_instance t \
         WHERE t.dag_id = $1 AND t.map_index < 0 AND t.state = 'success' AND t.start_date IS NOT NULL \
           AND t.end_date IS NOT NULL \
           AND t.run_id IN (SELECT r.run_id \
                            FROM dag_run r \
                            WHERE r.dag_id = $1 AND r.run_id <> $2 AND coalesce(r.logical_date, r.run_after) <= $3 \
                            ORDER BY coalesce(r.logical_date, r.run_after) DESC \
                            LIMIT $4)",
    );
}

impl Store {
    /// The attempts at all tasks of a run, of each task the first one first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn attempts_of_run(
        &self,
        run: &RunKey,
    ) -> Result<BTreeMap<TaskKey, Vec<AttemptRow>>, StoreError> {
        let query = ATTEMPTS_OF_RUN
            .bind(run.dag_id.as_str())
            .bind(run.run_id.as_str());
        let mut attempts: BTreeMap<TaskKey, Vec<AttemptRow>> = BTreeMap::new();
        for row in &self.db.fetch_all(query).await? {
            let row = TableRow {
                table: "task_instance_history",
                row,
            };
            attempts.entry(row.task_key()?).or_default().push(attempt(&row)?);
        }
        Ok(attempts)
    }

    /// How long the tasks that succeeded took in the last so many runs with this date or an earlier one, in seconds; without mapped
    /// tasks.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn durations_before(
        &self,
        run: &RunKey,
        date: Timestamp,
        runs_max: u32,
    ) -> Result<BTreeMap<TaskId, Vec<f64>>, StoreError> {
        let query = DURATIONS_BEFORE
            .bind(run.dag_id.as_str())
            .bind(run.run_id.as_str())
            .bind(date)
            .bind(i64::from(runs_max));
        let mut durations: BTreeMap<TaskId, Vec<f64>> = BTreeMap::new();
        for row in &self.db.fetch_all(query).await? {
            let row = TableRow {
                table: "task_instance",
                row,
            };
            let span = row
                .optional_time("start_date")?
                .zip(row.optional_time("end_date")?);
            if let Some((start, end)) = span {
                let duration = end.duration_since(start).as_secs_f64();
                durations.entry(row.task_id()?).or_default().push(duration);
            }
        }
        Ok(durations)
    }
}
