//! Clients that take for ever to say what they want are cut off.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use axum::routing::get;
use futures::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use updraft_api::{Limits, router, serve};

use crate::support::{basic, on_both};

#[tokio::test(start_paused = true)]
async fn headers_that_do_not_come_end_the_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let served = serve(
        listener,
        Router::new().route("/", get(async || "told")),
        stop.clone(),
    );
    let asked = async {
        for begun in [&b"GET / HTTP/1.1\r\nhost: here\r\nx-slow: "[..], b"GET / HT", b""] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(begun).await.unwrap();
            let mut told = Vec::new();
            stream.read_to_end(&mut told).await.unwrap();
            assert!(!told.ends_with(b"told"), "{}", String::from_utf8_lossy(&told));
        }
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
            .await
            .unwrap();
        let mut told = Vec::new();
        while !told.ends_with(b"told") {
            assert!(stream.read_buf(&mut told).await.unwrap() > 0);
        }
        stop.cancel();
    };
    let (served, ()) = tokio::join!(served, asked);
    served.unwrap();
}

#[tokio::test]
async fn a_body_that_does_not_come_is_waited_for_no_longer_than_allowed() {
    on_both(async |world| {
        let limits = Limits {
            body_time_max: Duration::from_millis(20),
            ..Limits::default()
        };
        let router = router(&world.api, limits);
        for begun in [&b""[..], b"{\"key\":"] {
            let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(begun))]);
            let request = Request::post("/api/v1/variables")
                .header("authorization", basic("Admin", "Admin"))
                .header("content-type", "application/json")
                .body(Body::from_stream(first.chain(stream::pending())));
            let answer = router.clone().oneshot(request.unwrap()).await.unwrap();
            assert_eq!(answer.status(), 408);
        }
    })
    .await;
}
