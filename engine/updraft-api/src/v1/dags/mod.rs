//! `/dags`.

mod delete;
mod details;
mod get;
mod list;
mod patch;
mod patch_all;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_model::Schedule;

use crate::api::Api;
use crate::domain::dags::Dag as Found;
use crate::endpoint::Endpoint;
use crate::time::V1Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        patch_all::endpoint(),
        get::endpoint(),
        details::endpoint(),
        patch::endpoint(),
        delete::endpoint(),
    ]
}

/// Which DAG.
#[derive(Deserialize, JsonSchema)]
struct ById {
    dag_id: String,
}

/// A DAG.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAG")]
pub(super) struct Dag {
    dag_id: String,
    dag_display_name: String,
    root_dag_id: Option<String>,
    is_paused: Option<bool>,
    is_active: Option<bool>,
    is_subdag: bool,
    last_parsed_time: Option<V1Time>,
    last_pickled: Option<V1Time>,
    last_expired: Option<V1Time>,
    scheduler_lock: Option<bool>,
    pickle_id: Option<String>,
    default_view: Option<String>,
    fileloc: String,
    file_token: String,
    owners: Vec<String>,
    description: Option<String>,
    schedule_interval: Option<ScheduleInterval>,
    timetable_description: Option<String>,
    tags: Option<Vec<Tag>>,
    max_active_tasks: Option<u32>,
    max_active_runs: Option<u32>,
    has_task_concurrency_limits: Option<bool>,
    has_import_errors: Option<bool>,
    next_dagrun: Option<V1Time>,
    next_dagrun_data_interval_start: Option<V1Time>,
    next_dagrun_data_interval_end: Option<V1Time>,
    next_dagrun_create_after: Option<V1Time>,
    max_consecutive_failed_dag_runs: Option<u32>,
}

/// A word to find DAGs by.
#[derive(Serialize, JsonSchema)]
struct Tag {
    name: String,
}

/// When a DAG runs by itself.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "__type")]
enum ScheduleInterval {
    /// Every so often.
    TimeDelta {
        days: i64,
        seconds: i64,
        microseconds: i64,
    },
    /// By a cron expression, or another schedule in words.
    CronExpression { value: String },
}

impl ScheduleInterval {
    fn of(schedule: &Schedule) -> Option<Self> {
        match schedule {
            Schedule::None => None,
            Schedule::Delta { delta, .. } => Some(Self::TimeDelta {
                days: (delta.as_secs() / 86_400) as i64,
                seconds: (delta.as_secs() % 86_400) as i64,
                microseconds: delta.subsec_micros().into(),
            }),
            Schedule::Assets { .. } => Some(Self::CronExpression {
                value: "Dataset".to_owned(),
            }),
            Schedule::Once
            | Schedule::Continuous
            | Schedule::Cron { .. }
            | Schedule::Crons { .. }
            | Schedule::Events { .. }
            | Schedule::AssetsOrTime { .. }
            | Schedule::Custom(_) => Some(Self::CronExpression {
                value: schedule.to_string(),
            }),
        }
    }
}

impl Dag {
    fn of(api: &Api, dag: Found) -> Self {
        let (owners, has_task_limits) = (dag.owners(), dag.has_task_limits());
        let Found {
            row,
            spec,
            has_import_errors,
        } = dag;
        Self {
            dag_display_name: row.dag_id.to_string(),
            dag_id: row.dag_id.to_string(),
            root_dag_id: None,
            is_paused: Some(row.is_paused),
            is_active: Some(row.is_active),
            is_subdag: false,
            last_parsed_time: Some(V1Time(row.parsed_at)),
            last_pickled: None,
            last_expired: None,
            scheduler_lock: None,
            pickle_id: None,
            default_view: Some("grid".to_owned()),
            file_token: api.parts().token_key.seal("file", &row.fileloc),
            fileloc: row.fileloc,
            owners,
            description: row.description,
            schedule_interval: ScheduleInterval::of(&spec.schedule),
            timetable_description: Some(row.schedule),
            tags: Some(row.tags.into_iter().map(|name| Tag { name }).collect()),
            max_active_tasks: Some(spec.max_active_tasks),
            max_active_runs: Some(spec.max_active_runs),
            has_task_concurrency_limits: Some(has_task_limits),
            has_import_errors: Some(has_import_errors),
            next_dagrun: row.next_logical_date.map(V1Time),
            // Which data a run is about is settled when it is made.
            next_dagrun_data_interval_start: row.next_logical_date.map(V1Time),
            next_dagrun_data_interval_end: row.next_run_after.map(V1Time),
            next_dagrun_create_after: row.next_run_after.map(V1Time),
            max_consecutive_failed_dag_runs: Some(0),
        }
    }
}

/// What of a DAG can be changed.
#[derive(Deserialize, JsonSchema)]
struct DagBody {
    is_paused: Option<bool>,
}

/// A page of DAGs.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGCollection")]
struct DagCollection<T> {
    dags: Vec<T>,
    total_entries: u64,
}
