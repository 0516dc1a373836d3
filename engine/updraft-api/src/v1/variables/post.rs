//! `POST /variables`: makes a variable, or changes the one of that key, as in Airflow 2.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{Variable, VariableBody};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::variables::{self, Wanted};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Create, Resource::VARIABLE);
    Endpoint::new(
        At(Method::POST, "/variables", "post_variables"),
        needs,
        &[400, 401, 403],
        post,
    )
}

async fn post(call: Call<Nothing, Nothing, Json<VariableBody>>) -> Result<Json<Variable>, Failure> {
    let Json(body) = &call.body;
    let (Some(key), Some(value)) = (&body.key, &body.value) else {
        return Err(Failure::body("`key` and `value` are required"));
    };
    let wanted = Wanted {
        key,
        value,
        description: body.description.as_deref(),
    };
    Ok(Json(variables::set(&call.actor(), wanted).await?.into()))
}
