//! The routes.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use referral_service::refusal;
use referral_store::{EntityKind, RunId};
use serde::Deserialize;

use super::runs::EtlService;
use crate::sync::{RequestedMode, SyncRequest};

/// The routes of the service.
pub fn router(service: EtlService) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/sync/{entity}", post(sync))
        .with_state(service)
}

/// The body of a sync request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SyncBody {
    run_id: RunId,
    #[serde(default = "auto")]
    mode: RequestedMode,
}

fn auto() -> RequestedMode {
    RequestedMode::Auto
}

async fn health(State(service): State<EtlService>) -> Response {
    let health = service.health().await;
    let status = if health.database.ok {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(health)).into_response()
}

async fn sync(
    State(service): State<EtlService>,
    Path(entity): Path<String>,
    body: Result<Json<SyncBody>, JsonRejection>,
) -> Response {
    let kind = match entity.as_str() {
        "candidates" => EntityKind::Candidate,
        "positions" => EntityKind::Position,
        _ => {
            return refusal(
                StatusCode::NOT_FOUND,
                format!("there is no `{entity}`; sync `candidates` or `positions`"),
            );
        }
    };
    let Json(SyncBody { run_id, mode }) = match body {
        Ok(body) => body,
        Err(rejection) => return refusal(StatusCode::BAD_REQUEST, rejection.body_text()),
    };
    service.follow(SyncRequest { run_id, kind, mode })
}
