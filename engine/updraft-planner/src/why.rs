//! The answer to "why is this task not running?".

use jiff::Timestamp;
use updraft_model::{
    DagRunState, TaskInstanceState, TaskKey, TriggerDecision, TriggerRule, evaluate, isoformat,
};

use crate::dag::{Dag, Past};
use crate::ended::{named, of_ended};
use crate::lines::BackfillHold;
use crate::mapping::Sources;
use crate::run::{Run, is_finished};
use crate::span::{Instance, Span};
use crate::{Planner, WaitCode, WaitReason};

/// How many upstreams a sentence names.
pub(crate) const NAMED_MAX: u32 = 5;

impl Planner {
    /// Everything that keeps a task from running at `now`, or the one thing that ended it. Empty if it runs. `None` if
    /// the task is in no unfinished run; see [`why_ended`](crate::why_ended).
    pub fn why(&self, key: &TaskKey, now: Timestamp) -> Option<Vec<WaitReason>> {
        let dag = self.dags.get(&key.dag_id)?;
        let run = dag.runs.get(&key.run_id)?;
        let task = run.index(key)?;
        let state = run.task(task).state;
        if is_finished(state) {
            return Some(vec![of_ended(run, task)]);
        }
        match state {
            Some(TaskInstanceState::Running) => return Some(Vec::new()),
            Some(TaskInstanceState::Queued) => {
                let sentence = "it has an attempt, and a process is about to begin with it".to_owned();
                return Some(vec![reason(WaitCode::Queued, sentence)]);
            }
            _ => {}
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

    fn of_task(&self, dag: &Dag, run: &Run, task: Instance, now: Timestamp) -> Vec<WaitReason> {
        let of = run.task(task);
        let later = of.next_try_at.filter(|at| *at > now);
        match (of.state, later) {
            (Some(TaskInstanceState::Restarting), _) => vec![reason(
                WaitCode::Restarting,
                "it was cleared while it was running; its old attempt is being ended".to_owned(),
            )],
            (Some(TaskInstanceState::Deferred), _) => vec![deferred(run, task)],
            (Some(TaskInstanceState::UpForRetry), Some(at)) => vec![retry_delay(run, task, at)],
            (Some(TaskInstanceState::UpForReschedule), Some(at)) => {
                let sentence = format!("it looks again at {}", isoformat(at));
                vec![WaitReason {
                    code: WaitCode::Rescheduled,
                    sentence,
                    until: Some(at),
                }]
            }
            (Some(TaskInstanceState::Scheduled), _) => self.of_scheduled(dag, run, task, now),
            _ => [of_upstreams(run, task), of_past(dag, run, task)]
                .into_iter()
                .flatten()
                .collect(),
        }
    }

    fn of_scheduled(&self, dag: &Dag, run: &Run, task: Instance, now: Timestamp) -> Vec<WaitReason> {
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
        reasons.extend(of_limits(dag, run, task));
        if self.room.live >= parallelism {
            let sentence = format!(
                "the schedulers run {parallelism} tasks at once ([core] parallelism of each), and so many are queued or running \
                 already"
            );
            reasons.push(reason(WaitCode::Parallelism, sentence));
        }
        reasons.extend(self.of_pool(run, task, now));
        if reasons.is_empty() {
            let sentence = "the executor has no free slot for it yet".to_owned();
            reasons.push(reason(WaitCode::NoFreeSlot, sentence));
        }
        reasons
    }

    fn of_pool(&self, run: &Run, task: Instance, now: Timestamp) -> Option<WaitReason> {
        let spec = run.spec(task.task);
        let (name, wanted) = (&spec.pool, spec.pool_slots);
        let room = self.room.pools.get(name);
        let Some((room, pool)) = room.and_then(|room| Some((room, room.pool.as_ref()?))) else {
            let sentence = format!(
                "there is no pool `{name}`; create it with `updraft pools set {name} SLOTS DESCRIPTION`, or name another one in the DAG"
            );
            return Some(reason(WaitCode::PoolMissing, sentence));
        };
        let slots = pool.slots;
        if !room.could_ever(wanted) {
            let sentence = format!(
                "it wants {wanted} slots of pool `{name}`, which has {slots}; enlarge the pool or lower its pool_slots"
            );
            return Some(reason(WaitCode::PoolTooSmall, sentence));
        }
        if !room.has_room_for(wanted) {
            let taken = room.taken();
            let sentence = format!(
                "it wants {wanted} of the {slots} slots of pool `{name}`, of which {taken} are taken"
            );
            return Some(reason(WaitCode::PoolFull, sentence));
        }
        let first = room.first_in_need(now)?;
        let sentence = format!(
            "pool `{name}` is kept for a task of dag `{}` that wants several slots at once and has waited for long",
            first.dag_id
        );
        Some(reason(WaitCode::PoolKept, sentence))
    }
}

fn of_dag(dag: &Dag, run: &Run) -> Vec<WaitReason> {
    let dag_id = &run.key.dag_id;
    let unreadable = dag.is_unreadable.then(|| {
        let sentence = format!(
            "the source of dag `{dag_id}` cannot be read, see `updraft dags list-import-errors`; it goes on once it can"
        );
        reason(WaitCode::SourceUnreadable, sentence)
    });
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
            let inactive = (!definition.is_active).then(inactive);
            paused.into_iter().chain(inactive).chain(unreadable).collect()
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
    if run.backfill.is_some() {
        return Some(of_backfill(dag, run));
    }
    let max = dag.max_active_runs();
    if dag.goes_on() && dag.lines.own_running() >= max {
        let dag_id = &run.key.dag_id;
        let sentence =
            format!("max_active_runs of dag `{dag_id}` is {max}, and so many runs are active already");
        return Some(reason(WaitCode::MaxActiveRuns, sentence));
    }
    Some(queued())
}

fn queued() -> WaitReason {
    let sentence = "its run is queued and has not started".to_owned();
    reason(WaitCode::RunQueued, sentence)
}

fn of_backfill(dag: &Dag, run: &Run) -> WaitReason {
    match dag.lines.hold(run) {
        Some(BackfillHold::Paused(id)) => {
            let sentence = format!("backfill {id} is paused; `updraft backfill unpause {id}` lets it go on");
            reason(WaitCode::BackfillPaused, sentence)
        }
        Some(BackfillHold::Full(id, max)) => {
            let sentence = format!(
                "max_active_runs of backfill {id} is {max}, and so many of its runs are active already"
            );
            reason(WaitCode::BackfillFull, sentence)
        }
        None => queued(),
    }
}

fn retry_delay(run: &Run, task: Instance, at: Timestamp) -> WaitReason {
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

/// What it waits for, a shell knows that has read it.
fn deferred(run: &Run, task: Instance) -> WaitReason {
    let times = run.open_wait(task).map(|wait| wait.times).unwrap_or_default();
    let sentence = match (times.fires_at, times.times_out_at) {
        (Some(at), _) => format!("it is deferred and waits until {}", isoformat(at)),
        (None, Some(at)) => format!(
            "it is deferred and waits for an event, until {} at the latest",
            isoformat(at)
        ),
        (None, None) => "it is deferred and waits for an event".to_owned(),
    };
    WaitReason {
        code: WaitCode::Deferred,
        sentence,
        until: times.next(),
    }
}

/// The limits of the task itself.
fn of_limits(dag: &Dag, run: &Run, task: Instance) -> Vec<WaitReason> {
    let (spec, run_id) = (run.spec(task.task), &run.key.run_id);
    let task_id = &spec.task_id;
    let is_full = |limit: &u32, run_id| dag.ready.attempts(task_id, run_id) >= *limit;
    let of_dag = spec.max_active_tis_per_dag.filter(|limit| is_full(limit, None));
    let of_run = spec
        .max_active_tis_per_dagrun
        .filter(|limit| is_full(limit, Some(run_id)));
    let of_dag = of_dag.map(|limit| {
        let sentence = format!(
            "max_active_tis_per_dag of task `{task_id}` is {limit}, and so many attempts at it are queued or running already, in all runs"
        );
        reason(WaitCode::MaxActiveTisPerDag, sentence)
    });
    let of_run = of_run.map(|limit| {
        let sentence = format!(
            "max_active_tis_per_dagrun of task `{task_id}` is {limit}, and so many attempts at it are queued or running already, in its run"
        );
        reason(WaitCode::MaxActiveTisPerDagrun, sentence)
    });
    of_dag.into_iter().chain(of_run).collect()
}

fn of_upstreams(run: &Run, task: Instance) -> Option<WaitReason> {
    if run.verdict(task) != TriggerDecision::Wait {
        return None;
    }
    let (counts, setups) = run.counts(task);
    let rule = run.spec(task.task).trigger_rule;
    if evaluate(rule, &counts) == TriggerDecision::Wait {
        let upstreams = run.spans_for(task, run.dag.graph().upstreams(task.task));
        let (unfinished, names) = unfinished(run, &upstreams);
        let sentence = format!(
            "trigger rule `{rule}` waits for {unfinished} of {} upstreams: {names}",
            counts.upstream
        );
        return Some(reason(WaitCode::UpstreamUnfinished, sentence));
    }
    if evaluate(TriggerRule::AllSuccess, &setups) == TriggerDecision::Wait {
        return Some(of_setups(run, task));
    }
    let Sources::Unfinished(source) = run.sources(task.task) else {
        return None;
    };
    let sentence = format!(
        "it is mapped over what task `{}` returns, which has not ended",
        run.spec(source).task_id
    );
    Some(reason(WaitCode::MapSourceUnfinished, sentence))
}

fn of_setups(run: &Run, task: Instance) -> WaitReason {
    let setups = run.spans_for(task, run.dag.graph().indirect_setups(task.task));
    let (unfinished, names) = unfinished(run, &setups);
    let sentence = format!(
        "it waits for {unfinished} of {} setups that are not directly before it: {names}",
        run.counts(task).1.upstream
    );
    reason(WaitCode::SetupUnfinished, sentence)
}

/// How many of some tasks have not ended, and the names of the first of those.
fn unfinished(run: &Run, tasks: &[Span]) -> (u32, String) {
    let is_unfinished = |span: &&Span| !is_finished(run.task(span.first()).state);
    let unfinished: Vec<&Span> = tasks.iter().filter(is_unfinished).collect();
    let count = unfinished.iter().map(|span| span.len()).sum();
    (count, named(run, unfinished.into_iter()))
}

fn of_past(dag: &Dag, run: &Run, task: Instance) -> Option<WaitReason> {
    let past = dag.past(run, task.task);
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

pub(crate) fn reason(code: WaitCode, sentence: String) -> WaitReason {
    WaitReason {
        code,
        sentence,
        until: None,
    }
}
