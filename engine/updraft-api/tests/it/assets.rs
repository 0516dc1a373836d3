//! Assets, which are datasets in version 1: lists, events, what waits, and runs that update them.

use serde_json::{Value, json};

use crate::support::{World, on_both};

/// DAG `producer` updates `s3://bucket/sold`, `consumer` waits for it and another one.
async fn record(world: &World) {
    let lease = world.record_dags().await;
    let sold =
        json!({ "uri": "s3://bucket/sold", "name": "sold", "group": "asset", "extra": { "owner": "ada" } });
    world
        .record_dag(
            &lease,
            "producer",
            json!({ "outlets": [sold], "outlet_aliases": [{ "name": "exports" }] }),
        )
        .await;
    let bought = json!({ "uri": "s3://bucket/bought", "name": "bought" });
    let both = json!({ "all": [{ "asset": sold }, { "asset": bought }] });
    world
        .record_scheduled(&lease, "consumer", json!({ "type": "assets", "assets": both }))
        .await;
    let unpause = json!({ "is_paused": false });
    world.admin("PATCH /api/v2/dags/consumer", unpause, 200).await;
}

#[tokio::test]
async fn datasets_are_listed_updated_and_waited_for() {
    on_both(async |world| {
        record(world).await;
        let listed = world.admin("GET /api/v1/datasets?order_by=-uri", Value::Null, 200).await;
        assert_eq!(listed["total_entries"], 2);
        let sold = &listed["datasets"][0];
        let (created, updated) = ("2024-01-12T06:00:00+00:00", "2024-01-12T06:00:00+00:00");
        let expected = json!({
            "id": sold["id"], "uri": "s3://bucket/sold", "extra": { "owner": "ada" }, "created_at": created, "updated_at": updated,
            "consuming_dags": [{ "dag_id": "consumer", "created_at": created, "updated_at": updated }],
            "producing_tasks": [{ "dag_id": "producer", "task_id": "a", "created_at": created, "updated_at": updated }],
        });
        assert_eq!(*sold, expected);
        for uri in ["s3:%2F%2Fbucket%2Fsold", "s3://bucket/sold"] {
            assert_eq!(world.admin(&format!("GET /api/v1/datasets/{uri}"), Value::Null, 200).await, expected);
        }
        world.admin("GET /api/v1/datasets/s3://nothing", Value::Null, 404).await;
        let count = async |query: &str| {
            let found = world.admin(&format!("GET /api/v1/datasets?{query}"), Value::Null, 200).await;
            found["total_entries"].as_u64().unwrap()
        };
        assert_eq!(count("uri_pattern=SOLD").await, 1);
        assert_eq!(count("dag_ids=producer,nothing").await, 1);
        assert_eq!(count("dag_ids=sales").await, 0);

        let body = json!({ "dataset_uri": "s3://bucket/sold", "extra": { "rows": 3 } });
        let event = world.admin("POST /api/v1/datasets/events", body.clone(), 200).await;
        assert_eq!(event["extra"], json!({ "rows": 3, "from_rest_api": true }));
        assert_eq!((&event["dataset_uri"], &event["created_dagruns"]), (&json!("s3://bucket/sold"), &json!([])));
        let unknown = json!({ "dataset_uri": "s3://nothing" });
        world.admin("POST /api/v1/datasets/events", unknown, 404).await;
        world.admin("POST /api/v1/datasets/events", json!({}), 400).await;
        let of = format!("GET /api/v1/datasets/events?dataset_id={}&order_by=-timestamp", sold["id"]);
        let events = world.admin(&of, Value::Null, 200).await;
        assert_eq!(events["dataset_events"], json!([event]));
        let none = world.admin("GET /api/v1/datasets/events?source_dag_id=x", Value::Null, 200).await;
        assert_eq!(none["total_entries"], 0);

        let waiting = json!({ "uri": "s3://bucket/sold", "dag_id": "consumer", "created_at": created });
        let all = json!({ "datasets": [waiting], "total_entries": 1 });
        let of_dag = "/api/v1/dags/consumer/datasets/queuedEvent";
        let of_dataset = "/api/v1/datasets/queuedEvent/s3://bucket/sold";
        assert_eq!(world.admin(&format!("GET {of_dag}"), Value::Null, 200).await, all);
        assert_eq!(world.admin(&format!("GET {of_dataset}"), Value::Null, 200).await, all);
        let one = format!("{of_dag}/s3://bucket/sold");
        assert_eq!(world.admin(&format!("GET {one}"), Value::Null, 200).await, waiting);
        world.admin(&format!("GET {of_dag}?before=2024-01-12T06:00:00Z"), Value::Null, 404).await;
        world.admin(&format!("DELETE {of_dag}?before=2024-01-12T06:00:00Z"), Value::Null, 404).await;
        world.add_user_of_other().await;
        for method in ["GET", "DELETE"] {
            let refused = world.ask("other", &format!("{method} {of_dag}"), Value::Null).await;
            assert_eq!(refused.status, 403);
        }
        world.admin(&format!("DELETE {one}"), Value::Null, 204).await;
        world.admin(&format!("GET {one}"), Value::Null, 404).await;
        for path in [of_dag, of_dataset] {
            world.admin("POST /api/v1/datasets/events", body.clone(), 200).await;
            world.admin(&format!("DELETE {path}"), Value::Null, 204).await;
            world.admin(&format!("DELETE {path}"), Value::Null, 404).await;
        }
    })
    .await;
}

#[tokio::test]
async fn assets_are_listed_updated_and_waited_for() {
    on_both(async |world| {
        record(world).await;
        let listed = world.admin("GET /api/v2/assets?name_pattern=SOL", Value::Null, 200).await;
        let sold = &listed["assets"][0];
        let (created, updated) = ("2024-01-12T06:00:00Z", "2024-01-12T06:00:00Z");
        let mut expected = json!({
            "id": sold["id"], "name": "sold", "uri": "s3://bucket/sold", "group": "asset", "extra": { "owner": "ada" },
            "created_at": created, "updated_at": updated,
            "scheduled_dags": [{ "dag_id": "consumer", "created_at": created, "updated_at": updated }],
            "producing_tasks": [{ "dag_id": "producer", "task_id": "a", "created_at": created, "updated_at": updated }],
            "consuming_tasks": [], "aliases": [], "watchers": [], "last_asset_event": null,
        });
        assert_eq!(*sold, expected);
        let at = format!("/api/v2/assets/{}", sold["id"]);
        let event = json!({ "asset_id": sold["id"], "extra": { "rows": 3 } });
        let made = world.admin("POST /api/v2/assets/events", event.clone(), 200).await;
        assert_eq!((&made["name"], &made["source_map_index"]), (&json!("sold"), &json!(-1)));
        expected["last_asset_event"] = json!({ "id": made["id"], "timestamp": "2024-01-12T06:00:00Z" });
        assert_eq!(world.admin(&format!("GET {at}"), Value::Null, 200).await, expected);
        world.admin("GET /api/v2/assets/999", Value::Null, 404).await;
        world.admin("POST /api/v2/assets/events", json!({ "asset_id": 999 }), 404).await;
        world.admin("POST /api/v2/assets/events", json!({ "asset_id": 1, "partition_key": "x" }), 422).await;
        let events = async |query: &str| {
            let found = world.admin(&format!("GET /api/v2/assets/events?{query}"), Value::Null, 200).await;
            found["asset_events"].as_array().unwrap().clone()
        };
        assert_eq!(events("name_prefix_pattern=so&order_by=-id").await, vec![made.clone()]);
        assert_eq!(events("timestamp_gt=2024-01-12T06:00:00Z").await.len(), 0);
        assert_eq!(events("timestamp_gte=2024-01-12T06:00:00Z").await.len(), 1);
        let waiting = json!({
            "dag_id": "consumer", "asset_id": sold["id"], "created_at": created, "dag_display_name": "consumer",
        });
        let all = json!({ "queued_events": [waiting], "total_entries": 1 });
        let nothing = json!({ "queued_events": [], "total_entries": 0 });
        let of_asset = format!("{at}/queuedEvents");
        let of_dag = "/api/v2/dags/consumer/assets/queuedEvents".to_owned();
        let one = format!("/api/v2/dags/consumer/assets/{}/queuedEvents", sold["id"]);
        assert_eq!(world.admin(&format!("GET {one}"), Value::Null, 200).await, waiting);
        world.admin(&format!("DELETE {one}"), Value::Null, 204).await;
        world.admin(&format!("DELETE {one}"), Value::Null, 404).await;
        world.admin(&format!("GET {one}"), Value::Null, 404).await;
        for path in [of_asset, of_dag] {
            assert_eq!(world.admin(&format!("GET {path}"), Value::Null, 200).await, nothing);
            world.admin("POST /api/v2/assets/events", event.clone(), 200).await;
            assert_eq!(world.admin(&format!("GET {path}"), Value::Null, 200).await, all);
            world.admin(&format!("DELETE {path}"), Value::Null, 204).await;
            world.admin(&format!("DELETE {path}"), Value::Null, 404).await;
        }
        let aliases = world.admin("GET /api/v2/assets/aliases", Value::Null, 200).await;
        let exports = &aliases["asset_aliases"][0];
        assert_eq!(*exports, json!({ "id": exports["id"], "name": "exports", "group": "asset" }));
        assert_eq!(aliases["total_entries"], 1);
        let one = format!("GET /api/v2/assets/aliases/{}", exports["id"]);
        assert_eq!(world.admin(&one, Value::Null, 200).await, *exports);
        world.admin("GET /api/v2/assets/aliases/999", Value::Null, 404).await;
        let none = world.admin("GET /api/v2/assets/aliases?name_pattern=other", Value::Null, 200).await;
        assert_eq!(none["total_entries"], 0);
    })
    .await;
}

#[tokio::test]
async fn an_asset_is_materialized_by_the_one_dag_that_updates_it() {
    on_both(async |world| {
        record(world).await;
        let listed = world
            .admin("GET /api/v2/assets?order_by=name", Value::Null, 200)
            .await;
        let materialize = |place: usize| {
            format!(
                "POST /api/v2/assets/{}/materialize",
                listed["assets"][place]["id"]
            )
        };
        world.admin(&materialize(0), Value::Null, 404).await;
        let run = world.admin(&materialize(1), Value::Null, 200).await;
        assert_eq!(
            (&run["dag_id"], &run["state"]),
            (&json!("producer"), &json!("queued"))
        );
        let body =
            json!({ "dag_run_id": "again", "conf": { "k": 1 }, "logical_date": "2024-01-05T00:00:00Z" });
        let run = world.admin(&materialize(1), body.clone(), 200).await;
        assert_eq!(
            (&run["dag_run_id"], &run["conf"]),
            (&json!("again"), &json!({ "k": 1 }))
        );
        world.admin(&materialize(1), body, 409).await;
        world
            .admin("POST /api/v2/assets/999/materialize", Value::Null, 404)
            .await;
        let refused = world.ask("Viewer", &materialize(1), Value::Null).await;
        assert_eq!(refused.status, 403);
    })
    .await;
}
