//! `/assets`, and what waits for DAGs because of them.

mod aliases;
mod create_event;
mod events;
mod get;
mod list;
mod materialize;
mod queued;
mod queued_of_dag;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::{AssetAlias, DagId, TaskId};
use updraft_store::{CausedRun, ListedAsset, ListedAssetEvent, QueuedAssetRow};

use crate::endpoint::Endpoint;
use crate::time::{Given, V2Time};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = vec![
        list::endpoint(),
        events::endpoint(),
        create_event::endpoint(),
        get::endpoint(),
        materialize::endpoint(),
    ];
    endpoints.extend(aliases::endpoints());
    endpoints.extend(queued::endpoints());
    endpoints.extend(queued_of_dag::endpoints());
    endpoints
}

/// Which asset.
#[derive(Deserialize, JsonSchema)]
struct ByNumber {
    asset_id: i64,
}

/// A thing that tasks update and DAGs wait for.
#[derive(Serialize, JsonSchema)]
struct AssetResponse {
    id: i64,
    name: String,
    uri: String,
    group: String,
    extra: Option<Map<String, Value>>,
    created_at: V2Time,
    updated_at: V2Time,
    scheduled_dags: Vec<DagScheduleAssetReference>,
    producing_tasks: Vec<TaskAssetReference>,
    consuming_tasks: Vec<TaskAssetReference>,
    aliases: Vec<AssetAliasResponse>,
    watchers: Vec<AssetWatcherResponse>,
    last_asset_event: Option<LastAssetEventResponse>,
}

#[derive(Serialize, JsonSchema)]
struct DagScheduleAssetReference {
    dag_id: String,
    created_at: V2Time,
    updated_at: V2Time,
}

#[derive(Serialize, JsonSchema)]
struct TaskAssetReference {
    dag_id: String,
    task_id: String,
    created_at: V2Time,
    updated_at: V2Time,
}

/// A name behind which stand assets.
#[derive(Serialize, JsonSchema)]
struct AssetAliasResponse {
    id: i64,
    name: String,
    group: String,
}

impl From<(i64, AssetAlias)> for AssetAliasResponse {
    fn from((id, AssetAlias { name, group }): (i64, AssetAlias)) -> Self {
        Self { id, name, group }
    }
}

/// Something outside that updates an asset. The engine has none of these.
#[derive(Serialize, JsonSchema)]
struct AssetWatcherResponse {
    name: String,
    trigger_id: i64,
    created_date: V2Time,
}

#[derive(Serialize, JsonSchema)]
struct LastAssetEventResponse {
    id: Option<i64>,
    timestamp: Option<V2Time>,
}

impl From<ListedAsset> for AssetResponse {
    fn from(listed: ListedAsset) -> Self {
        let row = listed.row;
        let (created_at, updated_at) = (V2Time(row.created_at), V2Time(row.updated_at));
        let scheduled = |dag_id: DagId| DagScheduleAssetReference {
            dag_id: dag_id.to_string(),
            created_at,
            updated_at,
        };
        let task = |(dag_id, task_id): (DagId, TaskId)| TaskAssetReference {
            dag_id: dag_id.to_string(),
            task_id: task_id.to_string(),
            created_at,
            updated_at,
        };
        Self {
            id: row.asset_id,
            name: row.asset.name,
            uri: row.asset.uri,
            group: row.asset.group,
            extra: Some(row.asset.extra),
            created_at,
            updated_at,
            scheduled_dags: row.consumers.into_iter().map(scheduled).collect(),
            producing_tasks: row.producers.into_iter().map(task).collect(),
            consuming_tasks: row.readers.into_iter().map(task).collect(),
            aliases: listed.aliases.into_iter().map(AssetAliasResponse::from).collect(),
            watchers: Vec::new(),
            last_asset_event: listed.last_event.map(|(id, at)| LastAssetEventResponse {
                id: Some(id),
                timestamp: Some(V2Time(at)),
            }),
        }
    }
}

/// An update of an asset.
#[derive(Serialize, JsonSchema)]
pub(super) struct AssetEventResponse {
    id: i64,
    asset_id: i64,
    uri: Option<String>,
    name: Option<String>,
    group: Option<String>,
    extra: Option<Map<String, Value>>,
    source_task_id: Option<String>,
    source_dag_id: Option<String>,
    source_run_id: Option<String>,
    source_map_index: i32,
    created_dagruns: Vec<DagRunAssetReference>,
    timestamp: V2Time,
    partition_key: Option<String>,
}

/// A run that an update has caused.
#[derive(Serialize, JsonSchema)]
struct DagRunAssetReference {
    run_id: String,
    dag_id: String,
    logical_date: Option<V2Time>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    state: &'static str,
    data_interval_start: Option<V2Time>,
    data_interval_end: Option<V2Time>,
    partition_key: Option<String>,
    triggering: bool,
}

impl From<CausedRun> for DagRunAssetReference {
    fn from(run: CausedRun) -> Self {
        Self {
            run_id: run.key.run_id.to_string(),
            dag_id: run.key.dag_id.to_string(),
            logical_date: run.logical_date.map(V2Time),
            start_date: run.start_date.map(V2Time),
            end_date: run.end_date.map(V2Time),
            state: run.state.as_str(),
            data_interval_start: run.data_interval.map(|interval| V2Time(interval.start)),
            data_interval_end: run.data_interval.map(|interval| V2Time(interval.end)),
            partition_key: None,
            triggering: true,
        }
    }
}

impl From<ListedAssetEvent> for AssetEventResponse {
    fn from(listed: ListedAssetEvent) -> Self {
        let source = listed.row.source.as_ref();
        Self {
            id: listed.row.event.0,
            asset_id: listed.asset_id,
            source_task_id: source.map(|task| task.task_id.to_string()),
            source_dag_id: source.map(|task| task.dag_id.to_string()),
            source_run_id: source.map(|task| task.run_id.to_string()),
            source_map_index: source.map_or(-1, |task| task.map_index.0),
            uri: Some(listed.row.uri),
            name: Some(listed.row.name),
            group: Some(listed.row.group),
            extra: Some(listed.row.extra),
            created_dagruns: listed.runs.into_iter().map(DagRunAssetReference::from).collect(),
            timestamp: V2Time(listed.row.at),
            partition_key: None,
        }
    }
}

#[derive(Deserialize, JsonSchema)]
struct Before {
    before: Option<Given>,
}

/// A DAG that has not run for an update yet.
#[derive(Serialize, JsonSchema)]
struct QueuedEventResponse {
    dag_id: String,
    asset_id: i64,
    created_at: V2Time,
    dag_display_name: String,
}

impl From<QueuedAssetRow> for QueuedEventResponse {
    fn from(row: QueuedAssetRow) -> Self {
        Self {
            dag_display_name: row.dag_id.to_string(),
            dag_id: row.dag_id.to_string(),
            asset_id: row.asset_id,
            created_at: V2Time(row.since),
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct QueuedEventCollectionResponse {
    queued_events: Vec<QueuedEventResponse>,
    total_entries: u64,
}

impl From<Vec<QueuedAssetRow>> for QueuedEventCollectionResponse {
    fn from(rows: Vec<QueuedAssetRow>) -> Self {
        Self {
            total_entries: rows.len() as u64,
            queued_events: rows.into_iter().map(QueuedEventResponse::from).collect(),
        }
    }
}
