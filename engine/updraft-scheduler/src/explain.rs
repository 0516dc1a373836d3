//! The answer to "why is this task not running?", from what the database has.

use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_model::{RunKey, TaskId, TaskKey, Wait, isoformat};
use updraft_planner::{Limits, Planner, why_ended};
use updraft_store::{StoreError, StoredRun, StoredTask};

pub use updraft_planner::{WaitCode, WaitReason};

use crate::convert;
use crate::ledger::Ledger;

/// Everything that keeps a task from running, or the one thing that ended it; empty if it runs. `None` if there is no such
/// task. `parallelism` is that of all schedulers: `[core] parallelism` of each. `is_unreadable`: the scheduler could not read the source of
/// the task's DAG since it started.
///
/// Asks no scheduler: it reads what a scheduler would start from, and what that would say.
///
/// # Errors
/// [`StoreError`].
pub async fn explain(
    store: &dyn Ledger,
    key: &TaskKey,
    parallelism: usize,
    is_unreadable: bool,
    now: Timestamp,
) -> Result<Option<Vec<WaitReason>>, StoreError> {
    let Some(run) = store.stored_run(&key.run_key()).await? else {
        return Ok(None);
    };
    if run.spec.task(&key.task_id).is_none() {
        let is_it = |task: &StoredTask| task.task_id == key.task_id && task.map_index == key.map_index;
        return Ok(run.tasks.iter().any(is_it).then(|| vec![removed()]));
    }
    if run.state.is_finished() {
        return Ok(why_ended(&convert::run(&run), key).map(|reason| vec![reason]));
    }
    let limits = Limits {
        parallelism,
        ..Limits::default()
    };
    let picture = store.picture().await?;
    let mut planner = Planner::new(&convert::snapshot(&picture, limits));
    planner.hold_unreadable(|dag_id| !is_unreadable || *dag_id != key.dag_id);
    let reasons = planner.why(key, now);
    match reasons {
        Some(reasons) => Ok(Some(naming_wait(store, &run, key, reasons).await?)),
        None => Ok(None),
    }
}

/// The planner knows until when a deferred task waits, but not for what.
async fn naming_wait(
    store: &dyn Ledger,
    run: &StoredRun,
    key: &TaskKey,
    mut reasons: Vec<WaitReason>,
) -> Result<Vec<WaitReason>, StoreError> {
    let is_it = |task: &&StoredTask| task.task_id == key.task_id && task.map_index == key.map_index;
    let wait = run.tasks.iter().find(is_it).and_then(|task| task.wait.as_ref());
    let what = wait.and_then(|wait| Wait::of(&wait.deferral.trigger).ok());
    let Some(what) = what.filter(|what| !what.is_timed()) else {
        return Ok(reasons);
    };
    let note = match &what {
        Wait::External(external) => Some(external.note(&store.external_picture(&[external]).await?)),
        what if what.is_noted() => match wait {
            Some(wait) => store.wait_note(wait.open.id).await?,
            None => None,
        },
        _ => None,
    };
    let note = note.map(|note| format!(": {note}")).unwrap_or_default();
    for reason in reasons
        .iter_mut()
        .filter(|reason| reason.code == WaitCode::Deferred)
    {
        let limit = reason
            .until
            .map(|until| format!(", until {} at the latest", isoformat(until)));
        let limit = limit.unwrap_or_default();
        let since = match (&what, wait) {
            (Wait::Python(_), Some(wait)) => format!(" since {}", isoformat(wait.since)),
            _ => String::new(),
        };
        reason.sentence = format!("it is deferred and waits {what}{since}{limit}{note}");
    }
    Ok(reasons)
}

/// Why a task does not run that the version of its run does not have.
fn removed() -> WaitReason {
    WaitReason {
        code: WaitCode::Removed,
        sentence: "its DAG does not have it any more".to_owned(),
        until: None,
    }
}

/// How many items each of the tasks of a run has returned that a task is mapped over; empty if there is no such run.
///
/// # Errors
/// [`StoreError`].
pub async fn map_lengths(
    store: &dyn Ledger,
    run: &RunKey,
    task_id: &TaskId,
) -> Result<BTreeMap<TaskId, u32>, StoreError> {
    let run = store.stored_run(run).await?;
    let lengths = run.map(|run| updraft_planner::map_lengths(&convert::run(&run), task_id));
    Ok(lengths.unwrap_or_default())
}
