//! One pace for all callers, as fast as the server bears.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bullhorn::{CallError, Client, Clock as _, Fault};
use futures::future::join_all;
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::fake::{Fake, ok, status, text};

fn seconds(sleeps: &[Duration]) -> Vec<u64> {
    sleeps.iter().map(Duration::as_secs).collect()
}

#[tokio::test]
async fn throttling_is_waited_out_and_is_no_attempt() {
    let capacity = json!({"errorMessage": "Server API capacity exceeded"});
    let throttled = [
        status(429, &json!({"message": "API rate limit exceeded"})),
        status(500, &capacity),
        status(200, &capacity),
        text(500, "requestThrottled"),
    ];
    for reply in throttled {
        let fake = Fake::start().await;
        fake.first(6, "/ping", reply).await;
        fake.client_with(|options| options.attempts_max = 1)
            .ping()
            .await
            .unwrap();
        let sleeps = fake.clock.sleeps();
        assert_eq!(sleeps.len(), 6);
        for (sleep, least) in sleeps.iter().zip([1, 2, 4, 8, 16, 30]) {
            let (least, most) = (
                Duration::from_secs(least),
                Duration::from_secs(least + least.div_ceil(2)),
            );
            assert!(*sleep >= least && *sleep <= most, "{sleeps:?}");
        }
    }
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let fake = Fake::start().await;
    fake.first(
        1,
        "/ping",
        ResponseTemplate::new(429).insert_header("retry-after", "7"),
    )
    .await;
    fake.client().ping().await.unwrap();
    assert_eq!(fake.clock.sleeps(), [Duration::from_secs(7)]);

    let fake = Fake::start().await;
    fake.first(
        1,
        "/ping",
        ResponseTemplate::new(503).insert_header("retry-after", "9"),
    )
    .await;
    fake.client().ping().await.unwrap();
    assert_eq!(fake.clock.sleeps(), [Duration::from_secs(9)]);
}

#[tokio::test]
async fn a_server_that_only_throttles_is_given_up_at_the_deadline() {
    let fake = Fake::start().await;
    fake.always("/ping", text(429, "")).await;
    let error = fake.client().ping().await.unwrap_err();
    assert!(error.is_retryable());
    let CallError::Unavailable(unavailable) = error else {
        panic!("{error:?}")
    };
    assert!(matches!(unavailable.fault, Fault::Throttled));
    assert_eq!(unavailable.attempts, 0);
    assert!(unavailable.throttled > 8);
    let waited: Duration = fake.clock.sleeps().iter().sum();
    assert!(
        waited > Duration::from_secs(250) && waited <= Duration::from_mins(5),
        "{waited:?}"
    );
}

#[tokio::test]
async fn a_call_that_is_throttled_holds_up_the_others() {
    let fake = Fake::start().await;
    let client = fake.client();
    client.ping().await.unwrap();
    fake.first(
        1,
        "/ping",
        ResponseTemplate::new(429).insert_header("retry-after", "20"),
    )
    .await;
    // The first takes the reply that throttles; whoever comes after it waits as long as it does.
    let (first, second) = tokio::join!(client.ping(), async {
        while fake.count("/ping").await < 2 {
            tokio::task::yield_now().await;
        }
        client.ping().await
    });
    first.unwrap();
    second.unwrap();
    assert_eq!(
        seconds(&fake.clock.sleeps()),
        [20],
        "one wait covers both, for the clock is shared"
    );
}

#[tokio::test]
async fn the_servers_own_count_of_remaining_calls_is_respected() {
    let fake = Fake::start().await;
    let client = fake.client();
    client.ping().await.unwrap();
    let exhausted = ok(&json!({ "sessionExpires": 1 }))
        .insert_header("x-ratelimit-limit-minute", "1500")
        .insert_header("x-ratelimit-remaining-minute", "0")
        .insert_header("date", "Tue, 01 Jan 2030 12:00:48 GMT");
    fake.first(1, "/ping", exhausted).await;
    client.ping().await.unwrap();
    client.ping().await.unwrap();
    assert_eq!(
        fake.clock.sleeps(),
        [Duration::from_secs(12)],
        "the next call waits for the next minute"
    );
}

#[tokio::test]
async fn calls_keep_to_the_configured_rate() {
    let fake = Fake::start().await;
    let client = fake.client_with(|options| options.calls_per_minute = 60);
    for _ in 0..20 {
        client.ping().await.unwrap();
    }
    assert_eq!(client.calls_made(), 24);
    let waited = fake.clock.uptime();
    // Six calls may go at once, the other eighteen one per second.
    assert!((waited.as_secs_f64() - 18.0).abs() < 0.01, "{waited:?}");
}

/// Pings many times in parallel and returns the most that the server saw at the same time.
async fn most_in_flight(in_flight_max: usize) -> u64 {
    let fake = Fake::start().await;
    let client: Client = fake.client_with(|options| options.in_flight_max = in_flight_max);
    client.ping().await.unwrap();
    let (arrived, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let finished = Arc::new(AtomicU64::new(0));
    let seen = (Arc::clone(&arrived), Arc::clone(&finished), Arc::clone(&most));
    wiremock::Mock::given(wiremock::matchers::path_regex("/ping$"))
        .respond_with(move |_: &wiremock::Request| {
            let (arrived, finished, most) = &seen;
            let now = arrived.fetch_add(1, Ordering::SeqCst) + 1 - finished.load(Ordering::SeqCst);
            most.fetch_max(now, Ordering::SeqCst);
            ok(&json!({ "sessionExpires": 1 })).set_delay(Duration::from_millis(20))
        })
        .with_priority(1)
        .mount(&fake.server)
        .await;
    let calls = (0..24).map(|_| async {
        client.ping().await.unwrap();
        finished.fetch_add(1, Ordering::SeqCst);
    });
    join_all(calls).await;
    most.load(Ordering::SeqCst)
}

#[tokio::test]
async fn no_more_calls_are_in_flight_than_allowed() {
    // A call counts as finished only when its caller has noticed, so that the server can seem to see a few more; but
    // never nearly as many as there are callers.
    assert_eq!(most_in_flight(1).await, 1);
    assert!(most_in_flight(4).await <= 8);
}
