//! `GET /dags/{dag_id}/tasks`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::{OfDag, Task};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::tasks;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::Order;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/tasks", "get_tasks");
    let needs = Needs::OfDag(Action::Read, vec![Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    order_by: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct TaskCollection {
    tasks: Vec<Task>,
}

async fn list(call: Call<OfDag, Query>) -> Result<Json<TaskCollection>, Failure> {
    let orders = Order::parse(call.query.order_by.as_slice(), &tasks::COLUMNS)?;
    let (dag, places) = tasks::list(&call.api, &call.path.dag_id, &orders).await?;
    let tasks = places.into_iter().filter_map(|place| Task::of(&dag.spec, place));
    Ok(Json(TaskCollection {
        tasks: tasks.collect(),
    }))
}
