//! Deleting DAGs.

use updraft_store::DeleteDagError;

use super::dags;
use super::elsewhere::elsewhere;
use crate::call::Actor;
use crate::failure::Failure;

/// Deletes a DAG with everything that belongs to it. One that a source still defines comes back as a new one.
pub(crate) async fn delete(actor: &Actor<'_>, dag_id: &str) -> Result<(), Failure> {
    let id = dags::parse(dag_id)?;
    let (store, now) = (actor.store(), actor.api.now());
    match elsewhere(async move || store.delete_dag(&id, now).await).await? {
        Ok(()) => Ok(()),
        Err(error @ DeleteDagError::Unknown { .. }) => Err(Failure::NotFound(error.to_string())),
        Err(error @ DeleteDagError::Running { .. }) => Err(Failure::Conflict(error.to_string())),
        Err(DeleteDagError::Store(error)) => Err(error.into()),
    }
}
