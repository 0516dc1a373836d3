//! `POST /variables`: makes a variable that there is not yet.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{VariableBody, VariableResponse};
use crate::access::Needs;
use crate::call::{Call, Created, Json, Nothing};
use crate::domain::variables::{self, Wanted};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Create, Resource::VARIABLE);
    Endpoint::new(
        At(Method::POST, "/variables", "post_variable"),
        needs,
        &[401, 403, 409, 422],
        post,
    )
}

async fn post(
    call: Call<Nothing, Nothing, Json<VariableBody>>,
) -> Result<Created<VariableResponse>, Failure> {
    let Json(body) = &call.body;
    variables::demand_new(&call.api, &body.key).await?;
    let wanted = Wanted {
        key: &body.key,
        value: &body.text(),
        description: body.description.as_deref(),
    };
    Ok(Created(variables::set(&call.actor(), wanted).await?.into()))
}
