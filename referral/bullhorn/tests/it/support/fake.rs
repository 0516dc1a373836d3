//! A scripted Bullhorn: the login works by default, data calls are what a test makes of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bullhorn::{Client, Credentials, Jitter, Options, RefreshTokens, Secret, Setup};
use serde_json::{Value, json};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::clock::SimClock;

pub(crate) const PASSWORD: &str = "hunter2-pass word&";
pub(crate) const CLIENT_SECRET: &str = "client-secret-31415";
pub(crate) const USERNAME: &str = "api.user@example.test";
pub(crate) const CLIENT_ID: &str = "client-id-1";

/// Gives codes `00:code-N`, tokens `0:access-N` and `0:refresh-N`, sessions `session-N` below `corpN`.
pub(crate) struct Fake {
    pub(crate) server: MockServer,
    pub(crate) clock: Arc<SimClock>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    codes: AtomicU64,
    tokens: AtomicU64,
    sessions: AtomicU64,
    /// Sessions up to this one have ended.
    ended: AtomicU64,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let server = MockServer::start().await;
        let base = server.uri();
        Self::start_with_rest(server, &base).await
    }

    /// A fake whose sessions live at another address.
    pub(crate) async fn start_with_rest(server: MockServer, rest_host: &str) -> Self {
        let clock = Arc::new(SimClock::new("2030-01-01T12:00:00Z".parse().unwrap()));
        let fake = Self {
            server,
            clock,
            state: Arc::default(),
        };
        fake.mount_login(rest_host).await;
        fake
    }

    async fn mount_login(&self, rest_host: &str) {
        let base = self.server.uri();
        let info = json!({
            "oauthUrl": format!("{base}/oauth"), "restUrl": format!("{base}/rest-services"), "dataCenterId": 0,
        });
        self.give(
            Mock::given(method("GET")).and(path("/rest-services/loginInfo")),
            move |_| ok(&info),
        )
        .await;

        let state = Arc::clone(&self.state);
        self.give(
            Mock::given(method("POST")).and(path("/oauth/authorize")),
            move |_| {
                let nth = state.codes.fetch_add(1, Ordering::SeqCst) + 1;
                found(&format!(
                    "http://www.bullhorn.com?code=00%3Acode-{nth}&client_id={CLIENT_ID}"
                ))
            },
        )
        .await;

        let state = Arc::clone(&self.state);
        self.give(Mock::given(method("POST")).and(path("/oauth/token")), move |_| {
            let nth = state.tokens.fetch_add(1, Ordering::SeqCst) + 1;
            ok(&tokens(&format!("0:access-{nth}"), &format!("0:refresh-{nth}")))
        })
        .await;

        let (state, rest_host) = (Arc::clone(&self.state), rest_host.to_owned());
        self.give(
            Mock::given(method("POST")).and(path("/rest-services/login")),
            move |_| {
                let nth = state.sessions.fetch_add(1, Ordering::SeqCst) + 1;
                let rest_url = format!("{rest_host}/rest-services/corp{nth}/");
                ok(&json!({ "BhRestToken": format!("session-{nth}"), "restUrl": rest_url }))
            },
        )
        .await;

        self.data("GET", "ping", |_| {
            ok(&json!({ "sessionExpires": 1_893_500_000_000_i64 }))
        })
        .await;
        self.data("GET", "logout", |_| ok(&json!({ "logout": "OK" })))
            .await;
    }

    async fn give(
        &self,
        mock: wiremock::MockBuilder,
        respond: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
    ) {
        mock.respond_with(respond).mount(&self.server).await;
    }

    /// Answers a data call, if its session is open.
    pub(crate) async fn data(
        &self,
        verb: &str,
        path: &str,
        respond: impl Fn(&Request) -> ResponseTemplate + Send + Sync + 'static,
    ) {
        let state = Arc::clone(&self.state);
        let matched = Mock::given(method(verb)).and(path_regex(format!(r"^/rest-services/corp\d+/{path}$")));
        self.give(matched, move |request| {
            let session = request
                .url
                .path()
                .split('/')
                .nth(2)
                .and_then(|corp| corp.strip_prefix("corp"))
                .unwrap();
            let token = request
                .headers
                .get("BhRestToken")
                .map(|token| token.to_str().unwrap().to_owned());
            let is_open = session.parse::<u64>().unwrap() > state.ended.load(Ordering::SeqCst);
            if is_open && token == Some(format!("session-{session}")) {
                respond(request)
            } else {
                session_refused()
            }
        })
        .await;
    }

    /// Replaces the answer to any path, for a number of times, before everything else.
    pub(crate) async fn first(&self, times: u64, pattern: &str, reply: ResponseTemplate) {
        Mock::given(path_regex(format!("{pattern}$")))
            .respond_with(reply)
            .up_to_n_times(times)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// Replaces the answer to any path for good.
    pub(crate) async fn always(&self, pattern: &str, reply: ResponseTemplate) {
        Mock::given(path_regex(format!("{pattern}$")))
            .respond_with(reply)
            .with_priority(1)
            .mount(&self.server)
            .await;
    }

    /// Ends all sessions opened so far.
    pub(crate) fn end_sessions(&self) {
        self.state
            .ended
            .store(self.state.sessions.load(Ordering::SeqCst), Ordering::SeqCst);
    }

    pub(crate) fn setup(&self) -> Setup {
        let address = format!("{}/rest-services/", self.server.uri());
        Setup::new(credentials(), address)
            .clock(Arc::clone(&self.clock) as _)
            .jitter(Jitter::seeded(1))
            .options(options())
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.setup()).unwrap()
    }

    pub(crate) fn client_with(&self, change: impl FnOnce(&mut Options)) -> Client {
        let mut options = options();
        change(&mut options);
        Client::new(self.setup().options(options)).unwrap()
    }

    pub(crate) fn client_keeping(&self, store: Arc<dyn RefreshTokens>) -> Client {
        Client::new(self.setup().refresh_tokens(store)).unwrap()
    }

    /// The requests whose path ends so, in order.
    pub(crate) async fn requests(&self, path_end: &str) -> Vec<Request> {
        let all = self.server.received_requests().await.unwrap();
        all.into_iter()
            .filter(|request| request.url.path().ends_with(path_end))
            .collect()
    }

    pub(crate) async fn count(&self, path_end: &str) -> usize {
        self.requests(path_end).await.len()
    }
}

/// Few seconds where production waits minutes; no test waits for them.
fn options() -> Options {
    Options {
        request_timeout: Duration::from_secs(20),
        calls_per_minute: 60_000,
        ..Options::default()
    }
}

pub(crate) fn credentials() -> Credentials {
    Credentials {
        client_id: CLIENT_ID.to_owned(),
        client_secret: Secret::new(CLIENT_SECRET),
        username: USERNAME.to_owned(),
        password: Secret::new(PASSWORD),
        redirect_uri: None,
    }
}

pub(crate) fn tokens(access: &str, refresh: &str) -> Value {
    json!({ "access_token": access, "token_type": "Bearer", "expires_in": 600, "refresh_token": refresh })
}

pub(crate) fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) fn status(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(body)
}

pub(crate) fn text(status: u16, body: &str) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.as_bytes().to_vec(), "text/html")
}

pub(crate) fn found(location: &str) -> ResponseTemplate {
    ResponseTemplate::new(302).insert_header("location", location)
}

pub(crate) fn session_refused() -> ResponseTemplate {
    let body = json!({
        "errorMessage": "Bad 'BhRestToken' or timed-out.",
        "errorMessageKey": "errors.authentication.invalidRestToken", "errorCode": 401,
    });
    status(401, &body)
}

/// The value of a parameter in a request's address.
pub(crate) fn parameter(request: &Request, name: &str) -> Option<String> {
    request
        .url
        .query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// The form that a request carries.
pub(crate) fn form(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&request.body).into_owned().collect()
}

pub(crate) fn form_value(request: &Request, name: &str) -> Option<String> {
    form(request)
        .into_iter()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value)
}
