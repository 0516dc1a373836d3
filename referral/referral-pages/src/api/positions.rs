//! `GET /positions` and `GET /words`: the list of positions, and what it can be filtered by.

use axum::Json;
use axum::extract::State;
use referral_store::pages::positions::{PositionFilter, PositionOrder};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, shapes};
use crate::extract::Words;
use crate::failure::Failure;
use crate::service::Pages;

/// Positions of a page.
const PAGE: u32 = 50;

/// The furthest page.
const PAGE_MAX: u32 = 10_000;

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    client: String,
    has: Option<Has>,
    open: Option<Open>,
    sort: Option<Sort>,
    page: Option<u32>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Has {
    Some,
    None,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Open {
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Sort {
    Best,
    Suggested,
    Newest,
    Title,
}

pub(crate) async fn list(State(pages): State<Pages>, Words(asked): Words<Asked>) -> Answer {
    let page = asked.page.unwrap_or(1);
    if !(1..=PAGE_MAX).contains(&page) {
        return Err(Failure::BadRequest(format!(
            "`page` is {page}, expected a number from 1 to {PAGE_MAX}"
        )));
    }
    let filter = PositionFilter {
        text: asked.q.trim().to_owned(),
        status: asked.status,
        client: asked.client,
        has_matches: asked.has.map(|has| matches!(has, Has::Some)),
        is_open: asked.open.map(|open| matches!(open, Open::Open)),
        order: match asked.sort {
            None | Some(Sort::Best) => PositionOrder::Best,
            Some(Sort::Suggested) => PositionOrder::Suggested,
            Some(Sort::Newest) => PositionOrder::Newest,
            Some(Sort::Title) => PositionOrder::Title,
        },
    };
    let (found, total) = pages.store().positions(&filter, PAGE, (page - 1) * PAGE).await?;
    let rows: Vec<Value> = found.iter().map(shapes::summary).collect();
    Ok(Json(
        json!({ "positions": rows, "total": total, "page": page, "size": PAGE }),
    ))
}

pub(crate) async fn words(State(pages): State<Pages>) -> Answer {
    let words = pages.store().position_words().await?;
    Ok(Json(
        json!({ "statuses": words.statuses, "clients": words.clients }),
    ))
}
