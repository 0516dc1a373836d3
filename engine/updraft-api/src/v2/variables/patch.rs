//! `PATCH /variables/{variable_key}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByKey, VariableBody, VariableResponse};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::variables::{self, Wanted};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/variables/{variable_key}", "patch_variable");
    let needs = Needs::Resource(Action::Edit, Resource::VARIABLE);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 422], patch)
}

async fn patch(call: Call<ByKey, Mask, Json<VariableBody>>) -> Result<Json<VariableResponse>, Failure> {
    let (Json(body), mask, key) = (&call.body, &call.query, &call.path.variable_key);
    if body.key != *key {
        return Err(Failure::BadRequest(
            "Invalid body, key from request body doesn't match uri parameter".to_owned(),
        ));
    }
    let known = variables::get(&call.api, key).await?;
    let value = if mask.covers("value") {
        body.text()
    } else {
        known.value
    };
    let wanted = Wanted {
        key,
        value: &value,
        description: body.description.as_deref().filter(|_| mask.covers("description")),
    };
    Ok(Json(variables::set(&call.actor(), wanted).await?.into()))
}
