//! `/dags/{dag_id}/dagRuns`.

mod clear;
mod delete;
mod get;
mod list;
mod list_batch;
mod patch;
mod post;
mod set_note;
mod upstream_dataset_events;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::RunType;
use updraft_store::RunRow;

use crate::endpoint::Endpoint;
use crate::time::V1Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        list_batch::endpoint(),
        post::endpoint(),
        get::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
        clear::endpoint(),
        set_note::endpoint(),
        upstream_dataset_events::endpoint(),
    ]
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
#[schemars(rename = "DAGRun")]
struct DagRun {
    dag_run_id: Option<String>,
    dag_id: String,
    logical_date: Option<V1Time>,
    execution_date: Option<V1Time>,
    start_date: Option<V1Time>,
    end_date: Option<V1Time>,
    data_interval_start: Option<V1Time>,
    data_interval_end: Option<V1Time>,
    last_scheduling_decision: Option<V1Time>,
    run_type: &'static str,
    state: &'static str,
    external_trigger: bool,
    conf: Map<String, Value>,
    note: Option<String>,
}

impl From<RunRow> for DagRun {
    fn from(run: RunRow) -> Self {
        Self {
            dag_run_id: Some(run.key.run_id.to_string()),
            dag_id: run.key.dag_id.to_string(),
            logical_date: run.logical_date.map(V1Time),
            execution_date: run.logical_date.map(V1Time),
            start_date: run.start_date.map(V1Time),
            end_date: run.end_date.map(V1Time),
            data_interval_start: run.data_interval.map(|interval| V1Time(interval.start)),
            data_interval_end: run.data_interval.map(|interval| V1Time(interval.end)),
            last_scheduling_decision: None,
            run_type: match run.run_type {
                RunType::Scheduled => "scheduled",
                RunType::Manual | RunType::OperatorTriggered => "manual",
                RunType::Backfill => "backfill",
                RunType::AssetTriggered => "dataset_triggered",
            },
            state: run.state.as_str(),
            external_trigger: run.run_type.is_asked_for(),
            conf: run.conf,
            note: run.note,
        }
    }
}
