//! Only clients on this machine may administrate.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::reply::AdminError;

/// Refuses a request that does not come from a loopback address, or of which that is not known.
pub(super) async fn loopback_only(request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip());
    if peer.is_some_and(|ip| ip.to_canonical().is_loopback()) {
        return next.run(request).await;
    }
    AdminError::new(
        StatusCode::FORBIDDEN,
        "only clients on the sandbox's own machine may administrate it",
    )
    .into_response()
}
