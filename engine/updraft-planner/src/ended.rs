//! Why a task that is over is in the state it is in.

use updraft_model::{
    COPIES_MAX, SkipDecision, TaskIndex, TaskInstanceState, TaskKey, TriggerDecision, TriggerRule, evaluate,
};

use crate::mapping::Sources;
use crate::run::{Run, is_finished};
use crate::span::{Instance, Span};
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
pub(crate) fn of_ended(run: &Run, task: Instance) -> WaitReason {
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
        Some(S::Removed) if task.copy.is_some() => {
            let sentence = "what its task is mapped over has become shorter".to_owned();
            reason(WaitCode::Removed, sentence)
        }
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

fn of_upstream_failed(run: &Run, task: Instance) -> WaitReason {
    let graph = run.dag.graph();
    let mut before = run.spans_for(task, graph.upstreams(task.task));
    before.extend(run.spans_for(task, graph.indirect_setups(task.task)));
    let has_failed = |span: &&Span| {
        let state = run.task(span.first()).state;
        matches!(
            state,
            Some(TaskInstanceState::Failed | TaskInstanceState::UpstreamFailed)
        )
    };
    let failed = named(run, before.iter().filter(has_failed));
    let rule = run.spec(task.task).trigger_rule;
    if failed.is_empty()
        && let Some(sentence) = unmappable(run, task)
    {
        return reason(WaitCode::Unmappable, sentence);
    }
    let sentence = if failed.is_empty() {
        format!(
            "its trigger rule `{rule}` could not be met when that was decided; what is before it has changed since"
        )
    } else {
        format!("its trigger rule `{rule}` cannot be met, because of: {failed}")
    };
    reason(WaitCode::UpstreamFailed, sentence)
}

/// Why there is nothing that a task could be mapped over.
fn unmappable(run: &Run, task: Instance) -> Option<String> {
    if !run.copies.contains_key(&task.task) {
        return None;
    }
    let name = |source: TaskIndex| &run.spec(source).task_id;
    match run.sources(task.task) {
        Sources::Unmappable(source) => Some(format!(
            "it is mapped over what task `{}` returns, which is no list and no dict, or nothing at all",
            name(source)
        )),
        Sources::TooMany(copies) => Some(format!(
            "it is mapped over {copies} combinations of items, at most {COPIES_MAX} are possible"
        )),
        Sources::Failed(source) => Some(format!(
            "it is mapped over what task `{}` returns, which did not succeed",
            name(source)
        )),
        Sources::Unfinished(_) | Sources::Skipped(_) | Sources::Copies(_) => None,
    }
}

/// Why there is nothing to do for a task that is mapped.
fn mapped_over_nothing(run: &Run, task: Instance) -> Option<String> {
    if task.copy.is_some() || !run.copies.contains_key(&task.task) {
        return None;
    }
    match run.sources(task.task) {
        Sources::Copies(0) => Some("what it is mapped over has no items".to_owned()),
        Sources::Skipped(source) => Some(format!(
            "it is mapped over what task `{}` returns, which was skipped",
            run.spec(source).task_id
        )),
        _ => None,
    }
}

fn of_skipped(run: &Run, task: Instance) -> WaitReason {
    if let Some(by) = run.passed_over_by(task).or_else(|| stopped_by(run, task)) {
        let sentence = format!("task `{}` decided to pass it over", name(run, &by.into()));
        return reason(WaitCode::PassedOver, sentence);
    }
    let of = run.task(task);
    let graph = run.dag.graph();
    let (counts, setups) = run.counts(task);
    if of.try_number == 0 && evaluate(TriggerRule::AllSuccess, &setups) == TriggerDecision::Skipped {
        let setups = run.spans_for(task, graph.indirect_setups(task.task));
        let sentence = format!(
            "not all setups in whose scope it is succeeded: {}",
            named(run, setups.iter())
        );
        return reason(WaitCode::SkippedByRule, sentence);
    }
    let rule = run.spec(task.task).trigger_rule;
    if of.try_number == 0 && evaluate(rule, &counts) == TriggerDecision::Skipped {
        return reason(WaitCode::SkippedByRule, by_rule(run, task));
    }
    if let Some(sentence) = mapped_over_nothing(run, task) {
        return reason(WaitCode::MappedOverNothing, sentence);
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

/// How the trigger rule of a task came to pass it over.
fn by_rule(run: &Run, task: Instance) -> String {
    let is_skipped = |span: &&Span| run.task(span.first()).state == Some(TaskInstanceState::Skipped);
    let before = run.spans_for(task, run.dag.graph().upstreams(task.task));
    let skipped = named(run, before.iter().filter(is_skipped));
    let (counts, _) = run.counts(task);
    let sentence = format!(
        "its trigger rule `{}` passes it over: of {} upstreams {} succeeded, {} failed, {} were skipped",
        run.spec(task.task).trigger_rule,
        counts.upstream,
        counts.success,
        counts.failed + counts.upstream_failed,
        counts.skipped
    );
    if skipped.is_empty() {
        sentence
    } else {
        format!("{sentence} ({skipped})")
    }
}

/// The short circuit, perhaps far before it, that has skipped a task.
fn stopped_by(run: &Run, task: Instance) -> Option<Instance> {
    let task_id = &run.spec(task.task).task_id;
    let stops = |other: &Span| {
        let of = run.task(other.first());
        let decision = of.skip_decision.as_ref().filter(|_| is_finished(of.state));
        let is_for_it =
            !run.dag.mapping().are_together(other.task, task.task) || other.first().copy == task.copy;
        is_for_it && matches!(decision, Some(SkipDecision::Skipped(ids)) if ids.contains(task_id))
    };
    run.spans().find(stops).map(|span| span.first())
}

/// The names of the first of some tasks, with their states.
pub(crate) fn named<'a>(run: &Run, tasks: impl Iterator<Item = &'a Span>) -> String {
    let (mut names, mut shown, mut all) = (Vec::new(), 0, 0);
    for span in tasks {
        if shown < NAMED_MAX {
            let state = TaskInstanceState::text(run.task(span.first()).state);
            names.push(format!("`{}` ({state})", name(run, span)));
            shown += span.len();
        }
        all += span.len();
    }
    let shown = shown.min(all);
    let names = names.join(", ");
    if all > shown {
        format!("{names} and {} more", all - shown)
    } else {
        names
    }
}

/// What a task is called, or copies of it: `t`, `t[3]`, `t[3..7]`.
fn name(run: &Run, span: &Span) -> String {
    let task_id = &run.spec(span.task).task_id;
    match &span.copies {
        None => task_id.to_string(),
        Some(copies) if span.len() == 1 => format!("{task_id}[{}]", copies.start),
        Some(copies) => format!("{task_id}[{}..{}]", copies.start, copies.end - 1),
    }
}
