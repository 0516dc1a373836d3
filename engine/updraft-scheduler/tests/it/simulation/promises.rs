//! What must hold at every commit, worked out from the descriptions of the DAGs and the rows alone.

use std::collections::BTreeSet;

use updraft_model::{
    DagId, DagRunState, DagSpec, TaskId, TaskInstanceState, TaskKey, TaskSpec, TriggerDecision,
    UpstreamCounts, evaluate,
};
use updraft_planner::{WaitCode, WaitReason};
use updraft_store::{Change, PlanCommit, StoredRun, StoredTask};

use super::database::Database;
use super::timetables;

/// Demands that a plan that was just written keeps the promises: no task is queued before its rule allows it, no limit is
/// exceeded, no run ends before its tasks.
pub(crate) fn check(database: &Database, plan: &PlanCommit) {
    timetables::check(database, plan);
    for queued in &plan.queued {
        let run = &database.runs[&queued.key.run_key()];
        // What somebody changed a moment ago, and no scheduler has heard of, is no reason yet.
        if !database.feed.contains(&Change::Run(run.key.clone())) {
            assert_eq!(run.state, DagRunState::Running, "{} is queued", queued.key);
            check_may_run(run, &queued.key);
        }
    }
    for change in plan.run_states.iter().filter(|change| change.to.is_finished()) {
        let run = &database.runs[&change.key];
        let open = run.tasks.iter().find(|task| !is_over(task));
        let open = open.map(|task| (&task.task_id, task.state));
        assert_eq!(open, None, "{} ends as {}", change.key, change.to);
    }
    let queued: BTreeSet<&TaskKey> = plan.queued.iter().map(|queued| &queued.key).collect();
    check_limits(database, &queued);
}

/// No limit is exceeded by what was queued. Somebody may have lowered a limit below what runs: then nothing is added.
fn check_limits(database: &Database, queued: &BTreeSet<&TaskKey>) {
    let live: Vec<TaskKey> = database.live().map(|(key, _)| key).collect();
    let slots_max = database.slots_max();
    assert!(live.len() <= slots_max, "{} attempts at once", live.len());
    let spec = |key: &TaskKey| {
        database.runs[&key.run_key()]
            .spec
            .task(&key.task_id)
            .expect("the run has the task")
    };
    if !database.feed.contains(&Change::Pools) {
        let pools: BTreeSet<&String> = queued.iter().map(|key| &spec(key).pool).collect();
        for (name, pool) in database.pools.iter().filter(|(name, _)| pools.contains(name)) {
            let capacity = pool.capacity().unwrap_or(u64::MAX);
            assert!(
                taken(database, name) <= capacity,
                "pool {name} has {} slots taken",
                taken(database, name)
            );
        }
    }
    for key in queued {
        let same = live
            .iter()
            .filter(|other| (&other.dag_id, &other.task_id) == (&key.dag_id, &key.task_id));
        let limit = spec(key).max_active_tis_per_dag.unwrap_or(u32::MAX);
        assert!(same.count() <= limit as usize, "max_active_tis_per_dag of {key}");
    }
    let dags: BTreeSet<&DagId> = queued.iter().map(|key| &key.dag_id).collect();
    for (dag_id, dag) in database.dags.iter().filter(|(dag_id, _)| dags.contains(dag_id)) {
        let attempts = live.iter().filter(|key| key.dag_id == *dag_id).count();
        assert!(
            attempts <= dag.spec.max_active_tasks as usize,
            "max_active_tasks of {dag_id}"
        );
    }
}

/// How many slots of a pool are taken.
pub(crate) fn taken(database: &Database, pool: &str) -> u64 {
    let spec = |key: &TaskKey| {
        database.runs[&key.run_key()]
            .spec
            .task(&key.task_id)
            .expect("the run has the task")
    };
    let includes_deferred = database.pools.get(pool).is_some_and(|pool| pool.include_deferred);
    let live = database.live().map(|(key, _)| key);
    let taking: Vec<TaskKey> = live
        .chain(database.deferred().filter(|_| includes_deferred))
        .collect();
    taking
        .iter()
        .map(spec)
        .filter(|task| task.pool == pool)
        .map(|task| u64::from(task.pool_slots))
        .sum()
}

/// The rule of a task is met, its setups have succeeded, and no branch passes it over.
fn check_may_run(run: &StoredRun, key: &TaskKey) {
    let spec = run.spec.task(&key.task_id).expect("the run has the task");
    let (rule, counts) = (spec.trigger_rule, upstreams(run, spec));
    assert_eq!(
        evaluate(rule, &counts),
        TriggerDecision::Run,
        "{key} is queued: {rule} {counts:?}"
    );
    for upstream in spec
        .upstream_task_ids
        .iter()
        .map(|id| row(run, id))
        .filter(|task| is_over(task))
    {
        let passes_over = upstream
            .skip_decision
            .as_ref()
            .is_some_and(|decision| decision.passes_over(&key.task_id));
        assert!(
            !passes_over,
            "{key} is queued although `{}` passes it over",
            upstream.task_id
        );
    }
    for setup in setups(&run.spec, spec) {
        let state = row(run, setup).state;
        assert_eq!(
            state,
            Some(TaskInstanceState::Success),
            "{key} is queued before its setup `{setup}`"
        );
    }
}

fn upstreams(run: &StoredRun, task: &TaskSpec) -> UpstreamCounts {
    let mut counts = UpstreamCounts::NONE;
    for upstream in &task.upstream_task_ids {
        let is_setup = run
            .spec
            .task(upstream)
            .expect("the dag has the upstream")
            .is_setup;
        counts.expect(is_setup);
        if let Some(state) = row(run, upstream).state {
            counts.record(state, is_setup);
        }
    }
    counts
}

/// The setups that a task needs: those before it that nothing tears down, or whose teardown comes after it.
fn setups<'a>(dag: &'a DagSpec, task: &TaskSpec) -> Vec<&'a TaskId> {
    if task.is_teardown {
        return Vec::new();
    }
    let before = before(dag, task);
    let setups = dag
        .tasks
        .iter()
        .filter(|setup| setup.is_setup && before.contains(&setup.task_id));
    let is_needed = |setup: &&TaskSpec| {
        let mut teardowns = dag
            .tasks
            .iter()
            .filter(|other| other.is_teardown && other.upstream_task_ids.contains(&setup.task_id))
            .peekable();
        teardowns.peek().is_none()
            || teardowns.any(|teardown| self::before(dag, teardown).contains(&task.task_id))
    };
    setups.filter(is_needed).map(|setup| &setup.task_id).collect()
}

/// Everything before a task.
fn before(dag: &DagSpec, task: &TaskSpec) -> BTreeSet<TaskId> {
    let mut before = BTreeSet::new();
    let mut open: Vec<&TaskId> = task.upstream_task_ids.iter().collect();
    while let Some(id) = open.pop() {
        if before.insert(id.clone()) {
            open.extend(&dag.task(id).expect("the dag has the upstream").upstream_task_ids);
        }
    }
    before
}

/// Demands that the answer to "why does this task not run?" names at least one cause, and only true ones, as far as rows
/// alone can tell.
pub(crate) fn check_reasons(database: &Database, key: &TaskKey, reasons: &[WaitReason]) {
    let (run, task) = (
        &database.runs[&key.run_key()],
        database.task(key).expect("it was asked for"),
    );
    let is_running = task.state == Some(TaskInstanceState::Running);
    assert_eq!(
        reasons.is_empty(),
        is_running,
        "{key} is {:?}: {reasons:?}",
        task.state
    );
    for reason in reasons {
        assert!(
            is_true(database, run, task, reason),
            "{key} is {:?}: {reason:?} is not true",
            task.state
        );
    }
}

fn is_true(database: &Database, run: &StoredRun, task: &StoredTask, reason: &WaitReason) -> bool {
    use TaskInstanceState as S;

    let Some(spec) = run.spec.task(&task.task_id) else {
        return reason.code == WaitCode::Removed && task.state == Some(S::Removed);
    };
    let has = |state: TaskInstanceState| task.state == Some(state);
    let (dag, is_queued) = (&database.dags[&run.key.dag_id], run.state == DagRunState::Queued);
    let capacity = database
        .pools
        .get(&spec.pool)
        .map(|pool| pool.capacity().unwrap_or(u64::MAX));
    let of_run = run.backfill.map(|place| place.id);
    let backfill = dag.backfills.iter().find(|open| Some(open.id) == of_run);
    let wanted = taken(database, &spec.pool) + u64::from(spec.pool_slots);
    match reason.code {
        WaitCode::DagPaused => dag.is_paused,
        WaitCode::DagInactive => !dag.is_active,
        // Every scheduler reads the source before it plans.
        WaitCode::SourceUnreadable => false,
        WaitCode::RunNotDue | WaitCode::MaxActiveRuns | WaitCode::RunQueued => is_queued,
        WaitCode::BackfillPaused => is_queued && backfill.is_some_and(|open| open.is_paused),
        WaitCode::BackfillFull => is_queued && backfill.is_some() && !database.has_room_for_run(run),
        // Nothing is mapped here.
        WaitCode::MapSourceUnfinished | WaitCode::Unmappable | WaitCode::MappedOverNothing => false,
        WaitCode::UpstreamUnfinished => upstreams(run, spec).unfinished() > 0,
        WaitCode::SetupUnfinished => setups(&run.spec, spec)
            .into_iter()
            .any(|setup| !is_over(row(run, setup))),
        WaitCode::RetryDelay => has(S::UpForRetry) && task.next_try_at == reason.until,
        WaitCode::Rescheduled => has(S::UpForReschedule) && task.next_try_at == reason.until,
        WaitCode::Deferred => has(S::Deferred),
        WaitCode::Restarting => has(S::Restarting),
        WaitCode::Queued => has(S::Queued),
        WaitCode::PoolMissing => has(S::Scheduled) && capacity.is_none(),
        WaitCode::PoolFull => has(S::Scheduled) && capacity.is_some_and(|capacity| capacity < wanted),
        WaitCode::PoolTooSmall => capacity.is_some_and(|capacity| capacity < u64::from(spec.pool_slots)),
        WaitCode::MaxActiveTasks
        | WaitCode::MaxActiveTisPerDag
        | WaitCode::MaxActiveTisPerDagrun
        | WaitCode::Parallelism
        | WaitCode::PoolKept
        | WaitCode::NoFreeSlot => has(S::Scheduled),
        WaitCode::DependsOnPast => spec.looks_back(),
        WaitCode::Ready => !is_over(task) && task.attempt.is_none(),
        WaitCode::Succeeded => has(S::Success),
        WaitCode::Failed => has(S::Failed),
        WaitCode::UpstreamFailed => has(S::UpstreamFailed),
        WaitCode::PassedOver | WaitCode::SkippedByRule | WaitCode::Skipped => has(S::Skipped),
        WaitCode::Removed => has(S::Removed),
        WaitCode::RunOver => run.state.is_finished(),
    }
}

fn row<'a>(run: &'a StoredRun, task_id: &TaskId) -> &'a StoredTask {
    let mut tasks = run.tasks.iter();
    tasks
        .find(|task| task.task_id == *task_id)
        .expect("the run has the task")
}

fn is_over(task: &StoredTask) -> bool {
    task.state.is_some_and(TaskInstanceState::is_finished)
}
