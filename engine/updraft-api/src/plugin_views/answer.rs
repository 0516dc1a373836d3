//! The answer of a service, as the browser gets it.

use axum::body::Body;
use axum::http::header::{
    ACCEPT, ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, EXPIRES, LAST_MODIFIED,
    LOCATION, REFERRER_POLICY, RETRY_AFTER, VARY, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use futures::TryStreamExt;
use serde_json::json;

use super::view::PluginView;
use crate::call::EndsWithServer;

/// What the browser hears of the service. A cookie would be one of ours, since the address is.
const PASSED_ON: [HeaderName; 17] = [
    ACCEPT_RANGES,
    ALLOW,
    CACHE_CONTROL,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_SECURITY_POLICY,
    CONTENT_TYPE,
    ETAG,
    EXPIRES,
    LAST_MODIFIED,
    REFERRER_POLICY,
    RETRY_AFTER,
    VARY,
    X_FRAME_OPTIONS,
];

/// The answer as it comes in, part by part. `base` is the path under which the browser sees the service.
pub(super) fn pass_on(view: &PluginView, base: &str, answer: reqwest::Response) -> Response<Body> {
    let mut headers = HeaderMap::new();
    for name in PASSED_ON {
        for value in answer.headers().get_all(&name) {
            headers.append(&name, value.clone());
        }
    }
    let status = answer.status();
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        let Some(location) = moved(view, base, answer.headers().get(LOCATION)) else {
            let message = format!(
                "the service of the view `{}` sends you to another place",
                view.name
            );
            return refused(StatusCode::BAD_GATEWAY, &message, false);
        };
        headers.insert(LOCATION, location);
    }
    let name = view.name.clone();
    let parts = answer.bytes_stream().map_err(move |error| {
        tracing::warn!(
            view = name,
            "the answer of a view broke off: {}",
            error.without_url()
        );
        std::io::Error::other("the answer broke off")
    });
    let mut response = Response::new(Body::from_stream(parts));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.extensions_mut().insert(EndsWithServer);
    response
}

/// Where the browser is sent instead of a place of the service; `None` if it is not one.
fn moved(view: &PluginView, base: &str, to: Option<&HeaderValue>) -> Option<HeaderValue> {
    let rest = to?
        .to_str()
        .ok()?
        .strip_prefix(view.url.path().trim_end_matches('/'))?;
    let is_below = rest.is_empty() || (rest.starts_with('/') && !rest.starts_with("//"));
    is_below
        .then(|| HeaderValue::try_from(format!("{base}{rest}")).ok())
        .flatten()
}

/// What is said when the service does not answer.
pub(super) fn gone(view: &PluginView, error: reqwest::Error, headers: &HeaderMap) -> Response<Body> {
    let is_late = error.is_timeout() && !error.is_connect();
    let (status, what) = if is_late {
        (StatusCode::GATEWAY_TIMEOUT, "does not answer in time")
    } else {
        (StatusCode::BAD_GATEWAY, "cannot be reached")
    };
    tracing::warn!(
        view = view.name,
        "the service of a view {what}: {}",
        error.without_url()
    );
    let message = format!(
        "The service of \u{201c}{}\u{201d} {what}. Check that it runs where `[updraft] plugin_views` says, then try again.",
        view.name
    );
    let wants_page = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accepted| accepted.contains("text/html"));
    refused(status, &message, wants_page)
}

/// An answer of our own: a page for people, else JSON.
fn refused(status: StatusCode, message: &str, as_page: bool) -> Response<Body> {
    let (kind, body) = if as_page {
        let text = message
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        let page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">\
             <title>No answer</title></head>\n<body><main><h1>This page is not there at the moment</h1>\n<p>{text}</p></main>\
             </body></html>\n"
        );
        ("text/html; charset=utf-8", page)
    } else {
        ("application/json", json!({ "detail": message }).to_string())
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests {
    use super::super::view::PluginViews;
    use super::*;

    #[test]
    fn only_places_of_the_service_are_redirected_to() {
        let text = r#"[{"name": "A", "url": "http://127.0.0.1:8002/in", "route": "a"}]"#;
        let views = PluginViews::parse(text, &"x".repeat(32)).unwrap();
        let view = views.of_route("a").unwrap();
        let to =
            |place: &'static str| moved(view, "/b/plugin-views/a", Some(&HeaderValue::from_static(place)));
        assert_eq!(to("/in/matches?x=1").unwrap(), "/b/plugin-views/a/matches?x=1");
        for elsewhere in [
            "https://evil.example/in",
            "/other",
            "/in//evil.example",
            "/inside",
            "//evil.example",
        ] {
            assert_eq!(to(elsewhere), None, "{elsewhere}");
        }
        assert_eq!(moved(view, "", None), None);
    }
}
