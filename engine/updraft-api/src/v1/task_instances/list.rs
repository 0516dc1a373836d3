//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances`, of all runs and DAGs with `~`; and `.../{task_id}/listMapped`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_store::{TaskOrder, TaskPage};

use super::{ById, OfRun, TaskInstance, TaskInstanceCollection};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::runs;
use crate::domain::task_instances::{self, Instance, states};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged, list};
use crate::time::{Given, durations, span};

/// What copies of a task can be sorted by.
const COLUMNS: [&str; 7] = [
    "map_index",
    "state",
    "duration",
    "start_date",
    "end_date",
    "try_number",
    "execution_date",
];

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances",
        "get_task_instances",
    );
    Endpoint::new(at, needs(), &[401, 403], get_task_instances)
}

/// Of the copies of a mapped task.
pub(super) fn endpoint_of_copies() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/listMapped",
        "get_mapped_task_instances",
    );
    Endpoint::new(at, needs(), &[401, 403, 404], get_copies)
}

fn needs() -> Needs {
    Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE])
}

/// Which tasks.
#[derive(Deserialize, JsonSchema)]
struct Query {
    execution_date_gte: Option<Given>,
    execution_date_lte: Option<Given>,
    start_date_gte: Option<Given>,
    start_date_lte: Option<Given>,
    end_date_gte: Option<Given>,
    end_date_lte: Option<Given>,
    updated_at_gte: Option<Given>,
    updated_at_lte: Option<Given>,
    duration_gte: Option<f64>,
    duration_lte: Option<f64>,
    #[serde(default, deserialize_with = "list")]
    state: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pool: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    queue: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    executor: Vec<String>,
    limit: Option<u32>,
    offset: Option<u32>,
}

/// Which copies.
#[derive(Deserialize, JsonSchema)]
struct CopiesQuery {
    limit: Option<u32>,
    offset: Option<u32>,
    execution_date_gte: Option<Given>,
    execution_date_lte: Option<Given>,
    start_date_gte: Option<Given>,
    start_date_lte: Option<Given>,
    end_date_gte: Option<Given>,
    end_date_lte: Option<Given>,
    updated_at_gte: Option<Given>,
    updated_at_lte: Option<Given>,
    duration_gte: Option<f64>,
    duration_lte: Option<f64>,
    #[serde(default, deserialize_with = "list")]
    state: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    pool: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    queue: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    executor: Vec<String>,
    order_by: Option<String>,
}

impl Query {
    fn page(&self) -> Result<TaskPage, Failure> {
        let page = Page::v1(self.limit, self.offset);
        Ok(TaskPage {
            dated: span(self.execution_date_gte, self.execution_date_lte),
            started: span(self.start_date_gte, self.start_date_lte),
            ended: span(self.end_date_gte, self.end_date_lte),
            changed: span(self.updated_at_gte, self.updated_at_lte),
            duration_us: durations([self.duration_gte, None, self.duration_lte, None]),
            states: states(self.state.iter().map(String::as_str))?,
            pools: self.pool.clone(),
            queues: self.queue.clone(),
            limit: page.limit,
            offset: page.offset,
            ..TaskPage::default()
        })
    }
}

impl CopiesQuery {
    fn page(self) -> Result<(TaskPage, Vec<String>), Failure> {
        let orders = Order::parse(self.order_by.as_slice(), &COLUMNS)?;
        let (order, is_descending) = order(&orders);
        let same = Query {
            execution_date_gte: self.execution_date_gte,
            execution_date_lte: self.execution_date_lte,
            start_date_gte: self.start_date_gte,
            start_date_lte: self.start_date_lte,
            end_date_gte: self.end_date_gte,
            end_date_lte: self.end_date_lte,
            updated_at_gte: self.updated_at_gte,
            updated_at_lte: self.updated_at_lte,
            duration_gte: self.duration_gte,
            duration_lte: self.duration_lte,
            state: self.state,
            pool: self.pool,
            queue: self.queue,
            executor: self.executor,
            limit: self.limit,
            offset: self.offset,
        };
        let page = TaskPage {
            order,
            is_descending,
            ..same.page()?
        };
        Ok((page, same.executor))
    }
}

fn order(orders: &[Order]) -> (TaskOrder, bool) {
    let Some(first) = orders.first() else {
        return (TaskOrder::Key, false);
    };
    let order = match first.column.as_str() {
        "state" => TaskOrder::State,
        "duration" => TaskOrder::Duration,
        "start_date" => TaskOrder::Start,
        "end_date" => TaskOrder::End,
        "try_number" => TaskOrder::TryNumber,
        "execution_date" => TaskOrder::LogicalDate,
        _ => TaskOrder::MapIndex,
    };
    (order, first.is_descending)
}

async fn get_task_instances(call: Call<OfRun, Query>) -> Result<Json<TaskInstanceCollection>, Failure> {
    let (path, page) = (&call.path, call.query.page()?);
    let of = (path.dag_id.as_str(), path.dag_run_id.as_str());
    let found = task_instances::list((&call.api, &call.identity), of, page).await;
    let found = Paged::or_empty(found)?;
    Ok(Json(TaskInstanceCollection::of(found, &call.query.executor)))
}

async fn get_copies(call: Call<ById, CopiesQuery>) -> Result<Json<TaskInstanceCollection>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let (page, executor) = call.query.page()?;
    let found = task_instances::copies(&call.api, (&key, &call.path.task_id), page).await?;
    Ok(Json(TaskInstanceCollection::of(found, &executor)))
}

impl TaskInstanceCollection {
    /// What was found. All tasks are those of the executor of the installation: where one is named, none is meant.
    pub(super) fn of(found: Paged<Instance>, executor: &[String]) -> Self {
        let found = if executor.is_empty() {
            found
        } else {
            Paged {
                rows: Vec::new(),
                total: 0,
            }
        };
        let (task_instances, total_entries) = found.map(TaskInstance::from);
        Self {
            task_instances,
            total_entries,
        }
    }
}
