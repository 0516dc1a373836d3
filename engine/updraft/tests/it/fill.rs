//! `dev fill`: a made-up history in a database.

use std::fs;
use std::path::Path;

use serde_json::Value;
use updraft_testing::databases;

use crate::engine::Home;

const FILL: [&str; 8] = [
    "dev",
    "fill",
    "--dags",
    "4",
    "--task-instances",
    "300",
    "--until",
    "2024-01-12",
];

fn filled(home: &Home, further: &[&str]) -> String {
    home.run(&[&FILL, further].concat())
}

fn dags(home: &Home) -> Vec<String> {
    let listed: Value = serde_json::from_str(&home.run(&["dags", "list", "-o", "json"])).unwrap();
    let name = |dag: &Value| dag["dag_id"].as_str().unwrap().to_owned();
    listed.as_array().unwrap().iter().map(name).collect()
}

/// Everything about the runs of all DAGs.
fn runs(home: &Home) -> String {
    let of = |dag: String| home.run(&["dags", "list-runs", "-d", &dag]);
    dags(home).into_iter().map(of).collect()
}

fn makes_a_history(home: &Home) {
    home.run(&["db", "migrate"]);
    let said = filled(home, &[]);
    assert!(said.starts_with("4 DAGs, "), "{said}");
    let dags = dags(home);
    assert_eq!(dags.len(), 4);
    let (_, refused) = home.fail(&FILL);
    assert!(refused.contains("has 4 DAGs already; pass --add"), "{refused}");
    filled(home, &["--add"]);
    assert_eq!(self::dags(home).len(), 8);
}

#[test]
fn a_history_is_made_up_on_sqlite() {
    makes_a_history(&Home::new());
}

#[tokio::test]
async fn a_history_is_made_up_on_postgresql() {
    makes_a_history(&Home::on(Some(databases::postgres().await)));
}

#[test]
fn a_seed_decides_about_the_history() {
    let (one, other, third) = (Home::new(), Home::new(), Home::new());
    for home in [&one, &other, &third] {
        home.run(&["db", "migrate"]);
    }
    filled(&one, &["--seed", "7"]);
    filled(&other, &["--seed", "7"]);
    filled(&third, &["--seed", "8"]);
    assert_eq!(runs(&one), runs(&other));
    assert_ne!(runs(&one), runs(&third));
}

#[test]
fn the_newest_runs_have_logs_of_the_wanted_length() {
    let home = Home::new();
    home.run(&["db", "migrate"]);
    filled(&home, &["--log-lines", "25"]);
    let logs = logs_below(&home.path().join("logs"));
    assert!(logs.len() > 10, "{logs:?}");
    for log in logs {
        assert_eq!(log.lines().count(), 25, "{log}");
    }
}

fn logs_below(folder: &Path) -> Vec<String> {
    let mut logs = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            logs.extend(logs_below(&path));
        } else if path.extension().is_some_and(|extension| extension == "log") {
            logs.push(fs::read_to_string(path).unwrap());
        }
    }
    logs
}
