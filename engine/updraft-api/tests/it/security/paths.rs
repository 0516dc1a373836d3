//! Names in addresses lead to no files but those that are meant.

use std::fs;

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use super::{ending, filled};
use crate::support::{basic, on_both};

/// Ways to say `../../secret`, or another place altogether.
const ELSEWHERE: [&str; 8] = [
    "..%2F..%2Fsecret",
    "%2E%2E%2Fsecret",
    "..%5C..%5Csecret",
    "%2Fetc%2Fpasswd",
    "....%2F%2Fsecret",
    "%252e%252e%252fsecret",
    "..%C0%AFsecret",
    "~root",
];

#[tokio::test]
async fn no_address_reads_a_file_that_is_not_meant() {
    on_both(async |world| {
        world.record_dags().await;
        fs::write(world.logs.path().parent().unwrap().join("secret"), "opensesame").unwrap();
        fs::write(world.logs.path().join("secret"), "opensesame").unwrap();
        for route in ending().filter(|route| route.method == "GET" && route.path.contains('{')) {
            for place in ELSEWHERE {
                let uri = filled(&route.path, place);
                let request = Request::get(&uri).header("authorization", bearer_or_basic(world, &uri).await);
                let (status, text) = world.send_for_text(request.body(Body::empty()).unwrap()).await;
                assert!(
                    !text.contains("opensesame") && !text.contains("root:"),
                    "{uri}: {text}"
                );
                assert!(status.as_u16() < 500, "{uri}: {status} {text}");
            }
        }
        for page in [
            "/assets/..%2F..%2Fsecret",
            "/..%2Fsecret",
            "/assets/../../secret",
            "//etc/passwd",
            "/static/%2e%2e/secret",
        ] {
            let (_, text) = world
                .send_for_text(Request::get(page).body(Body::empty()).unwrap())
                .await;
            assert!(!text.contains("opensesame") && !text.contains("root:"), "{page}");
        }
    })
    .await;
}

async fn bearer_or_basic(world: &crate::support::World, uri: &str) -> String {
    if uri.starts_with("/api/v1") {
        return basic("Admin", "Admin");
    }
    format!("Bearer {}", world.token("Admin").await)
}

#[tokio::test]
async fn nobody_makes_up_the_token_of_a_file() {
    on_both(async |world| {
        world.record_dags().await;
        let dag = world.admin("GET /api/v2/dags/sales", Value::Null, 200).await;
        let token = dag["file_token"].as_str().unwrap();
        let (_, tag) = token.split_once('.').unwrap();
        let other = "L2V0Yy9wYXNzd2Q";
        for made_up in [
            format!("{other}.{tag}"),
            format!("{other}."),
            other.to_owned(),
            "/etc/passwd".replace('/', "%2F"),
        ] {
            world
                .admin(&format!("GET /api/v1/dagSources/{made_up}"), Value::Null, 404)
                .await;
            world
                .admin(&format!("PUT /api/v2/parseDagFile/{made_up}"), Value::Null, 404)
                .await;
        }
        assert_eq!(
            world.store.take_parse_requests().await.unwrap(),
            Vec::<String>::new()
        );
    })
    .await;
}
