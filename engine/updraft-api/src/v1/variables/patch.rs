//! `PATCH /variables/{variable_key}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{ByKey, Variable, VariableBody};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::variables::{self, Wanted};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v1::mask::Mask;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/variables/{variable_key}", "patch_variable");
    Endpoint::new(
        at,
        Needs::Resource(Action::Edit, Resource::VARIABLE),
        &[400, 401, 403, 404],
        patch,
    )
}

async fn patch(call: Call<ByKey, Mask, Json<VariableBody>>) -> Result<Json<Variable>, Failure> {
    let (Json(body), mask, key) = (&call.body, &call.query, &call.path.variable_key);
    mask.demand(&["key", "description", "value"])?;
    let known = variables::get(&call.api, key).await?;
    if body.key.as_ref().is_some_and(|other| other != key) {
        return Err(Failure::BadRequest(
            "`key` of the body is not the one of the address".to_owned(),
        ));
    }
    let value = body.value.as_deref().filter(|_| mask.covers("value"));
    let wanted = Wanted {
        key,
        value: value.unwrap_or(&known.value),
        description: body.description.as_deref().filter(|_| mask.covers("description")),
    };
    Ok(Json(variables::set(&call.actor(), wanted).await?.into()))
}
