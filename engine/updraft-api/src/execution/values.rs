//! `/xcoms`: values that tasks leave for other tasks.

use axum::body::Body;
use axum::http::header::CONTENT_RANGE;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{DagId, MapIndex, RunId, TaskId};
use updraft_protocol::message::{
    DeleteXCom, GetXCom, GetXComCount, GetXComSequenceItem, GetXComSequenceSlice, SetXCom, ToSupervisor,
};
use updraft_worker::{ApiError, ask_engine};

use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use super::shapes::Message;
use crate::call::{Created, Json, Nothing, Whole};

pub(crate) fn operations() -> Vec<Operation> {
    const ONE: &str = "/xcoms/{dag_id}/{run_id}/{task_id}/{key}";
    const FAILURES: &[u16] = &[401, 403, 404, 422];
    let (by, item) = (
        AskedBy::Attempt,
        "/xcoms/{dag_id}/{run_id}/{task_id}/{key}/item/{offset}",
    );
    let slice_at = "/xcoms/{dag_id}/{run_id}/{task_id}/{key}/slice";
    vec![
        Operation::new((Method::GET, item), by, FAILURES, get_item),
        Operation::new((Method::GET, slice_at), by, FAILURES, slice),
        Operation::new((Method::HEAD, ONE), by, FAILURES, count),
        Operation::new((Method::GET, ONE), by, FAILURES, get),
        Operation::new((Method::POST, ONE), by, FAILURES, set),
        Operation::new((Method::DELETE, ONE), by, FAILURES, delete),
    ]
}

/// The name of a value.
#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    #[schemars(with = "String")]
    dag_id: DagId,
    #[schemars(with = "String")]
    run_id: RunId,
    #[schemars(with = "String")]
    task_id: TaskId,
    key: String,
}

/// The name of one value of several.
#[derive(Debug, Deserialize, JsonSchema)]
struct Item {
    #[schemars(with = "String")]
    dag_id: DagId,
    #[schemars(with = "String")]
    run_id: RunId,
    #[schemars(with = "String")]
    task_id: TaskId,
    key: String,
    offset: i64,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfCopy {
    map_index: Option<i32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Which {
    map_index: Option<i32>,
    #[serde(default)]
    include_prior_dates: bool,
    offset: Option<i64>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Slice {
    start: Option<i64>,
    stop: Option<i64>,
    step: Option<i64>,
    /// The values of copies are those of the run that is named.
    #[serde(default)]
    #[expect(dead_code, reason = "Airflow's client may say it")]
    include_prior_dates: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct New {
    map_index: Option<i32>,
    /// The engine knows itself what the result of a DAG is.
    #[serde(default)]
    #[expect(dead_code, reason = "Airflow's client says it")]
    dag_result: bool,
    mapped_length: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "XComResponse")]
struct XComShape {
    key: String,
    value: Value,
}

/// The copy that is meant: without a number the task itself, as Airflow has it.
fn copy(map_index: Option<i32>) -> MapIndex {
    map_index.map_or(MapIndex::UNMAPPED, MapIndex)
}

fn none(named: &Named) -> Refusal {
    let Named {
        dag_id,
        run_id,
        task_id,
        key,
    } = named;
    Refusal::not_found(format!(
        "XCom with key `{key}` not found for task `{task_id}` in DAG run `{run_id}` of `{dag_id}`"
    ))
}

async fn get(ask: Ask<Named, Which>) -> Result<Json<XComShape>, Refusal> {
    let running = ask.running().await?;
    let Named {
        dag_id,
        run_id,
        task_id,
        key,
    } = &ask.path;
    let (dag_id, run_id, task_id) = (dag_id.clone(), run_id.clone(), task_id.clone());
    if let Some(offset) = ask.query.offset {
        let request = GetXComSequenceItem {
            key: key.clone(),
            dag_id,
            run_id,
            task_id,
            offset,
        };
        let request = ToSupervisor::GetXComSequenceItem(request);
        let found = expect_answer!(ask.engine(request).await?, XComSequenceIndexResult);
        let (key, value) = (key.clone(), found.root);
        return Ok(Json(XComShape { key, value }));
    }
    let request = GetXCom {
        key: key.clone(),
        dag_id,
        run_id,
        task_id,
        map_index: Some(copy(ask.query.map_index)),
        include_prior_dates: ask.query.include_prior_dates,
    };
    match running.api.get_xcom(running.ti.id, request).await {
        Ok(Some(value)) => Ok(Json(XComShape {
            key: key.clone(),
            value,
        })),
        Ok(None) => Err(none(&ask.path)),
        Err(error) => Err(ask.refused(error).await),
    }
}

async fn get_item(ask: Ask<Item, Nothing>) -> Result<Json<Value>, Refusal> {
    let request = ToSupervisor::GetXComSequenceItem(GetXComSequenceItem {
        key: ask.path.key.clone(),
        dag_id: ask.path.dag_id.clone(),
        run_id: ask.path.run_id.clone(),
        task_id: ask.path.task_id.clone(),
        offset: ask.path.offset,
    });
    let found = expect_answer!(ask.engine(request).await?, XComSequenceIndexResult);
    Ok(Json(found.root))
}

async fn slice(ask: Ask<Named, Slice>) -> Result<Json<Vec<Value>>, Refusal> {
    let request = ToSupervisor::GetXComSequenceSlice(GetXComSequenceSlice {
        key: ask.path.key.clone(),
        dag_id: ask.path.dag_id.clone(),
        run_id: ask.path.run_id.clone(),
        task_id: ask.path.task_id.clone(),
        start: ask.query.start,
        stop: ask.query.stop,
        step: ask.query.step,
    });
    let found = expect_answer!(ask.engine(request).await?, XComSequenceSliceResult);
    Ok(Json(found.root))
}

/// How many copies have left a value, in a header.
async fn count(ask: Ask<Named, OfCopy>) -> Result<Whole, Refusal> {
    if ask.query.map_index.is_some() {
        let message = "Cannot specify map_index in a HEAD request";
        return Err(Refusal::told(StatusCode::BAD_REQUEST, "invalid_request", message));
    }
    let request = ToSupervisor::GetXComCount(GetXComCount {
        key: ask.path.key.clone(),
        dag_id: ask.path.dag_id.clone(),
        run_id: ask.path.run_id.clone(),
        task_id: ask.path.task_id.clone(),
    });
    let found = expect_answer!(ask.engine(request).await?, XComCountResponse);
    let mut response = Response::new(Body::empty());
    if let Ok(range) = HeaderValue::from_str(&format!("map_indexes {}", found.len)) {
        response.headers_mut().insert(CONTENT_RANGE, range);
    }
    Ok(Whole(response))
}

async fn set(ask: Ask<Named, New, Json<Value>>) -> Result<Created<Message>, Refusal> {
    if ask.path.key.is_empty() {
        let message = "XCom key must be a non-empty string.";
        return Err(Refusal::told(StatusCode::BAD_REQUEST, "invalid_key", message));
    }
    let running = ask.running().await?;
    let request = ToSupervisor::SetXCom(SetXCom {
        key: ask.path.key.clone(),
        value: ask.body.0.clone(),
        dag_id: ask.path.dag_id.clone(),
        run_id: ask.path.run_id.clone(),
        task_id: ask.path.task_id.clone(),
        map_index: Some(copy(ask.query.map_index)),
        mapped_length: ask.query.mapped_length,
    });
    let whose = (running.ti.id, running.ti.key());
    match ask_engine(&*running.api, whose, request).await {
        Ok(_) => Ok(Created(Message::new("XCom successfully set"))),
        // The engine has counted the items itself.
        Err(ApiError::Refused(message)) if ask.query.mapped_length.is_some() => {
            let reason = "unmappable_return_value_length";
            Err(Refusal::told(StatusCode::BAD_REQUEST, reason, message))
        }
        Err(error) => Err(ask.refused(error).await),
    }
}

async fn delete(ask: Ask<Named, OfCopy>) -> Result<Json<Message>, Refusal> {
    let request = ToSupervisor::DeleteXCom(DeleteXCom {
        key: ask.path.key.clone(),
        dag_id: ask.path.dag_id.clone(),
        run_id: ask.path.run_id.clone(),
        task_id: ask.path.task_id.clone(),
        map_index: Some(copy(ask.query.map_index)),
    });
    ask.engine(request).await?;
    let message = format!("XCom with key: {} successfully deleted.", ask.path.key);
    Ok(Json(Message::new(message)))
}
