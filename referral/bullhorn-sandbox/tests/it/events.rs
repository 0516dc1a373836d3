//! `/event/subscription`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Running, Session, read};

const SUBSCRIBE: &str =
    "event/subscription/demo?type=entity&names=Candidate,JobOrder&eventTypes=INSERTED,UPDATED,DELETED";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The next batch; none for an empty body.
async fn next(session: &Session<'_>, more: &str) -> Option<Value> {
    let path = format!("event/subscription/demo?maxEvents=100{more}");
    let response = session
        .request(Method::GET, &path)
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    let length = response.headers()["content-length"]
        .to_str()
        .expect("ASCII")
        .to_owned();
    let body = response.text().await.expect("a body");
    assert_eq!(length, body.len().to_string());
    (!body.is_empty()).then(|| serde_json::from_str(&body).expect("JSON"))
}

#[tokio::test]
async fn a_subscription_hears_of_writes_once_and_can_hear_them_again() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let (status, made) = session.send(Method::PUT, SUBSCRIBE, json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&made["lastRequestId"], &made["subscriptionId"]),
        (&json!(0), &json!("demo"))
    );
    assert_eq!(
        session.send(Method::PUT, SUBSCRIBE, json!({})).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(next(&session, "").await, None);
    let (_, person) = session
        .send(Method::PUT, "entity/Candidate", json!({ "firstName": "Test-A" }))
        .await;
    let path = format!("entity/Candidate/{}", person["changedEntityId"]);
    session
        .send(Method::POST, &path, json!({ "status": "Active" }))
        .await;
    session
        .send(Method::PUT, "entity/Note", json!({ "action": "Call" }))
        .await;
    session.send(Method::DELETE, &path, json!({})).await;
    let batch = next(&session, "").await.expect("a batch");
    assert_eq!(batch["requestId"], 1);
    let events: Vec<(&str, &Value)> = batch["events"]
        .as_array()
        .expect("events")
        .iter()
        .map(|event| {
            (
                event["entityEventType"].as_str().expect("a type"),
                &event["updatedProperties"],
            )
        })
        .collect();
    assert_eq!(
        events,
        [
            ("INSERTED", &Value::Null),
            ("UPDATED", &json!(["status"])),
            ("DELETED", &Value::Null)
        ]
    );
    assert_eq!(batch["events"][0]["entityId"], person["changedEntityId"]);
    assert_eq!(next(&session, "").await, None);
    assert_eq!(next(&session, "&requestId=1").await, Some(batch));
    assert_eq!(
        session.get("event/subscription/demo/lastRequestId", &[]).await,
        json!({ "result": 1 })
    );
    let (_, gone) = session
        .send(Method::DELETE, "event/subscription/demo", json!({}))
        .await;
    assert_eq!(gone, json!({ "result": true }));
    for path in ["event/subscription/demo", "event/subscription/demo/lastRequestId"] {
        assert_eq!(session.try_get(path, &[]).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn batches_hold_at_most_what_was_asked_for() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    session.send(Method::PUT, SUBSCRIBE, json!({})).await;
    sandbox.admin("mutate", json!({ "change": 130 })).await;
    let sizes = async |path: &str| {
        let (_, batch) = read(session.request(Method::GET, path)).await;
        batch["events"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(sizes("event/subscription/demo?maxEvents=7").await, 7);
    assert_eq!(sizes("event/subscription/demo?maxEvents=1000").await, 100);
    assert_eq!(sizes("event/subscription/demo").await, 23);
}

#[tokio::test]
async fn unread_subscriptions_expire_after_thirty_days() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    session.send(Method::PUT, SUBSCRIBE, json!({})).await;
    sandbox.admin("mutate", json!({ "change": 1 })).await;
    sandbox.advance_ms(30 * DAY_MS);
    let session = sandbox.login().await;
    assert_eq!(
        session.try_get("event/subscription/demo", &[]).await.0,
        StatusCode::NOT_FOUND
    );
    session.send(Method::PUT, SUBSCRIBE, json!({})).await;
    assert_eq!(next(&session, "").await, None, "a new one starts empty");
    assert_eq!(
        sandbox.admin("subscriptions/expire", json!({})).await,
        json!({ "expired": 1 })
    );
    assert_eq!(
        session.try_get("event/subscription/demo", &[]).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn bad_subscriptions_are_refused() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    for query in [
        "",
        "type=entity",
        "type=entity&names=Nonsense&eventTypes=UPDATED",
        "type=entity&names=Candidate&eventTypes=X",
    ] {
        let (status, _) = session
            .send(
                Method::PUT,
                &format!("event/subscription/demo?{query}"),
                json!({}),
            )
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
    }
    for number in 0..50 {
        let path = SUBSCRIBE.replace("demo", &format!("s{number}"));
        assert_eq!(
            session.send(Method::PUT, &path, json!({})).await.0,
            StatusCode::OK
        );
    }
    assert_eq!(
        session.send(Method::PUT, SUBSCRIBE, json!({})).await.0,
        StatusCode::BAD_REQUEST
    );
}
