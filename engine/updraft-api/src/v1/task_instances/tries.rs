//! `.../taskInstances/{task_id}/tries`, and one of them; of a copy with its map index.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::AttemptRow;

use super::{ById, ByIndex};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::domain::task_instances::{self, Instance};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Key, Order, Page, Paged};
use crate::time::{V1Time, seconds};

/// What tries can be sorted by.
const COLUMNS: [&str; 6] = ["id", "try_number", "start_date", "end_date", "state", "duration"];
const TRIES: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/tries";
const ONE: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/tries/{task_try_number}";
const TRIES_OF_COPY: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/tries";
const ONE_OF_COPY: &str =
    "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/tries/{task_try_number}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = || Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    let at = |path, id| At(Method::GET, path, id);
    let failures = &[401, 403, 404];
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

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
}

/// A try of a task of a run.
#[derive(Serialize, JsonSchema)]
struct TaskInstanceHistory {
    task_id: String,
    task_display_name: String,
    dag_id: String,
    dag_run_id: String,
    start_date: Option<V1Time>,
    end_date: Option<V1Time>,
    /// Seconds.
    duration: Option<f64>,
    state: Option<&'static str>,
    try_number: u32,
    map_index: i32,
    max_tries: u32,
    hostname: String,
    unixname: String,
    pool: String,
    pool_slots: u32,
    queue: Option<String>,
    priority_weight: Option<i64>,
    operator: Option<String>,
    queued_when: Option<V1Time>,
    pid: Option<u32>,
    executor: Option<String>,
    executor_config: String,
}

#[derive(Serialize, JsonSchema)]
struct TaskInstanceHistoryCollection {
    task_instances_history: Vec<TaskInstanceHistory>,
    total_entries: u64,
}

impl TaskInstanceHistory {
    fn of(instance: &Instance, attempt: AttemptRow) -> Self {
        let (pool, pool_slots, queue) = instance.place();
        let row = &instance.row;
        Self {
            task_id: row.key.task_id.to_string(),
            task_display_name: row.key.task_id.to_string(),
            dag_id: row.key.dag_id.to_string(),
            dag_run_id: row.key.run_id.to_string(),
            start_date: attempt.start_date.map(V1Time),
            end_date: attempt.end_date.map(V1Time),
            duration: seconds(attempt.start_date, attempt.end_date),
            state: Some(attempt.state.as_str()),
            try_number: attempt.try_number,
            map_index: row.key.map_index.0,
            max_tries: row.max_tries,
            hostname: attempt.hostname.unwrap_or_default(),
            unixname: attempt.unixname.unwrap_or_default(),
            pool,
            pool_slots,
            queue: Some(queue),
            priority_weight: Some(row.priority_weight),
            operator: Some(row.operator.clone()),
            queued_when: attempt.queued_at.map(V1Time),
            pid: attempt.pid,
            executor: None,
            executor_config: "{}".to_owned(),
        }
    }
}

async fn tries(call: Call<ById, Query>) -> Result<Json<TaskInstanceHistoryCollection>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let found = task_instances::tries(&call.api, &key, (&call.path.task_id, -1)).await?;
    page(found, &call.query)
}

async fn tries_of_copy(call: Call<ByIndex, Query>) -> Result<Json<TaskInstanceHistoryCollection>, Failure> {
    let path = &call.path;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let found = task_instances::tries(&call.api, &key, (&path.task_id, path.map_index)).await?;
    page(found, &call.query)
}

fn page(
    (instance, mut attempts): (Instance, Vec<AttemptRow>),
    query: &Query,
) -> Result<Json<TaskInstanceHistoryCollection>, Failure> {
    let orders = Order::parse(query.order_by.as_slice(), &COLUMNS)?;
    let time = |time: Option<jiff::Timestamp>| Key::Number(time.map(jiff::Timestamp::as_microsecond));
    Order::sort(&orders, &mut attempts, |attempt, column| match column {
        "start_date" => time(attempt.start_date),
        "end_date" => time(attempt.end_date),
        "state" => Key::Text(Some(attempt.state.as_str().to_owned())),
        "duration" => {
            Key::Number(seconds(attempt.start_date, attempt.end_date).map(|seconds| (seconds * 1e6) as i64))
        }
        _ => Key::Number(Some(attempt.try_number.into())),
    });
    let found = Paged::of(attempts, Page::v1(query.limit, query.offset));
    let (task_instances_history, total_entries) =
        found.map(|attempt| TaskInstanceHistory::of(&instance, attempt));
    Ok(Json(TaskInstanceHistoryCollection {
        task_instances_history,
        total_entries,
    }))
}

async fn one(call: Call<ByTry, Nothing>) -> Result<Json<TaskInstanceHistory>, Failure> {
    let path = &call.path;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let task = (path.task_id.as_str(), -1);
    let (instance, attempt) = task_instances::one_try(&call.api, &key, task, path.task_try_number).await?;
    Ok(Json(TaskInstanceHistory::of(&instance, attempt)))
}

async fn one_of_copy(call: Call<ByIndexAndTry, Nothing>) -> Result<Json<TaskInstanceHistory>, Failure> {
    let path = &call.path;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let task = (path.task_id.as_str(), path.map_index);
    let (instance, attempt) = task_instances::one_try(&call.api, &key, task, path.task_try_number).await?;
    Ok(Json(TaskInstanceHistory::of(&instance, attempt)))
}
