//! `PATCH /dags/{dag_id}/dagRuns`: changes or deletes several runs; of several DAGs with `~` as id.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::{DagRunState, RunKey};

use super::OfDag;
use crate::access::{ALL, Needs};
use crate::call::{Actor, Call, Json, Nothing};
use crate::domain::runs;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;
use crate::v2::many::{BulkAction, BulkBody, BulkResponse, Missing, Named};

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::PATCH, "/dags/{dag_id}/dagRuns", "bulk_dag_runs");
    let needs = Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[401, 403, 422], bulk)
}

/// A run, and what it is to have.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BulkDAGRunBody")]
pub(super) struct Entity {
    pub(super) dag_run_id: String,
    /// Where the path names no DAG.
    pub(super) dag_id: Option<String>,
    /// `success`, `failed` or `queued`.
    pub(super) state: Option<String>,
    /// At most 1,000 characters.
    pub(super) note: Option<String>,
}

impl Entity {
    /// The run, of the DAG of the path or of its own, which somebody may edit.
    pub(super) fn key(&self, actor: &Actor<'_>, of: &str) -> Result<RunKey, Failure> {
        let dag_id = match (of, self.dag_id.as_deref()) {
            (ALL, Some(dag_id)) => dag_id,
            (ALL, None) => {
                return Err(Failure::body(format!(
                    "run `{}` wants a `dag_id`",
                    self.dag_run_id
                )));
            }
            (of, None) => of,
            (of, Some(dag_id)) if of == dag_id => of,
            (of, Some(dag_id)) => {
                return Err(Failure::body(format!(
                    "`dag_id` is `{dag_id}`, the path says `{of}`"
                )));
            }
        };
        let key = runs::key(dag_id, &self.dag_run_id)?;
        if !actor.identity.allows(Action::Edit, &Resource::dag(&key.dag_id)) {
            return Err(Failure::Forbidden);
        }
        Ok(key)
    }

    fn name(&self, of: &str) -> String {
        format!("{}.{}", self.dag_id.as_deref().unwrap_or(of), self.dag_run_id)
    }
}

async fn bulk(call: Call<OfDag, Nothing, Json<BulkBody<Entity>>>) -> Result<Json<BulkResponse>, Failure> {
    let (actor, of, Json(body)) = (call.actor(), call.path.dag_id.as_str(), &call.body);
    body.check()?;
    let mut told = BulkResponse::default();
    for action in &body.actions {
        match action {
            BulkAction::Create { entities, .. } => {
                let told = told.create.get_or_insert_default();
                for entity in entities {
                    let refused = Err::<(), _>(Failure::BadRequest(
                        "runs are made by triggering their DAG".to_owned(),
                    ));
                    told.note(entity.name(of), refused, Missing::Fail)?;
                }
            }
            BulkAction::Update {
                entities,
                update_mask,
                action_on_non_existence,
            } => {
                let told = told.update.get_or_insert_default();
                let mask = Mask {
                    update_mask: update_mask.clone().unwrap_or_default(),
                };
                for entity in entities {
                    let done = update(&actor, of, entity, &mask).await;
                    told.note(entity.name(of), done, *action_on_non_existence)?;
                }
            }
            BulkAction::Delete {
                entities,
                action_on_non_existence,
            } => {
                let told = told.delete.get_or_insert_default();
                for entity in entities {
                    let entity = whole(entity);
                    let done = delete(&actor, of, &entity).await;
                    told.note(entity.name(of), done, *action_on_non_existence)?;
                }
            }
        }
    }
    Ok(Json(told))
}

fn whole(entity: &Named<Entity>) -> Entity {
    match entity {
        Named::Whole(entity) => entity.clone(),
        Named::Name(run_id) => Entity {
            dag_run_id: run_id.clone(),
            dag_id: None,
            state: None,
            note: None,
        },
    }
}

async fn update(actor: &Actor<'_>, of: &str, entity: &Entity, mask: &Mask) -> Result<(), Failure> {
    let key = entity.key(actor, of)?;
    runs::get(actor.api, &key).await?;
    if let Some(state) = entity.state.as_ref().filter(|_| mask.covers("state")) {
        let wrong = |_| Failure::body("`state` is `success`, `failed` or `queued`");
        let state: DagRunState = state.parse().map_err(wrong)?;
        runs::set_state(actor, &key, state).await?;
    }
    if entity.note.is_some() && mask.covers("note") {
        runs::set_note(actor, &key, entity.note.as_deref()).await?;
    }
    Ok(())
}

async fn delete(actor: &Actor<'_>, of: &str, entity: &Entity) -> Result<(), Failure> {
    if !actor.identity.allows(Action::Delete, &Resource::DAG_RUN) {
        return Err(Failure::Forbidden);
    }
    runs::delete(actor, &entity.key(actor, of)?).await
}
