//! `GET .../lines`: a part of a log.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{OfTry, look, needs};
use crate::call::{Call, Json};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::logs::{LogLine, read_lines};

/// So many lines are told where nothing else is asked for.
const LINES: u64 = 500;
/// And at most so many.
const LINES_MAX: u64 = 5000;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/logs/{dag_id}/{run_id}/{task_id}/{map_index}/{try_number}/lines",
        "log_lines",
    );
    Endpoint::new(at, needs(), &[401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// The first line, from 0. A negative number counts from the end: -500 are the last 500 lines.
    from: Option<i64>,
    /// How many lines.
    n: Option<u64>,
}

/// A part of a log. Long lines make it shorter than what was asked for.
#[derive(Default, Serialize, JsonSchema)]
struct Lines {
    /// How many lines there are.
    total: u64,
    /// How long the log is.
    bytes: u64,
    /// Whether nothing more is written.
    complete: bool,
    /// The first line that was asked for.
    from: u64,
    lines: Vec<LogLine>,
}

async fn get(call: Call<OfTry, Query>) -> Result<Json<Lines>, Failure> {
    let log = call.path.find(&call.api).await?;
    let (from, count) = (
        call.query.from.unwrap_or(0),
        call.query.n.unwrap_or(LINES).min(LINES_MAX),
    );
    let is_complete = log.is_complete;
    let lines = look(&call.api, &log, move |index, file| {
        let total = index.total();
        let from = u64::try_from(from).unwrap_or_else(|_| total.saturating_sub(from.unsigned_abs()));
        Ok(Lines {
            total,
            bytes: index.bytes(),
            complete: is_complete,
            from,
            lines: read_lines(index, file, (from, from.saturating_add(count)))?,
        })
    });
    Ok(Json(lines.await?.unwrap_or_default()))
}
