//! Clearing and marking what is chosen by tasks, neighbours and dates; runs that go over to another version.

use std::collections::BTreeSet;

use serde_json::json;
use updraft_model::{
    DagRunState, DagSpec, ExpandInput, MapIndex, MapSource, Reach, RunKey, TaskId, TaskInstanceState,
    TriggerRule,
};
use updraft_store::{
    AttemptVerdict, Change, ChosenTask, Effect, Expansion, Mark, MarkRunError, PlanCommit, RunChoice,
    RunMark, RunVersion, StateChoice, TaskChoice,
};

use crate::support::{World, chain, dag_id, end, minute, on_both, start_run, task, task_id};

use TaskInstanceState::{Failed, Removed, Restarting, Running, Skipped, Success, UpstreamFailed};

/// Which runs and neighbours of tasks, beside the tasks themselves.
#[derive(Clone, Copy)]
struct Around<'a> {
    runs: RunChoice<'a>,
    reach: Reach,
    states: StateChoice,
}

const EVERY_RUN: Around<'static> = Around {
    runs: RunChoice::Between {
        from: None,
        until: None,
    },
    reach: Reach {
        upstream: false,
        downstream: false,
    },
    states: StateChoice::Any,
};
const DOWN: Reach = Reach {
    upstream: false,
    downstream: true,
};

fn of_run(run: &RunKey) -> Around<'_> {
    let runs = RunChoice::Around {
        run_id: &run.run_id,
        past: false,
        future: false,
    };
    Around { runs, ..EVERY_RUN }
}

/// Calls `work` with a choice of tasks by their names.
async fn choosing<R>(tasks: &[&str], around: Around<'_>, work: impl AsyncFnOnce(&TaskChoice<'_>) -> R) -> R {
    let dag_id = dag_id("d");
    let wanted: BTreeSet<TaskId> = tasks.iter().map(|name| task_id(name)).collect();
    let tasks = |spec: &DagSpec| {
        let ids = spec.tasks.iter().map(|task| task.task_id.clone());
        ids.filter(|id| wanted.contains(id)).collect()
    };
    work(&TaskChoice {
        dag_id: &dag_id,
        runs: around.runs,
        tasks: &tasks,
        map_index: None,
        reach: around.reach,
        states: around.states,
    })
    .await
}

fn names(chosen: &[ChosenTask]) -> Vec<String> {
    let name = |task: &ChosenTask| format!("{}.{}", task.key.run_id, task.key.task_id);
    chosen.iter().map(name).collect()
}

/// The states of the tasks of a run, by task id.
async fn states(world: &World, run: &RunKey) -> Vec<(String, Option<TaskInstanceState>)> {
    let rows = world.store.task_instances(run).await.unwrap();
    let state = |row: updraft_store::TaskInstanceRow| {
        let name = match row.key.map_index {
            MapIndex::UNMAPPED => row.key.task_id.to_string(),
            MapIndex(copy) => format!("{}[{copy}]", row.key.task_id),
        };
        (name, row.state)
    };
    rows.into_iter().map(state).collect()
}

async fn set(world: &World, run: &RunKey, tasks: &[(&str, TaskInstanceState)]) {
    for (name, state) in tasks {
        let key = task(run, name);
        if *state == UpstreamFailed {
            let change = updraft_store::TaskChange {
                key,
                from: None,
                to: Some(UpstreamFailed),
                at: minute(4),
            };
            let plan = PlanCommit {
                task_states: vec![change],
                ..PlanCommit::default()
            };
            world.store.commit_plan(&world.lease, &plan).await.unwrap();
        } else {
            world
                .store
                .mark_tasks(&[key], *state, "set", minute(4))
                .await
                .unwrap();
        }
    }
}

/// Runs `r1` to `r3` of DAG `d`: `a >> b >> c`, which has failed at `b` in each.
async fn three_failed_runs(world: &World) -> Vec<RunKey> {
    world.record_dag().await;
    let mut runs = Vec::new();
    for number in 1..=3 {
        let run = world.trigger(number).await;
        set(
            world,
            &run,
            &[("a", Success), ("b", Failed), ("c", UpstreamFailed)],
        )
        .await;
        let mark = RunMark {
            state: DagRunState::Failed,
            outcome: "over",
            now: minute(6),
        };
        world.store.mark_run(&run, mark, Effect::Lasting).await.unwrap();
        runs.push(run);
    }
    while !world
        .store
        .take_changes(&world.lease, 100)
        .await
        .unwrap()
        .is_empty()
    {}
    runs
}

#[tokio::test]
async fn a_dry_run_tells_exactly_what_a_clear_does_and_changes_nothing() {
    on_both(async |world| {
        let runs = three_failed_runs(world).await;
        let since = Around {
            runs: RunChoice::Between {
                from: Some(minute(1500)),
                until: None,
            },
            reach: DOWN,
            states: StateChoice::Failed,
        };
        let clear = async |effect| {
            choosing(&["a"], since, async |choice| {
                world
                    .store
                    .clear(choice, RunVersion::Same, effect, minute(9))
                    .await
                    .unwrap()
            })
            .await
        };
        let before = world.store.picture().await.unwrap().runs;
        let planned = clear(Effect::DryRun).await;
        assert_eq!(names(&planned.tasks), ["r2.b", "r2.c", "r3.b", "r3.c"]);
        assert_eq!(world.store.picture().await.unwrap().runs, before);
        assert_eq!(world.store.take_changes(&world.lease, 9).await.unwrap(), []);
        assert_eq!(clear(Effect::Lasting).await, planned);
        assert_eq!(planned.runs, runs[1..]);
        let queued: Vec<RunKey> = world
            .store
            .picture()
            .await
            .unwrap()
            .runs
            .into_iter()
            .map(|run| run.key)
            .collect();
        assert_eq!(queued, runs[1..]);
        let changes = world.store.take_changes(&world.lease, 9).await.unwrap();
        assert_eq!(
            changes,
            runs[1..].iter().cloned().map(Change::Run).collect::<Vec<_>>()
        );
        assert!(clear(Effect::Lasting).await.tasks.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_run_keeps_its_version_when_it_is_cleared_or_goes_over_to_the_newest() {
    on_both(async |world| {
        let runs = three_failed_runs(world).await;
        let mut new = chain("d", &["a", "x", "c"]);
        new.tasks[0].retries = 7;
        "EmptyOperator".clone_into(&mut new.tasks[2].operator);
        world.record("d.bundle.toml", &[new]).await;
        let clear = async |run, version| {
            choosing(&["a", "b", "x"], of_run(run), async |choice| {
                world
                    .store
                    .clear(choice, version, Effect::Lasting, minute(9))
                    .await
                    .unwrap()
            })
            .await
        };
        let same = clear(&runs[0], RunVersion::Same).await;
        assert_eq!(
            (names(&same.tasks), same.moved),
            (vec!["r1.a".to_owned(), "r1.b".to_owned()], vec![])
        );
        assert_eq!(
            world.store.run(&runs[0]).await.unwrap().unwrap().version_number,
            1
        );
        let latest = clear(&runs[1], RunVersion::Latest).await;
        assert_eq!(names(&latest.tasks), ["r2.a"]);
        assert_eq!(latest.moved.len(), 1);
        assert_eq!(latest.moved[0].removed, [task(&runs[1], "b")]);
        assert_eq!(latest.moved[0].added, [task_id("x")]);
        let run = world.store.run(&runs[1]).await.unwrap().unwrap();
        assert_eq!(
            (run.version_number, run.state, run.clear_number),
            (2, DagRunState::Queued, 1)
        );
        let expected = [
            ("a", None),
            ("b", Some(Removed)),
            ("c", Some(UpstreamFailed)),
            ("x", None),
        ];
        let expected = expected.map(|(name, state)| (name.to_owned(), state));
        assert_eq!(states(world, &runs[1]).await, expected);
        assert_eq!(world.task(&task(&runs[1], "a")).await.max_tries, 7);
        assert_eq!(world.task(&task(&runs[1], "c")).await.operator, "EmptyOperator");
        // Others stay as they are.
        assert_eq!(
            world.store.run(&runs[2]).await.unwrap().unwrap().version_number,
            1
        );
        assert_eq!(states(world, &runs[2]).await[1], ("b".to_owned(), Some(Failed)));
        assert_eq!(clear(&runs[1], RunVersion::Latest).await.moved, []);
    })
    .await;
}

#[tokio::test]
async fn only_runs_of_which_something_is_cleared_or_new_go_over_and_a_task_that_comes_back_begins_anew() {
    on_both(async |world| {
        let runs = three_failed_runs(world).await;
        world.record("d.bundle.toml", &[chain("d", &["a", "c"])]).await;
        let clear = async |tasks: &[&str], around| {
            choosing(tasks, around, async |choice| {
                world
                    .store
                    .clear(choice, RunVersion::Latest, Effect::Lasting, minute(9))
                    .await
                    .unwrap()
            })
            .await
        };
        let only_running = Around {
            states: StateChoice::Running,
            ..EVERY_RUN
        };
        assert_eq!(
            clear(&["a"], only_running).await,
            updraft_store::ClearedChoice::default()
        );
        clear(&["c"], of_run(&runs[0])).await;
        assert_eq!(states(world, &runs[0]).await[1], ("b".to_owned(), Some(Removed)));
        world
            .record("d.bundle.toml", &[chain("d", &["a", "b", "c"])])
            .await;
        let back = clear(&["b"], of_run(&runs[0])).await;
        assert_eq!((back.tasks, back.runs), (vec![], vec![runs[0].clone()]));
        assert_eq!(back.moved[0].added, [task_id("b")]);
        let row = world.task(&task(&runs[0], "b")).await;
        assert_eq!((row.state, row.max_tries, row.outcome), (None, 2, None));
    })
    .await;
}

#[tokio::test]
async fn a_task_that_is_mapped_now_or_no_more_begins_anew() {
    on_both(async |world| {
        let run = world.running_run().await;
        let list = MapSource::Literal(json!([1, 2, 3]));
        let mut mapped = chain("d", &["a", "b", "c"]);
        mapped.tasks[1].expand_input = Some(ExpandInput::DictOfLists(vec![("x".to_owned(), list)]));
        set(world, &run, &[("a", Success), ("b", Success)]).await;
        let update = async || {
            choosing(&["a"], EVERY_RUN, async |choice| {
                let cleared = world
                    .store
                    .clear(choice, RunVersion::Latest, Effect::Lasting, minute(9))
                    .await;
                cleared.unwrap().moved
            })
            .await
        };
        world.record("d.bundle.toml", &[mapped]).await;
        assert_eq!(update().await[0].added, [task_id("b")]);
        let all = states(world, &run).await;
        assert_eq!(
            all[1..4]
                .iter()
                .map(|(name, _)| name.as_str())
                .collect::<Vec<_>>(),
            ["b[0]", "b[1]", "b[2]"]
        );
        assert!(all[1..4].iter().all(|(_, state)| state.is_none()));
        // One copy succeeds, then the task is not mapped any more.
        let copy = run.task(task_id("b"), MapIndex(1));
        world
            .store
            .mark_tasks(std::slice::from_ref(&copy), Success, "set", minute(9))
            .await
            .unwrap();
        let attempt = world
            .run_task(&run.task(task_id("b"), MapIndex(2)), None, 1)
            .await;
        set(world, &run, &[("a", Success)]).await;
        world
            .record("d.bundle.toml", &[chain("d", &["a", "b", "c"])])
            .await;
        let moved = update().await;
        assert_eq!(
            moved[0].removed,
            [copy.clone(), run.task(task_id("b"), MapIndex(2))]
        );
        let expected = [
            ("a", None),
            ("b", None),
            ("b[1]", Some(Removed)),
            ("b[2]", Some(Removed)),
            ("c", None),
        ];
        let expected = expected.map(|(name, state)| (name.to_owned(), state));
        assert_eq!(states(world, &run).await, expected);
        let late = AttemptVerdict::NotLive {
            task_state: Some(Removed),
        };
        assert_eq!(world.write(attempt, end(Some(Success))).await, late);
    })
    .await;
}

#[tokio::test]
async fn an_unfinished_run_goes_over_by_itself_if_it_still_wants_a_task_that_is_gone() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let wants = key.run_key();
        let has_passed = world.trigger(2).await;
        set(world, &has_passed, &[("b", Success)]).await;
        while !world
            .store
            .take_changes(&world.lease, 100)
            .await
            .unwrap()
            .is_empty()
        {}
        world.record("d.bundle.toml", &[chain("d", &["c", "n"])]).await;
        // Both still want `a`; what is done of `b` is removed with it.
        let expected = [
            ("a", Some(Removed)),
            ("b", Some(Removed)),
            ("c", None),
            ("n", None),
        ];
        let expected = expected.map(|(name, state)| (name.to_owned(), state));
        for run in [&wants, &has_passed] {
            assert_eq!(states(world, run).await, expected, "{run}");
        }
        let changes = world.store.take_changes(&world.lease, 9).await.unwrap();
        assert_eq!(
            changes,
            [Change::Run(wants.clone()), Change::Run(has_passed.clone())]
        );
        let late = AttemptVerdict::NotLive {
            task_state: Some(Removed),
        };
        assert_eq!(world.write(attempt, end(Some(Success))).await, late);
        assert_eq!(world.store.attempts(&key).await.unwrap()[0].state, Failed);
        // A run that wants nothing that is gone keeps the version it began with.
        set(world, &wants, &[("c", Success), ("n", Success)]).await;
        world.record("d.bundle.toml", &[chain("d", &["x"])]).await;
        let version = async |run| world.store.run(run).await.unwrap().unwrap().version_number;
        assert_eq!((version(&wants).await, version(&has_passed).await), (2, 3));
    })
    .await;
}

#[tokio::test]
async fn a_task_that_was_removed_is_none_of_the_run_before() {
    on_both(async |world| {
        let runs = three_failed_runs(world).await;
        world.record("d.bundle.toml", &[chain("d", &["a", "c"])]).await;
        choosing(&["c"], of_run(&runs[0]), async |choice| {
            world
                .store
                .clear(choice, RunVersion::Latest, Effect::Lasting, minute(9))
                .await
                .unwrap()
        })
        .await;
        set(world, &runs[0], &[("c", Success)]).await;
        finish(world, &runs[0]).await;
        let mut looks_back = chain("d", &["a", "b"]);
        looks_back.tasks[0].depends_on_past = true;
        world.record("d.bundle.toml", &[looks_back]).await;
        // The second run is the first one's successor in the version that looks back.
        choosing(&["a", "b"], of_run(&runs[1]), async |choice| {
            world
                .store
                .clear(choice, RunVersion::Latest, Effect::Lasting, minute(9))
                .await
                .unwrap()
        })
        .await;
        let run = world.store.stored_run(&runs[1]).await.unwrap().unwrap();
        let past = run.previous.unwrap();
        assert_eq!(past.run_id, runs[0].run_id);
        assert_eq!(past.successful, [task_id("a"), task_id("c")].into());
        assert_eq!(past.unsuccessful, [].into());
    })
    .await;
}

async fn finish(world: &World, run: &RunKey) {
    let mark = RunMark {
        state: DagRunState::Success,
        outcome: "over",
        now: minute(6),
    };
    world.store.mark_run(run, mark, Effect::Lasting).await.unwrap();
}

#[tokio::test]
async fn marking_reaches_neighbours_and_runs_and_lets_what_failed_after_it_go_on() {
    on_both(async |world| {
        let runs = three_failed_runs(world).await;
        let mark = async |tasks: &[&str], state, around, effect| {
            choosing(tasks, around, async |choice| {
                let mark = Mark {
                    state,
                    outcome: "by hand",
                    now: minute(9),
                };
                world.store.mark(choice, mark, effect).await.unwrap()
            })
            .await
        };
        let from_second = Around {
            runs: RunChoice::Around {
                run_id: &runs[1].run_id,
                past: false,
                future: true,
            },
            ..EVERY_RUN
        };
        let planned = mark(&["b"], Success, from_second, Effect::DryRun).await;
        assert_eq!(names(&planned.marked), ["r2.b", "r3.b"]);
        assert_eq!(names(&planned.cleared), ["r2.c", "r3.c"]);
        assert_eq!(world.state(&task(&runs[1], "b")).await, Some(Failed));
        assert_eq!(mark(&["b"], Success, from_second, Effect::Lasting).await, planned);
        for run in &runs[1..] {
            assert_eq!(
                world.store.run(run).await.unwrap().unwrap().state,
                DagRunState::Queued
            );
            assert_eq!(world.state(&task(run, "b")).await, Some(Success));
            assert_eq!(world.state(&task(run, "c")).await, None);
        }
        assert_eq!(
            world.store.run(&runs[0]).await.unwrap().unwrap().state,
            DagRunState::Failed
        );
        let down = Around {
            reach: DOWN,
            ..of_run(&runs[0])
        };
        let marked = mark(&["a"], Skipped, down, Effect::Lasting).await;
        assert_eq!((names(&marked.marked).len(), marked.cleared), (3, vec![]));
        let past = Around {
            runs: RunChoice::Around {
                run_id: &runs[2].run_id,
                past: true,
                future: false,
            },
            reach: Reach {
                upstream: true,
                downstream: false,
            },
            ..EVERY_RUN
        };
        let marked = mark(&["c"], Success, past, Effect::DryRun).await;
        assert_eq!(names(&marked.marked), ["r1.a", "r1.b", "r1.c", "r2.c", "r3.c"]);
    })
    .await;
}

#[tokio::test]
async fn a_clear_or_mark_of_a_mapped_task_reaches_its_copies() {
    on_both(async |world| {
        let run = world.running_run().await;
        let expansion = Expansion {
            key: task(&run, "b"),
            length: Some(4),
        };
        let plan = PlanCommit {
            expansions: vec![expansion],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let alone = run.task(task_id("b"), MapIndex(2));
        let attempt = world.run_task(&alone, None, 1).await;
        let down = Around {
            reach: DOWN,
            ..EVERY_RUN
        };
        let marked = choosing(&["a"], down, async |choice| {
            let mark = Mark {
                state: Success,
                outcome: "by hand",
                now: minute(9),
            };
            world
                .store
                .mark(choice, mark, Effect::Lasting)
                .await
                .unwrap()
                .marked
        })
        .await;
        let counts: Vec<(MapIndex, u32)> = marked
            .iter()
            .map(|task| (task.key.map_index, task.instances))
            .collect();
        assert_eq!(counts[1..3], [(MapIndex::UNMAPPED, 3), (MapIndex(2), 1)]);
        let late = AttemptVerdict::NotLive {
            task_state: Some(Success),
        };
        assert_eq!(world.write(attempt, end(Some(Failed))).await, late);
        assert!(
            states(world, &run)
                .await
                .iter()
                .all(|(_, state)| *state == Some(Success))
        );
        let cleared = choosing(&["b"], EVERY_RUN, async |choice| {
            let choice = TaskChoice {
                map_index: Some(1),
                ..*choice
            };
            world
                .store
                .clear(&choice, RunVersion::Same, Effect::Lasting, minute(9))
                .await
                .unwrap()
                .tasks
        })
        .await;
        assert_eq!(cleared[0].key, run.task(task_id("b"), MapIndex(1)));
        assert_eq!(cleared.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_run_is_marked_with_its_tasks() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let run = key.run_key();
        let mark = async |state, effect| {
            let mark = RunMark {
                state,
                outcome: "with its run",
                now: minute(9),
            };
            world.store.mark_run(&run, mark, effect).await
        };
        let planned = mark(DagRunState::Failed, Effect::DryRun).await.unwrap();
        assert_eq!(
            (planned.from, planned.to),
            (DagRunState::Running, DagRunState::Failed)
        );
        let of_tasks: Vec<TaskInstanceState> = planned.tasks.iter().map(|(_, state)| *state).collect();
        assert_eq!(of_tasks, [Failed, Skipped, Skipped]);
        assert_eq!(world.state(&key).await, Some(Running));
        assert_eq!(mark(DagRunState::Failed, Effect::Lasting).await.unwrap(), planned);
        let late = AttemptVerdict::NotLive {
            task_state: Some(Failed),
        };
        assert_eq!(world.write(attempt, end(Some(Success))).await, late);
        let row = world.store.run(&run).await.unwrap().unwrap();
        assert_eq!((row.state, row.end_date), (DagRunState::Failed, Some(minute(9))));
        let marked = mark(DagRunState::Success, Effect::Lasting).await.unwrap();
        assert_eq!(marked.tasks.len(), 3);
        mark(DagRunState::Queued, Effect::Lasting).await.unwrap();
        let row = world.store.run(&run).await.unwrap().unwrap();
        assert_eq!(
            (row.state, row.start_date, row.end_date),
            (DagRunState::Queued, None, None)
        );
        assert_eq!(row.queued_at, Some(minute(9)));
        let refused = mark(DagRunState::Running, Effect::Lasting).await;
        assert!(
            matches!(refused, Err(MarkRunError::NotSettable { .. })),
            "{refused:?}"
        );
        let unknown = RunKey {
            dag_id: dag_id("no"),
            ..run.clone()
        };
        let of_nothing = RunMark {
            state: DagRunState::Failed,
            outcome: "",
            now: minute(9),
        };
        let refused = world
            .store
            .mark_run(&unknown, of_nothing, Effect::Lasting)
            .await
            .unwrap_err();
        assert_eq!(refused.to_string(), format!("there is no run `{unknown}`"));
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_marked_failed_has_its_teardowns_run_first() {
    on_both(async |world| {
        let mut spec = chain("d", &["up", "work", "rest", "down"]);
        spec.tasks[0].is_setup = true;
        spec.tasks[3].is_teardown = true;
        spec.tasks[3].trigger_rule = TriggerRule::AllDoneSetupSuccess;
        spec.tasks[3].upstream_task_ids.insert(task_id("up"));
        world.record("d.bundle.toml", &[spec]).await;
        let run = world.trigger(1).await;
        let plan = PlanCommit {
            run_states: vec![start_run(&run)],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        set(world, &run, &[("up", Success)]).await;
        let mark = async || {
            let mark = RunMark {
                state: DagRunState::Failed,
                outcome: "with its run",
                now: minute(9),
            };
            world.store.mark_run(&run, mark, Effect::Lasting).await.unwrap()
        };
        let marked = mark().await;
        assert_eq!(marked.to, DagRunState::Running);
        let expected = [
            ("down", None),
            ("rest", Some(Failed)),
            ("up", Some(Success)),
            ("work", Some(Failed)),
        ];
        let expected = expected.map(|(name, state)| (name.to_owned(), state));
        assert_eq!(states(world, &run).await, expected);
        assert_eq!(mark().await.to, DagRunState::Failed);
        assert_eq!(world.state(&task(&run, "down")).await, Some(Skipped));
    })
    .await;
}

#[tokio::test]
async fn a_cleared_task_that_runs_is_ended_first() {
    on_both(async |world| {
        let (key, _) = world.running_task().await;
        let running = Around {
            states: StateChoice::Running,
            ..EVERY_RUN
        };
        let cleared = choosing(&["a", "b", "c"], running, async |choice| {
            world
                .store
                .clear(choice, RunVersion::Same, Effect::Lasting, minute(9))
                .await
                .unwrap()
                .tasks
        })
        .await;
        assert_eq!(
            cleared.iter().map(|task| task.state).collect::<Vec<_>>(),
            [Some(Running)]
        );
        assert_eq!(world.state(&key).await, Some(Restarting));
    })
    .await;
}

#[tokio::test]
async fn of_runs_at_one_moment_only_the_one_that_is_meant_is_chosen() {
    on_both(async |world| {
        world.record_dag().await;
        let mut keys = Vec::new();
        for number in 1..=4 {
            let mut run = crate::support::trigger("d", number);
            if number == 2 || number == 3 {
                (run.logical_date, run.data_interval) = (None, None);
                run.run_after = minute(2500);
            }
            keys.push(world.store.trigger_run(&run, minute(1)).await.unwrap());
        }
        let chosen = async |past, future| {
            let run_id = &keys[1].run_id;
            let runs = RunChoice::Around { run_id, past, future };
            choosing(&["a"], Around { runs, ..EVERY_RUN }, async |choice| {
                let mark = Mark {
                    state: Success,
                    outcome: "marked",
                    now: minute(5),
                };
                let marked = world.store.mark(choice, mark, Effect::DryRun).await.unwrap();
                names(&marked.marked)
            })
            .await
        };
        assert_eq!(chosen(false, false).await, ["r2.a"]);
        assert_eq!(chosen(true, false).await, ["r1.a", "r2.a"]);
        assert_eq!(chosen(false, true).await, ["r2.a", "r4.a"]);
    })
    .await;
}
