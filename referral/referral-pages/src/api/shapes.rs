//! What several answers show in the same way. Points are hundredths of a point, shares basis points, times RFC 3339.

use std::collections::BTreeMap;

use referral_ml::scoring::{Assessment, Formula, Points};
use referral_store::EntityId;
use referral_store::pages::feedback::{Feedback, FeedbackVerdict};
use referral_store::pages::positions::{PositionSummary, PositionView};
use referral_store::reading::{MatchStatus, MatchView};
use serde_json::{Value, json};

use crate::mask::masked_name;

/// A position in a list.
pub(super) fn summary(position: &PositionSummary) -> Value {
    json!({
        "id": position.id, "title": position.title, "client_name": position.client_name,
        "city": position.place.city, "state": position.place.state, "country_code": position.place.country_code,
        "status": position.status, "is_open": position.is_open, "openings": position.openings,
        "first_seen_at": position.first_seen_at, "suggested": position.suggested, "best": position.best,
        "scores": position.scores, "matched_at": position.matched_at, "run_id": position.run_id,
        "compared_at": position.compared_at, "is_stale": position.is_stale,
    })
}

/// A position with all that is asked for.
pub(super) fn position(view: &PositionView) -> Value {
    let mut value = summary(&view.summary);
    let more = json!({
        "required_skills": view.required_skills, "nice_skills": view.nice_skills,
        "certifications": view.certifications, "min_years": view.min_years, "level": view.level,
        "employment_type": view.employment_type, "remote": view.remote,
        "salary_yearly_min": view.salary_yearly_min, "salary_yearly_max": view.salary_yearly_max,
        "start_on": view.start_on, "synced_run_id": view.synced_run_id, "synced_at": view.synced_at,
    });
    if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
        value.extend(more);
    }
    value
}

/// A match without what depends on its place in a list.
pub(super) fn stored(view: &MatchView) -> Value {
    let name = view.candidate_name.as_deref().map(|name| masked_name([name]));
    let [city, state] = &view.candidate_place;
    json!({
        "candidate": {
            "id": view.candidate_id, "name": name, "occupation": view.candidate_occupation, "city": city, "state": state,
        },
        "status": match view.status { MatchStatus::Active => "active", MatchStatus::Withdrawn => "withdrawn" },
        "score": view.score, "cosine": view.cosine, "parts": view.parts,
        "matched_skills": view.matched_skills, "missing_skills": view.missing_skills, "gates": view.gates,
        "threshold": view.threshold, "model_sha256": view.model_sha256, "precision": view.precision,
        "formula_version": view.formula_version, "matched_at": view.matched_at, "withdrawn_at": view.withdrawn_at,
        "run_id": view.run_id,
    })
}

/// An assessment that was made now.
pub(super) fn assessed(assessment: &Assessment, threshold: Points) -> Value {
    json!({
        "candidate_id": assessment.candidate_id, "score": assessment.score, "cosine": assessment.cosine,
        "parts": assessment.parts, "matched_skills": assessment.matched_skills,
        "missing_skills": assessment.missing_skills, "gates": assessment.gates, "threshold": threshold,
        "is_match": assessment.is_match(threshold), "sentences": assessment.sentences(threshold),
    })
}

/// The formula in force.
pub(super) fn formula(formula: &Formula) -> Value {
    json!({ "version": formula.version, "weights": formula.weights, "scale": formula.scale, "gates": formula.gates })
}

/// What was said of each candidate: how many times good and poor, and what the caller said.
pub(super) fn feedback(all: &[Feedback], user: &str) -> BTreeMap<EntityId, Value> {
    let mut by_candidate: BTreeMap<EntityId, (u32, u32, Value)> = BTreeMap::new();
    for one in all {
        let entry = by_candidate
            .entry(one.candidate_id)
            .or_insert((0, 0, Value::Null));
        match one.verdict {
            FeedbackVerdict::Good => entry.0 += 1,
            FeedbackVerdict::Poor => entry.1 += 1,
        }
        if one.username == user {
            entry.2 = json!({ "verdict": one.verdict.as_str(), "note": one.note, "given_at": one.given_at });
        }
    }
    let shown = |(id, (good, poor, mine))| (id, json!({ "good": good, "poor": poor, "mine": mine }));
    by_candidate.into_iter().map(shown).collect()
}
