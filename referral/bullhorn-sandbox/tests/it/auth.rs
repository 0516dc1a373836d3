//! Login, sessions and their errors.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::harness::{Running, code_in, options, read, text};

const GOOD: [(&str, &str); 5] = [
    ("client_id", "sandbox-client"),
    ("response_type", "code"),
    ("action", "Login"),
    ("username", "sandbox.user"),
    ("password", "sandbox-password"),
];

#[tokio::test]
async fn login_info_tells_where_to_go_and_follows_the_host_header() {
    let sandbox = Running::start().await;
    let (status, info) =
        read(sandbox.request(Method::GET, "/rest-services/loginInfo?username=anybody")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(info["oauthUrl"], format!("{}/oauth", sandbox.url));
    assert_eq!(info["restUrl"], format!("{}/rest-services/", sandbox.url));
    let named = sandbox
        .request(Method::GET, "/rest-services/loginInfo?username=x")
        .header("Host", "bh.example:99");
    assert_eq!(read(named).await.1["oauthUrl"], "http://bh.example:99/oauth");
    let (status, _) = read(sandbox.request(Method::GET, "/rest-services/loginInfo")).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_configured_address_beats_the_host_header() {
    let mut options = options();
    options.self_url = Some("https://bullhorn.example".parse().expect("an address"));
    let sandbox = Running::start_with(options).await;
    let (_, info) = read(sandbox.request(Method::GET, "/rest-services/loginInfo?username=x")).await;
    assert_eq!(info["oauthUrl"], "https://bullhorn.example/oauth");
}

#[tokio::test]
async fn authorize_takes_query_form_or_both_and_redirects_with_an_encoded_code() {
    let sandbox = Running::start().await;
    let requests = [
        sandbox.request(Method::GET, "/oauth/authorize").query(&GOOD),
        sandbox.request(Method::POST, "/oauth/authorize").form(&GOOD),
        sandbox
            .request(Method::POST, "/oauth/authorize")
            .query(&GOOD[..2])
            .form(&GOOD[2..]),
    ];
    for request in requests {
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), StatusCode::FOUND);
        let location = response.headers()["location"].to_str().expect("ASCII").to_owned();
        assert!(
            location.starts_with(&format!("{}/authorized?code=00%3A", sandbox.url)),
            "{location}"
        );
        assert!(location.contains("&client_id=sandbox-client"), "{location}");
        assert!(code_in(&response).starts_with("00:"));
        let landing = sandbox.client.get(location).send().await.expect("an answer");
        assert_eq!(landing.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn failed_logins_are_pages_with_status_200() {
    let sandbox = Running::start().await;
    let with = |name: &'static str, value: &'static str| {
        GOOD.map(|(known, old)| {
            if known == name {
                (known, value)
            } else {
                (known, old)
            }
        })
    };
    let cases = [
        (with("client_id", "nobody"), "Invalid Client Id"),
        (
            with("password", "wrong"),
            "<p class=\"error\">Invalid credentials.</p>",
        ),
        (
            with("username", "wrong"),
            "<p class=\"error\">Invalid credentials.</p>",
        ),
        (with("action", "Look"), "<form method=\"post\""),
    ];
    for (form, expected) in cases {
        let response = sandbox
            .request(Method::POST, "/oauth/authorize")
            .form(&form)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), StatusCode::OK);
        assert!(
            response.headers()["content-type"]
                .to_str()
                .expect("ASCII")
                .starts_with("text/html")
        );
        assert!(response.headers().get("location").is_none());
        let page = response.text().await.expect("a page");
        assert!(page.contains(expected), "{page}");
    }
    sandbox.knobs(json!({ "terms_accepted": false })).await;
    let (_, page) = read(sandbox.request(Method::POST, "/oauth/authorize").form(&GOOD)).await;
    assert!(page.as_str().expect("a page").contains("Terms of Service"));
    let status = sandbox.admin_get("status").await;
    assert_eq!(status["auth"]["wrong_passwords"], 2);
}

#[tokio::test]
async fn other_failures_are_redirects_or_400() {
    let sandbox = Running::start().await;
    let wrong_type = [("client_id", "sandbox-client"), ("response_type", "token")];
    let response = sandbox
        .request(Method::GET, "/oauth/authorize")
        .query(&wrong_type)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::FOUND);
    let location = response.headers()["location"].to_str().expect("ASCII");
    assert!(
        location.contains("error=unsupported_response_type&error_description="),
        "{location}"
    );
    for query in [&[][..], &GOOD[..1]] {
        let (status, _) = read(sandbox.request(Method::GET, "/oauth/authorize").query(query)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn a_redirect_address_must_be_the_registered_one_and_come_again_with_the_code() {
    let mut options = options();
    options.credentials.redirect_uri = Some("https://app.example/back?x=1".to_owned());
    let sandbox = Running::start_with(options).await;
    let authorize = |uri: &'static str| {
        sandbox
            .request(Method::POST, "/oauth/authorize")
            .form(&GOOD)
            .query(&[("redirect_uri", uri), ("state", "s 1")])
    };
    let (status, page) = read(authorize("https://app.example/BACK?x=1")).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.as_str().expect("a page").contains("Bullhorn OAuth Error"));
    let response = authorize("https://app.example/back?x=1")
        .send()
        .await
        .expect("an answer");
    let location = response.headers()["location"].to_str().expect("ASCII").to_owned();
    assert!(
        location.starts_with("https://app.example/back?x=1&code=") && location.ends_with("&state=s+1"),
        "{location}"
    );
    let code = code_in(&response);
    let (status, _) = sandbox
        .token_call(&[("grant_type", "authorization_code"), ("code", &code)])
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn codes_work_once_and_for_a_minute() {
    let sandbox = Running::start().await;
    let code = sandbox.code().await;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let (status, tokens) = sandbox.token_call(&form).await;
    assert_eq!(
        (status, tokens["expires_in"].as_i64()),
        (StatusCode::OK, Some(600))
    );
    assert_eq!(tokens["token_type"], "Bearer");
    let (status, error) = sandbox.token_call(&form).await;
    assert_eq!(
        (status, text(&error, "error").as_str()),
        (StatusCode::BAD_REQUEST, "invalid_grant")
    );
    let late = sandbox.code().await;
    sandbox.advance_ms(60_000);
    let (status, _) = sandbox
        .token_call(&[("grant_type", "authorization_code"), ("code", &late)])
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn refresh_tokens_work_once_and_rotate() {
    let sandbox = Running::start().await;
    let (_, first) = sandbox.tokens().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", first.as_str())];
    let (status, second) = sandbox.token_call(&form).await;
    assert_eq!(status, StatusCode::OK);
    assert_ne!(text(&second, "refresh_token"), first);
    let (status, error) = sandbox.token_call(&form).await;
    assert_eq!(
        (status, text(&error, "error").as_str()),
        (StatusCode::BAD_REQUEST, "invalid_grant")
    );
    sandbox.knobs(json!({ "refresh_tokens": false })).await;
    let code = sandbox.code().await;
    let (_, tokens) = sandbox
        .token_call(&[("grant_type", "authorization_code"), ("code", &code)])
        .await;
    assert!(tokens.get("refresh_token").is_none());
}

#[tokio::test]
async fn a_wrong_client_or_grant_type_is_refused_at_the_token_endpoint() {
    let sandbox = Running::start().await;
    let wrong = [
        ("client_id", "sandbox-client"),
        ("client_secret", "wrong"),
        ("grant_type", "refresh_token"),
    ];
    let (status, error) = read(sandbox.request(Method::POST, "/oauth/token").query(&wrong)).await;
    assert_eq!(
        (status, text(&error, "error").as_str()),
        (StatusCode::UNAUTHORIZED, "invalid_client")
    );
    let (status, error) = sandbox.token_call(&[("grant_type", "password")]).await;
    assert_eq!(
        (status, text(&error, "error").as_str()),
        (StatusCode::BAD_REQUEST, "unsupported_grant_type")
    );
}

#[tokio::test]
async fn a_session_lives_as_long_as_asked_for_up_to_a_ceiling() {
    let sandbox = Running::start().await;
    sandbox.knobs(json!({ "session_minutes_max": 240 })).await;
    for (ttl, minutes) in [(None, 10), (Some("30"), 30), (Some("5000"), 240)] {
        let (access, _) = sandbox.tokens().await;
        let mut query = vec![("version", "*"), ("access_token", access.as_str())];
        query.extend(ttl.map(|ttl| ("ttl", ttl)));
        let (_, login) = read(sandbox.request(Method::GET, "/rest-services/login").query(&query)).await;
        let ping = format!("{}ping", text(&login, "restUrl"));
        let get = || {
            sandbox
                .client
                .get(&ping)
                .header("BhRestToken", text(&login, "BhRestToken"))
        };
        assert_eq!(
            read(get()).await.1["sessionExpires"],
            sandbox.now_ms() + minutes * 60_000
        );
        sandbox.advance_ms(minutes * 60_000);
        let (status, error) = read(get()).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(error["errorMessageKey"], "errors.authentication.invalidRestToken");
    }
}

#[tokio::test]
async fn a_token_travels_in_header_query_or_cookie_and_only_with_its_corp() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let ping = format!("{}ping", session.rest_url);
    let get = |url: &str| sandbox.client.get(url);
    let good = [
        get(&ping).header("BhRestToken", &session.token),
        get(&ping).header("bhresttoken", &session.token),
        get(&format!("{ping}?BhRestToken={}", session.token)),
        get(&ping).header("Cookie", format!("a=b; BhRestToken={}; c=d", session.token)),
        get(&ping.replace("/ping", "//ping")).header("BHRestToken", &session.token),
    ];
    for request in good {
        assert_eq!(read(request).await.0, StatusCode::OK);
    }
    let (status, error) = read(get(&ping)).await;
    assert_eq!(status, StatusCode::PRECONDITION_FAILED, "{error}");
    let elsewhere = format!("{}/rest-services/other/ping", sandbox.url);
    for request in [
        get(&ping).header("BhRestToken", "stale"),
        get(&elsewhere).header("BhRestToken", &session.token),
    ] {
        let (status, error) = read(request).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(error["errorMessage"], "Bad 'BhRestToken' or timed-out.");
        assert_eq!(error["errorCode"], 401);
    }
    sandbox.knobs(json!({ "session_error_key": "message" })).await;
    let (_, error) = read(get(&ping).header("BhRestToken", "stale")).await;
    assert_eq!(error["message"], "Bad 'BhRestToken' or timed-out.");
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    assert_eq!(session.get("logout", &[]).await, json!({ "logout": "OK" }));
    assert_eq!(session.try_get("ping", &[]).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn access_tokens_end_after_ten_minutes_and_a_bad_one_is_400() {
    let sandbox = Running::start().await;
    let (access, _) = sandbox.tokens().await;
    sandbox.advance_ms(600_000);
    for token in [access.as_str(), "0:nonsense"] {
        let request = sandbox.request(Method::POST, "/rest-services/login");
        let (status, error) = read(request.query(&[("version", "2.0"), ("access_token", token)])).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(
            error,
            json!({
                "errorMessage": "Invalid or expired OAuth access token.",
                "errorMessageKey": "errors.authentication.invalidOAuthToken",
                "errorCode": 400,
            })
        );
    }
}

#[tokio::test]
async fn sessions_are_limited_and_ended_ones_make_room() {
    let sandbox = Running::start().await;
    sandbox.knobs(json!({ "sessions_max": 2 })).await;
    sandbox.login().await;
    let second = sandbox.login().await;
    let (access, _) = sandbox.tokens().await;
    let login = || {
        let request = sandbox.request(Method::POST, "/rest-services/login");
        request.query(&[("version", "*"), ("access_token", access.as_str())])
    };
    assert_eq!(read(login()).await.0, StatusCode::BAD_REQUEST);
    second.get("logout", &[]).await;
    assert_eq!(read(login()).await.0, StatusCode::OK);
}

#[tokio::test]
async fn another_data_centre_is_a_307_that_can_be_followed() {
    let sandbox = Running::start().await;
    sandbox.knobs(json!({ "data_centre_moved": true })).await;
    let first = sandbox
        .request(Method::POST, "/oauth/authorize")
        .form(&GOOD)
        .send()
        .await
        .expect("an answer");
    assert_eq!(first.status(), StatusCode::TEMPORARY_REDIRECT);
    let there = first.headers()["location"].to_str().expect("ASCII").to_owned();
    let second = sandbox
        .client
        .post(there)
        .form(&GOOD)
        .send()
        .await
        .expect("an answer");
    assert_eq!(second.status(), StatusCode::FOUND);
    let token = sandbox
        .request(Method::POST, "/oauth/token?grant_type=x")
        .send()
        .await
        .expect("an answer");
    assert!(
        token.headers()["location"]
            .to_str()
            .expect("ASCII")
            .ends_with("/dc2/oauth/token?grant_type=x")
    );
}

#[tokio::test]
async fn too_many_wrong_passwords_lock_the_user_out() {
    let sandbox = Running::start().await;
    sandbox.knobs(json!({ "lock_out_after": 2 })).await;
    for password in ["wrong", "wrong", "sandbox-password"] {
        let form = GOOD.map(|(name, value)| {
            if name == "password" {
                (name, password)
            } else {
                (name, value)
            }
        });
        let (_, page) = read(sandbox.request(Method::POST, "/oauth/authorize").form(&form)).await;
        assert!(
            page.as_str().expect("a page").contains("Invalid credentials."),
            "{password}"
        );
    }
}
