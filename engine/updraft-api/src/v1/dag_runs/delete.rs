//! `DELETE /dags/{dag_id}/dagRuns/{dag_run_id}`.

use axum::http::Method;
use updraft_auth::{Action, Resource};

use super::ById;
use crate::access::Needs;
use crate::call::{Call, NoContent, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::DELETE,
        "/dags/{dag_id}/dagRuns/{dag_run_id}",
        "delete_dag_run",
    );
    let needs = Needs::OfDag(Action::Delete, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[400, 401, 403, 404], delete)
}

async fn delete(call: Call<ById, Nothing>) -> Result<NoContent, Failure> {
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    runs::delete(&call.actor(), &key).await?;
    Ok(NoContent)
}
