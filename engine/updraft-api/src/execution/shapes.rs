//! What several operations answer with.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::time::V2Time;

/// A run, as its tasks see it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "DagRun")]
pub(crate) struct DagRunShape {
    pub(crate) dag_id: String,
    pub(crate) run_id: String,
    pub(crate) logical_date: Option<V2Time>,
    pub(crate) data_interval_start: Option<V2Time>,
    pub(crate) data_interval_end: Option<V2Time>,
    pub(crate) run_after: V2Time,
    pub(crate) start_date: Option<V2Time>,
    pub(crate) end_date: Option<V2Time>,
    pub(crate) clear_number: u32,
    pub(crate) run_type: &'static str,
    pub(crate) state: &'static str,
    pub(crate) conf: Option<Map<String, Value>>,
    pub(crate) triggering_user_name: Option<String>,
    pub(crate) consumed_asset_events: Vec<ConsumedAssetEvent>,
    /// Always nothing: there are no partitions here.
    pub(crate) partition_key: Option<String>,
    /// Always nothing: there are no partitions here.
    pub(crate) partition_date: Option<V2Time>,
    /// Always nothing: tasks are not told notes.
    pub(crate) note: Option<String>,
    /// Always nothing: there are no teams here.
    pub(crate) team_name: Option<String>,
}

/// An event that has caused a run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AssetEventDagRunReference")]
pub(crate) struct ConsumedAssetEvent {
    pub(crate) asset: ConsumedAsset,
    pub(crate) extra: Map<String, Value>,
    pub(crate) source_task_id: Option<String>,
    pub(crate) source_dag_id: Option<String>,
    pub(crate) source_run_id: Option<String>,
    pub(crate) source_map_index: Option<i32>,
    pub(crate) source_aliases: Vec<SourceAlias>,
    pub(crate) timestamp: V2Time,
    /// Always nothing: there are no partitions here.
    pub(crate) partition_key: Option<String>,
}

/// The asset of an event that has caused a run.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AssetReferenceAssetEventDagRun")]
pub(crate) struct ConsumedAsset {
    pub(crate) name: String,
    pub(crate) uri: String,
    pub(crate) extra: Map<String, Value>,
}

/// An alias by which an event was told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AssetAliasReferenceAssetEventDagRun")]
pub(crate) struct SourceAlias {
    pub(crate) name: String,
}

/// An asset.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AssetResponse")]
pub(crate) struct AssetShape {
    pub(crate) name: String,
    pub(crate) uri: String,
    pub(crate) group: String,
    pub(crate) extra: Option<Map<String, Value>>,
}

/// A name or an address of an asset that a task has.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AssetProfile")]
pub(crate) struct AssetProfileShape {
    pub(crate) name: Option<String>,
    pub(crate) uri: Option<String>,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// Something was done.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    pub(crate) message: String,
}

impl JsonSchema for Message {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Message".into()
    }

    /// Airflow's document promises nothing of it.
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({})
    }
}

impl Message {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}
