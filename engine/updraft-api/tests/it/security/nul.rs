//! The NUL character, which one of the databases cannot hold in a text: it is refused in words, wherever it stands.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value;

use super::filters::parameters;
use super::{ending, filled};
use crate::sessions::ask;
use crate::support::{basic, on_both};

/// What an address that cannot be understood is answered with.
fn refused(path: &str) -> u16 {
    if path.starts_with("/api/v1") { 400 } else { 422 }
}

/// Changes that read no body.
const WITHOUT_BODY: [&str; 2] = ["create_default_connections", "logout"];

#[tokio::test]
async fn no_address_has_a_nul_character() {
    on_both(async |world| {
        let bearer = format!("Bearer {}", world.token("Admin").await);
        let status = async |what: &str| {
            let answer = ask(world, what, &[("authorization", &bearer)], Value::Null).await;
            (answer.status.as_u16(), answer.body.to_string())
        };
        for (path, name) in parameters() {
            let path = filled(&path, "7");
            let (status, body) = status(&format!("GET {path}?{name}=a%00b")).await;
            assert_eq!(status, refused(&path), "{path} {name}: {body}");
            assert!(body.contains("NUL character"), "{path} {name}: {body}");
        }
        for route in ending().filter(|route| route.method == "GET" && route.path.contains('{')) {
            let path = filled(&route.path, "a%00b");
            let (status, body) = status(&format!("GET {path}")).await;
            assert!((400..500).contains(&status), "{path}: {status} {body}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_body_has_a_nul_character() {
    on_both(async |world| {
        for route in ending().filter(|route| {
            route.method != "GET" && route.method != "DELETE" && !WITHOUT_BODY.contains(&route.operation_id)
        }) {
            let path = filled(&route.path, "7");
            for body in [
                r#"{"name": "a\u0000b"}"#,
                r#"{"a\u0000b": {"c": ["\u0000"]}}"#,
                r#"["\\\u0000"]"#,
            ] {
                let bearer = format!("Bearer {}", world.token("Admin").await);
                let request = Request::builder().method(route.method.clone()).uri(&path);
                let request = request
                    .header("authorization", bearer)
                    .header("content-type", "application/json");
                let answer = world.send(request.body(Body::from(body)).unwrap()).await;
                assert!((400..500).contains(&answer.status.as_u16()), "{path}: {answer:?}");
            }
        }
        let login = basic("Admin\0", "Admin");
        let answer = ask(
            world,
            "GET /api/v1/pools",
            &[("authorization", &login)],
            Value::Null,
        )
        .await;
        assert_eq!(answer.status, 401);
    })
    .await;
}
