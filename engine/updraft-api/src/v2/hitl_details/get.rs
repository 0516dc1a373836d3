//! `GET .../taskInstances/{task_id}/{map_index}/hitlDetails`, and of one try.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};

use super::super::task_instances::{TaskInstanceHistoryResponse, TaskInstanceResponse};
use super::{ByIndex, Of, Question};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::{hitl, runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::joined::Joined;

const NEWEST: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/hitlDetails";
const ONE: &str =
    "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/hitlDetails/tries/{try_number}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = || Needs::OfDag(Action::Read, vec![Resource::TASK_INSTANCE]);
    let at = |path, id| At(Method::GET, path, id);
    let failures = &[401, 403, 404, 422];
    vec![
        Endpoint::new(at(NEWEST, "get_hitl_detail"), needs(), failures, get),
        Endpoint::new(at(ONE, "get_hitl_detail_try_detail"), needs(), failures, of_try),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct ByTry {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    map_index: i32,
    try_number: u32,
}

type HITLDetail = Joined<Question, Of<TaskInstanceResponse>>;
type HITLDetailHistory = Joined<Question, Of<TaskInstanceHistoryResponse>>;

async fn get(call: Call<ByIndex, Nothing>) -> Result<Json<HITLDetail>, Failure> {
    let path = &call.path;
    let run = runs::key(&path.dag_id, &path.dag_run_id)?;
    let (row, instance) = hitl::get(&call.api, &run, (&path.task_id, path.map_index)).await?;
    let task = TaskInstanceResponse::of(&call.api, instance).await?;
    Ok(Json(Question::of(row, task)))
}

async fn of_try(call: Call<ByTry, Nothing>) -> Result<Json<HITLDetailHistory>, Failure> {
    let path = &call.path;
    let run = runs::key(&path.dag_id, &path.dag_run_id)?;
    let task = (path.task_id.as_str(), path.map_index);
    let (instance, attempt) = task_instances::one_try(&call.api, &run, task, path.try_number).await?;
    let row = hitl::of_try(&call.api, &instance, path.try_number).await?;
    let task = TaskInstanceHistoryResponse::of_try(&call.api, &instance, attempt).await?;
    Ok(Json(Question::of(row, task)))
}
