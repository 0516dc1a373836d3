//! `GET .../xcomEntries/{xcom_key}`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::{runs, xcoms};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::flag;
use crate::time::V1Time;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries/{xcom_key}",
        "get_xcom_entry",
    );
    Endpoint::new(
        at,
        Needs::OfDag(Action::Read, vec![Resource::XCOM]),
        &[401, 403, 404],
        get,
    )
}

#[derive(Deserialize, JsonSchema)]
struct ByKey {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    xcom_key: String,
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    map_index: Option<i32>,
    /// Accepted for Airflow's sake: values are JSON.
    #[expect(dead_code, reason = "accepted for Airflow's sake: values are JSON")]
    #[serde(default, deserialize_with = "flag")]
    deserialize: Option<bool>,
    /// Whether a value that is no text is told as the text of its JSON; so it is unless told otherwise.
    #[serde(default, deserialize_with = "flag")]
    stringify: Option<bool>,
}

/// A value that a task left.
#[derive(Serialize, JsonSchema)]
struct XCom {
    key: String,
    timestamp: V1Time,
    execution_date: Option<V1Time>,
    map_index: i32,
    task_id: String,
    dag_id: String,
    value: Value,
}

async fn get(call: Call<ByKey, Query>) -> Result<Json<XCom>, Failure> {
    let (path, query) = (&call.path, &call.query);
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let map_index = query.map_index.unwrap_or(-1);
    let of = (&key, path.task_id.as_str(), map_index);
    let (run, row) = xcoms::get(&call.api, of, &path.xcom_key).await?;
    let value = match row.value {
        value @ Value::String(_) => value,
        value if query.stringify == Some(false) => value,
        value => Value::String(value.to_string()),
    };
    Ok(Json(XCom {
        key: row.key,
        timestamp: V1Time(row.set_at),
        execution_date: run.logical_date.map(V1Time),
        map_index,
        task_id: path.task_id.clone(),
        dag_id: path.dag_id.clone(),
        value,
    }))
}
