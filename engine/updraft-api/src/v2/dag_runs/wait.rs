//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/wait`: lines until the run is over.

use std::time::Duration;

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use updraft_auth::{Action, Resource};
use updraft_model::TaskId;

use super::ById;
use crate::access::Needs;
use crate::call::{Call, Streamed};
use crate::domain::run_wait;
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/wait",
        "wait_dag_run_until_finished",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], wait).or_as(&["application/x-ndjson"])
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// Seconds between two looks.
    interval: f64,
    /// Tasks whose values are told in the end.
    #[serde(default)]
    result: Vec<String>,
}

async fn wait(call: Call<ById, Query>) -> Result<Streamed<Value>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let interval = Duration::try_from_secs_f64(call.query.interval).ok();
    let interval = interval.filter(|interval| *interval >= Duration::from_millis(100));
    let every = interval.ok_or_else(|| Failure::query("`interval` is 0.1 seconds or more"))?;
    if !call.query.result.is_empty() && !call.identity.allows(Action::Read, &Resource::XCOM) {
        return Err(Failure::Forbidden);
    }
    let parse = |id: &String| TaskId::parse(id).map_err(|error| Failure::query(error.to_string()));
    let tasks = call.query.result.iter().map(parse).collect::<Result<_, _>>()?;
    runs::get(&call.api, &key).await?;
    let lines = run_wait::wait(&call.api, key, every, tasks);
    Ok(Streamed::new("application/x-ndjson", lines).until_the_server_stops())
}
