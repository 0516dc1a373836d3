//! Sources of DAGs in both versions: what is wrong with them, their texts, versions and tags.

use serde_json::{Value, json};
use updraft_store::Lease;

use crate::support::{World, now, on_both};

async fn break_source(world: &World, lease: &Lease, source: &str) {
    let file = format!("/dags/{source}");
    let place = (source, file.as_str());
    world
        .store
        .record_import_error(lease, place, "SyntaxError: line 3", now())
        .await
        .unwrap();
}

#[tokio::test]
async fn import_errors_are_listed_and_found_by_number() {
    on_both(async |world| {
        let lease = world.record_dags().await;
        break_source(world, &lease, "b.py").await;
        break_source(world, &lease, "a.py").await;
        let listed = world
            .admin("GET /api/v1/importErrors?order_by=filename", Value::Null, 200)
            .await;
        assert_eq!(listed["total_entries"], 2);
        let first = &listed["import_errors"][0];
        let expected = json!({
            "import_error_id": first["import_error_id"], "timestamp": "2024-01-12T06:00:00+00:00",
            "filename": "/dags/a.py", "stack_trace": "SyntaxError: line 3",
        });
        assert_eq!(*first, expected);
        let number = first["import_error_id"].as_i64().unwrap();
        let one = world
            .admin(&format!("GET /api/v1/importErrors/{number}"), Value::Null, 200)
            .await;
        assert_eq!(one, expected);
        let one = world
            .admin(&format!("GET /api/v2/importErrors/{number}"), Value::Null, 200)
            .await;
        assert_eq!(
            (&one["bundle_name"], &one["timestamp"]),
            (&json!("dags-folder"), &json!("2024-01-12T06:00:00Z"))
        );
        let count = async |query: &str| {
            let found = world
                .admin(&format!("GET /api/v2/importErrors?{query}"), Value::Null, 200)
                .await;
            (
                found["total_entries"].as_u64().unwrap(),
                found["import_errors"].as_array().unwrap().len(),
            )
        };
        assert_eq!(
            count("limit=1&order_by=-timestamp&order_by=filename").await,
            (2, 1)
        );
        assert_eq!(count("filename_pattern=B.PY").await, (1, 1));
        assert_eq!(count("filename_prefix_pattern=/dags/a").await, (1, 1));
        assert_eq!(count("filename=/dags/b.py").await, (1, 1));
        assert_eq!(count("bundle_name=other").await, (0, 0));
        assert_eq!(count("filename_pattern=%25").await, (2, 2));
        world
            .admin("GET /api/v1/importErrors/999", Value::Null, 404)
            .await;
        world
            .admin("GET /api/v2/importErrors/999", Value::Null, 404)
            .await;
        world
            .admin("GET /api/v2/importErrors?order_by=secret", Value::Null, 400)
            .await;
    })
    .await;
}

#[tokio::test]
async fn who_may_not_read_all_dags_of_a_source_is_not_shown_what_is_wrong_with_it() {
    on_both(async |world| {
        let lease = world.record_dags().await;
        break_source(world, &lease, "test.bundle.toml").await;
        break_source(world, &lease, "elsewhere.py").await;
        world.add_user_of_other().await;
        let answer = world.ask("other", "GET /api/v1/importErrors", Value::Null).await;
        assert_eq!(answer.body["total_entries"], 1);
        let shown = answer.body["import_errors"][0]["stack_trace"].as_str().unwrap();
        assert!(shown.starts_with("REDACTED"), "{shown}");
    })
    .await;
}

#[tokio::test]
async fn tasks_of_pools_that_there_are_not_are_warned_of() {
    on_both(async |world| {
        let lease = world.record_dags().await;
        let none = world.admin("GET /api/v1/dagWarnings", Value::Null, 200).await;
        assert_eq!(none["total_entries"], 0);
        world
            .record_dag(&lease, "pooled", json!({ "pool": "database" }))
            .await;
        let v1 = world.admin("GET /api/v1/dagWarnings", Value::Null, 200).await;
        let expected = json!({
            "dag_id": "pooled", "warning_type": "non-existent pool", "timestamp": "2024-01-12T06:00:00+00:00",
            "message": "Dag 'pooled' references non-existent pools: database",
        });
        assert_eq!(v1["dag_warnings"], json!([expected]));
        let v2 = async |query: &str| {
            let found = world
                .admin(&format!("GET /api/v2/dagWarnings?{query}"), Value::Null, 200)
                .await;
            found["total_entries"].as_u64().unwrap()
        };
        assert_eq!(v2("dag_id=pooled&warning_type=non-existent%20pool").await, 1);
        assert_eq!(v2("dag_id=sales").await, 0);
        assert_eq!(v2("warning_type=asset%20conflict").await, 0);
        world
            .admin("GET /api/v2/dagWarnings?warning_type=x", Value::Null, 422)
            .await;
        world.add_user_of_other().await;
        let hidden = world.ask("other", "GET /api/v1/dagWarnings", Value::Null).await;
        assert_eq!(hidden.status, 403);
        let pool = json!({ "name": "database", "slots": 1 });
        world.admin("POST /api/v1/pools", pool, 200).await;
        assert_eq!(v2("").await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_text_of_a_dag_file_is_told_as_json_and_as_text() {
    on_both(async |world| {
        world.record_dags().await;
        let dag = world.admin("GET /api/v1/dags/sales", Value::Null, 200).await;
        let token = dag["file_token"].as_str().unwrap();
        let at = format!("/api/v1/dagSources/{token}");
        let v1 = world.admin(&format!("GET {at}"), Value::Null, 200).await;
        assert_eq!(v1, json!({ "content": "the text of the file" }));
        assert_eq!(world.text(&at, 200).await, "the text of the file");
        world
            .admin("GET /api/v1/dagSources/L2V0Yy9wYXNzd2Q.AAAA", Value::Null, 404)
            .await;
        let v2 = world
            .admin("GET /api/v2/dagSources/sales?version_number=1", Value::Null, 200)
            .await;
        assert_eq!(
            (&v2["content"], &v2["version_number"]),
            (&json!("the text of the file"), &json!(1))
        );
        assert_eq!(
            world.text("/api/v2/dagSources/sales", 200).await,
            "the text of the file"
        );
        world
            .admin("GET /api/v2/dagSources/sales?version_number=7", Value::Null, 404)
            .await;
        world
            .admin("GET /api/v2/dagSources/nothing", Value::Null, 404)
            .await;
        // The file has also a DAG that this user may not read.
        world.add_user_of_other().await;
        let hidden = world.ask("other", &format!("GET {at}"), Value::Null).await;
        assert_eq!(hidden.status, 403);
    })
    .await;
}

#[tokio::test]
async fn a_dag_file_is_read_again_when_somebody_wants_it() {
    on_both(async |world| {
        world.record_dags().await;
        let dag = world.admin("GET /api/v2/dags/sales", Value::Null, 200).await;
        let token = dag["file_token"].as_str().unwrap();
        for version in ["v1", "v2"] {
            world
                .admin(
                    &format!("PUT /api/{version}/parseDagFile/{token}"),
                    Value::Null,
                    201,
                )
                .await;
            let wanted = world.store.take_parse_requests().await.unwrap();
            assert_eq!(wanted, ["test.bundle.toml"]);
            world
                .admin(&format!("PUT /api/{version}/parseDagFile/x.y"), Value::Null, 404)
                .await;
        }
        world.add_user_of_other().await;
        let refused = world
            .ask("other", &format!("PUT /api/v2/parseDagFile/{token}"), Value::Null)
            .await;
        assert_eq!(refused.status, 403);
        assert!(world.store.take_parse_requests().await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn versions_and_tags_of_dags_are_listed() {
    on_both(async |world| {
        world.record_dags().await;
        let listed = world
            .admin("GET /api/v2/dags/sales/dagVersions", Value::Null, 200)
            .await;
        assert_eq!(listed["total_entries"], 1);
        let one = world
            .admin("GET /api/v2/dags/sales/dagVersions/1", Value::Null, 200)
            .await;
        assert_eq!(one, listed["dag_versions"][0]);
        assert_eq!(
            (&one["dag_id"], &one["created_at"]),
            (&json!("sales"), &json!("2024-01-12T06:00:00Z"))
        );
        let all = world
            .admin(
                "GET /api/v2/dags/~/dagVersions?order_by=-dag_id",
                Value::Null,
                200,
            )
            .await;
        assert_eq!(
            (&all["total_entries"], &all["dag_versions"][0]["dag_id"]),
            (&json!(2), &json!("sales"))
        );
        let none = world
            .admin(
                "GET /api/v2/dags/sales/dagVersions?bundle_name=x",
                Value::Null,
                200,
            )
            .await;
        assert_eq!(none["total_entries"], 0);
        world
            .admin("GET /api/v2/dags/sales/dagVersions/2", Value::Null, 404)
            .await;
        world
            .admin("GET /api/v2/dags/nothing/dagVersions", Value::Null, 404)
            .await;
        let tags = world
            .admin("GET /api/v2/dagTags?tag_name_pattern=T", Value::Null, 200)
            .await;
        assert_eq!(tags, json!({ "tags": ["etl"], "total_entries": 1 }));
        world.add_user_of_other().await;
        let hidden = world.ask("other", "GET /api/v2/dagTags", Value::Null).await;
        assert_eq!(hidden.body, json!({ "tags": [], "total_entries": 0 }));
        let seen = world
            .ask("other", "GET /api/v2/dags/~/dagVersions", Value::Null)
            .await;
        assert_eq!(seen.body["total_entries"], 1);
    })
    .await;
}

#[tokio::test]
async fn favorites_are_those_of_one_user() {
    on_both(async |world| {
        world.record_dags().await;
        for _ in 0..2 {
            world
                .admin("POST /api/v2/dags/sales/favorite", Value::Null, 204)
                .await;
        }
        let of_viewer = world
            .ask("Viewer", "POST /api/v2/dags/sales/unfavorite", Value::Null)
            .await;
        assert_eq!(of_viewer.status, 409);
        let details = world
            .admin("GET /api/v2/dags/sales/details", Value::Null, 200)
            .await;
        assert_eq!(details["is_favorite"], true);
        for (wanted, ids) in [("true", vec!["sales"]), ("false", vec!["other"])] {
            let path = format!("GET /api/v2/dags?is_favorite={wanted}");
            let listed = world.admin(&path, Value::Null, 200).await;
            let listed = listed["dags"].as_array().unwrap().iter();
            let listed: Vec<_> = listed.map(|dag| dag["dag_id"].as_str().unwrap()).collect();
            assert_eq!(listed, ids, "{wanted}");
        }
        world
            .admin("POST /api/v2/dags/sales/unfavorite", Value::Null, 204)
            .await;
        world
            .admin("POST /api/v2/dags/sales/unfavorite", Value::Null, 409)
            .await;
        world
            .admin("POST /api/v2/dags/nothing/favorite", Value::Null, 404)
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_dag_is_deleted_with_its_runs_and_its_source_is_read_again() {
    on_both(async |world| {
        world.record_dags().await;
        let run = json!({ "dag_run_id": "r", "logical_date": "2024-01-02T00:00:00Z" });
        world.admin("POST /api/v2/dags/sales/dagRuns", run, 200).await;
        world
            .admin("POST /api/v2/dags/sales/favorite", Value::Null, 204)
            .await;
        world.admin("DELETE /api/v1/dags/sales", Value::Null, 204).await;
        world.admin("GET /api/v1/dags/sales", Value::Null, 404).await;
        assert_eq!(
            world.store.take_parse_requests().await.unwrap(),
            ["test.bundle.toml"]
        );
        world.admin("DELETE /api/v1/dags/sales", Value::Null, 404).await;
        assert_eq!(
            world.admin("DELETE /api/v2/dags/other", Value::Null, 200).await,
            Value::Null
        );
        world.admin("DELETE /api/v2/dags/other", Value::Null, 404).await;
        let told = world
            .admin(
                "GET /api/v2/eventLogs?event=delete_dag&order_by=-dag_id",
                Value::Null,
                200,
            )
            .await;
        assert_eq!(
            (&told["total_entries"], &told["event_logs"][0]["dag_id"]),
            (&json!(2), &json!("sales"))
        );
    })
    .await;
}
