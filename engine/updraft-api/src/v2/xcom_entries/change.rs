//! `POST .../xcomEntries` and `PATCH .../xcomEntries/{xcom_key}`: values that somebody writes in the name of a task.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use updraft_auth::{Action, Resource};
use updraft_model::{MapIndex, TaskId};

use super::{ByKey, OfTask, XComResponseNative, native};
use crate::access::Needs;
use crate::call::{Actor, Call, Created, Json, Nothing};
use crate::domain::runs;
use crate::domain::xcoms::{self, Written};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

const ALL: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries";
const ONE: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    // No role of Airflow 2 may make or change values: whoever may set the state of a task may say what it left.
    let needs = || Needs::OfDag(Action::Edit, vec![Resource::TASK_INSTANCE]);
    let create = At(Method::POST, ALL, "create_xcom_entry");
    let update = At(Method::PATCH, ONE, "update_xcom_entry");
    vec![
        Endpoint::new(create, needs(), &[400, 401, 403, 404, 409, 422], post),
        Endpoint::new(update, needs(), &[400, 401, 403, 404, 422], patch),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct XComCreateBody {
    key: String,
    value: Value,
    map_index: Option<i32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct XComUpdateBody {
    value: Value,
    map_index: Option<i32>,
}

async fn post(
    call: Call<OfTask, Nothing, Json<XComCreateBody>>,
) -> Result<Created<XComResponseNative>, Failure> {
    let (path, Json(body)) = (&call.path, &call.body);
    let written = Written {
        key: &body.key,
        value: &body.value,
        is_new: true,
    };
    write(&call.actor(), (path, body.map_index), written)
        .await
        .map(Created)
}

async fn patch(
    call: Call<ByKey, Nothing, Json<XComUpdateBody>>,
) -> Result<Json<XComResponseNative>, Failure> {
    let Json(body) = &call.body;
    let path = OfTask {
        dag_id: call.path.dag_id.clone(),
        dag_run_id: call.path.dag_run_id.clone(),
        task_id: call.path.task_id.clone(),
    };
    let written = Written {
        key: &call.path.xcom_key,
        value: &body.value,
        is_new: false,
    };
    write(&call.actor(), (&path, body.map_index), written)
        .await
        .map(Json)
}

async fn write(
    actor: &Actor<'_>,
    (path, map_index): (&OfTask, Option<i32>),
    written: Written<'_>,
) -> Result<XComResponseNative, Failure> {
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let map_index = map_index.unwrap_or(-1);
    let (run, row) = xcoms::write(actor, (&key, &path.task_id, map_index), written).await?;
    let task_id = TaskId::parse(&path.task_id).map_err(|error| Failure::NotFound(error.to_string()))?;
    Ok(native(&key.task(task_id, MapIndex(map_index)), &run, row))
}
