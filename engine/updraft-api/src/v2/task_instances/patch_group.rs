//! `PATCH .../taskGroupInstances/{group_id}`, also as a dry run: sets the state of the tasks of a group, the remark on them, or both.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_model::{TaskGroupId, TaskId};
use updraft_store::Effect;

use super::TaskInstanceCollectionResponse;
use super::patch::{Body, needs, new_state};
use crate::api::Api;
use crate::call::{Actor, Call, Json, Nothing};
use crate::domain::{dags, runs, task_changes, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;

const GROUP: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskGroupInstances/{group_id}";
const DRY: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskGroupInstances/{group_id}/dry_run";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let at = |path, id| At(Method::PATCH, path, id);
    let failures = &[400, 401, 403, 404, 422];
    vec![
        Endpoint::new(
            at(GROUP, "patch_task_group_instances"),
            needs(),
            &[400, 401, 403, 404, 409, 422],
            patch,
        ),
        Endpoint::new(
            at(DRY, "patch_task_group_instances_dry_run"),
            needs(),
            failures,
            plan,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct OfGroup {
    dag_id: String,
    dag_run_id: String,
    group_id: String,
}

async fn patch(
    call: Call<OfGroup, Mask, Json<Body>>,
) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    let body = call.body.0.masked(&call.query.update_mask);
    change((&call.actor(), &call.path), &body, Effect::Lasting).await
}

async fn plan(
    call: Call<OfGroup, Nothing, Json<Body>>,
) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    change((&call.actor(), &call.path), &call.body.0, Effect::DryRun).await
}

async fn change(
    (actor, path): (&Actor<'_>, &OfGroup),
    body: &Body,
    effect: Effect,
) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    let api = actor.api;
    runs::check_note(body.note.as_deref())?;
    let tasks = tasks_of(api, path).await?;
    let key = runs::get(api, &runs::key(&path.dag_id, &path.dag_run_id)?)
        .await?
        .key;
    let mut changed = Vec::new();
    if let Some(text) = &body.new_state {
        let choice = body.choice(key.clone(), tasks.clone(), None);
        changed = task_changes::mark(actor, choice, new_state(text)?, effect).await?;
        if changed.is_empty() && effect == Effect::Lasting {
            let message = format!(
                "all tasks of the group {} are already in {text} state",
                path.group_id
            );
            return Err(Failure::Conflict(message));
        }
    }
    if effect == Effect::Lasting && body.note.is_some() {
        for task in &tasks {
            for instance in task_instances::of_task(api, &key, task.as_str()).await? {
                task_instances::set_note(actor, &instance, body.note.as_deref()).await?;
            }
        }
    }
    let found = if body.new_state.is_some() {
        task_instances::chosen(api, &changed).await?
    } else {
        let mut found = Vec::new();
        for task in &tasks {
            found.extend(task_instances::of_task(api, &key, task.as_str()).await?);
        }
        found
    };
    TaskInstanceCollectionResponse::done(api, found).await.map(Json)
}

async fn tasks_of(api: &Api, path: &OfGroup) -> Result<Vec<TaskId>, Failure> {
    let dag = dags::get(api, &path.dag_id).await?;
    let group = TaskGroupId::parse(&path.group_id).ok();
    let tasks = group.and_then(|group| dag.spec.tasks_of_group(&group));
    tasks.ok_or_else(|| {
        Failure::NotFound(format!(
            "DAG `{}` has no group of tasks `{}`",
            path.dag_id, path.group_id
        ))
    })
}
