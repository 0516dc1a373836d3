//! `GET .../xcomEntries`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};

use super::XComCollectionItem;
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::{runs, xcoms};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Page, Paged};
use crate::time::V1Time;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries",
        "get_xcom_entries",
    );
    Endpoint::new(
        at,
        Needs::OfDag(Action::Read, vec![Resource::XCOM]),
        &[401, 403],
        list,
    )
}

#[derive(Deserialize, JsonSchema)]
struct OfTask {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    map_index: Option<i32>,
    xcom_key: Option<String>,
    limit: Option<u32>,
    offset: Option<u32>,
}

#[derive(Serialize, JsonSchema)]
struct XComCollection {
    xcom_entries: Vec<XComCollectionItem>,
    total_entries: u64,
}

async fn list(call: Call<OfTask, Query>) -> Result<Json<XComCollection>, Failure> {
    let found = Paged::or_empty(entries(&call).await)?;
    Ok(Json(XComCollection {
        xcom_entries: found.rows,
        total_entries: found.total,
    }))
}

async fn entries(call: &Call<OfTask, Query>) -> Result<Paged<XComCollectionItem>, Failure> {
    let (path, query) = (&call.path, &call.query);
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let map_index = query.map_index.unwrap_or(-1);
    let of = (&key, path.task_id.as_str(), map_index);
    let page = Page::v1(query.limit, query.offset);
    let (run, found) = xcoms::list(&call.api, of, query.xcom_key.as_deref(), page).await?;
    let (rows, total) = found.map(|row| XComCollectionItem {
        key: row.key,
        timestamp: V1Time(row.set_at),
        execution_date: run.logical_date.map(V1Time),
        map_index,
        task_id: path.task_id.clone(),
        dag_id: path.dag_id.clone(),
    });
    Ok(Paged { rows, total })
}
