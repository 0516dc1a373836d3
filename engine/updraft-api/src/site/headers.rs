//! What browsers are told about every answer, and the path that all addresses begin with.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderValue, Response, Uri};
use tower::Layer;
use tower::util::{MapRequestLayer, MapResponseLayer};

/// Nothing but files of this server, nothing inline, and nobody shows us in a frame.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      font-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// What every answer says.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
];

/// Answers of these routes with what browsers are to know, below a path too if it is not empty. A proxy may take the path away or leave it.
pub(crate) fn secured(router: Router, base: &str) -> Router {
    let base = base.to_owned();
    let strip = MapRequestLayer::new(move |request: Request| without(request, &base));
    let tell = MapResponseLayer::new(told);
    // A layer sees requests before a router does only if it stands around the whole of it.
    Router::new().fallback_service(strip.layer(tell.layer(router)))
}

/// The request with the path that is below the base.
fn without(mut request: Request, base: &str) -> Request {
    let path = request.uri().path();
    let Some(rest) = path.strip_prefix(base).filter(|_| !base.is_empty()) else {
        return request;
    };
    if !rest.is_empty() && !rest.starts_with('/') {
        return request;
    }
    let path = if rest.is_empty() { "/" } else { rest };
    let query = request.uri().query().map(|query| format!("?{query}"));
    let whole = format!("{path}{}", query.unwrap_or_default());
    let mut parts = request.uri().clone().into_parts();
    if let Ok(path) = PathAndQuery::try_from(whole) {
        parts.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

fn told<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // What somebody may see, nobody keeps for others.
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
