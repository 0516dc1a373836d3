//! A browser that has logged in changes nothing for the page of another site.

use serde_json::{Value, json};
use updraft_api::Needs;

use super::{ending, filled};
use crate::sessions::{ask, log_in};
use crate::support::on_both;

const HOST: (&str, &str) = ("host", "localhost:8080");

#[tokio::test]
async fn every_change_with_a_cookie_needs_the_token_of_its_session() {
    on_both(async |world| {
        let cookie = log_in(world, "Admin", "").await;
        let other = log_in(world, "Admin", "").await;
        let csrf = async |cookie: &str| {
            let me = ask(world, "GET /ui/api/me", &[("cookie", cookie)], Value::Null).await;
            me.body["csrf_token"].as_str().unwrap().to_owned()
        };
        let (own, others) = (csrf(&cookie).await, csrf(&other).await);
        assert_ne!(own, others);
        let changing = ending().filter(|route| route.method != "GET" && route.needs != Needs::Nothing);
        for route in changing.filter(|route| route.operation_id != "logout") {
            let what = format!("{} {}", route.method, filled(&route.path, "7"));
            let body = if route.method == "DELETE" {
                Value::Null
            } else {
                json!({ "?": 1 })
            };
            let with = async |headers: &[(&str, &str)]| {
                let headers = [&[HOST, ("cookie", cookie.as_str())], headers].concat();
                ask(world, &what, &headers, body.clone()).await.status.as_u16()
            };
            for headers in [
                vec![],
                vec![("x-csrf-token", "")],
                vec![("x-csrf-token", others.as_str())],
                vec![("x-csrf-token", own.as_str()), ("sec-fetch-site", "cross-site")],
                vec![("x-csrf-token", own.as_str()), ("sec-fetch-site", "same-site")],
                vec![("x-csrf-token", own.as_str()), ("origin", "https://evil.example")],
                vec![("x-csrf-token", own.as_str()), ("origin", "null")],
            ] {
                assert_eq!(with(&headers).await, 403, "{what} {headers:?}");
            }
            let allowed = with(&[("x-csrf-token", &own), ("sec-fetch-site", "same-origin")]).await;
            assert_ne!(allowed, 403, "{what}");
        }
    })
    .await;
}
