//! `PATCH /runs/{dag_id}/{run_id}/note`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::ui::shapes::{ByRun, NoteBody, Run};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/runs/{dag_id}/{run_id}/note", "set_run_note");
    let needs = Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], patch)
}

async fn patch(call: Call<ByRun, Nothing, Json<NoteBody>>) -> Result<Json<Run>, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.run_id)?;
    let note = call.body.0.note.as_deref().filter(|note| !note.is_empty());
    runs::set_note(&call.actor(), &key, note).await?;
    Ok(Json(Run::of(&runs::get(&call.api, &key).await?)))
}
