//! `db import`: what an Airflow has in its database. The database was written by a real Airflow (`oracle/airflow-2.11.2.sql`).

use std::fs;
use std::path::Path;

use serde_json::Value;
use updraft_sql::{DatabaseUrl, Db, DbOptions, Sql, SqliteUrl};
use updraft_testing::databases;

use crate::engine::Home;

static AIRFLOW: Sql = Sql::new(include_str!("../../../../oracle/airflow-2.11.2.sql"));

/// The key that the database was written with.
const KEY: &str = "cFNjbnJ1Z0dSWTJ6bUZqT2xZdXFSNHZ3Y2hCQ1JmVzQ=";

/// The address of an Airflow's database in a folder.
async fn airflow(folder: &Path) -> String {
    let path = folder.join("airflow.db");
    let url = DatabaseUrl::Sqlite(SqliteUrl { path: path.clone() });
    let db = Db::open(&url, &DbOptions::new("airflow")).await.unwrap();
    db.execute(AIRFLOW.query()).await.unwrap();
    db.close().await;
    format!("sqlite:///{}", path.display())
}

/// What is found and what is new, by kind.
fn plan(home: &Home, url: &str) -> Vec<(String, u64, u64)> {
    let text = home.run(&["db", "import", "--from", url, "--dry-run", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    let number = |row: &Value, key: &str| row[key].as_u64().unwrap();
    let part = |row: &Value| {
        let kind = row["what"].as_str().unwrap().to_owned();
        (kind, number(row, "found"), number(row, "new"))
    };
    rows.iter().map(part).collect()
}

fn new(plan: &[(String, u64, u64)], kind: &str) -> u64 {
    plan.iter().find(|(name, ..)| name == kind).unwrap().2
}

async fn takes_over(mut home: Home) {
    home.run(&["db", "migrate"]);
    let url = &airflow(home.path()).await;
    let before = fs::read(home.path().join("airflow.db")).unwrap();
    let (_, refused) = home.fail(&["db", "import", "--from", url, "-y"]);
    assert!(refused.contains("is encrypted: set UPDRAFT_SOURCE_FERNET_KEY"), "{refused}");
    home.set("UPDRAFT_SOURCE_FERNET_KEY", KEY);

    let planned = plan(&home, url);
    assert_eq!((new(&planned, "connections"), new(&planned, "variables")), (2, 2));
    assert_eq!((new(&planned, "users"), new(&planned, "roles")), (1, 1));
    assert_eq!((new(&planned, "pools"), new(&planned, "runs")), (1, 2));
    assert_eq!(home.run(&["connections", "list"]), "No data found\n", "a dry run takes nothing over");

    home.run(&["db", "import", "--from", url, "-y"]);
    assert_eq!(home.run(&["variables", "get", "region"]), "eu\n");
    let connection = home.run(&["connections", "get", "warehouse", "-o", "json"]);
    let connection: Value = serde_json::from_str(&connection).unwrap();
    assert_eq!((&connection[0]["password"], &connection[0]["port"]), (&"open sesame".into(), &5433.into()));
    assert_eq!(connection[0]["extra_dejson"]["sslmode"], "require");
    assert!(home.run(&["pools", "get", "db"]).contains("what it is for"));
    assert!(home.run(&["users", "list"]).contains("Sellers"));
    let runs = home.run(&["dags", "list-runs", "shop", "-o", "json"]);
    let runs: Value = serde_json::from_str(&runs).unwrap();
    assert_eq!(runs.as_array().unwrap().len(), 2);
    assert_eq!(runs[0]["state"], "failed");
    let run = runs[0]["run_id"].as_str().unwrap();
    let states = home.states("shop", run);
    let ended = |state: &str| states.iter().filter(|one| one.ends_with(state)).count();
    assert_eq!((ended("=success"), ended("=failed")), (4, 1), "{states:?}");

    let again = plan(&home, url);
    assert!(again.iter().all(|(_, _, new)| *new == 0), "{again:?}");
    assert_eq!(home.run(&["db", "import", "--from", url, "-y"]).lines().last(), Some("Everything is here already."));
    assert_eq!(fs::read(home.path().join("airflow.db")).unwrap(), before, "nothing is changed there");
}

#[tokio::test]
async fn what_an_airflow_has_is_taken_over_on_sqlite() {
    takes_over(Home::new()).await;
}

#[tokio::test]
async fn what_an_airflow_has_is_taken_over_on_postgresql() {
    takes_over(Home::on(Some(databases::postgres().await))).await;
}

#[test]
fn a_database_of_something_else_is_refused() {
    let home = Home::new();
    home.run(&["db", "migrate"]);
    let own = format!("sqlite:///{}", home.path().join("nothing.db").display());
    let (_, refused) = home.fail(&["db", "import", "--from", &own, "-y"]);
    assert!(refused.contains("cannot be read") || refused.contains("no database of an Airflow"), "{refused}");
}
