//! Which try a log is of, and whether more may be written.

use std::path::PathBuf;

use updraft_model::{MapIndex, RunKey, TaskId, TaskInstanceState, TaskKey, log_path};
use updraft_store::{AttemptRow, TaskInstanceRow};

use crate::api::Api;
use crate::domain::runs;
use crate::failure::Failure;

/// The log of a try that the database knows.
#[derive(Debug, Clone)]
pub(crate) struct AttemptLog {
    pub(crate) key: TaskKey,
    pub(crate) try_number: u32,
    /// Where it lies. There need be no such file.
    pub(crate) path: PathBuf,
    /// Whether the try is over.
    pub(crate) is_complete: bool,
    /// How the try ended, or how it stands.
    pub(crate) state: Option<TaskInstanceState>,
}

impl AttemptLog {
    /// The log of a try.
    ///
    /// # Errors
    /// There is no such try.
    pub(crate) async fn find(
        api: &Api,
        (dag_id, run_id): (&str, &str),
        (task_id, map_index): (&str, i32),
        try_number: u32,
    ) -> Result<Self, Failure> {
        let run = runs::key(dag_id, run_id)?;
        let unknown = || unknown(&run, task_id, map_index, try_number);
        let task_id = TaskId::parse(task_id).map_err(|_| unknown())?;
        let key = run.task(task_id, MapIndex(map_index));
        Self::of(api, key, try_number).await?.ok_or_else(unknown)
    }

    /// The log of a try; `None` if there is no such try.
    async fn of(api: &Api, key: TaskKey, try_number: u32) -> Result<Option<Self>, Failure> {
        let Some(row) = api.store().task_instance(&key).await? else {
            return Ok(None);
        };
        let attempts = api.store().attempts(&key).await?;
        let last = attempts.iter().rfind(|attempt| attempt.try_number == try_number);
        Ok(last.map(|last| Self {
            path: log_path(api.logs().folder(), &key, try_number),
            is_complete: is_complete(&row, last),
            state: Some(last.state),
            key,
            try_number,
        }))
    }

    /// The same as it is now.
    pub(crate) async fn again(&self, api: &Api) -> Result<Option<Self>, Failure> {
        Self::of(api, self.key.clone(), self.try_number).await
    }
}

/// Whether nothing more comes of a try: its last attempt has ended, and the try does not go on with another one. A try that was put off goes
/// on, unless its task has been ended meanwhile.
fn is_complete(row: &TaskInstanceRow, last: &AttemptRow) -> bool {
    use TaskInstanceState as State;
    if last.end_date.is_none() {
        return false;
    }
    let is_put_off = matches!(last.state, State::Deferred | State::UpForReschedule);
    let goes_on = match row.state {
        None
        | Some(
            State::Scheduled
            | State::Queued
            | State::Running
            | State::Restarting
            | State::Deferred
            | State::UpForReschedule,
        ) => row.try_number == last.try_number,
        Some(
            State::Removed
            | State::Success
            | State::Failed
            | State::UpForRetry
            | State::UpstreamFailed
            | State::Skipped,
        ) => false,
    };
    !(is_put_off && goes_on)
}

fn unknown(run: &RunKey, task_id: &str, map_index: i32, try_number: u32) -> Failure {
    Failure::NotFound(format!(
        "task `{task_id}` of run `{}` of DAG `{}`, map index {map_index}, has no try {try_number}",
        run.run_id, run.dag_id
    ))
}
