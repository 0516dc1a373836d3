//! Variables in both versions.

use serde_json::{Value, json};

use crate::support::on_both;

#[tokio::test]
async fn variables_live_in_version_1() {
    on_both(async |world| {
        let made = world
            .admin("POST /api/v1/variables", json!({ "key": "a", "value": "1" }), 200)
            .await;
        assert_eq!(made, json!({ "key": "a", "description": null, "value": "1" }));
        let body = json!({ "key": "b/c d", "value": "2", "description": "for a test" });
        world.admin("POST /api/v1/variables", body, 200).await;
        let listed = world
            .admin("GET /api/v1/variables?order_by=-key&limit=1", Value::Null, 200)
            .await;
        assert_eq!(
            (&listed["total_entries"], &listed["variables"][0]["key"]),
            (&json!(2), &json!("b/c d"))
        );
        let one = world
            .admin("GET /api/v1/variables/b%2Fc%20d", Value::Null, 200)
            .await;
        assert_eq!(one["value"], "2");
        let changed = json!({ "key": "a", "value": "3", "description": "new" });
        let masked = "PATCH /api/v1/variables/a?update_mask=description";
        let one = world.admin(masked, changed.clone(), 200).await;
        assert_eq!(one, json!({ "key": "a", "description": "new", "value": "1" }));
        let one = world.admin("PATCH /api/v1/variables/a", changed, 200).await;
        assert_eq!(one["value"], "3");
        world
            .admin("PATCH /api/v1/variables/a", json!({ "key": "z" }), 400)
            .await;
        world
            .admin("PATCH /api/v1/variables/a?update_mask=id", json!({}), 400)
            .await;
        world.admin("PATCH /api/v1/variables/z", json!({}), 404).await;
        world
            .admin("POST /api/v1/variables", json!({ "key": "a" }), 400)
            .await;
        world.admin("DELETE /api/v1/variables/a", Value::Null, 204).await;
        world.admin("DELETE /api/v1/variables/a", Value::Null, 404).await;
        world.admin("GET /api/v1/variables/a", Value::Null, 404).await;
    })
    .await;
}

#[tokio::test]
async fn variables_live_in_version_2_and_secret_ones_are_hidden() {
    on_both(async |world| {
        let made = world
            .admin(
                "POST /api/v2/variables",
                json!({ "key": "a", "value": { "x": [1] } }),
                201,
            )
            .await;
        assert_eq!(made["value"], "{\"x\":[1]}");
        world
            .admin("POST /api/v2/variables", json!({ "key": "a", "value": "2" }), 409)
            .await;
        let secret = json!({ "key": "db_password", "value": "opensesame" });
        let made = world.admin("POST /api/v2/variables", secret, 201).await;
        assert_eq!(made["value"], "***");
        let stored = world.store.variable("db_password").await.unwrap();
        assert_eq!(stored.as_deref(), Some("opensesame"));
        let found = "GET /api/v2/variables?variable_key_pattern=PASS";
        let listed = world.admin(found, Value::Null, 200).await;
        assert_eq!(
            (&listed["total_entries"], &listed["variables"][0]["value"]),
            (&json!(1), &json!("***"))
        );
        let changed = json!({ "key": "a", "value": "3", "description": "new" });
        let masked = "PATCH /api/v2/variables/a?update_mask=description";
        let one = world.admin(masked, changed.clone(), 200).await;
        assert_eq!(
            (&one["value"], &one["description"]),
            (&json!("{\"x\":[1]}"), &json!("new"))
        );
        world.admin("PATCH /api/v2/variables/b", changed, 400).await;
        world
            .admin(
                "POST /api/v2/variables",
                json!({ "key": "b", "nonsense": 1 }),
                422,
            )
            .await;
        world.admin("DELETE /api/v2/variables/a", Value::Null, 204).await;
        world.admin("GET /api/v2/variables/a", Value::Null, 404).await;
    })
    .await;
}
