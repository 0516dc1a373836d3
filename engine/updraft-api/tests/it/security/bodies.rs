//! Bodies that are too long, too deep, or no text at all.

use axum::body::Body;
use axum::http::Request;

use super::{ending, filled};
use crate::support::{World, basic, on_both};

async fn send(world: &World, method: &str, path: &str, body: Vec<u8>) -> u16 {
    let authorization = if path.starts_with("/api/v1") {
        basic("Admin", "Admin")
    } else {
        format!("Bearer {}", world.token("Admin").await)
    };
    let request = Request::builder().method(method).uri(path);
    let request = request
        .header("content-type", "application/json")
        .header("authorization", authorization);
    world
        .stream(request.body(Body::from(body)).unwrap())
        .await
        .status()
        .as_u16()
}

#[tokio::test]
async fn no_body_is_too_much_for_any_endpoint() {
    on_both(async |world| {
        let long = format!("{{\"name\":\"{}\"}}", "x".repeat(2 << 20)).into_bytes();
        let deep = "[".repeat(100_000).into_bytes();
        let deep_object = "{\"a\":".repeat(50_000).into_bytes();
        let no_text = b"{\"name\":\"\xff\xfe\"}".to_vec();
        for route in ending().filter(|route| route.method != "GET") {
            let (method, path) = (route.method.as_str(), filled(&route.path, "7"));
            assert_eq!(
                send(world, method, &path, long.clone()).await,
                413,
                "{method} {path}"
            );
            for body in [&deep, &deep_object, &no_text] {
                let status = send(world, method, &path, body.clone()).await;
                // What reads no body does not mind it.
                assert!(status < 500, "{method} {path}: {status}");
            }
        }
        assert_eq!(world.store.pools().await.unwrap().len(), 1);
    })
    .await;
}
