//! Every command that changes something stands in the event log, with who gave it, and without secrets.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use updraft_model::{DagSpec, IdSource, TaskKey};
use updraft_store::{
    EventLogFilter, EventLogRow, Holder, NewEventLog, Paging, PlanCommit, QueuedTask, SourceRecord, Store,
    StoreOptions,
};
use updraft_testing::CountingIds;

use crate::engine::Home;

/// Commands that change nothing, or nothing that is in the database. `dags backfill` makes what `backfill create` makes, and waits for a
/// scheduler; `dev fill` makes up a past in which nobody does anything.
const HARMLESS: &str = include_str!("audit_harmless.txt");

/// What changes something and needs more than a database: [`events`] tells of it in the tests that have that.
const ELSEWHERE: [&str; 2] = ["db import", "tasks run"];

/// What changes something, in an order in which each succeeds. `[dags]` and `[queue]` are what a scheduler does meanwhile, and `[old]` is an
/// entry of a time that is long past.
const CALLS: &str = include_str!("audit_calls.txt");

fn now() -> Timestamp {
    "2024-01-12T06:00:00Z".parse().unwrap()
}

/// The commands that `--help` tells, in full.
fn leaves(home: &Home, path: &[String]) -> BTreeSet<String> {
    let mut words: Vec<&str> = path.iter().map(String::as_str).collect();
    words.push("--help");
    let help = home.run(&words);
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    let names: Vec<&str> = listed
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    if names.is_empty() {
        return [path.join(" ")].into();
    }
    let mut found = BTreeSet::new();
    for name in names {
        let inner: Vec<String> = path.iter().cloned().chain([name.to_owned()]).collect();
        found.extend(leaves(home, &inner));
    }
    found
}

async fn entries(store: &Store) -> Vec<EventLogRow> {
    let filter = EventLogFilter {
        paging: Paging {
            limit: 1000,
            ..Paging::default()
        },
        ..EventLogFilter::default()
    };
    store.event_logs(&filter).await.unwrap().0
}

/// A DAG as a scheduler would have recorded it.
async fn record_dags(store: &Store) {
    let holder = Holder {
        hostname: "here".to_owned(),
        pid: 1,
    };
    let ttl = Duration::from_mins(1);
    let lease = store
        .acquire_scheduler(&holder, now(), ttl, |_| true)
        .await
        .unwrap();
    let outlet = json!({ "uri": "s3://bucket/sold", "name": "sold", "group": "asset" });
    let dag: DagSpec = serde_json::from_value(json!({
        "dag_id": "sales",
        "schedule": { "type": "cron", "expression": "@daily", "kind": "data_interval" },
        "start_date": "2024-01-01T00:00:00Z",
        "tasks": [{ "task_id": "a", "operator": "RustOperator", "outlets": [outlet] }],
    }))
    .unwrap();
    let record = SourceRecord {
        source: "sales.bundle.toml",
        fileloc: "/dags/sales.bundle.toml",
        code: None,
        dags: &[dag],
        broken: None,
    };
    store
        .record_source(&lease, &record, now(), &CountingIds::default())
        .await
        .unwrap();
}

/// Task `a` of run `one` is queued.
async fn queue(store: &Store) {
    let holder = Holder {
        hostname: "here".to_owned(),
        pid: 1,
    };
    let ttl = Duration::from_mins(1);
    let lease = store
        .acquire_scheduler(&holder, now(), ttl, |_| true)
        .await
        .unwrap();
    let key = TaskKey {
        dag_id: "sales".parse().unwrap(),
        run_id: "one".parse().unwrap(),
        task_id: "a".parse().unwrap(),
        map_index: updraft_model::MapIndex::UNMAPPED,
    };
    let queued = QueuedTask {
        key,
        from: None,
        attempt: CountingIds::default().attempt_id(),
        try_number: 1,
        priority_weight: 1,
        at: now(),
    };
    let plan = PlanCommit {
        queued: vec![queued],
        ..PlanCommit::default()
    };
    store.commit_plan(&lease, &plan).await.unwrap();
}

/// Something that happened long ago.
async fn record_old(store: &Store) {
    let entry = NewEventLog {
        event: "cli_pool_set",
        ..NewEventLog::default()
    };
    store.record_event(&entry, now()).await.unwrap();
}

/// The names of the entries that commands in a home with SQLite have left.
pub(crate) fn events(home: &Home) -> BTreeSet<String> {
    let path = home.path().join("updraft.db");
    // A thread of its own, since some of those who ask have a runtime already.
    let read = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let url = format!("sqlite:///{}", path.display()).parse().unwrap();
            let store = Store::open(&url, StoreOptions::default()).await.unwrap();
            entries(&store)
                .await
                .into_iter()
                .map(|entry| entry.event)
                .collect()
        })
    });
    read.join().unwrap()
}

fn write_files(home: &Home) {
    let files = [
        ("pools.json", json!({ "q": { "slots": 1, "description": "" } })),
        ("variables.json", json!({ "w": "opensesame" })),
        (
            "connections.json",
            json!({ "d": { "conn_type": "http", "password": "opensesame" } }),
        ),
        (
            "users.json",
            json!([{ "username": "bob", "email": "b@c", "firstname": "B", "lastname": "B", "roles": ["Op"] }]),
        ),
        (
            "roles.json",
            json!([{ "name": "s", "resource": "DAGs", "action": "can_read" }]),
        ),
    ];
    for (name, text) in files {
        fs::write(home.path().join(name), text.to_string()).unwrap();
    }
}

#[tokio::test]
async fn every_command_that_changes_something_stands_in_the_event_log() {
    let mut home = Home::new();
    home.set("LOGNAME", "grace");
    write_files(&home);
    let url = format!("sqlite:///{}", home.path().join("updraft.db").display());
    let store = async || {
        Store::open(&url.parse().unwrap(), StoreOptions::default())
            .await
            .unwrap()
    };
    let (mut tried, mut known) = (BTreeSet::new(), 0);
    for call in CALLS.lines() {
        match call {
            "[dags]" => record_dags(&store().await).await,
            "[queue]" => queue(&store().await).await,
            "[old]" => record_old(&store().await).await,
            _ => {
                let words: Vec<String> = call
                    .split(' ')
                    .map(|word| {
                        if Path::new(word).extension().is_some_and(|it| it == "json") {
                            home.path().join(word).display().to_string()
                        } else {
                            word.to_owned()
                        }
                    })
                    .collect();
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                tried.insert(call.to_owned());
                home.run(&words);
                if call.starts_with("db reset") {
                    known = 0;
                }
                let all = entries(&store().await).await;
                let new = &all[known..];
                assert!(!new.is_empty(), "`{call}` left no entry");
                for entry in new {
                    check(call, entry);
                }
                known = all.len();
            }
        }
    }
    let is_known = |leaf: &String| {
        HARMLESS.lines().any(|harmless| harmless == leaf)
            || ELSEWHERE.contains(&leaf.as_str())
            || tried
                .iter()
                .any(|call| call == leaf || call.starts_with(&format!("{leaf} ")))
    };
    let untried: Vec<String> = leaves(&home, &[])
        .into_iter()
        .filter(|leaf| !is_known(leaf))
        .collect();
    assert!(untried.is_empty(), "give these a call: {untried:?}");
}

fn check(call: &str, entry: &EventLogRow) {
    assert_eq!(entry.owner.as_deref(), Some("grace"), "{call}: {entry:?}");
    assert!(entry.event.starts_with("cli_"), "{call}: {entry:?}");
    let extra = entry.extra.as_deref().unwrap();
    assert!(!extra.contains("opensesame"), "{call}: {extra}");
    let extra: Value = serde_json::from_str(extra).unwrap();
    let command = extra["full_command"].as_str().unwrap();
    let group = call.split(' ').next().unwrap();
    assert!(
        command.starts_with(&format!("updraft {group}")),
        "{call}: {command}"
    );
}

#[tokio::test]
async fn a_command_that_fails_leaves_no_entry() {
    let home = Home::new();
    home.run(&["db", "migrate"]);
    // The first command about people makes the built-in roles.
    home.run(&["users", "list"]);
    let url = format!("sqlite:///{}", home.path().join("updraft.db").display());
    let store = Store::open(&url.parse().unwrap(), StoreOptions::default())
        .await
        .unwrap();
    let before = entries(&store).await.len();
    for call in [
        "pools delete nothing",
        "pools delete default_pool",
        "variables delete nothing",
        "connections delete nothing",
        "users delete -u nobody",
        "users tokens revoke 7",
        "roles delete nothing",
        "dags trigger nothing",
        "dags pause nothing -y",
        "backfill pause 7",
        "tasks kill nothing a one",
    ] {
        home.fail(&call.split(' ').collect::<Vec<_>>());
    }
    assert_eq!(entries(&store).await.len(), before);
}
