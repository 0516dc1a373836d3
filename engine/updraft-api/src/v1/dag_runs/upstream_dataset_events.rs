//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/upstreamDatasetEvents`: the events of datasets that a run has consumed.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};
use updraft_store::{CausedRun, UpstreamEvent};

use super::ById;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::V1Time;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/upstreamDatasetEvents",
        "get_upstream_dataset_events",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::ASSET]);
    Endpoint::new(at, needs, &[401, 403, 404], get)
}

/// A run that an event has caused.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "BasicDAGRun")]
struct Caused {
    run_id: String,
    dag_id: String,
    logical_date: Option<V1Time>,
    start_date: Option<V1Time>,
    end_date: Option<V1Time>,
    data_interval_start: Option<V1Time>,
    data_interval_end: Option<V1Time>,
    state: &'static str,
}

/// An event of a dataset.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UpstreamDatasetEvent")]
struct Event {
    dataset_id: i64,
    dataset_uri: String,
    extra: Option<Map<String, Value>>,
    source_dag_id: Option<String>,
    source_task_id: Option<String>,
    source_run_id: Option<String>,
    source_map_index: i32,
    created_dagruns: Vec<Caused>,
    timestamp: V1Time,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UpstreamDatasetEvents")]
struct Events {
    dataset_events: Vec<Event>,
    total_entries: u64,
}

impl From<CausedRun> for Caused {
    fn from(run: CausedRun) -> Self {
        Self {
            run_id: run.key.run_id.to_string(),
            dag_id: run.key.dag_id.to_string(),
            logical_date: run.logical_date.map(V1Time),
            start_date: run.start_date.map(V1Time),
            end_date: run.end_date.map(V1Time),
            state: run.state.as_str(),
            data_interval_start: run.data_interval.map(|interval| V1Time(interval.start)),
            data_interval_end: run.data_interval.map(|interval| V1Time(interval.end)),
        }
    }
}

impl From<UpstreamEvent> for Event {
    fn from(upstream: UpstreamEvent) -> Self {
        let UpstreamEvent {
            asset_id,
            event,
            caused,
        } = upstream;
        let source = event.source.as_ref();
        Self {
            dataset_id: asset_id,
            source_task_id: source.map(|task| task.task_id.to_string()),
            source_dag_id: source.map(|task| task.dag_id.to_string()),
            source_run_id: source.map(|task| task.run_id.to_string()),
            source_map_index: source.map_or(-1, |task| task.map_index.0),
            dataset_uri: event.uri,
            extra: Some(event.extra),
            created_dagruns: caused.into_iter().map(Caused::from).collect(),
            timestamp: V1Time(event.at),
        }
    }
}

async fn get(call: Call<ById, Nothing>) -> Result<Json<Events>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let found = runs::upstream_events((&call.api, &call.identity), &key).await?;
    Ok(Json(Events {
        total_entries: found.len() as u64,
        dataset_events: found.into_iter().map(Event::from).collect(),
    }))
}
