//! `GET /dags/{dag_id}/dagRuns`; of all DAGs with `~` as id.

use axum::http::Method;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_model::{RunKey, RunType};
use updraft_store::{RunOrder, RunPage, RunPlace};

use super::{DagRunResponse, OfDag};
use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Json};
use crate::domain::runs;
use crate::domain::search::{either, pattern};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Paged};
use crate::time::{Given, bounds, spans};
use crate::v2::cursor::{self, Cursor};
use crate::v2::{or_default, run_states};

/// What runs can be sorted by.
const COLUMNS: [&str; 14] = [
    "id",
    "state",
    "dag_id",
    "run_id",
    "dag_run_id",
    "logical_date",
    "run_after",
    "start_date",
    "end_date",
    "updated_at",
    "conf",
    "duration",
    "run_after_date",
    "execution_date",
];

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/dagRuns", "get_dag_runs");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], list)
}

/// Which runs. There are no partitions here, and bundles have no versions.
#[derive(Deserialize, JsonSchema)]
struct Query {
    partition_date_gte: Option<Given>,
    partition_date_lte: Option<Given>,
    cursor: Option<String>,
    limit: Option<u32>,
    offset: Option<u32>,
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
    duration_gte: Option<f64>,
    duration_gt: Option<f64>,
    duration_lte: Option<f64>,
    duration_lt: Option<f64>,
    updated_at_gte: Option<Given>,
    updated_at_gt: Option<Given>,
    updated_at_lte: Option<Given>,
    updated_at_lt: Option<Given>,
    conf_contains: Option<String>,
    #[serde(default)]
    run_type: Vec<String>,
    #[serde(default)]
    state: Vec<String>,
    #[serde(default)]
    dag_version: Vec<i64>,
    bundle_version: Option<String>,
    #[serde(default)]
    order_by: Vec<String>,
    run_id_pattern: Option<String>,
    run_id_prefix_pattern: Option<String>,
    triggering_user_name_pattern: Option<String>,
    triggering_user_name_prefix_pattern: Option<String>,
    dag_id_pattern: Option<String>,
    dag_id_prefix_pattern: Option<String>,
    partition_key_pattern: Option<String>,
    partition_key_prefix_pattern: Option<String>,
    consuming_asset_pattern: Option<String>,
}

/// A page of runs.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGRunCollectionResponse")]
pub(super) struct DagRunCollectionResponse {
    dag_runs: Vec<DagRunResponse>,
    /// Not told where a cursor is used.
    total_entries: Option<u64>,
    total_entries_limit: Option<u64>,
    next_cursor: Option<String>,
    previous_cursor: Option<String>,
}

impl DagRunCollectionResponse {
    /// Runs on a page that is found by its offset.
    pub(super) async fn of(api: &Api, found: Paged<updraft_store::RunRow>) -> Result<Self, Failure> {
        Ok(Self {
            dag_runs: DagRunResponse::all(api, found.rows).await?,
            total_entries: Some(found.total),
            total_entries_limit: None,
            next_cursor: None,
            previous_cursor: None,
        })
    }
}

/// How runs are sorted.
pub(super) fn order(texts: &[String]) -> Result<(RunOrder, bool), Failure> {
    let orders = Order::parse(texts, &COLUMNS)?;
    let Some(first) = orders.first() else {
        return Ok((RunOrder::Date, false));
    };
    let order = match first.column.as_str() {
        "state" => RunOrder::State,
        "dag_id" => RunOrder::DagId,
        "run_id" | "dag_run_id" => RunOrder::RunId,
        "logical_date" | "execution_date" => RunOrder::LogicalDate,
        "run_after" | "run_after_date" => RunOrder::RunAfter,
        "start_date" => RunOrder::Start,
        "end_date" => RunOrder::End,
        "updated_at" => RunOrder::Changed,
        "conf" => RunOrder::Conf,
        "duration" => RunOrder::Duration,
        _ => RunOrder::Date,
    };
    Ok((order, first.is_descending))
}

impl Query {
    fn means_nothing(&self) -> bool {
        self.partition_date_gte.is_some()
            || self.partition_date_lte.is_some()
            || self.partition_key_pattern.is_some()
            || self.partition_key_prefix_pattern.is_some()
            || self.bundle_version.is_some()
    }

    fn page(&self, cursor: &Cursor) -> Result<RunPage, Failure> {
        let (order, is_descending) = order(&or_default(self.order_by.clone(), "id"))?;
        let run_type = |name: &String| -> Result<RunType, Failure> {
            name.parse()
                .map_err(|_| Failure::query(format!("`{name}` is no type of runs")))
        };
        let states = run_states(&self.state)?;
        Ok(spans!(RunPage of self;
            dag_id: either(self.dag_id_pattern.clone(), self.dag_id_prefix_pattern.clone()),
            run_id: either(self.run_id_pattern.clone(), self.run_id_prefix_pattern.clone()),
            triggered_by: either(
                self.triggering_user_name_pattern.clone(),
                self.triggering_user_name_prefix_pattern.clone(),
            ),
            conf: pattern(self.conf_contains.clone()),
            consumed_asset: either(self.consuming_asset_pattern.clone(), None),
            changed: bounds([
                self.updated_at_gte,
                self.updated_at_gt,
                self.updated_at_lte,
                self.updated_at_lt,
            ]),
            states: (!states.is_empty()).then_some(states),
            run_types: self.run_type.iter().map(run_type).collect::<Result<_, _>>()?,
            versions: self.dag_version.clone(),
            order,
            is_descending,
            limit: cursor.page.limit,
            offset: cursor.page.offset,
            ..RunPage::default()
        ))
    }
}

async fn list(call: Call<OfDag, Query>) -> Result<Json<DagRunCollectionResponse>, Failure> {
    let query = &call.query;
    let cursor = Cursor::read(query.cursor.as_deref(), query.limit, query.offset)?;
    let page = query.page(&cursor)?;
    if cursor.is_by_key() && page.order == RunOrder::Date && !query.means_nothing() {
        return by_date(&call, &cursor, page).await.map(Json);
    }
    let mut found = runs::list((&call.api, &call.identity), &call.path.dag_id, page).await?;
    if query.means_nothing() {
        found = Paged {
            rows: Vec::new(),
            total: 0,
        };
    }
    let (next_cursor, previous_cursor) = cursor.neighbours(found.total);
    let whole = DagRunCollectionResponse::of(&call.api, found).await?;
    Ok(Json(DagRunCollectionResponse {
        total_entries: whole.total_entries.filter(|_| !cursor.is_used),
        next_cursor,
        previous_cursor,
        ..whole
    }))
}

/// A page that stands beside a run, in the order of dates.
async fn by_date(
    call: &Call<OfDag, Query>,
    cursor: &Cursor,
    page: RunPage,
) -> Result<DagRunCollectionResponse, Failure> {
    let page = RunPage {
        is_descending: page.is_descending != cursor.is_back(),
        limit: page.limit + 1,
        ..page
    };
    let place = cursor.key()?.map(place).transpose()?;
    let rows = runs::after(
        (&call.api, &call.identity),
        &call.path.dag_id,
        page,
        place.as_ref(),
    )
    .await?;
    let turned = cursor.turned(rows, |run| {
        let RunPlace { date, key } = RunPlace::of(run);
        let date = date.as_microsecond().to_string();
        vec![date, key.dag_id.to_string(), key.run_id.to_string()]
    });
    Ok(DagRunCollectionResponse {
        dag_runs: DagRunResponse::all(&call.api, turned.rows).await?,
        total_entries: None,
        total_entries_limit: None,
        next_cursor: turned.next,
        previous_cursor: turned.previous,
    })
}

fn place([date, dag_id, run_id]: &[String; 3]) -> Result<RunPlace, Failure> {
    let date = date
        .parse()
        .ok()
        .and_then(|date| Timestamp::from_microsecond(date).ok());
    Ok(RunPlace {
        date: date.ok_or_else(cursor::unknown)?,
        key: RunKey {
            dag_id: dag_id.parse().map_err(|_| cursor::unknown())?,
            run_id: run_id.parse().map_err(|_| cursor::unknown())?,
        },
    })
}
