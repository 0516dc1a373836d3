//! `GET /runs/{dag_id}/{run_id}`: a run with its tasks, and what made it fail.

use axum::http::Method;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};
use updraft_model::RunKey;
use updraft_store::{RunRow, TaskBrowse, TaskInstanceRow};

use super::failure::RunFailure;
use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Json, Nothing};
use crate::domain::{dags, runs};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time;
use crate::ui::shapes::{ByRun, Counts, Run, Ti, word};

/// So many tasks are shown; the counts are of all.
const TASKS_MAX: u32 = 10_000;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/runs/{dag_id}/{run_id}", "get_run");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], get)
}

/// A run with its tasks.
#[derive(Serialize, JsonSchema)]
struct RunDetails {
    #[serde(flatten)]
    run: Run,
    conf: Map<String, Value>,
    creating_user: Option<String>,
    task_instances: Vec<Ti>,
    /// Of mapped tasks each copy counts.
    counts: Counts,
    failure: Option<RunFailure>,
}

async fn get(call: Call<ByRun, Nothing>) -> Result<Json<RunDetails>, Failure> {
    let api = &call.api;
    let run = find(api, &call.path.dag_id, &call.path.run_id).await?;
    let tasks = tasks(api, &run.key).await?;
    let mut counts = Counts::new();
    for count in api
        .store()
        .task_state_counts(std::slice::from_ref(&run.key))
        .await?
    {
        counts.insert(word(count.state), count.number);
    }
    let mut specs = api.store().descriptions([run.version]).await?;
    let spec = specs.remove(&run.version);
    let of_spec = |row: &TaskInstanceRow| spec.as_ref()?.task(&row.key.task_id);
    let mut failure = RunFailure::of(&tasks, &counts);
    if call.identity.allows(Action::Read, &Resource::TASK_LOG)
        && let Some(known) = failure
    {
        let ids = (run.key.dag_id.as_str(), run.key.run_id.as_str());
        failure = Some(known.with_log(api, ids).await?);
    }
    Ok(Json(RunDetails {
        failure,
        task_instances: tasks
            .iter()
            .map(|row| Ti::of_row(row, run.logical_date, run.run_after).in_pool(of_spec(row)))
            .collect(),
        run: Run::of(&run),
        creating_user: run.triggered_by.clone(),
        conf: run.conf,
        counts,
    }))
}

/// The run of that id, or behind a `~` the one of that logical date, which addresses of old have.
async fn find(api: &Api, dag_id: &str, run_id: &str) -> Result<RunRow, Failure> {
    let Some(date) = run_id.strip_prefix('~') else {
        return runs::get(api, &runs::key(dag_id, run_id)?).await;
    };
    let unknown = || Failure::NotFound(format!("DAG `{dag_id}` has no run with the date `{date}`"));
    let date: Timestamp = time::parse(date).ok_or_else(unknown)?;
    let found = api
        .store()
        .run_by_logical_date(&dags::parse(dag_id)?, date)
        .await?;
    found.ok_or_else(unknown)
}

/// The tasks of a run, by id.
pub(super) async fn tasks(api: &Api, key: &RunKey) -> Result<Vec<TaskInstanceRow>, Failure> {
    let browse = TaskBrowse {
        dags: Some([key.dag_id.clone()].into()),
        run: Some(key.run_id.to_string()),
        limit: TASKS_MAX,
        ..TaskBrowse::default()
    };
    let (rows, _) = api.store().browse_tasks(&browse).await?;
    let mut rows: Vec<TaskInstanceRow> = rows.into_iter().map(|(row, ..)| row).collect();
    rows.reverse();
    Ok(rows)
}
