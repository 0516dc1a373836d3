//! `PATCH /variables`: makes, changes and deletes many.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::VariableBody;
use crate::access::Needs;
use crate::call::{Actor, Call, Json, Nothing};
use crate::domain::variables::{self, Wanted};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;
use crate::v2::bulk::{BulkBody, BulkResponse, Entity, perform};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/variables", "bulk_variables");
    let needs = Needs::Resource(Action::Edit, Resource::VARIABLE);
    Endpoint::new(at, needs, &[401, 403, 422], bulk)
}

impl Entity for VariableBody {
    const WORD: &'static str = "variables";
    const RESOURCE: Resource = Resource::VARIABLE;

    fn name(&self) -> &str {
        &self.key
    }

    async fn exists(actor: &Actor<'_>, name: &str) -> Result<bool, Failure> {
        Ok(actor.api.store().variable_row(name).await?.is_some())
    }

    async fn put(&self, actor: &Actor<'_>) -> Result<(), Failure> {
        let wanted = Wanted {
            key: &self.key,
            value: &self.text(),
            description: self.description.as_deref(),
        };
        variables::set(actor, wanted).await.map(|_| ())
    }

    async fn update(&self, actor: &Actor<'_>, mask: &Mask) -> Result<(), Failure> {
        let known = variables::get(actor.api, &self.key).await?;
        let value = if mask.covers("value") {
            self.text()
        } else {
            known.value
        };
        let wanted = Wanted {
            key: &self.key,
            value: &value,
            description: self.description.as_deref().filter(|_| mask.covers("description")),
        };
        variables::set(actor, wanted).await.map(|_| ())
    }

    async fn delete(actor: &Actor<'_>, name: &str) -> Result<(), Failure> {
        variables::delete(actor, name).await
    }
}

async fn bulk(
    call: Call<Nothing, Nothing, Json<BulkBody<VariableBody>>>,
) -> Result<Json<BulkResponse>, Failure> {
    let (call, Json(body)) = call.take_body();
    Ok(Json(perform(&call.actor(), body).await?))
}
