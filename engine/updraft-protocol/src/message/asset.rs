//! Assets: what a task says it has updated, and the events that have caused its run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use updraft_model::{AttemptId, DagId, DagRunState, MapIndex, RunId, TaskId};

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

/// What a task has to say about an asset that it has updated. With an alias it is Airflow's `AssetAliasEvent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutletEventResult {
    /// The asset.
    pub dest_asset_key: AssetUniqueKey,
    /// What it says.
    #[serde(default)]
    pub extra: Map<String, Value>,
    /// The alias by which it names the asset; nothing if the asset itself is one of its outlets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_alias_name: Option<String>,
    /// What else is known of the asset, if it is named by an alias.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub dest_asset_extra: Map<String, Value>,
}

impl OutletEventResult {
    /// Whether it is no longer than [`EVENT_EXTRA_BYTES_MAX`].
    pub fn has_room(&self) -> bool {
        let is_short = |extra: &Map<String, Value>| {
            serde_json::to_string(extra).is_ok_and(|text| text.len() <= EVENT_EXTRA_BYTES_MAX)
        };
        is_short(&self.extra) && is_short(&self.dest_asset_extra)
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
    /// The aliases by which that task has told it.
    #[serde(default)]
    pub source_aliases: Vec<AliasReference>,
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

/// An alias by which an event was told. Airflow's `AssetAliasReferenceAssetEventDagRun`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AliasReference {
    /// Its name.
    pub name: String,
}

/// Asks for an asset by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetAssetByName {
    /// The name.
    pub name: String,
}

/// Asks for an asset by its address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetAssetByUri {
    /// The address.
    pub uri: String,
}

/// An asset. Airflow's `AssetResponse`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetResult {
    /// Its name.
    pub name: String,
    /// Its address.
    pub uri: String,
    /// Its group.
    pub group: String,
    /// What else is known of it.
    #[serde(default)]
    pub extra: Option<Map<String, Value>>,
}

/// Asks for events of an asset, in the order in which they happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetAssetEventByAsset {
    /// Its name.
    pub name: Option<String>,
    /// Its address.
    pub uri: Option<String>,
    /// Only events from this time on.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub after: Option<Timestamp>,
    /// Only events until this time.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub before: Option<Timestamp>,
    /// At most so many.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Whether the oldest comes first.
    #[serde(default = "ascending")]
    pub ascending: bool,
}

/// Asks for the assets that stand behind an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetAssetsByAlias {
    /// Its name.
    pub alias_name: String,
}

/// The assets that stand behind an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetsByAliasResult {
    /// The assets.
    pub assets: Vec<AssetResult>,
}

/// Asks for the events that tasks have told by an alias, in the order in which they happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetAssetEventByAssetAlias {
    /// Its name.
    pub alias_name: String,
    /// Only events from this time on.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub after: Option<Timestamp>,
    /// Only events until this time.
    #[serde(default, serialize_with = "time::optional::serialize")]
    pub before: Option<Timestamp>,
    /// At most so many.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Whether the oldest comes first.
    #[serde(default = "ascending")]
    pub ascending: bool,
}

/// Airflow's default.
const fn ascending() -> bool {
    true
}

/// Events of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetEventsResult {
    /// The events.
    pub asset_events: Vec<AssetEvent>,
}

/// An event of an asset, with the runs that it has caused. Airflow's `AssetEventResponse`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetEvent {
    /// Its number.
    pub id: i64,
    /// When it happened.
    #[serde(serialize_with = "time::serialize")]
    pub timestamp: Timestamp,
    /// What was said about it.
    #[serde(default)]
    pub extra: Option<Map<String, Value>>,
    /// The asset.
    pub asset: AssetResult,
    /// The runs that it has caused.
    pub created_dagruns: Vec<CausedRun>,
    /// The task whose success it is; nothing if it came from outside.
    #[serde(default)]
    pub source_task_id: Option<TaskId>,
    /// The DAG of that task.
    #[serde(default)]
    pub source_dag_id: Option<DagId>,
    /// Its run.
    #[serde(default)]
    pub source_run_id: Option<RunId>,
    /// Which copy of it.
    #[serde(default)]
    pub source_map_index: Option<MapIndex>,
}

/// A run that an event has caused. Airflow's `DagRunAssetReference`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CausedRun {
    /// The run.
    pub run_id: RunId,
    /// Its DAG.
    pub dag_id: DagId,
    /// The date it is about.
    #[serde(serialize_with = "time::optional::serialize")]
    pub logical_date: Option<Timestamp>,
    /// When it started.
    #[serde(serialize_with = "time::optional::serialize")]
    pub start_date: Option<Timestamp>,
    /// When it ended.
    #[serde(serialize_with = "time::optional::serialize")]
    pub end_date: Option<Timestamp>,
    /// Its state.
    pub state: DagRunState,
    /// First instant of the data that it is about.
    #[serde(serialize_with = "time::optional::serialize")]
    pub data_interval_start: Option<Timestamp>,
    /// First instant after that data.
    #[serde(serialize_with = "time::optional::serialize")]
    pub data_interval_end: Option<Timestamp>,
    /// The partition it is about.
    pub partition_key: Option<String>,
}

/// Asks which assets of a task do not count, since nothing defines them any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidateInletsAndOutlets {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
}

/// Those assets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InactiveAssetsResult {
    /// The assets.
    #[serde(default)]
    pub inactive_assets: Option<Vec<AssetProfile>>,
}

/// Ids are text on the wire, also where the format has room for bytes.
fn text<S: Serializer>(id: &AttemptId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
