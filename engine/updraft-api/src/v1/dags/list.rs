//! `GET /dags`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::Action;
use updraft_store::DagPage;

use super::{Dag, DagCollection};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dags;
use crate::domain::search::pattern;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Order, Page, Paged, flag, list};
use crate::v1::fields::Picked;

pub(super) fn endpoint() -> Endpoint {
    Endpoint::new(
        At(Method::GET, "/dags", "get_dags"),
        Needs::Dag(Action::Read),
        &[401],
        get_dags,
    )
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    order_by: Option<String>,
    #[serde(default, deserialize_with = "list")]
    tags: Vec<String>,
    #[serde(default, deserialize_with = "flag")]
    only_active: Option<bool>,
    #[serde(default, deserialize_with = "flag")]
    paused: Option<bool>,
    #[serde(default, deserialize_with = "list")]
    fields: Vec<String>,
    dag_id_pattern: Option<String>,
}

async fn get_dags(call: Call<Nothing, Query>) -> Result<Json<DagCollection<Picked<Dag>>>, Failure> {
    let query = call.query;
    let orders = Order::parse(query.order_by.as_slice(), &dags::COLUMNS)?;
    let (order, is_descending) = dags::order(&orders);
    let page = Page::v1(query.limit, query.offset);
    let wanted = DagPage {
        only_active: query.only_active.unwrap_or(true),
        is_paused: query.paused,
        tags: query.tags.into_iter().collect(),
        any_tag: true,
        dag_id: pattern(query.dag_id_pattern),
        order,
        is_descending,
        limit: page.limit,
        offset: page.offset,
        ..DagPage::default()
    };
    let Paged { rows, total } = dags::list((&call.api, &call.identity), wanted).await?;
    let picked = rows
        .into_iter()
        .map(|dag| Picked::of(Dag::of(&call.api, dag), &query.fields));
    Ok(Json(DagCollection {
        dags: picked.collect::<Result<_, _>>()?,
        total_entries: total,
    }))
}
