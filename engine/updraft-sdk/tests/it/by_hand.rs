//! The example program, run by a person.

use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The example, which cargo builds beside the tests.
fn example() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/referral_like")
}

/// Runs the program; gives its exit code, standard output and standard error with times replaced.
fn run(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let output = Command::new(example())
        .args(arguments)
        .envs(environment.iter().copied())
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let log: Vec<String> = text(&output.stderr)
        .lines()
        .map(|line| match line.split_once("] ") {
            Some((time, rest)) if time.starts_with("[20") => format!("[TIME] {rest}"),
            _ => line.to_owned(),
        })
        .collect();
    format!(
        "exit: {:?}\n--- out\n{}--- log\n{}",
        output.status.code(),
        text(&output.stdout),
        log.join("\n")
    )
}

#[test]
fn a_bundle_lists_its_dags() {
    insta::assert_snapshot!(run(&["list"], &[]));
}

#[test]
fn a_bundle_validates_its_dags() {
    insta::assert_snapshot!(run(&["validate"], &[]));
}

#[test]
fn a_task_runs_by_hand() {
    let run = run(
        &[
            "test",
            "pipeline",
            "sync.candidates",
            "2024-01-12",
            "--conf",
            r#"{"limit": 7}"#,
        ],
        &[],
    );
    insta::assert_snapshot!(run);
}

#[test]
fn a_task_that_fails_by_hand_says_why() {
    insta::assert_snapshot!(run(&["test", "pipeline", "find_matches"], &[]));
}

#[test]
fn variables_come_from_the_environment_by_hand() {
    insta::assert_snapshot!(run(
        &["test", "pipeline", "notify"],
        &[("AIRFLOW_VAR_WEBHOOK", "http://127.0.0.1:9")]
    ));
}

#[test]
fn mistakes_on_the_command_line_are_named() {
    let unknown = run(&["test", "pipeline", "sync"], &[]);
    let usage = run(&["lst"], &[]);
    let serve = run(&["serve"], &[]);
    insta::assert_snapshot!([unknown, usage, serve].join("\n\n"));
}
