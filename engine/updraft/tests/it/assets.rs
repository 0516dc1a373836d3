//! DAGs that wait for what others update, with real processes.

use serde_json::Value;
use updraft_testing::databases;

use crate::engine::Home;

fn home(database: Option<databases::TestDatabase>) -> Home {
    let mut home = Home::on(database);
    home.add_bundle("assets");
    home.start();
    home.wait("the DAGs are known", |home| {
        let dags = home.run(&["dags", "list", "-o", "plain"]);
        dags.contains("turnover").then_some(())
    });
    home
}

/// The ids of a DAG's runs that have succeeded.
fn succeeded(home: &Home, dag: &str) -> Vec<String> {
    let runs = home.run(&["dags", "list-runs", "-d", dag, "--state", "success", "-o", "json"]);
    let runs: Vec<Value> = serde_json::from_str(&runs).unwrap();
    let ids = runs.iter().map(|run| run["run_id"].as_str().unwrap().to_owned());
    ids.collect()
}

/// What `dags details` says a DAG waits for.
fn waits_for(home: &Home, dag: &str) -> Value {
    let details = home.run(&["dags", "details", dag, "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&details).unwrap();
    let row = rows.iter().find(|row| row["property_name"] == "waits_for_assets");
    row.unwrap()["property_value"].clone()
}

fn lives_through(home: &mut Home) {
    assert_eq!(waits_for(home, "turnover"), "orders & rates");
    home.trigger("shop", "r1");
    assert_eq!(home.finished("shop", "r1"), "success");
    assert_eq!(waits_for(home, "turnover"), "rates");
    home.wait("the DAG of one asset runs", |home| {
        (succeeded(home, "orders_or_daily").len() == 1).then_some(())
    });

    // What waits survives the engine.
    home.kill();
    home.start();
    let made = home.run(&["assets", "materialize", "--name", "rates", "-o", "json"]);
    assert!(made.contains("\"bank\""), "{made}");
    let runs = home.wait("the DAG of both runs", |home| {
        Some(succeeded(home, "turnover")).filter(|runs| !runs.is_empty())
    });
    assert_eq!(runs.len(), 1);
    assert!(runs[0].starts_with("dataset_triggered__"), "{runs:?}");
    let log = home.task_log("turnover", &runs[0], "report", 1);
    assert!(
        log.contains(
            "caused by: orders by load_orders, rows Some(Number(3)); rates by load_rates, rows None"
        ),
        "{log}"
    );
    assert_eq!(waits_for(home, "turnover"), "orders & rates");
}

#[test]
fn a_dag_runs_when_what_it_waits_for_was_updated() {
    let mut home = home(None);
    lives_through(&mut home);
    let list = home.run(&["assets", "list", "-o", "json"]);
    let list: Value = serde_json::from_str(&list).unwrap();
    let orders = list
        .as_array()
        .unwrap()
        .iter()
        .find(|asset| asset["name"] == "orders");
    let orders = orders.unwrap();
    assert_eq!(orders["uri"], "postgres://warehouse/public/orders");
    assert_eq!(
        (&orders["group"], &orders["extra"]["owner"]),
        (&"sales".into(), &"shop team".into())
    );
    let details = home.run(&["assets", "details", "--name", "orders", "-o", "json"]);
    let details: Value = serde_json::from_str(&details).unwrap();
    let details = &details[0];
    assert_eq!(details["updated_by"], "shop.load_orders");
    assert_eq!(details["waited_for_by"], "orders_or_daily, turnover");
    assert_eq!(details["newest_events"][0]["extra"]["rows"], "3");
    let (_, complaint) = home.fail(&["assets", "details", "--name", "order"]);
    assert!(complaint.contains("there is no asset `order`"), "{complaint}");
    assert!(complaint.contains("`orders`"), "{complaint}");
    home.stop();
}

#[tokio::test]
async fn postgres_does_the_same() {
    let database = databases::postgres().await;
    let mut home = home(Some(database));
    lives_through(&mut home);
    home.stop();
}
