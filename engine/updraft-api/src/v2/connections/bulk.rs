//! `PATCH /connections`: makes, changes and deletes many.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::ConnectionBody;
use crate::access::Needs;
use crate::call::{Actor, Call, Json, Nothing};
use crate::domain::connections;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;
use crate::v2::bulk::{BulkBody, BulkResponse, Entity, perform};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/connections", "bulk_connections");
    let needs = Needs::Resource(Action::Edit, Resource::CONNECTION);
    Endpoint::new(at, needs, &[401, 403, 422], bulk)
}

impl Entity for ConnectionBody {
    const WORD: &'static str = "connections";
    const RESOURCE: Resource = Resource::CONNECTION;

    fn name(&self) -> &str {
        &self.connection_id
    }

    async fn exists(actor: &Actor<'_>, name: &str) -> Result<bool, Failure> {
        Ok(actor.api.store().connection(name).await?.is_some())
    }

    async fn put(&self, actor: &Actor<'_>) -> Result<(), Failure> {
        connections::set(actor, &self.connection_id, &self.connection()).await
    }

    async fn update(&self, actor: &Actor<'_>, mask: &Mask) -> Result<(), Failure> {
        let known = connections::get(actor.api, &self.connection_id).await?;
        connections::set(actor, &self.connection_id, &self.over(known, mask)).await
    }

    async fn delete(actor: &Actor<'_>, name: &str) -> Result<(), Failure> {
        connections::delete(actor, name).await
    }
}

async fn bulk(
    call: Call<Nothing, Nothing, Json<BulkBody<ConnectionBody>>>,
) -> Result<Json<BulkResponse>, Failure> {
    let (call, Json(body)) = call.take_body();
    Ok(Json(perform(&call.actor(), body).await?))
}
