//! `POST /connections/defaults`: makes the connections that Airflow has to begin with.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, NoContent, Nothing};
use crate::domain::connections;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let needs = Needs::Resource(Action::Create, Resource::CONNECTION);
    let at = At(
        Method::POST,
        "/connections/defaults",
        "create_default_connections",
    );
    Endpoint::new(at, needs, &[401, 403], create)
}

async fn create(call: Call<Nothing, Nothing>) -> Result<NoContent, Failure> {
    connections::create_defaults(&call.actor()).await?;
    Ok(NoContent)
}
