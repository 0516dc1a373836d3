//! What became of an attempt.

use updraft_model::{AttemptId, TaskInstanceState};
use updraft_sql::{Sql, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    NEWEST = Sql::new("SELECT dag_id, run_id, task_id, map_index, state FROM task_instance WHERE attempt_id = $1");
    EARLIER = Sql::new("SELECT dag_id, run_id, task_id, map_index FROM task_instance_history WHERE attempt_id = $1");
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptNow {
    /// It is the newest of its task, which has this state.
    Newest(Option<TaskInstanceState>),
    /// Its task has had another one since.
    Replaced,
}

impl Store {
    /// What became of an attempt; `None` if there was none of that id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn attempt_now(&self, attempt: AttemptId) -> Result<Option<AttemptNow>, StoreError> {
        if let Some(row) = self.db.fetch_optional(NEWEST.bind(attempt.0)).await? {
            let row = TableRow {
                table: "task_instance",
                row: &row,
            };
            return Ok(Some(AttemptNow::Newest(row.task_state("state")?)));
        }
        let earlier = self.db.fetch_optional(EARLIER.bind(attempt.0)).await?;
        Ok(earlier.map(|_| AttemptNow::Replaced))
    }
}
