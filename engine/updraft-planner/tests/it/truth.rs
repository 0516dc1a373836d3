//! Whether a reason that the planner gives is true, judged from what the store has.

use jiff::SignedDuration;
use updraft_model::{DagRunState, TaskInstanceState, TaskKey, TriggerDecision, evaluate};
use updraft_planner::{Decision, RunSnapshot, TaskSnapshot, WaitCode, WaitReason};

use crate::naive;
use crate::store::{ended_well, setups_for};
use crate::world::World;

/// Demands that the reason is true.
pub(crate) fn check(world: &World, key: &TaskKey, reason: &WaitReason) {
    let is_true = match reason.code {
        WaitCode::DagPaused
        | WaitCode::DagInactive
        | WaitCode::SourceUnreadable
        | WaitCode::RunNotDue
        | WaitCode::MaxActiveRuns
        | WaitCode::BackfillPaused
        | WaitCode::BackfillFull
        | WaitCode::RunQueued => of_run(world, key, reason),
        WaitCode::UpstreamUnfinished
        | WaitCode::SetupUnfinished
        | WaitCode::MapSourceUnfinished
        | WaitCode::DependsOnPast
        | WaitCode::RetryDelay
        | WaitCode::Rescheduled
        | WaitCode::Deferred
        | WaitCode::Restarting
        | WaitCode::Queued
        | WaitCode::Ready => of_task(world, key, reason),
        WaitCode::MaxActiveTasks
        | WaitCode::MaxActiveTisPerDag
        | WaitCode::MaxActiveTisPerDagrun
        | WaitCode::Parallelism
        | WaitCode::PoolMissing
        | WaitCode::PoolTooSmall
        | WaitCode::PoolFull
        | WaitCode::PoolKept
        | WaitCode::NoFreeSlot => of_room(world, key, reason.code),
        WaitCode::Succeeded
        | WaitCode::Failed
        | WaitCode::UpstreamFailed
        | WaitCode::Unmappable
        | WaitCode::MappedOverNothing
        | WaitCode::PassedOver
        | WaitCode::SkippedByRule
        | WaitCode::Skipped
        | WaitCode::Removed
        | WaitCode::RunOver => of_end(world, key, reason),
    };
    assert!(is_true, "{key}: {reason:?} is not true at {}", world.now);
}

fn of_run(world: &World, key: &TaskKey, reason: &WaitReason) -> bool {
    let (run, dag) = (&world.store.runs[&key.run_key()], &world.store.dags[&key.dag_id]);
    let is_queued = run.state == DagRunState::Queued;
    match reason.code {
        WaitCode::DagPaused => dag.is_paused,
        WaitCode::DagInactive => !dag.is_active,
        WaitCode::SourceUnreadable => world.unreadable.contains(&key.dag_id),
        WaitCode::RunNotDue => is_queued && run.run_after > world.now && reason.until == Some(run.run_after),
        WaitCode::MaxActiveRuns => {
            is_queued && world.store.running(&key.dag_id, None) >= dag.spec.max_active_runs as usize
        }
        WaitCode::BackfillPaused | WaitCode::BackfillFull => {
            let of_run = run.backfill.map(|place| place.id);
            let backfill = dag.backfills.iter().find(|backfill| Some(backfill.id) == of_run);
            let backfill = backfill.expect("the run is of an open backfill");
            let running = world.store.running(&key.dag_id, of_run);
            match reason.code {
                WaitCode::BackfillPaused => is_queued && backfill.is_paused,
                _ => is_queued && running >= backfill.max_active_runs as usize,
            }
        }
        _ => is_queued && run.run_after <= world.now,
    }
}

fn of_task(world: &World, key: &TaskKey, reason: &WaitReason) -> bool {
    let (run, task) = (&world.store.runs[&key.run_key()], world.store.task(key));
    let spec = run.spec.task(&key.task_id).expect("the dag has the task");
    let is_later = task.next_try_at.is_some_and(|at| at > world.now) && reason.until == task.next_try_at;
    match reason.code {
        WaitCode::UpstreamUnfinished => {
            let counts = naive::upstreams(run, key);
            evaluate(spec.trigger_rule, &counts) == TriggerDecision::Wait && counts.unfinished() > 0
        }
        WaitCode::SetupUnfinished => setups_for(&run.spec, spec)
            .into_iter()
            .flat_map(|setup| naive::before(run, key, setup))
            .any(|setup| !is_over(&setup)),
        WaitCode::MapSourceUnfinished => naive::copies(run, &key.task_id).is_none(),
        WaitCode::DependsOnPast => !world.store.past_allows(run, key),
        WaitCode::RetryDelay => task.state == Some(TaskInstanceState::UpForRetry) && is_later,
        WaitCode::Rescheduled => task.state == Some(TaskInstanceState::UpForReschedule) && is_later,
        WaitCode::Deferred => task.state == Some(TaskInstanceState::Deferred),
        WaitCode::Restarting => task.state == Some(TaskInstanceState::Restarting),
        WaitCode::Queued => task.state == Some(TaskInstanceState::Queued),
        // A new plan does something about its run at once, unless it makes a run that comes before it.
        _ => {
            let mut planner = world.fresh_planner();
            let plan = planner.plan(world.now, &world.ids.fork(), usize::MAX);
            plan.decisions.iter().any(|decision| match decision {
                Decision::CreateRun(made) => made.order_date() < run.order_date(),
                other => format!("{other:?}").contains(key.run_id.as_str()),
            })
        }
    }
}

fn of_room(world: &World, key: &TaskKey, code: WaitCode) -> bool {
    let (run, store) = (&world.store.runs[&key.run_key()], &world.store);
    let spec = run.spec.task(&key.task_id).expect("the dag has the task");
    let live = || {
        store
            .live()
            .filter(|(other, ..)| other.dag_id == key.dag_id)
            .count()
    };
    let dag_is_full = || live() >= store.dags[&key.dag_id].spec.max_active_tasks as usize;
    let limit = spec.max_active_tis_per_dag.unwrap_or(u32::MAX) as usize;
    let limit_of_run = spec.max_active_tis_per_dagrun.unwrap_or(u32::MAX) as usize;
    let capacity = store
        .pools
        .get(&spec.pool)
        .map(|pool| pool.capacity().unwrap_or(u64::MAX));
    let is_too_small = capacity.is_some_and(|capacity| capacity < u64::from(spec.pool_slots));
    let wanted = u64::from(store.taken(&spec.pool)) + u64::from(spec.pool_slots);
    let is_full = capacity.is_some_and(|capacity| capacity < wanted);
    let all_taken = store.live().count() >= store.limits.parallelism;
    let is_scheduled = store.task(key).state == Some(TaskInstanceState::Scheduled);
    is_scheduled
        && match code {
            WaitCode::MaxActiveTasks => dag_is_full(),
            WaitCode::MaxActiveTisPerDag => store.attempts_at(key) >= limit,
            WaitCode::MaxActiveTisPerDagrun => store.attempts_in_run(key) >= limit_of_run,
            WaitCode::Parallelism => all_taken,
            WaitCode::PoolMissing => capacity.is_none(),
            WaitCode::PoolTooSmall => is_too_small,
            WaitCode::PoolFull => is_full && !is_too_small,
            WaitCode::PoolKept => !is_full && has_waited_for_several(world, &spec.pool),
            _ => {
                !dag_is_full()
                    && !all_taken
                    && !is_full
                    && store.attempts_at(key) < limit
                    && store.attempts_in_run(key) < limit_of_run
            }
        }
}

/// Whether a task has waited long for more slots than its pool has free.
fn has_waited_for_several(world: &World, pool: &str) -> bool {
    let store = &world.store;
    let capacity = store.pools[pool].capacity().unwrap_or(u64::MAX);
    let has_waited = |run: &RunSnapshot, task: &TaskSnapshot| {
        let spec = run.spec.task(&task.task_id).expect("the dag has the task");
        let since = task
            .scheduled_at
            .filter(|_| task.state == Some(TaskInstanceState::Scheduled));
        let is_long =
            since.is_some_and(|since| world.now.duration_since(since) >= SignedDuration::from_mins(10));
        let wanted = u64::from(store.taken(pool)) + u64::from(spec.pool_slots);
        spec.pool == pool && is_long && wanted > capacity
    };
    let mut runs = store.runs.values();
    runs.any(|run| naive::instances(run).iter().any(|task| has_waited(run, task)))
}

fn of_end(world: &World, key: &TaskKey, reason: &WaitReason) -> bool {
    use TaskInstanceState::{Failed, Removed, Skipped, Success, UpstreamFailed};

    let (run, task) = (&world.store.runs[&key.run_key()], world.store.task(key));
    let spec = run.spec.task(&key.task_id).expect("the dag has the task");
    let counts = naive::upstreams(run, key);
    let setups = || {
        setups_for(&run.spec, spec)
            .into_iter()
            .flat_map(|setup| naive::before(run, key, setup))
    };
    match reason.code {
        WaitCode::Succeeded => task.state == Some(Success),
        WaitCode::Failed => task.state == Some(Failed),
        WaitCode::UpstreamFailed => {
            let names_some = reason.sentence.contains("because of");
            let has_failed = |state| matches!(state, Some(Failed | UpstreamFailed));
            let failed_before = counts.failed + counts.upstream_failed > 0;
            let some = failed_before || setups().any(|setup| has_failed(setup.state));
            task.state == Some(UpstreamFailed) && some == names_some
        }
        WaitCode::PassedOver => {
            let decides = |other: &&TaskSnapshot| {
                let decision = other.skip_decision.as_ref().filter(|_| is_over(other));
                decision.is_some_and(|decision| decision.passes_over(&key.task_id))
            };
            task.state == Some(Skipped) && naive::instances(run).iter().any(|other| decides(&other))
        }
        WaitCode::SkippedByRule => {
            let by_setups = setups().any(|setup| setup.state == Some(Skipped));
            let by_rule = evaluate(spec.trigger_rule, &counts) == TriggerDecision::Skipped;
            let names_setups = reason.sentence.contains("setups");
            task.state == Some(Skipped) && if names_setups { by_setups } else { by_rule }
        }
        // What it is mapped over may have changed since.
        WaitCode::Unmappable => {
            task.state == Some(UpstreamFailed) && naive::copies(run, &key.task_id).is_none()
        }
        WaitCode::MappedOverNothing => task.state == Some(Skipped),
        WaitCode::Skipped => task.state == Some(Skipped),
        WaitCode::Removed => task.state == Some(Removed),
        _ => run.state.is_finished() && !is_over(&task) && !ended_well(&task),
    }
}

fn is_over(task: &TaskSnapshot) -> bool {
    task.state.is_some_and(TaskInstanceState::is_finished)
}
