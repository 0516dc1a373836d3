//! Triggering, listing and deleting runs.

use serde_json::{Map, json};
use updraft_model::{DagRunState, RunType};
use updraft_store::{Change, PlanCommit, RunFilter, Trigger, TriggerError};

use crate::support::{chain, dag_id, end, minute, object, on_both, set_xcom, start_run, task, trigger};

#[tokio::test]
async fn a_triggered_run_is_queued_with_all_its_tasks() {
    on_both(async |world| {
        world.record_dag().await;
        let key = world.trigger(1).await;
        let run = world.store.run(&key).await.unwrap().unwrap();
        assert_eq!(
            (run.state, run.run_type, run.queued_at),
            (DagRunState::Queued, RunType::Manual, Some(minute(1)))
        );
        assert_eq!(
            (run.logical_date, run.conf),
            (Some(minute(1000)), object(&json!({"limit": 1})))
        );
        assert_eq!((run.triggered_by.as_deref(), run.version_number), (Some("me"), 1));
        let tasks = world.store.task_instances(&key).await.unwrap();
        let tasks: Vec<_> = tasks
            .iter()
            .map(|row| (row.key.task_id.as_str(), row.state, row.max_tries))
            .collect();
        assert_eq!(tasks, [("a", None, 2), ("b", None, 2), ("c", None, 2)]);
        let change = Change::Run(key.clone());
        assert_eq!(
            world.store.take_changes(&world.lease, 10).await.unwrap(),
            [change]
        );
    })
    .await;
}

#[tokio::test]
async fn no_run_is_made_with_a_conf_that_does_not_fit() {
    on_both(async |world| {
        let mut spec = chain("d", &["a"]);
        let limit = json!({"schema": {"type": "integer"}});
        spec.params.insert("limit".to_owned(), json!(10));
        spec.param_specs
            .insert("limit".to_owned(), serde_json::from_value(limit).unwrap());
        world.record("d.bundle.toml", std::slice::from_ref(&spec)).await;
        world.store.take_changes(&world.lease, 10).await.unwrap();
        let with = |limit| Trigger {
            conf: Map::from_iter([("limit".to_owned(), limit)]),
            ..trigger("d", 1)
        };
        let refused = world.store.trigger_run(&with(json!("ten")), minute(1)).await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            "dag `d`: param `limit` does not fit its schema: \"ten\" is not of type \"integer\""
        );
        assert_eq!(world.store.take_changes(&world.lease, 10).await.unwrap(), []);
        world.store.trigger_run(&with(json!(3)), minute(1)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_run_is_named() {
    on_both(async |world| {
        world.record_dag().await;
        world.trigger(1).await;
        let words = async |trigger: Trigger| {
            world.store.trigger_run(&trigger, minute(2)).await.unwrap_err().to_string()
        };
        assert_eq!(words(trigger("d", 1)).await, "DAG `d` already has a run `r1`; give the new one another id");
        let same_date = Trigger { run_id: trigger("d", 2).run_id, ..trigger("d", 1) };
        assert_eq!(
            words(same_date).await,
            "DAG `d` already has run `r1` for the logical date `2024-01-12T22:40:00.123456Z`; give the new one another \
             date"
        );
        assert_eq!(words(trigger("x", 1)).await, "there is no DAG `x`");
        world.store.remove_source(&world.lease, "d.bundle.toml").await.unwrap();
        let gone = world.store.trigger_run(&trigger("d", 3), minute(2)).await;
        assert!(matches!(gone, Err(TriggerError::UnknownDag { .. })));
        assert_eq!(world.store.take_changes(&world.lease, 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn runs_are_listed_newest_first_and_filtered() {
    on_both(async |world| {
        world.record_dag().await;
        for number in 1..=4 {
            world.trigger(number).await;
        }
        let second = trigger("d", 2);
        let plan = PlanCommit {
            run_states: vec![start_run(&updraft_model::RunKey {
                dag_id: second.dag_id.clone(),
                run_id: second.run_id.clone(),
            })],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let all = RunFilter::all(dag_id("d"));
        let ids = async |filter: RunFilter| {
            let runs = world.store.runs(&filter).await.unwrap();
            runs.iter()
                .map(|run| run.key.run_id.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(ids(all.clone()).await, "r4 r3 r2 r1");
        assert_eq!(
            ids(RunFilter {
                limit: Some(2),
                ..all.clone()
            })
            .await,
            "r4 r3"
        );
        assert_eq!(
            ids(RunFilter {
                state: Some(DagRunState::Running),
                ..all.clone()
            })
            .await,
            "r2"
        );
        let (from, until) = (Some(minute(2000)), Some(minute(3000)));
        assert_eq!(ids(RunFilter { from, until, ..all }).await, "r3 r2");
        assert_eq!(ids(RunFilter::all(dag_id("other"))).await, "");
        let found = world
            .store
            .run_by_logical_date(&dag_id("d"), minute(3000))
            .await
            .unwrap();
        assert_eq!(found.unwrap().key.run_id.as_str(), "r3");
        assert_eq!(
            world
                .store
                .run_by_logical_date(&dag_id("d"), minute(3001))
                .await
                .unwrap(),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn a_deleted_run_takes_everything_with_it() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        world.write(attempt, set_xcom("x", json!(1))).await;
        let run = key.run_key();
        world.store.take_changes(&world.lease, 10).await.unwrap();
        assert!(world.store.delete_run(&run).await.unwrap());
        assert!(!world.store.delete_run(&run).await.unwrap());
        assert_eq!(world.store.stored_run(&run).await.unwrap(), None);
        assert_eq!(world.store.task_instances(&run).await.unwrap(), []);
        assert_eq!(world.store.xcoms(&key).await.unwrap(), []);
        assert_eq!(
            world.store.take_changes(&world.lease, 10).await.unwrap(),
            [Change::Run(run)]
        );
        let verdict = world.write(attempt, end(None)).await;
        assert_eq!(verdict, updraft_store::AttemptVerdict::NotFound);
    })
    .await;
}

#[tokio::test]
async fn xcoms_of_earlier_runs_are_found_where_wanted() {
    on_both(async |world| {
        let (first, attempt) = world.running_task().await;
        world.write(attempt, set_xcom("mark", json!({"at": 1}))).await;
        let second = task(&world.trigger(2).await, "a");
        assert_eq!(world.store.xcom(&second, "mark").await.unwrap(), None);
        assert_eq!(
            world.store.xcom_or_prior(&second, "mark").await.unwrap(),
            Some(json!({"at": 1}))
        );
        assert_eq!(
            world.store.xcom_or_prior(&first, "mark").await.unwrap(),
            Some(json!({"at": 1}))
        );
        assert_eq!(world.store.xcom_or_prior(&second, "other").await.unwrap(), None);
    })
    .await;
}

/// A run of DAG `d` that is about no date.
fn undated(number: i64, run_after: i64) -> Trigger {
    Trigger {
        logical_date: None,
        data_interval: None,
        run_after: minute(run_after),
        ..trigger("d", number)
    }
}

#[tokio::test]
async fn runs_without_a_date_stand_where_they_may_start() {
    on_both(async |world| {
        world.record_dag().await;
        world.trigger(1).await;
        world.trigger(2).await;
        // Of those at one moment all are made; only ids must differ.
        for number in [3, 4] {
            let run = undated(number, 1500);
            world.store.trigger_run(&run, minute(1)).await.unwrap();
        }
        let at_the_date_of_another = undated(5, 1000);
        world
            .store
            .trigger_run(&at_the_date_of_another, minute(1))
            .await
            .unwrap();
        let again = world.store.trigger_run(&undated(5, 1700), minute(1)).await;
        assert!(matches!(again, Err(TriggerError::RunExists { .. })), "{again:?}");

        let all = RunFilter::all(dag_id("d"));
        let ids = async |filter: RunFilter| {
            let runs = world.store.runs(&filter).await.unwrap();
            runs.iter()
                .map(|run| run.key.run_id.to_string())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(ids(all.clone()).await, "r2 r4 r3 r5 r1");
        let (from, until) = (Some(minute(1001)), Some(minute(1999)));
        assert_eq!(ids(RunFilter { from, until, ..all }).await, "r4 r3");
        let by_date = async |number| {
            let d = dag_id("d");
            let found = world.store.run_by_logical_date(&d, minute(number)).await;
            found.unwrap().map(|run| run.key.run_id.to_string())
        };
        assert_eq!(by_date(1000).await.as_deref(), Some("r1"));
        assert_eq!(by_date(1500).await, None);

        let picture = world.store.picture().await.unwrap();
        let dates: Vec<_> = picture
            .runs
            .iter()
            .map(|run| (run.logical_date.is_some(), run.data_interval.is_some()))
            .collect();
        let (dated, undated) = ((true, true), (false, false));
        assert_eq!(dates, [dated, dated, undated, undated, undated]);
    })
    .await;
}
