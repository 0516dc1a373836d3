//! Clearing of runs and changes of many things in version 2.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{World, on_both};

async fn with_runs(world: &World) {
    world.record_dags().await;
    for (dag, run) in [("sales", "one"), ("other", "lone")] {
        let asked = json!({ "dag_run_id": run, "logical_date": "2024-01-10T00:00:00Z" });
        world
            .admin(&format!("POST /api/v1/dags/{dag}/dagRuns"), asked, 200)
            .await;
        let done = json!({ "state": "success" });
        world
            .admin(&format!("PATCH /api/v1/dags/{dag}/dagRuns/{run}"), done, 200)
            .await;
    }
}

#[tokio::test]
async fn tasks_are_cleared_in_version_2() {
    on_both(async |world| {
        with_runs(world).await;
        let clear = "POST /api/v2/dags/sales/clearTaskInstances";
        let total = async |body: Value| world.admin(clear, body, 200).await["total_entries"].clone();
        assert_eq!(total(json!({})).await, 0);
        assert_eq!(total(json!({ "only_failed": false })).await, 2);
        assert_eq!(total(json!({ "only_failed": false, "task_ids": ["b"] })).await, 1);
        assert_eq!(total(json!({ "only_failed": false, "task_ids": ["a"], "include_downstream": true })).await, 2);
        assert_eq!(total(json!({ "only_failed": false, "end_date": "2024-01-09T00:00:00Z" })).await, 0);
        let lasting = json!({ "only_failed": false, "task_ids": ["b"], "dry_run": false, "note": "again", "dag_run_id": "one" });
        let done = world.admin(clear, lasting, 200).await;
        let told = &done["task_instances"][0];
        assert_eq!((&told["state"], &told["note"]), (&Value::Null, &json!("again")));
        for (wrong, status) in [
            (json!({ "only_failed": true, "only_running": true }), 422),
            (json!({ "include_past": true }), 422),
            (json!({ "dag_run_id": "two" }), 404),
            (json!({ "task_ids": ["?"] }), 422),
            (json!({ "nonsense": 1 }), 422),
        ] {
            world.admin(clear, wrong, status).await;
        }
    })
    .await;
}

#[tokio::test]
async fn runs_are_cleared_in_version_2() {
    on_both(async |world| {
        with_runs(world).await;
        let clear = "POST /api/v2/dags/sales/dagRuns/one/clear";
        let planned = world.admin(clear, json!({}), 200).await;
        assert_eq!(
            (
                &planned["total_entries"],
                &planned["task_instances"][0]["task_id"]
            ),
            (&json!(2), &json!("a"))
        );
        assert_eq!(
            world.admin(clear, json!({ "only_failed": true }), 200).await["total_entries"],
            0
        );
        assert_eq!(
            world.admin(clear, json!({ "only_new": true }), 200).await["total_entries"],
            0
        );
        world
            .admin(clear, json!({ "only_new": true, "only_failed": true }), 422)
            .await;
        let cleared = world
            .admin(clear, json!({ "dry_run": false, "note": "again" }), 200)
            .await;
        assert_eq!(
            (&cleared["state"], &cleared["note"]),
            (&json!("queued"), &json!("again"))
        );
        world
            .admin("POST /api/v2/dags/sales/dagRuns/two/clear", json!({}), 404)
            .await;
        let several = "POST /api/v2/dags/~/clearDagRuns";
        let runs =
            json!([{ "dag_id": "sales", "dag_run_id": "one" }, { "dag_id": "other", "dag_run_id": "lone" }]);
        let planned = world.admin(several, json!({ "dag_runs": runs }), 200).await;
        assert_eq!(planned["total_entries"], 1);
        let cleared = world
            .admin(several, json!({ "dag_runs": runs, "dry_run": false }), 200)
            .await;
        assert_eq!(
            (&cleared["total_entries"], &cleared["dag_runs"][1]["state"]),
            (&json!(2), &json!("queued"))
        );
        world.admin(several, json!({}), 422).await;
        world
            .admin(several, json!({ "dag_runs": [{ "dag_run_id": "one" }] }), 422)
            .await;
        world
            .admin(several, json!({ "partition_key": "x", "dag_runs": runs }), 400)
            .await;
        world
            .admin(
                several,
                json!({ "dag_runs": [{ "dag_id": "sales", "dag_run_id": "two" }] }),
                404,
            )
            .await;
    })
    .await;
}

#[tokio::test]
async fn runs_are_changed_together() {
    on_both(async |world| {
        with_runs(world).await;
        let bulk = "PATCH /api/v2/dags/~/dagRuns";
        let entities = json!([
            { "dag_id": "sales", "dag_run_id": "one", "state": "failed", "note": "both" },
            { "dag_id": "sales", "dag_run_id": "two", "state": "failed" },
            { "dag_run_id": "lone", "state": "failed" },
        ]);
        let told = world
            .admin(
                bulk,
                json!({ "actions": [{ "action": "update", "entities": entities }] }),
                200,
            )
            .await;
        assert_eq!(told["update"]["success"], json!(["sales.one"]));
        let statuses: Vec<&Value> = told["update"]["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| &error["status_code"])
            .collect();
        assert_eq!(statuses, [404, 422]);
        let run = world
            .admin("GET /api/v2/dags/sales/dagRuns/one", Value::Null, 200)
            .await;
        assert_eq!((&run["state"], &run["note"]), (&json!("failed"), &json!("both")));
        let skip = json!({ "actions": [
            { "action": "delete", "entities": ["one", "two"], "action_on_non_existence": "skip" },
            { "action": "create", "entities": [{ "dag_run_id": "three" }] },
        ] });
        let told = world.admin("PATCH /api/v2/dags/sales/dagRuns", skip, 200).await;
        assert_eq!(told["delete"], json!({ "success": ["sales.one"], "errors": [] }));
        assert_eq!(told["create"]["errors"][0]["status_code"], 400);
        assert_eq!(told["update"], Value::Null);
        world
            .admin("GET /api/v2/dags/sales/dagRuns/one", Value::Null, 404)
            .await;
        world
            .admin(
                bulk,
                json!({ "actions": [{ "action": "burn", "entities": [] }] }),
                422,
            )
            .await;
        world.add_user_of_other_tasks().await;
        let refused = world.ask("tasks", bulk, json!({ "actions": [] })).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn nobody_changes_runs_of_dags_that_they_may_not_edit() {
    on_both(async |world| {
        with_runs(world).await;
        world.add_user_of_other().await;
        world.allow("other", "can_edit", "DAG Runs").await;
        let entities = json!([
            { "dag_id": "sales", "dag_run_id": "one", "state": "failed" },
            { "dag_id": "other", "dag_run_id": "lone", "state": "failed" },
        ]);
        let actions = json!({ "actions": [
            { "action": "update", "entities": entities },
            { "action": "delete", "entities": [{ "dag_id": "other", "dag_run_id": "lone" }] },
        ] });
        let told = world.ask("other", "PATCH /api/v2/dags/~/dagRuns", actions).await;
        assert_eq!(told.body["update"]["success"], json!(["other.lone"]));
        assert_eq!(told.body["update"]["errors"][0]["status_code"], 403);
        assert_eq!(told.body["delete"]["errors"][0]["status_code"], 403);
        let runs = json!({ "dag_runs": [{ "dag_id": "sales", "dag_run_id": "one" }], "dry_run": false });
        let refused = world.ask("other", "POST /api/v2/dags/~/clearDagRuns", runs).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn tasks_are_changed_together() {
    on_both(async |world| {
        with_runs(world).await;
        let bulk = "PATCH /api/v2/dags/~/dagRuns/~/taskInstances";
        let entities = json!([
            { "dag_id": "sales", "dag_run_id": "one", "task_id": "a", "new_state": "failed", "note": "both" },
            { "dag_id": "sales", "dag_run_id": "one", "task_id": "c", "new_state": "failed" },
            { "dag_id": "sales", "task_id": "a", "new_state": "failed" },
        ]);
        let told = world.admin(bulk, json!({ "actions": [{ "action": "update", "entities": entities }] }), 200).await;
        assert_eq!(told["update"]["success"], json!(["sales.one.a[-1]"]));
        assert_eq!(told["update"]["errors"].as_array().unwrap().len(), 2);
        let delete = json!({ "actions": [{ "action": "delete", "entities": ["a", "c"], "action_on_non_existence": "skip" }] });
        let told = world.admin("PATCH /api/v2/dags/sales/dagRuns/one/taskInstances", delete, 200).await;
        assert_eq!(told["delete"], json!({ "success": ["sales.one.a[-1]"], "errors": [] }));
        world.admin("GET /api/v2/dags/sales/dagRuns/one/taskInstances/a", Value::Null, 404).await;
    })
    .await;
}
