//! Runs as tasks ask about them, the tasks in them, and runs that a task wants.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use updraft_model::{AttemptId, DagId, DagRunState, MapIndex, RunId, TaskGroupId, TaskId, TaskInstanceState};

use super::DagRun;
use crate::time;

/// Wants a run of a DAG. Sent again by the same attempt it makes no second run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriggerDagRun {
    /// The DAG.
    pub dag_id: DagId,
    /// The name of the run.
    pub run_id: RunId,
    /// The date it is about.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub logical_date: Option<Timestamp>,
    /// It must not start earlier.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub run_after: Option<Timestamp>,
    /// What its tasks are told.
    #[serde(default)]
    pub conf: Option<Map<String, Value>>,
    /// Whether a run of that name that exists is cleared; without it such a run is an error.
    #[serde(default)]
    pub reset_dag_run: bool,
    /// A remark for people.
    #[serde(default)]
    pub note: Option<String>,
}

impl TriggerDagRun {
    /// A run without a date, with nothing to tell.
    pub const fn new(dag_id: DagId, run_id: RunId) -> Self {
        Self {
            dag_id,
            run_id,
            logical_date: None,
            run_after: None,
            conf: None,
            reset_dag_run: false,
            note: None,
        }
    }
}

/// Asks for a DAG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetDag {
    /// Its name.
    pub dag_id: DagId,
}

/// What is known of a DAG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DagResult {
    /// Its name.
    pub dag_id: DagId,
    /// Whether somebody paused it.
    pub is_paused: bool,
    /// The bundle that it belongs to.
    pub bundle_name: Option<String>,
    /// The version of that bundle; never one here.
    pub bundle_version: Option<String>,
    /// Its source, below the DAGs folder.
    pub relative_fileloc: Option<String>,
    /// Its owners, comma-separated.
    pub owners: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The logical date of its next scheduled run.
    #[serde(serialize_with = "time::optional::serialize")]
    pub next_dagrun: Option<Timestamp>,
}

/// Asks for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetDagRun {
    /// Its DAG.
    pub dag_id: DagId,
    /// Its name.
    pub run_id: RunId,
}

/// Asks for the state of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetDagRunState {
    /// Its DAG.
    pub dag_id: DagId,
    /// Its name.
    pub run_id: RunId,
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DagRunStateResult {
    /// The state.
    pub state: DagRunState,
}

/// Asks for the newest run with an earlier logical date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetPreviousDagRun {
    /// The DAG.
    pub dag_id: DagId,
    /// Earlier than this.
    #[serde(serialize_with = "time::serialize")]
    pub logical_date: Timestamp,
    /// Only runs in this state.
    #[serde(default)]
    pub state: Option<DagRunState>,
}

/// A run, if there is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviousDagRunResult {
    /// The run.
    #[serde(default)]
    pub dag_run: Option<Box<DagRun>>,
}

/// Asks for the newest run before that of this attempt that has succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetPrevSuccessfulDagRun {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
}

/// Dates of a run that has succeeded; none if there is no such run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrevSuccessfulDagRunResult {
    /// First instant of the data that it was about.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub data_interval_start: Option<Timestamp>,
    /// First instant after that data.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub data_interval_end: Option<Timestamp>,
    /// When it started.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub start_date: Option<Timestamp>,
    /// When it ended.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub end_date: Option<Timestamp>,
}

/// Asks for a task in the newest run that has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetPreviousTi {
    /// The DAG.
    pub dag_id: DagId,
    /// The task.
    pub task_id: TaskId,
    /// Only runs with an earlier logical date than this.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub logical_date: Option<Timestamp>,
    /// The copy of the task, if it is mapped.
    #[serde(default = "unmapped")]
    pub map_index: MapIndex,
    /// Only where it is in this state.
    #[serde(default)]
    pub state: Option<TaskInstanceState>,
}

const fn unmapped() -> MapIndex {
    MapIndex::UNMAPPED
}

/// A task of an earlier run, if there is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviousTiResult {
    /// The task.
    #[serde(default)]
    pub task_instance: Option<PreviousTi>,
}

/// A task of an earlier run. Airflow's `PreviousTIResponse`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreviousTi {
    /// The task.
    pub task_id: TaskId,
    /// Its DAG.
    pub dag_id: DagId,
    /// Its run.
    pub run_id: RunId,
    /// The date that the run is about.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub logical_date: Option<Timestamp>,
    /// When its newest try started.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub start_date: Option<Timestamp>,
    /// When it ended.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub end_date: Option<Timestamp>,
    /// Its state.
    #[serde(default)]
    pub state: Option<TaskInstanceState>,
    /// Which try that was, from 1.
    pub try_number: u32,
    /// Which copy it is.
    #[serde(default = "unmapped")]
    pub map_index: MapIndex,
    /// How many seconds that try took.
    #[serde(default)]
    pub duration: Option<f64>,
}

/// Asks how many runs there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetDrCount {
    /// Of this DAG.
    pub dag_id: DagId,
    /// Only those with one of these logical dates.
    #[serde(default)]
    pub logical_dates: Option<Vec<Moment>>,
    /// Only those with one of these names.
    #[serde(default)]
    pub run_ids: Option<Vec<RunId>>,
    /// Only those in one of these states.
    #[serde(default)]
    pub states: Option<Vec<String>>,
}

/// How many runs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DrCount {
    /// The number.
    pub count: u64,
}

/// Asks how many tasks of runs there are; each copy of a mapped task counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetTiCount {
    /// Of this DAG.
    pub dag_id: DagId,
    /// Only copies with this index.
    #[serde(default)]
    pub map_index: Option<MapIndex>,
    /// Only these tasks.
    #[serde(default)]
    pub task_ids: Option<Vec<TaskId>>,
    /// Only those in this group.
    #[serde(default)]
    pub task_group_id: Option<TaskGroupId>,
    /// Only in runs with one of these logical dates.
    #[serde(default)]
    pub logical_dates: Option<Vec<Moment>>,
    /// Only in runs with one of these names.
    #[serde(default)]
    pub run_ids: Option<Vec<RunId>>,
    /// Only those in one of these states; `null` is no state.
    #[serde(default)]
    pub states: Option<Vec<String>>,
}

/// How many tasks there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TiCount {
    /// The number.
    pub count: u64,
}

/// Asks for the states of tasks in runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetTaskStates {
    /// Of this DAG.
    pub dag_id: DagId,
    /// Only copies with this index.
    #[serde(default)]
    pub map_index: Option<MapIndex>,
    /// Only these tasks.
    #[serde(default)]
    pub task_ids: Option<Vec<TaskId>>,
    /// Only those in this group.
    #[serde(default)]
    pub task_group_id: Option<TaskGroupId>,
    /// Only in runs with one of these logical dates.
    #[serde(default)]
    pub logical_dates: Option<Vec<Moment>>,
    /// Only in runs with one of these names.
    #[serde(default)]
    pub run_ids: Option<Vec<RunId>>,
}

/// States of tasks by run and task; a copy is called `TASK_INDEX`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskStatesResult {
    /// The states.
    pub task_states: BTreeMap<RunId, BTreeMap<String, Option<TaskInstanceState>>>,
}

/// Asks when a try began that was put off by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetTaskRescheduleStartDate {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
    /// The try.
    #[serde(default = "first")]
    pub try_number: u32,
}

const fn first() -> u32 {
    1
}

/// When a try began; nothing if it was not put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRescheduleStartDate {
    /// The time.
    #[serde(serialize_with = "time::optional::serialize")]
    pub start_date: Option<Timestamp>,
}

/// A time in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(#[serde(serialize_with = "time::serialize")] pub Timestamp);

/// Ids are text on the wire, also where the format has room for bytes.
fn text<S: Serializer>(id: &AttemptId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
