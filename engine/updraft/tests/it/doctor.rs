//! `doctor`, completions, manual pages: what helps people who set an installation up.

use std::fs;

use serde_json::Value;

use crate::engine::Home;

/// What `doctor` says: its exit code, and the findings by what was looked at.
fn doctor(home: &Home) -> (i32, Vec<(String, String, String)>) {
    let output = home.output(&["doctor", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
    let finding = |row: &Value| (text(row, "check"), text(row, "state"), text(row, "what_to_do"));
    (output.status.code().unwrap(), rows.iter().map(finding).collect())
}

fn state<'f>(findings: &'f [(String, String, String)], check: &str) -> (&'f str, &'f str) {
    let found = findings.iter().find(|(name, _, _)| name == check);
    let (_, state, what_to_do) = found.unwrap_or_else(|| panic!("{check} was not looked at: {findings:?}"));
    (state, what_to_do)
}

#[test]
fn the_doctor_says_what_is_missing_and_what_to_do() {
    let mut home = Home::new();
    let (code, findings) = doctor(&home);
    assert_eq!(code, 1);
    assert_eq!(
        state(&findings, "database"),
        ("failed", "run `updraft db migrate`")
    );
    assert_eq!(state(&findings, "fernet_key").0, "warning");

    home.run(&["db", "migrate"]);
    home.run(&[
        "connections",
        "add",
        "nobody",
        "--conn-uri",
        "http://me:opensesame@127.0.0.1:1",
    ]);
    let (code, findings) = doctor(&home);
    assert_eq!((code, state(&findings, "database")), (1, ("ok", "")));
    let (scheduler, what_to_do) = state(&findings, "scheduler");
    assert!(
        scheduler == "failed" && what_to_do.contains("updraft scheduler"),
        "{what_to_do}"
    );
    let (connection, what_to_do) = state(&findings, "connection nobody");
    assert!(
        connection == "warning" && what_to_do.contains("connections get nobody"),
        "{what_to_do}"
    );
    assert!(!format!("{findings:?}").contains("opensesame"));
    let (_, refused) = home.fail(&["connections", "test", "nobody"]);
    assert!(
        refused.contains("cannot be used") && !refused.contains("opensesame"),
        "{refused}"
    );

    home.run(&["connections", "delete", "nobody"]);
    home.start();
    let (code, findings) = doctor(&home);
    assert_eq!((code, state(&findings, "scheduler").0), (0, "ok"), "{findings:?}");
    home.stop();
}

#[test]
fn shells_and_manuals_know_every_command() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = home.run(&["completions", shell]);
        assert!(script.contains("states-for-dag-run"), "{shell}");
    }
    let folder = home.path().join("man");
    home.run(&["man", folder.to_str().unwrap()]);
    let page = fs::read_to_string(folder.join("updraft-dags-trigger.1")).unwrap();
    assert!(
        page.contains("Trigger a DAG run") && page.contains("updraft dags trigger etl"),
        "{page}"
    );
    let sheet = home.run(&["cheat-sheet"]);
    let line = sheet.lines().find(|line| line.starts_with("updraft tasks why"));
    assert!(
        line.is_some_and(|line| line
            .ends_with("Say why a task instance does not run; `failed-deps` is its name in Airflow 2")),
        "{sheet}"
    );
    assert_eq!(home.run(&["db", "migrate"]), "Database migrating done!\n");
    assert_eq!(
        home.run(&["db", "check-migrations", "-t", "1"]),
        "Connection successful.\n"
    );
}
