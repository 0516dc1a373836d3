//! Pages of other services below our own address, from a service that really listens.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request as Incoming, State};
use axum::http::{Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use updraft_api::{PluginViews, WebOptions};
use updraft_testing::databases;

use crate::sessions::log_in;
use crate::support::World;

const SECRET: &str = "a secret of these tests, and a long one";

/// What the service was asked: method, path and query, headers, body.
type Heard = Arc<Mutex<Vec<(String, String, Vec<(String, String)>, String)>>>;

/// A service that notes what it is asked.
struct Service {
    port: u16,
    heard: Heard,
    _serving: JoinSet<()>,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, heard) = (listener.local_addr().unwrap().port(), Heard::default());
        let router = Router::new().fallback(note).with_state(Arc::clone(&heard));
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            port,
            heard,
            _serving: serving,
        }
    }

    fn last(&self) -> (String, String, Vec<(String, String)>, String) {
        self.heard.lock().unwrap().last().cloned().unwrap()
    }

    fn count(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

async fn note(State(heard): State<Heard>, request: Incoming) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    heard.lock().unwrap().push((
        parts.method.to_string(),
        parts.uri.to_string(),
        headers.collect(),
        String::from_utf8(body.to_vec()).unwrap(),
    ));
    let answer = Response::builder().header("content-type", "text/plain");
    let answer = match parts.uri.path() {
        "/in/moved" => answer.status(302).header("location", "/in/there"),
        "/in/away" => answer.status(302).header("location", "https://evil.example/"),
        "/in/wrong" => answer.status(418),
        _ => answer
            .header("set-cookie", "updraft_session=mine")
            .header("access-control-allow-origin", "*")
            .header("x-service", "1")
            .header("etag", "\"1\"")
            .header("content-security-policy", "default-src 'none'"),
    };
    answer.body(Body::from("answered")).unwrap()
}

fn web(port: u16, base: &str) -> WebOptions {
    let views = json!([
        { "name": "Matches", "category": "Recruiting", "url": format!("http://127.0.0.1:{port}/in"), "route": "r", "path": "matches" },
        { "name": "Gone", "url": "http://127.0.0.1:1", "route": "gone", "frame": true },
    ]);
    WebOptions {
        base_url: format!("http://localhost:8080{base}").parse().unwrap(),
        plugin_views: PluginViews::parse(&views.to_string(), SECRET).unwrap(),
        ..WebOptions::default()
    }
}

/// Runs a test with a service behind the route `r`, below this path.
async fn with_service(base: &str, test: impl AsyncFn(&World, &Service)) {
    let database = databases::sqlite();
    let service = Service::start().await;
    let world = World::with(&database, web(service.port, base), false).await;
    test(&world, &service).await;
    world.store.close().await;
}

/// Asks as a browser with a session.
async fn ask(world: &World, what: &str, cookie: &str, more: &[(&str, &str)], body: &str) -> Response<Body> {
    let (method, uri) = what.split_once(' ').unwrap();
    let mut request = Request::builder()
        .method(method)
        .uri(uri)
        .header("host", "localhost:8080")
        .header("cookie", cookie);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    world
        .stream(request.body(Body::from(body.to_owned())).unwrap())
        .await
}

async fn text(response: Response<Body>) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn csrf(world: &World, cookie: &str) -> String {
    let response = ask(world, "GET /ui/api/me", cookie, &[], "").await;
    let me: Value = serde_json::from_str(&text(response).await).unwrap();
    me["csrf_token"].as_str().unwrap().to_owned()
}

/// What the header claims, if its signature is right.
fn claims(header: &str) -> Value {
    let (signed, signature) = header.rsplit_once('.').unwrap();
    let mut key: Hmac<Sha256> = Hmac::new_from_slice(SECRET.as_bytes()).unwrap();
    key.update(signed.as_bytes());
    key.verify_slice(&URL_SAFE_NO_PAD.decode(signature).unwrap())
        .unwrap();
    let claims = URL_SAFE_NO_PAD
        .decode(signed.strip_prefix("v1.").unwrap())
        .unwrap();
    serde_json::from_slice(&claims).unwrap()
}

#[tokio::test]
async fn the_service_hears_who_asks_and_nothing_else_of_the_browser() {
    with_service("/airflow", async |world, service| {
        let cookie = log_in(world, "Op", "").await;
        let forged = [
            ("x-updraft-identity", "v1.forged"),
            ("x-updraft-user", "Admin"),
            ("x-forwarded-user", "Admin"),
            ("x-csrf-token", "token"),
            ("referer", "http://localhost:8080/secret"),
            ("connection", "close, x-hop"),
            ("x-hop", "1"),
            ("te", "trailers"),
            ("accept", "application/json"),
            ("if-none-match", "\"0\""),
        ];
        let what = "GET /airflow/plugin-views/r/api/x%20y?q=a%20b&q=c";
        let response = ask(world, what, &cookie, &forged, "").await;
        assert_eq!(response.status(), 200);
        let told = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert_eq!(told("etag").as_deref(), Some("\"1\""));
        assert_eq!(told("content-security-policy").as_deref(), Some("default-src 'none'"));
        assert_eq!(told("x-content-type-options").as_deref(), Some("nosniff"));
        for dropped in ["set-cookie", "access-control-allow-origin", "x-service"] {
            assert_eq!(told(dropped), None, "{dropped}");
        }
        assert_eq!(text(response).await, "answered");

        let (method, path, headers, body) = service.last();
        assert_eq!(
            (method.as_str(), path.as_str(), body.as_str()),
            ("GET", "/in/api/x%20y?q=a%20b&q=c", "")
        );
        let mut names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "host", "if-none-match", "x-updraft-identity"]);
        let (_, header) = headers.iter().find(|(name, _)| name == "x-updraft-identity").unwrap();
        let now = crate::support::now().as_second();
        assert_eq!(
            claims(header),
            json!({
                "user": "Op", "roles": ["Op"], "method": "GET", "path": path, "base": "/airflow/plugin-views/r",
                "home": "/airflow", "exp": now + 60,
            })
        );
    })
    .await;
}

#[tokio::test]
async fn only_who_is_signed_in_and_may_see_plugins_is_let_through() {
    with_service("", async |world, service| {
        let page = [("accept", "text/html,*/*")];
        let what = "GET /plugin-views/r/matches?has=none";
        let sent = ask(world, what, "", &page, "").await;
        assert_eq!(
            (sent.status().as_u16(), &sent.headers()["location"]),
            (
                302,
                &"/login?next=%2Fplugin-views%2Fr%2Fmatches%3Fhas%3Dnone"
                    .parse()
                    .unwrap()
            )
        );
        assert_eq!(ask(world, what, "", &[], "").await.status(), 401);
        let viewer = log_in(world, "Viewer", "").await;
        assert_eq!(ask(world, what, &viewer, &page, "").await.status(), 403);
        let op = log_in(world, "Op", "").await;
        for (what, expected) in [
            ("PUT /plugin-views/r/x", 405),
            ("GET /plugin-views/none/x", 404),
            ("GET /plugin-views/r/%2e%2e/out", 404),
            ("GET /plugin-views/r/..%5Cout", 404),
        ] {
            let answered = ask(world, what, &op, &[], "").await.status().as_u16();
            assert_eq!(answered, expected, "{what}");
        }
        let whole = ask(world, "GET /plugin-views/r", &op, &page, "").await;
        assert_eq!(&whole.headers()["location"], "/plugin-views/r/");
        assert_eq!(service.count(), 0);
        assert_eq!(
            ask(world, "GET /plugin-views/r/", &op, &page, "").await.status(),
            200
        );
        assert_eq!(service.last().1, "/in/");
    })
    .await;
}

#[tokio::test]
async fn a_post_needs_the_csrf_token_and_stands_in_the_event_log() {
    with_service("", async |world, service| {
        let cookie = log_in(world, "Op", "").await;
        let what = "POST /plugin-views/r/api/feedback?x=1";
        assert_eq!(ask(world, what, &cookie, &[], "{}").await.status(), 403);
        assert_eq!(service.count(), 0);
        let token = csrf(world, &cookie).await;
        let headers = [
            ("x-csrf-token", token.as_str()),
            ("content-type", "application/json"),
        ];
        let response = ask(world, what, &cookie, &headers, "{\"verdict\":\"good\"}").await;
        assert_eq!(response.status(), 200);
        let (method, _, headers_heard, body) = service.last();
        assert_eq!(
            (method.as_str(), body.as_str()),
            ("POST", "{\"verdict\":\"good\"}")
        );
        assert!(
            headers_heard
                .iter()
                .all(|(name, _)| name != "x-csrf-token" && name != "cookie")
        );
        let log = world
            .ask(
                "Admin",
                "GET /api/v1/eventLogs?event=plugin_view_post",
                Value::Null,
            )
            .await
            .body;
        assert_eq!(log["total_entries"], json!(1));
        let entry = &log["event_logs"][0];
        assert_eq!(entry["owner"], json!("Op"));
        let extra: Value = serde_json::from_str(entry["extra"].as_str().unwrap()).unwrap();
        assert_eq!(extra, json!({ "view": "r", "path": "/api/feedback" }));
        let long = "x".repeat((1 << 20) + 1);
        assert_eq!(ask(world, what, &cookie, &headers, &long).await.status(), 413);
    })
    .await;
}

#[tokio::test]
async fn redirects_stay_with_the_service_and_are_never_followed() {
    with_service("/b", async |world, service| {
        let cookie = log_in(world, "Op", "").await;
        let moved = ask(world, "GET /b/plugin-views/r/moved", &cookie, &[], "").await;
        assert_eq!(
            (moved.status().as_u16(), &moved.headers()["location"]),
            (302, &"/b/plugin-views/r/there".parse().unwrap())
        );
        assert_eq!(service.count(), 1);
        let away = ask(world, "GET /b/plugin-views/r/away", &cookie, &[], "").await;
        assert_eq!(
            (away.status().as_u16(), away.headers().get("location")),
            (502, None)
        );
        let wrong = ask(world, "GET /b/plugin-views/r/wrong", &cookie, &[], "").await;
        assert_eq!(wrong.status(), StatusCode::IM_A_TEAPOT);
    })
    .await;
}

#[tokio::test]
async fn a_service_that_is_not_there_gives_a_page_that_says_so() {
    with_service("", async |world, _| {
        let cookie = log_in(world, "Op", "").await;
        let response = ask(
            world,
            "GET /plugin-views/gone/",
            &cookie,
            &[("accept", "text/html")],
            "",
        )
        .await;
        assert_eq!(response.status(), 502);
        assert!(
            !response.headers()["content-security-policy"]
                .to_str()
                .unwrap()
                .contains("unsafe")
        );
        let page = text(response).await;
        assert!(
            page.contains("“Gone” cannot be reached") && page.contains("plugin_views"),
            "{page}"
        );
        let response = ask(world, "GET /plugin-views/gone/api", &cookie, &[], "").await;
        let told: Value = serde_json::from_str(&text(response).await).unwrap();
        assert!(told["detail"].as_str().unwrap().contains("cannot be reached"));
    })
    .await;
}

#[tokio::test]
async fn the_menu_has_the_views_for_who_may_see_plugins() {
    with_service("/airflow", async |world, _| {
        for (role, expected) in [("Op", 2), ("Viewer", 0)] {
            let cookie = log_in(world, role, "").await;
            let response = ask(world, "GET /ui/api/me", &cookie, &[], "").await;
            let me: Value = serde_json::from_str(&text(response).await).unwrap();
            let views = me["plugins"].as_array().unwrap().iter();
            let of_services = |view: &&Value| view["href"].as_str().unwrap().contains("/plugin-views/");
            let views: Vec<&Value> = views.filter(of_services).collect();
            assert_eq!(views.len(), expected, "{role}");
            if let [matches, gone] = views.as_slice() {
                assert_eq!(
                    **matches,
                    json!({
                        "name": "Matches", "category": "Recruiting", "href": "/airflow/plugin-views/r/matches", "frame": false,
                    })
                );
                assert_eq!(gone["frame"], json!(true));
            }
        }
    })
    .await;
}
