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

#[tokio::test]
async fn only_tokens_count_that_this_server_has_given_out_for_this() {
    on_both(async |world| {
        let admin = world
            .store
            .user_by_name("Admin")
            .await
            .unwrap()
            .unwrap()
            .user_id
            .to_string();
        let now = crate::support::now().as_second();
        let claims = |changed: &[(&str, Value)]| {
            let mut claims =
                json!({ "sub": admin, "iat": now, "nbf": now, "exp": now + 60, "aud": "apache-airflow" });
            for (name, value) in changed {
                claims[*name] = value.clone();
            }
            claims
        };
        let header = |alg: &str| json!({ "alg": alg, "typ": "JWT" });
        let ours = (hmac::HMAC_SHA512, SECRET);
        let good = signed(&header("HS512"), &claims(&[]), ours);
        let status = async |token: &str| {
            let bearer = format!("Bearer {token}");
            ask(
                world,
                "GET /api/v2/pools",
                &[("authorization", &bearer)],
                Value::Null,
            )
            .await
            .status
            .as_u16()
        };
        assert_eq!(status(&good).await, 200);
        let (text, tag) = good.rsplit_once('.').unwrap();
        for wrong in [
            signed(&header("none"), &claims(&[]), ours),
            signed(&header("HS256"), &claims(&[]), ours),
            signed(&header("HS256"), &claims(&[]), (hmac::HMAC_SHA256, SECRET)),
            signed(&header("HS512"), &claims(&[]), (hmac::HMAC_SHA512, b"guessed")),
            signed(&header("HS512"), &claims(&[]), (hmac::HMAC_SHA512, b"")),
            signed(&header("HS512"), &claims(&[("exp", json!(now - 60))]), ours),
            signed(&header("HS512"), &claims(&[("exp", Value::Null)]), ours),
            signed(&header("HS512"), &claims(&[("nbf", json!(now + 60))]), ours),
            signed(&header("HS512"), &claims(&[("iat", json!(0))]), ours),
            signed(
                &header("HS512"),
                &claims(&[("aud", json!("urn:airflow.apache.org:task"))]),
                ours,
            ),
            signed(
                &header("HS512"),
                &claims(&[("aud", json!(["apache-airflow"]))]),
                ours,
            ),
            signed(&header("HS512"), &claims(&[("aud", Value::Null)]), ours),
            signed(&header("HS512"), &claims(&[("sub", json!("0"))]), ours),
            signed(&header("HS512"), &claims(&[("sub", json!("Admin"))]), ours),
            signed(
                &header("HS512"),
                &claims(&[("sub", json!(format!("{admin} OR 1=1")))]),
                ours,
            ),
            text.to_owned(),
            format!("{text}."),
            format!(
                "{}.{tag}",
                signed(&header("none"), &claims(&[]), ours)
                    .rsplit_once('.')
                    .unwrap()
                    .0
            ),
            "..".to_owned(),
            String::new(),
            "x".repeat(10_000),
        ] {
            assert_eq!(status(&wrong).await, 401, "{wrong}");
        }
        // What names files and places in logs is signed with the same secret, and is no token.
        world.record_dags().await;
        let dag = world.admin("GET /api/v2/dags/sales", Value::Null, 200).await;
        assert_eq!(status(dag["file_token"].as_str().unwrap()).await, 401);
    })
    .await;
}
