//! `GET /runs/{dag_id}/{run_id}/tasks/{task_id}/{map_index}/xcoms/{key}`: a value that a task has left.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::{runs, xcoms};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let path = "/runs/{dag_id}/{run_id}/tasks/{task_id}/{map_index}/xcoms/{key}";
    let needs = Needs::OfDag(Action::Read, vec![Resource::XCOM]);
    Endpoint::new(
        At(Method::GET, path, "get_xcom"),
        needs,
        &[401, 403, 404, 422],
        get,
    )
}

/// Which value.
#[derive(Deserialize, JsonSchema)]
struct ByKey {
    dag_id: String,
    run_id: String,
    task_id: String,
    map_index: i32,
    key: String,
}

/// A value.
#[derive(Serialize, JsonSchema)]
struct XCom {
    key: String,
    value: Value,
    /// Of its JSON text.
    bytes: u64,
}

async fn get(call: Call<ByKey, Nothing>) -> Result<Json<XCom>, Failure> {
    let path = &call.path;
    let run = runs::key(&path.dag_id, &path.run_id)?;
    let (_, row) = xcoms::get(&call.api, (&run, &path.task_id, path.map_index), &path.key).await?;
    Ok(Json(XCom {
        bytes: row.value.to_string().len() as u64,
        key: row.key,
        value: row.value,
    }))
}
