//! `PATCH .../taskInstances/{task_id}`, of a copy with its map index, each also as a dry run: sets the state of a task and of those
//! around it, the remark on it, or both.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::{Reach, RunKey, TaskId, TaskInstanceState};
use updraft_store::{Effect, StateChoice};

use super::{ById, ByIndex, TaskInstanceCollectionResponse};
use crate::access::Needs;
use crate::call::{Actor, Call, Json};
use crate::domain::task_changes::{self, Choice, Runs};
use crate::domain::task_instances::{self, Instance};
use crate::domain::{runs, tasks};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::v2::Mask;

const TASK: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}";
const COPY: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}";
const TASK_DRY: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/dry_run";
const COPY_DRY: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/{map_index}/dry_run";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let at = |path, id| At(Method::PATCH, path, id);
    let (lasting, dry) = (&[400, 401, 403, 404, 409, 422], &[400, 401, 403, 404, 422]);
    vec![
        Endpoint::new(at(TASK, "patch_task_instance"), needs(), lasting, patch),
        Endpoint::new(
            at(COPY, "patch_task_instance_by_map_index"),
            needs(),
            lasting,
            patch_copy,
        ),
        Endpoint::new(at(TASK_DRY, "patch_task_instance_dry_run"), needs(), dry, plan),
        Endpoint::new(
            at(COPY_DRY, "patch_task_instance_dry_run_by_map_index"),
            needs(),
            dry,
            plan_copy,
        ),
    ]
}

pub(super) fn needs() -> Needs {
    Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE])
}

/// Which copy, and which fields of the body count.
#[derive(Deserialize, JsonSchema)]
struct Query {
    map_index: Option<i32>,
    #[serde(default)]
    update_mask: Vec<String>,
}

/// What is to be changed.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PatchTaskInstanceBody")]
pub(in crate::v2) struct Body {
    /// `success`, `failed` or `skipped`.
    pub(in crate::v2) new_state: Option<String>,
    /// At most 1,000 characters.
    pub(in crate::v2) note: Option<String>,
    pub(in crate::v2) include_upstream: Option<bool>,
    pub(in crate::v2) include_downstream: Option<bool>,
    pub(in crate::v2) include_future: Option<bool>,
    pub(in crate::v2) include_past: Option<bool>,
}

impl Body {
    pub(super) fn masked(&self, mask: &[String]) -> Self {
        let mask = Mask {
            update_mask: mask.to_vec(),
        };
        Self {
            new_state: self.new_state.clone().filter(|_| mask.covers("new_state")),
            note: self.note.clone().filter(|_| mask.covers("note")),
            ..self.clone()
        }
    }

    pub(super) fn choice(
        &self,
        key: RunKey,
        tasks: impl IntoIterator<Item = TaskId>,
        map_index: Option<i32>,
    ) -> Choice {
        Choice {
            dag_id: key.dag_id,
            runs: Runs::Around {
                run_id: key.run_id,
                past: self.include_past == Some(true),
                future: self.include_future == Some(true),
            },
            tasks: Some(tasks.into_iter().collect()),
            map_index: map_index.filter(|index| *index >= 0),
            reach: Reach {
                upstream: self.include_upstream == Some(true),
                downstream: self.include_downstream == Some(true),
            },
            states: StateChoice::Any,
        }
    }
}

/// Reads the state that tasks are to get.
pub(super) fn new_state(text: &str) -> Result<TaskInstanceState, Failure> {
    text.parse()
        .map_err(|_| Failure::body("`new_state` is `success`, `failed` or `skipped`"))
}

/// Which task: a run of a DAG, the task, and which copy of it.
pub(in crate::v2) type Named<'a> = ((&'a str, &'a str), &'a str, Option<i32>);

/// Sets the state and the remark of a task, and tells what was changed; or what would be.
pub(in crate::v2) async fn change(
    actor: &Actor<'_>,
    ((dag_id, run_id), task_id, map_index): Named<'_>,
    body: &Body,
    effect: Effect,
) -> Result<Vec<Instance>, Failure> {
    let api = actor.api;
    runs::check_note(body.note.as_deref())?;
    let key = runs::get(api, &runs::key(dag_id, run_id)?).await?.key;
    let (dag, place) = tasks::get(api, dag_id, task_id).await?;
    let task = dag.spec.tasks.get(place).map(|task| task.task_id.clone());
    let named = if map_index.is_some_and(|index| index >= 0) {
        vec![task_instances::get(api, &key, task_id, map_index.unwrap_or(-1)).await?]
    } else {
        task_instances::of_task(api, &key, task_id).await?
    };
    let mut changed = Vec::new();
    if let Some(text) = &body.new_state {
        let choice = body.choice(key, task, map_index);
        let marked = task_changes::mark(actor, choice, new_state(text)?, effect).await?;
        if marked.is_empty() && effect == Effect::Lasting {
            return Err(Failure::Conflict(format!(
                "Task id {task_id} is already in {text} state"
            )));
        }
        changed = marked;
    }
    if effect == Effect::Lasting && body.note.is_some() {
        for instance in &named {
            task_instances::set_note(actor, instance, body.note.as_deref()).await?;
        }
    }
    if changed.is_empty() {
        let mut again = Vec::new();
        for instance in named {
            let key = &instance.row.key;
            again
                .push(task_instances::get(api, &key.run_key(), key.task_id.as_str(), key.map_index.0).await?);
        }
        return Ok(again);
    }
    task_instances::chosen(api, &changed).await
}

async fn patch(call: Call<ById, Query, Json<Body>>) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    with(&call, call.query.map_index, Effect::Lasting).await
}

async fn plan(call: Call<ById, Query, Json<Body>>) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    with(&call, call.query.map_index, Effect::DryRun).await
}

async fn with(
    call: &Call<ById, Query, Json<Body>>,
    map_index: Option<i32>,
    effect: Effect,
) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    let (path, body) = (&call.path, call.body.0.masked(&call.query.update_mask));
    let named = (
        (path.dag_id.as_str(), path.dag_run_id.as_str()),
        path.task_id.as_str(),
        map_index,
    );
    let changed = change(&call.actor(), named, &body, effect).await?;
    TaskInstanceCollectionResponse::done(&call.api, changed)
        .await
        .map(Json)
}

async fn patch_copy(
    call: Call<ByIndex, Mask, Json<Body>>,
) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    with_copy(&call, Effect::Lasting).await
}

async fn plan_copy(
    call: Call<ByIndex, Mask, Json<Body>>,
) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    with_copy(&call, Effect::DryRun).await
}

async fn with_copy(
    call: &Call<ByIndex, Mask, Json<Body>>,
    effect: Effect,
) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    let (path, body) = (&call.path, call.body.0.masked(&call.query.update_mask));
    let of = (path.dag_id.as_str(), path.dag_run_id.as_str());
    let changed = change(
        &call.actor(),
        (of, &path.task_id, Some(path.map_index)),
        &body,
        effect,
    )
    .await?;
    TaskInstanceCollectionResponse::done(&call.api, changed)
        .await
        .map(Json)
}
