//! DAGs in both versions.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::on_both;

#[tokio::test]
async fn dags_are_listed_with_filters_and_chosen_fields() {
    on_both(async |world| {
        world.record_dags().await;
        let ids = async |query: &str| {
            let listed = world
                .admin(&format!("GET /api/v1/dags{query}"), Value::Null, 200)
                .await;
            let dags = listed["dags"].as_array().unwrap();
            let ids: Vec<String> = dags
                .iter()
                .map(|dag| dag["dag_id"].as_str().unwrap().to_owned())
                .collect();
            (ids.join(" "), listed["total_entries"].as_u64().unwrap())
        };
        assert_eq!(ids("").await, ("other sales".to_owned(), 2));
        assert_eq!(ids("?order_by=-dag_id&limit=1").await, ("sales".to_owned(), 2));
        assert_eq!(ids("?tags=etl,nothing").await, ("sales".to_owned(), 1));
        assert_eq!(ids("?dag_id_pattern=OTH").await, ("other".to_owned(), 1));
        assert_eq!(ids("?paused=False").await, (String::new(), 0));
        assert_eq!(ids("?paused=true&offset=1").await, ("sales".to_owned(), 2));
        let fields = "GET /api/v1/dags/sales?fields=dag_id&fields=schedule_interval";
        let picked = world.admin(fields, Value::Null, 200).await;
        let cron = json!({ "__type": "CronExpression", "value": "@daily" });
        assert_eq!(picked, json!({ "dag_id": "sales", "schedule_interval": cron }));
        world
            .admin("GET /api/v1/dags/sales?fields=nonsense", Value::Null, 400)
            .await;
        let whole = world.admin("GET /api/v1/dags/sales", Value::Null, 200).await;
        assert_eq!(
            (&whole["tags"], &whole["is_paused"]),
            (&json!([{ "name": "etl" }]), &json!(true))
        );
        assert!(!whole["file_token"].as_str().unwrap().is_empty());
        world.admin("GET /api/v1/dags/nothing", Value::Null, 404).await;
        world.admin("GET /api/v2/dags/nothing", Value::Null, 404).await;
    })
    .await;
}

#[tokio::test]
async fn dags_are_paused_one_by_one_and_by_pattern() {
    on_both(async |world| {
        world.record_dags().await;
        let unpaused = world
            .admin("PATCH /api/v1/dags/sales", json!({ "is_paused": false }), 200)
            .await;
        assert_eq!(unpaused["is_paused"], false);
        let v2 = world.admin("GET /api/v2/dags/sales", Value::Null, 200).await;
        assert_eq!(
            (&v2["is_paused"], &v2["tags"][0]["name"]),
            (&json!(false), &json!("etl"))
        );
        let all = "PATCH /api/v1/dags?dag_id_pattern=~&update_mask=is_paused";
        let none = world.admin(all, json!({ "is_paused": true }), 200).await;
        assert_eq!(none["total_entries"], 0);
        let all = "PATCH /api/v1/dags?dag_id_pattern=%25";
        let paused = world.admin(all, json!({ "is_paused": true }), 200).await;
        assert_eq!(
            (&paused["total_entries"], &paused["dags"][1]["is_paused"]),
            (&json!(2), &json!(true))
        );
        world
            .admin("PATCH /api/v2/dags/sales", json!({ "is_paused": false }), 200)
            .await;
        world.admin("PATCH /api/v2/dags/sales", json!({}), 422).await;
        let all = "PATCH /api/v2/dags?dag_id_pattern=~&paused=true&update_mask=is_paused";
        let unpaused = world.admin(all, json!({ "is_paused": false }), 200).await;
        assert_eq!(
            (
                &unpaused["total_entries"],
                &unpaused["dags"][0]["dag_id"],
                &unpaused["dags"][0]["is_paused"]
            ),
            (&json!(1), &json!("other"), &json!(false))
        );
        let none = world
            .admin("PATCH /api/v2/dags?owners=ann", json!({ "is_paused": true }), 200)
            .await;
        assert_eq!(none, json!({ "dags": [], "total_entries": 0 }));
        world
            .admin(
                "PATCH /api/v2/dags?dag_id_pattern=~&update_mask=tags",
                json!({ "is_paused": true }),
                400,
            )
            .await;
        let log = world
            .admin("GET /api/v1/eventLogs?dag_id=sales", Value::Null, 200)
            .await;
        let events = log["event_logs"].as_array().unwrap();
        let told: Vec<&str> = events
            .iter()
            .map(|entry| entry["event"].as_str().unwrap())
            .collect();
        assert_eq!(told, ["patch_dag", "patch_dags", "patch_dag"]);
    })
    .await;
}

#[tokio::test]
async fn who_may_see_one_dag_sees_no_other() {
    on_both(async |world| {
        world.record_dags().await;
        world.add_user_of_other().await;
        let listed = world.ask("other", "GET /api/v1/dags", Value::Null).await;
        assert_eq!(
            (&listed.body["total_entries"], &listed.body["dags"][0]["dag_id"]),
            (&json!(1), &json!("other"))
        );
        let status = async |what: &str, body: Value| world.ask("other", what, body).await.status;
        assert_eq!(
            status("GET /api/v1/dags/other", Value::Null).await,
            StatusCode::OK
        );
        assert_eq!(
            status("GET /api/v2/dags/sales", Value::Null).await,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            status("GET /api/v1/dags/nothing", Value::Null).await,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            status("PATCH /api/v1/dags/sales", json!({ "is_paused": false })).await,
            StatusCode::FORBIDDEN
        );
        let all = "PATCH /api/v1/dags?dag_id_pattern=%25";
        let changed = world.ask("other", all, json!({ "is_paused": false })).await;
        assert_eq!(changed.body["total_entries"], 1);
        assert_eq!(
            world.admin("GET /api/v1/dags/sales", Value::Null, 200).await["is_paused"],
            true
        );
        world
            .admin("POST /api/v1/dags/sales/dagRuns", json!({}), 200)
            .await;
        assert_eq!(
            status("POST /api/v1/dags/other/dagRuns", json!({})).await,
            StatusCode::OK
        );
        assert_eq!(
            status("POST /api/v1/dags/sales/dagRuns", json!({})).await,
            StatusCode::FORBIDDEN
        );
        let runs = world
            .ask("other", "GET /api/v1/dags/~/dagRuns", Value::Null)
            .await;
        assert_eq!(
            (&runs.body["total_entries"], &runs.body["dag_runs"][0]["dag_id"]),
            (&json!(1), &json!("other"))
        );
    })
    .await;
}
