//! Event subscriptions: nothing waiting, replay, expiry.

use std::time::Duration;

use bullhorn::{CallError, Entity, EventAction, EventError, RequestId, SubscriptionId};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::fake::{Fake, ok, parameter, status, text};

fn id() -> SubscriptionId {
    "demo-1".parse().unwrap()
}

fn batch(request_id: i64) -> Value {
    json!({"requestId": request_id, "events": [
        {"eventId": "ID:1", "eventType": "ENTITY", "eventTimestamp": 1_500_000_000_000_i64,
         "eventMetadata": {"PERSON_ID": "1"}, "entityName": "Candidate", "entityId": 1,
         "entityEventType": "UPDATED", "updatedProperties": ["status"]},
        {"eventId": "ID:2", "eventType": "ENTITY", "entityName": "JobOrder", "entityId": 2, "entityEventType": "DELETED"},
        {"eventId": "ID:3", "eventType": "FIELD_MAP_CHANGE"},
    ]})
}

#[tokio::test]
async fn a_subscription_is_made_read_and_ended() {
    let fake = Fake::start().await;
    let door = "event/subscription/demo-1";
    fake.data("PUT", door, |_| {
        ok(&json!({"lastRequestId": 0, "subscriptionId": "demo-1", "createdOn": 1}))
    })
    .await;
    fake.data("GET", door, |request| {
        assert_eq!(parameter(request, "maxEvents").unwrap(), "100");
        ok(&batch(1))
    })
    .await;
    fake.data("DELETE", door, |_| ok(&json!({"result": true}))).await;
    let client = fake.client();
    client
        .subscribe(&id(), &[Entity::Candidate, Entity::JobOrder], &EventAction::ALL)
        .await
        .unwrap();
    let request = &fake.requests(door).await[0];
    assert_eq!(
        request.url.query().unwrap(),
        "type=entity&names=Candidate%2CJobOrder&eventTypes=INSERTED%2CUPDATED%2CDELETED"
    );

    let events = client.poll_events(&id(), 255).await.unwrap().unwrap();
    assert_eq!(
        (events.request_id, events.events.len(), events.unknown),
        (RequestId(1), 2, 1)
    );
    let first = &events.events[0];
    assert_eq!(
        (first.entity_name.parse(), first.entity_id, first.action),
        (Ok(Entity::Candidate), 1, EventAction::Updated)
    );
    assert_eq!(first.at.unwrap().as_millisecond(), 1_500_000_000_000);
    assert_eq!(first.updated_properties, ["status"]);
    assert_eq!(events.events[1].action, EventAction::Deleted);
    assert!(client.unsubscribe(&id()).await.unwrap());
}

#[tokio::test]
async fn nothing_waiting_is_an_empty_body() {
    let fake = Fake::start().await;
    fake.data("GET", "event/subscription/demo-1", |_| ResponseTemplate::new(200))
        .await;
    assert_eq!(fake.client().poll_events(&id(), 100).await.unwrap(), None);
    assert_eq!(fake.count("demo-1").await, 1);
}

#[tokio::test]
async fn an_expired_subscription_is_recognised_everywhere() {
    let fake = Fake::start().await;
    let gone = || status(404, &json!({"errorMessage": "no such subscription"}));
    for verb in ["GET", "DELETE"] {
        fake.data(verb, "event/subscription/demo-1(/lastRequestId)?", move |_| {
            gone()
        })
        .await;
    }
    let client = fake.client();
    assert!(matches!(
        client.poll_events(&id(), 10).await,
        Err(EventError::Expired { .. })
    ));
    assert!(matches!(
        client.replay_events(&id(), RequestId(1)).await,
        Err(EventError::Expired { .. })
    ));
    assert!(matches!(
        client.last_request_id(&id()).await,
        Err(EventError::Expired { .. })
    ));
    assert!(!client.unsubscribe(&id()).await.unwrap());
}

#[tokio::test]
async fn a_second_subscription_of_the_same_name_is_recognised() {
    let fake = Fake::start().await;
    let body = json!({"errorMessage": "Subscription demo-1 already exists", "errorCode": 400});
    fake.data("PUT", "event/subscription/demo-1", move |_| status(400, &body))
        .await;
    let error = fake
        .client()
        .subscribe(&id(), &[Entity::Candidate], &EventAction::ALL)
        .await
        .unwrap_err();
    assert!(matches!(error, EventError::AlreadyExists { .. }), "{error:?}");
}

#[tokio::test]
async fn a_batch_whose_reply_was_lost_is_not_polled_past_but_replayed() {
    let fake = Fake::start().await;
    fake.data("GET", "event/subscription/demo-1", |request| {
        let replayed = parameter(request, "requestId").map(|id| id.parse::<i64>().unwrap());
        ok(&batch(replayed.expect("only replays are answered")))
    })
    .await;
    fake.data("GET", "event/subscription/demo-1/lastRequestId", |_| {
        ok(&json!({"result": 5}))
    })
    .await;
    let client = fake.client_with(|options| options.request_timeout = Duration::from_secs(2));
    client.ping().await.unwrap();
    fake.first(1, "/demo-1", ok(&batch(5)).set_delay(Duration::from_mins(1)))
        .await;
    let error = client.poll_events(&id(), 100).await.unwrap_err();
    assert!(
        matches!(error, EventError::Call(CallError::Unavailable(_))),
        "{error:?}"
    );
    assert_eq!(
        fake.count("/demo-1").await,
        1,
        "a poll that may have consumed is not repeated"
    );

    let unread = client
        .unread_events(&id(), Some(RequestId(4)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(unread.request_id, RequestId(5));
    assert_eq!(
        client.unread_events(&id(), Some(RequestId(5))).await.unwrap(),
        None
    );
    assert_eq!(
        client
            .unread_events(&id(), None)
            .await
            .unwrap()
            .unwrap()
            .request_id,
        RequestId(5)
    );
}

#[tokio::test]
async fn a_poll_that_was_throttled_is_repeated_and_a_new_subscription_has_no_last_batch() {
    let fake = Fake::start().await;
    fake.data("GET", "event/subscription/demo-1", |_| ok(&batch(1)))
        .await;
    fake.data("GET", "event/subscription/demo-1/lastRequestId", |_| {
        ok(&json!({"result": 0}))
    })
    .await;
    fake.first(1, "/demo-1", text(429, "")).await;
    let client = fake.client();
    assert!(client.poll_events(&id(), 10).await.unwrap().is_some());
    assert_eq!(client.last_request_id(&id()).await.unwrap(), None);
    assert_eq!(client.unread_events(&id(), None).await.unwrap(), None);
}
