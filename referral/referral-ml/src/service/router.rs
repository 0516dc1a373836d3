//! The routes.

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use referral_service::refusal;
use referral_store::{EntityId, EntityKind, RunId};
use serde::Deserialize;
use serde_json::json;

use super::embed::chain;
use super::{MlService, embed, match_run, openai};

/// The most bytes of a request: 2,048 long texts.
const BODY_MAX: usize = 64 << 20;

/// The routes of the service.
pub fn router(service: MlService) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/v1/embeddings", post(openai::embeddings))
        .route("/embeddings/{entity}", post(embeddings))
        .route("/matches", post(matches))
        .route("/matches/explain", post(explain))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(service)
}

/// The body of a request for a run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunBody {
    run_id: RunId,
}

/// The body of a request for an explanation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PairBody {
    position_id: EntityId,
    candidate_id: EntityId,
}

async fn health(State(service): State<MlService>) -> Response {
    let identity = service.embedder.identity();
    let model = json!({
        "name": identity.name,
        "sha256": identity.sha256,
        "precision": identity.precision.as_str(),
        "dimensions": identity.dimensions,
    });
    match service.store.ping().await {
        Ok(()) => Json(json!({ "status": "ok", "service": "ml", "model": model })).into_response(),
        Err(error) => {
            let body =
                json!({ "status": "unavailable", "service": "ml", "model": model, "error": chain(&error) });
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
}

async fn embeddings(
    State(service): State<MlService>,
    Path(entity): Path<String>,
    body: Result<Json<RunBody>, JsonRejection>,
) -> Response {
    let (kind, operation) = match entity.as_str() {
        "candidates" => (EntityKind::Candidate, "embedding of candidates"),
        "positions" => (EntityKind::Position, "embedding of positions"),
        _ => {
            let message = format!("there is no `{entity}`; embed `candidates` or `positions`");
            return refusal(StatusCode::NOT_FOUND, message);
        }
    };
    let Json(RunBody { run_id }) = match body {
        Ok(body) => body,
        Err(rejection) => return refusal(StatusCode::BAD_REQUEST, rejection.body_text()),
    };
    let (runs, name) = (service.runs.clone(), run_id.to_string());
    runs.follow(operation, &name, move |progress, stop| async move {
        embed::run(&service, kind, run_id, progress, stop).await
    })
}

async fn matches(State(service): State<MlService>, body: Result<Json<RunBody>, JsonRejection>) -> Response {
    let Json(RunBody { run_id }) = match body {
        Ok(body) => body,
        Err(rejection) => return refusal(StatusCode::BAD_REQUEST, rejection.body_text()),
    };
    let (runs, name) = (service.runs.clone(), run_id.to_string());
    runs.follow("matching", &name, move |progress, stop| {
        match_run::run(service, run_id, progress, stop)
    })
}

async fn explain(State(service): State<MlService>, body: Result<Json<PairBody>, JsonRejection>) -> Response {
    let Json(pair) = match body {
        Ok(body) => body,
        Err(rejection) => return refusal(StatusCode::BAD_REQUEST, rejection.body_text()),
    };
    match match_run::explain(&service, pair.position_id, pair.candidate_id).await {
        Ok(Some(explanation)) => Json(explanation).into_response(),
        Ok(None) => {
            let (position, candidate) = (pair.position_id, pair.candidate_id);
            let message = format!(
                "position {position} and candidate {candidate} cannot be matched: both must exist, be open, and have a vector"
            );
            refusal(StatusCode::NOT_FOUND, message)
        }
        Err(error) => refusal(StatusCode::SERVICE_UNAVAILABLE, error.message),
    }
}
