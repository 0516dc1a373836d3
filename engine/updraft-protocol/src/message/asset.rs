//! Assets: what a task says it has updated, and the events that have caused its run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::{DagId, MapIndex, RunId, TaskId};

use crate::time;

/// The most that may be said about one event, in bytes of JSON: everybody who waits for it is told.
pub const EVENT_EXTRA_BYTES_MAX: usize = 16 << 10;

/// An asset that a task has updated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetProfile {
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its address.
    #[serde(default)]
    pub uri: Option<String>,
    /// Always `Asset`.
    #[serde(rename = "type", default = "asset")]
    pub kind: String,
}

fn asset() -> String {
    "Asset".to_owned()
}

impl AssetProfile {
    /// An asset with this name and address.
    pub fn new(name: &str, uri: &str) -> Self {
        Self {
            name: Some(name.to_owned()),
            uri: Some(uri.to_owned()),
            kind: asset(),
        }
    }
}

/// The two texts that tell an asset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AssetUniqueKey {
    /// Its name.
    pub name: String,
    /// Its address.
    pub uri: String,
}

/// What a task has to say about an asset that it has updated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutletEventResult {
    /// The asset.
    pub dest_asset_key: AssetUniqueKey,
    /// What it says.
    #[serde(default)]
    pub extra: Map<String, Value>,
}

impl OutletEventResult {
    /// Whether it is no longer than [`EVENT_EXTRA_BYTES_MAX`].
    pub fn has_room(&self) -> bool {
        serde_json::to_string(&self.extra).is_ok_and(|text| text.len() <= EVENT_EXTRA_BYTES_MAX)
    }
}

/// An event of an asset, as tasks see it. Airflow's `AssetEventDagRunReference`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetEventReference {
    /// The asset.
    pub asset: AssetReference,
    /// What was said about this event.
    #[serde(default)]
    pub extra: Map<String, Value>,
    /// The DAG of the task whose success it is; nothing if it came from outside.
    #[serde(default)]
    pub source_dag_id: Option<DagId>,
    /// That task.
    #[serde(default)]
    pub source_task_id: Option<TaskId>,
    /// Its run.
    #[serde(default)]
    pub source_run_id: Option<RunId>,
    /// Which copy of it.
    #[serde(default)]
    pub source_map_index: Option<MapIndex>,
    /// Airflow's aliases, of which there are none here.
    #[serde(default)]
    pub source_aliases: Vec<Value>,
    /// When it happened.
    #[serde(serialize_with = "time::serialize")]
    pub timestamp: Timestamp,
}

/// The asset of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetReference {
    /// Its name.
    pub name: String,
    /// Its address.
    pub uri: String,
    /// What else is known of it.
    #[serde(default)]
    pub extra: Map<String, Value>,
}
