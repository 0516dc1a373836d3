//! Runs that are over and are handed in as a whole.

use jiff::Timestamp;
use serde_json::{Map, json};
use updraft_model::{DagRunState, IdSource, MapIndex, RunKey, RunType, TaskInstanceState, TaskKey};
use updraft_store::{HistoricRun, HistoricTask, HistoricTry, Lease, NewEventLog, TaskPage, WriteError};

use crate::support::{World, chain, dag_id, minute, on_both, task, task_id};

/// Runs a test on both databases with six runs each of the DAGs `d` and `e`. Of the task `b` of every second run five copies share a row,
/// but for two.
pub(crate) async fn on_both_with_history(test: impl AsyncFn(&World)) {
    on_both(async |world| {
        world
            .record(
                "both",
                &[chain("d", &["a", "b", "c"]), chain("e", &["a", "b", "c"])],
            )
            .await;
        let mut history = Vec::new();
        for dag in ["d", "e"] {
            for number in 1..=6 {
                let mut run = run(world, number);
                run.key.dag_id = dag_id(dag);
                for task in run.tasks.iter_mut().filter(|_| number % 2 == 0) {
                    task.mapped_length = task.mapped_length.map(|_| 5);
                }
                history.push(run);
            }
            for event in ["one", "two", "three"] {
                let entry = NewEventLog {
                    event,
                    dag_id: Some(dag),
                    ..NewEventLog::default()
                };
                world.store.record_event(&entry, minute(0)).await.unwrap();
            }
        }
        world.store.add_history(&world.lease, &history).await.unwrap();
        world.store.analyze().await.unwrap();
        test(world).await;
    })
    .await;
}

/// The keys of all tasks, run by run.
pub(crate) async fn keys_by_run(world: &World) -> Vec<TaskKey> {
    let mut keys = Vec::new();
    for dag in ["d", "e"] {
        for number in 1..=6 {
            let run = RunKey {
                dag_id: dag_id(dag),
                run_id: format!("h{number}").parse().unwrap(),
            };
            let tasks = world.store.task_instances(&run).await.unwrap();
            keys.extend(tasks.into_iter().map(|task| task.key));
        }
    }
    keys
}

/// Run `h{number}` of DAG `d`: `a` failed and then succeeded, of `b` each of two copies succeeded, `c` was passed over.
fn run(world: &World, number: i64) -> HistoricRun {
    let date = minute(1000 * number);
    let one_try = |number: u32, state| HistoricTry {
        attempt: world.ids.attempt_id(),
        try_number: number,
        state,
        queued_at: Some(date),
        start_date: Some(date),
        end_date: Some(minute(1000 * number_of(date) + i64::from(number))),
        hostname: Some("there".to_owned()),
        unixname: Some("airflow".to_owned()),
        pid: Some(7),
        outcome: None,
    };
    let made = |name: &str, map_index, state, tries| HistoricTask {
        task_id: task_id(name),
        map_index: MapIndex(map_index),
        operator: "PythonOperator".to_owned(),
        state: Some(state),
        max_tries: 2,
        priority_weight: 1,
        mapped_length: None,
        tries,
        passed_over_at: Some(date),
        xcoms: Vec::new(),
        note: None,
    };
    let (success, failed) = (TaskInstanceState::Success, TaskInstanceState::Failed);
    let tasks = vec![
        HistoricTask {
            xcoms: vec![("return_value".to_owned(), json!([1, "two"]))],
            note: Some("by hand".to_owned()),
            ..made("a", -1, success, vec![one_try(1, failed), one_try(2, success)])
        },
        HistoricTask {
            mapped_length: Some(2),
            ..made("b", -1, success, Vec::new())
        },
        made("b", 0, success, vec![one_try(1, success)]),
        made("b", 1, success, vec![one_try(1, success)]),
        made("c", -1, TaskInstanceState::Skipped, Vec::new()),
    ];
    HistoricRun {
        key: RunKey {
            dag_id: dag_id("d"),
            run_id: format!("h{number}").parse().unwrap(),
        },
        state: DagRunState::Success,
        run_type: RunType::Scheduled,
        logical_date: Some(date),
        data_interval: None,
        run_after: date,
        conf: Map::from_iter([("full".to_owned(), json!(true))]),
        queued_at: Some(date),
        start_date: Some(date),
        end_date: Some(minute(1000 * number + 5)),
        triggered_by: None,
        note: Some("from there".to_owned()),
        tasks,
    }
}

fn number_of(date: Timestamp) -> i64 {
    date.duration_since(minute(0)).as_mins() / 1000
}

#[tokio::test]
async fn a_history_reads_like_one_that_happened_here() {
    on_both(async |world| {
        world.record_dag().await;
        let history = [run(world, 1), run(world, 2)];
        let written = world.store.add_history(&world.lease, &history).await.unwrap();
        assert_eq!(written.len(), 2);
        world.store.analyze().await.unwrap();

        let key = &history[0].key;
        let run = world.store.stored_run(key).await.unwrap().unwrap();
        assert_eq!(
            (run.state, run.conf.get("full")),
            (DagRunState::Success, Some(&json!(true)))
        );
        let tasks = world.store.task_instances(key).await.unwrap();
        let states: Vec<String> = tasks
            .iter()
            .map(|task| format!("{} {} {}", task.key.task_id, task.key.map_index, task.try_number))
            .collect();
        assert_eq!(states, ["a -1 2", "b 0 1", "b 1 1", "c -1 0"]);
        assert_eq!(tasks[0].note.as_deref(), Some("by hand"));
        assert_eq!(tasks[3].end_date, history[0].logical_date);
        let attempts = world.store.attempts(&task(key, "a")).await.unwrap();
        let ends: Vec<TaskInstanceState> = attempts.iter().map(|attempt| attempt.state).collect();
        assert_eq!(ends, [TaskInstanceState::Failed, TaskInstanceState::Success]);
        let value = world.store.xcom(&task(key, "a"), "return_value").await.unwrap();
        assert_eq!(value, Some(json!([1, "two"])));
        let page = TaskPage {
            limit: 100,
            ..TaskPage::default()
        };
        assert_eq!(world.store.task_page(&page).await.unwrap().total, 8);
    })
    .await;
}

#[tokio::test]
async fn runs_that_are_there_stay_as_they_are() {
    on_both(async |world| {
        world.record_dag().await;
        let first = [run(world, 1)];
        world.store.add_history(&world.lease, &first).await.unwrap();
        let mut same_date = run(world, 1);
        same_date.key.run_id = "another".parse().unwrap();
        let again = [run(world, 1), same_date, run(world, 2)];
        let written = world.store.add_history(&world.lease, &again).await.unwrap();
        assert_eq!(
            written.iter().map(|key| key.run_id.as_str()).collect::<Vec<_>>(),
            ["h2"]
        );
        let attempt = world.task(&task(&first[0].key, "a")).await.attempt;
        assert_eq!(attempt, first[0].tasks[0].tries.last().map(|one| one.attempt));
    })
    .await;
}

#[tokio::test]
async fn only_the_holder_of_the_lease_writes_a_history() {
    on_both(async |world| {
        world.record_dag().await;
        let refused = world.store.add_history(&Lease::of(1), &[run(world, 1)]).await;
        assert!(matches!(refused, Err(WriteError::LeaseLost)));
    })
    .await;
}
