//! `GET .../levels`: how many entries there are of each level, and where the important ones are.

use std::collections::BTreeMap;

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_layout::{Level, LogIndex};

use super::{OfTry, look, needs};
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

/// So many marks at most.
const MARKS_MAX: usize = 2000;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/logs/{dag_id}/{run_id}/{task_id}/{map_index}/{try_number}/levels",
        "log_levels",
    );
    Endpoint::new(at, needs(), &[401, 403, 404], get)
}

/// Levels of a log.
#[derive(Default, Serialize, JsonSchema)]
struct Levels {
    /// How many lines there are.
    total: u64,
    /// How many entries there are of each level.
    counts: BTreeMap<&'static str, u64>,
    /// The first line with an error.
    first_error: Option<u64>,
    /// Lines of level warning and more important ones, with their level; if there are very many, the most important ones of each part of
    /// the log.
    marks: Vec<(u64, &'static str)>,
}

async fn get(call: Call<OfTry, Nothing>) -> Result<Json<Levels>, Failure> {
    let log = call.path.find(&call.api).await?;
    let levels = look(&call.api, &log, |index, _| Ok(levels(index)));
    Ok(Json(levels.await?.unwrap_or_default()))
}

fn levels(index: &LogIndex) -> Levels {
    let counts = index.counts();
    let marks = index.marks(MARKS_MAX);
    Levels {
        total: index.total(),
        counts: Level::ALL
            .iter()
            .map(|level| (level.as_str(), counts.of(*level)))
            .collect(),
        first_error: index.first_error(),
        marks: marks
            .iter()
            .map(|mark| (mark.line, mark.level.as_str()))
            .collect(),
    }
}
