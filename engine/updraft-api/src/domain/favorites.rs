//! The DAGs that somebody likes best.

use std::collections::BTreeSet;

use updraft_auth::Identity;
use updraft_model::DagId;
use updraft_store::DagFilter;

use super::dags;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;

/// The DAGs that whoever asks likes best.
pub(crate) async fn of_user(api: &Api, identity: &Identity) -> Result<BTreeSet<DagId>, Failure> {
    match identity.user_id {
        Some(user_id) => Ok(api.store().favorites(user_id).await?),
        None => Ok(BTreeSet::new()),
    }
}

/// Those that are favorites, or those that are none; `None`: it does not matter.
pub(crate) async fn chosen(
    api: &Api,
    identity: &Identity,
    is_favorite: Option<bool>,
) -> Result<Option<BTreeSet<DagId>>, Failure> {
    let Some(is_favorite) = is_favorite else {
        return Ok(None);
    };
    let favorites = of_user(api, identity).await?;
    if is_favorite {
        return Ok(Some(favorites));
    }
    let all = api.store().dags(DagFilter::default()).await?;
    let others = all.into_iter().map(|row| row.dag_id);
    Ok(Some(others.filter(|id| !favorites.contains(id)).collect()))
}

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
