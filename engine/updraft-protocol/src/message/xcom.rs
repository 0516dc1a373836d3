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

/// Asks how many copies of a mapped task have left a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetXComCount {
    /// Its name.
    pub key: String,
    /// The DAG it was left in.
    pub dag_id: DagId,
    /// The run it was left in.
    pub run_id: RunId,
    /// The mapped task.
    pub task_id: TaskId,
}

/// How many values there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct XComCountResponse {
    /// The number.
    pub len: u64,
}

/// Asks for one of the values that copies of a mapped task have left, in the order of their indexes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetXComSequenceItem {
    /// Its name.
    pub key: String,
    /// The DAG it was left in.
    pub dag_id: DagId,
    /// The run it was left in.
    pub run_id: RunId,
    /// The mapped task.
    pub task_id: TaskId,
    /// Which one, from 0; negative: from the end.
    pub offset: i64,
}

/// One value of several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct XComSequenceIndexResult {
    /// The value.
    pub root: Value,
}

/// Asks for some of the values that copies of a mapped task have left, as Python's slices name them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetXComSequenceSlice {
    /// Its name.
    pub key: String,
    /// The DAG it was left in.
    pub dag_id: DagId,
    /// The run it was left in.
    pub run_id: RunId,
    /// The mapped task.
    pub task_id: TaskId,
    /// The first one; negative: from the end.
    pub start: Option<i64>,
    /// The one after the last; negative: from the end.
    pub stop: Option<i64>,
    /// How far from one to the next; negative: backwards.
    pub step: Option<i64>,
}

/// Some values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct XComSequenceSliceResult {
    /// The values.
    pub root: Vec<Value>,
}

/// Says what this copy of a mapped task is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRenderedMapIndex {
    /// The name.
    pub rendered_map_index: String,
}

/// Ours: asks for one item of what a task has returned, so that a copy need not fetch the items of all others. Of a
/// mapped task it is what one of its copies has returned. Answered by an [`XComResult`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdraftGetXComItem {
    /// Its name.
    pub key: String,
    /// The DAG it was left in.
    pub dag_id: DagId,
    /// The run it was left in.
    pub run_id: RunId,
    /// The task that left it.
    pub task_id: TaskId,
    /// Which item, from 0; of a dict the entry, as key and value.
    pub offset: u64,
}

/// Ours: asks for the newest value under a key, whichever task of the run has left it. Answered by an [`XComResult`], or an
/// error if there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdraftGetNewestXCom {
    /// Its name.
    pub key: String,
    /// The DAG it was left in.
    pub dag_id: DagId,
    /// The run it was left in.
    pub run_id: RunId,
}
