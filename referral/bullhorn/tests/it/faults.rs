//! Servers that fail, connections that break, replies that are not what they should be.

use std::time::Duration;

use bullhorn::{CallError, Entity, Fault, Fields, Lookup, Named, RejectionKind};
use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};

use crate::support::fake::{Fake, ok, status, text};
use crate::support::raw::RawServer;

#[tokio::test]
async fn what_another_send_may_mend_is_sent_again_with_growing_waits() {
    let broken = [
        (
            status(500, &json!({"errorMessage": "oops"})),
            "the server failed with status 500",
        ),
        (status(503, &json!({})), "the server failed with status 503"),
        (
            text(502, "<html><h1>502 Bad Gateway</h1></html>"),
            "the server failed with status 502",
        ),
        (
            text(200, "<!DOCTYPE html><title>Proxy</title>"),
            "a web page came instead of data",
        ),
        (text(200, ""), "the reply was empty"),
        (text(200, " \r\n"), "the reply was empty"),
        (
            text(200, "{\"sessionExpires\":15000"),
            "the reply was cut off or garbled",
        ),
        (text(200, "sorry"), "the reply was cut off or garbled"),
    ];
    for (reply, name) in broken {
        let fake = Fake::start().await;
        fake.first(2, "/ping", reply.clone()).await;
        fake.client().ping().await.unwrap();
        let sleeps = fake.clock.sleeps();
        assert_eq!(sleeps.len(), 2, "{name}");
        assert!(
            sleeps[0] >= Duration::from_secs(1) && sleeps[1] >= Duration::from_secs(2),
            "{sleeps:?}"
        );

        let fake = Fake::start().await;
        fake.always("/ping", reply).await;
        let error = fake
            .client_with(|options| options.attempts_max = 3)
            .ping()
            .await
            .unwrap_err();
        assert!(error.is_retryable());
        let CallError::Unavailable(unavailable) = &error else {
            panic!("{error:?}")
        };
        assert_eq!(unavailable.fault.to_string(), name);
        assert_eq!(fake.count("/ping").await, 3);
        let place = format!("GET {}/rest-services/***/ping", fake.server.uri());
        assert_eq!(unavailable.place.to_string(), place);
        assert!(
            error
                .to_string()
                .starts_with(&format!("`{place}` gave no usable answer: 3 attempts"))
        );
    }
}

/// A fake whose sessions live at a server that writes raw bytes.
async fn raw(replies: &[&str]) -> (Fake, RawServer) {
    let server = RawServer::start(replies.iter().map(|reply| reply.as_bytes().to_vec()).collect()).await;
    let fake = Fake::start_with_rest(MockServer::start().await, &format!("http://{}", server.address)).await;
    (fake, server)
}

const PONG: &str =
    "HTTP/1.1 200 OK\r\ncontent-length: 20\r\nconnection: close\r\n\r\n{\"sessionExpires\":1}\n";

#[tokio::test]
async fn broken_connections_are_mended() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 500\r\nconnection: close\r\n\r\n{\"sessionExpires\":1}";
    for reply in [cut, "", "HTTP/1.1 200 O"] {
        let (fake, server) = raw(&[reply, PONG]).await;
        fake.client().ping().await.unwrap();
        assert_eq!(server.connections(), 2);

        let (fake, _server) = raw(&[reply]).await;
        let error = fake.client().ping().await.unwrap_err();
        let CallError::Unavailable(unavailable) = &error else {
            panic!("{error:?}")
        };
        assert!(matches!(unavailable.fault, Fault::Lost(_)), "{unavailable:?}");
    }
}

#[tokio::test]
async fn a_service_that_is_down_is_named_with_the_cause() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let fake = Fake::start_with_rest(MockServer::start().await, &format!("http://{address}")).await;
    let error = fake.client().ping().await.unwrap_err();
    let CallError::Unavailable(unavailable) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(unavailable.attempts, 5);
    let mut chain = vec![error.to_string()];
    let mut cause: Option<&dyn std::error::Error> = Some(&unavailable.fault);
    while let Some(error) = cause {
        chain.push(error.to_string());
        cause = error.source();
    }
    let chain = chain.join(": ");
    assert!(
        chain.contains(&address.to_string()) && chain.contains("cannot connect"),
        "{chain}"
    );
    assert!(chain.contains("refused"), "{chain}");
    assert!(!chain.contains("corp1"), "{chain}");
}

#[tokio::test]
async fn a_reply_that_does_not_come_is_not_waited_for() {
    let fake = Fake::start().await;
    let late = ok(&json!({"sessionExpires": 1})).set_delay(Duration::from_mins(1));
    fake.first(1, "/ping", late).await;
    let client = fake.client_with(|options| options.request_timeout = Duration::from_secs(2));
    client.ping().await.unwrap();
    assert_eq!(fake.count("/ping").await, 2);
}

#[tokio::test]
async fn a_reply_that_is_too_large_is_not_asked_for_again() {
    for reply in [
        "HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n".to_owned(),
        format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{}",
            "x".repeat(5_000)
        ),
    ] {
        let (fake, server) = raw(&[&reply]).await;
        let error = fake
            .client_with(|options| options.body_bytes_max = 1_000)
            .ping()
            .await
            .unwrap_err();
        let CallError::Unavailable(unavailable) = &error else {
            panic!("{error:?}")
        };
        assert!(
            matches!(unavailable.fault, Fault::TooLarge { limit: 1_000 }),
            "{unavailable:?}"
        );
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn refusals_are_final_whatever_their_status() {
    let body = json!({"errorMessage": "Invalid field 'x' at position 0.", "errorCode": 400});
    for code in [400, 200] {
        let fake = Fake::start().await;
        fake.always("/ping", status(code, &body)).await;
        let error = fake.client().ping().await.unwrap_err();
        assert!(!error.is_retryable());
        let rejection = error.rejection().unwrap();
        assert_eq!(
            rejection.kind,
            RejectionKind::InvalidField {
                name: Some("x".to_owned())
            }
        );
        assert_eq!(rejection.status, code);
        assert_eq!(fake.count("/ping").await, 1);
    }
    let fake = Fake::start().await;
    fake.always("/ping", status(403, &json!({}))).await;
    let error = fake.client().ping().await.unwrap_err();
    assert_eq!(error.rejection().unwrap().kind, RejectionKind::Forbidden);
}

#[tokio::test]
async fn a_data_call_is_not_redirected() {
    let fake = Fake::start().await;
    let elsewhere = format!("{}/elsewhere", fake.server.uri());
    fake.always(
        "/ping",
        ResponseTemplate::new(307).insert_header("location", elsewhere.as_str()),
    )
    .await;
    let error = fake.client().ping().await.unwrap_err();
    assert_eq!(error.rejection().unwrap().kind, RejectionKind::Redirected);
    assert_eq!(fake.count("/elsewhere").await, 0, "the token goes nowhere else");
}

#[tokio::test]
async fn an_answer_of_another_shape_is_final_and_its_error_quotes_nothing() {
    let fake = Fake::start().await;
    fake.always("/ping", ok(&json!({"sessionExpires": "Test Person"})))
        .await;
    let error = fake.client().ping().await.unwrap_err();
    assert!(!error.is_retryable());
    assert!(matches!(error, CallError::Unreadable { .. }), "{error:?}");
    assert!(!format!("{error:?}").contains("Person"));
}

#[tokio::test]
async fn broken_utf8_costs_a_character_and_not_the_page() {
    let fake = Fake::start().await;
    fake.data("GET", "entity/Skill/1", |_| {
        ResponseTemplate::new(200).set_body_raw(
            b"{\"data\":{\"id\":1,\"name\":\"Caf\xe9\"}}".to_vec(),
            "application/json",
        )
    })
    .await;
    let fields = Fields::plain(&["id", "name"]).unwrap();
    let found = fake
        .client()
        .entity::<Named>(Entity::Skill, 1, &fields)
        .await
        .unwrap();
    let Lookup::Found(skill) = found else {
        panic!("{found:?}")
    };
    assert_eq!(skill.name.unwrap(), "Caf\u{fffd}");
}
