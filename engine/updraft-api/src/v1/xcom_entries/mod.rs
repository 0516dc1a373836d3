//! `/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries`.

mod get;
mod list;

use schemars::JsonSchema;
use serde::Serialize;

use crate::endpoint::Endpoint;
use crate::time::V1Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![list::endpoint(), get::endpoint()]
}

/// A value that a task left, without the value.
#[derive(Serialize, JsonSchema)]
struct XComCollectionItem {
    key: String,
    timestamp: V1Time,
    execution_date: Option<V1Time>,
    map_index: i32,
    task_id: String,
    dag_id: String,
}
