//! `PATCH /dags`: pauses or unpauses the DAGs whose ids match a pattern.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::Action;
use updraft_store::DagPage;

use super::{Dag, DagBody, DagCollection};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dags;
use crate::domain::search::pattern;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Page, Paged, flag, list};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/dags", "patch_dags");
    Endpoint::new(at, Needs::Dag(Action::Edit), &[401, 403, 404], patch)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default, deserialize_with = "list")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    update_mask: Vec<String>,
    #[serde(default, deserialize_with = "flag")]
    only_active: Option<bool>,
    dag_id_pattern: String,
}

async fn patch(call: Call<Nothing, Query, Json<DagBody>>) -> Result<Json<DagCollection<Dag>>, Failure> {
    let (query, Json(body)) = (&call.query, &call.body);
    if query.update_mask.iter().any(|name| name != "is_paused") {
        return Err(Failure::BadRequest(
            "`update_mask` may name `is_paused` only".to_owned(),
        ));
    }
    let Some(is_paused) = body.is_paused else {
        return Err(Failure::body("`is_paused` is required"));
    };
    let page = Page::v1(query.limit, query.offset);
    let wanted = DagPage {
        only_active: query.only_active.unwrap_or(true),
        tags: query.tags.iter().cloned().collect(),
        any_tag: true,
        dag_id: pattern(Some(query.dag_id_pattern.clone())),
        limit: page.limit,
        offset: page.offset,
        ..DagPage::default()
    };
    let Paged { rows, total } = dags::set_all_paused(&call.actor(), wanted, is_paused).await?;
    Ok(Json(DagCollection {
        dags: rows.into_iter().map(|dag| Dag::of(&call.api, dag)).collect(),
        total_entries: total,
    }))
}
