//! Backfills, which only version 2 has.

use serde_json::{Value, json};

use crate::support::on_both;

fn body() -> Value {
    json!({
        "dag_id": "sales", "from_date": "2024-01-02T00:00:00Z", "to_date": "2024-01-04T00:00:00Z",
        "dag_run_conf": { "k": 1 }, "max_active_runs": 2,
    })
}

#[tokio::test]
async fn backfills_are_made_paused_and_given_up() {
    on_both(async |world| {
        world.record_dags().await;
        let would = world.admin("POST /api/v2/backfills/dry_run", body(), 200).await;
        assert_eq!(would["total_entries"], 3);
        let first = json!({ "logical_date": "2024-01-02T00:00:00Z", "partition_key": null, "partition_date": null });
        assert_eq!(would["backfills"][0], first);
        let none = world.admin("GET /api/v2/backfills?dag_id=sales", Value::Null, 200).await;
        assert_eq!(none, json!({ "backfills": [], "total_entries": 0 }));
        let made = world.admin("POST /api/v2/backfills", body(), 200).await;
        let expected = json!({
            "id": made["id"], "dag_id": "sales", "from_date": "2024-01-02T00:00:00Z", "to_date": "2024-01-04T00:00:00Z",
            "dag_run_conf": { "k": 1 }, "is_paused": false, "reprocess_behavior": "none", "max_active_runs": 2,
            "created_at": "2024-01-12T06:00:00Z", "completed_at": null, "updated_at": "2024-01-12T06:00:00Z",
            "dag_display_name": "sales",
        });
        assert_eq!(made, expected);
        world.admin("POST /api/v2/backfills", body(), 409).await;
        let at = format!("/api/v2/backfills/{}", made["id"]);
        for (what, is_paused) in [("pause", true), ("pause", true), ("unpause", false), ("unpause", false)] {
            let changed = world.admin(&format!("PUT {at}/{what}"), Value::Null, 200).await;
            assert_eq!(changed["is_paused"], is_paused);
        }
        let over = world.admin(&format!("PUT {at}/cancel"), Value::Null, 200).await;
        assert_eq!(over["completed_at"], "2024-01-12T06:00:00Z");
        for what in ["cancel", "pause", "unpause"] {
            world.admin(&format!("PUT {at}/{what}"), Value::Null, 409).await;
        }
        assert_eq!(world.admin(&format!("GET {at}"), Value::Null, 200).await, over);
        let listed = world
            .admin("GET /api/v2/backfills?dag_id=sales&order_by=-id&limit=1", Value::Null, 200)
            .await;
        assert_eq!(listed, json!({ "backfills": [over], "total_entries": 1 }));
        let told = world.admin("GET /api/v2/eventLogs?dag_id=sales&order_by=-id&limit=1", Value::Null, 200).await;
        assert_eq!(told["event_logs"][0]["event"], "cancel_backfill");
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_backfilled_is_refused() {
    on_both(async |world| {
        world.record_dags().await;
        let with = |field: &str, value: Value| {
            let mut body = body();
            body[field] = value;
            body
        };
        world
            .admin("POST /api/v2/backfills", with("dag_id", "nothing".into()), 404)
            .await;
        world
            .admin("POST /api/v2/backfills", with("dag_id", "other".into()), 422)
            .await;
        world
            .admin(
                "POST /api/v2/backfills",
                with("to_date", "2023-01-01T00:00:00Z".into()),
                422,
            )
            .await;
        world
            .admin("POST /api/v2/backfills", with("max_active_runs", 0.into()), 422)
            .await;
        world
            .admin(
                "POST /api/v2/backfills",
                with("reprocess_behavior", "x".into()),
                422,
            )
            .await;
        world
            .admin("POST /api/v2/backfills", json!({ "dag_id": "sales" }), 422)
            .await;
        world.admin("GET /api/v2/backfills", Value::Null, 422).await;
        world.admin("GET /api/v2/backfills/999", Value::Null, 404).await;
        world
            .admin("PUT /api/v2/backfills/999/pause", Value::Null, 404)
            .await;
        let made = world.admin("POST /api/v2/backfills", body(), 200).await;
        world.add_user_of_other().await;
        let refusals = [
            ("GET /api/v2/backfills?dag_id=sales".to_owned(), 403),
            (format!("GET /api/v2/backfills/{}", made["id"]), 404),
        ];
        for (what, status) in refusals {
            assert_eq!(
                world.ask("other", &what, Value::Null).await.status,
                status,
                "{what}"
            );
        }
        assert_eq!(
            world.ask("other", "POST /api/v2/backfills", body()).await.status,
            403
        );
    })
    .await;
}
