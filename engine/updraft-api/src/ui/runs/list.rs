//! `GET /runs`: runs of all DAGs, the newest first.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::{RunBrowse, RunCursor};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::list;
use crate::time::{Given, span};
use crate::ui::cursor;
use crate::ui::shapes::{Run, readable, state, states};

const LIMIT: u32 = 50;
const LIMIT_MAX: u32 = 500;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/runs", "list_runs");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[401, 403, 422], get)
}

/// Which runs.
#[derive(Deserialize, JsonSchema)]
struct Query {
    dag: Option<String>,
    /// Part of the id of a run or a DAG.
    q: Option<String>,
    #[serde(default, deserialize_with = "list")]
    state: Vec<String>,
    run_type: Option<String>,
    /// The date of a run is its logical date, or when it may start.
    after: Option<Given>,
    before: Option<Given>,
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of runs.
#[derive(Serialize, JsonSchema)]
struct Runs {
    runs: Vec<Run>,
    next: Option<String>,
    /// On the first page: how many there are on all.
    total: Option<u64>,
}

async fn get(call: Call<Nothing, Query>) -> Result<Json<Runs>, Failure> {
    let query = call.query;
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let run_type = query.run_type.filter(|word| !word.is_empty());
    let after = query.cursor.as_deref().map(|text| {
        let (date, [dag_id, run_id]) = cursor::read(text)?;
        Ok::<_, Failure>(RunCursor { date, dag_id, run_id })
    });
    let browse = RunBrowse {
        dags: readable(&call.identity),
        dag: query.dag.filter(|dag| !dag.is_empty()),
        text: query.q.filter(|text| !text.is_empty()),
        states: states(&query.state)?,
        run_type: run_type.as_deref().map(state).transpose()?,
        dated: span(query.after, query.before),
        after: after.transpose()?,
        limit: limit + 1,
    };
    let (mut rows, total) = call.api.store().browse_runs(&browse).await?;
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let last = rows.last().filter(|_| has_more).map(RunCursor::of);
    Ok(Json(Runs {
        runs: rows.iter().map(Run::of).collect(),
        next: last.map(|last| cursor::write(last.date, &[&last.dag_id, &last.run_id])),
        total,
    }))
}
