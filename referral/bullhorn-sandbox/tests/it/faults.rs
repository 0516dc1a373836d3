//! Faults on demand.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Running, Session, ids, read, text};

const SEARCH: &str = "search/Candidate?query=id:%5B1%20TO%20*%5D&fields=id,firstName&count=10&sort=id";

async fn search(session: &Session<'_>) -> (StatusCode, Value) {
    read(session.request(Method::GET, SEARCH)).await
}

#[tokio::test]
async fn errors_in_place_of_an_answer_strike_once_each() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let cases = [
        (json!({ "kind": "rate_limited" }), 429, "API rate limit exceeded"),
        (
            json!({ "kind": "capacity_exceeded" }),
            500,
            "Server API capacity exceeded",
        ),
        (
            json!({ "kind": "capacity_exceeded", "as_key": true }),
            500,
            "requestThrottled",
        ),
        (json!({ "kind": "unavailable" }), 503, "Service Unavailable"),
        (json!({ "kind": "bad_gateway" }), 502, "<h1>502 Bad Gateway</h1>"),
        (json!({ "kind": "html_on_ok" }), 200, "<html>"),
        (json!({ "kind": "error_on_ok" }), 200, "errorMessage"),
    ];
    for (fault, status, expected) in cases {
        sandbox.fault_once(fault.clone(), "search").await;
        assert_eq!(
            session.try_get("ping", &[]).await.0,
            StatusCode::OK,
            "other endpoints go unharmed"
        );
        let (struck, body) = search(&session).await;
        assert_eq!(struck.as_u16(), status, "{fault}");
        assert!(body.to_string().contains(expected), "{fault}: {body}");
        assert_eq!(search(&session).await.0, StatusCode::OK, "{fault} strikes once");
    }
    let status = sandbox.admin_get("status").await;
    assert_eq!(status["traffic"]["faults"]["capacity_exceeded"], 2);
}

#[tokio::test]
async fn a_429_can_carry_headers() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let fault = json!({ "kind": "rate_limited", "headers": true, "retry_after_s": 3 });
    sandbox.fault_once(fault, "search").await;
    let response = session
        .request(Method::GET, SEARCH)
        .send()
        .await
        .expect("an answer");
    let header = |name: &str| response.headers()[name].to_str().expect("ASCII").to_owned();
    assert_eq!(header("retry-after"), "3");
    assert_eq!(header("x-ratelimit-remaining-minute"), "0");
}

#[tokio::test]
async fn too_many_calls_in_a_minute_are_refused_and_the_next_minute_is_free() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    sandbox
        .knobs(json!({ "calls_per_minute": 6, "rate_headers": true }))
        .await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let response = session
            .request(Method::GET, "ping")
            .send()
            .await
            .expect("an answer");
        statuses.push(response.status().as_u16());
        assert!(response.headers().contains_key("x-ratelimit-limit-minute"));
    }
    assert_eq!((statuses.first(), statuses.last()), (Some(&200), Some(&429)));
    sandbox.advance_ms(60_000);
    assert_eq!(session.try_get("ping", &[]).await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_session_can_die_in_mid_run() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    sandbox
        .fault_once(json!({ "kind": "session_killed" }), "search")
        .await;
    assert_eq!(search(&session).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(
        session.try_get("ping", &[]).await.0,
        StatusCode::UNAUTHORIZED,
        "it stays dead"
    );
    assert_eq!(search(&sandbox.login().await).await.0, StatusCode::OK);
}

#[tokio::test]
async fn login_faults_strike_at_login() {
    let sandbox = Running::start().await;
    let (access, refresh) = sandbox.tokens().await;
    sandbox
        .fault_once(json!({ "kind": "invalid_oauth_token" }), "login")
        .await;
    let login = || {
        let request = sandbox.request(Method::POST, "/rest-services/login");
        read(request.query(&[("version", "*"), ("access_token", access.as_str())]))
    };
    let (status, error) = login().await;
    assert_eq!(
        (status, text(&error, "errorMessageKey").as_str()),
        (StatusCode::BAD_REQUEST, "errors.authentication.invalidOAuthToken")
    );
    assert_eq!(login().await.0, StatusCode::OK, "the token was good all the time");
    sandbox
        .fault_once(json!({ "kind": "reply_lost", "hold_ms": 1 }), "token")
        .await;
    let form = [
        ("client_id", "sandbox-client"),
        ("client_secret", "sandbox-secret"),
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let lost = sandbox
        .request(Method::POST, "/oauth/token")
        .form(&form)
        .send()
        .await;
    let body = match lost {
        Ok(response) => response.text().await.map(drop),
        Err(error) => Err(error),
    };
    assert!(body.is_err(), "the reply never comes");
    let (status, _) = sandbox.token_call(&form[2..]).await;
    assert_eq!(
        status,
        StatusCode::BAD_REQUEST,
        "and yet the refresh token is used up"
    );
    sandbox.fault_once(json!({ "kind": "redirected" }), "login").await;
    assert_eq!(login().await.0, StatusCode::TEMPORARY_REDIRECT);
    sandbox
        .fault_once(
            json!({ "kind": "oauth_error", "error": "access_denied" }),
            "authorize",
        )
        .await;
    let request = sandbox.request(
        Method::GET,
        "/oauth/authorize?client_id=sandbox-client&response_type=code",
    );
    let response = request.send().await.expect("an answer");
    assert!(
        response.headers()["location"]
            .to_str()
            .expect("ASCII")
            .contains("error=access_denied")
    );
    sandbox
        .fault_once(json!({ "kind": "terms_of_service" }), "authorize")
        .await;
    let (_, page) = read(sandbox.request(Method::GET, "/oauth/authorize?client_id=x")).await;
    assert!(page.as_str().expect("a page").contains("Terms of Service"));
}

#[tokio::test]
async fn bodies_can_come_slowly_half_or_not_at_all() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let (_, whole) = search(&session).await;
    for fault in [
        json!({ "kind": "slow_start", "delay_ms": 40 }),
        json!({ "kind": "slow_body", "pieces": 4, "delay_ms": 10 }),
    ] {
        sandbox.fault_once(fault.clone(), "search").await;
        let before = Instant::now();
        assert_eq!(search(&session).await, (StatusCode::OK, whole.clone()), "{fault}");
        assert!(before.elapsed() >= Duration::from_millis(40), "{fault}");
    }
    sandbox.fault_once(json!({ "kind": "truncated" }), "search").await;
    let response = session
        .request(Method::GET, SEARCH)
        .send()
        .await
        .expect("headers");
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.text().await.is_err(), "the body ends in the middle");
    sandbox
        .fault_once(json!({ "kind": "empty_body" }), "search")
        .await;
    assert_eq!(search(&session).await, (StatusCode::OK, json!("")));
}

#[tokio::test]
async fn records_of_a_page_can_be_broken() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    sandbox
        .fault_once(json!({ "kind": "error_rows", "every": 3 }), "search")
        .await;
    let (_, page) = search(&session).await;
    let rows = page["data"].as_array().expect("data");
    let broken: Vec<usize> = (0..rows.len())
        .filter(|index| rows[*index]["_error"].is_string())
        .collect();
    assert_eq!(broken, [2, 5, 8]);
    assert!(rows.iter().all(|row| row["id"].is_u64()));
}

#[tokio::test]
async fn records_can_change_between_two_pages() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let modified = async |session: &Session<'_>| {
        let query = format!("dateLastModified:[{} TO *]", sandbox.now_lucene());
        session.total(&query).await
    };
    assert_eq!(modified(&session).await, 0);
    let fault = json!({ "kind": "mutate_after", "entity": "Candidate", "change": 4, "delete": 2, "anonymise": 1, "seed": 5 });
    sandbox.fault_once(fault, "search").await;
    assert_eq!(search(&session).await.0, StatusCode::OK);
    assert_eq!(modified(&session).await, 7);
    sandbox.advance_ms(1_000);
    let fault = json!({ "kind": "mass_update_after", "entity": "Candidate", "count": 90, "seed": 5 });
    sandbox.fault_once(fault, "search").await;
    search(&session).await;
    assert_eq!(modified(&session).await, 90);
}

#[tokio::test]
async fn subscriptions_can_expire_under_a_reader() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let path = "event/subscription/s?type=entity&names=Candidate&eventTypes=UPDATED";
    session.send(Method::PUT, path, json!({})).await;
    sandbox
        .fault_once(json!({ "kind": "subscriptions_expired" }), "event")
        .await;
    assert_eq!(
        session.try_get("event/subscription/s", &[]).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn rules_can_be_listed_skipped_aimed_and_cleared() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let rule = json!({ "fault": { "kind": "unavailable" }, "endpoint": "search", "path_contains": "JobOrder", "skip": 1, "times": 1 });
    let id = sandbox.admin("faults", rule.clone()).await["id"].clone();
    assert_eq!(
        sandbox.admin_get("faults").await["faults"][0]["rule"]["path_contains"],
        "JobOrder"
    );
    let jobs = || session.try_get("search/JobOrder", &[("query", "id:[1 TO *]")]);
    assert_eq!(search(&session).await.0, StatusCode::OK);
    assert_eq!(jobs().await.0, StatusCode::OK);
    assert_eq!(jobs().await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(jobs().await.0, StatusCode::OK);
    let (status, _) = read(sandbox.request(Method::DELETE, &format!("/admin/faults/{id}"))).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "it has struck for the last time");
    sandbox
        .admin(
            "faults",
            json!({ "fault": { "kind": "unavailable" }, "probability": 0.5, "seed": 3 }),
        )
        .await;
    let mut struck = 0;
    for _ in 0..20 {
        struck += u32::from(search(&session).await.0 == StatusCode::SERVICE_UNAVAILABLE);
    }
    assert!((3..18).contains(&struck), "{struck} of 20");
    let (_, cleared) = read(sandbox.request(Method::DELETE, "/admin/faults")).await;
    assert_eq!(cleared, json!({ "removed": 1 }));
    assert_eq!(ids(&search(&session).await.1).len(), 10);
    for fault in [
        json!({ "kind": "nonsense" }),
        json!({ "kind": "mutate_after", "entity": "Skill", "change": 1 }),
        json!({ "kind": "mutate_after", "entity": "JobOrder", "anonymise": 1 }),
        json!({ "kind": "mass_update_after", "entity": "Nonsense", "count": 1 }),
    ] {
        let wrong = sandbox
            .request(Method::POST, "/admin/faults")
            .json(&json!({ "fault": fault }));
        assert_eq!(read(wrong).await.0, StatusCode::BAD_REQUEST, "{fault}");
    }
}
