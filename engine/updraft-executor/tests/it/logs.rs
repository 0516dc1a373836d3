//! What stands in the logs of attempts.

use std::os::unix::fs::symlink;

use updraft_protocol::message::{ConnectionResult, LogLevel};
use updraft_worker::{Outcome, read_index};

use crate::bench::Bench;

#[tokio::test]
async fn a_log_has_what_a_task_prints_and_traces() {
    let mut bench = Bench::new();
    assert_eq!(bench.run("print").await, Outcome::Success);
    let log = bench.log("print");
    // Two pipes and a socket: what came through one keeps its order, but not towards the others.
    let mut lines: Vec<&str> = log.lines().collect();
    assert_eq!(
        lines.first(),
        Some(&"{supervisor} INFO - starting attempt 1 of 4 on localhost")
    );
    assert_eq!(lines.last(), Some(&"{supervisor} INFO - attempt ended: success"));
    lines.sort_unstable();
    insta::assert_snapshot!(lines.join("\n"));
    let levels = read_index(&bench.log_path("print")).unwrap().unwrap();
    assert_eq!(
        levels
            .iter()
            .filter(|entry| entry.level == LogLevel::Warning)
            .count(),
        2
    );
    assert_eq!(levels.len(), 7);
}

#[tokio::test]
async fn a_failure_is_in_the_log() {
    let mut bench = Bench::new();
    bench.run("fail").await;
    insta::assert_snapshot!("fail", bench.log("fail"));
    bench.run("panic").await;
    insta::assert_snapshot!("panic", bench.log("panic"));
}

#[tokio::test]
async fn secrets_are_masked() {
    let mut bench = Bench::new();
    {
        let mut state = bench.api.state();
        state
            .variables
            .insert("db_password".to_owned(), "hunter22".to_owned());
        let connection = ConnectionResult {
            conn_id: "warehouse".to_owned(),
            conn_type: "postgres".to_owned(),
            host: Some("localhost".to_owned()),
            schema: None,
            login: Some("etl".to_owned()),
            password: Some("correct-horse".to_owned()),
            port: None,
            extra: None,
        };
        state.connections.insert("warehouse".to_owned(), connection);
    }
    let outcome = bench.run("secrets").await;
    let log = bench.log("secrets");
    for secret in ["hunter22", "correct-horse", "told-by-the-task"] {
        assert!(!log.contains(secret), "{log}");
        assert!(!outcome.to_string().contains(secret), "{outcome}");
    }
    assert!(log.contains("variable ***, connection ***, ***"), "{log}");
    assert!(log.contains("{stdout} INFO - printed *** and ***"), "{log}");
    assert_eq!(outcome.to_string(), "failed: cannot log in with ***");
}

#[tokio::test]
async fn a_log_folder_that_cannot_be_written_is_said() {
    let mut bench = Bench::new();
    std::fs::write(bench.path("logs"), "a file where a folder should be").unwrap();
    let outcome = bench.run("empty").await;
    assert!(matches!(outcome, Outcome::CouldNotRun { .. }));
    let text = outcome
        .to_string()
        .replace(bench.folder.path().to_str().unwrap(), "HOME");
    insta::assert_snapshot!(text);
    std::fs::remove_file(bench.path("logs")).unwrap();
    assert_eq!(bench.run("empty").await, Outcome::Success);
}

#[tokio::test]
async fn a_full_disk_ends_the_attempt() {
    let mut bench = Bench::new();
    let path = bench.log_path("hang");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink("/dev/full", &path).unwrap();
    let outcome = bench.run("hang").await;
    assert!(matches!(outcome, Outcome::CouldNotRun { .. }));
    let text = outcome
        .to_string()
        .replace(bench.folder.path().to_str().unwrap(), "HOME");
    insta::assert_snapshot!(text);
}
