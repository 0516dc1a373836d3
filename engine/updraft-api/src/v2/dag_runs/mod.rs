//! `/dags/{dag_id}/dagRuns`.

mod delete;
mod get;
mod patch;
mod post;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::RunType;
use updraft_store::RunRow;

use super::dags::BUNDLE;
use crate::api::Api;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::time::V2Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
    ]
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

/// The version of its DAG that a run has.
#[derive(Serialize, JsonSchema)]
struct DagVersionResponse {
    id: String,
    version_number: u32,
    dag_id: String,
    bundle_name: Option<&'static str>,
    bundle_version: Option<String>,
    created_at: V2Time,
    dag_display_name: String,
    bundle_url: Option<String>,
}

impl DagRunResponse {
    pub(super) async fn of(api: &Api, run: RunRow) -> Result<Self, Failure> {
        let dag_id = run.key.dag_id.to_string();
        let version = |created_at| DagVersionResponse {
            id: run.version.0.to_string(),
            version_number: run.version_number,
            dag_id: dag_id.clone(),
            bundle_name: Some(BUNDLE),
            bundle_version: None,
            created_at: V2Time(created_at),
            dag_display_name: dag_id.clone(),
            bundle_url: None,
        };
        let created_at = api.store().version_created_at(run.version).await?;
        let lasted = run.start_date.zip(run.end_date);
        Ok(Self {
            dag_run_id: run.key.run_id.to_string(),
            dag_versions: created_at.map(version).into_iter().collect(),
            dag_display_name: dag_id.clone(),
            dag_id,
            logical_date: run.logical_date.map(V2Time),
            queued_at: run.queued_at.map(V2Time),
            start_date: run.start_date.map(V2Time),
            end_date: run.end_date.map(V2Time),
            duration: lasted.map(|(start, end)| end.duration_since(start).as_secs_f64()),
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
        })
    }
}
