//! `db import`: what an Airflow has in its database, as real Airflows have written it: 2.11 in the test itself, on both databases, and
//! 2.11 and 3.3 before it (`oracle/airflow-*.sql`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use updraft_sql::{DatabaseUrl, Db, DbOptions, Sql, SqliteUrl};
use updraft_testing::databases;
use updraft_testing::python::airflow;

use crate::audit::events;
use crate::engine::Home;

static AIRFLOW_2: Sql = Sql::new(include_str!("../../../../oracle/airflow-2.11.2.sql"));
static AIRFLOW_3: Sql = Sql::new(include_str!("../../../../oracle/airflow-3.3.2.sql"));

/// The key that the databases were written with.
const KEY: &str = "cFNjbnJ1Z0dSWTJ6bUZqT2xZdXFSNHZ3Y2hCQ1JmVzQ=";

/// The address of an Airflow's database, which is made in a folder of what was recorded.
async fn recorded(airflow: &'static Sql, folder: &Path) -> String {
    let path = folder.join("airflow.db");
    let url = DatabaseUrl::Sqlite(SqliteUrl { path: path.clone() });
    let db = Db::open(&url, &DbOptions::new("airflow")).await.unwrap();
    db.execute(airflow.query()).await.unwrap();
    db.close().await;
    format!("sqlite:///{}", path.display())
}

/// Has a real Airflow fill the database of a new home, or the one that is given.
fn fill(home: &Path, database: Option<&str>) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../xtask/oracle/database.py");
    let mut command = Command::new(airflow());
    command.arg(script).arg(home).stdin(Stdio::null());
    if let Some(url) = database {
        command.env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// What is found and what is new, by kind.
fn plan(home: &Home, url: &str) -> Vec<(String, u64, u64)> {
    let text = home.run(&["db", "import", "--from", url, "--dry-run", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    let number = |row: &Value, key: &str| row[key].as_str().unwrap().parse().unwrap();
    let part = |row: &Value| {
        assert_eq!(row["note"], "");
        let kind = row["what"].as_str().unwrap().to_owned();
        (kind, number(row, "found"), number(row, "new"))
    };
    rows.iter().map(part).collect()
}

fn new(plan: &[(String, u64, u64)], kind: &str) -> u64 {
    plan.iter().find(|(name, ..)| name == kind).unwrap().2
}

/// The generation decides whether there are people.
fn takes_over(mut home: Home, url: &str, generation: u32) {
    home.run(&["db", "migrate"]);
    let (_, refused) = home.fail(&["db", "import", "--from", url, "-y"]);
    assert!(
        refused.contains("is encrypted: set UPDRAFT_SOURCE_FERNET_KEY"),
        "{refused}"
    );
    home.set("UPDRAFT_SOURCE_FERNET_KEY", KEY);

    let planned = plan(&home, url);
    assert_eq!((new(&planned, "connections"), new(&planned, "variables")), (2, 2));
    let people = u64::from(generation == 2);
    assert_eq!((new(&planned, "users"), new(&planned, "roles")), (people, people));
    assert_eq!((new(&planned, "pools"), new(&planned, "runs")), (1, 2));
    assert_eq!(
        home.run(&["connections", "list"]),
        "No data found\n",
        "a dry run takes nothing over"
    );

    home.run(&["db", "import", "--from", url, "-y"]);
    assert_eq!(home.run(&["variables", "get", "region"]), "eu\n");
    assert_eq!(home.run(&["variables", "get", "limits"]), "{\"rows\": 10}\n");
    let connection = home.run(&["connections", "list", "--conn-id", "warehouse", "-o", "json"]);
    let connection: Value = serde_json::from_str(&connection).unwrap();
    assert_eq!(
        (&connection[0]["password"], &connection[0]["port"]),
        (&"open sesame".into(), &"5433".into())
    );
    assert_eq!(connection[0]["extra_dejson"]["sslmode"], "require");
    assert!(home.run(&["pools", "get", "db"]).contains("what it is for"));
    if generation == 2 {
        assert!(events(&home).contains("cli_db_import"));
        assert!(home.run(&["users", "list"]).contains("Sellers"));
        let may = home.run(&["roles", "list", "-p", "-o", "json"]);
        let may: Vec<Value> = serde_json::from_str(&may).unwrap();
        let own = may.iter().find(|row| row["name"] == "Sellers").unwrap();
        assert_eq!(
            (&own["resource"], &own["action"]),
            (&json!("DAGs"), &json!("can_read"))
        );
    }
    history_is_there(&home);

    let again = plan(&home, url);
    assert!(again.iter().all(|(_, _, new)| *new == 0), "{again:?}");
    assert_eq!(
        home.run(&["db", "import", "--from", url, "-y"]).lines().last(),
        Some("Everything is here already.")
    );
}

/// Both runs of the DAG `shop`, with their copies; and the DAG is not paused.
fn history_is_there(home: &Home) {
    let runs = home.run(&["dags", "list-runs", "shop", "-o", "json"]);
    let runs: Value = serde_json::from_str(&runs).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 2);
    assert_eq!(
        (&runs[0]["state"], &runs[1]["state"]),
        (&json!("failed"), &json!("failed"))
    );
    let run = runs[0]["run_id"].as_str().unwrap();
    let states = home.states("shop", run);
    let ended = |state: &str| states.iter().filter(|one| one.ends_with(state)).count();
    assert_eq!((ended("=success"), ended("=failed")), (4, 1), "{states:?}");
    let state = home.run(&["dags", "state", "shop", "2024-01-13"]);
    let (state, conf) = state.trim_end().split_once(", ").unwrap();
    let conf: Value = serde_json::from_str(conf).unwrap();
    assert_eq!(state, "failed");
    assert_eq!(
        conf,
        json!({
            "full": true, "limits": [1, 2.5, null], "of": { "region": "eu", "again": "eu" }, "big": 123_456_789_012_i64, "less": -70_000,
        })
    );
    let details = home.run(&["dags", "details", "shop", "-o", "plain"]);
    let paused = details.lines().find(|line| line.starts_with("is_paused"));
    assert!(paused.is_some_and(|line| line.ends_with("False")), "{details}");
}

#[tokio::test]
async fn what_an_airflow_2_has_is_taken_over_on_sqlite() {
    let home = Home::new();
    let url = recorded(&AIRFLOW_2, home.path()).await;
    takes_over(home, &url, 2);
}

#[tokio::test]
async fn what_an_airflow_3_has_is_taken_over_on_postgresql() {
    let home = Home::on(Some(databases::postgres().await));
    let url = recorded(&AIRFLOW_3, home.path()).await;
    takes_over(home, &url, 3);
}

#[test]
fn what_a_real_airflow_has_just_written_is_taken_over_and_stays_there() {
    let there = tempfile::tempdir().unwrap();
    fill(&there.path().join("home"), None);
    let file = there.path().join("home/airflow.db");
    let before = fs::read(&file).unwrap();
    takes_over(Home::new(), &format!("sqlite:///{}", file.display()), 2);
    assert_eq!(fs::read(&file).unwrap(), before, "nothing is changed there");
}

#[tokio::test]
async fn what_a_real_airflow_has_on_postgresql_is_taken_over() {
    let there = databases::postgres().await;
    let url = there.url().to_string();
    let (_, place) = url.split_once("://").unwrap();
    let url = format!("postgresql+psycopg2://{place}");
    fill(&there.folder().join("home"), Some(&url));
    takes_over(Home::new(), &url, 2);
}

#[test]
fn a_database_of_something_else_is_refused() {
    let home = Home::new();
    home.run(&["db", "migrate"]);
    let missing = format!("sqlite:///{}", home.path().join("nothing.db").display());
    let (_, refused) = home.fail(&["db", "import", "--from", &missing, "-y"]);
    assert!(refused.contains("cannot be read"), "{refused}");
    let own = format!("sqlite:///{}", home.path().join("updraft.db").display());
    let (_, refused) = home.fail(&["db", "import", "--from", &own, "-y"]);
    assert!(refused.contains("is no database of an Airflow"), "{refused}");
}
