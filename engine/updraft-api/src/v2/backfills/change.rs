//! `PUT /backfills/{backfill_id}/pause`, `/unpause` and `/cancel`.

use axum::http::Method;
use updraft_auth::{Action, Resource};
use updraft_model::BackfillEvent;

use super::{BackfillResponse, ByNumber};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::backfills;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoints() -> [Endpoint; 3] {
    let needs = || Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN]);
    let at = |path, id| At(Method::PUT, path, id);
    let failures = &[401, 403, 404, 409, 422];
    [
        Endpoint::new(
            at("/backfills/{backfill_id}/pause", "pause_backfill"),
            needs(),
            failures,
            pause,
        ),
        Endpoint::new(
            at("/backfills/{backfill_id}/unpause", "unpause_backfill"),
            needs(),
            failures,
            unpause,
        ),
        Endpoint::new(
            at("/backfills/{backfill_id}/cancel", "cancel_backfill"),
            needs(),
            failures,
            cancel,
        ),
    ]
}

async fn pause(call: Call<ByNumber, Nothing>) -> Result<Json<BackfillResponse>, Failure> {
    change(call, BackfillEvent::Pause).await
}

async fn unpause(call: Call<ByNumber, Nothing>) -> Result<Json<BackfillResponse>, Failure> {
    change(call, BackfillEvent::Unpause).await
}

async fn cancel(call: Call<ByNumber, Nothing>) -> Result<Json<BackfillResponse>, Failure> {
    change(call, BackfillEvent::Cancel).await
}

async fn change(
    call: Call<ByNumber, Nothing>,
    event: BackfillEvent,
) -> Result<Json<BackfillResponse>, Failure> {
    let changed = backfills::change(&call.actor(), call.path.backfill_id, event).await?;
    Ok(Json(changed.into()))
}
