//! Looks at real web servers, on this machine.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Redirect;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use updraft_model::{Look, Trigger, Wait, WaitEnd};
use updraft_scheduler::Lookout;
use updraft_secrets::Environment;
use updraft_store::{Store, StoreOptions};
use updraft_testing::databases;

const PASSWORD: &str = "s3cret-word";
const KEY: &str = "k3y-of-the-server";

/// A server, and looks at it through connections with and without secrets.
struct World {
    lookout: Lookout,
    port: u16,
    _server: JoinSet<()>,
    _database: databases::TestDatabase,
}

async fn knows(headers: HeaderMap) -> StatusCode {
    let has = |name: &str, value: &str| headers.get(name).is_some_and(|found| found == value);
    if has("authorization", "Basic bWU6czNjcmV0LXdvcmQ=")
        && has("x-api-key", KEY)
        && has("accept", "text/plain")
    {
        StatusCode::OK
    } else {
        StatusCode::UNAUTHORIZED
    }
}

impl World {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let elsewhere = format!("http://localhost:{port}/knows");
        let app = Router::new()
            .route("/knows", get(knows))
            .route("/here", get(async || Redirect::temporary("/knows")))
            .route("/elsewhere", get(async move || Redirect::temporary(&elsewhere)))
            .route("/round", get(async || Redirect::temporary("/round")))
            .route("/large", get(async || "x".repeat(2 * 1024 * 1024)))
            .route("/busy", get(async || StatusCode::SERVICE_UNAVAILABLE))
            .route("/hangs", get(std::future::pending::<()>))
            .route("/state", get(async || r#"{"state": "runs"}"#))
            .route(
                "/jobs",
                post(async |body: String| {
                    (
                        StatusCode::CREATED,
                        [(header::CONTENT_TYPE, "text/plain; charset=latin-1")],
                        body,
                    )
                }),
            );
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        let unused = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let secret = json!({"conn_type": "http", "host": "127.0.0.1", "port": port, "login": "me", "password": PASSWORD,
                            "extra": {"X-Api-Key": KEY, "timeout": 5}});
        let secrets = Environment::new([
            ("AIRFLOW_CONN_SECRET", secret.to_string()),
            ("AIRFLOW_CONN_OPEN", format!("http://127.0.0.1:{port}")),
            (
                "AIRFLOW_CONN_IMPATIENT",
                json!({"conn_type": "http", "host": "127.0.0.1", "port": port, "extra": {"timeout": 0.2}})
                    .to_string(),
            ),
            (
                "AIRFLOW_CONN_NOBODY",
                format!("http://me:{PASSWORD}@127.0.0.1:{unused}"),
            ),
            (
                "AIRFLOW_CONN_PROXY",
                json!({"conn_type": "http", "host": "x", "extra": {"proxy": "y"}}).to_string(),
            ),
            ("AIRFLOW_CONN_NOWHERE", json!({"conn_type": "http"}).to_string()),
        ])
        .into();
        let database = databases::sqlite();
        let store = Store::open(database.url(), StoreOptions::default())
            .await
            .unwrap();
        store
            .migrate("2024-01-12T06:00:00Z".parse().unwrap())
            .await
            .unwrap();
        Self {
            lookout: Lookout::new(Arc::new(store), secrets),
            port,
            _server: server,
            _database: database,
        }
    }

    async fn look(&self, trigger: &Trigger) -> Look {
        self.lookout.look(&Wait::of(trigger).unwrap()).await.unwrap()
    }

    /// What a look has seen, in a word and the words of it.
    async fn seen(&self, trigger: &Trigger) -> String {
        let seen = match self.look(trigger).await {
            Look::Waiting(note) => format!("goes on: {note}"),
            Look::Ended(WaitEnd::Failed(reason)) => format!("failed: {reason}"),
            Look::Ended(end) => format!("{end:?}"),
        };
        for secret in [PASSWORD, KEY, "hidden"] {
            assert!(!seen.contains(secret), "{seen}");
        }
        seen
    }
}

#[tokio::test]
async fn a_server_is_asked_as_its_connection_says_and_secrets_stay_where_they_belong() {
    let world = World::new().await;
    let plain =
        |endpoint: &str| Trigger::http("secret", endpoint).kwarg("headers", json!({"accept": "text/plain"}));
    let ok = "Event(Object {\"status\": String(\"success\"), \"status_code\": Number(200)})";
    assert_eq!(world.seen(&plain("/knows?token=hidden")).await, ok);
    assert_eq!(
        world.seen(&plain("here")).await,
        ok,
        "on the same host the secrets go along"
    );
    assert_eq!(
        world.seen(&plain("elsewhere")).await,
        "goes on: it redirects to another host, where the secrets of the connection must not go"
    );
    assert_eq!(
        world.seen(&plain("round")).await,
        "goes on: it redirects too often"
    );
    let refused = "failed: it waits for an answer to GET `knows` of connection `open`, and the server answers 401, \
                   which is not in `response_error_codes_allowlist`";
    assert_eq!(world.seen(&Trigger::http("open", "knows")).await, refused);
    let elsewhere = Trigger::http("open", "elsewhere");
    assert!(
        world.seen(&elsewhere).await.contains("the server answers 401"),
        "without secrets it goes there"
    );
    let stays = elsewhere.kwarg("extra_options", json!({"allow_redirects": false}));
    assert!(world.seen(&stays).await.contains("307"));
}

#[tokio::test]
async fn what_stands_in_the_way_of_an_answer_is_told() {
    let world = World::new().await;
    let short = json!({"timeout": 0.2});
    let cases = [
        Trigger::http("nobody", "x"),
        Trigger::http("open", "hangs").kwarg("extra_options", short),
        Trigger::http("impatient", "hangs"),
        Trigger::http("open", "nothing"),
        Trigger::http("open", "busy"),
        Trigger::http("open", "busy").kwarg("response_error_codes_allowlist", json!(["5"])),
        Trigger::http("open", "large").kwarg("body_contains", "y"),
        Trigger::http("open", "state")
            .kwarg("json_pointer", "/state")
            .kwarg("json_equals", "done"),
        Trigger::http("missing", "x?token=hidden"),
        Trigger::http("proxy", "x"),
        Trigger::http("nowhere", "x?token=hidden"),
        Trigger::http("open", "x").kwarg("headers", json!({"a b": "hidden"})),
    ];
    let mut said = Vec::new();
    for trigger in cases {
        said.push(world.seen(&trigger).await);
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[tokio::test]
async fn a_request_is_made_once_and_its_response_told_as_airflow_does() {
    let world = World::new().await;
    let once = |endpoint: &str| Trigger {
        classpath: "airflow.providers.http.triggers.http.HttpTrigger".to_owned(),
        kwargs: serde_json::from_value(
            json!({"http_conn_id": "open", "endpoint": endpoint, "data": "night"}),
        )
        .unwrap(),
    };
    let Look::Ended(WaitEnd::Event(Value::Object(mut event))) = world.look(&once("jobs")).await else {
        panic!("one request is all there is");
    };
    let mut response = event.remove("response").unwrap();
    response["headers"]
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name == "content-type");
    let url = format!("http://127.0.0.1:{}/jobs", world.port);
    let expected = json!({"status_code": 201, "headers": {"content-type": "text/plain; charset=latin-1"},
                          "content": "bmlnaHQ=", "url": url, "reason": "Created", "encoding": "latin-1", "cookies": {},
                          "history": []});
    assert_eq!((event["status"].as_str(), response), (Some("success"), expected));
    let gone = Look::Ended(WaitEnd::Event(
        json!({"status": "error", "message": "404:Not Found"}),
    ));
    assert_eq!(world.look(&once("nothing")).await, gone);
}

/// 100 looks at a server that hangs, and one at another: that one is answered meanwhile.
#[tokio::test]
async fn looks_do_not_wait_for_each_other() {
    let world = World::new().await;
    let hangs = Trigger::http("secret", "hangs").kwarg("extra_options", json!({"timeout": 20}));
    let mut looks = JoinSet::new();
    for _ in 0..100 {
        let (lookout, wait) = (world.lookout.clone(), Wait::of(&hangs).unwrap());
        looks.spawn(async move { lookout.look(&wait).await.unwrap() });
    }
    let other = Trigger::http("open", "state");
    let answered = tokio::time::timeout(Duration::from_secs(5), world.look(&other));
    assert!(matches!(answered.await, Ok(Look::Ended(WaitEnd::Event(_)))));
    assert!(looks.try_join_next().is_none(), "they are still waiting");
}
