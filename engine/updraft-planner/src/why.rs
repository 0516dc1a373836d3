//! The answer to "why is this task not running?".

use jiff::Timestamp;
use updraft_model::{
    DagRunState, TaskIndex, TaskInstanceState, TaskKey, TriggerDecision, evaluate, isoformat,
};

use crate::dag::{Dag, Past};
use crate::run::{Run, is_finished};
use crate::{Planner, WaitCode, WaitReason};

/// How many upstreams a sentence names.
const NAMED_MAX: usize = 5;

impl Planner {
    /// Everything that keeps a task from running at `now`. Empty if nothing does: it is queued or running, or it ended.
    /// `None` if the task is in no unfinished run.
    pub fn why(&self, key: &TaskKey, now: Timestamp) -> Option<Vec<WaitReason>> {
        let dag = self.dags.get(&key.dag_id)?;
        let run = dag.runs.get(&key.run_id)?;
        let task = run.index(key)?;
        let state = run.task(task).state;
        if is_finished(state)
            || matches!(
                state,
                Some(TaskInstanceState::Queued | TaskInstanceState::Running)
            )
        {
            return Some(Vec::new());
        }
        let mut reasons = of_dag(dag, run);
        reasons.extend(of_run(dag, run, now));
        if run.state == DagRunState::Running {
            reasons.extend(self.of_task(dag, run, task, now));
        }
        if reasons.is_empty() {
            reasons.push(reason(
                WaitCode::Ready,
                "nothing keeps it, it goes on with the next plan".to_owned(),
            ));
        }
        Some(reasons)
    }

    fn of_task(&self, dag: &Dag, run: &Run, task: TaskIndex, now: Timestamp) -> Vec<WaitReason> {
        let of = run.task(task);
        let later = of.next_try_at.filter(|at| *at > now);
        match (of.state, later) {
            (Some(TaskInstanceState::Restarting), _) => vec![reason(
                WaitCode::Restarting,
                "it was cleared while it was running; its old attempt is being ended".to_owned(),
            )],
            (Some(TaskInstanceState::Deferred), _) => {
                vec![reason(WaitCode::Deferred, "it waits for an event".to_owned())]
            }
            (Some(TaskInstanceState::UpForRetry), Some(at)) => vec![retry_delay(run, task, at)],
            (Some(TaskInstanceState::UpForReschedule), Some(at)) => {
                let sentence = format!("it looks again at {}", isoformat(at));
                vec![WaitReason {
                    code: WaitCode::Rescheduled,
                    sentence,
                    until: Some(at),
                }]
            }
            (Some(TaskInstanceState::Scheduled), _) => self.of_scheduled(dag, run),
            _ => [of_upstreams(run, task), of_past(dag, run, task)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    fn of_scheduled(&self, dag: &Dag, run: &Run) -> Vec<WaitReason> {
        let (max_active_tasks, parallelism) = (dag.max_active_tasks(), self.limits.parallelism);
        let mut reasons = Vec::new();
        if !dag.goes_on() {
            return reasons;
        }
        if dag.live >= max_active_tasks {
            let dag_id = &run.key.dag_id;
            let sentence = format!(
                "max_active_tasks of dag `{dag_id}` is {max_active_tasks}, and so many tasks are queued or running already"
            );
            reasons.push(reason(WaitCode::MaxActiveTasks, sentence));
        }
        if self.live >= parallelism {
            let sentence = format!(
                "[core] parallelism is {parallelism}, and so many tasks are queued or running already"
            );
            reasons.push(reason(WaitCode::Parallelism, sentence));
        }
        if reasons.is_empty() {
            let sentence = "the executor has no free slot for it yet".to_owned();
            reasons.push(reason(WaitCode::NoFreeSlot, sentence));
        }
        reasons
    }
}

fn of_dag(dag: &Dag, run: &Run) -> Vec<WaitReason> {
    let dag_id = &run.key.dag_id;
    let inactive = || {
        reason(
            WaitCode::DagInactive,
            format!("dag `{dag_id}` is in no source any more, or its source is broken"),
        )
    };
    match &dag.definition {
        None => vec![inactive()],
        Some(definition) => {
            let paused = definition.is_paused.then(|| {
                reason(
                    WaitCode::DagPaused,
                    format!("dag `{dag_id}` is paused; unpause it to go on"),
                )
            });
            paused
                .into_iter()
                .chain((!definition.is_active).then(inactive))
                .collect()
        }
    }
}

fn of_run(dag: &Dag, run: &Run, now: Timestamp) -> Option<WaitReason> {
    if run.state != DagRunState::Queued {
        return None;
    }
    if run.run_after > now {
        let sentence = format!("its run starts at {} at the earliest", isoformat(run.run_after));
        return Some(WaitReason {
            code: WaitCode::RunNotDue,
            sentence,
            until: Some(run.run_after),
        });
    }
    let max = dag.max_active_runs();
    if dag.goes_on() && dag.running() >= max {
        let dag_id = &run.key.dag_id;
        let sentence =
            format!("max_active_runs of dag `{dag_id}` is {max}, and so many runs are active already");
        return Some(reason(WaitCode::MaxActiveRuns, sentence));
    }
    Some(reason(
        WaitCode::RunQueued,
        "its run is queued and has not started".to_owned(),
    ))
}

fn retry_delay(run: &Run, task: TaskIndex, at: Timestamp) -> WaitReason {
    let of = run.task(task);
    let sentence = format!(
        "try {} of {} failed; the next one starts at {}, after its retry_delay",
        of.try_number,
        of.max_tries + 1,
        isoformat(at)
    );
    WaitReason {
        code: WaitCode::RetryDelay,
        sentence,
        until: Some(at),
    }
}

fn of_upstreams(run: &Run, task: TaskIndex) -> Option<WaitReason> {
    let of = run.task(task);
    if run.verdict(task) != TriggerDecision::Wait {
        return None;
    }
    let rule = run.spec(task).trigger_rule;
    if evaluate(rule, &of.counts) != TriggerDecision::Wait {
        return Some(of_setups(run, task));
    }
    let upstreams = run.dag.graph().upstreams(task).iter().copied();
    let (unfinished, names) = unfinished(run, upstreams);
    let sentence = format!(
        "trigger rule `{rule}` waits for {unfinished} of {} upstreams: {names}",
        of.counts.upstream
    );
    Some(reason(WaitCode::UpstreamUnfinished, sentence))
}

fn of_setups(run: &Run, task: TaskIndex) -> WaitReason {
    let graph = run.dag.graph();
    let is_for_it = |setup: &TaskIndex| graph.setup_dependants(*setup).contains(&task);
    let (unfinished, names) = unfinished(run, graph.tasks().filter(is_for_it));
    let sentence = format!(
        "it waits for {unfinished} of {} setups that are not directly before it: {names}",
        run.task(task).setups.upstream
    );
    reason(WaitCode::SetupUnfinished, sentence)
}

/// How many of some tasks have not ended, and the names of the first of those.
fn unfinished(run: &Run, tasks: impl Iterator<Item = TaskIndex>) -> (usize, String) {
    let unfinished: Vec<TaskIndex> = tasks.filter(|task| !is_finished(run.task(*task).state)).collect();
    let name = |task: &TaskIndex| {
        let state = TaskInstanceState::text(run.task(*task).state);
        format!("`{}` ({state})", run.spec(*task).task_id)
    };
    let named: Vec<String> = unfinished.iter().take(NAMED_MAX).map(name).collect();
    let mut names = named.join(", ");
    if unfinished.len() > NAMED_MAX {
        names = format!("{names} and {} more", unfinished.len() - NAMED_MAX);
    }
    (unfinished.len(), names)
}

fn of_past(dag: &Dag, run: &Run, task: TaskIndex) -> Option<WaitReason> {
    let past = dag.past(run, task);
    let before = dag.run_before(run).run_id()?;
    let sentence = match past {
        Past::Allows => return None,
        Past::WasNotInRunBefore => format!(
            "the run before, `{before}`, does not have it, and it has depends_on_past without ignore_first_depends_on_past"
        ),
        Past::Unsuccessful => format!(
            "in the run before, `{before}`, it neither succeeded nor was skipped, and it has depends_on_past"
        ),
        Past::DownstreamUnsuccessful(after) => format!(
            "in the run before, `{before}`, task `{}` after it neither succeeded nor was skipped, and it has wait_for_downstream",
            run.spec(after).task_id
        ),
    };
    Some(reason(WaitCode::DependsOnPast, sentence))
}

fn reason(code: WaitCode, sentence: String) -> WaitReason {
    WaitReason {
        code,
        sentence,
        until: None,
    }
}
