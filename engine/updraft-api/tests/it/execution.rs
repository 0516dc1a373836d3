//! The Task Execution API without an engine behind it: who is let in, in which version, and what the document promises. What it does is
//! tested with the whole server.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::ServiceExt;
use updraft_api::{AskedBy, ExecutionApi, execution_router, execution_routes};
use updraft_auth::{SigningKey, TaskScope, TaskTokenRule, TaskTokens, TokenKey};
use updraft_executor::RemoteWorkers;
use updraft_testing::CountingIds;

use crate::support::{World, now, on_both};

const SECRET: &[u8] = b"a secret of this test";
const ATTEMPT: &str = "01890000-0000-7000-8000-000000000001";
const OTHER: &str = "01890000-0000-7000-8000-000000000002";

fn tokens() -> TaskTokens {
    TaskTokens::new(SigningKey::of_secret(SECRET), TaskTokenRule::default())
}

fn token(scope: TaskScope) -> String {
    tokens().sign(ATTEMPT, scope, "1", now())
}

fn served(world: &World) -> Router {
    execution_router(&ExecutionApi {
        workers: RemoteWorkers::default(),
        store: world.store.clone(),
        tokens: tokens(),
        clock: world.clock.clone(),
        ids: Arc::new(CountingIds::default()),
    })
}

/// A path of a route, for this attempt.
fn filled(path: &str, attempt: &str) -> String {
    path.replace("{task_instance_id}", attempt)
        .replace("{offset}", "0")
        .replace(['{', '}'], "")
}

async fn ask(
    router: &Router,
    method: &str,
    path: &str,
    token: &str,
    headers: &[(&str, &str)],
) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !token.is_empty() {
        request = request.header("Authorization", format!("Bearer {token}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = json!({ "hostname": "h", "pid": 1, "state": "running", "unixname": "u", "start_date": "2024-01-12T06:00:00Z" });
    let request = request.header("Content-Type", "application/json");
    let request = request.body(Body::from(body.to_string())).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

async fn body(response: Response<Body>) -> Value {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

#[tokio::test]
async fn every_route_refuses_whoever_is_not_the_one_who_may_ask() {
    on_both(async |world| {
        let router = served(world);
        let person =
            TokenKey::new(SigningKey::of_secret(SECRET)).sign(1, now(), SignedDuration::from_hours(1));
        let forged = TaskTokens::new(SigningKey::of_secret(b"another"), TaskTokenRule::default());
        let expired = tokens().sign(
            ATTEMPT,
            TaskScope::Execution,
            "1",
            now() - SignedDuration::from_hours(1),
        );
        let of_worker = tokens().sign_worker("w", SignedDuration::from_hours(1), "1", now());
        for route in execution_routes() {
            let (method, path) = (route.method.as_str(), filled(&route.path, ATTEMPT));
            let status = async |token: &str| ask(&router, method, &path, token, &[]).await.status();
            if route.by == AskedBy::Anybody {
                assert_eq!(status("").await, StatusCode::OK, "{method} {path}");
                continue;
            }
            assert_eq!(status("").await, StatusCode::UNAUTHORIZED, "{method} {path}");
            for wrong in [
                "nonsense",
                &person,
                &forged.sign(ATTEMPT, TaskScope::Execution, "1", now()),
                &expired,
            ] {
                assert_eq!(status(wrong).await, StatusCode::FORBIDDEN, "{method} {path}");
            }
            let scopes = [
                (token(TaskScope::Workload), AskedBy::OwnWorkload),
                (of_worker.clone(), AskedBy::Worker),
            ];
            for (token, by) in scopes {
                if route.by != by {
                    assert_eq!(status(&token).await, StatusCode::FORBIDDEN, "{method} {path}");
                }
            }
            if route.by == AskedBy::Worker {
                assert_eq!(status(&token(TaskScope::Execution)).await, StatusCode::FORBIDDEN);
            }
            if matches!(route.by, AskedBy::Own | AskedBy::OwnWorkload) {
                let other = tokens().sign(OTHER, TaskScope::Execution, "1", now());
                assert_eq!(status(&other).await, StatusCode::FORBIDDEN, "{method} {path}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_attempt_that_is_not_there_is_told_so_and_gets_no_new_token() {
    on_both(async |world| {
        let router = served(world);
        let path = |end: &str| format!("/execution/task-instances/{ATTEMPT}/{end}");
        let run = ask(&router, "PATCH", &path("run"), &token(TaskScope::Workload), &[]).await;
        assert_eq!(run.status(), StatusCode::NOT_FOUND);
        assert!(run.headers().get("Refreshed-API-Token").is_none());
        assert_eq!(
            body(run).await,
            json!({ "detail": { "reason": "not_found", "message": "Task Instance not found" } })
        );
        let variable = "/execution/variables/a";
        let refused = ask(&router, "GET", variable, &token(TaskScope::Execution), &[]).await;
        assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn the_header_names_a_version_and_what_it_does_not_have_is_not_there() {
    on_both(async |world| {
        let router = served(world);
        let execution = token(TaskScope::Execution);
        let status = async |path: &str, version: &str| {
            let headers = [("Airflow-API-Version", version), ("correlation-id", "17")];
            let answer = ask(&router, "GET", path, &execution, &headers).await;
            assert_eq!(answer.headers()["correlation-id"], "17");
            (answer.status(), body(answer).await)
        };
        for version in ["2026-04-06", "2026-05-01", "2026-06-30", "2027-01-01"] {
            assert_eq!(
                status("/execution/health", version).await.0,
                StatusCode::OK,
                "{version}"
            );
        }
        for version in ["2025-11-05", "yesterday"] {
            assert_eq!(
                status("/execution/health", version).await.0,
                StatusCode::NOT_FOUND,
                "{version}"
            );
        }
        // The newest version has the operation, and says of the attempt that it is not there.
        let keys = "/execution/variables/keys";
        assert_eq!(
            status(keys, "2026-04-06").await,
            (StatusCode::NOT_FOUND, json!({ "detail": "Not Found" }))
        );
        assert_eq!(
            status(keys, "2026-06-30").await.1["detail"]["reason"],
            "not_found"
        );
    })
    .await;
}

#[tokio::test]
async fn a_worker_that_waits_for_nothing_is_told_that_there_is_nothing() {
    on_both(async |world| {
        let of_worker = tokens().sign_worker("w", SignedDuration::from_hours(1), "1", now());
        let path = "/execution/updraft/workloads/next?wait=0";
        let answer = ask(&served(world), "POST", path, &of_worker, &[]).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    })
    .await;
}
