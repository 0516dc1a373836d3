//! Tasks that are cleared and marked, and the values that they leave.

use serde_json::{Value, json};

use crate::support::{World, on_both};

const RUN: &str = "/api/v1/dags/sales/dagRuns/one";
const CLEAR: &str = "POST /api/v1/dags/sales/clearTaskInstances";

/// DAG `sales` with a run `one`.
async fn with_run(world: &World) {
    world.record_dags().await;
    let asked = json!({ "dag_run_id": "one", "logical_date": "2024-01-10T00:00:00Z" });
    world.admin("POST /api/v1/dags/sales/dagRuns", asked, 200).await;
}

async fn state(world: &World, task: &str) -> Value {
    world
        .admin(&format!("GET {RUN}/taskInstances/{task}"), Value::Null, 200)
        .await["state"]
        .clone()
}

#[tokio::test]
async fn a_task_is_marked_when_it_is_no_dry_run() {
    on_both(async |world| {
        with_run(world).await;
        let what = format!("PATCH {RUN}/taskInstances/a");
        let told = world.admin(&what, json!({ "new_state": "failed" }), 200).await;
        let expected = json!({
            "task_id": "a", "dag_id": "sales", "execution_date": "2024-01-10T00:00:00+00:00", "dag_run_id": "one",
        });
        assert_eq!(told, expected);
        assert_eq!(state(world, "a").await, Value::Null);
        world.admin(&what, json!({ "new_state": "failed", "dry_run": false }), 200).await;
        assert_eq!(state(world, "a").await, "failed");
        world.admin(&what, json!({ "new_state": "running", "dry_run": false }), 400).await;
        world.admin(&what, json!({}), 400).await;
        let copy = format!("PATCH {RUN}/taskInstances/a/3");
        world.admin(&copy, json!({ "new_state": "failed" }), 404).await;
        let log = world.admin("GET /api/v1/eventLogs?task_id=a", Value::Null, 200).await;
        assert_eq!((&log["total_entries"], &log["event_logs"][0]["event"]), (&json!(1), &json!("patch_task_instance")));
    })
    .await;
}

#[tokio::test]
async fn tasks_are_cleared_by_run_date_and_state() {
    on_both(async |world| {
        with_run(world).await;
        let mark = json!({ "new_state": "failed", "dry_run": false });
        world.admin(&format!("PATCH {RUN}/taskInstances/a"), mark, 200).await;
        world.admin(&format!("PATCH {RUN}"), json!({ "state": "success" }), 200).await;
        let tasks = async |body: Value| {
            let told = world.admin(CLEAR, body, 200).await;
            let tasks = told["task_instances"].as_array().unwrap();
            let ids: Vec<&str> = tasks.iter().map(|task| task["task_id"].as_str().unwrap()).collect();
            ids.join(" ")
        };
        assert_eq!(tasks(json!({})).await, "");
        assert_eq!(tasks(json!({ "only_failed": false })).await, "a b");
        assert_eq!(tasks(json!({ "only_failed": false, "task_ids": ["b"] })).await, "b");
        let down = json!({ "only_failed": false, "task_ids": ["a"], "include_downstream": true, "dag_run_id": "one" });
        assert_eq!(tasks(down).await, "a b");
        let later = json!({ "only_failed": false, "start_date": "2024-01-11T00:00:00Z" });
        assert_eq!(tasks(later).await, "");
        assert_eq!(state(world, "b").await, "success");
        assert_eq!(tasks(json!({ "only_failed": false, "task_ids": ["b"], "dry_run": false })).await, "b");
        assert_eq!(state(world, "b").await, Value::Null);
        assert_eq!(world.admin(&format!("GET {RUN}"), Value::Null, 200).await["state"], "queued");
        world.admin(CLEAR, json!({ "dag_run_id": "two" }), 404).await;
        world.admin(CLEAR, json!({ "include_past": true }), 400).await;
        world.admin(CLEAR, json!({ "only_running": true }), 400).await;
        world.admin("POST /api/v1/dags/nothing/clearTaskInstances", json!({}), 404).await;
    })
    .await;
}

#[tokio::test]
async fn a_task_that_left_nothing_has_no_values() {
    on_both(async |world| {
        with_run(world).await;
        let values = format!("{RUN}/taskInstances/a/xcomEntries");
        let none = world
            .admin(&format!("GET {values}?limit=5"), Value::Null, 200)
            .await;
        assert_eq!(none, json!({ "xcom_entries": [], "total_entries": 0 }));
        world
            .admin(&format!("GET {values}/return_value"), Value::Null, 404)
            .await;
    })
    .await;
}
