//! `POST /dags/{dag_id}/clearTaskInstances`: has tasks run again, or says which these are. Their runs are queued again.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::{DagId, Reach, TaskId, TaskInstanceState};
use updraft_store::{ChosenTask, Effect, RunVersion, StateChoice};

use super::TaskInstanceCollectionResponse;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::task_changes::{self, Choice, Runs};
use crate::domain::{dags, runs, task_instances};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{Given, span};

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::POST,
        "/dags/{dag_id}/clearTaskInstances",
        "post_clear_task_instances",
    );
    let needs = Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[400, 401, 403, 404, 409, 422], clear)
}

#[derive(Deserialize, JsonSchema)]
struct OfDag {
    dag_id: String,
}

/// A task, or one copy of it.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum TaskName {
    Whole(String),
    Copy(String, i32),
}

/// Which tasks. The runs of tasks that are cleared always run again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ClearTaskInstancesBody")]
struct Body {
    /// Whether it only says what it would do; it does, unless told otherwise.
    dry_run: Option<bool>,
    start_date: Option<Given>,
    end_date: Option<Given>,
    /// So it is, unless told otherwise.
    only_failed: Option<bool>,
    only_running: Option<bool>,
    #[expect(
        dead_code,
        reason = "accepted for Airflow's sake: runs of cleared tasks always run again"
    )]
    reset_dag_runs: Option<bool>,
    /// Tasks, and copies as pairs of a task and a map index.
    task_ids: Option<Vec<TaskName>>,
    dag_run_id: Option<String>,
    include_upstream: Option<bool>,
    include_downstream: Option<bool>,
    include_future: Option<bool>,
    include_past: Option<bool>,
    run_on_latest_version: Option<bool>,
    /// Whether nothing is cleared if one of the tasks runs.
    prevent_running_task: Option<bool>,
    /// At most 1,000 characters.
    note: Option<String>,
}

impl Body {
    fn states(&self) -> Result<StateChoice, Failure> {
        match (self.only_failed, self.only_running.unwrap_or(false)) {
            (Some(true), true) => Err(Failure::body(
                "`only_failed` and `only_running` exclude each other",
            )),
            (_, true) => Ok(StateChoice::Running),
            (None | Some(true), false) => Ok(StateChoice::Failed),
            (Some(false), false) => Ok(StateChoice::Any),
        }
    }

    /// The tasks that are named, by the copy that is meant of them; `None`: all tasks.
    fn tasks(&self) -> Result<BTreeMap<Option<i32>, Option<BTreeSet<TaskId>>>, Failure> {
        let parse = |id: &str| TaskId::parse(id).map_err(|error| Failure::body(error.to_string()));
        let Some(names) = &self.task_ids else {
            return Ok([(None, None)].into());
        };
        let mut tasks: BTreeMap<Option<i32>, Option<BTreeSet<TaskId>>> = BTreeMap::new();
        for name in names {
            let (id, copy) = match name {
                TaskName::Whole(id) => (id, None),
                TaskName::Copy(id, index) => (id, Some(*index).filter(|index| *index >= 0)),
            };
            tasks
                .entry(copy)
                .or_default()
                .get_or_insert_default()
                .insert(parse(id)?);
        }
        Ok(tasks)
    }
}

async fn clear(
    call: Call<OfDag, Nothing, Json<Body>>,
) -> Result<Json<TaskInstanceCollectionResponse>, Failure> {
    let (api, Json(body)) = (&call.api, &call.body);
    runs::check_note(body.note.as_deref())?;
    let dag_id = dags::get(api, &call.path.dag_id).await?.row.dag_id;
    let wanted = choices(&call, &dag_id).await?;
    let version = if body.run_on_latest_version == Some(true) {
        RunVersion::Latest
    } else {
        RunVersion::Same
    };
    let is_lasting = body.dry_run == Some(false);
    let mut chosen = do_all(&call, &wanted, version, Effect::DryRun).await?;
    let runs_now = |task: &ChosenTask| task.state == Some(TaskInstanceState::Running);
    if body.prevent_running_task == Some(true) && chosen.iter().any(runs_now) {
        return Err(Failure::Conflict("some of these tasks are running".to_owned()));
    }
    if is_lasting {
        chosen = do_all(&call, &wanted, version, Effect::Lasting).await?;
    }
    let mut found = task_instances::chosen(api, &chosen).await?;
    if is_lasting && body.note.is_some() {
        for instance in &found {
            task_instances::set_note(&call.actor(), instance, body.note.as_deref()).await?;
        }
        found = task_instances::chosen(api, &chosen).await?;
    }
    TaskInstanceCollectionResponse::done(api, found).await.map(Json)
}

async fn do_all(
    call: &Call<OfDag, Nothing, Json<Body>>,
    wanted: &[Choice],
    version: RunVersion,
    effect: Effect,
) -> Result<Vec<ChosenTask>, Failure> {
    let actor = call.actor();
    let mut all: Vec<ChosenTask> = Vec::new();
    for choice in wanted {
        for task in task_changes::clear(&actor, choice.clone(), version, effect).await? {
            if !all.iter().any(|known| known.key == task.key) {
                all.push(task);
            }
        }
    }
    Ok(all)
}

/// What is to be cleared: of whole tasks and of each copy that is named.
async fn choices(call: &Call<OfDag, Nothing, Json<Body>>, dag_id: &DagId) -> Result<Vec<Choice>, Failure> {
    let Json(body) = &call.body;
    let (past, future) = (body.include_past == Some(true), body.include_future == Some(true));
    let of_runs = match &body.dag_run_id {
        Some(_) if body.start_date.is_some() || body.end_date.is_some() => {
            return Err(Failure::body(
                "either `dag_run_id` or `start_date` and `end_date` is given",
            ));
        }
        Some(run_id) => {
            let key = runs::key(dag_id.as_str(), run_id)?;
            let run_id = runs::get(&call.api, &key).await?.key.run_id;
            Runs::Around { run_id, past, future }
        }
        None if past || future => {
            return Err(Failure::body(
                "`include_past` and `include_future` are about the run of `dag_run_id`",
            ));
        }
        None => Runs::Between(span(body.start_date, body.end_date)),
    };
    let states = body.states()?;
    let choice = |(map_index, tasks)| Choice {
        dag_id: dag_id.clone(),
        runs: of_runs.clone(),
        tasks,
        map_index,
        reach: Reach {
            upstream: body.include_upstream == Some(true),
            downstream: body.include_downstream == Some(true),
        },
        states,
    };
    Ok(body.tasks()?.into_iter().map(choice).collect())
}
