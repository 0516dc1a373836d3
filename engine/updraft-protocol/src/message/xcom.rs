//! XComs: values that tasks leave for other tasks of their run.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{DagId, MapIndex, RunId, TaskId};

/// The key under which the value that a task returns is left.
pub const RETURN_VALUE: &str = "return_value";

/// Asks for a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetXCom {
    /// Its name.
    pub key: String,
    /// The DAG it was left in.
    pub dag_id: DagId,
    /// The run it was left in.
    pub run_id: RunId,
    /// The task that left it.
    pub task_id: TaskId,
    /// The copy of that task, if it is mapped.
    #[serde(default)]
    pub map_index: Option<MapIndex>,
    /// Whether an earlier run's value will do if this run has none.
    #[serde(default)]
    pub include_prior_dates: bool,
}

/// A value; null if there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct XComResult {
    /// Its name.
    pub key: String,
    /// The value.
    pub value: Value,
}

/// Leaves a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetXCom {
    /// Its name.
    pub key: String,
    /// The value.
    pub value: Value,
    /// The sender's DAG.
    pub dag_id: DagId,
    /// The sender's run.
    pub run_id: RunId,
    /// The sender's task.
    pub task_id: TaskId,
    /// The sender's copy.
    #[serde(default)]
    pub map_index: Option<MapIndex>,
    /// How many items it has, if tasks are mapped over it.
    #[serde(default)]
    pub mapped_length: Option<u32>,
}

/// Takes a value away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteXCom {
    /// Its name.
    pub key: String,
    /// The sender's DAG.
    pub dag_id: DagId,
    /// The sender's run.
    pub run_id: RunId,
    /// The sender's task.
    pub task_id: TaskId,
    /// The sender's copy.
    #[serde(default)]
    pub map_index: Option<MapIndex>,
}
