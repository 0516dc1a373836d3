//! `DELETE /dags/{dag_id}`: deletes a DAG with everything that belongs to it.

use axum::http::Method;
use updraft_auth::Action;

use super::ById;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::delete_dag;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::DELETE, "/dags/{dag_id}", "delete_dag");
    Endpoint::new(
        at,
        Needs::Dag(Action::Delete),
        &[400, 401, 403, 404, 409, 422],
        delete,
    )
}

async fn delete(call: Call<ById, Nothing>) -> Result<Json<()>, Failure> {
    delete_dag::delete(&call.actor(), &call.path.dag_id).await?;
    Ok(Json(()))
}
