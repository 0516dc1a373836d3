//! `/dags/{dag_id}/dagRuns`.

mod bulk;
mod clear;
mod delete;
mod get;
mod list;
mod list_batch;
mod patch;
mod post;
mod upstream_asset_events;
mod wait;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::{DagVersionId, RunType};
use updraft_store::RunRow;

use super::dag_versions::{DagVersionResponse, of_run};
use crate::api::Api;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::time::{V2Time, seconds};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let single = vec![
        list::endpoint(),
        list_batch::endpoint(),
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        bulk::endpoint(),
        delete::endpoint(),
        upstream_asset_events::endpoint(),
        wait::endpoint(),
    ];
    [single, clear::endpoints()].concat()
}

/// Whose runs.
#[derive(Deserialize, JsonSchema)]
struct OfDag {
    dag_id: String,
}

/// Which run.
#[derive(Deserialize, JsonSchema)]
struct ById {
    dag_id: String,
    dag_run_id: String,
}

/// A run.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGRunResponse")]
pub(super) struct DagRunResponse {
    dag_run_id: String,
    dag_id: String,
    logical_date: Option<V2Time>,
    queued_at: Option<V2Time>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    /// Seconds.
    duration: Option<f64>,
    data_interval_start: Option<V2Time>,
    data_interval_end: Option<V2Time>,
    run_after: V2Time,
    last_scheduling_decision: Option<V2Time>,
    run_type: &'static str,
    state: &'static str,
    triggered_by: Option<&'static str>,
    triggering_user_name: Option<String>,
    conf: Option<Map<String, Value>>,
    note: Option<String>,
    dag_versions: Vec<DagVersionResponse>,
    bundle_version: Option<String>,
    dag_display_name: String,
    partition_key: Option<String>,
    partition_date: Option<V2Time>,
}

impl DagRunResponse {
    pub(super) async fn of(api: &Api, run: RunRow) -> Result<Self, Failure> {
        let versions = DagVersionResponse::of_runs(api, [of_run(&run)].into()).await?;
        Ok(Self::with(run, &versions))
    }

    /// Runs of a list.
    async fn all(api: &Api, runs: Vec<RunRow>) -> Result<Vec<Self>, Failure> {
        let versions = DagVersionResponse::of_runs(api, runs.iter().map(of_run).collect()).await?;
        Ok(runs.into_iter().map(|run| Self::with(run, &versions)).collect())
    }

    fn with(run: RunRow, versions: &BTreeMap<DagVersionId, DagVersionResponse>) -> Self {
        let dag_id = run.key.dag_id.to_string();
        Self {
            dag_run_id: run.key.run_id.to_string(),
            dag_versions: versions.get(&run.version).cloned().into_iter().collect(),
            dag_display_name: dag_id.clone(),
            dag_id,
            logical_date: run.logical_date.map(V2Time),
            queued_at: run.queued_at.map(V2Time),
            start_date: run.start_date.map(V2Time),
            end_date: run.end_date.map(V2Time),
            duration: seconds(run.start_date, run.end_date),
            data_interval_start: run.data_interval.map(|interval| V2Time(interval.start)),
            data_interval_end: run.data_interval.map(|interval| V2Time(interval.end)),
            run_after: V2Time(run.run_after),
            last_scheduling_decision: None,
            run_type: run.run_type.as_str(),
            state: run.state.as_str(),
            triggered_by: Some(match run.run_type {
                RunType::Scheduled => "timetable",
                RunType::Manual => "rest_api",
                RunType::OperatorTriggered => "operator",
                RunType::Backfill => "backfill",
                RunType::AssetTriggered => "asset",
            }),
            triggering_user_name: run.triggered_by,
            conf: Some(run.conf),
            note: run.note,
            bundle_version: None,
            partition_key: None,
            partition_date: None,
        }
    }
}
