//! What is said of the installation: processes, settings, the event log of version 2.

use axum::http::StatusCode;
use serde_json::{Value, json};
use updraft_store::Holder;

use crate::support::{now, on_both};

#[tokio::test]
async fn processes_are_listed_and_those_that_are_silent_are_not_alive() {
    on_both(async |world| {
        let holder = Holder {
            hostname: "here".to_owned(),
            pid: 7,
        };
        let long_ago = "2024-01-12T05:00:00Z".parse().unwrap();
        world.store.join(&holder, 4, long_ago).await.unwrap();
        world.store.join(&holder, 4, now()).await.unwrap();
        let list = async |query: &str| {
            let found = world.admin(&format!("GET /api/v2/jobs?{query}"), Value::Null, 200).await;
            let jobs = found["jobs"].as_array().unwrap().clone();
            assert_eq!(found["total_entries"], jobs.len());
            jobs
        };
        let all = list("order_by=-start_date").await;
        assert_eq!(all.len(), 2);
        let expected = json!({
            "id": all[0]["id"], "dag_id": null, "state": "running", "job_type": "SchedulerJob",
            "start_date": "2024-01-12T06:00:00Z", "end_date": null, "latest_heartbeat": "2024-01-12T06:00:00Z",
            "executor_class": "LocalExecutor", "hostname": "here", "unixname": null, "dag_display_name": null,
        });
        assert_eq!(all[0], expected);
        assert_eq!(list("is_alive=true").await, vec![expected.clone()]);
        assert_eq!(list("is_alive=false").await.len(), 1);
        assert_eq!(list("start_date_gt=2024-01-12T05:00:00Z").await.len(), 1);
        assert_eq!(list("start_date_gte=2024-01-12T05:00:00Z&start_date_lt=2024-01-12T06:00:00Z").await.len(), 1);
        assert_eq!(list("end_date_lte=2025-01-01").await.len(), 0);
        assert_eq!(list("job_type=TriggererJob").await.len(), 0);
        assert_eq!(list("hostname=there").await.len(), 0);
        assert_eq!(list("job_state=running").await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn settings_are_shown_as_json_and_as_text() {
    on_both(async |world| {
        for version in ["v1", "v2"] {
            let at = format!("/api/{version}/config");
            let whole = world.admin(&format!("GET {at}"), Value::Null, 200).await;
            assert_eq!(whole["sections"].as_array().unwrap().len(), 2);
            let core = json!({ "sections": [{ "name": "core", "options": [
                { "key": "parallelism", "value": "32" }, { "key": "fernet_key", "value": "< hidden >" },
            ] }] });
            assert_eq!(
                world
                    .admin(&format!("GET {at}?section=core"), Value::Null, 200)
                    .await,
                core
            );
            world
                .admin(&format!("GET {at}?section=nothing"), Value::Null, 404)
                .await;
            assert_eq!(
                world.text(&format!("{at}?section=core"), 200).await,
                "[core]\nparallelism = 32\nfernet_key = < hidden >\n\n"
            );
            let one = world
                .admin(
                    &format!("GET {at}/section/core/option/parallelism"),
                    Value::Null,
                    200,
                )
                .await;
            assert_eq!(
                one["sections"][0]["options"],
                json!([{ "key": "parallelism", "value": "32" }])
            );
            world
                .admin(&format!("GET {at}/section/core/option/nothing"), Value::Null, 404)
                .await;
            world
                .admin(
                    &format!("GET {at}/section/nothing/option/parallelism"),
                    Value::Null,
                    404,
                )
                .await;
            let refused = world.ask("Viewer", &format!("GET {at}"), Value::Null).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN);
        }
    })
    .await;
}

#[tokio::test]
async fn the_event_log_of_version_2_is_searched_and_sorted() {
    on_both(async |world| {
        for key in ["a", "b"] {
            world
                .admin("POST /api/v1/variables", json!({ "key": key, "value": "v" }), 200)
                .await;
        }
        world.admin("DELETE /api/v1/variables/a", Value::Null, 204).await;
        let list = async |query: &str| {
            let found = world
                .admin(&format!("GET /api/v2/eventLogs?{query}"), Value::Null, 200)
                .await;
            let entries = found["event_logs"].as_array().unwrap().clone();
            let events = entries
                .iter()
                .map(|entry| entry["event"].as_str().unwrap().to_owned());
            events.collect::<Vec<_>>()
        };
        assert_eq!(
            list("").await,
            ["post_variables", "post_variables", "delete_variable"]
        );
        assert_eq!(list("order_by=-id&limit=1").await, ["delete_variable"]);
        assert_eq!(
            list("order_by=event&order_by=-when").await.first().unwrap(),
            "delete_variable"
        );
        assert_eq!(list("event_pattern=DELETE").await, ["delete_variable"]);
        assert_eq!(
            list("event_prefix_pattern=post_&owner_pattern=adm%25n")
                .await
                .len(),
            2
        );
        assert_eq!(list("excluded_events=post_variables").await, ["delete_variable"]);
        assert_eq!(
            list("included_events=post_variables&included_events=x")
                .await
                .len(),
            2
        );
        assert_eq!(list("dag_id_pattern=x").await.len(), 0);
        world
            .admin(
                "GET /api/v2/eventLogs?order_by=id&order_by=when&order_by=event",
                Value::Null,
                400,
            )
            .await;
        world
            .admin("GET /api/v2/eventLogs?dag_id=%00", Value::Null, 422)
            .await;
    })
    .await;
}

#[tokio::test]
async fn what_is_installed_for_dag_files_is_told() {
    on_both(async |world| {
        let v1 = world.admin("GET /api/v1/plugins", Value::Null, 200).await;
        let plugin = &v1["plugins"][0];
        assert_eq!(
            (&v1["total_entries"], &plugin["macros"]),
            (&json!(1), &json!(["moon.phase"]))
        );
        assert_eq!(
            (&plugin["name"], &plugin["source"]),
            (&json!("moon"), &json!("/plugins/moon.py"))
        );
        let docs = json!({ "name": "Docs", "href": "/docs" });
        assert_eq!(plugin["appbuilder_menu_items"], json!([docs]));
        assert_eq!(plugin["appbuilder_views"][0]["view"], "moon.Page");
        let v2 = world.admin("GET /api/v2/plugins", Value::Null, 200).await;
        let views = &v2["plugins"][0]["external_views"];
        assert_eq!((&views[0]["url_route"], &views[3]), (&json!("tides"), &docs));
        assert_eq!(
            (&v2["plugins"][0]["name"], &v2["plugins"][0]["react_apps"]),
            (&json!("moon"), &json!([]))
        );
        let none = world
            .admin("GET /api/v2/plugins?offset=1", Value::Null, 200)
            .await;
        assert_eq!(none, json!({ "plugins": [], "total_entries": 1 }));
        let broken = world
            .admin("GET /api/v2/plugins/importErrors", Value::Null, 200)
            .await;
        let error = json!({ "source": "/plugins/sun.py", "error": "SyntaxError" });
        assert_eq!(broken, json!({ "import_errors": [error], "total_entries": 1 }));
        let v1 = world.admin("GET /api/v1/providers", Value::Null, 200).await;
        let http = json!({
            "package_name": "apache-airflow-providers-http", "description": "http", "version": "1.0.0",
        });
        assert_eq!((&v1["total_entries"], &v1["providers"][0]), (&json!(2), &http));
        let v2 = world
            .admin("GET /api/v2/providers?limit=1&offset=1", Value::Null, 200)
            .await;
        assert_eq!(
            (&v2["total_entries"], &v2["providers"][0]["description"]),
            (&json!(2), &json!("sqlite"))
        );
    })
    .await;
}
