//! `/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances`.

mod bulk;
mod clear;
mod delete;
mod dependencies;
mod external_log_url;
mod get;
mod links;
mod list;
mod list_batch;
mod logs;
mod patch;
mod patch_group;
mod tries;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::DagVersionId;

pub(super) use tries::TaskInstanceHistoryResponse;

use super::dag_versions::{DagVersionResponse, of_run};
use crate::api::Api;
use crate::domain::task_instances::Instance;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::page::Paged;
use crate::time::V2Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let single = vec![
        list::endpoint(),
        list::endpoint_of_copies(),
        list_batch::endpoint(),
        bulk::endpoint(),
        clear::endpoint(),
        delete::endpoint(),
        external_log_url::endpoint(),
        links::endpoint(),
        logs::endpoint(),
    ];
    [
        single,
        get::endpoints(),
        dependencies::endpoints(),
        patch::endpoints(),
        patch_group::endpoints(),
        tries::endpoints(),
    ]
    .concat()
}

/// Of which run.
#[derive(Deserialize, JsonSchema)]
struct OfRun {
    dag_id: String,
    dag_run_id: String,
}

/// Which task of a run.
#[derive(Deserialize, JsonSchema)]
struct ById {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
}

/// Which copy of a mapped task.
#[derive(Deserialize, JsonSchema)]
struct ByIndex {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    map_index: i32,
}

/// Which copy, for a path that names none; -1, or nothing, is the task itself.
#[derive(Deserialize, JsonSchema)]
struct OfCopy {
    map_index: Option<i32>,
}

/// A task of a run.
#[derive(Serialize, JsonSchema)]
pub(super) struct TaskInstanceResponse {
    id: String,
    task_id: String,
    dag_id: String,
    dag_run_id: String,
    map_index: i32,
    logical_date: Option<V2Time>,
    run_after: V2Time,
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
    note: Option<String>,
    rendered_map_index: Option<String>,
    rendered_fields: Map<String, Value>,
    trigger: Option<Value>,
    triggerer_job: Option<Value>,
    dag_version: Option<DagVersionResponse>,
}

/// A page of tasks of runs.
#[derive(Serialize, JsonSchema)]
pub(super) struct TaskInstanceCollectionResponse {
    task_instances: Vec<TaskInstanceResponse>,
    /// Not told where a cursor is used.
    total_entries: Option<u64>,
    total_entries_limit: Option<u64>,
    next_cursor: Option<String>,
    previous_cursor: Option<String>,
}

impl TaskInstanceResponse {
    pub(super) async fn of(api: &Api, instance: Instance) -> Result<Self, Failure> {
        let versions = DagVersionResponse::of_runs(api, [of_run(&instance.run)].into()).await?;
        Ok(Self::with(instance, &versions))
    }

    /// Tasks of a list.
    pub(super) async fn all(api: &Api, instances: Vec<Instance>) -> Result<Vec<Self>, Failure> {
        let runs = instances.iter().map(|instance| of_run(&instance.run)).collect();
        let versions = DagVersionResponse::of_runs(api, runs).await?;
        let instances = instances.into_iter();
        Ok(instances
            .map(|instance| Self::with(instance, &versions))
            .collect())
    }

    fn with(instance: Instance, versions: &BTreeMap<DagVersionId, DagVersionResponse>) -> Self {
        let (id, duration) = (instance.id(), instance.duration());
        let (pool, pool_slots, queue) = instance.place();
        let (row, run) = (instance.row, instance.run);
        Self {
            id,
            task_id: row.key.task_id.to_string(),
            dag_id: row.key.dag_id.to_string(),
            dag_run_id: row.key.run_id.to_string(),
            map_index: row.key.map_index.0,
            logical_date: run.logical_date.map(V2Time),
            run_after: V2Time(run.run_after),
            start_date: row.start_date.map(V2Time),
            end_date: row.end_date.map(V2Time),
            duration,
            state: row.state.map(updraft_model::TaskInstanceState::as_str),
            try_number: row.try_number,
            max_tries: row.max_tries,
            task_display_name: row.key.task_id.to_string(),
            dag_display_name: row.key.dag_id.to_string(),
            hostname: row.hostname,
            unixname: row.unixname,
            pool,
            pool_slots,
            queue: Some(queue),
            priority_weight: Some(row.priority_weight),
            operator_name: Some(row.operator.clone()),
            operator: Some(row.operator),
            queued_when: row.queued_at.map(V2Time),
            scheduled_when: row.scheduled_at.map(V2Time),
            pid: row.pid,
            executor: None,
            executor_config: "{}".to_owned(),
            note: row.note,
            rendered_map_index: row.rendered_map_index,
            rendered_fields: Map::new(),
            trigger: None,
            triggerer_job: None,
            dag_version: versions.get(&run.version).cloned(),
        }
    }
}

impl TaskInstanceCollectionResponse {
    /// Tasks on a page that is found by its offset.
    pub(super) async fn of(api: &Api, found: Paged<Instance>) -> Result<Self, Failure> {
        Ok(Self {
            task_instances: TaskInstanceResponse::all(api, found.rows).await?,
            total_entries: Some(found.total),
            total_entries_limit: None,
            next_cursor: None,
            previous_cursor: None,
        })
    }

    /// Tasks that something was done to.
    pub(super) async fn done(api: &Api, rows: Vec<Instance>) -> Result<Self, Failure> {
        let total = rows.len() as u64;
        Self::of(api, Paged { rows, total }).await
    }
}
