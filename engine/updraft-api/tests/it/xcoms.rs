//! Values of tasks in version 2, waiting for runs, how many runs there are, and what has caused them.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use updraft_api::serve;

use crate::engine::{Engine, task};
use crate::lists::listed;
use crate::support::{World, on_both};

const VALUES: &str = "/api/v2/dags/sales/dagRuns/one/taskInstances/a/xcomEntries";

async fn with_value(world: &World) {
    world.record_dags().await;
    for (dag, run) in [("sales", "one"), ("other", "lone")] {
        let asked = json!({ "dag_run_id": run, "logical_date": "2024-01-10T00:00:00Z" });
        world
            .admin(&format!("POST /api/v1/dags/{dag}/dagRuns"), asked, 200)
            .await;
    }
    let key = task("one", "a", -1);
    let engine = Engine::start(world, key.run_key()).await;
    engine.begin(&key, Some(json!({ "rows": 3 }))).await;
}

#[tokio::test]
async fn values_are_written_read_and_deleted() {
    on_both(async |world| {
        with_value(world).await;
        let told = world
            .admin(&format!("GET {VALUES}/return_value"), Value::Null, 200)
            .await;
        assert_eq!(
            (&told["value"], &told["map_index"], &told["run_id"]),
            (&json!({ "rows": 3 }), &json!(-1), &json!("one"))
        );
        let text = world
            .admin(
                &format!("GET {VALUES}/return_value?stringify=true"),
                Value::Null,
                200,
            )
            .await;
        assert_eq!(text["value"], "{\"rows\":3}");
        let post = format!("POST {VALUES}");
        let made = world
            .admin(&post, json!({ "key": "k", "value": [1, null] }), 201)
            .await;
        assert_eq!((&made["key"], &made["value"]), (&json!("k"), &json!([1, null])));
        let taken = world.admin(&post, json!({ "key": "k", "value": 2 }), 409).await;
        assert!(taken["detail"].as_str().unwrap().contains("already exists"));
        world.admin(&post, json!({ "key": "", "value": 2 }), 422).await;
        world.admin(&post, json!({ "key": "k" }), 422).await;
        world
            .admin(&post, json!({ "key": "k", "value": 2, "map_index": 4 }), 404)
            .await;
        world
            .admin(
                "POST /api/v2/dags/sales/dagRuns/two/taskInstances/a/xcomEntries",
                json!({ "key": "k", "value": 1 }),
                404,
            )
            .await;
        let patch = format!("PATCH {VALUES}/k");
        assert_eq!(
            world.admin(&patch, json!({ "value": "new" }), 200).await["value"],
            "new"
        );
        world
            .admin(&format!("PATCH {VALUES}/other"), json!({ "value": 1 }), 404)
            .await;
        world.admin(&format!("DELETE {VALUES}/k"), Value::Null, 204).await;
        world.admin(&format!("DELETE {VALUES}/k"), Value::Null, 404).await;
        world.admin(&format!("GET {VALUES}/k"), Value::Null, 404).await;
        let viewer = world
            .ask("Viewer", &post, json!({ "key": "k", "value": 1 }))
            .await;
        assert_eq!(viewer.status, StatusCode::FORBIDDEN);
        let log = world
            .admin(
                "GET /api/v1/eventLogs?order_by=event_log_id&task_id=a",
                Value::Null,
                200,
            )
            .await;
        let events: Vec<&Value> = log["event_logs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| &entry["event"])
            .collect();
        assert_eq!(
            events,
            ["create_xcom_entry", "update_xcom_entry", "delete_xcom_entry"]
        );
    })
    .await;
}

#[tokio::test]
async fn values_are_listed_by_what_is_asked() {
    on_both(async |world| {
        with_value(world).await;
        world
            .admin(
                &format!("POST {VALUES}"),
                json!({ "key": "extra", "value": 1 }),
                201,
            )
            .await;
        let other = "POST /api/v2/dags/other/dagRuns/lone/taskInstances/a/xcomEntries";
        world
            .admin(other, json!({ "key": "third", "value": 1 }), 201)
            .await;
        let keys = async |path: &str| {
            let what = format!("GET /api/v2/dags/{path}");
            listed(world, &what, ("xcom_entries", "key")).await
        };
        let of = |ids: &str, total: u64| (ids.to_owned(), total);
        let all = "~/dagRuns/~/taskInstances/~/xcomEntries";
        assert_eq!(keys(all).await, of("third extra return_value", 3));
        assert_eq!(
            keys(&format!("{all}?order_by=-key&limit=1&offset=1")).await,
            of("return_value", 3)
        );
        assert_eq!(
            keys(&format!("{all}?xcom_key_pattern=EXT%7Cthi")).await,
            of("third extra", 2)
        );
        assert_eq!(keys(&format!("{all}?xcom_key=extra")).await, of("extra", 1));
        assert_eq!(keys(&format!("{all}?map_index=0")).await, of("", 0));
        assert_eq!(
            keys(&format!("{all}?run_id_prefix_pattern=lo")).await,
            of("third", 1)
        );
        assert_eq!(
            keys(&format!("{all}?logical_date_gt=2024-01-10T00:00:00Z")).await,
            of("", 0)
        );
        assert_eq!(
            keys("sales/dagRuns/one/taskInstances/a/xcomEntries").await,
            of("extra return_value", 2)
        );
        assert_eq!(
            keys("sales/dagRuns/one/taskInstances/b/xcomEntries").await,
            of("", 0)
        );
        assert_eq!(
            keys("~/dagRuns/lone/taskInstances/a/xcomEntries").await,
            of("third", 1)
        );
        world
            .admin(
                "GET /api/v2/dags/sales/dagRuns/two/taskInstances/a/xcomEntries",
                Value::Null,
                404,
            )
            .await;
        world
            .admin(
                &format!("GET /api/v2/dags/{all}?order_by=value"),
                Value::Null,
                400,
            )
            .await;
    })
    .await;
}

#[tokio::test]
async fn who_waits_for_a_run_is_told_what_its_tasks_returned() {
    on_both(async |world| {
        with_value(world).await;
        let done = json!({ "state": "success" });
        world
            .admin("PATCH /api/v2/dags/sales/dagRuns/one", done, 200)
            .await;
        let wait = "/api/v2/dags/sales/dagRuns/one/wait";
        let request = Request::get(format!("{wait}?interval=1&result=a&result=b"))
            .header("authorization", format!("Bearer {}", world.token("Admin").await));
        let (status, text) = world.send_for_text(request.body(Body::empty()).unwrap()).await;
        assert_eq!(status, StatusCode::OK);
        let line: Value = serde_json::from_str(text.strip_suffix('\n').unwrap()).unwrap();
        assert_eq!(
            line,
            json!({ "state": "success", "results": { "a": { "rows": 3 }, "b": null } })
        );
        for wrong in [
            "",
            "?interval=0",
            "?interval=-1",
            "?interval=NaN",
            "?interval=1&result=%2F",
        ] {
            world.admin(&format!("GET {wait}{wrong}"), Value::Null, 422).await;
        }
        world
            .admin(
                "GET /api/v2/dags/sales/dagRuns/two/wait?interval=1",
                Value::Null,
                404,
            )
            .await;
    })
    .await;
}

#[tokio::test]
async fn who_waits_does_not_keep_a_server_from_stopping() {
    on_both(async |world| {
        with_value(world).await;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let server = serve(listener, world.router(), stop.clone());
        let asks = async {
            let mut connection = TcpStream::connect(address).await.unwrap();
            let token = world.token("Admin").await;
            let request = format!(
                "GET /api/v2/dags/sales/dagRuns/one/wait?interval=3000 HTTP/1.1\r\nHost: x\r\n\
                 Authorization: Bearer {token}\r\nConnection: close\r\n\r\n"
            );
            connection.write_all(request.as_bytes()).await.unwrap();
            let mut told = String::new();
            let mut buffer = [0; 1024];
            while !told.contains("running") {
                let length = connection.read(&mut buffer).await.unwrap();
                assert!(length > 0, "{told}");
                told.push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
            stop.cancel();
            connection.read_to_string(&mut told).await.unwrap();
            told
        };
        let (served, told) = tokio::join!(server, asks);
        served.unwrap();
        assert!(
            told.starts_with("HTTP/1.1 200 OK") && told.ends_with("0\r\n\r\n"),
            "{told}"
        );
    })
    .await;
}

#[tokio::test]
async fn runs_are_counted_by_state() {
    on_both(async |world| {
        with_value(world).await;
        let stats = |queued: u64, running: u64| {
            let states = [
                ("queued", queued),
                ("running", running),
                ("success", 0),
                ("failed", 0),
            ];
            Value::Array(
                states
                    .map(|(state, count)| json!({ "state": state, "count": count }))
                    .into(),
            )
        };
        for (version, named) in [("v1", "sales,other"), ("v2", "sales&dag_ids=other")] {
            let told = world
                .admin(
                    &format!("GET /api/{version}/dagStats?dag_ids={named}"),
                    Value::Null,
                    200,
                )
                .await;
            assert_eq!(told["total_entries"], 2);
            assert_eq!(
                (&told["dags"][0]["stats"], &told["dags"][1]["stats"]),
                (&stats(1, 0), &stats(0, 1))
            );
            let one = world
                .admin(
                    &format!("GET /api/{version}/dagStats?dag_ids=sales"),
                    Value::Null,
                    200,
                )
                .await;
            assert_eq!(
                (&one["total_entries"], &one["dags"][0]["dag_id"]),
                (&json!(1), &json!("sales"))
            );
        }
        assert_eq!(
            world.admin("GET /api/v2/dagStats", Value::Null, 200).await["total_entries"],
            2
        );
        world.admin("GET /api/v1/dagStats", Value::Null, 400).await;
        world.add_user_of_other().await;
        let theirs = world
            .ask("other", "GET /api/v2/dagStats?dag_ids=sales", Value::Null)
            .await;
        assert_eq!(theirs.body["total_entries"], 0);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_no_asset_has_caused_has_no_events() {
    on_both(async |world| {
        with_value(world).await;
        for (version, path, list) in [
            ("v1", "upstreamDatasetEvents", "dataset_events"),
            ("v2", "upstreamAssetEvents", "asset_events"),
        ] {
            let run = format!("GET /api/{version}/dags/sales/dagRuns");
            let told = world.admin(&format!("{run}/one/{path}"), Value::Null, 200).await;
            assert_eq!((&told[list], &told["total_entries"]), (&json!([]), &json!(0)));
            world.admin(&format!("{run}/two/{path}"), Value::Null, 404).await;
        }
    })
    .await;
}
