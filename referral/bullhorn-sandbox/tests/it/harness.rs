//! A running sandbox with a simulated clock, and a client that is logged in.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bullhorn_sandbox::population::PopulationOptions;
use bullhorn_sandbox::{Sandbox, SandboxOptions};
use jiff::Timestamp;
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// 2026-06-01, the day on which the population stands still; the clock starts a day later.
pub(crate) const AS_OF: &str = "2026-06-01T00:00:00Z";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// 150 candidates, 40 job orders, short resumes.
pub(crate) fn options() -> SandboxOptions {
    let as_of: Timestamp = AS_OF.parse().expect("a date");
    let mut population = PopulationOptions::new(as_of);
    population.candidates = 150;
    population.positions = 40;
    population.resume_bytes = 2_000;
    SandboxOptions::new(population)
}

/// A sandbox that runs until it is dropped.
pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) client: Client,
    clock_ms: Arc<AtomicI64>,
    stop: CancellationToken,
    _server: JoinSet<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with(options()).await
    }

    pub(crate) async fn start_with(options: SandboxOptions) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let start_ms = options.population.as_of.as_millisecond() + DAY_MS;
        let clock_ms = Arc::new(AtomicI64::new(start_ms));
        let time = Arc::clone(&clock_ms);
        let sandbox = Sandbox::new(
            options,
            Arc::new(move || Timestamp::from_millisecond(time.load(Ordering::SeqCst)).expect("a time")),
        )
        .expect("a sandbox");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let mut server = JoinSet::new();
        server.spawn(async move { sandbox.serve(listener, stopped).await.expect("serving") });
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self {
            url,
            client,
            clock_ms,
            stop,
            _server: server,
        }
    }

    /// Starts with a state file.
    pub(crate) async fn start_with_state(path: &Path) -> Self {
        Self::start_with(SandboxOptions {
            state_file: Some(path.to_owned()),
            ..options()
        })
        .await
    }

    pub(crate) fn advance_ms(&self, ms: i64) {
        self.clock_ms.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.clock_ms.load(Ordering::SeqCst)
    }

    /// The present second in the form that Lucene wants.
    pub(crate) fn now_lucene(&self) -> String {
        lucene_date(self.now_ms())
    }

    /// A request to a path of this sandbox.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// `GET` of an administrator's path.
    pub(crate) async fn admin_get(&self, path: &str) -> Value {
        read(self.request(Method::GET, &format!("/admin/{path}"))).await.1
    }

    /// `POST` of an administrator's path; anything but 200 fails the test.
    pub(crate) async fn admin(&self, path: &str, body: Value) -> Value {
        let (status, reply) = read(self.request(Method::POST, &format!("/admin/{path}")).json(&body)).await;
        assert_eq!(status, StatusCode::OK, "{path}: {reply}");
        reply
    }

    /// Turns knobs.
    pub(crate) async fn knobs(&self, changes: Value) {
        let (status, reply) = read(self.request(Method::PATCH, "/admin/knobs").json(&changes)).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
    }

    /// Sets a fault that strikes once.
    pub(crate) async fn fault_once(&self, fault: Value, endpoint: &str) {
        self.admin(
            "faults",
            json!({ "fault": fault, "endpoint": endpoint, "times": 1 }),
        )
        .await;
    }

    /// A code from the password.
    pub(crate) async fn code(&self) -> String {
        let response = self
            .request(Method::POST, "/oauth/authorize")
            .form(&[
                ("client_id", "sandbox-client"),
                ("response_type", "code"),
                ("action", "Login"),
                ("username", "sandbox.user"),
                ("password", "sandbox-password"),
            ])
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::FOUND);
        code_in(&response)
    }

    /// Access and refresh token from a code.
    pub(crate) async fn tokens(&self) -> (String, String) {
        let code = self.code().await;
        let (status, tokens) = self
            .token_call(&[("grant_type", "authorization_code"), ("code", &code)])
            .await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        (text(&tokens, "access_token"), text(&tokens, "refresh_token"))
    }

    /// A call of the token endpoint with the right client.
    pub(crate) async fn token_call(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let client = [
            ("client_id", "sandbox-client"),
            ("client_secret", "sandbox-secret"),
        ];
        let form: Vec<(&str, &str)> = client.into_iter().chain(form.iter().copied()).collect();
        read(self.request(Method::POST, "/oauth/token").form(&form)).await
    }

    /// Opens a session.
    pub(crate) async fn login(&self) -> Session<'_> {
        let (access, _) = self.tokens().await;
        let request = self.request(Method::POST, "/rest-services/login");
        let (status, reply) =
            read(request.query(&[("version", "*"), ("access_token", access.as_str())])).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        Session {
            sandbox: self,
            token: text(&reply, "BhRestToken"),
            rest_url: text(&reply, "restUrl"),
        }
    }
}

/// An open session.
pub(crate) struct Session<'s> {
    pub(crate) sandbox: &'s Running,
    pub(crate) token: String,
    pub(crate) rest_url: String,
}

impl Session<'_> {
    /// A request below the session's address, with its token in a header.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .sandbox
            .client
            .request(method, format!("{}{path}", self.rest_url));
        request.header("BhRestToken", &self.token)
    }

    /// Status and JSON of a `GET`.
    pub(crate) async fn try_get(&self, path: &str, query: &[(&str, &str)]) -> (StatusCode, Value) {
        read(self.request(Method::GET, path).query(query)).await
    }

    /// JSON of a `GET` that succeeds.
    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let (status, reply) = self.try_get(path, query).await;
        assert_eq!(status, StatusCode::OK, "{path} {query:?}: {reply}");
        reply
    }

    /// Status and JSON of a call with a body.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(method, path).json(&body)).await
    }

    /// A search of candidates.
    pub(crate) async fn candidates(&self, query: &str, more: &[(&str, &str)]) -> Value {
        let query: Vec<(&str, &str)> = [("query", query)]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        self.get("search/Candidate", &query).await
    }

    /// How many candidates a search finds.
    pub(crate) async fn total(&self, query: &str) -> u64 {
        self.candidates(query, &[("count", "1")]).await["total"]
            .as_u64()
            .expect("a total")
    }

    /// One candidate.
    pub(crate) async fn candidate(&self, id: u64, fields: &str) -> Value {
        self.get(&format!("entity/Candidate/{id}"), &[("fields", fields)])
            .await["data"]
            .clone()
    }
}

/// Sends a request; reads status and JSON. Anything but JSON becomes a JSON text.
pub(crate) async fn read(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status();
    let body = response.text().await.expect("a body");
    let json = serde_json::from_str(&body).unwrap_or(Value::String(body));
    (status, json)
}

/// The text under a key.
pub(crate) fn text(json: &Value, key: &str) -> String {
    let text = json[key].as_str();
    assert!(text.is_some(), "no text `{key}` in {json}");
    text.unwrap_or_default().to_owned()
}

/// The ids of a reply's data, whether bare or in records.
pub(crate) fn ids(reply: &Value) -> Vec<u64> {
    let data = reply["data"].as_array();
    assert!(data.is_some(), "no data in {reply}");
    data.into_iter()
        .flatten()
        .map(|one| one.as_u64().or(one["id"].as_u64()).expect("an id"))
        .collect()
}

/// The code in the `Location` of a redirect.
pub(crate) fn code_in(response: &Response) -> String {
    let location = response.headers()["location"].to_str().expect("ASCII");
    let url = url::Url::parse(location).expect("an address");
    url.query_pairs()
        .find(|(name, _)| name == "code")
        .expect("a code")
        .1
        .into_owned()
}

/// `yyyyMMddHHmmss` in UTC.
pub(crate) fn lucene_date(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).expect("a time");
    at.to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y%m%d%H%M%S")
        .to_string()
}
