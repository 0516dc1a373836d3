//! The event log: what is done by the interface stands there, without secrets.

use serde_json::{Value, json};

use crate::support::on_both;

#[tokio::test]
async fn what_people_change_stands_in_the_event_log_without_secrets() {
    on_both(async |world| {
        world
            .admin(
                "POST /api/v1/variables",
                json!({ "key": "k", "value": "opensesame" }),
                200,
            )
            .await;
        let connection = json!({ "connection_id": "c", "conn_type": "http", "password": "opensesame" });
        world.ask("Op", "POST /api/v2/connections", connection).await;
        world.admin("DELETE /api/v1/variables/k", Value::Null, 204).await;
        let listed = world
            .admin("GET /api/v1/eventLogs?order_by=-when", Value::Null, 200)
            .await;
        assert!(!listed.to_string().contains("opensesame"));
        let told: Vec<(&str, &str)> = listed["event_logs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| (entry["event"].as_str().unwrap(), entry["owner"].as_str().unwrap()))
            .collect();
        let expected = [
            ("delete_variable", "Admin"),
            ("post_connection", "Op"),
            ("post_variables", "Admin"),
        ];
        assert_eq!(told, expected);
        let of =
            "GET /api/v1/eventLogs?owner=Op&excluded_events=post_variables,delete_variable&before=2025-01-01";
        let filtered = world.admin(of, Value::Null, 200).await;
        assert_eq!(filtered["total_entries"], 1);
        let number = filtered["event_logs"][0]["event_log_id"].as_i64().unwrap();
        let v1 = world
            .admin(&format!("GET /api/v1/eventLogs/{number}"), Value::Null, 200)
            .await;
        assert_eq!(v1["when"], "2024-01-12T06:00:00+00:00");
        let v2 = world
            .admin(&format!("GET /api/v2/eventLogs/{number}"), Value::Null, 200)
            .await;
        assert_eq!(
            (&v2["when"], &v2["event"]),
            (&json!("2024-01-12T06:00:00Z"), &json!("post_connection"))
        );
        world.admin("GET /api/v2/eventLogs/999", Value::Null, 404).await;
    })
    .await;
}
