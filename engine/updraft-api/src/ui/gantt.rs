//! `GET /gantt/{dag_id}/{run_id}`: when the tasks of a run waited and ran.

use axum::http::Method;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_layout::{Row, Try};
use updraft_model::TaskInstanceState;

use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::chart::{self, Chart, Charted};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/gantt/{dag_id}/{run_id}", "gantt");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404], get)
}

#[derive(Deserialize, JsonSchema)]
struct OfRun {
    dag_id: String,
    run_id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Query {}

/// The chart of a run.
#[derive(Serialize, JsonSchema)]
struct Gantt {
    #[schemars(with = "String")]
    now: Timestamp,
    #[schemars(with = "String")]
    start: Timestamp,
    /// The end of the run; null while it goes on.
    #[schemars(with = "Option<String>")]
    end: Option<Timestamp>,
    rows: Vec<GanttRow>,
    /// The tasks of which each waited for the one before, up to the one that ended last.
    critical: Vec<String>,
    /// When nothing waited for room and nothing ran.
    gaps: Vec<GanttGap>,
    /// How many copies of mapped tasks are left out.
    hidden: u64,
}

#[derive(Serialize, JsonSchema)]
struct GanttRow {
    task_id: String,
    map_index: i32,
    label: String,
    /// The group that the task is in.
    group: Option<String>,
    /// In how many groups it is.
    depth: u32,
    operator: String,
    state: Option<&'static str>,
    tries: Vec<GanttTry>,
    /// Seconds of waiting for room and for a process.
    wait: f64,
    /// Seconds of running.
    run: f64,
    /// `run` as a share of the time of the whole run, 0 to 1.
    share: f64,
    /// Seconds that it took in the middle of the last 20 runs in which it succeeded.
    median: Option<f64>,
}

#[derive(Serialize, JsonSchema)]
struct GanttTry {
    r#try: u32,
    state: &'static str,
    #[schemars(with = "Option<String>")]
    scheduled_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    queued_at: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    start: Option<Timestamp>,
    #[schemars(with = "Option<String>")]
    end: Option<Timestamp>,
}

#[derive(Serialize, JsonSchema)]
struct GanttGap {
    #[schemars(with = "String")]
    from: Timestamp,
    #[schemars(with = "String")]
    to: Timestamp,
}

async fn get(call: Call<OfRun, Query>) -> Result<Json<Gantt>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.run_id)?;
    let Chart {
        gantt,
        tasks,
        end,
        hidden,
    } = chart::of(&call.api, &key).await?;
    let critical = gantt
        .critical
        .iter()
        .map(|at| tasks[*at].task_id.clone())
        .collect();
    let gap = |gap: &updraft_layout::Gap| GanttGap {
        from: gap.from,
        to: gap.to,
    };
    Ok(Json(Gantt {
        now: call.api.now(),
        start: gantt.start,
        end,
        critical,
        gaps: gantt.gaps.iter().map(gap).collect(),
        rows: tasks.into_iter().zip(gantt.rows).map(row).collect(),
        hidden,
    }))
}

fn row((task, row): (Charted, Row)) -> GanttRow {
    let tries = row.tries.iter().zip(&task.states);
    GanttRow {
        tries: tries.map(|(one, state)| one_try(one, *state)).collect(),
        wait: row.wait,
        run: row.run,
        share: row.share,
        task_id: task.task_id,
        map_index: task.map_index,
        label: task.label,
        group: task.group,
        depth: task.depth,
        operator: task.operator,
        state: task.state.map(TaskInstanceState::as_str),
        median: task.median,
    }
}

fn one_try(one: &Try, state: TaskInstanceState) -> GanttTry {
    GanttTry {
        r#try: one.number,
        state: state.as_str(),
        scheduled_at: one.scheduled_at,
        queued_at: one.queued_at,
        start: one.start,
        end: one.end,
    }
}
