//! `GET /candidates?q=`: people by id or job title, to ask why one of them is not suggested.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use crate::extract::Words;
use crate::mask::{self, Sight};
use crate::service::Pages;

/// People that are told.
const FOUND_MAX: u32 = 12;

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
}

pub(crate) async fn find(State(pages): State<Pages>, Words(asked): Words<Asked>) -> Answer {
    let text = asked.q.trim();
    if text.is_empty() {
        return Ok(Json(json!({ "people": [] })));
    }
    let found = pages.store().find_people(text, FOUND_MAX).await?;
    let rows: Vec<Value> = found.iter().map(|one| mask::person(one, Sight::Masked)).collect();
    Ok(Json(json!({ "people": rows })))
}
