//! `/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances`.

mod clear;
mod dependencies;
mod get;
mod get_mapped;
mod links;
mod list;
mod list_batch;
mod logs;
mod patch;
mod reference;
mod set_note;
mod tries;
mod update_states;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::domain::task_instances::Instance;
use crate::endpoint::Endpoint;
use crate::time::V1Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let single = vec![
        list::endpoint(),
        list::endpoint_of_copies(),
        list_batch::endpoint(),
        get::endpoint(),
        get_mapped::endpoint(),
        patch::endpoint(),
        patch::endpoint_of_copy(),
        clear::endpoint(),
        links::endpoint(),
        logs::endpoint(),
        update_states::endpoint(),
    ];
    [
        single,
        dependencies::endpoints(),
        set_note::endpoints(),
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

/// A task of a run.
#[derive(Serialize, JsonSchema)]
pub(super) struct TaskInstance {
    task_id: String,
    task_display_name: String,
    dag_id: String,
    dag_run_id: String,
    execution_date: Option<V1Time>,
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
    sla_miss: Option<Value>,
    rendered_map_index: Option<String>,
    rendered_fields: Map<String, Value>,
    trigger: Option<Value>,
    triggerer_job: Option<Value>,
    note: Option<String>,
}

/// A page of tasks of runs.
#[derive(Serialize, JsonSchema)]
pub(super) struct TaskInstanceCollection {
    pub(super) task_instances: Vec<TaskInstance>,
    pub(super) total_entries: u64,
}

impl From<Instance> for TaskInstance {
    fn from(instance: Instance) -> Self {
        let duration = instance.duration();
        let (pool, pool_slots, queue) = instance.place();
        let (row, run) = (instance.row, instance.run);
        Self {
            task_id: row.key.task_id.to_string(),
            task_display_name: row.key.task_id.to_string(),
            dag_id: row.key.dag_id.to_string(),
            dag_run_id: row.key.run_id.to_string(),
            execution_date: run.logical_date.map(V1Time),
            start_date: row.start_date.map(V1Time),
            end_date: row.end_date.map(V1Time),
            duration,
            state: row.state.map(updraft_model::TaskInstanceState::as_str),
            try_number: row.try_number,
            map_index: row.key.map_index.0,
            max_tries: row.max_tries,
            hostname: row.hostname.unwrap_or_default(),
            unixname: row.unixname.unwrap_or_default(),
            pool,
            pool_slots,
            queue: Some(queue),
            priority_weight: Some(row.priority_weight),
            operator: Some(row.operator),
            queued_when: row.queued_at.map(V1Time),
            pid: row.pid,
            executor: None,
            executor_config: "{}".to_owned(),
            sla_miss: None,
            rendered_map_index: row.rendered_map_index,
            rendered_fields: Map::new(),
            trigger: None,
            triggerer_job: None,
            note: row.note,
        }
    }
}
