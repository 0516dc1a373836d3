//! `PATCH /pools`: makes, changes and deletes many.

use axum::http::Method;
use updraft_auth::{Action, Resource};
use updraft_model::Pool;

use super::PoolBody;
use crate::access::Needs;
use crate::call::{Actor, Call, Json, Nothing};
use crate::domain::pools;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;
use crate::v2::bulk::{BulkBody, BulkResponse, Entity, perform};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/pools", "bulk_pools");
    let needs = Needs::Resource(Action::Edit, Resource::POOL);
    Endpoint::new(at, needs, &[401, 403, 422], bulk)
}

impl Entity for PoolBody {
    const WORD: &'static str = "pools";
    const RESOURCE: Resource = Resource::POOL;

    fn name(&self) -> &str {
        &self.name
    }

    async fn exists(actor: &Actor<'_>, name: &str) -> Result<bool, Failure> {
        Ok(actor.api.store().pool(name).await?.is_some())
    }

    async fn put(&self, actor: &Actor<'_>) -> Result<(), Failure> {
        pools::set(actor, self.pool()).await.map(|_| ())
    }

    async fn update(&self, actor: &Actor<'_>, mask: &Mask) -> Result<(), Failure> {
        let known = pools::get(actor.api, &self.name).await?.pool;
        let wanted = self.pool();
        let pool = Pool {
            slots: if mask.covers("slots") {
                wanted.slots
            } else {
                known.slots
            },
            description: if mask.covers("description") {
                wanted.description
            } else {
                known.description
            },
            include_deferred: if mask.covers("include_deferred") {
                wanted.include_deferred
            } else {
                known.include_deferred
            },
            name: known.name,
        };
        pools::set(actor, pool).await.map(|_| ())
    }

    async fn delete(actor: &Actor<'_>, name: &str) -> Result<(), Failure> {
        pools::delete(actor, name).await
    }
}

async fn bulk(call: Call<Nothing, Nothing, Json<BulkBody<PoolBody>>>) -> Result<Json<BulkResponse>, Failure> {
    let (call, Json(body)) = call.take_body();
    Ok(Json(perform(&call.actor(), body).await?))
}
