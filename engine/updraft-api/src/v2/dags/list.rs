//! `GET /dags`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::Action;
use updraft_store::{DagPage, TextSearch};

use super::{BUNDLE, DagResponse};
use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Json, Nothing};
use crate::domain::dags::{self, Dag};
use crate::domain::favorites;
use crate::domain::search::either;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged, flag};
use crate::time::{Given, bounds};
use crate::v2::{or_default, run_states};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags", "get_dags");
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403, 422], list)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    tags: Vec<String>,
    /// `any` or `all` of the tags.
    tags_match_mode: Option<String>,
    #[serde(default)]
    owners: Vec<String>,
    dag_id_pattern: Option<String>,
    dag_id_prefix_pattern: Option<String>,
    dag_display_name_pattern: Option<String>,
    dag_display_name_prefix_pattern: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    exclude_stale: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    paused: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    has_import_errors: Option<bool>,
    last_dag_run_state: Option<String>,
    bundle_name: Option<String>,
    bundle_version: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    has_asset_schedule: Option<bool>,
    asset_dependency: Option<String>,
    dag_run_start_date_gte: Option<Given>,
    dag_run_start_date_gt: Option<Given>,
    dag_run_start_date_lte: Option<Given>,
    dag_run_start_date_lt: Option<Given>,
    dag_run_end_date_gte: Option<Given>,
    dag_run_end_date_gt: Option<Given>,
    dag_run_end_date_lte: Option<Given>,
    dag_run_end_date_lt: Option<Given>,
    #[serde(default)]
    dag_run_state: Vec<String>,
    #[serde(default)]
    order_by: Vec<String>,
    #[serde(default, deserialize_with = "flag")]
    is_favorite: Option<bool>,
    #[serde(default)]
    timetable_type: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DAGCollectionResponse")]
pub(super) struct DagCollectionResponse {
    dags: Vec<DagResponse>,
    total_entries: u64,
}

impl DagCollectionResponse {
    pub(super) fn of(api: &Api, found: Paged<Dag>) -> Self {
        let (dags, total_entries) = found.map(|dag| DagResponse::of(api, dag));
        Self { dags, total_entries }
    }
}

/// Whether one of the tags is enough.
pub(super) fn any_tag(mode: Option<&str>) -> Result<bool, Failure> {
    match mode {
        None | Some("any") => Ok(true),
        Some("all") => Ok(false),
        Some(_) => Err(Failure::query("`tags_match_mode` is `any` or `all`")),
    }
}

impl Query {
    /// Whether no DAG is meant: there is one bundle, without versions, and nobody has marked a DAG.
    fn means_nothing(&self) -> bool {
        self.bundle_name.as_ref().is_some_and(|name| name != BUNDLE) || self.bundle_version.is_some()
    }

    fn page(&self) -> Result<DagPage, Failure> {
        let orders = Order::parse(&or_default(self.order_by.clone(), "dag_id"), &dags::COLUMNS)?;
        let (order, is_descending) = dags::order(&orders);
        let page = Page::v2(self.limit, self.offset);
        let mut dag_id = either(self.dag_id_pattern.clone(), self.dag_id_prefix_pattern.clone());
        let display_name = either(
            self.dag_display_name_pattern.clone(),
            self.dag_display_name_prefix_pattern.clone(),
        );
        if dag_id == TextSearch::default() {
            dag_id = display_name;
        } else if display_name != TextSearch::default() {
            return Err(Failure::query(
                "the name that people see of a DAG is its id: search for one of them",
            ));
        }
        if !self.timetable_type.is_empty() {
            return Err(Failure::query(
                "`timetable_type` cannot be searched for: timetables have no classes here",
            ));
        }
        let last = run_states(self.last_dag_run_state.as_slice())?;
        Ok(DagPage {
            dags: None,
            only_active: self.exclude_stale.unwrap_or(true),
            is_paused: self.paused,
            dag_id,
            tags: self.tags.iter().cloned().collect(),
            any_tag: any_tag(self.tags_match_mode.as_deref())?,
            owners: self.owners.clone(),
            has_import_errors: self.has_import_errors,
            has_asset_schedule: self.has_asset_schedule,
            asset: either(self.asset_dependency.clone(), None),
            last_run_state: last.first().copied(),
            run_states: run_states(&self.dag_run_state)?,
            run_started: bounds([
                self.dag_run_start_date_gte,
                self.dag_run_start_date_gt,
                self.dag_run_start_date_lte,
                self.dag_run_start_date_lt,
            ]),
            run_ended: bounds([
                self.dag_run_end_date_gte,
                self.dag_run_end_date_gt,
                self.dag_run_end_date_lte,
                self.dag_run_end_date_lt,
            ]),
            order,
            is_descending,
            limit: page.limit,
            offset: page.offset,
        })
    }
}

async fn list(call: Call<Nothing, Query>) -> Result<Json<DagCollectionResponse>, Failure> {
    let mut page = call.query.page()?;
    page.dags = favorites::chosen(&call.api, &call.identity, call.query.is_favorite).await?;
    if call.query.means_nothing() {
        return Ok(Json(DagCollectionResponse::of(&call.api, Paged::empty())));
    }
    let found = dags::list((&call.api, &call.identity), page).await?;
    Ok(Json(DagCollectionResponse::of(&call.api, found)))
}
