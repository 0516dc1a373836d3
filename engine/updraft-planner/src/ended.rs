//! Why a task that is over is in the state it is in.

use updraft_model::{
    SkipDecision, TaskIndex, TaskInstanceState, TaskKey, TriggerDecision, TriggerRule, evaluate,
};

use crate::run::{Run, is_finished};
use crate::why::{NAMED_MAX, reason};
use crate::{RunSnapshot, WaitCode, WaitReason};

/// Why a task of a finished run is in the state it is in. `None` if the run does not have the task, or its DAG cannot be
/// understood.
pub fn why_ended(run: &RunSnapshot, key: &TaskKey) -> Option<WaitReason> {
    let dag = run.spec.clone().validate().ok()?;
    let run = Run::new(run, dag.into());
    let task = run.index(key)?;
    Some(of_ended(&run, task))
}

/// The same for a task that is over, whatever its run does.
pub(crate) fn of_ended(run: &Run, task: TaskIndex) -> WaitReason {
    use TaskInstanceState as S;

    let of = run.task(task);
    let tries = of.try_number;
    match of.state {
        Some(S::Success) if tries == 0 => {
            let sentence = "it succeeded without an attempt: it does nothing, or somebody marked it";
            reason(WaitCode::Succeeded, sentence.to_owned())
        }
        Some(S::Success) => reason(WaitCode::Succeeded, format!("it succeeded in try {tries}")),
        Some(S::Failed) if tries == 0 => reason(WaitCode::Failed, "somebody marked it failed".to_owned()),
        Some(S::Failed) => {
            let sentence =
                format!("it failed in try {tries} and is not tried again; clear it to run it again");
            reason(WaitCode::Failed, sentence)
        }
        Some(S::UpstreamFailed) => of_upstream_failed(run, task),
        Some(S::Skipped) => of_skipped(run, task),
        Some(S::Removed) => reason(WaitCode::Removed, "its DAG does not have it any more".to_owned()),
        None
        | Some(
            S::Scheduled
            | S::Queued
            | S::Running
            | S::Restarting
            | S::UpForRetry
            | S::UpForReschedule
            | S::Deferred,
        ) => {
            let state = S::text(of.state);
            reason(WaitCode::RunOver, format!("its run ended while it was `{state}`"))
        }
    }
}

fn of_upstream_failed(run: &Run, task: TaskIndex) -> WaitReason {
    let graph = run.dag.graph();
    let is_setup_of_it = |setup: &TaskIndex| graph.setup_dependants(*setup).contains(&task);
    let before = graph.upstreams(task).iter().copied();
    let before = before.chain(graph.tasks().filter(is_setup_of_it));
    let has_failed = |task: &TaskIndex| {
        let state = run.task(*task).state;
        matches!(
            state,
            Some(TaskInstanceState::Failed | TaskInstanceState::UpstreamFailed)
        )
    };
    let failed = named(run, before.filter(has_failed));
    let rule = run.spec(task).trigger_rule;
    let sentence = if failed.is_empty() {
        format!(
            "its trigger rule `{rule}` could not be met when that was decided; what is before it has changed since"
        )
    } else {
        format!("its trigger rule `{rule}` cannot be met, because of: {failed}")
    };
    reason(WaitCode::UpstreamFailed, sentence)
}

fn of_skipped(run: &Run, task: TaskIndex) -> WaitReason {
    if let Some(by) = run.passed_over_by(task).or_else(|| stopped_by(run, task)) {
        let sentence = format!("task `{}` decided to pass it over", run.spec(by).task_id);
        return reason(WaitCode::PassedOver, sentence);
    }
    let of = run.task(task);
    let graph = run.dag.graph();
    if of.try_number == 0 && evaluate(TriggerRule::AllSuccess, &of.setups) == TriggerDecision::Skipped {
        let setups = graph
            .tasks()
            .filter(|setup| graph.setup_dependants(*setup).contains(&task));
        let sentence = format!(
            "not all setups in whose scope it is succeeded: {}",
            named(run, setups)
        );
        return reason(WaitCode::SkippedByRule, sentence);
    }
    if of.try_number == 0 && run.verdict(task) == TriggerDecision::Skipped {
        let rule = run.spec(task).trigger_rule;
        let is_skipped = |task: &TaskIndex| run.task(*task).state == Some(TaskInstanceState::Skipped);
        let skipped = named(run, graph.upstreams(task).iter().copied().filter(is_skipped));
        let counts = of.counts;
        let mut sentence = format!(
            "its trigger rule `{rule}` passes it over: of {} upstreams {} succeeded, {} failed, {} were skipped",
            counts.upstream,
            counts.success,
            counts.failed + counts.upstream_failed,
            counts.skipped
        );
        if !skipped.is_empty() {
            sentence = format!("{sentence} ({skipped})");
        }
        return reason(WaitCode::SkippedByRule, sentence);
    }
    let sentence = if of.try_number > 0 {
        format!(
            "it was skipped in try {}: by itself, by the end of its run, or by hand",
            of.try_number
        )
    } else {
        "its run was ended early, or somebody marked it skipped".to_owned()
    };
    reason(WaitCode::Skipped, sentence)
}

/// The short circuit, perhaps far before it, that has skipped a task.
fn stopped_by(run: &Run, task: TaskIndex) -> Option<TaskIndex> {
    let stops = |other: &TaskIndex| {
        let of = run.task(*other);
        let decision = of.skip_decision.as_ref().filter(|_| is_finished(of.state));
        matches!(decision, Some(SkipDecision::Skipped(ids)) if ids.contains(&run.spec(task).task_id))
    };
    let mut before = run.dag.graph().tasks().filter(stops);
    before.next()
}

/// The names of the first of some tasks, with their states.
pub(crate) fn named(run: &Run, tasks: impl Iterator<Item = TaskIndex>) -> String {
    let name = |task: TaskIndex| {
        let state = TaskInstanceState::text(run.task(task).state);
        format!("`{}` ({state})", run.spec(task).task_id)
    };
    let names: Vec<String> = tasks.map(name).collect();
    let shown = names
        .iter()
        .take(NAMED_MAX)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > NAMED_MAX {
        format!("{shown} and {} more", names.len() - NAMED_MAX)
    } else {
        shown
    }
}
