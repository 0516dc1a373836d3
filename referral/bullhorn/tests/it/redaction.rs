//! What must not be seen is not seen: not in logs, not in errors, not in `Debug`.

use std::error::Error;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bullhorn::{CallError, Candidate, Entity, Lucene, Path, Record as _, Search, Text};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::ResponseTemplate;

use crate::support::fake::{CLIENT_SECRET, Fake, PASSWORD, USERNAME, ok, session_refused, status, text};

/// Everything that a log or an error could leak.
const PRIVATE: [&str; 14] = [
    PASSWORD,
    "hunter2",
    CLIENT_SECRET,
    USERNAME,
    "api.user",
    "access-1",
    "access-2",
    "refresh-1",
    "code-1",
    "session-1",
    "session-2",
    "corp1",
    "a.person",
    "Test-A",
];

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn assert_clean(text: &str) {
    for private in PRIVATE {
        assert!(!text.contains(private), "`{private}` is in: {text}");
    }
}

/// The error as a log would show it: the chain of messages, and `Debug`.
fn shown(error: &dyn Error) -> String {
    let mut text = format!("{error:?} | {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn search_for_a_person() -> Search {
    let email = Path::<Text>::new("email").unwrap();
    let query = Lucene::text(&email, "a.person@example.test").unwrap();
    Search::new(Entity::Candidate, query, Candidate::fields())
}

#[tokio::test]
async fn logs_of_every_level_and_every_library_are_clean() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let fake = Fake::start().await;
    let client = fake.client();
    client.ping().await.unwrap();
    let person =
        json!({"total": 1, "data": [{"id": 1, "firstName": "Test-A", "email": "a.person@example.test"}]});
    fake.data("GET", "search/Candidate", move |_| ok(&person)).await;
    fake.first(1, "search/Candidate", session_refused()).await;
    fake.first(1, "search/Candidate", text(429, "")).await;
    fake.first(1, "search/Candidate", text(502, "<html>")).await;
    let page = client.search::<Candidate>(&search_for_a_person()).await.unwrap();
    tracing::info!("{page:?} {client:?}");
    client.logout().await.unwrap();
    drop(guard);
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    // The scripted server logs in the same process; it is not ours to keep quiet.
    let ours: Vec<&str> = log.lines().filter(|line| !line.contains("wiremock")).collect();
    let ours = ours.join("\n");
    assert!(
        ours.contains("logged in to Bullhorn") && ours.contains("slow down") && ours.contains("bullhorn"),
        "{ours}"
    );
    assert_clean(&ours);
}

#[tokio::test]
async fn errors_are_clean_whatever_the_server_says() {
    let leaky = json!({"errorMessage": "Bad Query: email:\"a.person@example.test\" (session-1, api.user@example.test)"});
    let replies = [
        status(400, &leaky),
        status(200, &leaky),
        status(
            400,
            &json!({"errorMessage": "a.person@example.test at https://x.test/?BhRestToken=session-1"}),
        ),
        text(502, "<html>session-1 hunter2</html>"),
        text(200, "{\"data\":[{\"email\":\"a.person@example.test\""),
        ok(&json!({"total": 1, "data": {"firstName": "Test-A"}})),
        session_refused(),
        ok(&json!({"total": 1, "data": []})).set_delay(Duration::from_mins(1)),
        ResponseTemplate::new(307).insert_header("location", "https://x.test/?BhRestToken=session-1"),
    ];
    for reply in replies {
        let fake = Fake::start().await;
        let client = fake.client_with(|options| {
            options.request_timeout = Duration::from_secs(2);
            options.attempts_max = 1;
        });
        client.ping().await.unwrap();
        fake.always("search/Candidate", reply).await;
        let error: CallError = client
            .search::<Candidate>(&search_for_a_person())
            .await
            .unwrap_err();
        assert_clean(&shown(&error));
    }
}

#[tokio::test]
async fn login_errors_are_clean() {
    let page = format!("<title>{USERNAME} may not use {PASSWORD} with {CLIENT_SECRET}</title>");
    let cases = [
        ("/oauth/authorize", text(200, &page)),
        ("/oauth/authorize", text(503, &page)),
        (
            "/oauth/token",
            status(
                400,
                &json!({"error": "weird", "error_description": format!("for {USERNAME}")}),
            ),
        ),
        (
            "/loginInfo",
            status(400, &json!({"errorMessage": format!("unknown {USERNAME}")})),
        ),
        (
            "/rest-services/login",
            status(403, &json!({"errorMessage": format!("not for {USERNAME}")})),
        ),
        (
            "/loginInfo",
            ok(
                &json!({"oauthUrl": format!("http://{USERNAME}:hunter2@x.test"), "restUrl": "https://x.test"}),
            ),
        ),
    ];
    for (step, reply) in cases {
        let fake = Fake::start().await;
        fake.always(step, reply).await;
        let error = fake.client().ping().await.unwrap_err();
        assert_clean(&shown(&error));
    }
    let unreachable = bullhorn::Setup::new(
        crate::support::fake::credentials(),
        "http://127.0.0.1:1/rest-services/",
    );
    let options = bullhorn::Options {
        attempts_max: 1,
        ..bullhorn::Options::default()
    };
    let error = bullhorn::Client::new(unreachable.options(options))
        .unwrap()
        .ping()
        .await
        .unwrap_err();
    assert_clean(&shown(&error));
    assert!(
        shown(&error).contains("http://127.0.0.1:1/rest-services/loginInfo"),
        "{}",
        shown(&error)
    );
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let fake = Fake::start().await;
    let client = fake.client();
    client.ping().await.unwrap();
    let options = bullhorn::Options {
        proxy: Some(bullhorn::Secret::new("http://user:hunter2@proxy.test")),
        ..bullhorn::Options::default()
    };
    assert_clean(&format!(
        "{:?} {client:?} {:#?} {options:?}",
        fake.setup(),
        client
    ));
    assert_eq!(format!("{:?}", bullhorn::Secret::new("x")), "Secret(***)");
}
