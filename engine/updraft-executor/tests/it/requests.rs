//! What tasks ask of the engine.

use std::time::Duration;

use serde_json::json;
use updraft_executor::Executor;
use updraft_protocol::message::UpdraftProgress;
use updraft_worker::Outcome;

use crate::bench::{Bench, until};

#[tokio::test]
async fn xcoms_and_variables_are_read_and_written() {
    let mut bench = Bench::new();
    assert_eq!(bench.run("xcom").await, Outcome::Success);
    assert_eq!(bench.returned("xcom"), Some(json!([{"at": 7}, null, "yes"])));
    assert_eq!(bench.api.state().variables["seen"], "yes");
}

#[tokio::test]
async fn what_the_engine_refuses_fails_the_task_with_its_reason() {
    let mut bench = Bench::new();
    let reason = "this task may not be asked".to_owned();
    let retryable = true;
    assert_eq!(
        bench.run("foreign_xcom").await,
        Outcome::Failed { reason, retryable }
    );
}

#[tokio::test]
async fn big_values_pass_and_values_that_are_too_big_are_refused() {
    let mut bench = Bench::new();
    assert_eq!(bench.run("big").await, Outcome::Success);
    assert_eq!(bench.run("big_pull").await, Outcome::Success);
    assert_eq!(bench.returned("big_pull"), Some(json!(5 << 20)));
    let outcome = bench.run("too_big").await;
    assert!(!outcome.is_retryable());
    insta::assert_snapshot!(outcome.to_string());
}

#[tokio::test]
async fn progress_is_told_while_the_task_runs_and_at_its_end() {
    let mut bench = Bench::with(|options| options.worker.progress_interval = Duration::from_millis(5));
    bench.submit("progress");
    let progress = |done, message: &str| UpdraftProgress {
        done,
        total: Some(3),
        message: Some(message.to_owned()),
    };
    until(|| bench.api.state().progress == [progress(1, "first page")]).await;
    std::fs::write(bench.path("go"), "").unwrap();
    assert_eq!(bench.outcome().await, Outcome::Success);
    assert_eq!(bench.api.state().progress.last(), Some(&progress(3, "last page")));
}

#[tokio::test]
async fn heartbeats_are_told_in_their_interval() {
    let mut bench = Bench::with(|options| options.worker.heartbeat_interval = Duration::from_millis(5));
    let attempt = bench.submit("hang");
    until(|| bench.api.state().heartbeats >= 3).await;
    bench
        .executor
        .kill(attempt, updraft_worker::KillReason::Requested);
    bench.outcome().await;
}

#[tokio::test]
async fn values_of_an_earlier_try_are_cleared() {
    let mut bench = Bench::new();
    let place = ("empty".to_owned(), "old".to_owned());
    bench.api.state().xcoms.insert(place.clone(), json!(1));
    bench.api.state().xcom_keys_to_clear = vec!["old".to_owned()];
    bench.run("empty").await;
    assert!(!bench.api.state().xcoms.contains_key(&place));
}

#[tokio::test]
async fn blocking_tasks_ask_too() {
    let mut bench = Bench::new();
    bench
        .api
        .state()
        .variables
        .insert("db_password".to_owned(), "hunter22".to_owned());
    assert_eq!(bench.run("blocking").await, Outcome::Success);
    let length = bench.api.state().xcoms[&("blocking".to_owned(), "length".to_owned())].clone();
    assert_eq!(length, json!(8));
}

#[tokio::test]
async fn params_are_what_the_run_was_triggered_with() {
    let mut bench = Bench::new();
    bench.run("params").await;
    let folder = bench.folder.path().to_str().unwrap().to_owned();
    assert_eq!(bench.returned("params"), Some(json!({"folder": folder})));
}
