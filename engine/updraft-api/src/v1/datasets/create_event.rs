//! `POST /datasets/events`: says that a dataset was updated.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};

use super::DatasetEvent;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::assets;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::POST, "/datasets/events", "create_dataset_event");
    let needs = Needs::Resource(Action::Create, Resource::ASSET);
    Endpoint::new(at, needs, &[400, 401, 403, 404], create)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateDatasetEvent {
    dataset_uri: String,
    extra: Option<Map<String, Value>>,
}

async fn create(
    call: Call<Nothing, Nothing, Json<CreateDatasetEvent>>,
) -> Result<Json<DatasetEvent>, Failure> {
    let (call, Json(body)) = call.take_body();
    let extra = body.extra.unwrap_or_default();
    Ok(Json(
        assets::create_event(&call.actor(), &body.dataset_uri, extra)
            .await?
            .into(),
    ))
}
