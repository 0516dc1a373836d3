//! `GET .../xcomEntries/{xcom_key}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_auth::{Action, Resource};
use updraft_model::{MapIndex, TaskId};

use super::{ByKey, XComResponseNative, native};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::{runs, xcoms};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::flag;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}",
        "get_xcom_entry",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::XCOM]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    map_index: Option<i32>,
    #[expect(dead_code, reason = "accepted for Airflow's sake: values are JSON")]
    #[serde(default, deserialize_with = "flag")]
    deserialize: Option<bool>,
    /// Whether a value that is no text is told as the text of its JSON.
    #[serde(default, deserialize_with = "flag")]
    stringify: Option<bool>,
}

/// A value as it is, or as a text.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Told {
    Native(XComResponseNative),
}

async fn get(call: Call<ByKey, Query>) -> Result<Json<Told>, Failure> {
    let (path, query) = (&call.path, &call.query);
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let map_index = query.map_index.unwrap_or(-1);
    let of = (&key, path.task_id.as_str(), map_index);
    let (run, mut row) = xcoms::get(&call.api, of, &path.xcom_key).await?;
    if query.stringify == Some(true) && !row.value.is_string() {
        row.value = Value::String(row.value.to_string());
    }
    let task_id = TaskId::parse(&path.task_id).map_err(|error| Failure::NotFound(error.to_string()))?;
    let task = key.task(task_id, MapIndex(map_index));
    Ok(Json(Told::Native(native(&task, &run, row))))
}
