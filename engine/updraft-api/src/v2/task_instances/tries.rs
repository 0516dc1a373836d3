//! `.../taskInstances/{task_id}/tries`, and one of them; of a copy with its map index.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::AttemptRow;

use super::{ById, ByIndex, DagVersionResponse, OfCopy};
use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::domain::task_instances::{self, Instance};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{V2Time, seconds};

const TRIES: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/tries";
const ONE: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/tries/{task_try_number}";
const TRIES_OF_COPY: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/tries";
const ONE_OF_COPY: &str =
    "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/tries/{task_try_number}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = || Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    let at = |path, id| At(Method::GET, path, id);
    let failures = &[401, 403, 404, 422];
    vec![
        Endpoint::new(at(TRIES, "get_task_instance_tries"), needs(), failures, tries),
        Endpoint::new(at(ONE, "get_task_instance_try_details"), needs(), failures, one),
        Endpoint::new(
            at(TRIES_OF_COPY, "get_mapped_task_instance_tries"),
            needs(),
            failures,
            tries_of_copy,
        ),
        Endpoint::new(
            at(ONE_OF_COPY, "get_mapped_task_instance_try_details"),
            needs(),
            failures,
            one_of_copy,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct ByTry {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    task_try_number: u32,
}

#[derive(Deserialize, JsonSchema)]
struct ByIndexAndTry {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    map_index: i32,
    task_try_number: u32,
}

/// A try of a task of a run.
#[derive(Serialize, JsonSchema)]
pub(in crate::v2) struct TaskInstanceHistoryResponse {
    task_id: String,
    dag_id: String,
    dag_run_id: String,
    map_index: i32,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    /// Seconds.
    duration: Option<f64>,
    state: Option<&'static str>,
    try_number: u32,
    max_tries: u32,
    task_display_name: String,
    dag_display_name: String,
    hostname: Option<String>,
    unixname: Option<String>,
    pool: String,
    pool_slots: u32,
    queue: Option<String>,
    priority_weight: Option<i64>,
    operator: Option<String>,
    operator_name: Option<String>,
    queued_when: Option<V2Time>,
    scheduled_when: Option<V2Time>,
    pid: Option<u32>,
    executor: Option<String>,
    executor_config: String,
    dag_version: Option<DagVersionResponse>,
}

#[derive(Serialize, JsonSchema)]
struct TaskInstanceHistoryCollectionResponse {
    task_instances: Vec<TaskInstanceHistoryResponse>,
    total_entries: u64,
}

impl TaskInstanceHistoryResponse {
    /// One try of a task.
    pub(in crate::v2) async fn of_try(
        api: &Api,
        instance: &Instance,
        attempt: AttemptRow,
    ) -> Result<Self, Failure> {
        let version = version(api, instance).await?;
        Ok(Self::of(instance, attempt, version))
    }

    fn of(instance: &Instance, attempt: AttemptRow, version: Option<DagVersionResponse>) -> Self {
        let (pool, pool_slots, queue) = instance.place();
        let row = &instance.row;
        Self {
            task_id: row.key.task_id.to_string(),
            task_display_name: row.key.task_id.to_string(),
            dag_display_name: row.key.dag_id.to_string(),
            dag_id: row.key.dag_id.to_string(),
            dag_run_id: row.key.run_id.to_string(),
            start_date: attempt.start_date.map(V2Time),
            end_date: attempt.end_date.map(V2Time),
            duration: seconds(attempt.start_date, attempt.end_date),
            state: Some(attempt.state.as_str()),
            try_number: attempt.try_number,
            map_index: row.key.map_index.0,
            max_tries: row.max_tries,
            hostname: attempt.hostname,
            unixname: attempt.unixname,
            pool,
            pool_slots,
            queue: Some(queue),
            priority_weight: Some(row.priority_weight),
            operator: Some(row.operator.clone()),
            operator_name: Some(row.operator.clone()),
            queued_when: attempt.queued_at.map(V2Time),
            scheduled_when: None,
            pid: attempt.pid,
            executor: None,
            executor_config: "{}".to_owned(),
            dag_version: version,
        }
    }
}

async fn version(api: &Api, instance: &Instance) -> Result<Option<DagVersionResponse>, Failure> {
    let run = &instance.run;
    DagVersionResponse::of(api, &run.key.dag_id, (run.version, run.version_number)).await
}

async fn all(
    api: &Api,
    (dag_id, run_id): (&str, &str),
    task: (&str, i32),
) -> Result<Json<TaskInstanceHistoryCollectionResponse>, Failure> {
    let (instance, attempts) = task_instances::tries(api, &runs::key(dag_id, run_id)?, task).await?;
    let version = version(api, &instance).await?;
    let total_entries = attempts.len() as u64;
    let attempts = attempts.into_iter();
    Ok(Json(TaskInstanceHistoryCollectionResponse {
        task_instances: attempts
            .map(|attempt| TaskInstanceHistoryResponse::of(&instance, attempt, version.clone()))
            .collect(),
        total_entries,
    }))
}

async fn single(
    api: &Api,
    (dag_id, run_id): (&str, &str),
    task: (&str, i32),
    try_number: u32,
) -> Result<Json<TaskInstanceHistoryResponse>, Failure> {
    let key = runs::key(dag_id, run_id)?;
    let (instance, attempt) = task_instances::one_try(api, &key, task, try_number).await?;
    let told = TaskInstanceHistoryResponse::of_try(api, &instance, attempt).await?;
    Ok(Json(told))
}

async fn tries(call: Call<ById, OfCopy>) -> Result<Json<TaskInstanceHistoryCollectionResponse>, Failure> {
    let path = &call.path;
    let task = (path.task_id.as_str(), call.query.map_index.unwrap_or(-1));
    all(&call.api, (&path.dag_id, &path.dag_run_id), task).await
}

async fn tries_of_copy(
    call: Call<ByIndex, Nothing>,
) -> Result<Json<TaskInstanceHistoryCollectionResponse>, Failure> {
    let path = &call.path;
    all(
        &call.api,
        (&path.dag_id, &path.dag_run_id),
        (&path.task_id, path.map_index),
    )
    .await
}

async fn one(call: Call<ByTry, OfCopy>) -> Result<Json<TaskInstanceHistoryResponse>, Failure> {
    let path = &call.path;
    let task = (path.task_id.as_str(), call.query.map_index.unwrap_or(-1));
    single(
        &call.api,
        (&path.dag_id, &path.dag_run_id),
        task,
        path.task_try_number,
    )
    .await
}

async fn one_of_copy(
    call: Call<ByIndexAndTry, Nothing>,
) -> Result<Json<TaskInstanceHistoryResponse>, Failure> {
    let path = &call.path;
    let task = (path.task_id.as_str(), path.map_index);
    single(
        &call.api,
        (&path.dag_id, &path.dag_run_id),
        task,
        path.task_try_number,
    )
    .await
}
