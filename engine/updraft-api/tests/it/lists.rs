//! Lists of DAGs, runs and tasks of DAGs: filters, orders and pages, which are the database's work.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::support::{World, on_both};

/// What a list says of each of its entries, and how many there are on all pages.
pub(crate) async fn listed(world: &World, what: &str, (list, field): (&str, &str)) -> (String, u64) {
    let answer = world.admin(what, Value::Null, 200).await;
    let entries = answer[list].as_array().unwrap();
    let texts: Vec<&str> = entries
        .iter()
        .map(|entry| entry[field].as_str().unwrap())
        .collect();
    (texts.join(" "), answer["total_entries"].as_u64().unwrap())
}

async fn with_runs(world: &World) {
    world.record_dags().await;
    for (run_id, day) in [("one", 8), ("two", 9), ("three", 10)] {
        let asked = json!({ "dag_run_id": run_id, "logical_date": format!("2024-01-{day:02}T00:00:00Z"), "conf": { "n": run_id } });
        world.admin("POST /api/v1/dags/sales/dagRuns", asked, 200).await;
    }
    let asked = json!({ "dag_run_id": "lone", "logical_date": "2024-01-09T12:00:00Z" });
    world.admin("POST /api/v1/dags/other/dagRuns", asked, 200).await;
    let failed = json!({ "state": "failed" });
    world
        .admin("PATCH /api/v1/dags/sales/dagRuns/one", failed, 200)
        .await;
}

#[tokio::test]
async fn version_2_lists_dags_by_what_is_asked() {
    on_both(async |world| {
        with_runs(world).await;
        let dags = async |query: &str| {
            let what = format!("GET /api/v2/dags?{query}");
            listed(world, &what, ("dags", "dag_id")).await
        };
        let of = |ids: &str, total: u64| (ids.to_owned(), total);
        assert_eq!(dags("").await, of("other sales", 2));
        assert_eq!(dags("order_by=-dag_id&limit=1").await, of("sales", 2));
        assert_eq!(dags("limit=1&offset=1").await, of("sales", 2));
        assert_eq!(dags("tags=etl&tags=more").await, of("sales", 1));
        assert_eq!(dags("tags=etl&tags=more&tags_match_mode=all").await, of("", 0));
        assert_eq!(dags("tags=etl&tags_match_mode=all").await, of("sales", 1));
        assert_eq!(dags("owners=airflow").await, of("other sales", 2));
        assert_eq!(dags("owners=air").await, of("", 0));
        assert_eq!(dags("dag_id_pattern=SAL%25s").await, of("sales", 1));
        assert_eq!(
            dags("dag_id_pattern=sale%20%7C%20oth").await,
            of("other sales", 2)
        );
        assert_eq!(dags("dag_id_pattern=~").await, of("other sales", 2));
        assert_eq!(dags("dag_id_prefix_pattern=ale").await, of("", 0));
        assert_eq!(dags("dag_display_name_pattern=ale").await, of("sales", 1));
        assert_eq!(dags("dag_id_pattern=%5C").await, of("", 0));
        assert_eq!(dags("paused=false").await, of("", 0));
        assert_eq!(dags("has_import_errors=true").await, of("", 0));
        assert_eq!(dags("has_asset_schedule=false").await, of("other sales", 2));
        assert_eq!(dags("asset_dependency=orders").await, of("", 0));
        assert_eq!(dags("last_dag_run_state=failed").await, of("", 0));
        assert_eq!(dags("last_dag_run_state=queued").await, of("other sales", 2));
        assert_eq!(dags("dag_run_state=failed").await, of("sales", 1));
        assert_eq!(dags("dag_run_end_date_lt=2024-01-12T06:00:00Z").await, of("", 0));
        assert_eq!(
            dags("dag_run_end_date_lte=2024-01-12T06:00:00Z").await,
            of("sales", 1)
        );
        assert_eq!(dags("bundle_name=dags-folder").await, of("other sales", 2));
        assert_eq!(dags("bundle_name=another").await, of("", 0));
        for wrong in [
            "order_by=password",
            "last_dag_run_state=ill",
            "tags_match_mode=some",
            "paused=perhaps",
            "timetable_type=x",
        ] {
            let answer = world
                .ask("Admin", &format!("GET /api/v2/dags?{wrong}"), Value::Null)
                .await;
            assert!(answer.status.is_client_error(), "{wrong}: {answer:?}");
        }
        world.add_user_of_other().await;
        let theirs = world.ask("other", "GET /api/v2/dags", Value::Null).await;
        assert_eq!(
            (&theirs.body["total_entries"], &theirs.body["dags"][0]["dag_id"]),
            (&json!(1), &json!("other"))
        );
    })
    .await;
}

#[tokio::test]
async fn details_of_a_dag_are_those_of_its_description() {
    on_both(async |world| {
        with_runs(world).await;
        let v1 = world
            .admin("GET /api/v1/dags/sales/details", Value::Null, 200)
            .await;
        assert_eq!(
            (&v1["dag_id"], &v1["timezone"], &v1["start_date"], &v1["catchup"]),
            (
                &json!("sales"),
                &json!("UTC"),
                &json!("2024-01-01T00:00:00+00:00"),
                &json!(false)
            )
        );
        let picked = world
            .admin(
                "GET /api/v1/dags/sales/details?fields=concurrency",
                Value::Null,
                200,
            )
            .await;
        assert_eq!(picked, json!({ "concurrency": 16 }));
        let v2 = world
            .admin("GET /api/v2/dags/sales/details", Value::Null, 200)
            .await;
        assert_eq!(
            (&v2["active_runs_count"], &v2["concurrency"]),
            (&json!(2), &json!(16))
        );
        assert_eq!(v2["latest_dag_version"]["version_number"], 1);
        for version in ["v1", "v2"] {
            let nothing = format!("GET /api/{version}/dags/nothing/details");
            world.admin(&nothing, Value::Null, 404).await;
        }
    })
    .await;
}

#[tokio::test]
async fn tasks_of_a_dag_are_told_in_order() {
    on_both(async |world| {
        world.record_dags().await;
        for version in ["v1", "v2"] {
            let all = world
                .admin(
                    &format!("GET /api/{version}/dags/sales/tasks?order_by=-task_id"),
                    Value::Null,
                    200,
                )
                .await;
            let ids: Vec<&Value> = all["tasks"]
                .as_array()
                .unwrap()
                .iter()
                .map(|task| &task["task_id"])
                .collect();
            assert_eq!(ids, ["b", "a"]);
            let one = world
                .admin(
                    &format!("GET /api/{version}/dags/sales/tasks/a"),
                    Value::Null,
                    200,
                )
                .await;
            assert_eq!(one["downstream_task_ids"], json!(["b"]));
            assert_eq!(
                (&one["trigger_rule"], &one["weight_rule"]),
                (&json!("all_success"), &json!("downstream"))
            );
            let delay = json!({ "__type": "TimeDelta", "days": 0, "seconds": 300, "microseconds": 0 });
            assert_eq!((&one["retry_delay"], &one["is_mapped"]), (&delay, &json!(false)));
            assert_eq!(one["class_ref"]["class_name"], "RustOperator");
            world
                .admin(
                    &format!("GET /api/{version}/dags/sales/tasks/nothing"),
                    Value::Null,
                    404,
                )
                .await;
            world
                .admin(
                    &format!("GET /api/{version}/dags/sales/tasks?order_by=secret"),
                    Value::Null,
                    400,
                )
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn version_2_lists_runs_by_what_is_asked() {
    on_both(async |world| {
        with_runs(world).await;
        let runs = async |query: &str| {
            let what = format!("GET /api/v2/dags/~/dagRuns?{query}");
            listed(world, &what, ("dag_runs", "dag_run_id")).await
        };
        let of = |ids: &str, total: u64| (ids.to_owned(), total);
        assert_eq!(runs("").await, of("one two lone three", 4));
        assert_eq!(runs("order_by=-logical_date&limit=2").await, of("three lone", 4));
        assert_eq!(runs("order_by=run_id&offset=2").await, of("three two", 4));
        assert_eq!(runs("dag_id_pattern=sal").await, of("one two three", 3));
        assert_eq!(runs("run_id_prefix_pattern=t").await, of("two three", 2));
        assert_eq!(runs("run_id_pattern=thr%7Ctwo").await, of("two three", 2));
        assert_eq!(runs("state=failed").await, of("one", 1));
        assert_eq!(
            runs("state=failed&state=queued").await,
            of("one two lone three", 4)
        );
        assert_eq!(runs("run_type=backfill").await, of("", 0));
        assert_eq!(runs("conf_contains=two").await, of("two", 1));
        assert_eq!(runs("dag_version=2").await, of("", 0));
        assert_eq!(
            runs("logical_date_gt=2024-01-08T00:00:00Z&logical_date_lt=2024-01-10T00:00:00Z").await,
            of("two lone", 2)
        );
        assert_eq!(
            runs("logical_date_gte=2024-01-10T00:00:00Z").await,
            of("three", 1)
        );
        assert_eq!(
            runs("triggering_user_name_pattern=adm").await,
            of("one two lone three", 4)
        );
        assert_eq!(runs("triggering_user_name_pattern=nobody").await, of("", 0));
        assert_eq!(runs("duration_gte=0").await, of("", 0));
        assert_eq!(runs("consuming_asset_pattern=x").await, of("", 0));
        assert_eq!(runs("bundle_version=1").await, of("", 0));
    })
    .await;
}

#[tokio::test]
async fn pages_of_runs_are_found_by_cursors_and_mistakes_refused() {
    on_both(async |world| {
        with_runs(world).await;
        let of = |ids: &str, total: u64| (ids.to_owned(), total);
        let sales = listed(
            world,
            "GET /api/v2/dags/sales/dagRuns",
            ("dag_runs", "dag_run_id"),
        )
        .await;
        assert_eq!(sales, of("one two three", 3));
        let first = world
            .admin("GET /api/v2/dags/~/dagRuns?cursor=&limit=3", Value::Null, 200)
            .await;
        assert_eq!(
            (&first["total_entries"], &first["previous_cursor"]),
            (&Value::Null, &Value::Null)
        );
        let next = first["next_cursor"].as_str().unwrap();
        let last = world
            .admin(
                &format!("GET /api/v2/dags/~/dagRuns?limit=3&cursor={next}"),
                Value::Null,
                200,
            )
            .await;
        assert_eq!(
            (&last["dag_runs"][0]["dag_run_id"], &last["next_cursor"]),
            (&json!("three"), &Value::Null)
        );
        for (wrong, status) in [
            ("cursor=x", 422),
            ("order_by=x", 400),
            ("state=x", 422),
            ("run_type=x", 422),
        ] {
            world
                .admin(
                    &format!("GET /api/v2/dags/~/dagRuns?{wrong}"),
                    Value::Null,
                    status,
                )
                .await;
        }
        world
            .admin("GET /api/v2/dags/nothing/dagRuns", Value::Null, 404)
            .await;
    })
    .await;
}

#[tokio::test]
async fn runs_of_several_dags_are_asked_for_with_a_body() {
    on_both(async |world| {
        with_runs(world).await;
        let ids = async |version: &str, body: Value| {
            let answer = world
                .admin(&format!("POST /api/{version}/dags/~/dagRuns/list"), body, 200)
                .await;
            let runs = answer["dag_runs"].as_array().unwrap().clone();
            let ids: Vec<&str> = runs
                .iter()
                .map(|run| run["dag_run_id"].as_str().unwrap())
                .collect();
            ids.join(" ")
        };
        for version in ["v1", "v2"] {
            assert_eq!(ids(version, json!({})).await, "one two lone three");
            assert_eq!(ids(version, json!({ "dag_ids": ["other", "?"] })).await, "lone");
            assert_eq!(ids(version, json!({ "dag_ids": [] })).await, "");
            assert_eq!(
                ids(
                    version,
                    json!({ "states": ["queued"], "page_limit": 2, "page_offset": 1 })
                )
                .await,
                "lone three"
            );
            let list = format!("POST /api/{version}/dags/~/dagRuns/list");
            let wrong = world.ask("Admin", &list, json!({ "nonsense": 1 })).await;
            assert!(matches!(
                wrong.status,
                StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY
            ));
            let viewed = world.ask("Viewer", &list, json!({})).await;
            assert_eq!(viewed.status, StatusCode::OK);
        }
        world.add_user_of_other().await;
        let theirs = world
            .ask(
                "other",
                "POST /api/v1/dags/~/dagRuns/list",
                json!({ "dag_ids": ["sales", "other"] }),
            )
            .await;
        assert_eq!(
            (
                &theirs.body["total_entries"],
                &theirs.body["dag_runs"][0]["dag_id"]
            ),
            (&json!(1), &json!("other"))
        );
    })
    .await;
}

#[tokio::test]
async fn lists_of_what_is_not_there_are_empty_where_airflow_promises_no_404() {
    on_both(async |world| {
        world.record_dags().await;
        for (path, list) in [
            ("v1/dags/nothing/dagRuns", "dag_runs"),
            ("v1/dags/nothing/dagRuns/one/taskInstances", "task_instances"),
            ("v1/dags/sales/dagRuns/nothing/taskInstances", "task_instances"),
            (
                "v1/dags/sales/dagRuns/nothing/taskInstances/a/xcomEntries",
                "xcom_entries",
            ),
            ("v2/backfills?dag_id=no%20id", "backfills"),
            ("v2/dags/no%20id/assets/queuedEvents", "queued_events"),
            (
                "v2/dags/no%20id/dagRuns/one/taskInstances/a/state-store",
                "task_state_store",
            ),
        ] {
            let answer = world.admin(&format!("GET /api/{path}"), Value::Null, 200).await;
            assert_eq!(
                (&answer[list], &answer["total_entries"]),
                (&json!([]), &json!(0)),
                "{path}"
            );
        }
    })
    .await;
}
