//! Many connections, pools and variables at once, which only version 2 has; and where people log in.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

use crate::support::{World, on_both};

async fn does(world: &World, what: &str, actions: Value, expected: Value) {
    let path = format!("PATCH /api/v2/{what}");
    let done = world.admin(&path, json!({ "actions": actions }), 200).await;
    assert_eq!(done, expected, "{what}");
}

fn done(names: &[&str]) -> Value {
    json!({ "success": names, "errors": [] })
}

#[tokio::test]
async fn variables_are_made_changed_and_deleted_together() {
    on_both(async |world| {
        let entities = json!([{ "key": "a", "value": "1" }, { "key": "b", "value": { "k": 2 }, "description": "two" }]);
        let create = json!([{ "action": "create", "entities": entities }]);
        let expected = json!({ "create": done(&["a", "b"]), "update": null, "delete": null });
        does(world, "variables", create.clone(), expected).await;
        let refused = json!({ "error": "The variables with these names already exist: a, b", "status_code": 409 });
        let expected = json!({ "create": { "success": [], "errors": [refused] }, "update": null, "delete": null });
        does(world, "variables", create, expected).await;
        let mixed = json!([
            { "action": "create", "action_on_existence": "skip", "entities": [
                { "key": "a", "value": "x" }, { "key": "c", "value": "3" },
            ] },
            { "action": "create", "action_on_existence": "overwrite", "entities": [{ "key": "c", "value": "4" }] },
            { "action": "update", "update_mask": ["description"], "entities": [
                { "key": "b", "value": "lost", "description": "new" },
            ] },
            { "action": "update", "action_on_non_existence": "skip", "entities": [{ "key": "nothing", "value": "1" }] },
            { "action": "delete", "entities": ["a", { "key": "c", "value": "" }] },
            { "action": "delete", "entities": ["b", "nothing"] },
        ]);
        let missing = json!({ "error": "The variables with these names do not exist: nothing", "status_code": 404 });
        let expected = json!({
            "create": done(&["c", "c"]), "update": done(&["b"]),
            "delete": { "success": ["a", "c"], "errors": [missing] },
        });
        does(world, "variables", mixed, expected).await;
        let left = world.admin("GET /api/v2/variables", Value::Null, 200).await;
        let b = json!({ "key": "b", "value": "{\"k\":2}", "description": "new", "is_encrypted": false, "team_name": null });
        assert_eq!(left, json!({ "variables": [b], "total_entries": 1 }));
        let long = json!([{ "action": "create", "entities": [{ "key": "k".repeat(300), "value": "1" }] }]);
        let answer = world.admin("PATCH /api/v2/variables", json!({ "actions": long }), 200).await;
        assert_eq!(answer["create"]["errors"][0]["status_code"], 422);
        world.admin("PATCH /api/v2/variables", json!({ "actions": [{ "action": "x" }] }), 422).await;
        let refused = world.ask("Viewer", "PATCH /api/v2/variables", json!({ "actions": [] })).await;
        assert_eq!(refused.status, 403);
    })
    .await;
}

#[tokio::test]
async fn pools_and_connections_are_changed_together() {
    on_both(async |world| {
        let pools = json!([
            { "action": "create", "entities": [{ "name": "db", "slots": 3 }] },
            { "action": "update", "update_mask": ["slots"], "entities": [{ "name": "db", "slots": 5, "description": "x" }] },
            { "action": "delete", "entities": ["default_pool"] },
        ]);
        let done_to = world.admin("PATCH /api/v2/pools", json!({ "actions": pools }), 200).await;
        assert_eq!(done_to["update"], done(&["db"]));
        assert_eq!(done_to["delete"]["errors"][0]["status_code"], 400);
        let pool = world.admin("GET /api/v2/pools/db", Value::Null, 200).await;
        assert_eq!((&pool["slots"], &pool["description"]), (&json!(5), &json!("")));
        let connections = json!([
            { "action": "create", "entities": [
                { "connection_id": "c", "conn_type": "http", "host": "h", "password": "opensesame" },
            ] },
            { "action": "update", "entities": [
                { "connection_id": "c", "conn_type": "http", "host": "other", "password": "***" },
            ] },
        ]);
        let done_to = world.admin("PATCH /api/v2/connections", json!({ "actions": connections }), 200).await;
        assert_eq!((&done_to["create"], &done_to["update"]), (&done(&["c"]), &done(&["c"])));
        let stored = world.store.connection("c").await.unwrap().unwrap();
        assert_eq!((stored.host.as_deref(), stored.password.as_deref()), (Some("other"), Some("opensesame")));
        let gone = json!([{ "action": "delete", "entities": ["c"] }]);
        let expected = json!({ "create": null, "update": null, "delete": done(&["c"]) });
        does(world, "connections", gone, expected).await;
    })
    .await;
}

#[tokio::test]
async fn people_are_sent_to_the_pages_where_they_log_in_and_out() {
    on_both(async |world| {
        let ask = async |path: &str| {
            let answer = world.send(Request::get(path).body(Body::empty()).unwrap()).await;
            let location = answer
                .headers
                .get("location")
                .map(|value| value.to_str().unwrap().to_owned());
            (answer.status.as_u16(), location)
        };
        let to = |place: &str| (307, Some(place.to_owned()));
        assert_eq!(ask("/api/v2/auth/login").await, to("/auth/login"));
        assert_eq!(
            ask("/api/v2/auth/login?next=/dags?a%3Db").await,
            to("/auth/login?next=%2Fdags%3Fa%3Db")
        );
        for unsafe_next in [
            "https://evil.example",
            "//evil.example",
            "/%5Cevil.example",
            "dags",
        ] {
            assert_eq!(
                ask(&format!("/api/v2/auth/login?next={unsafe_next}")).await,
                (400, None)
            );
        }
        assert_eq!(ask("/api/v2/auth/logout").await, to("/auth/logout"));
    })
    .await;
}
