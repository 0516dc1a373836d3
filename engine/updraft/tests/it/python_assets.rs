//! Asset aliases in DAG files: what tasks name when they succeed, and who waits for it.

use serde_json::Value;
use updraft_testing::databases;

use crate::engine::Home;
use crate::python::{home, knows};

/// What stands behind the alias is known only when the task runs.
const EXPORTS: &str = r#"
# updraft: compat=3
from airflow.sdk import DAG, Asset, AssetAlias, task

exports = AssetAlias("exports")

with DAG("export", schedule=None):

    @task(outlets=[exports])
    def write(*, outlet_events):
        outlet_events[exports].add(Asset("s3://lake/orders.csv"), extra={"rows": 3})

    write()

with DAG("import", schedule=[exports]):

    @task(inlets=[exports])
    def read(*, inlet_events, triggering_asset_events):
        (cause,) = triggering_asset_events[exports]
        print("caused by", cause.uri, cause.extra, [alias.name for alias in cause.source_aliases])
        print("all of them", [event.asset.uri for event in inlet_events[exports]])

    read()
"#;

/// A DAG waits for an alias, and is run by an asset of which nobody knew.
fn follows_an_alias(mut home: Home) {
    home.write_dag("exports.py", EXPORTS);
    home.start();
    for dag in ["export", "import"] {
        knows(&home, dag);
        home.run(&["dags", "unpause", dag]);
    }
    home.run(&["dags", "trigger", "export", "--run-id", "r1"]);
    let run = home.wait("the other dag runs", |home| {
        let runs = home.run(&["dags", "list-runs", "-d", "import", "-o", "json"]);
        let runs: Vec<Value> = serde_json::from_str(&runs).unwrap();
        let ended = runs.iter().find(|run| run["state"] == "success")?;
        Some(ended["run_id"].as_str().unwrap().to_owned())
    });
    let log = home.run(&["tasks", "logs", "import", "read", &run]);
    assert!(
        log.contains("caused by s3://lake/orders.csv {'rows': 3} ['exports']"),
        "{log}"
    );
    assert!(log.contains("all of them ['s3://lake/orders.csv']"), "{log}");

    let details = home.run(&["assets", "details", "--alias", "--name", "exports", "-o", "json"]);
    let details: Value = serde_json::from_str(&details).unwrap();
    let details = &details[0];
    assert_eq!(details["assets"], serde_json::json!(["s3://lake/orders.csv"]));
    assert_eq!(details["updated_by"], "export.write");
    assert_eq!(details["read_by"], "import.read");
    assert_eq!(details["waited_for_by"], "import");
    assert_eq!(details["newest_events"][0]["extra"]["rows"], "3");
    let (_, complaint) = home.fail(&["assets", "details", "--alias", "--name", "export"]);
    assert!(
        complaint.contains("there is no asset alias `export`"),
        "{complaint}"
    );
    assert!(complaint.contains("`exports`"), "{complaint}");
    let listed = home.run(&["assets", "list", "-o", "plain"]);
    assert!(listed.contains("s3://lake/orders.csv"), "{listed}");
    home.stop();
}

/// Refers to an asset that another file describes, by its address among the outlets and by its name in a schedule.
const REFERS: &str = r#"
# updraft: compat=3
from airflow.sdk import DAG, Asset, task

orders = Asset.ref(uri="s3://lake/orders.csv")

with DAG("refers", schedule=None):

    @task(outlets=[orders])
    def write(*, outlet_events):
        outlet_events[orders].extra = {"rows": 3}

    write()

with DAG("waits", schedule=Asset.ref(name="orders") & (Asset.ref(name="rates") | Asset.ref(uri="s3://lake/orders.csv"))):

    @task(inlets=[orders])
    def read(*, inlet_events, triggering_asset_events):
        (cause,) = triggering_asset_events[Asset.ref(name="orders")]
        print("caused by", cause.asset.name, cause.extra)
        print("all of them", [event.asset.uri for event in inlet_events[orders]])

    read()
"#;

/// Describes it.
const DESCRIBES: &str = r#"
# updraft: compat=3
from airflow.sdk import DAG, Asset, task

with DAG("describes", schedule=None):

    @task(inlets=[Asset("orders", "s3://lake/orders.csv", group="sales")])
    def look():
        pass

    look()
"#;

/// A DAG refers to an asset before anybody has described it.
fn follows_a_reference(mut home: Home) {
    home.write_dag("refers.py", REFERS);
    home.start();
    for dag in ["refers", "waits"] {
        knows(&home, dag);
        home.run(&["dags", "unpause", dag]);
    }
    let details = home.run(&["dags", "details", "waits", "-o", "json"]);
    assert!(
        details.contains("orders & (rates | s3://lake/orders.csv)"),
        "{details}"
    );
    home.write_dag("describes.py", DESCRIBES);
    knows(&home, "describes");
    home.run(&["dags", "trigger", "refers", "--run-id", "r1"]);
    let run = home.wait("the other dag runs", |home| {
        let runs = home.run(&["dags", "list-runs", "-d", "waits", "-o", "json"]);
        let runs: Vec<Value> = serde_json::from_str(&runs).unwrap();
        let ended = runs.iter().find(|run| run["state"] == "success")?;
        Some(ended["run_id"].as_str().unwrap().to_owned())
    });
    let log = home.run(&["tasks", "logs", "waits", "read", &run]);
    assert!(log.contains("caused by orders {'rows': 3}"), "{log}");
    assert!(log.contains("all of them ['s3://lake/orders.csv']"), "{log}");
    home.stop();
}

#[test]
fn a_dag_runs_when_what_it_refers_to_has_happened() {
    follows_a_reference(home(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dag_runs_when_what_it_refers_to_has_happened_on_postgres() {
    let database = databases::postgres().await;
    tokio::task::spawn_blocking(move || follows_a_reference(home(Some(database))))
        .await
        .unwrap();
}

#[test]
fn a_dag_runs_when_an_alias_has_told_of_an_asset() {
    follows_an_alias(home(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dag_runs_when_an_alias_has_told_of_an_asset_on_postgres() {
    let database = databases::postgres().await;
    tokio::task::spawn_blocking(move || follows_an_alias(home(Some(database))))
        .await
        .unwrap();
}
