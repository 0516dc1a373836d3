//! What somebody writes into an address stands in no header of an answer as it is, and every answer tells browsers to be careful.

use axum::body::Body;
use axum::http::Request;

use super::{ending, filled};
use crate::support::on_both;

#[tokio::test]
async fn nothing_is_injected_into_headers() {
    on_both(async |world| {
        for next in [
            "%0D%0Aset-cookie:%20x=y",
            "/%0Aset-cookie:x",
            "//evil.example",
            "https://evil.example",
            "/%5Cevil.example",
            "javascript:alert(1)",
        ] {
            for address in [
                format!("/api/v2/auth/login?next={next}"),
                format!("/login/?next={next}"),
                format!("/home?next={next}"),
            ] {
                let request = Request::get(&address)
                    .header("host", "evil.example")
                    .header("x-forwarded-host", "evil.example");
                let response = world.stream(request.body(Body::empty()).unwrap()).await;
                assert!(response.headers().get("set-cookie").is_none(), "{address}");
                if let Some(location) = response.headers().get("location") {
                    let location = location.to_str().unwrap();
                    assert!(
                        location.starts_with('/')
                            && !location.starts_with("//")
                            && !location.starts_with("/\\"),
                        "{address}: {location}"
                    );
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn every_answer_tells_browsers_to_be_careful() {
    on_both(async |world| {
        let pages = ["/", "/login", "/nothing", "/assets/nothing.js"].map(str::to_owned);
        let paths = ending()
            .filter(|route| route.method == "GET")
            .map(|route| filled(&route.path, "7"));
        for path in paths.chain(pages) {
            let request = Request::get(&path).header("origin", "https://evil.example");
            let response = world.stream(request.body(Body::empty()).unwrap()).await;
            let headers = response.headers();
            assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
            assert!(headers.contains_key("content-security-policy"), "{path}");
            assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
            assert!(!headers.contains_key("server"), "{path}");
        }
    })
    .await;
}
