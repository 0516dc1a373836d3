//! Random histories: whatever happens in whatever order, the planner keeps its promises.
//!
//! What must hold at every step is checked by the store ([`crate::store::Store::check`]): no task is queued before its
//! rule is met, no attempt twice, no limit exceeded, no run ends with unfinished tasks.

use jiff::tz::TimeZoneDatabase;
use jiff::{Timestamp, ToSpan};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use updraft_model::{
    AttemptOutcome, BackfillDates, DagId, DagRunState, DagSpec, ExpandInput, MapIndex, MapSource,
    ReprocessBehavior, Returned, RunKey, RunType, Schedule, ScheduleKind, Skips, TaskGroupId, TaskGroupSpec,
    TaskId, TaskIndex, TaskInstanceState, TaskKey, TaskSpec, TriggerRule, ValidDag, WaitEnd, WaitTimes,
    XComArg,
};
use updraft_planner::{DagSnapshot, Decision, Plan, RunSnapshot, WantsReturned, why_ended};

use crate::dags;
use crate::naive;
use crate::truth;
use crate::world::{World, pool};

/// How many plans a history may need to come to its end when every attempt succeeds.
const PLANS_MAX: usize = 2_000;

/// Something that happens from outside. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Tick {
        free_slots: usize,
    },
    Start(usize),
    End(usize, AttemptOutcome),
    /// What a deferred task waits for is there, or cannot be waited for.
    EndWait(usize, WaitEnd),
    /// A branch goes on with some of the tasks after it.
    Follow(usize, Vec<bool>),
    /// A short circuit stops, everything after it or what comes directly after it.
    Stop(usize, bool),
    Restart,
    Wait {
        minutes: i64,
    },
    Pause {
        dag: usize,
        is_paused: bool,
    },
    Trigger {
        dag: usize,
    },
    Clear(usize),
    Mark(usize, TaskInstanceState),
    MarkRun(usize, DagRunState),
    Reparse {
        dag: usize,
    },
    /// The DAG loses its last task.
    Shrink {
        dag: usize,
    },
    /// A run goes over to the newest version of its DAG.
    Update(usize),
    /// Somebody asks for a backfill of the hours before the start date, unless there is one.
    Backfill {
        dag: usize,
        hours: i64,
        backwards: bool,
    },
    /// The backfill of a DAG is paused, goes on, or is given up.
    PauseBackfill {
        dag: usize,
        is_paused: bool,
    },
    CancelBackfill {
        dag: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let some = 0..1_000_usize;
    let outcome = prop_oneof![
        6 => Just(AttemptOutcome::Success),
        2 => Just(AttemptOutcome::Failed { retryable: true }),
        1 => Just(AttemptOutcome::Failed { retryable: false }),
        1 => Just(AttemptOutcome::Skipped),
        1 => Just(AttemptOutcome::Lost),
        1 => Just(AttemptOutcome::Rescheduled { at: dags::time("2024-01-01") }),
        2 => (prop::option::of(1..48_i64), prop::option::of(1..48_i64)).prop_map(|(fires, times_out)| {
            let at = |hours: i64| dags::time("2024-01-01") + hours.hours();
            AttemptOutcome::Deferred(WaitTimes {
                fires_at: fires.map(at),
                times_out_at: times_out.map(at),
            })
        }),
    ];
    let end = prop_oneof![
        3 => Just(WaitEnd::Event(true.into())),
        1 => Just(WaitEnd::Failed("broken".to_owned())),
    ];
    let mark = prop_oneof![
        Just(TaskInstanceState::Success),
        Just(TaskInstanceState::Failed),
        Just(TaskInstanceState::Skipped)
    ];
    let run_mark = select(&[DagRunState::Success, DagRunState::Failed, DagRunState::Queued]);
    let step = prop_oneof![
        8 => prop_oneof![0..4_usize, Just(usize::MAX)].prop_map(|free_slots| Step::Tick { free_slots }),
        3 => some.clone().prop_map(Step::Start),
        10 => (some.clone(), outcome).prop_map(|(at, outcome)| Step::End(at, outcome)),
        2 => (some.clone(), end).prop_map(|(at, end)| Step::EndWait(at, end)),
        2 => (some.clone(), vec(any::<bool>(), 7)).prop_map(|(at, chosen)| Step::Follow(at, chosen)),
        1 => (some.clone(), any::<bool>()).prop_map(|(at, everything)| Step::Stop(at, everything)),
        2 => Just(Step::Restart),
        3 => (1..90_i64).prop_map(|minutes| Step::Wait { minutes }),
        1 => (some.clone(), any::<bool>()).prop_map(|(dag, is_paused)| Step::Pause { dag, is_paused }),
        2 => some.clone().prop_map(|dag| Step::Trigger { dag }),
        1 => some.clone().prop_map(Step::Clear),
        1 => (some.clone(), mark).prop_map(|(at, state)| Step::Mark(at, state)),
        1 => (some.clone(), run_mark).prop_map(|(at, state)| Step::MarkRun(at, state)),
        1 => some.clone().prop_map(|dag| Step::Reparse { dag }),
        1 => some.clone().prop_map(|dag| Step::Shrink { dag }),
        1 => some.clone().prop_map(Step::Update),
        2 => (some.clone(), 1..6_i64, any::<bool>())
            .prop_map(|(dag, hours, backwards)| Step::Backfill { dag, hours, backwards }),
        1 => (some.clone(), any::<bool>()).prop_map(|(dag, is_paused)| Step::PauseBackfill { dag, is_paused }),
        1 => some.prop_map(|dag| Step::CancelBackfill { dag }),
    ];
    vec(step, 1..60)
}

/// What a task is beside its place: work, or something that prepares or tidies up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Work,
    Empty,
    Setup,
    Teardown,
}

fn task(at: usize) -> impl Strategy<Value = TaskSpec> {
    let rule = prop_oneof![6 => Just(TriggerRule::AllSuccess), 4 => select(&TriggerRule::ALL)];
    let role = prop_oneof![
        14 => Just(Role::Work),
        2 => Just(Role::Empty),
        3 => Just(Role::Setup),
        3 => Just(Role::Teardown),
    ];
    let upstreams = vec(prop::bool::weighted(0.4), at);
    let retry = (0..3_u32, any::<bool>());
    (rule, upstreams, retry, 1..5_i64, role).prop_map(move |(rule, upstreams, retry, weight, role)| {
        let mut task = TaskSpec::new(task_id(at), "RustOperator");
        task.trigger_rule = rule;
        (task.retries, task.retry_exponential_backoff) = retry;
        task.retry_delay = std::time::Duration::from_mins(7);
        task.priority_weight = weight;
        task.is_empty = role == Role::Empty;
        task.is_setup = role == Role::Setup;
        if role == Role::Teardown {
            task.is_teardown = true;
            task.trigger_rule = TriggerRule::AllDoneSetupSuccess;
        }
        let chosen = upstreams.iter().enumerate().filter(|(_, chosen)| **chosen);
        task.upstream_task_ids = chosen.map(|(upstream, _)| task_id(upstream)).collect();
        task
    })
}

/// Tasks that share pools and have limits of their own.
fn crowd(tasks: &mut [TaskSpec], wishes: &[(usize, u32, Option<u32>)]) {
    for (task, (pool, slots, limit)) in tasks.iter_mut().zip(wishes) {
        POOLS[*pool].clone_into(&mut task.pool);
        (task.pool_slots, task.max_active_tis_per_dag) = (*slots, *limit);
    }
}

/// Pools of the tests: one that is always there, and two that are small.
const POOLS: [&str; 3] = ["default_pool", "two", "three"];

/// The tasks of a DAG; directly after a setup there is no other rule than the default.
fn tasks() -> impl Strategy<Value = Vec<TaskSpec>> {
    let tasks = (0..7_usize).prop_flat_map(|count| (0..count).map(task).collect::<Vec<_>>());
    tasks.prop_map(with_setups)
}

/// Directly after a setup there is no other rule than the default.
fn with_setups(mut tasks: Vec<TaskSpec>) -> Vec<TaskSpec> {
    let setups: Vec<TaskId> = tasks
        .iter()
        .filter(|task| task.is_setup)
        .map(|task| task.task_id.clone())
        .collect();
    for task in tasks.iter_mut().filter(|task| !task.is_teardown) {
        if setups.iter().any(|setup| task.upstream_task_ids.contains(setup)) {
            task.trigger_rule = TriggerRule::AllSuccess;
        }
    }
    tasks
}

/// What a task or group is mapped over: a list of so many, what a task returns, or both.
#[derive(Debug, Clone, Copy)]
enum Over {
    List(usize),
    Task,
    Both(usize),
}

fn over() -> impl Strategy<Value = Over> {
    prop_oneof![
        (0..4_usize).prop_map(Over::List),
        Just(Over::Task),
        Just(Over::Task),
        (1..3_usize).prop_map(Over::Both),
    ]
}

impl Over {
    fn input(self, source: Option<TaskId>) -> Option<ExpandInput> {
        let list = |length| ("x".to_owned(), MapSource::Literal((0..length).collect()));
        let task = || {
            Some((
                "y".to_owned(),
                MapSource::XCom(XComArg::Plain { task_id: source? }),
            ))
        };
        Some(ExpandInput::DictOfLists(match self {
            Self::List(length) => vec![list(length)],
            Self::Task => vec![task()?],
            Self::Both(length) => vec![list(length), task()?],
        }))
    }
}

/// A DAG with mapped tasks, and perhaps a mapped group of some neighbours.
fn dag_with_mapping(name: &'static str) -> impl Strategy<Value = DagSpec> {
    let mapped = vec(prop::option::weighted(0.35, over()), 7);
    let group = prop::option::weighted(0.5, (1..6_usize, 1..4_usize, over()));
    let limits = vec(prop::option::weighted(0.2, 1..3_u32), 7);
    (dag(name), mapped, group, limits).prop_map(|(mut dag, mapped, group, limits)| {
        for (task, limit) in dag.tasks.iter_mut().zip(limits) {
            task.max_active_tis_per_dagrun = limit;
        }
        for (task, over) in dag.tasks.iter_mut().zip(mapped) {
            let source = task.upstream_task_ids.first().cloned();
            task.expand_input = over.and_then(|over| over.input(source));
        }
        if let Some((first, length, over)) = group {
            put_in_group(&mut dag, first..first + length, over);
        }
        dag.tasks = with_setups(dag.tasks);
        dag
    })
}

fn put_in_group(dag: &mut DagSpec, members: std::ops::Range<usize>, over: Over) {
    let source = dag.tasks.get(members.start - 1).map(|task| task.task_id.clone());
    let group_id = TaskGroupId::parse("g").expect("a group id");
    let input = over.input(source.clone());
    for task in dag.tasks.iter_mut().take(members.end).skip(members.start) {
        task.expand_input = None;
        task.task_group = Some(group_id.clone());
        task.upstream_task_ids
            .extend(source.clone().filter(|_| !matches!(over, Over::List(_))));
    }
    let mut group = TaskGroupSpec::new(group_id);
    group.expand_input = input;
    dag.task_groups = vec![group];
}

/// A DAG some of whose tasks wait for the run before.
fn dag_with_past(name: &'static str) -> impl Strategy<Value = DagSpec> {
    let flags = vec((prop::bool::weighted(0.3), any::<[bool; 3]>()), 7);
    (dag(name), flags).prop_map(|(mut dag, flags)| {
        for (task, (looks_back, [wait_for_downstream, ignore_first, before_skipping])) in
            dag.tasks.iter_mut().zip(flags)
        {
            task.depends_on_past = looks_back;
            task.wait_for_downstream = looks_back && wait_for_downstream;
            task.ignore_first_depends_on_past = ignore_first;
            task.wait_for_past_depends_before_skipping = before_skipping;
        }
        dag
    })
}

fn dag(name: &'static str) -> impl Strategy<Value = DagSpec> {
    let wish = (0..POOLS.len(), 1..3_u32, prop::option::weighted(0.2, 1..3_u32));
    let tasks = (tasks(), vec(wish, 7)).prop_map(|(mut tasks, wishes)| {
        crowd(&mut tasks, &wishes);
        tasks
    });
    let limits = (1..4_u32, 1..4_u32);
    let schedule = prop_oneof![
        Just(None),
        Just(Some(ScheduleKind::DataInterval)),
        Just(Some(ScheduleKind::Trigger))
    ];
    let timeout = prop_oneof![4 => Just(None), 1 => Just(Some(std::time::Duration::from_hours(3)))];
    (tasks, limits, schedule, any::<bool>(), timeout).prop_map(
        move |(tasks, (runs, active), schedule, catchup, timeout)| {
            let mut dag = DagSpec::new(DagId::parse(name).expect("a dag id"));
            dag.tasks = tasks;
            (dag.max_active_runs, dag.max_active_tasks) = (runs, active);
            dag.start_date = Some(dags::time("2024-01-01"));
            dag.catchup = catchup;
            dag.dagrun_timeout = timeout;
            if let Some(kind) = schedule {
                dag.schedule = Schedule::Cron {
                    expression: "@hourly".to_owned(),
                    kind,
                };
            }
            dag
        },
    )
}

fn task_id(at: usize) -> TaskId {
    TaskId::parse(&format!("t{at}")).expect("a task id")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_history_keeps_the_promises_and_ends(
        dags in (dag("x"), dag("y")),
        parallelism in 1..5_usize,
        steps in steps(),
    ) {
        let mut world = world(dags.into(), parallelism);
        for step in steps {
            happen(&mut world, &step);
        }
        let stuck = drain(&mut world);
        prop_assert!(stuck.is_empty(), "these runs never end: {stuck:?}");
    }

    #[test]
    fn histories_of_mapped_tasks_keep_the_promises_and_end(
        dags in (dag_with_mapping("x"), dag_with_mapping("y")),
        parallelism in 1..6_usize,
        steps in steps(),
    ) {
        let mut world = world(dags.into(), parallelism);
        for step in steps {
            happen(&mut world, &step);
        }
        let stuck = drain(&mut world);
        prop_assert!(stuck.is_empty(), "these runs never end: {stuck:?}");
    }

    #[test]
    fn a_new_planner_decides_the_same_about_mapped_tasks(
        dags in (dag_with_mapping("x"), dag("y")),
        parallelism in 1..6_usize,
        steps in steps(),
    ) {
        check_restarts(dags.into(), parallelism, steps)?;
    }

    #[test]
    fn reasons_of_mapped_tasks_are_true(
        dags in (dag_with_mapping("x"), dag("y")),
        parallelism in 1..6_usize,
        steps in steps(),
    ) {
        check_reasons(dags.into(), parallelism, steps)?;
    }

    #[test]
    fn a_new_planner_on_the_same_store_decides_the_same(
        dags in (dag_with_past("x"), dag("y")),
        parallelism in 1..5_usize,
        steps in steps(),
    ) {
        check_restarts(dags.into(), parallelism, steps)?;
    }

    #[test]
    fn no_scheduled_run_is_lost_or_doubled_when_clocks_change(
        zone in select(&["Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "America/St_Johns"]),
        expression in select(&["30 2 * * *", "0 0 * * *", "0 */6 * * *", "0 * * * *"]),
        kind in select(&[ScheduleKind::DataInterval, ScheduleKind::Trigger]),
        day in 0..11_000_i64,
        hour in 0..72_i64,
    ) {
        // Hourly intervals are crooked where clocks move by half an hour; a scenario shows that they go on.
        prop_assume!((zone, expression) != ("Australia/Lord_Howe", "0 * * * *"));
        let somewhere = dags::time("1990-01-01") + (day * 24).hours();
        let clock = TimeZoneDatabase::bundled().get(zone).expect("a zone");
        let change = clock.following(somewhere).next().map_or(somewhere, |change| change.timestamp());
        let start = change - hour.hours();
        let mut dag = DagSpec::new(DagId::parse("d").expect("a dag id"));
        zone.clone_into(&mut dag.timezone);
        dag.start_date = Some(start);
        dag.schedule = Schedule::Cron { expression: expression.to_owned(), kind };
        let catchup = DagSpec { catchup: true, ..dag.clone() };
        prop_assert_eq!(dates_of_four_days(dag), dates_of_four_days(catchup));
    }

    #[test]
    fn a_task_that_does_not_run_always_has_a_reason_and_each_reason_is_true(
        dags in (dag_with_past("x"), dag("y")),
        parallelism in 1..5_usize,
        steps in steps(),
    ) {
        check_reasons(dags.into(), parallelism, steps)?;
    }
}

/// A planner that is made anew from the store decides what the old one does.
fn check_restarts(dags: [DagSpec; 2], parallelism: usize, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut world = world(dags, parallelism);
    for step in steps {
        if let Step::Tick { free_slots } = step {
            let mut other = world.fresh_planner();
            let expected = other.plan(world.now, &world.ids.fork(), free_slots);
            let plan = world.plan_once(free_slots);
            world.hand_back(&plan);
            prop_assert_eq!(shown(&plan), shown(&expected));
            // The old one may wake up for something that was called off meanwhile, but never too late.
            let wake = world.planner.next_wake();
            prop_assert!(
                other
                    .next_wake()
                    .is_none_or(|at| wake.is_some_and(|wake| wake <= at))
            );
        } else {
            happen(&mut world, &step);
        }
    }
    Ok(())
}

/// Every task that does not run has a reason, and each reason is true.
fn check_reasons(dags: [DagSpec; 2], parallelism: usize, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut world = world(dags, parallelism);
    for step in steps {
        happen(&mut world, &step);
        for run in world.store.runs.values() {
            for task in naive::instances(run) {
                let key = run.key.task(task.task_id.clone(), task.map_index);
                let Some(reasons) = world.planner.why(&key, world.now) else {
                    prop_assert!(run.state.is_finished(), "{}", key);
                    let reason = why_ended(run, &key).expect("the dag is valid and has the task");
                    truth::check(&world, &key, &reason);
                    continue;
                };
                prop_assert_eq!(
                    reasons.is_empty(),
                    task.state == Some(TaskInstanceState::Running),
                    "{}",
                    key
                );
                for reason in &reasons {
                    truth::check(&world, &key, reason);
                }
            }
        }
    }
    Ok(())
}

#[test]
fn a_long_catchup_is_made_in_portions() {
    let mut world = World::new(dags::time("2024-01-01"));
    let (dag, _) = dags::parse("d schedule=@daily start=2023-01-01 catchup : a empty");
    world.add_dag(dag, false);
    let created = |plan: &Plan| {
        plan.decisions
            .iter()
            .filter(|decision| matches!(decision, Decision::CreateRun(_)))
            .count()
    };
    let plans: Vec<usize> = (0..5).map(|_| created(&world.tick(0))).collect();
    assert_eq!(plans, [100, 100, 100, 65, 0]);
}

/// The logical dates of the runs of four days from the start date on, planned when the planner wants to wake up.
fn dates_of_four_days(dag: DagSpec) -> Vec<Timestamp> {
    let start = dag.start_date.expect("it has a start date");
    let mut world = World::new(start);
    world.add_dag(dag, false);
    let mut dates = Vec::new();
    while world.now < start + 96.hours() {
        let plan = world.planner.plan(world.now, &world.ids, 0);
        dates.extend(plan.decisions.iter().filter_map(|decision| match decision {
            Decision::CreateRun(run) => run.logical_date,
            _ => None,
        }));
        let wake = world.planner.next_wake().expect("there is always a next run");
        assert!(wake > world.now, "it wants to wake up at once");
        world.now = wake;
    }
    dates
}

fn world(dags: [DagSpec; 2], parallelism: usize) -> World {
    let mut world = World::new(dags::time("2024-01-01T12:34"));
    world.store.limits.parallelism = parallelism;
    world.set_pool(pool("two", 2));
    world.set_pool(pool("three", 3));
    world.restart();
    for dag in dags {
        world.add_dag(dag, false);
    }
    world
}

fn dag_id(world: &World, at: usize) -> DagId {
    world.store.dags.keys().nth(at % 2).expect("two dags").clone()
}

fn happen(world: &mut World, step: &Step) {
    match step {
        Step::Tick { free_slots } => drop(world.tick(*free_slots)),
        Step::Start(at) => {
            let startable = live(world, |state| state != TaskInstanceState::Restarting);
            if let Some(key) = choose(&startable, *at) {
                world.start(key);
            }
        }
        Step::End(at, outcome) => {
            if let Some(key) = choose(&live(world, |_| true), *at) {
                let is_cleared = world.store.task(key).state == Some(TaskInstanceState::Restarting);
                if *outcome == AttemptOutcome::Success && !is_cleared {
                    let items = u32::try_from(at % 6).unwrap_or(0);
                    leave(world, key, items);
                }
                world.end(key, *outcome);
            }
        }
        Step::EndWait(at, end) => {
            let deferred: Vec<TaskKey> = world.store.deferred().map(|(key, _)| key).collect();
            if let Some(key) = choose(&deferred, *at) {
                world.end_wait(key, end.clone());
            }
        }
        Step::Follow(at, chosen) => decide(world, *at, |dag, task| {
            let tasks = dag.spec().tasks.iter().zip(chosen).filter(|(_, chosen)| **chosen);
            let ids: Vec<&str> = tasks.map(|(task, _)| task.task_id.as_str()).collect();
            dag.branch(task, &ids).expect("these are ids of the dag")
        }),
        Step::Stop(at, everything) => decide(world, *at, |dag, task| dag.short_circuit(task, *everything)),
        Step::Restart => world.restart(),
        Step::Wait { minutes } => world.now += minutes.minutes(),
        Step::Pause { dag, is_paused } => {
            world.change_dag(&dag_id(world, *dag), |dag| dag.is_paused = *is_paused);
        }
        Step::Trigger { dag } => {
            let run_id = RunType::Manual.run_id(world.now);
            let key = RunKey {
                dag_id: dag_id(world, *dag),
                run_id,
            };
            if !world.store.runs.contains_key(&key) {
                let date = Some(world.now);
                world.trigger(&key.dag_id, Some(key.run_id.clone()), date);
            }
        }
        Step::Clear(at) => clear(world, *at),
        Step::Mark(at, state) => {
            if let Some(key) = choose(&live(world, |_| true), *at) {
                world.mark(key, *state);
            }
        }
        Step::Backfill { .. } | Step::PauseBackfill { .. } | Step::CancelBackfill { .. } => {
            change_backfills(world, step);
        }
        Step::MarkRun(..) | Step::Shrink { .. } | Step::Update(_) => change_runs(world, step),
        Step::Reparse { dag } => {
            let dag = world.store.dags[&dag_id(world, *dag)].clone();
            world.add_dag((*dag.spec).clone(), dag.is_paused);
        }
    }
}

/// What people do to backfills.
fn change_backfills(world: &mut World, step: &Step) {
    match step {
        Step::Backfill {
            dag,
            hours,
            backwards,
        } => {
            let dag_id = dag_id(world, *dag);
            // Before the start date, so that the schedule never makes runs of the same dates.
            let start = dags::time("2024-01-01");
            let dates = BackfillDates {
                from: start - hours.hours(),
                until: start - 1.hour(),
                backwards: *backwards,
            };
            let dag = &world.store.dags[&dag_id];
            let valid = dag.spec.clone().validate().expect("the dag is valid");
            let behavior = ReprocessBehavior::Completed;
            if dag.backfills.is_empty() && valid.backfill(&dates, behavior, world.now).is_ok() {
                world.backfill(&dag_id, &dates, behavior, 1 + u32::from(*backwards));
            }
        }
        Step::PauseBackfill { dag, is_paused } => {
            world.change_dag(&dag_id(world, *dag), |dag| pause_backfills(dag, *is_paused));
        }
        Step::CancelBackfill { dag } => {
            let dag_id = dag_id(world, *dag);
            if !world.store.dags[&dag_id].backfills.is_empty() {
                world.cancel_backfill(&dag_id);
            }
        }
        _ => {}
    }
}

fn pause_backfills(dag: &mut DagSnapshot, is_paused: bool) {
    for backfill in &mut dag.backfills {
        backfill.is_paused = is_paused;
    }
}

/// What people do to whole runs, and to the DAG that they may go over to.
fn change_runs(world: &mut World, step: &Step) {
    match step {
        Step::MarkRun(at, state) => {
            let runs: Vec<RunKey> = world.store.runs.keys().cloned().collect();
            if let Some(key) = choose(&runs, *at) {
                world.mark_run(key, *state);
            }
        }
        Step::Shrink { dag } => {
            let dag = world.store.dags[&dag_id(world, *dag)].clone();
            let mut spec = (*dag.spec).clone();
            spec.tasks.pop();
            world.add_dag(spec, dag.is_paused);
        }
        Step::Update(at) => {
            let is_plain = |run: &&RunSnapshot| !has_mapping(&run.spec);
            let runs = world.store.runs.values().filter(is_plain);
            let runs: Vec<RunKey> = runs.map(|run| run.key.clone()).collect();
            if let Some(key) = choose(&runs, *at) {
                world.move_to_latest(key);
            }
        }
        _ => {}
    }
}

fn has_mapping(dag: &DagSpec) -> bool {
    let of_tasks = dag.tasks.iter().any(|task| task.expand_input.is_some());
    of_tasks || dag.task_groups.iter().any(|group| group.expand_input.is_some())
}

/// Tasks are cleared with all their copies, or one copy of one.
fn clear(world: &mut World, at: usize) {
    let at = &at;
    let runs: Vec<RunKey> = world.store.runs.keys().cloned().collect();
    if let Some(key) = choose(&runs, *at) {
        let run = &world.store.runs[key];
        let copies: Vec<TaskKey> = naive::instances(run)
            .iter()
            .filter(|task| task.map_index != MapIndex::UNMAPPED)
            .filter(|task| task.state != Some(TaskInstanceState::Removed))
            .map(|task| key.task(task.task_id.clone(), task.map_index))
            .collect();
        let tasks: Vec<TaskId> = run
            .spec
            .tasks
            .iter()
            .skip(at % 3)
            .map(|task| task.task_id.clone())
            .collect();
        match choose(&copies, *at).filter(|_| at.is_multiple_of(2)) {
            Some(copy) => world.clear_copy(copy),
            None => world.clear(key, &tasks),
        }
    }
}

/// An attempt leaves what its task returns, if somebody wants that.
fn leave(world: &mut World, key: &TaskKey, items: u32) {
    let returned = match (world.planner.wants_returned(key), items) {
        (WantsReturned::Nobody, _) => return,
        // Some tasks return nothing although others are mapped over it, or something that has no items.
        (_, 4) => return,
        (WantsReturned::Items, 0..4) => Returned::Items(items),
        (WantsReturned::Items | WantsReturned::OfEachCopy, _) => Returned::Other,
    };
    world.returns(key, returned);
}

/// An attempt ends well that skips tasks after it; nothing happens if there are none.
fn decide(world: &mut World, at: usize, decide: impl FnOnce(&ValidDag, TaskIndex) -> Option<Skips>) {
    let live = live(world, |state| state != TaskInstanceState::Restarting);
    let Some(key) = choose(&live, at) else { return };
    let dag = world.valid_dag(&key.run_key());
    let task = dag.graph().index(&key.task_id).expect("the run has the task");
    if let Some(skips) = decide(&dag, task) {
        world.end_deciding(key, skips);
    }
}

fn live(world: &World, wanted: impl Fn(TaskInstanceState) -> bool) -> Vec<TaskKey> {
    let is_unfinished = |key: &TaskKey| !world.store.runs[&key.run_key()].state.is_finished();
    let live = world
        .store
        .live()
        .filter(|(key, _, state)| wanted(*state) && is_unfinished(key));
    live.map(|(key, ..)| key).collect()
}

fn choose<T>(from: &[T], at: usize) -> Option<&T> {
    from.get(at.checked_rem(from.len())?)
}

/// Nothing new is scheduled, everything is unpaused, every attempt succeeds. Gives the runs that do not end.
fn drain(world: &mut World) -> Vec<RunKey> {
    let dags: Vec<DagSpec> = world.store.dags.values().map(|dag| (*dag.spec).clone()).collect();
    for mut dag in dags {
        dag.schedule = Schedule::None;
        world.change_dag(&dag.dag_id, |dag| pause_backfills(dag, false));
        world.add_dag(dag, false);
    }
    for _ in 0..PLANS_MAX {
        let plan = world.tick(usize::MAX);
        let live = live(world, |_| true);
        for key in &live {
            if world.store.task(key).state != Some(TaskInstanceState::Restarting) {
                leave(world, key, 2);
            }
            world.end(key, AttemptOutcome::Success);
        }
        if plan.decisions.is_empty() && live.is_empty() {
            let deferred: Vec<TaskKey> = world.store.deferred().map(|(key, _)| key).collect();
            for key in &deferred {
                world.end_wait(key, WaitEnd::Event(true.into()));
            }
            match world.planner.next_wake() {
                _ if !deferred.is_empty() => {}
                Some(at) => world.now = world.now.max(at),
                None => break,
            }
        }
    }
    let unfinished = world.store.runs.values().filter(|run| !run.state.is_finished());
    unfinished.map(|run| run.key.clone()).collect()
}

/// What of a plan is written; without the kills that a new planner repeats to be sure.
fn shown(plan: &Plan) -> Vec<String> {
    let show = |decision: &Decision| match decision {
        Decision::Kill { .. } => None,
        decision => Some(format!("{decision:?}")),
    };
    // A new planner looks at every run, an old one first at those in which something happened.
    let mut shown: Vec<String> = plan.decisions.iter().filter_map(show).collect();
    shown.sort_unstable();
    shown
}
