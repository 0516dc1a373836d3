//! Pools in both versions.

use serde_json::{Value, json};

use crate::support::on_both;

#[tokio::test]
async fn pools_live_in_version_1() {
    on_both(async |world| {
        let body = json!({ "name": "db", "slots": 3, "include_deferred": true });
        let made = world.admin("POST /api/v1/pools", body.clone(), 200).await;
        let expected = json!({
            "name": "db", "slots": 3, "occupied_slots": 0, "running_slots": 0, "queued_slots": 0, "open_slots": 3,
            "scheduled_slots": 0, "deferred_slots": 0, "description": "", "include_deferred": true,
        });
        assert_eq!(made, expected);
        world.admin("POST /api/v1/pools", body, 409).await;
        world.admin("POST /api/v1/pools", json!({ "name": "db" }), 400).await;
        world.admin("POST /api/v1/pools", json!({ "name": "x", "slots": -2 }), 400).await;
        let listed = world.admin("GET /api/v1/pools?order_by=-slots", Value::Null, 200).await;
        assert_eq!((&listed["total_entries"], &listed["pools"][0]["name"]), (&json!(2), &json!("default_pool")));
        let patched = world.admin("PATCH /api/v1/pools/db", json!({ "slots": -1 }), 200).await;
        assert_eq!((&patched["slots"], &patched["open_slots"]), (&json!(-1), &json!(-1)));
        assert_eq!(patched["include_deferred"], true);
        world.admin("PATCH /api/v1/pools/db", json!({ "name": "other" }), 400).await;
        world.admin("DELETE /api/v1/pools/default_pool", Value::Null, 400).await;
        world.admin("DELETE /api/v1/pools/db", Value::Null, 204).await;
        world.admin("GET /api/v1/pools/db", Value::Null, 404).await;
    })
    .await;
}

#[tokio::test]
async fn pools_live_in_version_2() {
    on_both(async |world| {
        let body = json!({ "name": "db", "slots": 3, "description": "for a test" });
        let made = world.admin("POST /api/v2/pools", body.clone(), 201).await;
        assert_eq!(
            (&made["description"], &made["team_name"]),
            (&json!("for a test"), &Value::Null)
        );
        world.admin("POST /api/v2/pools", body, 409).await;
        world
            .admin("POST /api/v2/pools", json!({ "name": "db" }), 422)
            .await;
        let masked = "PATCH /api/v2/pools/db?update_mask=slots&update_mask=include_deferred";
        let change = json!({ "slots": 5, "description": "new", "include_deferred": true });
        let patched = world.admin(masked, change, 200).await;
        assert_eq!(
            (&patched["slots"], &patched["description"]),
            (&json!(5), &json!("for a test"))
        );
        assert_eq!(patched["include_deferred"], true);
        world
            .admin("PATCH /api/v2/pools/db", json!({ "pool": "other" }), 400)
            .await;
        let listed = world
            .admin(
                "GET /api/v2/pools?pool_name_prefix_pattern=d&order_by=-name",
                Value::Null,
                200,
            )
            .await;
        assert_eq!(
            (&listed["total_entries"], &listed["pools"][0]["name"]),
            (&json!(2), &json!("default_pool"))
        );
        world.admin("DELETE /api/v2/pools/db", Value::Null, 204).await;
        world.admin("DELETE /api/v2/pools/db", Value::Null, 404).await;
    })
    .await;
}
