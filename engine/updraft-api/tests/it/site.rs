//! What browsers are told, whatever they ask for.

use std::io::Read;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use updraft_api::WebOptions;
use updraft_testing::databases;

use crate::sessions::ask;
use crate::support::{World, on_both};

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    on_both(async |world| {
        for what in [
            "GET /health",
            "GET /api/v1/pools",
            "GET /ui/api/me",
            "GET /nothing",
            "POST /ui/api/login",
        ] {
            let answer = ask(world, what, &[], Value::Null).await;
            let header = |name: &str| answer.headers[name].to_str().unwrap();
            assert!(
                header("content-security-policy").contains("script-src 'self'"),
                "{what}"
            );
            assert!(
                header("content-security-policy").contains("frame-ancestors 'none'"),
                "{what}"
            );
            assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
            assert_eq!(header("cache-control"), "no-store", "{what}");
        }
    })
    .await;
}

#[tokio::test]
async fn everything_is_below_the_path_that_is_configured() {
    databases::on_both(async |database| {
        let web = WebOptions {
            base_url: "https://example.com/airflow".parse().unwrap(),
            ..WebOptions::default()
        };
        let world = World::with(database, web, false).await;
        let health = ask(&world, "GET /airflow/health", &[], Value::Null).await;
        assert_eq!(health.body["metadatabase"], json!({ "status": "healthy" }));
        let login = json!({ "username": "Admin", "password": "Admin" });
        let answer = ask(&world, "POST /airflow/ui/api/login", &[], login).await;
        assert!(
            answer.headers["set-cookie"]
                .to_str()
                .unwrap()
                .ends_with("; Secure")
        );
        let moved = ask(&world, "GET /airflow/home", &[], Value::Null).await;
        assert_eq!(
            (moved.status.as_u16(), &moved.headers["location"]),
            (302, &"/airflow/dags".parse().unwrap())
        );
        assert_eq!(ask(&world, "GET /airflowing", &[], Value::Null).await.status, 404);
        world.store.close().await;
    })
    .await;
}

#[tokio::test]
async fn long_answers_are_packed_for_who_takes_that_and_streams_never() {
    on_both(async |world| {
        let ask = async |uri: &str, accepts: &str| {
            let request = Request::get(uri)
                .header("authorization", format!("Bearer {}", world.token("Admin").await))
                .header("accept-encoding", accepts);
            let response = world.stream(request.body(Body::empty()).unwrap()).await;
            response.into_parts()
        };
        let header = |headers: &HeaderMap, name: &str| {
            headers.get(name).map(|value| value.to_str().unwrap().to_owned())
        };
        let (parts, body) = ask("/api/v1/roles", "identity").await;
        assert_eq!(header(&parts.headers, "content-encoding"), None);
        assert_eq!(header(&parts.headers, "vary").unwrap(), "accept-encoding");
        let plain = to_bytes(body, usize::MAX).await.unwrap();

        let (parts, body) = ask("/api/v1/roles", "deflate, gzip").await;
        assert_eq!(header(&parts.headers, "content-encoding").unwrap(), "gzip");
        assert_eq!(header(&parts.headers, "vary").unwrap(), "accept-encoding");
        assert_eq!(
            header(&parts.headers, "content-type").unwrap(),
            "application/json"
        );
        let packed = to_bytes(body, usize::MAX).await.unwrap();
        if let Some(length) = header(&parts.headers, "content-length") {
            assert_eq!(length, packed.len().to_string());
        }
        assert!(
            packed.len() * 3 < plain.len(),
            "{} of {}",
            packed.len(),
            plain.len()
        );
        let mut unpacked = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain);

        for (uri, kind) in [
            ("/api/v1/version", "application/json"),
            ("/ui/api/events", "text/event-stream"),
        ] {
            let (parts, _) = ask(uri, "gzip").await;
            assert_eq!(header(&parts.headers, "content-type").unwrap(), kind);
            assert_eq!(header(&parts.headers, "content-encoding"), None, "{uri}");
        }
    })
    .await;
}
