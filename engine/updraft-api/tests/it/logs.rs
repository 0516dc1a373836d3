//! Logs of tries, and the tries themselves.

use std::fs;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::engine::{Engine, task};
use crate::support::{World, basic, on_both};

const RUN: &str = "dags/sales/dagRuns/one";

/// Task `a` of run `one` has failed at its first try.
async fn with_try(world: &World, log: &str) {
    world.record_dags().await;
    let asked = json!({ "dag_run_id": "one", "logical_date": "2024-01-10T00:00:00Z" });
    world.admin("POST /api/v1/dags/sales/dagRuns", asked, 200).await;
    let key = task("one", "a", -1);
    let engine = Engine::start(world, key.run_key()).await;
    engine.begin(&key, None).await;
    engine.fail(&key).await;
    fs::write(world.logs.path().join("a.-1.1.log"), log).unwrap();
}

/// Asks for a log as this kind of text.
async fn asked(world: &World, path: &str, accept: &str) -> (StatusCode, String) {
    let authorization = if path.starts_with("v1") {
        basic("Admin", "Admin")
    } else {
        format!("Bearer {}", world.token("Admin").await)
    };
    let request = Request::get(format!("/api/{path}"))
        .header("accept", accept)
        .header("authorization", authorization);
    world.send_for_text(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_log_is_told_as_text_or_in_parts() {
    on_both(async |world| {
        with_try(world, "[one] \"quoted\"\n[two] Grüße\n").await;
        let log = format!("v1/{RUN}/taskInstances/a/logs/1");
        let whole = "[one] \"quoted\"\n[two] Grüße\n";
        assert_eq!(
            asked(world, &log, "text/plain").await,
            (StatusCode::OK, whole.to_owned())
        );
        for query in ["", "?full_content=true"] {
            let (status, text) = asked(world, &format!("{log}{query}"), "application/json").await;
            let part: Value = serde_json::from_str(&text).unwrap();
            assert_eq!((status, &part["content"]), (StatusCode::OK, &json!(whole)));
        }
        let (_, text) = asked(world, &log, "application/json").await;
        let part: Value = serde_json::from_str(&text).unwrap();
        let token = part["continuation_token"].as_str().unwrap();
        let (_, text) = asked(world, &format!("{log}?token={token}"), "application/json").await;
        let part: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(part["content"], "");
        let (status, _) = asked(world, &format!("{log}?token=made.up"), "application/json").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        for wrong in [
            "b/logs/1",
            "a/logs/2",
            "a/logs/0",
            "..%2F..%2Fetc/logs/1",
            "a/logs/1?map_index=3",
        ] {
            let (status, _) = asked(world, &format!("v1/{RUN}/taskInstances/{wrong}"), "text/plain").await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{wrong}");
        }
        fs::remove_file(world.logs.path().join("a.-1.1.log")).unwrap();
        assert_eq!(asked(world, &log, "text/plain").await.0, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_long_log_comes_in_parts_of_whole_lines() {
    on_both(async |world| {
        let line = format!("{}\n", "x".repeat(1000));
        let whole = line.repeat(3000);
        with_try(world, &whole).await;
        let log = format!("v1/{RUN}/taskInstances/a/logs/1");
        assert_eq!(asked(world, &log, "text/plain").await.1, whole);
        let (mut read, mut token, mut parts) = (String::new(), String::new(), 0);
        while read.len() < whole.len() {
            let (_, text) = asked(world, &format!("{log}?token={token}"), "application/json").await;
            let part: Value = serde_json::from_str(&text).unwrap();
            let content = part["content"].as_str().unwrap();
            assert!(content.ends_with('\n') && content.len() <= 1 << 20);
            read.push_str(content);
            token = part["continuation_token"].as_str().unwrap().to_owned();
            parts += 1;
        }
        assert_eq!((read == whole, parts), (true, 3));
    })
    .await;
}

#[tokio::test]
async fn version_2_tells_the_entries_of_a_log() {
    on_both(async |world| {
        let entry = json!({ "timestamp": "2024-01-12T06:00:00Z", "level": "info", "event": "page done" });
        with_try(world, &format!("{entry}\nplain text\n")).await;
        let log = format!("v2/{RUN}/taskInstances/a/logs/1");
        let expected = json!([entry, { "event": "plain text" }]);
        for query in ["", "?full_content=true"] {
            let (status, text) = asked(world, &format!("{log}{query}"), "*/*").await;
            let part: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(status, StatusCode::OK);
            assert_eq!(part, json!({ "content": expected, "continuation_token": null }));
        }
        let (_, lines) = asked(world, &log, "application/x-ndjson").await;
        let lines: Vec<Value> = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(Value::Array(lines), expected);
        let (status, _) = asked(world, &format!("{log}?token=x"), "*/*").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            asked(world, &format!("v2/{RUN}/taskInstances/b/logs/1"), "*/*")
                .await
                .0,
            StatusCode::NOT_FOUND
        );
        let external = format!("GET /api/v2/{RUN}/taskInstances/a/externalLogUrl/1");
        world.admin(&external, Value::Null, 400).await;
    })
    .await;
}

#[tokio::test]
async fn tries_of_a_task_are_told() {
    on_both(async |world| {
        with_try(world, "").await;
        for (version, list) in [("v1", "task_instances_history"), ("v2", "task_instances")] {
            let tries = format!("GET /api/{version}/{RUN}/taskInstances/a/tries");
            let told = world.admin(&tries, Value::Null, 200).await;
            let one = &told[list][0];
            assert_eq!(
                (
                    &told["total_entries"],
                    &one["state"],
                    &one["try_number"],
                    &one["hostname"],
                    &one["duration"]
                ),
                (
                    &json!(1),
                    &json!("failed"),
                    &json!(1),
                    &json!("worker"),
                    &json!(0.0)
                )
            );
            assert_eq!(world.admin(&format!("{tries}/1"), Value::Null, 200).await, *one);
        }
    })
    .await;
}

/// Task `b` of run `one` has three copies, of which the middle one runs.
async fn with_copies(world: &World) {
    with_try(world, "").await;
    let engine = Engine::take_over(world).await;
    engine.expand(&task("one", "b", -1), 3).await;
    engine.begin(&task("one", "b", 1), None).await;
}

#[tokio::test]
async fn copies_of_a_task_are_listed_with_those_that_share_a_row() {
    on_both(async |world| {
        with_copies(world).await;
        for version in ["v1", "v2"] {
            let copies = async |query: &str| {
                let what = format!("GET /api/{version}/{RUN}/taskInstances/b/listMapped?{query}");
                let told = world.admin(&what, Value::Null, 200).await;
                let copies = told["task_instances"].as_array().unwrap().clone();
                let copies: Vec<String> = copies
                    .iter()
                    .map(|copy| {
                        format!(
                            "{}:{}",
                            copy["map_index"],
                            copy["state"].as_str().unwrap_or("none")
                        )
                    })
                    .collect();
                (copies.join(" "), told["total_entries"].as_u64().unwrap())
            };
            assert_eq!(copies("").await, ("0:none 1:running 2:none".to_owned(), 3));
            assert_eq!(
                copies("order_by=-map_index&limit=2").await,
                ("2:none 1:running".to_owned(), 3)
            );
            assert_eq!(copies("state=running").await, ("1:running".to_owned(), 1));
            let one = format!("GET /api/{version}/{RUN}/taskInstances/b/2");
            assert_eq!(world.admin(&one, Value::Null, 200).await["map_index"], 2);
            let all = world
                .admin(
                    &format!("GET /api/{version}/{RUN}/taskInstances?limit=2&offset=2"),
                    Value::Null,
                    200,
                )
                .await;
            assert_eq!(
                (
                    &all["total_entries"],
                    &all["task_instances"][0]["map_index"],
                    &all["task_instances"][1]["map_index"]
                ),
                (&json!(4), &json!(1), &json!(2))
            );
        }
    })
    .await;
}

#[tokio::test]
async fn copies_of_a_task_are_changed_one_by_one() {
    on_both(async |world| {
        with_copies(world).await;
        let note = format!("PATCH /api/v1/{RUN}/taskInstances/b/2/setNote");
        assert_eq!(
            world.admin(&note, json!({ "note": "mine" }), 200).await["note"],
            "mine"
        );
        let other = world
            .admin(&format!("GET /api/v2/{RUN}/taskInstances/b/0"), Value::Null, 200)
            .await;
        assert_eq!(other["note"], Value::Null);
        let marked = world
            .admin(
                &format!("PATCH /api/v2/{RUN}/taskInstances/b/0"),
                json!({ "new_state": "skipped" }),
                200,
            )
            .await;
        assert_eq!(
            (
                &marked["total_entries"],
                &marked["task_instances"][0]["map_index"]
            ),
            (&json!(1), &json!(0))
        );
        let clear = json!({ "task_ids": [["b", 0]], "only_failed": false, "dry_run": false });
        let cleared = world
            .admin("POST /api/v2/dags/sales/clearTaskInstances", clear, 200)
            .await;
        assert_eq!(
            (
                &cleared["total_entries"],
                &cleared["task_instances"][0]["map_index"]
            ),
            (&json!(1), &json!(0))
        );
        let running = json!({ "task_ids": ["b"], "only_failed": false, "prevent_running_task": true });
        world
            .admin("POST /api/v2/dags/sales/clearTaskInstances", running, 409)
            .await;
    })
    .await;
}
