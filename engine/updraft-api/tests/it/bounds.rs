//! What is refused before any endpoint runs, and how.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use futures::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use updraft_api::serve;

use crate::support::{basic, on_both};

#[tokio::test]
async fn what_is_not_there_is_said_in_the_form_of_the_version() {
    on_both(async |world| {
        let v1 = world.ask("Admin", "GET /api/v1/nothing", Value::Null).await;
        assert_eq!(v1.status, StatusCode::NOT_FOUND);
        assert_eq!(
            (&v1.body["status"], &v1.body["title"]),
            (&json!(404), &json!("Not Found"))
        );
        assert!(
            v1.body["type"]
                .as_str()
                .unwrap()
                .ends_with("#section/Errors/NotFound")
        );
        let v2 = world.ask("Admin", "GET /api/v2/nothing", Value::Null).await;
        assert_eq!(v2.status, StatusCode::NOT_FOUND);
        assert_eq!(v2.body, json!({ "detail": "there is nothing at this address" }));
        let v1 = world.ask("Admin", "PUT /api/v1/pools", json!({})).await;
        assert_eq!(
            (v1.status, &v1.body["title"]),
            (StatusCode::METHOD_NOT_ALLOWED, &json!("Method Not Allowed"))
        );
    })
    .await;
}

#[tokio::test]
async fn bodies_are_json_of_a_bounded_length() {
    on_both(async |world| {
        let post = async |content_type: &str, body: String| {
            let request = Request::post("/api/v1/variables")
                .header("authorization", basic("Admin", "Admin"))
                .header("content-type", content_type);
            world.send(request.body(Body::from(body)).unwrap()).await.status
        };
        let variable = json!({ "key": "k", "value": "v" }).to_string();
        assert_eq!(
            post("application/json; charset=utf-8", variable.clone()).await,
            StatusCode::OK
        );
        let form = "application/x-www-form-urlencoded";
        assert_eq!(post(form, variable).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert_eq!(
            post("application/json", "{".to_owned()).await,
            StatusCode::BAD_REQUEST
        );
        let long = json!({ "key": "k", "value": "v".repeat(2 << 20) }).to_string();
        assert_eq!(
            post("application/json", long).await,
            StatusCode::PAYLOAD_TOO_LARGE
        );
    })
    .await;
}

#[tokio::test]
async fn malformed_parts_are_named() {
    on_both(async |world| {
        let v1 = world
            .ask("Admin", "GET /api/v1/pools?limit=-1", Value::Null)
            .await;
        assert_eq!(v1.status, StatusCode::BAD_REQUEST);
        let v2 = world.ask("Admin", "GET /api/v2/pools?limit=x", Value::Null).await;
        assert_eq!(v2.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(v2.body["detail"][0]["loc"], json!(["query"]));
        let unknown = world
            .ask("Admin", "GET /api/v1/pools?order_by=password", Value::Null)
            .await;
        assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
        let number = world.ask("Admin", "GET /api/v2/eventLogs/x", Value::Null).await;
        assert_eq!(number.status, StatusCode::UNPROCESSABLE_ENTITY);
        let injected = "GET /api/v2/pools?pool_name_pattern=';DROP%20TABLE%20slot_pool;--";
        let nothing = world.ask("Admin", injected, Value::Null).await;
        assert_eq!(
            (nothing.status, &nothing.body["total_entries"]),
            (StatusCode::OK, &json!(0))
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_never_ends_keeps_no_server_from_stopping() {
    let endless = async || {
        let first = stream::iter([Ok::<_, std::io::Error>("first")]);
        Body::from_stream(first.chain(stream::pending()))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let served = serve(listener, Router::new().route("/", get(endless)), stop.clone());
    let asked = async {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
            .await
            .unwrap();
        let mut told = Vec::new();
        while !told.ends_with(b"first\r\n") {
            assert!(stream.read_buf(&mut told).await.unwrap() > 0);
        }
        stop.cancel();
        stream
    };
    let (served, _stream) = tokio::join!(served, asked);
    served.unwrap();
}
