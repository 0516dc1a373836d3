//! What tasks ask about runs and the tasks in them, on both databases.

use jiff::Timestamp;
use serde_json::json;
use updraft_model::{
    DagRunState, MapIndex, RunId, RunKey, TaskGroupSpec, TaskId, TaskInstanceState, TaskKey,
};
use updraft_store::{Expansion, PlanCommit, RunsAsked, TaskChange, TasksAsked};

use crate::support::{World, chain, dag_id, end, minute, on_both, set_xcom, start_run, task, task_id};

const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);
const FAILED: Option<TaskInstanceState> = Some(TaskInstanceState::Failed);
const MANY: u32 = 100_000;

fn runs(ids: Option<&[&str]>, dates: Option<&[i64]>) -> RunsAsked {
    RunsAsked {
        dag_id: dag_id("d"),
        logical_dates: dates.map(|dates| dates.iter().map(|date| minute(*date)).collect()),
        run_ids: ids.map(|ids| ids.iter().map(|id| RunId::parse(id).unwrap()).collect()),
    }
}

fn tasks(runs: RunsAsked) -> TasksAsked {
    TasksAsked {
        runs,
        task_ids: None,
        task_group: None,
        map_index: None,
    }
}

async fn set(world: &World, changes: Vec<(TaskKey, Option<TaskInstanceState>)>) {
    let change = |(key, to)| TaskChange {
        key,
        from: None,
        to,
        at: minute(4),
    };
    let plan = PlanCommit {
        task_states: changes.into_iter().map(change).collect(),
        ..PlanCommit::default()
    };
    world.store.commit_plan(&world.lease, &plan).await.unwrap();
}

async fn end_run(world: &World, run: &RunKey, to: DagRunState) {
    let mut changes = vec![start_run(run), start_run(run)];
    changes[1].from = DagRunState::Running;
    changes[1].to = to;
    for change in changes {
        let plan = PlanCommit {
            run_states: vec![change],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
    }
}

#[tokio::test]
async fn runs_are_counted_by_name_date_and_state() {
    on_both(async |world| {
        world.record_dag().await;
        for number in 1..=4 {
            world.trigger(number).await;
        }
        let run = RunKey {
            dag_id: dag_id("d"),
            run_id: RunId::parse("r2").unwrap(),
        };
        end_run(world, &run, DagRunState::Success).await;
        let count = async |asked: RunsAsked, states: Option<&[DagRunState]>| {
            world.store.count_runs(&asked, states).await.unwrap()
        };
        assert_eq!(count(runs(None, None), None).await, 4);
        assert_eq!(count(runs(None, None), Some(&[DagRunState::Success])).await, 1);
        assert_eq!(count(runs(Some(&["r1", "r2", "r9"]), None), None).await, 2);
        assert_eq!(count(runs(Some(&[]), None), None).await, 0);
        assert_eq!(count(runs(None, Some(&[2000, 3000])), None).await, 2);
        assert_eq!(
            count(runs(None, Some(&[2000, 3000])), Some(&[DagRunState::Queued])).await,
            1
        );
        assert_eq!(
            count(runs(Some(&["r1", "r2"]), Some(&[2000, 3000])), None).await,
            1
        );
        let elsewhere = RunsAsked {
            dag_id: dag_id("other"),
            ..runs(None, None)
        };
        assert_eq!(count(elsewhere, None).await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_run_before_is_the_newest_with_an_earlier_date() {
    on_both(async |world| {
        world.record_dag().await;
        for number in 1..=4 {
            let run = world.trigger(number).await;
            let state = if number == 3 {
                DagRunState::Failed
            } else {
                DagRunState::Success
            };
            end_run(world, &run, state).await;
        }
        let before = async |date: i64, state: Option<DagRunState>| {
            let run = world
                .store
                .run_before(&dag_id("d"), minute(date), state)
                .await
                .unwrap();
            run.map(|run| run.key.run_id.to_string())
        };
        assert_eq!(before(4000, None).await.as_deref(), Some("r3"));
        assert_eq!(
            before(4000, Some(DagRunState::Success)).await.as_deref(),
            Some("r2")
        );
        assert_eq!(before(1000, None).await, None);
        assert_eq!(before(4000, Some(DagRunState::Running)).await, None);
    })
    .await;
}

#[tokio::test]
async fn tasks_are_found_by_name_group_index_and_state() {
    on_both(async |world| {
        let mut spec = chain("d", &["a", "outer.b", "outer.inner.c"]);
        let mut inner = TaskGroupSpec::new("outer.inner".parse().unwrap());
        inner.parent = Some("outer".parse().unwrap());
        spec.task_groups = vec![TaskGroupSpec::new("outer".parse().unwrap()), inner];
        spec.tasks[1].task_group = Some("outer".parse().unwrap());
        spec.tasks[2].task_group = Some("outer.inner".parse().unwrap());
        world.record("d.bundle.toml", std::slice::from_ref(&spec)).await;
        let (first, second) = (world.trigger(1).await, world.trigger(2).await);
        let changes = vec![(task(&first, "a"), SUCCESS), (task(&second, "outer.b"), FAILED)];
        set(world, changes).await;

        let all = tasks(runs(None, None));
        let count = async |asked: &TasksAsked, states: Option<&[Option<TaskInstanceState>]>| {
            world.store.count_tasks(asked, states).await.unwrap()
        };
        assert_eq!(count(&all, None).await, 6);
        assert_eq!(count(&all, Some(&[SUCCESS, FAILED])).await, 2);
        assert_eq!(count(&all, Some(&[None])).await, 4);
        let some = TasksAsked {
            task_ids: Some(vec![task_id("a"), task_id("none")]),
            ..all.clone()
        };
        assert_eq!(count(&some, None).await, 2);
        let group = TasksAsked {
            task_group: Some("outer".parse().unwrap()),
            ..tasks(runs(Some(&["r2"]), None))
        };
        let found = world.store.task_states(&group).await.unwrap();
        let found: Vec<(&str, _)> = found
            .iter()
            .map(|(key, state)| (key.task_id.as_str(), *state))
            .collect();
        assert_eq!(found, [("outer.b", FAILED), ("outer.inner.c", None)]);
        let both = TasksAsked {
            task_ids: some.task_ids,
            ..group.clone()
        };
        assert_eq!(count(&both, None).await, 0);
        let unknown = TasksAsked {
            task_group: Some("nothing".parse().unwrap()),
            ..group
        };
        assert_eq!(count(&unknown, None).await, 0);
        let no_copies = TasksAsked {
            map_index: Some(MapIndex(0)),
            ..all
        };
        assert_eq!(count(&no_copies, None).await, 0);
    })
    .await;
}

#[tokio::test]
async fn copies_count_like_tasks_also_those_without_rows() {
    on_both(async |world| {
        let run = world.running_run().await;
        let plan = PlanCommit {
            expansions: vec![Expansion {
                key: task(&run, "b"),
                length: Some(MANY),
            }],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let copy = |index| run.task(task_id("b"), MapIndex(index));
        set(world, vec![(copy(7), SUCCESS)]).await;
        set(world, vec![(task(&run, "b"), FAILED)]).await;

        let of_b = TasksAsked {
            task_ids: Some(vec![task_id("b")]),
            ..tasks(runs(Some(&["r1"]), None))
        };
        let count = async |asked: &TasksAsked, states: Option<&[Option<TaskInstanceState>]>| {
            world.store.count_tasks(asked, states).await.unwrap()
        };
        assert_eq!(count(&of_b, None).await, u64::from(MANY));
        assert_eq!(count(&of_b, Some(&[FAILED])).await, u64::from(MANY) - 1);
        assert_eq!(count(&of_b, Some(&[SUCCESS])).await, 1);
        for (index, state, number) in [
            (7, SUCCESS, 1),
            (7, FAILED, 0),
            (8, FAILED, 1),
            (100_000, FAILED, 0),
            (-1, FAILED, 0),
        ] {
            let one = TasksAsked {
                map_index: Some(MapIndex(index)),
                ..of_b.clone()
            };
            assert_eq!(count(&one, Some(&[state])).await, number, "copy {index}");
            let listed = world.store.task_states(&one).await.unwrap();
            assert_eq!(
                listed.iter().filter(|(_, of)| *of == state).count() as u64,
                number,
                "copy {index}"
            );
        }
        assert_eq!(world.store.task_states(&of_b).await.unwrap().len(), MANY as usize);

        let later = world.trigger(2).await;
        let before = Some(minute(2000));
        let previous = async |index: i32, state: Option<TaskInstanceState>| {
            let which = (&later.dag_id, &task_id("b"), MapIndex(index));
            let found = world.store.previous_task(which, before, state).await.unwrap();
            found.map(|found| (found.task.key.map_index.0, found.task.state, found.logical_date))
        };
        assert_eq!(previous(7, None).await, Some((7, SUCCESS, minute(1000))));
        assert_eq!(previous(7, FAILED).await, None);
        assert_eq!(previous(8, FAILED).await, Some((8, FAILED, minute(1000))));
        assert_eq!(previous(100_000, None).await, None);
        assert_eq!(previous(-1, None).await, None);
    })
    .await;
}

#[tokio::test]
async fn the_task_before_is_that_of_the_newest_run_with_an_earlier_date() {
    on_both(async |world| {
        world.record_dag().await;
        for number in 1..=3 {
            let run = world.trigger(number).await;
            set(
                world,
                vec![(task(&run, "a"), if number == 1 { SUCCESS } else { FAILED })],
            )
            .await;
        }
        let previous = async |before: Option<Timestamp>, state: Option<TaskInstanceState>| {
            let which = (&dag_id("d"), &task_id("a"), MapIndex::UNMAPPED);
            let found = world.store.previous_task(which, before, state).await.unwrap();
            found.map(|found| found.task.key.run_id.to_string())
        };
        assert_eq!(previous(Some(minute(3000)), None).await.as_deref(), Some("r2"));
        assert_eq!(previous(Some(minute(3000)), SUCCESS).await.as_deref(), Some("r1"));
        assert_eq!(previous(None, None).await.as_deref(), Some("r3"));
        assert_eq!(previous(Some(minute(1000)), None).await, None);
        let which = (&dag_id("d"), &TaskId::parse("none").unwrap(), MapIndex::UNMAPPED);
        assert_eq!(world.store.previous_task(which, None, None).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_try_that_is_put_off_began_with_its_first_look() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        assert_eq!(world.store.first_look(&key, 1).await.unwrap(), None);
        world
            .write(attempt, end(Some(TaskInstanceState::UpForReschedule)))
            .await;
        assert_eq!(world.store.first_look(&key, 1).await.unwrap(), Some(minute(3)));
        assert_eq!(world.store.first_look(&key, 2).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn the_newest_value_is_that_of_any_task() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let run = key.run_key();
        let newest = async |name: &str| world.store.newest_xcom(&run, name).await.unwrap();
        assert_eq!(newest("k").await, None);
        world.write(attempt, set_xcom("k", json!("old"))).await;
        world.write(attempt, set_xcom("other", json!("aside"))).await;
        assert_eq!(newest("k").await, Some(json!("old")));
        let other = world.run_task(&task(&run, "b"), None, 1).await;
        let writes = [updraft_store::AttemptWrite {
            attempt: other,
            kind: set_xcom("k", json!("new")),
        }];
        let written = world.store.apply_attempt_writes(&world.lease, &writes, minute(6));
        written.await.unwrap();
        assert_eq!(newest("k").await, Some(json!("new")));
    })
    .await;
}

#[tokio::test]
async fn names_of_variables_are_listed_by_their_beginning() {
    on_both(async |world| {
        for key in ["etl_b", "etl_a", "etl%", "ETL", "other"] {
            world.store.set_variable(key, "1", None, minute(1)).await.unwrap();
        }
        let keys = async |prefix: &str, part| world.store.variable_keys(prefix, part).await.unwrap();
        let (found, total) = keys("etl_", (0, 10)).await;
        assert_eq!((found, total), (vec!["etl_a".to_owned(), "etl_b".to_owned()], 2));
        assert_eq!(keys("etl_", (1, 1)).await, (vec!["etl_b".to_owned()], 2));
        assert_eq!(keys("", (0, 10)).await.1, 5);
        assert_eq!(keys("none", (0, 10)).await, (Vec::new(), 0));
    })
    .await;
}
