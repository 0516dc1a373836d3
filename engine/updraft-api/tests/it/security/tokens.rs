//! Tokens that somebody makes up, or that are meant for something else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use crate::sessions::ask;
use crate::support::on_both;

/// The secret of the interface in tests.
const SECRET: &[u8] = b"a secret of these tests";

fn signed(header: &Value, claims: &Value, (algorithm, secret): (hmac::Algorithm, &[u8])) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// What a token of this user says, but for what is changed.
fn claims(user_id: &str, changed: &[(&str, Value)]) -> Value {
    let now = crate::support::now().as_second();
    let mut claims =
        json!({ "sub": user_id, "iat": now, "nbf": now, "exp": now + 60, "aud": "apache-airflow" });
    for (name, value) in changed {
        claims[*name] = value.clone();
    }
    claims
}

fn header(algorithm: &str) -> Value {
    json!({ "alg": algorithm, "typ": "JWT" })
}

const OURS: (hmac::Algorithm, &[u8]) = (hmac::HMAC_SHA512, SECRET);

/// Tokens that are nearly right.
fn forged(user_id: &str, good: &str) -> Vec<String> {
    let now = crate::support::now().as_second();
    let (text, tag) = good.rsplit_once('.').unwrap();
    let whole = claims(user_id, &[]);
    let changed = [
        ("exp", json!(now - 60)),
        ("exp", Value::Null),
        ("nbf", json!(now + 60)),
        ("iat", json!(0)),
        ("aud", json!("urn:airflow.apache.org:task")),
        ("aud", json!(["apache-airflow"])),
        ("aud", Value::Null),
        ("sub", json!("0")),
        ("sub", json!("Admin")),
        ("sub", json!(format!("{user_id} OR 1=1"))),
    ];
    let mut forged: Vec<String> = changed
        .map(|changed| signed(&header("HS512"), &claims(user_id, &[changed]), OURS))
        .into();
    let unsigned = signed(&header("none"), &whole, OURS);
    forged.extend([
        signed(&header("HS256"), &whole, OURS),
        signed(&header("HS256"), &whole, (hmac::HMAC_SHA256, SECRET)),
        signed(&header("HS512"), &whole, (hmac::HMAC_SHA512, b"guessed")),
        signed(&header("HS512"), &whole, (hmac::HMAC_SHA512, b"")),
        text.to_owned(),
        format!("{text}."),
        format!("{}.{tag}", unsigned.rsplit_once('.').unwrap().0),
        unsigned,
        "..".to_owned(),
        String::new(),
        "x".repeat(10_000),
    ]);
    forged
}

#[tokio::test]
async fn only_tokens_count_that_this_server_has_given_out_for_this() {
    on_both(async |world| {
        let admin = world.store.user_by_name("Admin").await.unwrap().unwrap();
        let admin = admin.user_id.to_string();
        let good = signed(&header("HS512"), &claims(&admin, &[]), OURS);
        let status = async |token: &str| {
            let bearer = format!("Bearer {token}");
            let headers = [("authorization", bearer.as_str())];
            let answer = ask(world, "GET /api/v2/pools", &headers, Value::Null).await;
            answer.status.as_u16()
        };
        assert_eq!(status(&good).await, 200);
        for wrong in forged(&admin, &good) {
            assert_eq!(status(&wrong).await, 401, "{wrong}");
        }
        // What names files and places in logs is signed with the same secret, and is no token.
        world.record_dags().await;
        let dag = world.admin("GET /api/v2/dags/sales", Value::Null, 200).await;
        assert_eq!(status(dag["file_token"].as_str().unwrap()).await, 401);
    })
    .await;
}
