//! What tries of tasks keep, and what is kept about assets, as people see and change it.

use axum::http::StatusCode;
use serde_json::{Value, json};
use updraft_model::{AssetRef, StateStoreEdit, StateStoreOf};

use crate::engine::{Engine, task};
use crate::support::{World, now, on_both};

const OF_TASK: &str = "/api/v2/dags/sales/dagRuns/one/taskInstances/a/state-store";

/// Task `a` of run `one` runs, and has kept a value.
async fn with_state(world: &World) {
    let lease = world.record_dags().await;
    let sold = json!({ "uri": "s3://bucket/sold", "name": "sold" });
    world
        .record_dag(&lease, "producer", json!({ "outlets": [sold] }))
        .await;
    let asked = json!({ "dag_run_id": "one", "logical_date": "2024-01-10T00:00:00Z" });
    world.admin("POST /api/v1/dags/sales/dagRuns", asked, 200).await;
    let key = task("one", "a", -1);
    let engine = Engine::start(world, key.run_key()).await;
    engine.begin(&key, None).await;
    let attempt = world
        .store
        .task_instance(&key)
        .await
        .unwrap()
        .unwrap()
        .attempt
        .unwrap();
    let edit = StateStoreEdit::Set {
        key: "job/id".to_owned(),
        value: json!({ "n": 1 }),
        expires_at: None,
    };
    for of in [
        StateStoreOf::Task,
        StateStoreOf::Asset(AssetRef::Name("sold".to_owned())),
    ] {
        world
            .store
            .edit_state_store(attempt, (&of, &edit), now())
            .await
            .unwrap();
    }
}

async fn get(world: &World, path: &str) -> Value {
    world.admin(&format!("GET {path}"), Value::Null, 200).await
}

#[tokio::test]
async fn what_a_task_keeps_is_read_written_and_deleted() {
    on_both(async |world| {
        with_state(world).await;
        let time = "2024-01-12T06:00:00Z";
        let expected =
            json!({ "key": "job/id", "value": { "n": 1 }, "updated_at": time, "expires_at": null });
        assert_eq!(get(world, &format!("{OF_TASK}/job/id")).await, expected);
        let listed = json!({ "task_state_store": [expected], "total_entries": 1 });
        assert_eq!(get(world, OF_TASK).await, listed);
        assert_eq!(
            get(world, &format!("{OF_TASK}?offset=1")).await["task_state_store"],
            json!([])
        );

        for (expires_at, told) in [
            (json!("default"), json!("2024-02-11T06:00:00Z")),
            (Value::Null, Value::Null),
            (json!("2024-03-01T00:00:00Z"), json!("2024-03-01T00:00:00Z")),
        ] {
            let body = json!({ "value": [true], "expires_at": expires_at });
            world.admin(&format!("PUT {OF_TASK}/k"), body, 204).await;
            assert_eq!(get(world, &format!("{OF_TASK}/k")).await["expires_at"], told);
        }
        world
            .admin(&format!("PUT {OF_TASK}/other"), json!({ "value": 0 }), 204)
            .await;
        assert_eq!(
            get(world, &format!("{OF_TASK}/other")).await["expires_at"],
            "2024-02-11T06:00:00Z"
        );
        world
            .admin(&format!("PATCH {OF_TASK}/k"), json!({ "value": 2 }), 200)
            .await;
        let changed = get(world, &format!("{OF_TASK}/k")).await;
        assert_eq!(
            (&changed["value"], &changed["expires_at"]),
            (&json!(2), &json!("2024-03-01T00:00:00Z"))
        );
        world
            .admin(&format!("DELETE {OF_TASK}/k"), Value::Null, 204)
            .await;
        world
            .admin(&format!("DELETE {OF_TASK}/k"), Value::Null, 204)
            .await;
        world.admin(&format!("GET {OF_TASK}/k"), Value::Null, 404).await;
        world.admin(&format!("DELETE {OF_TASK}"), Value::Null, 204).await;
        assert_eq!(get(world, OF_TASK).await["total_entries"], 0);
        let put = format!("PUT {OF_TASK}/k");
        world.admin(&put, json!({ "value": 1 }), 204).await;
        world
            .admin(
                &format!("DELETE {OF_TASK}?all_map_indices=true"),
                Value::Null,
                204,
            )
            .await;
        assert_eq!(get(world, OF_TASK).await["total_entries"], 0);
        let log = get(
            world,
            "/api/v1/eventLogs?order_by=-event_log_id&task_id=a&limit=2",
        )
        .await;
        let events = [&log["event_logs"][0]["event"], &log["event_logs"][1]["event"]];
        assert_eq!(events, ["clear_task_state_store", "set_task_state_store"]);
        assert!(!log["event_logs"][1].to_string().contains("value"), "{log}");
    })
    .await;
}

#[tokio::test]
async fn what_a_task_cannot_keep_is_refused_in_words() {
    on_both(async |world| {
        with_state(world).await;
        let put = format!("PUT {OF_TASK}/k");
        world
            .admin(&format!("PATCH {OF_TASK}/none"), json!({ "value": 2 }), 404)
            .await;
        world.admin(&put, json!({ "value": null }), 422).await;
        world
            .admin(&put, json!({ "value": 1, "expires_at": "soon" }), 422)
            .await;
        let long = world
            .admin(&put, json!({ "value": "x".repeat(65_534) }), 422)
            .await;
        assert!(
            long.to_string()
                .contains("raise [state_store] max_value_storage_bytes"),
            "{long}"
        );
        let key = "k".repeat(513);
        world
            .admin(&format!("PUT {OF_TASK}/{key}"), json!({ "value": 1 }), 422)
            .await;
        world
            .admin(&format!("{put}?map_index=3"), json!({ "value": 1 }), 404)
            .await;
        let nowhere = "PUT /api/v2/dags/sales/dagRuns/two/taskInstances/a/state-store/k";
        world.admin(nowhere, json!({ "value": 1 }), 404).await;
        let viewer = world.ask("Viewer", &put, json!({ "value": 1 })).await;
        assert_eq!(viewer.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_about_an_asset_is_read_written_and_deleted() {
    on_both(async |world| {
        with_state(world).await;
        let assets = get(world, "/api/v2/assets").await;
        let path = format!("/api/v2/assets/{}/state-store", assets["assets"][0]["id"]);
        let writer =
            json!({ "kind": "task", "dag_id": "sales", "run_id": "one", "task_id": "a", "map_index": -1 });
        let time = "2024-01-12T06:00:00Z";
        let expected =
            json!({ "key": "job/id", "value": { "n": 1 }, "updated_at": time, "last_updated_by": writer });
        assert_eq!(get(world, &format!("{path}/job/id")).await, expected);
        let listed = json!({ "asset_state_store": [expected], "total_entries": 1 });
        assert_eq!(get(world, &path).await, listed);
        world
            .admin(&format!("PUT {path}/job/id"), json!({ "value": 7 }), 204)
            .await;
        let written = get(world, &format!("{path}/job/id")).await;
        assert_eq!(
            (&written["value"], &written["last_updated_by"]["kind"]),
            (&json!(7), &json!("api"))
        );
        world
            .admin(&format!("PUT {path}/job/id"), json!({ "value": null }), 422)
            .await;
        world
            .admin("GET /api/v2/assets/99/state-store", Value::Null, 404)
            .await;
        world
            .admin("PUT /api/v2/assets/99/state-store/k", json!({ "value": 7 }), 404)
            .await;
        let viewer = world
            .ask("Viewer", &format!("PUT {path}/k"), json!({ "value": 1 }))
            .await;
        assert_eq!(viewer.status, StatusCode::FORBIDDEN);
        world
            .admin(&format!("DELETE {path}/job/id"), Value::Null, 204)
            .await;
        world.admin(&format!("GET {path}/job/id"), Value::Null, 404).await;
        world
            .admin(&format!("PUT {path}/k"), json!({ "value": 1 }), 204)
            .await;
        world.admin(&format!("DELETE {path}"), Value::Null, 204).await;
        assert_eq!(get(world, &path).await["total_entries"], 0);
    })
    .await;
}
