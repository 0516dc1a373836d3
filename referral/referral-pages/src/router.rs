//! The routes: who asks, then the answer.

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;

use crate::caller::HEADER;
use crate::failure::Failure;
use crate::service::Pages;
use crate::{api, site};

/// The longest body, in bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Nothing but files of this server, nothing inline, and only Updraft may show us in a frame.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
                      font-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

/// What every answer says.
const HEADERS: [(HeaderName, &str); 4] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("x-frame-options"), "SAMEORIGIN"),
];

/// The routes, ready to be served.
pub fn router(pages: Pages) -> Router {
    let api = Router::new()
        .route("/config", get(api::config::get))
        .route("/words", get(api::positions::words))
        .route("/positions", get(api::positions::list))
        .route("/positions/{position}", get(api::position::get))
        .route("/positions/{position}/near", get(api::position::near))
        .route("/positions/{position}/reveal", post(api::position::reveal))
        .route(
            "/positions/{position}/matches.csv",
            get(api::file::masked).post(api::file::revealed),
        )
        .route(
            "/positions/{position}/candidates/{candidate}",
            get(api::pair::get),
        )
        .route(
            "/positions/{position}/candidates/{candidate}/feedback",
            post(api::feedback::give),
        )
        .route("/candidates", get(api::people::find))
        .route("/quality", get(api::quality::get))
        .route("/quality/rows", get(api::rows::masked).post(api::rows::revealed))
        .route("/volumes", get(api::volumes::get));
    let known = Router::new()
        .nest("/recruiting/api", api)
        .route("/recruiting", get(site::page))
        .route("/recruiting/", get(site::page))
        .route("/recruiting/{*path}", get(site::page))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(pages.clone(), identify));
    Router::new()
        .route("/health", get(health))
        .merge(known)
        .layer(middleware::map_response(tell))
        .with_state(pages)
}

/// Lets nobody in of whom the proxy does not say who it is.
async fn identify(State(pages): State<Pages>, mut request: Request, next: Next) -> Response {
    let header = request
        .headers()
        .get(HEADER)
        .and_then(|value| value.to_str().ok());
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let asked = (request.method().as_str(), path);
    let caller = header.and_then(|header| pages.parts().secret.caller(header, asked, pages.now()));
    let Some(caller) = caller else {
        return Failure::Unauthenticated.into_response();
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

async fn health(State(pages): State<Pages>) -> Response {
    match pages.store().ping().await {
        Ok(()) => Json(json!({ "status": "ok", "service": "pages" })).into_response(),
        Err(error) => {
            let body = json!({ "status": "unavailable", "service": "pages", "error": error.to_string() });
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}

/// What browsers are to know.
async fn tell(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}
