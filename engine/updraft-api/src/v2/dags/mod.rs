//! `/dags`.

mod delete;
mod details;
mod favorite;
mod get;
mod list;
mod patch;
mod patch_all;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_model::Schedule;

use crate::api::Api;
use crate::domain::dags::Dag;
use crate::endpoint::Endpoint;
use crate::time::V2Time;

/// Airflow's name of the folder that DAGs come from.
pub(super) const BUNDLE: &str = "dags-folder";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let [favorite, unfavorite] = favorite::endpoints();
    vec![
        list::endpoint(),
        get::endpoint(),
        details::endpoint(),
        patch::endpoint(),
        patch_all::endpoint(),
        delete::endpoint(),
        favorite,
        unfavorite,
    ]
}

/// Which DAG.
#[derive(Deserialize, JsonSchema)]
struct ById {
    dag_id: String,
}

/// A DAG.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGResponse")]
struct DagResponse {
    dag_id: String,
    dag_display_name: String,
    is_paused: bool,
    /// Whether no source defines it any more.
    is_stale: bool,
    last_parsed_time: Option<V2Time>,
    last_parse_duration: Option<f64>,
    last_expired: Option<V2Time>,
    bundle_name: Option<&'static str>,
    bundle_version: Option<String>,
    relative_fileloc: Option<String>,
    fileloc: String,
    description: Option<String>,
    timetable_summary: Option<String>,
    timetable_description: Option<String>,
    timetable_partitioned: bool,
    timetable_periodic: bool,
    tags: Vec<DagTagResponse>,
    max_active_tasks: u32,
    max_active_runs: Option<u32>,
    max_consecutive_failed_dag_runs: u32,
    has_task_concurrency_limits: bool,
    has_import_errors: bool,
    next_dagrun_logical_date: Option<V2Time>,
    next_dagrun_data_interval_start: Option<V2Time>,
    next_dagrun_data_interval_end: Option<V2Time>,
    next_dagrun_run_after: Option<V2Time>,
    allowed_run_types: Option<Vec<String>>,
    owners: Vec<String>,
    is_backfillable: bool,
    file_token: String,
}

/// A word to find a DAG by.
#[derive(Serialize, JsonSchema)]
struct DagTagResponse {
    name: String,
    dag_id: String,
    dag_display_name: String,
}

impl DagResponse {
    fn of(api: &Api, dag: Dag) -> Self {
        let (owners, has_task_limits) = (dag.owners(), dag.has_task_limits());
        let Dag {
            row,
            spec,
            has_import_errors,
        } = dag;
        let dag_id = row.dag_id.to_string();
        let tag = |name: String| DagTagResponse {
            name,
            dag_id: dag_id.clone(),
            dag_display_name: dag_id.clone(),
        };
        let by_time = spec.schedule.by_time();
        Self {
            dag_display_name: dag_id.clone(),
            is_paused: row.is_paused,
            is_stale: !row.is_active,
            last_parsed_time: Some(V2Time(row.parsed_at)),
            last_parse_duration: None,
            last_expired: None,
            bundle_name: Some(BUNDLE),
            bundle_version: None,
            relative_fileloc: Some(row.source),
            file_token: api.parts().token_key.seal("file", &row.fileloc),
            fileloc: row.fileloc,
            description: row.description,
            timetable_summary: Some(row.schedule.clone()),
            timetable_description: Some(row.schedule),
            timetable_partitioned: false,
            timetable_periodic: by_time.can_be_scheduled() && !matches!(by_time, Schedule::Once),
            tags: row.tags.into_iter().map(tag).collect(),
            max_active_tasks: spec.max_active_tasks,
            max_active_runs: Some(spec.max_active_runs),
            max_consecutive_failed_dag_runs: 0,
            has_task_concurrency_limits: has_task_limits,
            has_import_errors,
            next_dagrun_logical_date: row.next_logical_date.map(V2Time),
            next_dagrun_data_interval_start: row.next_logical_date.map(V2Time),
            next_dagrun_data_interval_end: row.next_run_after.map(V2Time),
            next_dagrun_run_after: row.next_run_after.map(V2Time),
            allowed_run_types: None,
            owners,
            is_backfillable: by_time.can_be_scheduled(),
            dag_id,
        }
    }
}
