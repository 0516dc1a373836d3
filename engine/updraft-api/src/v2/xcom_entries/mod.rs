//! `/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries`.

mod change;
mod delete;
mod get;
mod list;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::TaskKey;
use updraft_store::{RunRow, XComRow};

use crate::endpoint::Endpoint;
use crate::joined::Joined;
use crate::time::V2Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    [
        vec![list::endpoint(), get::endpoint(), delete::endpoint()],
        change::endpoints(),
    ]
    .concat()
}

/// Of which task.
#[derive(Deserialize, JsonSchema)]
struct OfTask {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
}

/// Which value.
#[derive(Deserialize, JsonSchema)]
struct ByKey {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    xcom_key: String,
}

/// A value that a task left, without the value.
#[derive(Serialize, JsonSchema)]
struct XComResponse {
    key: String,
    timestamp: V2Time,
    logical_date: Option<V2Time>,
    map_index: i32,
    task_id: String,
    dag_id: String,
    run_id: String,
    dag_display_name: String,
    task_display_name: String,
    run_after: V2Time,
}

/// What it is.
#[derive(Serialize, JsonSchema)]
struct XComValue {
    value: Value,
}

/// A value that a task left.
type XComResponseNative = Joined<XComResponse, XComValue>;

fn native(task: &TaskKey, run: &RunRow, row: XComRow) -> XComResponseNative {
    let told = XComResponse {
        key: row.key,
        timestamp: V2Time(row.set_at),
        logical_date: run.logical_date.map(V2Time),
        map_index: task.map_index.0,
        task_id: task.task_id.to_string(),
        dag_id: task.dag_id.to_string(),
        run_id: task.run_id.to_string(),
        dag_display_name: task.dag_id.to_string(),
        task_display_name: task.task_id.to_string(),
        run_after: V2Time(run.run_after),
    };
    Joined(told, XComValue { value: row.value })
}
