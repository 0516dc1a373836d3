//! Copies of mapped tasks: rows for those that something happened to, one row for all others.

use serde_json::json;
use updraft_model::{
    ExpandInput, MapIndex, MapSource, Returned, RunKey, TaskInstanceState, TaskKey, XComArg,
};
use updraft_store::{
    AbandonedTask, AttemptWrite, AttemptWriteKind, CommitError, Expansion, KillError, PlanCommit, QueuedTask,
    TaskChange,
};

use crate::support::{World, chain, end, minute, on_both, start_run, task, task_id};

const SCHEDULED: Option<TaskInstanceState> = Some(TaskInstanceState::Scheduled);
const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);
const SKIPPED: Option<TaskInstanceState> = Some(TaskInstanceState::Skipped);

/// More than anybody would want rows for.
const MANY: u32 = 100_000;

fn copy(run: &RunKey, index: i32) -> TaskKey {
    run.task(task_id("b"), MapIndex(index))
}

/// A run of `a >> b >> c` that runs, in which `b` has that many copies.
async fn expanded(world: &World, length: u32) -> RunKey {
    let run = world.running_run().await;
    expand(world, &run, Some(length)).await;
    run
}

async fn expand(world: &World, run: &RunKey, length: Option<u32>) {
    let key = task(run, "b");
    let plan = PlanCommit {
        expansions: vec![Expansion { key, length }],
        ..PlanCommit::default()
    };
    world.store.commit_plan(&world.lease, &plan).await.unwrap();
}

async fn set(world: &World, key: TaskKey, from: Option<TaskInstanceState>, to: Option<TaskInstanceState>) {
    let at = minute(4);
    let plan = PlanCommit {
        task_states: vec![TaskChange { key, from, to, at }],
        ..PlanCommit::default()
    };
    world.store.commit_plan(&world.lease, &plan).await.unwrap();
}

/// How many rows the database has for the tasks of a run.
async fn rows(world: &World, run: &RunKey) -> usize {
    world.store.stored_run(run).await.unwrap().unwrap().tasks.len()
}

async fn states(world: &World, run: &RunKey) -> Vec<(i32, Option<TaskInstanceState>)> {
    let all = world.store.task_instances(run).await.unwrap();
    let of_b = all.into_iter().filter(|row| row.key.task_id.as_str() == "b");
    of_b.map(|row| (row.key.map_index.0, row.state)).collect()
}

#[tokio::test]
async fn copies_have_rows_only_once_something_happens_to_them() {
    on_both(async |world| {
        let run = expanded(world, MANY).await;
        assert_eq!(rows(world, &run).await, 3);
        set(world, task(&run, "b"), None, SCHEDULED).await;
        assert_eq!(rows(world, &run).await, 3);
        let attempt = world.run_task(&copy(&run, 7), SCHEDULED, 1).await;
        world.write(attempt, end(SUCCESS)).await;
        assert_eq!(rows(world, &run).await, 4);

        let all = states(world, &run).await;
        assert_eq!(all.len(), MANY as usize);
        assert_eq!(all[6..9], [(6, SCHEDULED), (7, SUCCESS), (8, SCHEDULED)]);
        assert_eq!(world.state(&copy(&run, 99_999)).await, SCHEDULED);
        assert_eq!(
            world.store.task_instance(&copy(&run, 100_000)).await.unwrap(),
            None
        );
        assert_eq!(world.store.task_instance(&task(&run, "b")).await.unwrap(), None);
        let length = world.store.mapped_length(&run, &task_id("b")).await.unwrap();
        assert_eq!(length, Some(MANY));
        let stored = world.store.stored_run(&run).await.unwrap().unwrap();
        assert_eq!(stored.copies_without_row(&task_id("b")), MANY - 1);
    })
    .await;
}

#[tokio::test]
async fn one_plan_gives_a_copy_an_attempt_and_changes_the_others() {
    on_both(async |world| {
        let run = expanded(world, 3).await;
        let attempt = updraft_model::IdSource::attempt_id(&world.ids);
        let queued = QueuedTask {
            key: copy(&run, 0),
            from: None,
            attempt,
            try_number: 1,
            priority_weight: 1,
            at: minute(2),
        };
        let rest = TaskChange {
            key: task(&run, "b"),
            from: None,
            to: SCHEDULED,
            at: minute(2),
        };
        let plan = PlanCommit {
            task_states: vec![rest],
            queued: vec![queued],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let queued = Some(TaskInstanceState::Queued);
        assert_eq!(
            states(world, &run).await,
            [(0, queued), (1, SCHEDULED), (2, SCHEDULED)]
        );
        // A copy that nobody has heard of is refused.
        let plan = PlanCommit {
            task_states: vec![TaskChange {
                key: copy(&run, 3),
                from: SCHEDULED,
                to: SKIPPED,
                at: minute(2),
            }],
            ..PlanCommit::default()
        };
        let refused = world.store.commit_plan(&world.lease, &plan).await;
        assert!(matches!(refused, Err(CommitError::Conflict { what: "tasks" })));
    })
    .await;
}

#[tokio::test]
async fn a_task_with_fewer_copies_keeps_the_rows_of_those_that_were_removed() {
    on_both(async |world| {
        let run = expanded(world, 5).await;
        let attempt = world.run_task(&copy(&run, 3), None, 1).await;
        let plan = PlanCommit {
            expansions: vec![Expansion {
                key: task(&run, "b"),
                length: Some(1),
            }],
            abandoned: vec![AbandonedTask {
                key: copy(&run, 3),
                attempt,
                from: TaskInstanceState::Running,
                to: TaskInstanceState::Removed,
                outcome: "shorter".to_owned(),
                at: minute(4),
            }],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let removed = Some(TaskInstanceState::Removed);
        assert_eq!(states(world, &run).await, [(0, None), (3, removed)]);
        let attempts = world.store.attempts(&copy(&run, 3)).await.unwrap();
        assert_eq!(attempts[0].state, TaskInstanceState::Failed);
        expand(world, &run, None).await;
        assert_eq!(states(world, &run).await, [(-1, None), (3, removed)]);
    })
    .await;
}

#[tokio::test]
async fn one_copy_is_cleared_or_marked_and_the_rest_together() {
    on_both(async |world| {
        let run = expanded(world, 4).await;
        set(world, task(&run, "b"), None, SKIPPED).await;
        let cleared = world
            .store
            .clear_tasks(&[copy(&run, 2)], minute(5))
            .await
            .unwrap();
        assert_eq!((cleared.tasks.len(), cleared.tasks[0].from), (1, SKIPPED));
        let skipped = SKIPPED;
        assert_eq!(
            states(world, &run).await,
            [(0, skipped), (1, skipped), (2, None), (3, skipped)]
        );
        let failed = TaskInstanceState::Failed;
        let marked = world
            .store
            .mark_tasks(&[copy(&run, 0)], failed, "by hand", minute(6))
            .await;
        assert_eq!(marked.unwrap().len(), 1);
        world
            .store
            .clear_tasks(&[task(&run, "b")], minute(7))
            .await
            .unwrap();
        assert_eq!(
            states(world, &run).await,
            [(0, Some(failed)), (1, None), (2, None), (3, None)]
        );
        let refused = world.store.kill_task(&copy(&run, 3), "killed", minute(8)).await;
        assert!(matches!(refused, Err(KillError::NotRunning { .. })));
        let refused = world.store.kill_task(&copy(&run, 4), "killed", minute(8)).await;
        assert!(matches!(refused, Err(KillError::UnknownTask { .. })));
    })
    .await;
}

#[tokio::test]
async fn what_a_task_returned_is_known_until_its_next_attempt() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        let run = key.run_key();
        let returned = async || world.store.stored_run(&run).await.unwrap().unwrap().tasks[0].returned;
        let set = |value, returned| AttemptWriteKind::SetXCom {
            key: "return_value".to_owned(),
            value,
            returned,
        };
        world
            .write(attempt, set(json!([1, 2]), Some(Returned::Items(2))))
            .await;
        assert_eq!(returned().await, Some(Returned::Items(2)));
        world.write(attempt, set(json!("x"), Some(Returned::Other))).await;
        assert_eq!(returned().await, Some(Returned::Other));
        let delete = AttemptWriteKind::DeleteXCom {
            key: "return_value".to_owned(),
        };
        world.write(attempt, delete).await;
        assert_eq!(returned().await, None);
        world
            .write(attempt, set(json!([1]), Some(Returned::Items(1))))
            .await;
        world
            .write(attempt, end(Some(TaskInstanceState::UpForRetry)))
            .await;
        world.run_task(&key, Some(TaskInstanceState::UpForRetry), 2).await;
        assert_eq!(returned().await, None);
    })
    .await;
}

#[tokio::test]
async fn values_of_copies_are_read_in_order_and_in_slices() {
    on_both(async |world| {
        let run = expanded(world, MANY).await;
        for index in [10, 2, 300] {
            let attempt = world.run_task(&copy(&run, index), None, 1).await;
            let value = AttemptWriteKind::SetXCom {
                key: "return_value".to_owned(),
                value: json!(index),
                returned: None,
            };
            let name = AttemptWriteKind::RenderedMapIndex {
                text: format!("number {index}"),
            };
            let writes = [value, name].map(|kind| AttemptWrite { attempt, kind });
            world.write_all(&writes).await;
        }
        let b = task_id("b");
        let slice = async |range| {
            world
                .store
                .xcom_slice(&run, &b, "return_value", range)
                .await
                .unwrap()
        };
        assert_eq!(world.store.xcom_count(&run, &b, "return_value").await.unwrap(), 3);
        assert_eq!(slice((0, 10)).await, [json!(2), json!(10), json!(300)]);
        assert_eq!(slice((1, 1)).await, [json!(10)]);
        assert_eq!(slice((3, 1)).await, Vec::<serde_json::Value>::new());
        let row = world.task(&copy(&run, 300)).await;
        assert_eq!(row.rendered_map_index.as_deref(), Some("number 300"));

        let since = async |known| {
            world
                .store
                .xcom_since(&copy(&run, 2), "return_value", known)
                .await
                .unwrap()
        };
        let first = since(None).await.unwrap();
        assert_eq!(first.value, Some(json!(2)));
        assert_eq!(since(Some(first.set_at)).await.unwrap().value, None);
    })
    .await;
}

#[tokio::test]
async fn a_mapped_task_ended_well_in_the_run_before_if_all_its_copies_did() {
    on_both(async |world| {
        let mut spec = chain("d", &["a", "b", "c"]);
        spec.tasks[1].depends_on_past = true;
        let plain = XComArg::Plain {
            task_id: task_id("a"),
        };
        let arguments = vec![("x".to_owned(), MapSource::XCom(plain))];
        spec.tasks[1].expand_input = Some(ExpandInput::DictOfLists(arguments));
        world.record("d.bundle.toml", &[spec]).await;
        let (first, second) = (world.trigger(1).await, world.trigger(2).await);
        let run_states = vec![start_run(&first)];
        let plan = PlanCommit {
            run_states,
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        expand(world, &first, Some(2)).await;
        for index in [0, 1] {
            set(world, copy(&first, index), None, SUCCESS).await;
        }
        let plan = PlanCommit {
            run_states: vec![updraft_store::RunChange {
                key: first.clone(),
                from: updraft_model::DagRunState::Running,
                clear_number: 0,
                to: updraft_model::DagRunState::Success,
                at: minute(9),
            }],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let previous = async || {
            world
                .store
                .stored_run(&second)
                .await
                .unwrap()
                .unwrap()
                .previous
                .unwrap()
        };
        assert!(previous().await.successful.contains(&task_id("b")));
        expand(world, &first, Some(3)).await;
        assert!(previous().await.unsuccessful.contains(&task_id("b")));
    })
    .await;
}

#[tokio::test]
async fn a_run_has_the_copies_of_a_list_from_the_start() {
    on_both(async |world| {
        let mut spec = chain("d", &["a", "b"]);
        let list = MapSource::Literal(json!([1, 2, 3]));
        spec.tasks[1].expand_input = Some(ExpandInput::DictOfLists(vec![("x".to_owned(), list)]));
        world.record("d.bundle.toml", &[spec]).await;
        let run = world.trigger(1).await;
        assert_eq!(states(world, &run).await, [(0, None), (1, None), (2, None)]);
    })
    .await;
}
