//! `/assets`: assets by their name, address or alias.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_protocol::message::{GetAssetByName, GetAssetByUri, GetAssetsByAlias, Inquiry};

use super::convert;
use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use super::shapes::AssetShape;
use crate::call::{Json, Nothing};

pub(crate) fn operations() -> Vec<Operation> {
    const FAILURES: &[u16] = &[401, 404, 422];
    let by = AskedBy::Attempt;
    vec![
        Operation::new((Method::GET, "/assets/by-name"), by, FAILURES, by_name),
        Operation::new((Method::GET, "/assets/by-uri"), by, FAILURES, by_uri),
        Operation::new((Method::GET, "/assets/by-alias"), by, FAILURES, by_alias).since_june_2026(),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ByName {
    name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ByUri {
    uri: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ByAlias {
    alias_name: String,
}

async fn by_name(ask: Ask<Nothing, ByName>) -> Result<Json<AssetShape>, Refusal> {
    let inquiry = Inquiry::AssetByName(GetAssetByName {
        name: ask.query.name.clone(),
    });
    let found = expect_answer!(ask.inquire(inquiry).await?, AssetResult);
    Ok(Json(convert::asset(found)))
}

async fn by_uri(ask: Ask<Nothing, ByUri>) -> Result<Json<AssetShape>, Refusal> {
    let inquiry = Inquiry::AssetByUri(GetAssetByUri {
        uri: ask.query.uri.clone(),
    });
    let found = expect_answer!(ask.inquire(inquiry).await?, AssetResult);
    Ok(Json(convert::asset(found)))
}

async fn by_alias(ask: Ask<Nothing, ByAlias>) -> Result<Json<Vec<AssetShape>>, Refusal> {
    let inquiry = Inquiry::AssetsByAlias(GetAssetsByAlias {
        alias_name: ask.query.alias_name.clone(),
    });
    let found = expect_answer!(ask.inquire(inquiry).await?, AssetsByAliasResult);
    Ok(Json(found.assets.into_iter().map(convert::asset).collect()))
}
