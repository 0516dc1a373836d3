//! Users, roles and permissions, which only version 1 has.

use serde_json::{Value, json};

use crate::support::{basic, on_both};

#[tokio::test]
async fn users_live_and_log_in_with_what_they_were_given() {
    on_both(async |world| {
        let body = json!({
            "username": "ada", "email": "ada@example.com", "first_name": "Ada", "last_name": "L",
            "roles": [{ "name": "Viewer" }], "password": "opensesame",
        });
        let made = world.admin("POST /api/v1/users", body.clone(), 200).await;
        let expected = json!({
            "first_name": "Ada", "last_name": "L", "username": "ada", "email": "ada@example.com", "active": true,
            "last_login": null, "login_count": 0, "failed_login_count": 0, "roles": [{ "name": "Viewer" }],
            "created_on": "2024-01-12T06:00:00+00:00", "changed_on": "2024-01-12T06:00:00+00:00",
        });
        assert_eq!(made, expected);
        world.admin("POST /api/v1/users", body.clone(), 409).await;
        let mut other = body.clone();
        other["username"] = "other".into();
        world.admin("POST /api/v1/users", other, 409).await;
        for missing in ["username", "email", "first_name", "last_name", "password"] {
            let mut lacks = body.clone();
            lacks.as_object_mut().unwrap().remove(missing);
            world.admin("POST /api/v1/users", lacks, 400).await;
        }
        let unknown = json!({
            "username": "bob", "email": "bob@example.com", "first_name": "B", "last_name": "B", "password": "p",
            "roles": [{ "name": "King" }],
        });
        let refused = world.admin("POST /api/v1/users", unknown, 400).await;
        assert_eq!(refused["detail"], "Unknown roles: `King`");
        let login = async |password: &str| {
            let request = axum::http::Request::get("/api/v1/dags").header("authorization", basic("ada", password));
            world.send(request.body(axum::body::Body::empty()).unwrap()).await.status
        };
        assert_eq!(login("opensesame").await, 200);
        let masked = "PATCH /api/v1/users/ada?update_mask=last_name,roles";
        let change = json!({ "first_name": "X", "last_name": "Lovelace", "roles": [{ "name": "Op" }] });
        let patched = world.admin(masked, change, 200).await;
        assert_eq!((&patched["first_name"], &patched["last_name"]), (&json!("Ada"), &json!("Lovelace")));
        assert_eq!(patched["roles"], json!([{ "name": "Op" }]));
        world.admin("PATCH /api/v1/users/ada", json!({ "password": "another one" }), 200).await;
        assert_eq!(login("opensesame").await, 401);
        assert_eq!(login("another one").await, 200);
        world.admin("PATCH /api/v1/users/ada", json!({ "username": "Op" }), 400).await;
        world.admin("PATCH /api/v1/users/ada?update_mask=active", json!({}), 400).await;
        world.admin("DELETE /api/v1/users/ada", Value::Null, 204).await;
        assert_eq!(login("another one").await, 401);
        world.admin("GET /api/v1/users/ada", Value::Null, 404).await;
        world.admin("PATCH /api/v1/users/ada", json!({}), 404).await;
        world.admin("DELETE /api/v1/users/ada", Value::Null, 404).await;
        let told = world.admin("GET /api/v1/eventLogs?limit=100", Value::Null, 200).await;
        assert!(!told.to_string().contains("opensesame") && told.to_string().contains("post_user"));
    })
    .await;
}

#[tokio::test]
async fn users_are_listed_in_pages_without_hashes() {
    on_both(async |world| {
        let page = world
            .admin(
                "GET /api/v1/users?order_by=-username&limit=2&offset=1",
                Value::Null,
                200,
            )
            .await;
        let names: Vec<&str> = page["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["username"].as_str().unwrap())
            .collect();
        assert_eq!(
            (names, &page["total_entries"]),
            (vec!["User", "Public"], &json!(5))
        );
        assert!(!page.to_string().contains("argon2"));
        assert_eq!(page["users"][0]["roles"], json!([{ "name": "User" }]));
        world
            .admin("GET /api/v1/users?order_by=password_hash", Value::Null, 400)
            .await;
    })
    .await;
}

#[tokio::test]
async fn roles_live_and_those_of_administrators_stay() {
    on_both(async |world| {
        let pair = |action: &str, resource: &str| json!({ "action": { "name": action }, "resource": { "name": resource } });
        let body = json!({ "name": "reader", "actions": [pair("can_read", "DAG:sales")] });
        assert_eq!(world.admin("POST /api/v1/roles", body.clone(), 200).await, body);
        world.admin("POST /api/v1/roles", body.clone(), 409).await;
        world.admin("POST /api/v1/roles", json!({ "actions": [] }), 400).await;
        let unknown = json!({ "name": "x", "actions": [pair("can_fly", "DAGs")] });
        world.admin("POST /api/v1/roles", unknown, 400).await;
        let change = json!({ "name": "Reader", "actions": [pair("can_read", "Pools"), pair("can_read", "DAGs")] });
        let patched = world.admin("PATCH /api/v1/roles/reader", change, 200).await;
        let expected = json!({ "name": "Reader", "actions": [pair("can_read", "DAGs"), pair("can_read", "Pools")] });
        assert_eq!(patched, expected);
        let masked = "PATCH /api/v1/roles/Reader?update_mask=name";
        let renamed = world.admin(masked, json!({ "name": "r", "actions": [] }), 200).await;
        assert_eq!(renamed["actions"], expected["actions"]);
        world.admin("PATCH /api/v1/roles/r", json!({ "name": "Op" }), 400).await;
        world.admin("PATCH /api/v1/roles/r?update_mask=id", json!({}), 400).await;
        world.admin("PATCH /api/v1/roles/nothing", json!({}), 404).await;
        world.admin("PATCH /api/v1/roles/Admin", json!({ "name": "x" }), 400).await;
        world.admin("DELETE /api/v1/roles/Admin", Value::Null, 400).await;
        let listed = world.admin("GET /api/v1/roles?order_by=-name&limit=1", Value::Null, 200).await;
        assert_eq!((&listed["total_entries"], &listed["roles"][0]["name"]), (&json!(6), &json!("r")));
        assert_eq!(world.admin("GET /api/v1/roles/r", Value::Null, 200).await, listed["roles"][0]);
        world.admin("DELETE /api/v1/roles/r", Value::Null, 204).await;
        world.admin("DELETE /api/v1/roles/r", Value::Null, 404).await;
        world.admin("GET /api/v1/roles/r", Value::Null, 404).await;
    })
    .await;
}

#[tokio::test]
async fn permissions_are_the_actions_that_there_are() {
    on_both(async |world| {
        let listed = world
            .admin("GET /api/v1/permissions?limit=2", Value::Null, 200)
            .await;
        let expected =
            json!({ "actions": [{ "name": "can_create" }, { "name": "can_read" }], "total_entries": 5 });
        assert_eq!(listed, expected);
    })
    .await;
}
