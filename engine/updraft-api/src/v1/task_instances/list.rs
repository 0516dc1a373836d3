//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances`.

use std::collections::BTreeSet;

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::TaskInstanceState;

use super::{OfRun, TaskInstance, TaskInstanceCollection};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::runs;
use crate::domain::task_instances::{self, Wanted};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Page, Paged, list};
use crate::time::{Given, span};

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances",
        "get_task_instances",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403], get_task_instances)
}

/// Which tasks.
#[derive(Deserialize, JsonSchema)]
struct Query {
    execution_date_gte: Option<Given>,
    execution_date_lte: Option<Given>,
    start_date_gte: Option<Given>,
    start_date_lte: Option<Given>,
    end_date_gte: Option<Given>,
    end_date_lte: Option<Given>,
    updated_at_gte: Option<Given>,
    updated_at_lte: Option<Given>,
    duration_gte: Option<f64>,
    duration_lte: Option<f64>,
    #[serde(default, deserialize_with = "list")]
    state: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pool: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    queue: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    executor: Vec<String>,
    limit: Option<u32>,
    offset: Option<u32>,
}

impl Query {
    /// Whether no task at all is meant: all are in the queue `default` and of the executor of the installation.
    fn means_nothing(&self) -> bool {
        let is_other_queue = !self.queue.is_empty() && !self.queue.iter().any(|queue| queue == "default");
        is_other_queue || !self.executor.is_empty()
    }

    /// The tasks that are meant.
    fn wanted(&self) -> Result<Wanted, Failure> {
        Ok(Wanted {
            dated: span(self.execution_date_gte, self.execution_date_lte),
            started: span(self.start_date_gte, self.start_date_lte),
            ended: span(self.end_date_gte, self.end_date_lte),
            changed: span(self.updated_at_gte, self.updated_at_lte),
            duration_min: self.duration_gte,
            duration_max: self.duration_lte,
            states: states(&self.state)?,
            pools: self.pool.clone(),
        })
    }
}

/// The states that are named, `none` among them; nothing means any.
fn states(names: &[String]) -> Result<Option<BTreeSet<Option<TaskInstanceState>>>, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    let state = |name: &String| match name.as_str() {
        "none" | "null" => Ok(None),
        name => name
            .parse()
            .map(Some)
            .map_err(|error: updraft_model::UnknownState| Failure::query(error.to_string())),
    };
    names.iter().map(state).collect::<Result<_, _>>().map(Some)
}

async fn get_task_instances(call: Call<OfRun, Query>) -> Result<Json<TaskInstanceCollection>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let query = &call.query;
    let page = Page::v1(query.limit, query.offset);
    let mut found = task_instances::list(&call.api, &key, &query.wanted()?, page).await?;
    if query.means_nothing() {
        found = Paged::of(Vec::new(), page);
    }
    let (task_instances, total_entries) = found.map(TaskInstance::from);
    Ok(Json(TaskInstanceCollection {
        task_instances,
        total_entries,
    }))
}
