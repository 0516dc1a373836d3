//! `POST /positions/{id}/candidates/{id}/feedback`: what somebody thinks of a suggestion.

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::{Extension, Json};
use referral_store::EntityId;
use referral_store::pages::feedback::{FeedbackVerdict, NewFeedback};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Right, shapes};
use crate::caller::Caller;
use crate::extract::Ids;
use crate::failure::Failure;
use crate::service::Pages;

/// Characters of a note.
const NOTE_CHARS_MAX: usize = 1_000;

/// What is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    /// Null takes back what was said.
    verdict: Option<Verdict>,
    #[serde(default)]
    note: String,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Good,
    Poor,
}

pub(crate) async fn give(
    State(pages): State<Pages>,
    Extension(caller): Extension<Caller>,
    Ids((position, candidate)): Ids<(i64, i64)>,
    said: Result<Json<Said>, JsonRejection>,
) -> Answer {
    Right::Feedback.demand(&pages, &caller)?;
    let Json(said) = said.map_err(|rejection| Failure::BadRequest(rejection.body_text()))?;
    let note = said.note.trim();
    if note.chars().count() > NOTE_CHARS_MAX || note.contains('\0') {
        return Err(Failure::BadRequest(format!(
            "a note has {NOTE_CHARS_MAX} characters at most, and no NUL among them"
        )));
    }
    let (position, candidate) = (EntityId(position), EntityId(candidate));
    let store = pages.store();
    match said.verdict {
        None => {
            store
                .take_back_feedback(position, candidate, &caller.user)
                .await?;
        }
        Some(verdict) => {
            let new = NewFeedback {
                position_id: position,
                candidate_id: candidate,
                username: &caller.user,
                verdict: match verdict {
                    Verdict::Good => FeedbackVerdict::Good,
                    Verdict::Poor => FeedbackVerdict::Poor,
                },
                note,
            };
            if !store.give_feedback(new, pages.now()).await? {
                return Err(Failure::NotFound(format!(
                    "there is no position {position} or no candidate {candidate}"
                )));
            }
        }
    }
    let said = store.feedback_of(position).await?;
    let of_candidate = shapes::feedback(&said, &caller.user).remove(&candidate);
    Ok(Json(json!({ "feedback": of_candidate.unwrap_or(Value::Null) })))
}
