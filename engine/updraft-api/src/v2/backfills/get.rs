//! `GET /backfills/{backfill_id}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::{BackfillResponse, ByNumber};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::backfills;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/backfills/{backfill_id}", "get_backfill");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], get)
}

async fn get(call: Call<ByNumber, Nothing>) -> Result<Json<BackfillResponse>, Failure> {
    let found = backfills::get((&call.api, &call.identity), call.path.backfill_id).await?;
    Ok(Json(found.into()))
}
