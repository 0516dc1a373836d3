//! What happens, as pages that follow it hear it.

use axum::body::Body;
use axum::http::Request;
use futures::StreamExt;
use serde_json::json;

use crate::support::{World, on_both};

/// Follows as the user of a role, and returns what is told until `until` is.
async fn follow(world: &World, role: &str, last: Option<&str>) -> impl AsyncFnMut(&str) -> String {
    let request =
        Request::get("/ui/api/events").header("authorization", format!("Bearer {}", world.token(role).await));
    let request = match last {
        Some(last) => request.header("last-event-id", last),
        None => request,
    };
    let response = world.stream(request.body(Body::empty()).unwrap()).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body().into_data_stream();
    let mut told = String::new();
    async move |until: &str| {
        while !told.contains(until) {
            let more = body.next().await.expect("it goes on").unwrap();
            told.push_str(std::str::from_utf8(&more).unwrap());
        }
        std::mem::take(&mut told)
    }
}

#[tokio::test]
async fn pages_hear_of_what_they_may_read_and_go_on_where_they_were() {
    on_both(async |world| {
        world.record_dags().await;
        world.add_user_of_other().await;
        let mut admin = follow(world, "Admin", None).await;
        let first = admin("id: ").await;
        let start = first
            .split("id: ")
            .nth(1)
            .unwrap()
            .split('\n')
            .next()
            .unwrap()
            .to_owned();
        assert!(first.starts_with("retry: 2000\n"), "{first}");
        let asked = json!({ "dag_run_id": "one", "logical_date": "2024-01-09T00:00:00Z" });
        world.admin("POST /api/v1/dags/sales/dagRuns", asked, 200).await;
        world.clock.advance(std::time::Duration::from_secs(1));
        let told = admin("event: grid").await;
        assert!(
            told.contains(r#"data: {"dag_id":"sales","run_id":"one","state":"queued"}"#),
            "{told}"
        );
        world
            .admin(
                "PATCH /api/v1/dags/sales/dagRuns/one",
                json!({ "state": "failed" }),
                200,
            )
            .await;
        world.clock.advance(std::time::Duration::from_secs(1));
        let told = admin("event: run").await;
        assert!(told.contains(r#""state":"failed"#), "{told}");
        let mut again = follow(world, "Admin", Some(&start)).await;
        let told = again(r#""state":"failed"#).await;
        assert!(
            told.contains(r#""state":"queued"#) && !told.contains("reset"),
            "{told}"
        );
        let mut lost = follow(world, "Admin", Some("7")).await;
        assert!(lost("event: reset").await.contains("too_old"));
        let mut other = follow(world, "other", Some(&start)).await;
        world
            .admin(
                "PATCH /api/v1/pools/default_pool",
                json!({ "name": "default_pool", "slots": 7 }),
                200,
            )
            .await;
        world
            .admin("PATCH /api/v1/dags/other", json!({ "is_paused": false }), 200)
            .await;
        world.clock.advance(std::time::Duration::from_secs(1));
        let told = other("event: dag").await;
        assert!(!told.contains("sales") && !told.contains("event: pool"), "{told}");
    })
    .await;
}
