//! `PATCH /dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances`: changes or deletes several tasks of runs; of several runs and DAGs with `~`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_store::Effect;

use super::OfRun;
use super::patch::{self, Body, needs};
use crate::access::ALL;
use crate::call::{Actor, Call, Json, Nothing};
use crate::domain::{dags, runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::many::{BulkAction, BulkBody, BulkResponse, Missing, Named};

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::PATCH,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances",
        "bulk_task_instances",
    );
    Endpoint::new(at, needs(), &[401, 403, 422], bulk)
}

/// A task of a run, and what it is to have.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BulkTaskInstanceBody")]
struct Entity {
    /// `success`, `failed` or `skipped`.
    new_state: Option<String>,
    /// At most 1,000 characters.
    note: Option<String>,
    include_upstream: Option<bool>,
    include_downstream: Option<bool>,
    include_future: Option<bool>,
    include_past: Option<bool>,
    task_id: String,
    map_index: Option<i32>,
    /// Where the path names no DAG.
    dag_id: Option<String>,
    /// Where the path names no run.
    dag_run_id: Option<String>,
}

impl Entity {
    /// DAG and run, of the path or its own; the DAG is one that somebody may edit.
    fn of_run<'e>(&'e self, actor: &Actor<'_>, path: &'e OfRun) -> Result<(&'e str, &'e str), Failure> {
        let one = |of: &'e str, own: Option<&'e str>, field: &str| match (of, own) {
            (ALL, Some(own)) => Ok(own),
            (ALL, None) => Err(Failure::body(format!(
                "task `{}` wants a `{field}`",
                self.task_id
            ))),
            (of, Some(own)) if of != own => Err(Failure::body(format!(
                "`{field}` is `{own}`, the path says `{of}`"
            ))),
            (of, _) => Ok(of),
        };
        let dag_id = one(&path.dag_id, self.dag_id.as_deref(), "dag_id")?;
        if !actor
            .identity
            .allows(Action::Edit, &Resource::dag(&dags::parse(dag_id)?))
        {
            return Err(Failure::Forbidden);
        }
        Ok((
            dag_id,
            one(&path.dag_run_id, self.dag_run_id.as_deref(), "dag_run_id")?,
        ))
    }

    fn name(&self, path: &OfRun) -> String {
        let dag_id = self.dag_id.as_ref().unwrap_or(&path.dag_id);
        let run_id = self.dag_run_id.as_ref().unwrap_or(&path.dag_run_id);
        format!(
            "{dag_id}.{run_id}.{}[{}]",
            self.task_id,
            self.map_index.unwrap_or(-1)
        )
    }

    fn body(&self) -> Body {
        Body {
            new_state: self.new_state.clone(),
            note: self.note.clone(),
            include_upstream: self.include_upstream,
            include_downstream: self.include_downstream,
            include_future: self.include_future,
            include_past: self.include_past,
        }
    }
}

async fn bulk(call: Call<OfRun, Nothing, Json<BulkBody<Entity>>>) -> Result<Json<BulkResponse>, Failure> {
    let (actor, path, Json(body)) = (call.actor(), &call.path, &call.body);
    body.check()?;
    let mut told = BulkResponse::default();
    for action in &body.actions {
        match action {
            BulkAction::Create { entities, .. } => {
                let told = told.create.get_or_insert_default();
                for entity in entities {
                    let refused =
                        Err::<(), _>(Failure::BadRequest("tasks are made with their run".to_owned()));
                    told.note(entity.name(path), refused, Missing::Fail)?;
                }
            }
            BulkAction::Update {
                entities,
                update_mask,
                action_on_non_existence,
            } => {
                let told = told.update.get_or_insert_default();
                let mask = update_mask.clone().unwrap_or_default();
                for entity in entities {
                    let done = update(&actor, path, entity, &mask).await;
                    told.note(entity.name(path), done, *action_on_non_existence)?;
                }
            }
            BulkAction::Delete {
                entities,
                action_on_non_existence,
            } => {
                let told = told.delete.get_or_insert_default();
                for entity in entities {
                    let entity = whole(entity);
                    let done = delete(&actor, path, &entity).await;
                    told.note(entity.name(path), done, *action_on_non_existence)?;
                }
            }
        }
    }
    Ok(Json(told))
}

fn whole(entity: &Named<Entity>) -> Entity {
    match entity {
        Named::Whole(entity) => entity.clone(),
        Named::Name(task_id) => Entity {
            task_id: task_id.clone(),
            ..Entity::default()
        },
    }
}

async fn update(actor: &Actor<'_>, path: &OfRun, entity: &Entity, mask: &[String]) -> Result<(), Failure> {
    let of = entity.of_run(actor, path)?;
    let body = entity.body().masked(mask);
    patch::change(
        actor,
        (of, &entity.task_id, entity.map_index),
        &body,
        Effect::Lasting,
    )
    .await?;
    Ok(())
}

async fn delete(actor: &Actor<'_>, path: &OfRun, entity: &Entity) -> Result<(), Failure> {
    let (dag_id, run_id) = entity.of_run(actor, path)?;
    if !actor.identity.allows(Action::Delete, &Resource::TASK_INSTANCE) {
        return Err(Failure::Forbidden);
    }
    let key = runs::key(dag_id, run_id)?;
    let map_index = entity.map_index.unwrap_or(-1);
    let found = task_instances::get(actor.api, &key, &entity.task_id, map_index).await?;
    task_instances::delete(actor, &found).await
}
