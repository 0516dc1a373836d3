//! `PATCH /dags`: pauses or unpauses the DAGs whose ids match a pattern. Without a pattern none is meant.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::Action;
use updraft_store::DagPage;

use super::list::{DagCollectionResponse, any_tag};
use super::patch::{DagPatchBody, demand_mask};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dags;
use crate::domain::search::either;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Page, Paged, flag};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/dags", "patch_dags");
    Endpoint::new(at, Needs::Dag(Action::Edit), &[400, 401, 403, 404, 422], patch)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    #[serde(default)]
    update_mask: Vec<String>,
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
    #[serde(default, deserialize_with = "flag")]
    exclude_stale: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    paused: Option<bool>,
}

async fn patch(
    call: Call<Nothing, Query, Json<DagPatchBody>>,
) -> Result<Json<DagCollectionResponse>, Failure> {
    let query = &call.query;
    demand_mask(&query.update_mask)?;
    let any_tag = any_tag(query.tags_match_mode.as_deref())?;
    if query.dag_id_pattern.is_none() && query.dag_id_prefix_pattern.is_none() {
        return Ok(Json(DagCollectionResponse::of(&call.api, Paged::empty())));
    }
    let page = Page::v2(query.limit, query.offset);
    let wanted = DagPage {
        only_active: query.exclude_stale.unwrap_or(true),
        is_paused: query.paused,
        dag_id: either(query.dag_id_pattern.clone(), query.dag_id_prefix_pattern.clone()),
        tags: query.tags.iter().cloned().collect(),
        any_tag,
        owners: query.owners.clone(),
        limit: page.limit,
        offset: page.offset,
        ..DagPage::default()
    };
    let changed = dags::set_all_paused(&call.actor(), wanted, call.body.0.is_paused).await?;
    Ok(Json(DagCollectionResponse::of(&call.api, changed)))
}
