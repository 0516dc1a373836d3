//! The tasks' calls against a service that does what the test says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::response::Response;
use futures::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use updraft_sdk::testing::TestRun;
use updraft_sdk::{Dag, TaskError};
use url::Url;

use super::notify::Channels;
use super::service::{Patience, Service, ServiceError, Step, Summary};
use super::{Services, bullhorn_sync, data_quality};
use crate::settings::Settings;

const TOKEN: &str = "a-secret-token";

const PROGRESS: &str = "{\"event\":\"progress\",\"done\":3,\"total\":9,\"message\":\"reading\"}\n";
const SUMMARY: &str = "{\"event\":\"summary\",\"fetched\":9}\n";
const REFUSED: &str =
    "{\"event\":\"error\",\"retryable\":false,\"message\":\"Bullhorn refused the user name or password\"}\n";

/// One answer of the service.
#[derive(Clone)]
struct Reply {
    status: u16,
    body: String,
    /// The connection breaks behind the body.
    breaks: bool,
}

fn status(status: u16, body: &str) -> Reply {
    Reply {
        status,
        body: body.to_owned(),
        breaks: false,
    }
}

fn ok(lines: &[&str]) -> Reply {
    status(200, &lines.concat())
}

fn broken(lines: &[&str]) -> Reply {
    Reply {
        breaks: true,
        ..ok(lines)
    }
}

/// What the service is asked: path, authorization and body.
type Asked = (String, String, Value);

/// A service that gives its replies one after the other, and the last one for ever.
#[derive(Clone)]
struct Script {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Script {
    async fn start(replies: &[Reply], server: &mut JoinSet<()>) -> (Self, Url) {
        let script = Self {
            replies: Arc::new(Mutex::new(replies.iter().cloned().collect())),
            asked: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let router = Router::new().fallback(answer).with_state(script.clone());
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        (script, url)
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(State(script): State<Script>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let token = request.headers().get(AUTHORIZATION);
    let token = token
        .map(|value| value.to_str().unwrap().to_owned())
        .unwrap_or_default();
    let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap();
    script.asked.lock().unwrap().push((path, token, body));
    let reply = {
        let mut replies = script.replies.lock().unwrap();
        let next = replies.front().unwrap().clone();
        if replies.len() > 1 {
            replies.pop_front();
        }
        next
    };
    let end = reply
        .breaks
        .then(|| Err(std::io::Error::other("the service dies")));
    let chunks = std::iter::once(Ok(reply.body)).chain(end);
    Response::builder()
        .status(reply.status)
        .body(Body::from_stream(stream::iter(chunks)))
        .unwrap()
}

fn service(base: Url) -> Service {
    // Fails only when another test of this process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Service {
        name: "ETL",
        base,
        token: Some(TOKEN.to_owned()),
        http: reqwest::Client::builder().build().unwrap(),
        patience: Patience {
            pause_min: Duration::from_millis(1),
            pause_max: Duration::from_millis(4),
            standstill_max: Duration::from_millis(20),
        },
    }
}

/// What came of a call, what progress was told, and what the service was asked.
async fn call(replies: &[Reply]) -> (Result<Summary, ServiceError>, Vec<Step>, Vec<Asked>) {
    let mut server = JoinSet::new();
    let (script, url) = Script::start(replies, &mut server).await;
    let mut steps = Vec::new();
    let result = service(url)
        .call("sync/candidates", "run-1", &mut |step| steps.push(step))
        .await;
    (result, steps, script.asked())
}

#[tokio::test]
async fn progress_is_passed_on_and_the_summary_is_returned() {
    let (result, steps, asked) = call(&[ok(&[PROGRESS, SUMMARY])]).await;
    assert_eq!(result.unwrap()["fetched"], 9);
    let step = Step {
        done: 3,
        total: Some(9),
        message: "reading".to_owned(),
    };
    assert_eq!(steps, [step]);
    let expected = (
        "/sync/candidates".to_owned(),
        format!("Bearer {TOKEN}"),
        json!({ "run_id": "run-1" }),
    );
    assert_eq!(asked, [expected]);
}

#[tokio::test]
async fn what_the_service_says_is_final_is_asked_once() {
    let cases = [
        (ok(&[PROGRESS, REFUSED]), "refused the user name or password"),
        (
            status(401, "send the header `Authorization: Bearer`"),
            "(HTTP 401): send the header",
        ),
        (status(404, "there is no such thing"), "(HTTP 404)"),
        (ok(&["<html>a proxy</html>\n"]), "its answer is not understood"),
        (
            ok(&["{\"event\":\"surprise\"}\n"]),
            "its answer is not understood",
        ),
    ];
    for (reply, says) in cases {
        let (result, _, asked) = call(&[reply]).await;
        let error = result.unwrap_err();
        let text = error.to_string();
        assert!(!error.is_retryable() && text.contains(says), "{text}");
        assert!(
            text.contains("/sync/candidates`") && !text.contains(TOKEN),
            "{text}"
        );
        assert_eq!(asked.len(), 1, "{text}");
    }
}

#[tokio::test]
async fn an_error_that_may_pass_is_left_to_the_next_try_of_the_task() {
    let reply = ok(&["{\"event\":\"error\",\"retryable\":true,\"message\":\"Bullhorn is busy\"}\n"]);
    let (result, _, asked) = call(&[reply]).await;
    let error = result.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(error.to_string().ends_with("Bullhorn is busy"), "{error}");
    assert_eq!(asked.len(), 1);
}

#[tokio::test]
async fn a_broken_answer_is_asked_for_again_with_the_same_run_id() {
    let interruptions = [
        broken(&[PROGRESS]),
        // The service was stopped: the answer just ends, or in the middle of a line.
        ok(&[PROGRESS]),
        ok(&[PROGRESS, "{\"event\":\"summ"]),
        ok(&[]),
        status(503, "starting"),
    ];
    for interruption in interruptions {
        let (result, _, asked) = call(&[interruption.clone(), interruption, ok(&[SUMMARY])]).await;
        assert_eq!(result.unwrap()["fetched"], 9);
        assert_eq!(asked.len(), 3);
        assert!(asked.iter().all(|one| *one == asked[0]), "{asked:?}");
    }
}

#[tokio::test]
async fn a_service_that_dies_again_and_again_without_progress_is_given_up_with_address_and_cause() {
    let (result, steps, asked) = call(&[ok(&[PROGRESS])]).await;
    let error = result.unwrap_err();
    let text = error.to_string();
    assert!(error.is_retryable(), "{text}");
    // Pauses of 1, 2, 4, 4, 4, 4 and 4 ms.
    for part in [
        "/sync/candidates` broke off 8 times without any progress",
        "the answer ended before its summary",
        "see the log of the ETL service",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!((steps.len(), asked.len()), (8, 8));
}

#[tokio::test]
async fn a_service_that_dies_after_each_progress_is_asked_until_it_is_done() {
    let step = |done: u32| ok(&[&format!("{{\"event\":\"progress\",\"done\":{done}}}\n")]);
    let replies: Vec<Reply> = (0..40).map(step).chain([ok(&[SUMMARY])]).collect();
    let (result, steps, asked) = call(&replies).await;
    assert_eq!(result.unwrap()["fetched"], 9);
    assert_eq!((steps.len(), asked.len()), (40, 41));
}

#[tokio::test]
async fn a_service_that_is_away_is_named_with_its_address_and_the_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let result = service(url.clone()).call("matches", "run-1", &mut |_| ()).await;
    let error = result.unwrap_err();
    let text = error.to_string();
    assert!(error.is_retryable(), "{text}");
    for part in [
        &format!("`{url}matches` does not answer"),
        "Connection refused",
        "is the ETL service running?",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(!text.contains(TOKEN), "{text}");

    let (result, _, asked) = call(&[status(500, "its database is away")]).await;
    let error = result.unwrap_err();
    assert!(
        error.is_retryable() && error.to_string().contains("its database is away"),
        "{error}"
    );
    assert!(asked.len() > 2, "it was waited for: {asked:?}");
}

/// Runs a task of a DAG whose services all give these replies.
async fn run_task(
    dag: impl Fn(&Arc<Services>) -> Dag,
    task: &str,
    run: &TestRun,
    replies: &[Reply],
) -> (Result<Value, TaskError>, Vec<Asked>) {
    let mut server = JoinSet::new();
    let (script, url) = Script::start(replies, &mut server).await;
    let service = service(url);
    let channels = Channels::new(&Settings::new([].into()), service.http.clone()).unwrap();
    let services = Arc::new(Services {
        etl: service.clone(),
        ml: service,
        channels,
    });
    let dag = dag(&services).build().unwrap();
    (run.run_task(&dag, task).await, script.asked())
}

#[tokio::test]
async fn each_task_calls_its_operation_and_returns_the_counts() {
    let tasks = [
        ("sync_candidates", "/sync/candidates"),
        ("generate_candidate_embeddings", "/embeddings/candidates"),
        ("sync_positions", "/sync/positions"),
        ("generate_position_embeddings", "/embeddings/positions"),
        ("find_matches", "/matches"),
    ];
    let run = TestRun::new().logical_date("2026-01-12T06:00:00Z").unwrap();
    for (task, path) in tasks {
        let (value, asked) = run_task(bullhorn_sync::dag, task, &run, &[ok(&[PROGRESS, SUMMARY])]).await;
        assert_eq!(value.unwrap(), json!({ "fetched": 9 }), "{task}");
        let body = json!({ "run_id": "manual__2026-01-12T06:00:00+00:00" });
        assert_eq!((asked[0].0.as_str(), &asked[0].2), (path, &body), "{task}");
        assert_eq!(
            run.progress().last().unwrap(),
            &(3, Some(9), "reading".to_owned())
        );
    }
    let (value, _) = run_task(bullhorn_sync::dag, "notify", &run, &[ok(&[])]).await;
    assert_eq!(value.unwrap(), json!(["log"]));
}

#[tokio::test]
async fn refused_credentials_fail_the_task_for_good_and_a_busy_service_does_not() {
    let run = TestRun::new();
    let (result, asked) = run_task(bullhorn_sync::dag, "sync_candidates", &run, &[ok(&[REFUSED])]).await;
    let error = result.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    assert!(
        error.to_string().contains("refused the user name or password"),
        "{error}"
    );
    assert_eq!(asked.len(), 1, "one request, so one login");

    let busy = ok(&["{\"event\":\"error\",\"retryable\":true,\"message\":\"busy\"}\n"]);
    let (result, _) = run_task(bullhorn_sync::dag, "sync_candidates", &run, &[busy]).await;
    assert!(result.unwrap_err().is_retryable());
}

#[tokio::test]
async fn the_gate_fails_for_good_when_a_check_did_and_the_report_is_made_all_the_same() {
    let checked = |failures: Value| {
        let counts = json!({ "checks": 12, "withheld": 3, "failures": failures, "warnings": ["odd_pay"] });
        TestRun::new().xcom("check", counts)
    };
    let bad = checked(json!(["no_names", "no_vectors"]));
    let (gate, asked) = run_task(data_quality::dag, "gate", &bad, &[ok(&[])]).await;
    let error = gate.unwrap_err();
    assert!(!error.is_retryable());
    assert_eq!(error.to_string(), "these checks failed: no_names, no_vectors");
    assert!(asked.is_empty());
    let (report, _) = run_task(data_quality::dag, "report", &bad, &[ok(&[])]).await;
    assert_eq!(report.unwrap()["withheld"], 3);

    let good = checked(json!([]));
    assert!(
        run_task(data_quality::dag, "gate", &good, &[ok(&[])])
            .await
            .0
            .is_ok()
    );
    let (missing, _) = run_task(data_quality::dag, "gate", &TestRun::new(), &[ok(&[])]).await;
    assert_eq!(missing.unwrap_err().to_string(), "`check` has left no counts");
}
