//! `/admin/truth`: which pairs of position and candidate fit, for evaluations.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::reply::{AdminError, beside};
use crate::lock::SharedExt;
use crate::population::Fit;
use crate::shared::Shared;

/// Candidates listed for a position when the request does not say.
const LIMIT_DEFAULT: usize = 100;

/// What is asked.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    position: u32,
    candidate: Option<u32>,
    limit: Option<usize>,
}

/// `GET /admin/truth?position=7&candidate=12` judges a pair; without a candidate the best ones are listed. The truth is
/// that of the generated records: what was written later does not change it.
pub(super) async fn truth(
    State(shared): State<Arc<Shared>>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, AdminError> {
    beside(move || {
        let base = Arc::clone(shared.store.reading().base());
        let population = base.population();
        let Wanted {
            position,
            candidate,
            limit,
        } = wanted;
        if let Some(candidate) = candidate {
            let fit = population.fit(position, candidate).ok_or_else(|| {
                AdminError::new(
                    StatusCode::NOT_FOUND,
                    "there is no such generated position or candidate",
                )
            })?;
            return Ok(Json(judged(position, candidate, &fit)));
        }
        let best = population.best_fits(position, limit.unwrap_or(LIMIT_DEFAULT));
        let fits: Vec<Value> = best
            .iter()
            .map(|(candidate, fit)| judged(position, *candidate, fit))
            .collect();
        Ok(Json(json!({ "position": position, "fits": fits })))
    })
    .await
}

fn judged(position: u32, candidate: u32, fit: &Fit) -> Value {
    json!({
        "position": position,
        "candidate": candidate,
        "grade": fit.grade,
        "passes_gates": fit.passes_gates(),
        "failed_gates": fit.failed_gates.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "required_skills": fit.required_skills.to_string(),
        "nice_skills": fit.nice_skills.to_string(),
        "level_difference": fit.level_difference,
        "years": fit.years,
        "years_required": fit.years_required,
        "reasons": fit.reasons(),
    })
}
