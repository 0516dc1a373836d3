//! `/asset-events`: events of assets.

use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_protocol::message::{
    AssetEvent, AssetEventsResult, CausedRun, GetAssetEventByAsset, GetAssetEventByAssetAlias, Inquiry,
};

use super::convert::{self, time};
use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use super::shapes::AssetShape;
use crate::call::{Json, Nothing};
use crate::time::{Given, V2Time};

pub(crate) fn operations() -> Vec<Operation> {
    const FAILURES: &[u16] = &[401, 404, 422];
    let by = AskedBy::Attempt;
    vec![
        Operation::new((Method::GET, "/asset-events/by-asset"), by, FAILURES, by_asset),
        Operation::new(
            (Method::GET, "/asset-events/by-asset-alias"),
            by,
            FAILURES,
            by_alias,
        ),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ByAsset {
    /// Empty: whatever its name is.
    #[schemars(required)]
    name: Option<String>,
    /// Empty: whatever its address is.
    #[schemars(required)]
    uri: Option<String>,
    after: Option<Given>,
    before: Option<Given>,
    #[serde(default = "ascending")]
    ascending: bool,
    limit: Option<u32>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ByAlias {
    name: String,
    after: Option<Given>,
    before: Option<Given>,
    #[serde(default = "ascending")]
    ascending: bool,
    limit: Option<u32>,
}

/// Airflow's default.
const fn ascending() -> bool {
    true
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AssetEventsResponse")]
struct Events {
    asset_events: Vec<EventShape>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AssetEventResponse")]
struct EventShape {
    id: i64,
    timestamp: V2Time,
    extra: Option<Map<String, Value>>,
    asset: AssetShape,
    created_dagruns: Vec<CausedShape>,
    source_task_id: Option<String>,
    source_dag_id: Option<String>,
    source_run_id: Option<String>,
    source_map_index: Option<i32>,
    partition_key: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "DagRunAssetReference")]
struct CausedShape {
    run_id: String,
    dag_id: String,
    logical_date: Option<V2Time>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    state: &'static str,
    data_interval_start: Option<V2Time>,
    data_interval_end: Option<V2Time>,
    partition_key: Option<String>,
}

fn events(found: AssetEventsResult) -> Json<Events> {
    let asset_events = found.asset_events.into_iter().map(event).collect();
    Json(Events { asset_events })
}

fn event(event: AssetEvent) -> EventShape {
    EventShape {
        id: event.id,
        timestamp: V2Time(event.timestamp),
        extra: event.extra,
        asset: convert::asset(event.asset),
        created_dagruns: event.created_dagruns.into_iter().map(caused).collect(),
        source_task_id: event.source_task_id.map(|id| id.to_string()),
        source_dag_id: event.source_dag_id.map(|id| id.to_string()),
        source_run_id: event.source_run_id.map(|id| id.to_string()),
        source_map_index: event.source_map_index.map(|index| index.0),
        partition_key: None,
    }
}

fn caused(run: CausedRun) -> CausedShape {
    CausedShape {
        run_id: run.run_id.to_string(),
        dag_id: run.dag_id.to_string(),
        logical_date: time(run.logical_date),
        start_date: time(run.start_date),
        end_date: time(run.end_date),
        state: run.state.as_str(),
        data_interval_start: time(run.data_interval_start),
        data_interval_end: time(run.data_interval_end),
        partition_key: run.partition_key,
    }
}

async fn by_asset(ask: Ask<Nothing, ByAsset>) -> Result<Json<Events>, Refusal> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let query = &ask.query;
    let (name, uri) = (given(&query.name), given(&query.uri));
    if name.is_none() && uri.is_none() {
        let message = "name and uri cannot both be None";
        return Err(Refusal::told(
            StatusCode::BAD_REQUEST,
            "Missing parameter",
            message,
        ));
    }
    let inquiry = Inquiry::AssetEventByAsset(GetAssetEventByAsset {
        name,
        uri,
        after: query.after.map(|at| at.0),
        before: query.before.map(|at| at.0),
        limit: query.limit,
        ascending: query.ascending,
    });
    Ok(events(expect_answer!(
        ask.inquire(inquiry).await?,
        AssetEventsResult
    )))
}

async fn by_alias(ask: Ask<Nothing, ByAlias>) -> Result<Json<Events>, Refusal> {
    let query = &ask.query;
    let inquiry = Inquiry::AssetEventByAssetAlias(GetAssetEventByAssetAlias {
        alias_name: query.name.clone(),
        after: query.after.map(|at| at.0),
        before: query.before.map(|at| at.0),
        limit: query.limit,
        ascending: query.ascending,
    });
    Ok(events(expect_answer!(
        ask.inquire(inquiry).await?,
        AssetEventsResult
    )))
}
