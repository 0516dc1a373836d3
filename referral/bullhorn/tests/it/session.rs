//! One session for all callers: renewal, refresh tokens, logout.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bullhorn::{CallError, LoginError, RefreshTokenError, RefreshTokens, Secret};
use futures::future::{BoxFuture, join_all};
use serde_json::json;

use crate::support::fake::{Fake, form_value, ok, session_refused, status, text, tokens};

/// A store that writes down what happens to it.
#[derive(Debug, Default)]
struct Recorder {
    token: Mutex<Option<Secret>>,
    log: Arc<Mutex<Vec<String>>>,
    is_broken: bool,
}

impl Recorder {
    fn note(&self, event: &str) {
        self.log.lock().unwrap().push(event.to_owned());
    }
}

impl RefreshTokens for Recorder {
    fn take(&self) -> BoxFuture<'_, Result<Option<Secret>, RefreshTokenError>> {
        self.note("take");
        Box::pin(async { Ok(self.token.lock().unwrap().take()) })
    }

    fn keep(&self, token: Secret) -> BoxFuture<'_, Result<(), RefreshTokenError>> {
        self.note(&format!("keep {}", token.expose()));
        Box::pin(async move {
            if self.is_broken {
                return Err(RefreshTokenError::new(std::io::Error::other("disk full")));
            }
            *self.token.lock().unwrap() = Some(token);
            Ok(())
        })
    }
}

#[tokio::test]
async fn many_callers_whose_session_ended_cause_one_login() {
    let fake = Fake::start().await;
    let client = fake.client();
    client.ping().await.unwrap();
    fake.end_sessions();
    for result in join_all((0..20).map(|_| client.ping())).await {
        result.unwrap();
    }
    assert_eq!(fake.count("/rest-services/login").await, 2);
    assert_eq!(fake.count("/oauth/token").await, 2);
    assert_eq!(
        fake.count("/oauth/authorize").await,
        1,
        "the second login uses the refresh token"
    );
    let refused = fake.requests("/corp1/ping").await.len() - 1;
    assert!(refused <= 20, "each call was refused at most once");
    assert_eq!(fake.count("/corp2/ping").await, 20);
}

#[tokio::test]
async fn a_missing_token_is_treated_like_a_refused_one() {
    let fake = Fake::start().await;
    fake.first(1, "/ping", status(412, &json!({"errorMessage": "no token"})))
        .await;
    let client = fake.client();
    client.ping().await.unwrap();
    assert_eq!(fake.count("/rest-services/login").await, 2);

    let fake = Fake::start().await;
    fake.first(
        1,
        "/ping",
        status(401, &json!({"message": "Bad 'BhRestToken' or timed-out."})),
    )
    .await;
    fake.client().ping().await.unwrap();
    assert_eq!(fake.count("/rest-services/login").await, 2);
}

#[tokio::test]
async fn a_session_refused_twice_is_an_error() {
    let fake = Fake::start().await;
    fake.always("/ping", session_refused()).await;
    let error = fake.client().ping().await.unwrap_err();
    assert!(matches!(error, CallError::SessionRefused { .. }), "{error:?}");
    assert!(error.is_retryable());
    assert_eq!(fake.count("/ping").await, 2);
    assert_eq!(fake.count("/rest-services/login").await, 2);
    assert!(fake.clock.sleeps().is_empty());
}

#[tokio::test]
async fn a_new_refresh_token_is_kept_before_the_access_token_is_used() {
    let fake = Fake::start().await;
    let store = Arc::new(Recorder::default());
    let log = Arc::clone(&store.log);
    wiremock::Mock::given(wiremock::matchers::path("/rest-services/login"))
        .respond_with(move |request: &wiremock::Request| {
            log.lock()
                .unwrap()
                .push(format!("use {}", form_value(request, "access_token").unwrap()));
            let base = format!(
                "http://{}",
                request.headers.get("host").unwrap().to_str().unwrap()
            );
            ok(&json!({ "BhRestToken": "session-1", "restUrl": format!("{base}/rest-services/corp1/") }))
        })
        .with_priority(1)
        .mount(&fake.server)
        .await;
    let client = fake.client_keeping(Arc::clone(&store) as _);
    client.ping().await.unwrap();
    fake.first(1, "/ping", session_refused()).await;
    client.ping().await.unwrap();
    let expected = [
        "take",
        "keep 0:refresh-1",
        "use 0:access-1",
        "take",
        "keep 0:refresh-2",
        "use 0:access-2",
    ];
    assert_eq!(*store.log.lock().unwrap(), expected);
    let refresh = &fake.requests("/oauth/token").await[1];
    assert_eq!(form_value(refresh, "grant_type").unwrap(), "refresh_token");
    assert_eq!(form_value(refresh, "refresh_token").unwrap(), "0:refresh-1");
}

#[tokio::test]
async fn a_refused_refresh_token_falls_back_to_the_password_once() {
    let fake = Fake::start().await;
    let client = fake.client();
    client.ping().await.unwrap();
    fake.end_sessions();
    fake.first(
        1,
        "/oauth/token",
        status(
            400,
            &json!({"error": "invalid_grant", "error_description": "used"}),
        ),
    )
    .await;
    client.ping().await.unwrap();
    assert_eq!(fake.count("/oauth/authorize").await, 2);
    let grants: Vec<_> = fake
        .requests("/oauth/token")
        .await
        .iter()
        .map(|r| form_value(r, "grant_type").unwrap())
        .collect();
    assert_eq!(
        grants,
        ["authorization_code", "refresh_token", "authorization_code"]
    );
}

#[tokio::test]
async fn a_refresh_token_whose_reply_is_lost_is_burnt() {
    let lost = [
        ok(&tokens("0:late", "0:late")).set_delay(Duration::from_mins(1)),
        text(502, "<html>bad gateway</html>"),
        text(200, ""),
        text(200, "{\"access_token\":\"0:cut"),
    ];
    for reply in lost {
        let fake = Fake::start().await;
        let client = fake.client_with(|options| options.request_timeout = Duration::from_secs(2));
        client.ping().await.unwrap();
        fake.end_sessions();
        fake.first(1, "/oauth/token", reply).await;
        client.ping().await.unwrap();
        let used: Vec<_> = fake
            .requests("/oauth/token")
            .await
            .iter()
            .filter_map(|r| form_value(r, "refresh_token"))
            .collect();
        assert_eq!(used, ["0:refresh-1"], "it is sent once");
        assert_eq!(fake.count("/oauth/authorize").await, 2);
    }
}

#[tokio::test]
async fn a_refresh_token_that_never_arrived_is_kept() {
    let fake = Fake::start().await;
    let store = Arc::new(Recorder::default());
    let client = fake.client_keeping(Arc::clone(&store) as _);
    client.ping().await.unwrap();
    fake.end_sessions();
    fake.always("/oauth/token", text(429, "")).await;
    let error = client.ping().await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(*store.token.lock().unwrap(), Some(Secret::new("0:refresh-1")));
    assert_eq!(fake.count("/oauth/authorize").await, 1);
}

#[tokio::test]
async fn wrong_credentials_at_a_renewal_are_remembered_too() {
    let fake = Fake::start().await;
    let client = fake.client();
    client.ping().await.unwrap();
    fake.end_sessions();
    fake.always("/oauth/token", status(401, &json!({"error": "invalid_client"})))
        .await;
    for result in join_all((0..5).map(|_| client.ping())).await {
        assert!(
            matches!(result, Err(CallError::Login(error)) if matches!(*error, LoginError::ClientSecretRefused))
        );
    }
    assert_eq!(fake.count("/oauth/token").await, 2);
}

#[tokio::test]
async fn no_access_token_is_used_when_the_store_fails() {
    let fake = Fake::start().await;
    let store = Arc::new(Recorder {
        is_broken: true,
        ..Recorder::default()
    });
    let error = fake.client_keeping(store).ping().await.unwrap_err();
    assert!(error.is_retryable());
    assert!(matches!(error, CallError::Login(error) if matches!(*error, LoginError::RefreshTokenStore(_))));
    assert_eq!(fake.count("/rest-services/login").await, 0);
}

#[tokio::test]
async fn an_account_without_refresh_tokens_uses_the_password_again() {
    let fake = Fake::start().await;
    fake.always(
        "/oauth/token",
        ok(&json!({"access_token": "0:access", "expires_in": 600})),
    )
    .await;
    let client = fake.client();
    client.ping().await.unwrap();
    fake.end_sessions();
    client.ping().await.unwrap();
    assert_eq!(fake.count("/oauth/authorize").await, 2);
}

#[tokio::test]
async fn logout_closes_the_session_and_a_later_call_opens_another() {
    let fake = Fake::start().await;
    let client = fake.client();
    client.logout().await.unwrap();
    assert_eq!(
        client.calls_made(),
        0,
        "without a session there is nothing to close"
    );
    client.ping().await.unwrap();
    client.logout().await.unwrap();
    client.logout().await.unwrap();
    assert_eq!(fake.count("/logout").await, 1);
    assert_eq!(
        fake.requests("/logout").await[0]
            .headers
            .get("BhRestToken")
            .unwrap(),
        "session-1"
    );
    client.ping().await.unwrap();
    assert_eq!(fake.count("/corp2/ping").await, 1);
    fake.end_sessions();
    client.logout().await.unwrap();
    assert_eq!(
        fake.count("/rest-services/login").await,
        2,
        "a session that ended by itself is not renewed to close it"
    );
}

#[tokio::test]
async fn a_login_whose_caller_goes_away_is_finished() {
    let fake = Fake::start().await;
    let client = fake.client();
    {
        let mut call = std::pin::pin!(client.ping());
        while fake.count("/oauth/authorize").await == 0 {
            assert!(futures::poll!(call.as_mut()).is_pending());
            tokio::task::yield_now().await;
        }
    }
    client.ping().await.unwrap();
    assert_eq!(fake.count("/oauth/authorize").await, 1);
    assert_eq!(fake.count("/rest-services/login").await, 1);
}
