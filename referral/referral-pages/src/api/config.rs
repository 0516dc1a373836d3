//! `GET /config`: who asks, what they may do, and where Updraft is.

use axum::extract::State;
use axum::{Extension, Json};
use serde_json::json;

use super::{Answer, Right};
use crate::caller::Caller;
use crate::service::Pages;

pub(crate) async fn get(State(pages): State<Pages>, Extension(caller): Extension<Caller>) -> Answer {
    let totals = pages.store().totals().await?;
    Ok(Json(json!({
        "user": caller.user,
        "updraft": caller.home,
        "may_reveal": Right::Reveal.is_given(&pages, &caller),
        "may_give_feedback": Right::Feedback.is_given(&pages, &caller),
        "threshold": pages.parts().threshold.hundredths(),
        "dags": { "pipeline": "bullhorn_sync_optimized", "quality": "data_quality" },
        "totals": {
            "candidates": totals.candidates, "positions": totals.positions, "open_positions": totals.open_positions,
            "candidate_embeddings": totals.candidate_embeddings, "position_embeddings": totals.position_embeddings,
            "matches": totals.matches,
        },
    })))
}
