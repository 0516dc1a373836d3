//! `GET /dags/{dag_id}/durations` and `GET /dags/{dag_id}/tasks/{task_id}/instances`: how long runs and a task took.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::{RunFilter, TaskBrowse};

use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{V2Time, seconds};
use crate::ui::shapes::{ByDag, Ti};

const RUNS: u32 = 50;
const RUNS_MAX: u32 = 365;

pub(super) fn of_runs() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/durations", "run_durations");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], runs)
}

pub(super) fn of_task() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/tasks/{task_id}/instances",
        "task_durations",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], task)
}

/// How many of the newest.
#[derive(Deserialize, JsonSchema)]
struct Query {
    runs: Option<u32>,
}

impl Query {
    fn limit(&self) -> u32 {
        self.runs.unwrap_or(RUNS).min(RUNS_MAX)
    }
}

/// The newest runs, the oldest of them first.
#[derive(Serialize, JsonSchema)]
struct Durations {
    runs: Vec<RunDuration>,
}

#[derive(Serialize, JsonSchema)]
struct RunDuration {
    run_id: String,
    run_after: V2Time,
    state: &'static str,
    /// Seconds; up to now for one that runs.
    duration: Option<f64>,
    queued_seconds: Option<f64>,
}

async fn runs(call: Call<ByDag, Query>) -> Result<Json<Durations>, Failure> {
    let dag = dags::get(&call.api, &call.path.dag_id).await?;
    let filter = RunFilter {
        limit: Some(call.query.limit()),
        ..RunFilter::all(dag.row.dag_id)
    };
    let now = call.api.now();
    let mut runs = call.api.store().runs(&filter).await?;
    runs.reverse();
    let runs = runs.into_iter().map(|run| RunDuration {
        duration: seconds(run.start_date, run.end_date.or(Some(now))),
        queued_seconds: seconds(run.queued_at, run.start_date).filter(|seconds| *seconds >= 0.0),
        run_id: run.key.run_id.to_string(),
        run_after: V2Time(run.run_after),
        state: run.state.as_str(),
    });
    Ok(Json(Durations { runs: runs.collect() }))
}

/// Which task.
#[derive(Deserialize, JsonSchema)]
struct ByTaskOfDag {
    dag_id: String,
    task_id: String,
}

/// A task in the newest runs, the newest first.
#[derive(Serialize, JsonSchema)]
struct TaskDurations {
    task_instances: Vec<Ti>,
    /// Seconds, of those that have ended.
    median: Option<f64>,
    p95: Option<f64>,
}

async fn task(call: Call<ByTaskOfDag, Query>) -> Result<Json<TaskDurations>, Failure> {
    let dag = dags::get(&call.api, &call.path.dag_id).await?;
    let browse = TaskBrowse {
        dags: Some([dag.row.dag_id].into()),
        task: Some(call.path.task_id.clone()),
        limit: call.query.limit(),
        ..TaskBrowse::default()
    };
    let (rows, _) = call.api.store().browse_tasks(&browse).await?;
    let lasted = rows
        .iter()
        .filter_map(|(row, ..)| seconds(row.start_date, row.end_date));
    let mut lasted: Vec<f64> = lasted.collect();
    lasted.sort_by(f64::total_cmp);
    Ok(Json(TaskDurations {
        median: quantile(&lasted, 50),
        p95: quantile(&lasted, 95),
        task_instances: rows
            .iter()
            .map(|(row, date, after)| Ti::of_row(row, *date, *after))
            .collect(),
    }))
}

/// The smallest value that so many percent of all do not exceed.
fn quantile(sorted: &[f64], percent: usize) -> Option<f64> {
    let place = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(place).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_there_are() {
        assert_eq!(quantile(&[], 50), None);
        assert_eq!(quantile(&[1.0], 95), Some(1.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 50), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0, 3.0, 4.0], 95), Some(4.0));
    }
}
