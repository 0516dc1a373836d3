//! The DAGs that somebody likes best.

use updraft_model::DagId;

use super::dags;
use crate::call::Actor;
use crate::failure::Failure;

/// Makes a DAG one of those that somebody likes best.
pub(crate) async fn add(actor: &Actor<'_>, dag_id: &str) -> Result<(), Failure> {
    let (user_id, dag_id) = of(actor, dag_id).await?;
    actor.store().add_favorite(user_id, &dag_id).await?;
    Ok(())
}

/// Ends that.
pub(crate) async fn remove(actor: &Actor<'_>, dag_id: &str) -> Result<(), Failure> {
    let (user_id, dag_id) = of(actor, dag_id).await?;
    if !actor.store().remove_favorite(user_id, &dag_id).await? {
        return Err(Failure::Conflict(format!(
            "the DAG `{dag_id}` is none of your favorites"
        )));
    }
    Ok(())
}

async fn of(actor: &Actor<'_>, dag_id: &str) -> Result<(i64, DagId), Failure> {
    let user_id = actor.identity.user_id.ok_or(Failure::Forbidden)?;
    let id = dags::parse(dag_id)?;
    match actor.api.store().dag_row(&id).await? {
        Some(_) => Ok((user_id, id)),
        None => Err(Failure::NotFound(format!("there is no DAG `{dag_id}`"))),
    }
}
