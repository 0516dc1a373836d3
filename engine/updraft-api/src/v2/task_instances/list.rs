//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances`, of all runs and DAGs with `~`; and `.../{task_id}/listMapped`.

use std::borrow::Cow;

use axum::http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::{MapIndex, TaskKey};
use updraft_store::{TaskOrder, TaskPage};

use super::{ById, OfRun, TaskInstanceCollectionResponse};
use crate::access::{ALL, Needs};
use crate::call::{Call, Json};
use crate::domain::runs;
use crate::domain::search::either;
use crate::domain::task_instances::{self, states};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Paged};
use crate::time::{Given, bounds, spans};
use crate::v2::cursor::{self, Cursor};
use crate::v2::or_default;

/// What tasks of runs can be sorted by.
const COLUMNS: [&str; 19] = [
    "id",
    "state",
    "duration",
    "start_date",
    "end_date",
    "map_index",
    "try_number",
    "logical_date",
    "run_after",
    "data_interval_start",
    "data_interval_end",
    "rendered_map_index",
    "operator",
    "operator_name",
    "queued_dttm",
    "queued_when",
    "task_id",
    "dag_id",
    "run_id",
];

/// The parameters of a list that those of the copies of one task do not have.
const NOT_OF_COPIES: [&str; 9] = [
    "cursor",
    "task_id",
    "task_display_name_pattern",
    "task_display_name_prefix_pattern",
    "task_group_id",
    "dag_id_pattern",
    "dag_id_prefix_pattern",
    "run_id_pattern",
    "run_id_prefix_pattern",
];

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances",
        "get_task_instances",
    );
    Endpoint::new(at, needs(), &[400, 401, 403, 404, 422], list)
}

/// Of the copies of a mapped task.
pub(super) fn endpoint_of_copies() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/listMapped",
        "get_mapped_task_instances",
    );
    Endpoint::new(at, needs(), &[401, 403, 404, 422], list_copies)
}

fn needs() -> Needs {
    Needs::OfDag(Action::Read, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE])
}

/// Which tasks.
#[derive(Deserialize, JsonSchema)]
struct Query {
    cursor: Option<String>,
    task_id: Option<String>,
    run_after_gte: Option<Given>,
    run_after_gt: Option<Given>,
    run_after_lte: Option<Given>,
    run_after_lt: Option<Given>,
    logical_date_gte: Option<Given>,
    logical_date_gt: Option<Given>,
    logical_date_lte: Option<Given>,
    logical_date_lt: Option<Given>,
    start_date_gte: Option<Given>,
    start_date_gt: Option<Given>,
    start_date_lte: Option<Given>,
    start_date_lt: Option<Given>,
    end_date_gte: Option<Given>,
    end_date_gt: Option<Given>,
    end_date_lte: Option<Given>,
    end_date_lt: Option<Given>,
    updated_at_gte: Option<Given>,
    updated_at_gt: Option<Given>,
    updated_at_lte: Option<Given>,
    updated_at_lt: Option<Given>,
    duration_gte: Option<f64>,
    duration_gt: Option<f64>,
    duration_lte: Option<f64>,
    duration_lt: Option<f64>,
    task_display_name_pattern: Option<String>,
    task_display_name_prefix_pattern: Option<String>,
    task_group_id: Option<String>,
    dag_id_pattern: Option<String>,
    dag_id_prefix_pattern: Option<String>,
    run_id_pattern: Option<String>,
    run_id_prefix_pattern: Option<String>,
    #[serde(default)]
    state: Vec<String>,
    #[serde(default)]
    pool: Vec<String>,
    pool_name_pattern: Option<String>,
    pool_name_prefix_pattern: Option<String>,
    #[serde(default)]
    queue: Vec<String>,
    queue_name_pattern: Option<String>,
    queue_name_prefix_pattern: Option<String>,
    #[serde(default)]
    executor: Vec<String>,
    #[serde(default)]
    version_number: Vec<i64>,
    #[serde(default)]
    try_number: Vec<i64>,
    #[serde(default)]
    operator: Vec<String>,
    operator_name_pattern: Option<String>,
    operator_name_prefix_pattern: Option<String>,
    #[serde(default)]
    map_index: Vec<i64>,
    rendered_map_index_pattern: Option<String>,
    rendered_map_index_prefix_pattern: Option<String>,
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
}

/// Which copies: the same, but for what would name another task.
#[derive(Deserialize)]
#[serde(transparent)]
struct CopiesQuery(Query);

impl JsonSchema for CopiesQuery {
    fn schema_name() -> Cow<'static, str> {
        "CopiesQuery".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = Query::json_schema(generator);
        if let Some(properties) = schema
            .get_mut("properties")
            .and_then(|value| value.as_object_mut())
        {
            properties.retain(|name, _| !NOT_OF_COPIES.contains(&name.as_str()));
        }
        schema
    }
}

impl Query {
    fn page(&self, cursor: &Cursor) -> Result<TaskPage, Failure> {
        let (order, is_descending) = order(&or_default(self.order_by.clone(), "map_index"))?;
        Ok(spans!(TaskPage of self;
            task_ids: self.task_id.clone().map(|task_id| vec![task_id]),
            task_id: either(
                self.task_display_name_pattern.clone(),
                self.task_display_name_prefix_pattern.clone(),
            ),
            dag_id: either(self.dag_id_pattern.clone(), self.dag_id_prefix_pattern.clone()),
            run_id: either(self.run_id_pattern.clone(), self.run_id_prefix_pattern.clone()),
            states: states(self.state.iter().map(String::as_str))?,
            pools: self.pool.clone(),
            pool: either(
                self.pool_name_pattern.clone(),
                self.pool_name_prefix_pattern.clone(),
            ),
            queues: self.queue.clone(),
            queue: either(
                self.queue_name_pattern.clone(),
                self.queue_name_prefix_pattern.clone(),
            ),
            operators: self.operator.clone(),
            operator: either(
                self.operator_name_pattern.clone(),
                self.operator_name_prefix_pattern.clone(),
            ),
            rendered_map_index: either(
                self.rendered_map_index_pattern.clone(),
                self.rendered_map_index_prefix_pattern.clone(),
            ),
            map_indexes: self.map_index.clone(),
            try_numbers: self.try_number.clone(),
            versions: self.version_number.clone(),
            order,
            is_descending,
            limit: cursor.page.limit,
            offset: cursor.page.offset,
            changed: bounds([
                self.updated_at_gte,
                self.updated_at_gt,
                self.updated_at_lte,
                self.updated_at_lt,
            ]),
            ..TaskPage::default()
        ))
    }
}

/// How tasks of runs are sorted: by the first column that is named, and what that leaves open by their key.
pub(super) fn order(texts: &[String]) -> Result<(TaskOrder, bool), Failure> {
    let orders = Order::parse(texts, &COLUMNS)?;
    let Some(first) = orders.first() else {
        return Ok((TaskOrder::Key, false));
    };
    let order = match first.column.as_str() {
        "state" => TaskOrder::State,
        "duration" => TaskOrder::Duration,
        "start_date" => TaskOrder::Start,
        "end_date" => TaskOrder::End,
        "map_index" => TaskOrder::MapIndex,
        "try_number" => TaskOrder::TryNumber,
        "logical_date" => TaskOrder::LogicalDate,
        "run_after" => TaskOrder::RunAfter,
        "data_interval_start" => TaskOrder::IntervalStart,
        "data_interval_end" => TaskOrder::IntervalEnd,
        "rendered_map_index" => TaskOrder::Rendered,
        "operator" | "operator_name" => TaskOrder::Operator,
        "queued_dttm" | "queued_when" => TaskOrder::Queued,
        "task_id" => TaskOrder::TaskId,
        "dag_id" => TaskOrder::DagId,
        "run_id" => TaskOrder::RunId,
        _ => TaskOrder::Key,
    };
    Ok((order, first.is_descending))
}

async fn list(call: Call<OfRun, Query>) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    let (api, path, query) = (&call.api, &call.path, &call.query);
    let cursor = Cursor::read(query.cursor.as_deref(), query.limit, query.offset)?;
    let mut page = query.page(&cursor)?;
    if let Some(group_id) = &query.task_group_id {
        let of_group = task_instances::of_group(api, &path.dag_id, group_id).await?;
        page.task_ids = Some(match page.task_ids {
            Some(named) => named.into_iter().filter(|id| of_group.contains(id)).collect(),
            None => of_group,
        });
    }
    let of = (path.dag_id.as_str(), path.dag_run_id.as_str());
    // Of many runs the order of keys is that of an index; of one run it does not matter.
    if path.dag_run_id == ALL && query.order_by.is_empty() {
        page.order = TaskOrder::Key;
    }
    if cursor.is_by_key() && path.dag_run_id == ALL && query.executor.is_empty() && page.is_by_key() {
        return by_key(&call, &cursor, page).await.map(Json);
    }
    let found = task_instances::list((api, &call.identity), of, page).await?;
    let found = of_executor(found, &query.executor);
    let (next_cursor, previous_cursor) = cursor.neighbours(found.total);
    let whole = TaskInstanceCollectionResponse::of(api, found).await?;
    Ok(Json(TaskInstanceCollectionResponse {
        total_entries: whole.total_entries.filter(|_| !cursor.is_used),
        next_cursor,
        previous_cursor,
        ..whole
    }))
}

/// A page that stands beside a task, in the order of keys.
async fn by_key(
    call: &Call<OfRun, Query>,
    cursor: &Cursor,
    page: TaskPage,
) -> Result<TaskInstanceCollectionResponse, Failure> {
    let page = TaskPage {
        is_descending: page.is_descending != cursor.is_back(),
        limit: page.limit + 1,
        ..page
    };
    let key = cursor.key()?.map(task_key).transpose()?;
    let of = (call.path.dag_id.as_str(), call.path.dag_run_id.as_str());
    let rows = task_instances::after((&call.api, &call.identity), of, page, key.as_ref()).await?;
    let turned = cursor.turned(rows, |instance| {
        let key = &instance.row.key;
        let map_index = key.map_index.0.to_string();
        vec![
            key.dag_id.to_string(),
            key.run_id.to_string(),
            key.task_id.to_string(),
            map_index,
        ]
    });
    let rows = Paged {
        rows: turned.rows,
        total: 0,
    };
    Ok(TaskInstanceCollectionResponse {
        total_entries: None,
        next_cursor: turned.next,
        previous_cursor: turned.previous,
        ..TaskInstanceCollectionResponse::of(&call.api, rows).await?
    })
}

fn task_key([dag_id, run_id, task_id, map_index]: &[String; 4]) -> Result<TaskKey, Failure> {
    Ok(TaskKey {
        dag_id: dag_id.parse().map_err(|_| cursor::unknown())?,
        run_id: run_id.parse().map_err(|_| cursor::unknown())?,
        task_id: task_id.parse().map_err(|_| cursor::unknown())?,
        map_index: MapIndex(map_index.parse().map_err(|_| cursor::unknown())?),
    })
}

async fn list_copies(call: Call<ById, CopiesQuery>) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    let (api, path, CopiesQuery(query)) = (&call.api, &call.path, &call.query);
    let cursor = Cursor::read(None, query.limit, query.offset)?;
    let key = runs::key(&path.dag_id, &path.dag_run_id)?;
    let found = task_instances::copies(api, (&key, &path.task_id), query.page(&cursor)?).await?;
    let found = of_executor(found, &query.executor);
    TaskInstanceCollectionResponse::of(api, found).await.map(Json)
}

/// All tasks are those of the executor of the installation: where one is named, none is meant.
pub(super) fn of_executor<T>(found: Paged<T>, executor: &[String]) -> Paged<T> {
    if executor.is_empty() {
        return found;
    }
    Paged {
        rows: Vec::new(),
        total: 0,
    }
}
