//! `POST /assets/{asset_id}/materialize`: runs the DAG that updates an asset.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};

use super::ByNumber;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing, OptionalJson};
use crate::domain::assets;
use crate::domain::runs::Asked;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{Given, interval};
use crate::v2::dag_runs::DagRunResponse;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::POST,
        "/assets/{asset_id}/materialize",
        "materialize_asset",
    );
    let needs = Needs::Resource(Action::Create, Resource::ASSET);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 409, 422], materialize)
}

/// The run that somebody asks for.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct MaterializeAssetBody {
    dag_run_id: Option<String>,
    data_interval_start: Option<Given>,
    data_interval_end: Option<Given>,
    logical_date: Option<Given>,
    run_after: Option<Given>,
    conf: Option<Map<String, Value>>,
    note: Option<String>,
    partition_key: Option<String>,
}

async fn materialize(
    call: Call<ByNumber, Nothing, OptionalJson<MaterializeAssetBody>>,
) -> Result<Json<DagRunResponse>, Failure> {
    let (call, OptionalJson(body)) = call.take_body();
    let body = body.unwrap_or_default();
    if body.partition_key.is_some() {
        return Err(Failure::BadRequest("there are no partitions here".to_owned()));
    }
    let asked = Asked {
        run_id: body.dag_run_id,
        logical_date: body.logical_date.map(|given| given.0),
        data_interval: interval(body.data_interval_start, body.data_interval_end)?,
        run_after: body.run_after.map(|given| given.0),
        conf: body.conf.unwrap_or_default(),
        note: body.note,
    };
    let run = assets::materialize(&call.actor(), call.path.asset_id, asked).await?;
    Ok(Json(DagRunResponse::of(&call.api, run).await?))
}
