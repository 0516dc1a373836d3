//! The order to run one attempt, with everything the task may know about its run.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use updraft_model::{
    AttemptId, DagId, DagRunState, DagVersionId, DataInterval, MapIndex, RunId, RunType, TaskId, TaskKey,
};

use super::{AssetEventReference, CallbackOrder};
use crate::time;

/// The order to run one attempt; sent once the engine has accepted its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartupDetails {
    /// Which attempt.
    pub ti: TaskInstance,
    /// The DAG source, relative to the DAGs folder, e.g. `referral.bundle.toml`.
    pub dag_rel_path: String,
    /// The bundle the source belongs to.
    pub bundle_info: BundleInfo,
    /// When the attempt started.
    #[serde(serialize_with = "time::serialize")]
    pub start_date: Timestamp,
    /// The run it belongs to, and what the engine knows about its tries.
    pub ti_context: TiRunContext,
    /// Where Airflow reports errors to; empty here.
    #[serde(default)]
    pub sentry_integration: String,
    /// Ours: callbacks to be called in the place of the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<CallbackOrder>,
}

/// One attempt at one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskInstance {
    /// The attempt; a new id per try.
    #[serde(serialize_with = "text")]
    pub id: AttemptId,
    /// The task.
    pub task_id: TaskId,
    /// Its DAG.
    pub dag_id: DagId,
    /// Its run.
    pub run_id: RunId,
    /// Which try this is, from 1.
    pub try_number: u32,
    /// The version of the DAG that the run uses.
    #[serde(serialize_with = "text")]
    pub dag_version_id: DagVersionId,
    /// Which copy of a mapped task; -1 if it is not mapped.
    #[serde(default = "unmapped")]
    pub map_index: MapIndex,
    /// The machine that runs it.
    #[serde(default)]
    pub hostname: Option<String>,
    /// The queue it came through.
    #[serde(default = "default_queue")]
    pub queue: String,
}

/// Ids are text on the wire, also where the format has room for bytes.
fn text<S: Serializer>(id: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

const fn unmapped() -> MapIndex {
    MapIndex::UNMAPPED
}

/// Airflow's default.
const fn default_conf_overrides_params() -> bool {
    true
}

fn default_queue() -> String {
    "default".to_owned()
}

impl TaskInstance {
    /// The task instance that this is an attempt at.
    pub fn key(&self) -> TaskKey {
        TaskKey {
            dag_id: self.dag_id.clone(),
            run_id: self.run_id.clone(),
            task_id: self.task_id.clone(),
            map_index: self.map_index,
        }
    }
}

/// The bundle that a DAG source belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleInfo {
    /// Its name: for a native bundle the `NAME` of `NAME.bundle.toml`.
    pub name: String,
    /// Its version, where bundles have versions.
    #[serde(default)]
    pub version: Option<String>,
}

/// What the engine answers to the start of an attempt; Airflow's `TIRunContext`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TiRunContext {
    /// The run.
    pub dag_run: DagRun,
    /// How often the task was put off by itself in this try.
    #[serde(default)]
    pub task_reschedule_count: u32,
    /// How many further tries the task has after the first.
    pub max_tries: u32,
    /// Values that an earlier try left; the worker deletes them before the task starts.
    #[serde(default)]
    pub xcom_keys_to_clear: Vec<String>,
    /// Whether there is a further try if this one fails.
    #[serde(default)]
    pub should_retry: bool,
    /// Whether the run's `conf` goes over the DAG's parameters: `[core] dag_run_conf_overrides_params`. Ours; Airflow's task
    /// reads the setting itself.
    #[serde(default = "default_conf_overrides_params")]
    pub dag_run_conf_overrides_params: bool,
    /// How many items each task has returned that this one is mapped over. Ours; Airflow's task asks for them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub map_lengths: BTreeMap<TaskId, u32>,
    /// The method that goes on after a deferral; `__fail__` if the trigger failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_method: Option<String>,
    /// What it is given: the trigger's `event`, and what the task has left for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_kwargs: Option<Map<String, Value>>,
    /// When the task first started, if it resumes.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub start_date: Option<Timestamp>,
}

/// The run of a DAG, as its tasks see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DagRun {
    /// The DAG.
    pub dag_id: DagId,
    /// The run.
    pub run_id: RunId,
    /// The date the run is about; Airflow 3 has runs without one.
    #[serde(serialize_with = "time::optional::serialize")]
    pub logical_date: Option<Timestamp>,
    /// First instant of the data that the run is about.
    #[serde(serialize_with = "time::optional::serialize")]
    pub data_interval_start: Option<Timestamp>,
    /// First instant after that data.
    #[serde(serialize_with = "time::optional::serialize")]
    pub data_interval_end: Option<Timestamp>,
    /// The earliest moment the run was allowed to start.
    #[serde(serialize_with = "time::serialize")]
    pub run_after: Timestamp,
    /// When it started.
    #[serde(serialize_with = "time::optional::serialize")]
    pub start_date: Option<Timestamp>,
    /// When it ended.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub end_date: Option<Timestamp>,
    /// How often it was cleared.
    #[serde(default)]
    pub clear_number: u32,
    /// Why it exists.
    pub run_type: RunType,
    /// Its state.
    pub state: DagRunState,
    /// What it was triggered with.
    #[serde(default)]
    pub conf: Option<Map<String, Value>>,
    /// Who triggered it.
    #[serde(default)]
    pub triggering_user_name: Option<String>,
    /// The asset events that caused it.
    #[serde(default)]
    pub consumed_asset_events: Vec<AssetEventReference>,
    /// The partition it is about.
    #[serde(default)]
    pub partition_key: Option<String>,
}

impl DagRun {
    /// The span of data, where the run has one.
    pub fn data_interval(&self) -> Option<DataInterval> {
        let (start, end) = self.data_interval_start.zip(self.data_interval_end)?;
        Some(DataInterval { start, end })
    }
}
