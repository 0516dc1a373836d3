//! `GET .../search`: the lines that match, as they are found: a line of JSON for each, and one at the end.

use std::ops::ControlFlow;

use axum::body::Body;
use axum::http::Method;
use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;

use super::{OfTry, look, needs};
use crate::call::{Call, Whole};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::logs::{LogFile, Pattern, Search, search};
use crate::page::flag;
use crate::stream;

/// So many lines are told where nothing else is asked for, and at most so many.
const HITS_MAX: u64 = 10_000;
/// So many batches may be on their way; the search waits when more would be.
const BATCHES_MAX: usize = 8;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/logs/{dag_id}/{run_id}/{task_id}/{map_index}/{try_number}/search",
        "log_search",
    );
    Endpoint::new(at, needs(), &[401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// What to look for.
    q: String,
    /// Whether that is a regular expression; not, if absent.
    #[serde(default, deserialize_with = "flag")]
    re: Option<bool>,
    /// Whether upper and lower case differ; not, if absent.
    #[serde(default, deserialize_with = "flag")]
    case: Option<bool>,
    /// The first line that is looked at.
    from: Option<u64>,
    /// How many lines are told; all are counted.
    limit: Option<u64>,
}

/// A line that matches.
#[derive(Serialize)]
struct Hit {
    n: u64,
}

async fn get(call: Call<OfTry, Query>) -> Result<Whole, Failure> {
    let query = call.query;
    let pattern = Pattern::new(&query.q, query.re.unwrap_or(false), query.case.unwrap_or(false))?;
    let limit = query.limit.unwrap_or(HITS_MAX).min(HITS_MAX);
    let from = query.from.unwrap_or(0);
    let log = call.path.find(&call.api).await?;
    let anchor = look(&call.api, &log, move |index, _| Ok(index.anchor(from))).await?;
    let (sender, receiver) = mpsc::channel(BATCHES_MAX);
    let Some(anchor) = anchor else {
        let done = Bytes::from(done(0, limit));
        return Ok(stream::ndjson(Body::from(done)));
    };
    let found = Search { from, anchor, limit };
    let turn = call.api.logs().searches();
    let turn = turn
        .acquire_owned()
        .await
        .map_err(|error| Failure::Internal(error.into()))?;
    let folder = call.api.logs().folder().to_owned();
    // It ends by itself when nobody listens any more: what it tells then arrives nowhere.
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut tell = |lines: &[u64]| {
            let hits: Vec<Hit> = lines.iter().map(|n| Hit { n: *n }).collect();
            match sender.blocking_send(stream::lines(&hits)) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        };
        let total = LogFile::open(&folder, &log.path).and_then(|file| match file {
            Some(mut file) => search(&mut file, (&pattern, found), &mut tell),
            None => Ok(0),
        });
        let end = total.map(|total| Bytes::from(done(total, limit)));
        let _ = sender.blocking_send(end.map_err(stream::broken));
    });
    Ok(stream::ndjson(stream::body(receiver)))
}

fn done(total: u64, limit: u64) -> String {
    format!(
        "{}\n",
        json!({ "done": true, "total": total, "truncated": total > limit })
    )
}
