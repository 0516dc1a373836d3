//! The HTTP server of a scheduler: `GET /health`, which needs no login, and in `standalone` the REST API beside it.
//!
//! Source of the answer's shape: Airflow 2.11 `airflow/api/common/airflow_health.py`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use updraft_model::{Clock, isoformat};
use updraft_scheduler::Pulse;

/// A scheduler that has not turned for this long is unhealthy; Airflow's `scheduler_health_check_threshold`.
const HEARTBEAT_AGE_MAX_S: i64 = 30;

/// What the server answers from.
#[derive(Clone)]
pub(crate) struct ServerState {
    /// When the scheduler of this process last turned.
    pub(crate) pulse: Arc<Pulse>,
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
}

/// Binds an address; port 0 takes a free one.
///
/// # Errors
/// The address cannot be had; the error says which option chooses another.
pub(crate) async fn bind(host: IpAddr, port: u16, option: &str) -> Result<TcpListener> {
    let address = SocketAddr::new(host, port);
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another port with {option}"))
}

/// The routes that say how the scheduler of this process is.
pub(crate) fn health_router(state: ServerState) -> Router {
    Router::new().route("/health", get(health)).with_state(state)
}

/// Serves until told to stop.
///
/// # Errors
/// The listener fails.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> Result<()> {
    updraft_api::serve(listener, router, stop)
        .await
        .context("the web server failed")
}

async fn health(State(state): State<ServerState>) -> impl IntoResponse {
    let beat = state.pulse.last_turn();
    let age = beat.map(|at| state.clock.now().as_second() - at.as_second());
    let scheduler = age.is_some_and(|age| age <= HEARTBEAT_AGE_MAX_S);
    let database = state.pulse.database_answers();
    let status = if scheduler && database {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let part = |healthy: bool| if healthy { "healthy" } else { "unhealthy" };
    let absent = Value::Null;
    let body = json!({
        "metadatabase": { "status": part(database) },
        "scheduler": { "status": part(scheduler), "latest_scheduler_heartbeat": beat.map(isoformat) },
        "triggerer": { "status": absent, "latest_triggerer_heartbeat": absent },
        "dag_processor": { "status": absent, "latest_dag_processor_heartbeat": absent },
    });
    (status, Json(body))
}
