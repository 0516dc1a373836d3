//! `GET .../taskInstances/{task_id}/logs/{try_number}`: entries in parts with a token to go on with, or one entry in each line.

use axum::http::Method;
use axum::http::header::ACCEPT;
use futures::{StreamExt, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Streamed};
use crate::domain::logs::{Log, Try};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::flag;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs/{try_number}",
        "get_log",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::TASK_LOG]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], get)
        .or_as(&["application/x-ndjson"])
        .with_headers(&[("accept", false)])
}

#[derive(Deserialize, JsonSchema)]
struct ByTry {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    try_number: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// Whether all of it is wanted, and not a part.
    #[serde(default, deserialize_with = "flag")]
    full_content: Option<bool>,
    map_index: Option<i32>,
    /// What the part before was told with.
    token: Option<String>,
}

/// A part of a log.
#[derive(Serialize, JsonSchema)]
struct TaskInstancesLogResponse {
    /// Objects with an `event`, and what else their writer has said.
    content: Vec<Value>,
    continuation_token: Option<String>,
}

async fn get(call: Call<ByTry, Query>) -> Result<Streamed<TaskInstancesLogResponse>, Failure> {
    let (path, query) = (&call.path, &call.query);
    let of = Try {
        run: runs::key(&path.dag_id, &path.dag_run_id)?,
        task_id: &path.task_id,
        map_index: query.map_index.unwrap_or(-1),
        try_number: path.try_number,
    };
    let accepted = call.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let token = query.token.as_deref();
    let opened = Log::open(&call.api, of, token).await;
    let mut log = opened.map_err(|failure| match failure {
        Failure::BadRequest(message) => Failure::query(message),
        other => other,
    })?;
    if accepted.is_some_and(|kinds| kinds.contains("application/x-ndjson")) {
        return Ok(Streamed::new("application/x-ndjson", log.parts(as_lines)));
    }
    if query.full_content == Some(true) {
        let before = stream::iter([Ok("{\"content\":[".to_owned())]);
        let after = stream::iter([Ok("],\"continuation_token\":null}".to_owned())]);
        let parts = before.chain(log.parts(as_list)).chain(after);
        return Ok(Streamed::new("application/json", parts));
    }
    let lines = log.next().await?.unwrap_or_default();
    let part = TaskInstancesLogResponse {
        content: entries(&lines).collect(),
        continuation_token: (!log.is_over()).then(|| log.token(&call.api)),
    };
    let text = serde_json::to_string(&part).map_err(|error| Failure::Internal(error.into()));
    Ok(Streamed::new("application/json", stream::iter([text])))
}

/// The entries of lines: a line is the JSON of one, or its text.
fn entries(lines: &str) -> impl Iterator<Item = Value> {
    lines
        .lines()
        .map(|line| match serde_json::from_str::<Value>(line) {
            Ok(entry) if entry["event"].is_string() => entry,
            _ => json!({ "event": line }),
        })
}

fn as_lines(lines: &str, _: bool) -> String {
    let lines: Vec<String> = entries(lines).map(|entry| entry.to_string()).collect();
    lines.join("\n") + "\n"
}

fn as_list(lines: &str, is_first: bool) -> String {
    let texts: Vec<String> = entries(lines).map(|entry| entry.to_string()).collect();
    let before = if is_first { "" } else { "," };
    format!("{before}{}", texts.join(","))
}
