//! `POST /dags/{dag_id}/favorite` and `POST /dags/{dag_id}/unfavorite`: the DAGs that somebody likes best.

use axum::http::Method;
use updraft_auth::Action;

use super::ById;
use crate::access::Needs;
use crate::call::{Call, NoContent, Nothing};
use crate::domain::favorites;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;

pub(super) fn endpoints() -> [Endpoint; 2] {
    let needs = || Needs::Dag(Action::Read);
    let add_at = At(Method::POST, "/dags/{dag_id}/favorite", "favorite_dag");
    let remove_at = At(Method::POST, "/dags/{dag_id}/unfavorite", "unfavorite_dag");
    [
        Endpoint::new(add_at, needs(), &[401, 403, 404, 422], add),
        Endpoint::new(remove_at, needs(), &[401, 403, 404, 409, 422], remove),
    ]
}

async fn add(call: Call<ById, Nothing>) -> Result<NoContent, Failure> {
    favorites::add(&call.actor(), &call.path.dag_id).await?;
    Ok(NoContent)
}

async fn remove(call: Call<ById, Nothing>) -> Result<NoContent, Failure> {
    favorites::remove(&call.actor(), &call.path.dag_id).await?;
    Ok(NoContent)
}
