//! `POST /assets/events`: says that an asset was updated.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};

use super::AssetEventResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::POST, "/assets/events", "create_asset_event");
    let needs = Needs::Resource(Action::Create, Resource::ASSET);
    Endpoint::new(at, needs, &[401, 403, 404, 422], create)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateAssetEventsBody {
    asset_id: i64,
    /// There are no partitions here.
    partition_key: Option<String>,
    #[serde(default)]
    extra: Map<String, Value>,
    #[expect(dead_code, reason = "accepted for Airflow's sake: there are no teams here")]
    access_control: Option<AssetEventAccessControl>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "accepted for Airflow's sake: there are no teams here")]
struct AssetEventAccessControl {
    consumer_teams: Option<Vec<String>>,
    #[serde(default)]
    allow_global: bool,
}

async fn create(
    call: Call<Nothing, Nothing, Json<CreateAssetEventsBody>>,
) -> Result<Json<AssetEventResponse>, Failure> {
    let (call, Json(body)) = call.take_body();
    if body.partition_key.is_some() {
        return Err(Failure::body("there are no partitions here"));
    }
    let asset = assets::get(&call.api, body.asset_id).await?;
    let uri = asset.row.asset.uri;
    Ok(Json(
        assets::create_event(&call.actor(), &uri, body.extra)
            .await?
            .into(),
    ))
}
