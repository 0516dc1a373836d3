//! `/datasets`, and what waits for DAGs because of them.

mod create_event;
mod events;
mod get;
mod list;
mod queued;
mod queued_of_dag;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::DagId;
use updraft_store::{CausedRun, ListedAsset, ListedAssetEvent, QueuedAssetRow};

use crate::endpoint::Endpoint;
use crate::time::{Given, V1Time};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let [get_queued, delete_queued] = queued::endpoints();
    let mut endpoints = vec![
        list::endpoint(),
        events::endpoint(),
        create_event::endpoint(),
        get_queued,
        delete_queued,
        get::endpoint(),
    ];
    endpoints.extend(queued_of_dag::endpoints());
    endpoints
}

/// A thing that tasks update and DAGs wait for.
#[derive(Serialize, JsonSchema)]
struct Dataset {
    id: i64,
    uri: String,
    extra: Option<Map<String, Value>>,
    created_at: V1Time,
    updated_at: V1Time,
    consuming_dags: Vec<DagScheduleDatasetReference>,
    producing_tasks: Vec<TaskOutletDatasetReference>,
}

#[derive(Serialize, JsonSchema)]
struct DagScheduleDatasetReference {
    dag_id: Option<String>,
    created_at: V1Time,
    updated_at: V1Time,
}

#[derive(Serialize, JsonSchema)]
struct TaskOutletDatasetReference {
    dag_id: Option<String>,
    task_id: Option<String>,
    created_at: V1Time,
    updated_at: V1Time,
}

impl From<ListedAsset> for Dataset {
    fn from(listed: ListedAsset) -> Self {
        let row = listed.row;
        let (created_at, updated_at) = (V1Time(row.created_at), V1Time(row.updated_at));
        let consumer = |dag_id: DagId| DagScheduleDatasetReference {
            dag_id: Some(dag_id.to_string()),
            created_at,
            updated_at,
        };
        let producer = |(dag_id, task_id): (DagId, updraft_model::TaskId)| TaskOutletDatasetReference {
            dag_id: Some(dag_id.to_string()),
            task_id: Some(task_id.to_string()),
            created_at,
            updated_at,
        };
        Self {
            id: row.asset_id,
            uri: row.asset.uri,
            extra: Some(row.asset.extra),
            created_at,
            updated_at,
            consuming_dags: row.consumers.into_iter().map(consumer).collect(),
            producing_tasks: row.producers.into_iter().map(producer).collect(),
        }
    }
}

/// An update of a dataset.
#[derive(Serialize, JsonSchema)]
pub(super) struct DatasetEvent {
    dataset_id: i64,
    dataset_uri: String,
    extra: Option<Map<String, Value>>,
    source_dag_id: Option<String>,
    source_task_id: Option<String>,
    source_run_id: Option<String>,
    source_map_index: Option<i32>,
    created_dagruns: Vec<BasicDagRun>,
    timestamp: V1Time,
}

/// A run that an update has caused.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BasicDAGRun")]
struct BasicDagRun {
    run_id: String,
    dag_id: String,
    logical_date: Option<V1Time>,
    start_date: Option<V1Time>,
    end_date: Option<V1Time>,
    data_interval_start: Option<V1Time>,
    data_interval_end: Option<V1Time>,
    state: &'static str,
}

impl From<CausedRun> for BasicDagRun {
    fn from(run: CausedRun) -> Self {
        Self {
            run_id: run.key.run_id.to_string(),
            dag_id: run.key.dag_id.to_string(),
            logical_date: run.logical_date.map(V1Time),
            start_date: run.start_date.map(V1Time),
            end_date: run.end_date.map(V1Time),
            data_interval_start: run.data_interval.map(|interval| V1Time(interval.start)),
            data_interval_end: run.data_interval.map(|interval| V1Time(interval.end)),
            state: run.state.as_str(),
        }
    }
}

impl From<ListedAssetEvent> for DatasetEvent {
    fn from(listed: ListedAssetEvent) -> Self {
        let source = listed.row.source.as_ref();
        Self {
            dataset_id: listed.asset_id,
            source_dag_id: source.map(|task| task.dag_id.to_string()),
            source_task_id: source.map(|task| task.task_id.to_string()),
            source_run_id: source.map(|task| task.run_id.to_string()),
            source_map_index: Some(source.map_or(-1, |task| task.map_index.0)),
            dataset_uri: listed.row.uri,
            extra: Some(listed.row.extra),
            created_dagruns: listed.runs.into_iter().map(BasicDagRun::from).collect(),
            timestamp: V1Time(listed.row.at),
        }
    }
}

/// Which dataset. Its uri has slashes.
#[derive(Deserialize, JsonSchema)]
struct ByUri {
    uri: String,
}

#[derive(Deserialize, JsonSchema)]
struct Before {
    before: Option<Given>,
}

/// A DAG that has not run for an update yet.
#[derive(Serialize, JsonSchema)]
struct QueuedEvent {
    uri: String,
    dag_id: String,
    created_at: V1Time,
}

impl From<QueuedAssetRow> for QueuedEvent {
    fn from(row: QueuedAssetRow) -> Self {
        Self {
            uri: row.uri,
            dag_id: row.dag_id.to_string(),
            created_at: V1Time(row.since),
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct QueuedEventCollection {
    datasets: Vec<QueuedEvent>,
    total_entries: u64,
}

impl From<Vec<QueuedAssetRow>> for QueuedEventCollection {
    fn from(rows: Vec<QueuedAssetRow>) -> Self {
        Self {
            total_entries: rows.len() as u64,
            datasets: rows.into_iter().map(QueuedEvent::from).collect(),
        }
    }
}
