//! What every service of this program does: listen, guard other addresses than loopback, stop on a signal.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, bail};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::settings::Settings;

/// Binds an address; port 0 takes a free one.
///
/// # Errors
/// The address cannot be had.
pub(crate) async fn bind(host: IpAddr, port: u16) -> Result<TcpListener> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another port with `--port`"))
}

/// Puts the service token in front of everything but `/health`, if one is set; refuses to go without one on another address
/// than loopback.
///
/// # Errors
/// The address needs a token and there is none.
pub(crate) fn guard(router: Router, host: IpAddr, settings: &Settings) -> Result<Router> {
    let Some(token) = settings.text("REFERRAL_SERVICE_TOKEN") else {
        if host.is_loopback() {
            return Ok(router);
        }
        bail!(
            "`{host}` can be reached from other machines: set REFERRAL_SERVICE_TOKEN, or listen on 127.0.0.1"
        );
    };
    let expected: [u8; 32] = Sha256::digest(token).into();
    Ok(router.layer(middleware::from_fn_with_state(expected, check)))
}

async fn check(State(expected): State<[u8; 32]>, request: Request, next: Next) -> Response {
    if request.uri().path() == "/health" {
        return next.run(request).await;
    }
    let given = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    // Hashes are compared, so that the time taken tells nothing of the token.
    let given: [u8; 32] = Sha256::digest(given).into();
    if given == expected {
        return next.run(request).await;
    }
    let message = "send the header `Authorization: Bearer` with the value of REFERRAL_SERVICE_TOKEN";
    (StatusCode::UNAUTHORIZED, Json(json!({ "error": message }))).into_response()
}

/// Serves until told to stop; requests in flight are finished first.
///
/// # Errors
/// The listener fails.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> Result<()> {
    axum::serve(listener, router)
        .with_graceful_shutdown(async move { stop.cancelled().await })
        .await
        .context("the service failed")
}

/// A token that SIGINT and SIGTERM cancel.
///
/// # Errors
/// Signals cannot be listened for.
pub(crate) fn stop_on_signal() -> Result<CancellationToken> {
    let stop = CancellationToken::new();
    let token = stop.clone();
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "lives as long as the process and holds nothing"
    )]
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        token.cancel();
    });
    Ok(stop)
}
