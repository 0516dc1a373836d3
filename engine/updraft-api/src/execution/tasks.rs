//! `/task-instances`: tasks of runs, and how they stand.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use updraft_model::{DagId, MapIndex, RunId, RunKey, TaskGroupId, TaskId, TaskInstanceState};
use updraft_protocol::message::{GetPreviousTi, GetTaskStates, GetTiCount, Inquiry, Moment};

use super::convert::time;
use super::dag_runs::some;
use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use crate::call::{Json, Nothing};
use crate::failure::Failure;
use crate::time::{Given, V2Time};

pub(crate) fn operations() -> Vec<Operation> {
    let by = AskedBy::Attempt;
    let previous_at = "/task-instances/previous/{dag_id}/{task_id}";
    vec![
        Operation::new((Method::GET, "/task-instances/count"), by, &[422], count),
        Operation::new((Method::GET, "/task-instances/states"), by, &[422], states),
        Operation::new(
            (Method::GET, "/task-instances/breadcrumbs"),
            by,
            &[422],
            breadcrumbs,
        ),
        Operation::new((Method::GET, previous_at), by, &[422], previous),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    #[schemars(with = "String")]
    dag_id: DagId,
    #[schemars(with = "String")]
    task_id: TaskId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Earlier {
    logical_date: Option<Given>,
    map_index: Option<i32>,
    #[schemars(with = "Option<String>")]
    state: Option<TaskInstanceState>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Counted {
    #[schemars(with = "String")]
    dag_id: DagId,
    map_index: Option<i32>,
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    task_ids: Vec<TaskId>,
    #[schemars(with = "Option<String>")]
    task_group_id: Option<TaskGroupId>,
    #[serde(default)]
    logical_dates: Vec<Given>,
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    run_ids: Vec<RunId>,
    #[serde(default)]
    states: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Looked {
    #[schemars(with = "String")]
    dag_id: DagId,
    map_index: Option<i32>,
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    task_ids: Vec<TaskId>,
    #[schemars(with = "Option<String>")]
    task_group_id: Option<TaskGroupId>,
    #[serde(default)]
    logical_dates: Vec<Given>,
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    run_ids: Vec<RunId>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfRun {
    #[schemars(with = "String")]
    dag_id: DagId,
    #[schemars(with = "String")]
    run_id: RunId,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TaskStatesResponse")]
struct States {
    task_states: Map<String, Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TaskBreadcrumbsResponse")]
struct Breadcrumbs {
    breadcrumbs: Vec<Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PreviousTIResponse")]
struct PreviousShape {
    task_id: String,
    dag_id: String,
    run_id: String,
    logical_date: Option<V2Time>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    state: Option<&'static str>,
    try_number: u32,
    map_index: i32,
    duration: Option<f64>,
}

fn moments(dates: &[Given]) -> Option<Vec<Moment>> {
    some(dates.iter().map(|at| Moment(at.0)).collect())
}

async fn count(ask: Ask<Nothing, Counted>) -> Result<Json<u64>, Refusal> {
    let query = &ask.query;
    let inquiry = Inquiry::TiCount(GetTiCount {
        dag_id: query.dag_id.clone(),
        map_index: query.map_index.map(MapIndex),
        task_ids: some(query.task_ids.clone()),
        task_group_id: query.task_group_id.clone(),
        logical_dates: moments(&query.logical_dates),
        run_ids: some(query.run_ids.clone()),
        states: some(query.states.clone()),
    });
    Ok(Json(expect_answer!(ask.inquire(inquiry).await?, TiCount).count))
}

async fn states(ask: Ask<Nothing, Looked>) -> Result<Json<States>, Refusal> {
    let query = &ask.query;
    let inquiry = Inquiry::TaskStates(GetTaskStates {
        dag_id: query.dag_id.clone(),
        map_index: query.map_index.map(MapIndex),
        task_ids: some(query.task_ids.clone()),
        task_group_id: query.task_group_id.clone(),
        logical_dates: moments(&query.logical_dates),
        run_ids: some(query.run_ids.clone()),
    });
    let found = expect_answer!(ask.inquire(inquiry).await?, TaskStatesResult);
    let task_states = serde_json::to_value(found.task_states);
    match task_states.map_err(|error| Failure::Internal(error.into()))? {
        Value::Object(task_states) => Ok(Json(States { task_states })),
        other => Err(Failure::Internal(format!("`{other}` is no object").into()).into()),
    }
}

/// The tasks of a run that are over, for Sentry.
async fn breadcrumbs(ask: Ask<Nothing, OfRun>) -> Result<Json<Breadcrumbs>, Refusal> {
    ask.running().await?;
    let (dag_id, run_id) = (ask.query.dag_id.clone(), ask.query.run_id.clone());
    let key = RunKey { dag_id, run_id };
    let tasks = ask.api.store.task_instances(&key).await?;
    let spec = ask.api.store.stored_run(&key).await?.map(|run| run.spec);
    let is_over = |state: &TaskInstanceState| state.is_finished();
    let over = tasks
        .into_iter()
        .filter(|task| task.state.as_ref().is_some_and(is_over));
    let breadcrumbs = over.map(|task| {
        let operator = spec.as_ref().and_then(|spec| spec.task(&task.key.task_id));
        let duration = task.start_date.zip(task.end_date);
        json!({
            "task_id": task.key.task_id,
            "map_index": task.key.map_index,
            "state": task.state.map(TaskInstanceState::as_str),
            "operator": operator.map(|task| task.operator.clone()),
            "duration": duration.map(|(start, end)| end.duration_since(start).as_secs_f64()),
        })
    });
    Ok(Json(Breadcrumbs {
        breadcrumbs: breadcrumbs.collect(),
    }))
}

async fn previous(ask: Ask<Named, Earlier>) -> Result<Json<Option<PreviousShape>>, Refusal> {
    let inquiry = Inquiry::PreviousTi(GetPreviousTi {
        dag_id: ask.path.dag_id.clone(),
        task_id: ask.path.task_id.clone(),
        logical_date: ask.query.logical_date.map(|at| at.0),
        map_index: ask.query.map_index.map_or(MapIndex::UNMAPPED, MapIndex),
        state: ask.query.state,
    });
    let found = expect_answer!(ask.inquire(inquiry).await?, PreviousTiResult);
    Ok(Json(found.task_instance.map(|task| PreviousShape {
        task_id: task.task_id.to_string(),
        dag_id: task.dag_id.to_string(),
        run_id: task.run_id.to_string(),
        logical_date: time(task.logical_date),
        start_date: time(task.start_date),
        end_date: time(task.end_date),
        state: task.state.map(TaskInstanceState::as_str),
        try_number: task.try_number,
        map_index: task.map_index.0,
        duration: task.duration,
    })))
}
