//! Runs that tasks ask for, on both databases.

use jiff::Timestamp;
use serde_json::{Map, json};
use updraft_model::{AttemptId, CompatLevel, DagRunState, RunId, RunKey, RunType, TaskInstanceState};
use updraft_store::{AttemptWriteKind, Change, RunFilter, TaskTrigger, TaskTriggerError, TriggerError};

use crate::support::{World, chain, dag_id, end, minute, object, on_both, start_run, task};

const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);

fn wanted(attempt: AttemptId, run_id: &str) -> TaskTrigger {
    TaskTrigger {
        attempt,
        dag_id: dag_id("other"),
        run_id: RunId::parse(run_id).unwrap(),
        logical_date: None,
        run_after: None,
        conf: object(&json!({"limit": 3})),
        reset: false,
        note: Some("by a task".to_owned()),
    }
}

/// A task that runs, beside a DAG `other` of that level.
async fn caller(world: &World, compat: CompatLevel) -> AttemptId {
    let mut other = chain("other", &["a", "b"]);
    other.compat = compat;
    let limit = json!({"schema": {"type": "integer"}});
    other.params.insert("limit".to_owned(), json!(10));
    other
        .param_specs
        .insert("limit".to_owned(), serde_json::from_value(limit).unwrap());
    world
        .record("other.bundle.toml", std::slice::from_ref(&other))
        .await;
    let (_, attempt) = world.running_task().await;
    world.store.take_changes(&world.lease, 99).await.unwrap();
    attempt
}

async fn ask(world: &World, wanted: &TaskTrigger, now: Timestamp) -> Result<RunKey, TaskTriggerError> {
    world.store.trigger_run_for_task(wanted, now).await
}

async fn runs(world: &World) -> Vec<String> {
    let runs = world.store.runs(&RunFilter::all(dag_id("other"))).await.unwrap();
    runs.iter().map(|run| run.key.run_id.to_string()).collect()
}

#[tokio::test]
async fn a_run_that_a_task_asks_for_is_made_once_and_heard_of() {
    on_both(async |world| {
        let attempt = caller(world, CompatLevel::Two).await;
        let wanted = wanted(attempt, "mine");
        let key = ask(world, &wanted, minute(6)).await.unwrap();
        assert_eq!(ask(world, &wanted, minute(7)).await.unwrap(), key);
        let changes = world.store.take_changes(&world.lease, 99).await.unwrap();
        assert_eq!(changes, [Change::Run(key.clone())]);
        let run = world.store.run(&key).await.unwrap().unwrap();
        assert_eq!((run.run_type, run.state), (RunType::Manual, DagRunState::Queued));
        assert_eq!((run.logical_date, run.run_after), (Some(minute(6)), minute(6)));
        assert_eq!(
            (run.conf, run.note.as_deref()),
            (object(&json!({"limit": 3})), Some("by a task"))
        );
        assert_eq!(world.store.task_instances(&key).await.unwrap().len(), 2);
        assert_eq!(runs(world).await, ["mine"]);
    })
    .await;
}

#[tokio::test]
async fn at_level_3_it_is_a_run_of_its_own_type_without_a_date() {
    on_both(async |world| {
        let attempt = caller(world, CompatLevel::Three).await;
        let later = TaskTrigger {
            run_after: Some(minute(90)),
            ..wanted(attempt, "mine")
        };
        let key = ask(world, &later, minute(6)).await.unwrap();
        let run = world.store.run(&key).await.unwrap().unwrap();
        assert_eq!(run.run_type, RunType::OperatorTriggered);
        assert_eq!((run.logical_date, run.run_after), (None, minute(90)));
        let dated = TaskTrigger {
            logical_date: Some(minute(50)),
            ..wanted(attempt, "dated")
        };
        let key = ask(world, &dated, minute(6)).await.unwrap();
        let run = world.store.run(&key).await.unwrap().unwrap();
        assert_eq!(run.logical_date, Some(minute(50)));
    })
    .await;
}

#[tokio::test]
async fn what_cannot_run_is_refused() {
    on_both(async |world| {
        let attempt = caller(world, CompatLevel::Two).await;
        let mine = wanted(attempt, "mine");
        ask(world, &mine, minute(6)).await.unwrap();
        let (_, second) = {
            let key = task(
                &RunKey {
                    dag_id: dag_id("d"),
                    run_id: RunId::parse("r1").unwrap(),
                },
                "b",
            );
            (key.clone(), world.run_task(&key, None, 1).await)
        };
        let words = async |wanted: TaskTrigger| ask(world, &wanted, minute(8)).await.unwrap_err().to_string();
        assert_eq!(
            words(TaskTrigger {
                attempt: second,
                ..mine.clone()
            })
            .await,
            "DAG `other` already has a run `mine`; give the new one another id"
        );
        let taken = TaskTrigger {
            logical_date: Some(minute(6)),
            ..wanted(attempt, "late")
        };
        let refused = ask(world, &taken, minute(8)).await.unwrap_err();
        assert!(
            matches!(refused, TaskTriggerError::Trigger(TriggerError::DateTaken { .. })),
            "{refused}"
        );
        assert_eq!(
            words(TaskTrigger {
                dag_id: dag_id("none"),
                ..mine.clone()
            })
            .await,
            "there is no DAG `none`"
        );
        let wrong = TaskTrigger {
            conf: object(&json!({"limit": "x"})),
            ..wanted(attempt, "wrong")
        };
        assert!(
            words(wrong)
                .await
                .starts_with("dag `other`: param `limit` does not fit its schema")
        );
        world.write(attempt, end(SUCCESS)).await;
        for run_id in ["mine", "new"] {
            let refused = ask(world, &wanted(attempt, run_id), minute(8)).await.unwrap_err();
            assert!(matches!(refused, TaskTriggerError::NotLive { .. }), "{refused}");
        }
        assert_eq!(runs(world).await, ["mine"]);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_is_reset_runs_again_once() {
    on_both(async |world| {
        let attempt = caller(world, CompatLevel::Two).await;
        let key = ask(world, &wanted(attempt, "mine"), minute(6)).await.unwrap();
        let plan = updraft_store::PlanCommit {
            run_states: vec![start_run(&key)],
            ..updraft_store::PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let first = world.run_task(&task(&key, "a"), None, 1).await;
        world.write(first, end(SUCCESS)).await;
        let again = task(
            &RunKey {
                dag_id: dag_id("d"),
                run_id: RunId::parse("r1").unwrap(),
            },
            "b",
        );
        let second = world.run_task(&again, None, 1).await;
        let reset = TaskTrigger {
            reset: true,
            note: None,
            ..wanted(second, "mine")
        };
        for _ in 0..2 {
            assert_eq!(ask(world, &reset, minute(9)).await.unwrap(), key);
            assert_eq!(world.state(&task(&key, "a")).await, None);
            let run = world.store.run(&key).await.unwrap().unwrap();
            assert_eq!((run.clear_number, run.note.as_deref()), (1, Some("by a task")));
        }
    })
    .await;
}

#[tokio::test]
async fn runs_without_a_date_do_not_share_a_moment() {
    on_both(async |world| {
        let attempt = caller(world, CompatLevel::Two).await;
        for run_id in ["x", "y", "z"] {
            ask(world, &wanted(attempt, run_id), minute(6)).await.unwrap();
        }
        assert_eq!(runs(world).await, ["z", "y", "x"]);
    })
    .await;
}

#[tokio::test]
async fn rendered_fields_are_kept_for_the_newest_runs() {
    updraft_testing::databases::on_both(async |database| {
        let options = updraft_store::StoreOptions {
            rendered_runs_max: 2,
            ..updraft_store::StoreOptions::default()
        };
        let world = World::make(database, options).await;
        world.record_dag().await;
        let mut keys = Vec::new();
        for number in 1..=4 {
            let run = world.trigger(number).await;
            let attempt = world.run_task(&task(&run, "a"), None, 1).await;
            let fields = Map::from_iter([("command".to_owned(), json!(number))]);
            world
                .write(attempt, AttemptWriteKind::RenderedFields { fields })
                .await;
            keys.push(task(&run, "a"));
        }
        let mut kept = Vec::new();
        for key in &keys {
            let fields = world.store.rendered_fields(key).await.unwrap();
            kept.extend(fields.map(|fields| fields["command"].clone()));
        }
        assert_eq!(kept, [json!(3), json!(4)]);
        world.store.close().await;
    })
    .await;
}
