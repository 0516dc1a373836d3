//! What tasks are told of what the database has: the same on both databases, in the words of Airflow's schema.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use updraft_model::{
    Asset, AssetExpression, AttemptId, DagId, DagRunState, DagSpec, DataInterval, MapIndex, RunId, RunKey,
    RunType, Schedule, TaskKey, TaskSpec,
};
use updraft_protocol::message::*;
use updraft_scheduler::answer_inquiry;
use updraft_store::{
    Holder, Lease, PlanCommit, RunChange, SourceRecord, Store, StoreOptions, TaskChange, Trigger,
};
use updraft_testing::{CountingIds, databases};
use uuid::Uuid;

fn at(minutes: i64) -> Timestamp {
    let first: Timestamp = "2024-01-12T06:00:00Z".parse().unwrap();
    first + SignedDuration::from_mins(minutes)
}

fn dag_id() -> DagId {
    "d".parse().unwrap()
}

fn run(number: i64) -> RunKey {
    RunKey {
        dag_id: dag_id(),
        run_id: RunId::parse(&format!("r{number}")).unwrap(),
    }
}

fn key(number: i64) -> TaskKey {
    run(number).task("t".parse().unwrap(), MapIndex::UNMAPPED)
}

/// DAG `d` with task `t` that reads asset `s3://a`, until its newest version `s3://b` too, and runs `r1` to `r3`, of which the first has succeeded.
async fn filled(database: &databases::TestDatabase) -> Store {
    let store = Store::open(database.url(), StoreOptions::default())
        .await
        .unwrap();
    store.migrate(at(0)).await.unwrap();
    let holder = Holder {
        hostname: "here".to_owned(),
        pid: 1,
    };
    let ttl = Duration::from_mins(1);
    let lease = store
        .acquire_scheduler(&holder, at(0), ttl, |_| true)
        .await
        .unwrap();
    let mut spec = DagSpec::new(dag_id());
    let mut task = TaskSpec::new("t".parse().unwrap(), "RustOperator");
    let asset = Asset::new("a", "s3://a");
    task.inlets = vec![asset.clone(), Asset::new("b", "s3://b")];
    spec.tasks.push(task);
    spec.schedule = Schedule::Assets {
        assets: AssetExpression::Asset(asset),
    };
    spec.tags.insert("sales".to_owned());
    let ids = CountingIds::default();
    record(&store, &lease, &spec, &ids).await;
    for number in 1..=3 {
        let trigger = Trigger {
            dag_id: dag_id(),
            run_id: run(number).run_id,
            run_type: RunType::Manual,
            logical_date: Some(at(100 * number)),
            data_interval: Some(DataInterval::exact(at(100 * number))),
            run_after: at(100 * number),
            conf: Map::from_iter([("limit".to_owned(), json!(number))]),
            triggered_by: None,
        };
        store.trigger_run(&trigger, at(number)).await.unwrap();
    }
    succeed(&store, &lease).await;
    spec.tasks[0].inlets.pop();
    record(&store, &lease, &spec, &ids).await;
    let extra = Map::from_iter([("rows".to_owned(), json!(3))]);
    for minute in [7, 8] {
        store
            .create_asset_event("s3://a", &extra, at(minute))
            .await
            .unwrap();
    }
    store.set_variable("etl_limit", "3", None, at(0)).await.unwrap();
    store
}

async fn record(store: &Store, lease: &Lease, spec: &DagSpec, ids: &CountingIds) {
    let record = SourceRecord {
        source: "d.bundle.toml",
        fileloc: "/dags/d",
        code: None,
        dags: std::slice::from_ref(spec),
        broken: None,
    };
    store.record_source(lease, &record, at(0), ids).await.unwrap();
}

async fn succeed(store: &Store, lease: &Lease) {
    let change = |from, to| RunChange {
        key: run(1),
        from,
        clear_number: 0,
        to,
        at: at(9),
    };
    let task = TaskChange {
        key: key(1),
        from: None,
        to: Some(updraft_model::TaskInstanceState::Success),
        at: at(9),
    };
    let starts = PlanCommit {
        run_states: vec![change(DagRunState::Queued, DagRunState::Running)],
        task_states: vec![task],
        ..PlanCommit::default()
    };
    let ends = PlanCommit {
        run_states: vec![change(DagRunState::Running, DagRunState::Success)],
        ..PlanCommit::default()
    };
    for plan in [starts, ends] {
        store.commit_plan(lease, &plan).await.unwrap();
    }
}

fn about_runs() -> Vec<ToSupervisor> {
    let ti_id = AttemptId(Uuid::from_u128(1));
    let (first, none) = (run(1), run(9).run_id);
    vec![
        ToSupervisor::GetDag(GetDag { dag_id: dag_id() }),
        ToSupervisor::GetDag(GetDag {
            dag_id: "none".parse().unwrap(),
        }),
        ToSupervisor::GetDagRun(GetDagRun {
            dag_id: dag_id(),
            run_id: first.run_id.clone(),
        }),
        ToSupervisor::GetDagRun(GetDagRun {
            dag_id: dag_id(),
            run_id: none.clone(),
        }),
        ToSupervisor::GetDagRunState(GetDagRunState {
            dag_id: dag_id(),
            run_id: first.run_id,
        }),
        ToSupervisor::GetDagRunState(GetDagRunState {
            dag_id: dag_id(),
            run_id: none.clone(),
        }),
        ToSupervisor::GetPreviousDagRun(GetPreviousDagRun {
            dag_id: dag_id(),
            logical_date: at(100),
            state: None,
        }),
        ToSupervisor::GetPrevSuccessfulDagRun(GetPrevSuccessfulDagRun { ti_id }),
        ToSupervisor::GetPreviousTi(GetPreviousTi {
            dag_id: dag_id(),
            task_id: "t".parse().unwrap(),
            logical_date: Some(at(200)),
            map_index: MapIndex::UNMAPPED,
            state: None,
        }),
        ToSupervisor::GetTaskRescheduleStartDate(GetTaskRescheduleStartDate { ti_id, try_number: 1 }),
        ToSupervisor::UpdraftGetNewestXCom(UpdraftGetNewestXCom {
            key: "return_value".to_owned(),
            dag_id: dag_id(),
            run_id: none,
        }),
    ]
}

fn about_others() -> Vec<ToSupervisor> {
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    let events = GetAssetEventByAsset {
        name: Some("a".to_owned()),
        uri: None,
        after: Some(at(8)),
        before: None,
        limit: None,
        ascending: true,
    };
    vec![
        ToSupervisor::GetDrCount(GetDrCount {
            dag_id: dag_id(),
            logical_dates: Some(vec![Moment(at(100)), Moment(at(200))]),
            run_ids: None,
            states: words(&["success", "nonsense"]),
        }),
        ToSupervisor::GetTiCount(GetTiCount {
            dag_id: dag_id(),
            map_index: None,
            task_ids: None,
            task_group_id: None,
            logical_dates: None,
            run_ids: None,
            states: words(&["null"]),
        }),
        ToSupervisor::GetTaskStates(GetTaskStates {
            dag_id: dag_id(),
            map_index: None,
            task_ids: Some(vec!["t".parse().unwrap()]),
            task_group_id: None,
            logical_dates: None,
            run_ids: Some(vec![run(1).run_id, run(2).run_id]),
        }),
        ToSupervisor::GetVariableKeys(GetVariableKeys {
            prefix: Some("etl".to_owned()),
            limit: 1000,
            offset: 0,
        }),
        ToSupervisor::GetAssetByName(GetAssetByName { name: "a".to_owned() }),
        ToSupervisor::GetAssetByUri(GetAssetByUri {
            uri: "s3://none".to_owned(),
        }),
        ToSupervisor::GetAssetEventByAsset(events.clone()),
        ToSupervisor::GetAssetEventByAsset(GetAssetEventByAsset {
            after: None,
            limit: Some(1),
            ascending: false,
            ..events.clone()
        }),
        ToSupervisor::GetAssetEventByAsset(GetAssetEventByAsset { name: None, ..events }),
        ToSupervisor::ValidateInletsAndOutlets(ValidateInletsAndOutlets {
            ti_id: AttemptId(Uuid::from_u128(1)),
        }),
    ]
}

#[tokio::test]
async fn every_inquiry_has_an_answer() {
    databases::on_both(async |database| {
        let store = filled(database).await;
        let mut told: Vec<(String, Value)> = Vec::new();
        for request in [about_runs(), about_others()].concat() {
            let name = serde_json::to_value(&request).unwrap()["type"].to_string();
            let inquiry = Inquiry::try_from(request).unwrap();
            let answer = answer_inquiry(&store, &key(2), inquiry).await.unwrap();
            told.push((name, serde_json::to_value(answer).unwrap()));
        }
        insta::assert_json_snapshot!(told);
        store.close().await;
    })
    .await;
}
