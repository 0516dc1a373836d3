//! `GET .../taskInstances/{task_id}/logs/{task_try_number}`: as text, or in parts with a token to go on with.

use axum::http::Method;
use axum::http::header::ACCEPT;
use futures::StreamExt;
use futures::stream;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
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
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs/{task_try_number}",
        "get_log",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::TASK_LOG]);
    Endpoint::new(at, needs, &[400, 401, 403, 404], get).or_as(&["text/plain"])
}

#[derive(Deserialize, JsonSchema)]
struct ByTry {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    task_try_number: u32,
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
#[schemars(rename = "Log")]
struct Part {
    continuation_token: Option<String>,
    content: Option<String>,
}

async fn get(call: Call<ByTry, Query>) -> Result<Streamed<Part>, Failure> {
    let (path, query) = (&call.path, &call.query);
    let of = Try {
        run: runs::key(&path.dag_id, &path.dag_run_id)?,
        task_id: &path.task_id,
        map_index: query.map_index.unwrap_or(-1),
        try_number: path.task_try_number,
    };
    let accepted = call.headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    let mut log = Log::open(&call.api, of, query.token.as_deref()).await?;
    if !accepted.is_some_and(|kinds| kinds.contains("application/json")) {
        return Ok(Streamed::new(
            "text/plain; charset=utf-8",
            log.parts(|lines, _| lines.to_owned()),
        ));
    }
    if query.full_content == Some(true) {
        // The text is written in pieces, as one text of JSON.
        let before = stream::iter([Ok("{\"content\":\"".to_owned())]);
        let after = stream::iter([Ok("\",\"continuation_token\":null}".to_owned())]);
        let parts = before.chain(log.parts(|lines, _| inside(lines))).chain(after);
        return Ok(Streamed::new("application/json", parts));
    }
    let content = log.next().await?;
    let part = Part {
        continuation_token: Some(log.token(&call.api)),
        content: Some(content.unwrap_or_default()),
    };
    let text = serde_json::to_string(&part).map_err(|error| Failure::Internal(error.into()));
    Ok(Streamed::new("application/json", stream::iter([text])))
}

/// A text as it stands between the quotes of JSON.
fn inside(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    let inside = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.unwrap_or_default().to_owned()
}
