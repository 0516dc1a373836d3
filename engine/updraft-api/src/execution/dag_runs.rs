//! `/dag-runs`: runs, those that a task asks about and those that it wants.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::{DagId, DagRunState, RunId};
use updraft_protocol::message::{
    GetDagRun, GetDagRunState, GetDrCount, GetPreviousDagRun, Inquiry, Moment, ToSupervisor, TriggerDagRun,
};

use super::convert;
use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use super::shapes::DagRunShape;
use super::versioned::Versioned;
use super::versions::ApiVersion;
use crate::call::{Json, NoContent, Nothing};
use crate::failure::Failure;
use crate::time::Given;

pub(crate) fn operations() -> Vec<Operation> {
    const ONE: &str = "/dag-runs/{dag_id}/{run_id}";
    let (by, clear_at) = (AskedBy::Attempt, "/dag-runs/{dag_id}/{run_id}/clear");
    let state_at = "/dag-runs/{dag_id}/{run_id}/state";
    vec![
        Operation::new((Method::GET, "/dag-runs/count"), by, &[422], count),
        Operation::new((Method::GET, "/dag-runs/previous"), by, &[422], previous),
        Operation::new((Method::GET, ONE), by, &[404, 422], get),
        Operation::new((Method::POST, ONE), by, &[400, 404, 409, 422], trigger),
        Operation::new((Method::POST, clear_at), by, &[400, 404, 422], clear),
        Operation::new((Method::GET, state_at), by, &[404, 422], state),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    #[schemars(with = "String")]
    dag_id: DagId,
    #[schemars(with = "String")]
    run_id: RunId,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Before {
    #[schemars(with = "String")]
    dag_id: DagId,
    logical_date: Given,
    #[schemars(with = "Option<String>")]
    state: Option<DagRunState>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Counted {
    #[schemars(with = "String")]
    dag_id: DagId,
    #[serde(default)]
    logical_dates: Vec<Given>,
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    run_ids: Vec<RunId>,
    #[serde(default)]
    states: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TriggerDAGRunPayload")]
struct Wanted {
    logical_date: Option<Given>,
    run_after: Option<Given>,
    conf: Option<Map<String, Value>>,
    #[serde(default)]
    reset_dag_run: bool,
    /// Only nothing: there are no partitions here.
    partition_key: Option<String>,
    note: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DagRunStateResponse")]
struct StateShape {
    state: &'static str,
}

/// A run in the shape of the version that is asked.
fn shaped(version: ApiVersion, run: DagRunShape) -> Result<Value, Refusal> {
    let mut run = serde_json::to_value(run).map_err(|error| Failure::Internal(error.into()))?;
    version.trim_run(&mut run);
    Ok(run)
}

async fn get(ask: Ask<Named, Nothing>) -> Result<Json<Versioned<DagRunShape>>, Refusal> {
    let inquiry = Inquiry::DagRun(GetDagRun {
        dag_id: ask.path.dag_id.clone(),
        run_id: ask.path.run_id.clone(),
    });
    let run = expect_answer!(ask.inquire(inquiry).await?, DagRunResult);
    let run = shaped(ask.version, convert::dag_run(*run))?;
    Ok(Json(Versioned::new(run)))
}

async fn previous(ask: Ask<Nothing, Before>) -> Result<Json<Versioned<Option<DagRunShape>>>, Refusal> {
    let inquiry = Inquiry::PreviousDagRun(GetPreviousDagRun {
        dag_id: ask.query.dag_id.clone(),
        logical_date: ask.query.logical_date.0,
        state: ask.query.state,
    });
    let found = expect_answer!(ask.inquire(inquiry).await?, PreviousDagRunResult);
    let run = match found.dag_run {
        Some(run) => shaped(ask.version, convert::dag_run(*run))?,
        None => Value::Null,
    };
    Ok(Json(Versioned::new(run)))
}

async fn state(ask: Ask<Named, Nothing>) -> Result<Json<StateShape>, Refusal> {
    let inquiry = Inquiry::DagRunState(GetDagRunState {
        dag_id: ask.path.dag_id.clone(),
        run_id: ask.path.run_id.clone(),
    });
    let found = expect_answer!(ask.inquire(inquiry).await?, DagRunStateResult);
    Ok(Json(StateShape {
        state: found.state.as_str(),
    }))
}

async fn count(ask: Ask<Nothing, Counted>) -> Result<Json<u64>, Refusal> {
    let query = &ask.query;
    let inquiry = Inquiry::DrCount(GetDrCount {
        dag_id: query.dag_id.clone(),
        logical_dates: some(query.logical_dates.iter().map(|at| Moment(at.0)).collect()),
        run_ids: some(query.run_ids.clone()),
        states: some(query.states.clone()),
    });
    Ok(Json(expect_answer!(ask.inquire(inquiry).await?, DrCount).count))
}

/// An empty list of a query is none.
pub(crate) fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

async fn trigger(ask: Ask<Named, Nothing, Json<Wanted>>) -> Result<NoContent, Refusal> {
    let wanted = &ask.body.0;
    if wanted.partition_key.is_some() {
        return Err(Failure::body("there are no partitions here: leave `partition_key` out").into());
    }
    let request = TriggerDagRun {
        dag_id: ask.path.dag_id.clone(),
        run_id: ask.path.run_id.clone(),
        logical_date: wanted.logical_date.map(|at| at.0),
        run_after: wanted.run_after.map(|at| at.0),
        conf: wanted.conf.clone(),
        reset_dag_run: wanted.reset_dag_run,
        note: wanted.note.clone(),
    };
    ask.engine(ToSupervisor::TriggerDagRun(request)).await?;
    Ok(NoContent)
}

/// Has a run start again. A run that is not there is not made.
async fn clear(ask: Ask<Named, Nothing>) -> Result<NoContent, Refusal> {
    let (dag_id, run_id) = (ask.path.dag_id.clone(), ask.path.run_id.clone());
    ask.inquire(Inquiry::DagRunState(GetDagRunState {
        dag_id: dag_id.clone(),
        run_id: run_id.clone(),
    }))
    .await?;
    let request = TriggerDagRun {
        reset_dag_run: true,
        ..TriggerDagRun::new(dag_id, run_id)
    };
    ask.engine(ToSupervisor::TriggerDagRun(request)).await?;
    Ok(NoContent)
}
