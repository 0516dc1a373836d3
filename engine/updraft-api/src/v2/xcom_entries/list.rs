//! `GET .../xcomEntries`; of all tasks, runs or DAGs with `~`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::{ListedXCom, XComOrder, XComPage};

use super::{OfTask, XComResponse};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::search::either;
use crate::domain::xcoms;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page};
use crate::time::{Given, V2Time, bounds};

/// What values can be sorted by.
const COLUMNS: [&str; 8] = [
    "key",
    "dag_id",
    "run_id",
    "task_id",
    "map_index",
    "timestamp",
    "logical_date",
    "run_after",
];

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/xcomEntries",
        "get_xcom_entries",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::XCOM]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    xcom_key: Option<String>,
    map_index: Option<i64>,
    limit: Option<u32>,
    offset: Option<u32>,
    xcom_key_pattern: Option<String>,
    xcom_key_prefix_pattern: Option<String>,
    dag_display_name_pattern: Option<String>,
    dag_display_name_prefix_pattern: Option<String>,
    run_id_pattern: Option<String>,
    run_id_prefix_pattern: Option<String>,
    task_id_pattern: Option<String>,
    task_id_prefix_pattern: Option<String>,
    map_index_filter: Option<i64>,
    logical_date_gte: Option<Given>,
    logical_date_gt: Option<Given>,
    logical_date_lte: Option<Given>,
    logical_date_lt: Option<Given>,
    run_after_gte: Option<Given>,
    run_after_gt: Option<Given>,
    run_after_lte: Option<Given>,
    run_after_lt: Option<Given>,
    #[serde(default)]
    order_by: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct XComCollectionResponse {
    xcom_entries: Vec<XComResponse>,
    total_entries: u64,
}

impl From<ListedXCom> for XComResponse {
    fn from(row: ListedXCom) -> Self {
        Self {
            key: row.key,
            timestamp: V2Time(row.set_at),
            logical_date: row.logical_date.map(V2Time),
            map_index: row.task.map_index.0,
            task_id: row.task.task_id.to_string(),
            dag_id: row.task.dag_id.to_string(),
            run_id: row.task.run_id.to_string(),
            dag_display_name: row.task.dag_id.to_string(),
            task_display_name: row.task.task_id.to_string(),
            run_after: V2Time(row.run_after),
        }
    }
}

impl Query {
    fn page(&self) -> Result<XComPage, Failure> {
        let orders = Order::parse(&self.order_by, &COLUMNS)?;
        let page = Page::v2(self.limit, self.offset);
        let order = match orders.first().map(|order| order.column.as_str()) {
            Some("key") => XComOrder::Key,
            Some("dag_id") => XComOrder::DagId,
            Some("run_id") => XComOrder::RunId,
            Some("task_id") => XComOrder::TaskId,
            Some("map_index") => XComOrder::MapIndex,
            Some("timestamp") => XComOrder::SetAt,
            Some("logical_date") => XComOrder::LogicalDate,
            Some("run_after") => XComOrder::RunAfter,
            _ => XComOrder::Task,
        };
        if let (Some(one), Some(other)) = (self.map_index, self.map_index_filter)
            && one != other
        {
            return Err(Failure::query(
                "`map_index` and `map_index_filter` name different copies",
            ));
        }
        Ok(XComPage {
            keys: self.xcom_key.clone().into_iter().collect(),
            map_indexes: self.map_index.or(self.map_index_filter).into_iter().collect(),
            key: either(
                self.xcom_key_pattern.clone(),
                self.xcom_key_prefix_pattern.clone(),
            ),
            dag_id: either(
                self.dag_display_name_pattern.clone(),
                self.dag_display_name_prefix_pattern.clone(),
            ),
            run_id: either(self.run_id_pattern.clone(), self.run_id_prefix_pattern.clone()),
            task_id: either(self.task_id_pattern.clone(), self.task_id_prefix_pattern.clone()),
            logical_date: bounds([
                self.logical_date_gte,
                self.logical_date_gt,
                self.logical_date_lte,
                self.logical_date_lt,
            ]),
            run_after: bounds([
                self.run_after_gte,
                self.run_after_gt,
                self.run_after_lte,
                self.run_after_lt,
            ]),
            order,
            is_descending: orders.first().is_some_and(|order| order.is_descending),
            limit: page.limit,
            offset: page.offset,
            ..XComPage::default()
        })
    }
}

async fn list(call: Call<OfTask, Query>) -> Result<Json<XComCollectionResponse>, Failure> {
    let (path, page) = (&call.path, call.query.page()?);
    let of = (
        path.dag_id.as_str(),
        path.dag_run_id.as_str(),
        path.task_id.as_str(),
    );
    let found = xcoms::page((&call.api, &call.identity), of, page).await?;
    let (xcom_entries, total_entries) = found.map(XComResponse::from);
    Ok(Json(XComCollectionResponse {
        xcom_entries,
        total_entries,
    }))
}
