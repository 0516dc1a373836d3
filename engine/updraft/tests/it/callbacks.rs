//! Callbacks, with real processes: each event once, whatever is killed.

use std::collections::BTreeSet;

use serde_json::Value;
use updraft_testing::databases;

use crate::engine::{Home, is_running};

fn home(database: Option<databases::TestDatabase>) -> Home {
    let mut home = Home::on(database);
    home.add_bundle("alarms");
    start(&mut home);
    home
}

fn start(home: &mut Home) {
    home.start();
    home.wait("the DAGs with callbacks are known", |home| {
        let dags = home.run(&["dags", "list", "-o", "plain"]);
        dags.contains("patient_alarm").then_some(())
    });
}

fn outbox(home: &Home, dag: &str) -> Vec<Value> {
    let text = home.run(&["callbacks", "list", "-d", dag, "-o", "json"]);
    serde_json::from_str(&text).unwrap_or_default()
}

/// Waits until no callback of a DAG waits or runs.
fn delivered(home: &Home, dag: &str, events: usize) -> Vec<Value> {
    home.wait("all callbacks were called", |home| {
        let rows = outbox(home, dag);
        let is_over = |row: &Value| row["state"] == "success" || row["state"] == "failed";
        (rows.len() == events && rows.iter().all(is_over)).then_some(rows)
    })
}

#[test]
fn every_end_of_a_task_and_of_a_run_is_called_back_once() {
    let home = home(None);
    home.trigger("alarms", "r1");
    assert_eq!(home.finished("alarms", "r1"), "failed");
    delivered(&home, "alarms", 10);
    let mut lines = home.journal_lines(&["r1"]);
    lines.sort();
    // Of a task that skips itself two, as in Airflow 2.11.
    insta::assert_snapshot!(lines.join("\n"), @"
    r1 on_execute_callback crash 1
    r1 on_execute_callback empty 1
    r1 on_execute_callback fail 1
    r1 on_execute_callback lucky 1
    r1 on_execute_callback lucky 2
    r1 on_execute_callback skip 1
    r1 on_execute_callback skip_first 1
    r1 on_failure_callback crash 1
    r1 on_failure_callback dag
    r1 on_failure_callback fail 1
    r1 on_retry_callback lucky 1
    r1 on_skipped_callback skip 1
    r1 on_skipped_callback skip_first 1
    r1 on_success_callback empty 1
    r1 on_success_callback lucky 2
    r1 on_success_callback skip 1
    r1 on_success_callback skip_first 1
    ");
    let log = home.log_at("dag_id=alarms/run_id=r1/task_id=crash/attempt=1.on_failure_callback.log");
    assert!(
        log.contains("crashed: the task process was killed by signal 9"),
        "{log}"
    );
    assert!(
        home.log_at("dag_id=alarms/run_id=r1/on_failure_callback.log")
            .contains("task_failure")
    );
    let log = home.task_log("alarms", "r1", "lucky", 2);
    assert!(log.contains("on_execute_callback lucky 2"), "{log}");
}

/// Kills the engine while a callback runs, and starts it again.
fn survives_sigkill(mut home: Home) {
    home.trigger("patient_alarm", "r1");
    home.wait("the callback begins", |home| {
        (!home.journal_lines(&["patient", "begins"]).is_empty()).then_some(())
    });
    // Nothing of another DAG waits for it.
    home.trigger("alarms", "r2");
    delivered(&home, "alarms", 10);
    let line = home.journal_lines(&["patient", "begins"]).remove(0);
    let orphan = line.rsplit(' ').next().unwrap().to_owned();
    home.kill();
    home.wait("the callback's process ends with its engine", |_| {
        (!is_running(&orphan)).then_some(())
    });
    start(&mut home);
    home.wait("the callback is called again", |home| {
        (home.journal_lines(&["patient", "begins"]).len() == 2).then_some(())
    });
    home.allow("go");
    home.wait("the callback was called", |home| {
        let rows = outbox(home, "patient_alarm");
        let is_done = |row: &Value| row["task_id"] == "" && row["state"] == "success";
        rows.iter().any(is_done).then_some(())
    });
    let ids: BTreeSet<String> = home
        .journal_lines(&["patient"])
        .iter()
        .map(|line| line.split(' ').nth(3).unwrap().to_owned())
        .collect();
    assert_eq!(
        ids.into_iter().collect::<Vec<_>>(),
        ["on_success_callback:patient_alarm:r1:0"]
    );
    assert_eq!(home.journal_lines(&["patient", "ends"]).len(), 1);
    assert_eq!(
        home.journal_lines(&["r2"]).len(),
        17,
        "nothing is called a second time"
    );
    assert_eq!(
        home.journal_lines(&["r1", "on_success_callback", "work"]).len(),
        1
    );
}

#[test]
fn a_callback_that_was_killed_with_the_engine_is_called_again_under_the_same_name() {
    survives_sigkill(home(None));
}

#[tokio::test]
async fn a_callback_that_was_killed_with_the_engine_is_called_again_on_postgres() {
    survives_sigkill(home(Some(databases::postgres().await)));
}

#[test]
fn a_callback_that_fails_is_tried_again_without_those_that_did_not() {
    let home = home(None);
    home.allow("go");
    home.trigger("patient_alarm", "r1");
    let row = home.wait("the callback is tried again", |home| {
        let rows = outbox(home, "patient_alarm");
        rows.into_iter()
            .find(|row| row["task_id"] == "work" && row["tries"] == "2")
    });
    assert_eq!(
        home.journal_lines(&["r1", "on_success_callback", "work"]).len(),
        1
    );
    let log = std::fs::read_to_string(row["log"].as_str().unwrap()).unwrap();
    assert!(
        log.contains("on_success_callback 2 failed: this callback is broken"),
        "{log}"
    );
}
