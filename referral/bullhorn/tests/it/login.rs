//! The login chain, and every way in which it fails.

use std::time::Duration;

use bullhorn::{CallError, Client, LoginError, PlainHttp, SetupError};
use futures::future::join_all;
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::fake::{
    CLIENT_ID, CLIENT_SECRET, Fake, PASSWORD, USERNAME, credentials, form, form_value, found, ok, parameter,
    status, text,
};

fn login_error(error: CallError) -> LoginError {
    match error {
        CallError::Login(error) => (*error).clone(),
        other => panic!("not a login error: {other:?}"),
    }
}

async fn failed_login(fake: &Fake) -> LoginError {
    login_error(fake.client().ping().await.unwrap_err())
}

fn invalid_access_token() -> ResponseTemplate {
    let body = json!({
        "errorMessage": "Invalid or expired OAuth access token.",
        "errorMessageKey": "errors.authentication.invalidOAuthToken", "errorCode": 400,
    });
    status(400, &body)
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[tokio::test]
async fn the_chain_runs_in_order_and_secrets_travel_in_bodies_and_headers() {
    let fake = Fake::start().await;
    let client = fake.client();
    assert_eq!(client.ping().await.unwrap().as_millisecond(), 1_893_500_000_000);

    let requests = fake.server.received_requests().await.unwrap();
    let steps: Vec<String> = requests
        .iter()
        .map(|r| format!("{} {}", r.method, r.url.path()))
        .collect();
    let expected = [
        "GET /rest-services/loginInfo",
        "POST /oauth/authorize",
        "POST /oauth/token",
        "POST /rest-services/login",
        "GET /rest-services/corp1/ping",
    ];
    assert_eq!(steps, expected);
    assert_eq!(parameter(&requests[0], "username").unwrap(), USERNAME);
    assert_eq!(
        form(&requests[1]),
        pairs(&[
            ("client_id", CLIENT_ID),
            ("response_type", "code"),
            ("action", "Login"),
            ("username", USERNAME),
            ("password", PASSWORD),
        ])
    );
    assert_eq!(
        form(&requests[2]),
        pairs(&[
            ("grant_type", "authorization_code"),
            ("code", "00:code-1"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
        ])
    );
    let body = String::from_utf8(requests[2].body.clone()).unwrap();
    assert!(
        body.contains("code=00%3Acode-1&"),
        "the code is encoded once: {body}"
    );
    assert_eq!(
        form(&requests[3]),
        pairs(&[("version", "*"), ("access_token", "0:access-1")])
    );
    assert_eq!(requests[4].headers.get("BhRestToken").unwrap(), "session-1");
    for request in &requests {
        let url = request.url.to_string();
        for secret in [
            PASSWORD,
            CLIENT_SECRET,
            "code-1",
            "access-1",
            "refresh-1",
            "session-1",
        ] {
            assert!(!url.contains(secret), "{url}");
        }
        assert!(
            request
                .headers
                .get("user-agent")
                .unwrap()
                .to_str()
                .unwrap()
                .starts_with("Mozilla/5.0")
        );
        assert!(request.headers.get("cookie").is_none());
    }
    assert_eq!(client.calls_made(), 5);
}

#[tokio::test]
async fn wrong_credentials_are_tried_once_and_never_again() {
    let fake = Fake::start().await;
    fake.always(
        "/oauth/authorize",
        text(200, "<form><p class=\"error\">Invalid credentials.</p></form>"),
    )
    .await;
    let client = fake.client();
    let results = join_all((0..10).map(|_| client.ping())).await;
    for result in results {
        let error = result.unwrap_err();
        assert!(!error.is_retryable());
        assert!(matches!(login_error(error), LoginError::CredentialsRefused));
    }
    let sent = client.calls_made();
    assert!(matches!(
        login_error(client.ping().await.unwrap_err()),
        LoginError::CredentialsRefused
    ));
    assert_eq!(client.calls_made(), sent, "the refusal is remembered");
    assert_eq!(fake.count("/oauth/authorize").await, 1);

    client.forget_refusal().await;
    for _ in 0..2 {
        assert!(matches!(
            login_error(client.ping().await.unwrap_err()),
            LoginError::CredentialsRefused
        ));
    }
    assert_eq!(
        fake.count("/oauth/authorize").await,
        2,
        "once more, and remembered again"
    );
    assert!(fake.clock.sleeps().is_empty());
}

#[tokio::test]
async fn every_refusal_says_what_to_check_and_is_final() {
    let redirect = found("http://www.bullhorn.com?error=access_denied&error_description=Client+not+allowed");
    let cases = [
        (
            "/oauth/authorize",
            text(
                200,
                "<html><title>Bullhorn OAuth Error</title><p>Invalid Client Id</p></html>",
            ),
            "Bullhorn does not know the client id; check the client id and that it belongs to `127.0.0.1`",
        ),
        (
            "/oauth/authorize",
            text(200, "<html><title>Terms of Service</title></html>"),
            "the API user has not accepted the terms of service; log in once as this user in a browser",
        ),
        (
            "/oauth/authorize",
            text(200, "<html><title>Choose a new password</title></html>"),
            "the login answered with a page that this client does not know (status 200: Choose a new password); log \
             in once as the API user in a browser to see what it asks for",
        ),
        (
            "/oauth/authorize",
            text(400, "Bad Request"),
            "the login answered with a page that this client does not know (status 400: Bad Request); log in once as \
             the API user in a browser to see what it asks for",
        ),
        (
            "/oauth/authorize",
            redirect,
            "Bullhorn refused the authorization with `access_denied` (Client not allowed); check the client id and \
             redirect address",
        ),
        (
            "/oauth/token",
            status(
                401,
                &json!({"error": "invalid_client", "error_description": "Client authentication failed."}),
            ),
            "Bullhorn refused the client secret; check that it belongs to the client id",
        ),
        (
            "/oauth/token",
            status(
                400,
                &json!({"error": "invalid_request", "error_description": "Bad redirect."}),
            ),
            "Bullhorn issued no access token: `invalid_request` (Bad redirect.); check the client id, secret and \
             redirect address",
        ),
        (
            "/loginInfo",
            status(400, &json!({"errorMessage": "no such user"})),
            "Bullhorn names no data centre for this user; check the user name and the REST address",
        ),
    ];
    for (step, reply, message) in cases {
        let fake = Fake::start().await;
        fake.always(step, reply).await;
        let client = fake.client();
        let error = login_error(client.ping().await.unwrap_err());
        assert_eq!(error.to_string(), message);
        assert!(error.is_about_credentials() && !error.is_retryable());
        let sent = client.calls_made();
        assert!(client.ping().await.is_err());
        assert_eq!(client.calls_made(), sent, "{message} is remembered");
        assert_eq!(fake.count(step).await, 1, "{message} is tried once");
    }
}

#[tokio::test]
async fn a_step_in_the_wrong_data_centre_is_followed_once_with_its_form() {
    let (fake, other) = (Fake::start().await, Fake::start().await);
    for step in [
        "/rest-services/loginInfo",
        "/oauth/authorize",
        "/oauth/token",
        "/rest-services/login",
    ] {
        let location = format!("{}{step}", other.server.uri());
        let location = if step.ends_with("loginInfo") {
            format!("{location}?username=x")
        } else {
            location
        };
        fake.always(
            step,
            ResponseTemplate::new(307).insert_header("location", location.as_str()),
        )
        .await;
    }
    // Discovery leads to the other data centre for good; so ask this one for the later steps.
    let base = fake.server.uri();
    let info = json!({ "oauthUrl": format!("{base}/oauth"), "restUrl": format!("{base}/rest-services/") });
    other.always("/loginInfo", ok(&info)).await;
    fake.client().ping().await.unwrap();
    for step in ["/oauth/authorize", "/oauth/token", "/rest-services/login"] {
        let (here, there) = (fake.requests(step).await, other.requests(step).await);
        assert_eq!((here.len(), there.len()), (1, 1), "{step}");
        assert_eq!(here[0].body, there[0].body);
        assert_eq!(there[0].method.as_str(), "POST");
    }
}

#[tokio::test]
async fn a_second_redirect_is_an_error() {
    let fake = Fake::start().await;
    fake.always(
        "/oauth/authorize",
        ResponseTemplate::new(307).insert_header("location", "/oauth/authorize"),
    )
    .await;
    let error = failed_login(&fake).await;
    assert!(matches!(error, LoginError::Redirected { .. }), "{error:?}");
    assert_eq!(fake.count("/oauth/authorize").await, 2);
}

#[tokio::test]
async fn a_redirect_to_an_unencrypted_address_is_not_followed() {
    let fake = Fake::start().await;
    let elsewhere =
        ResponseTemplate::new(307).insert_header("location", "http://elsewhere.test/oauth/authorize");
    fake.always("/oauth/authorize", elsewhere).await;
    let error = failed_login(&fake).await;
    assert!(
        matches!(error, LoginError::Redirected { source: Some(_), .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_sporadically_refused_access_token_is_replaced_once() {
    let fake = Fake::start().await;
    fake.first(1, "/rest-services/login", invalid_access_token())
        .await;
    fake.client().ping().await.unwrap();
    let logins = fake.requests("/rest-services/login").await;
    let used: Vec<_> = logins
        .iter()
        .map(|request| form_value(request, "access_token").unwrap())
        .collect();
    assert_eq!(used, ["0:access-1", "0:access-2"]);
    assert_eq!(
        fake.count("/oauth/authorize").await,
        1,
        "the second token comes from the refresh token"
    );

    let fake = Fake::start().await;
    fake.first(2, "/rest-services/login", invalid_access_token())
        .await;
    let client = fake.client();
    let error = client.ping().await.unwrap_err();
    assert!(error.is_retryable());
    assert!(matches!(login_error(error), LoginError::AccessTokenRefused));
    client.ping().await.unwrap();
}

#[tokio::test]
async fn a_stale_code_is_replaced_once() {
    let stale = || {
        status(
            400,
            &json!({"error": "invalid_grant", "error_description": "Invalid, expired, or revoked authorization code."}),
        )
    };
    let fake = Fake::start().await;
    fake.first(1, "/oauth/token", stale()).await;
    fake.client().ping().await.unwrap();
    assert_eq!(fake.count("/oauth/authorize").await, 2);

    let fake = Fake::start().await;
    fake.always("/oauth/token", stale()).await;
    assert!(matches!(
        failed_login(&fake).await,
        LoginError::TokenRefused { .. }
    ));
    assert_eq!(fake.count("/oauth/token").await, 2);
}

#[tokio::test]
async fn addresses_are_brought_into_one_form() {
    for (oauth, rest) in [
        ("/oauth/", "/rest-services"),
        ("/oauth/authorize", "/rest-services/"),
        ("/oauth", "/rest-services"),
    ] {
        let fake = Fake::start().await;
        let base = fake.server.uri();
        let info = json!({ "oauthUrl": format!("{base}{oauth}"), "restUrl": format!("{base}{rest}") });
        fake.always("/loginInfo", ok(&info)).await;
        fake.client().ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_data_centre_without_encryption_is_refused() {
    let fake = Fake::start().await;
    fake.always(
        "/loginInfo",
        ok(&json!({ "oauthUrl": "http://auth.test/oauth", "restUrl": "https://rest.test" })),
    )
    .await;
    let error = failed_login(&fake).await;
    assert!(matches!(error, LoginError::Unreadable { .. }), "{error:?}");
    assert_eq!(fake.count("/oauth/authorize").await, 0);
    let setup = bullhorn::Setup::new(credentials(), "http://rest.test/rest-services/");
    assert!(matches!(Client::new(setup), Err(SetupError::Address(_))));
    let options = bullhorn::Options {
        plain_http: PlainHttp::Anywhere,
        ..bullhorn::Options::default()
    };
    let setup = bullhorn::Setup::new(credentials(), "http://rest.test/rest-services/").options(options);
    assert!(Client::new(setup).is_ok());
}

#[tokio::test]
async fn a_registered_redirect_address_and_the_wished_session_length_are_sent() {
    let fake = Fake::start().await;
    let mut own = credentials();
    own.redirect_uri = Some("https://app.test/callback?x=1".to_owned());
    let address = format!("{}/rest-services/loginInfo", fake.server.uri());
    let options = bullhorn::Options {
        session_ttl_minutes: Some(60),
        ..bullhorn::Options::default()
    };
    let client = Client::new(bullhorn::Setup::new(own, address).options(options)).unwrap();
    client.ping().await.unwrap();
    for step in ["/oauth/authorize", "/oauth/token"] {
        let sent = form_value(&fake.requests(step).await[0], "redirect_uri");
        assert_eq!(sent.unwrap(), "https://app.test/callback?x=1");
    }
    assert_eq!(
        form_value(&fake.requests("/login").await[0], "ttl").unwrap(),
        "60"
    );
}

#[tokio::test]
async fn a_login_that_fails_for_a_while_is_repeated_and_its_failure_shared() {
    let fake = Fake::start().await;
    fake.first(2, "/oauth/authorize", text(503, "<html>maintenance</html>"))
        .await;
    fake.client().ping().await.unwrap();
    assert_eq!(fake.clock.sleeps().len(), 2);

    let fake = Fake::start().await;
    fake.first(1, "/oauth/token", text(503, "")).await;
    fake.client().ping().await.unwrap();
    assert_eq!(
        fake.count("/oauth/authorize").await,
        2,
        "a code that may be used up is replaced"
    );

    let fake = Fake::start().await;
    fake.always("/loginInfo", text(503, "")).await;
    let client = fake.client();
    for result in join_all((0..8).map(|_| client.ping())).await {
        let error = result.unwrap_err();
        assert!(error.is_retryable());
        assert!(matches!(login_error(error), LoginError::Unavailable(_)));
    }
    assert_eq!(
        fake.count("/loginInfo").await,
        5,
        "eight callers share the five attempts of one login"
    );
}

#[tokio::test]
async fn a_password_whose_reply_is_lost_is_sent_at_most_twice() {
    let fake = Fake::start().await;
    fake.always(
        "/oauth/authorize",
        found("http://x.test?code=1").set_delay(Duration::from_mins(1)),
    )
    .await;
    let client = fake.client_with(|options| options.request_timeout = Duration::from_secs(1));
    let error = login_error(client.ping().await.unwrap_err());
    assert!(matches!(error, LoginError::Unavailable(_)), "{error:?}");
    assert_eq!(fake.count("/oauth/authorize").await, 2);
}

#[tokio::test]
async fn a_refused_session_is_told_from_a_refused_login() {
    let fake = Fake::start().await;
    let body = json!({"errorMessage": "Too many sessions", "errorCode": 403});
    fake.first(1, "/rest-services/login", status(403, &body)).await;
    let client = fake.client();
    let error = login_error(client.ping().await.unwrap_err());
    assert!(matches!(error, LoginError::SessionRefused(_)), "{error:?}");
    assert!(!error.is_retryable() && !error.is_about_credentials());
    client.ping().await.unwrap();
}
