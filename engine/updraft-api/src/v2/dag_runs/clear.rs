//! `POST /dags/{dag_id}/dagRuns/{dag_run_id}/clear`, and `POST /dags/{dag_id}/clearDagRuns` for several: has the tasks of runs run again,
//! or says which these are.

use std::collections::BTreeSet;

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_model::{RunKey, TaskId};
use updraft_store::{Effect, RunVersion, StateChoice};

use super::bulk::Entity;
use super::list::DagRunCollectionResponse;
use super::{ById, DagRunResponse, OfDag};
use crate::access::Needs;
use crate::call::{Actor, Call, Json, Nothing};
use crate::domain::runs::{self, Clear};
use crate::domain::task_instances;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::Paged;
use crate::time::Given;
use crate::v2::task_instances::TaskInstanceResponse;

/// The most runs that one call clears.
const RUNS_MAX: usize = 100;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let needs = || Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN]);
    let one = At(
        Method::POST,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/clear",
        "clear_dag_run",
    );
    let several = At(Method::POST, "/dags/{dag_id}/clearDagRuns", "clear_dag_runs");
    vec![
        Endpoint::new(one, needs(), &[401, 403, 404, 422], clear),
        Endpoint::new(several, needs(), &[400, 401, 403, 404, 422], clear_several),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "DAGRunClearBody")]
struct Body {
    /// Whether it only says what it would do; it does, unless told otherwise.
    dry_run: Option<bool>,
    only_failed: Option<bool>,
    /// Only tasks that the newest version of the DAG has and the run's has not.
    only_new: Option<bool>,
    run_on_latest_version: Option<bool>,
    /// At most 1,000 characters.
    note: Option<String>,
}

/// The runs are named: there are no partitions here.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BulkDAGRunClearBody")]
struct SeveralBody {
    partition_key: Option<String>,
    partition_date_start: Option<Given>,
    partition_date_end: Option<Given>,
    /// Whether it only says what it would do; it does, unless told otherwise.
    dry_run: Option<bool>,
    only_failed: Option<bool>,
    /// Only tasks that the newest version of the DAG has and the run's has not.
    only_new: Option<bool>,
    run_on_latest_version: Option<bool>,
    /// At most 1,000 characters.
    note: Option<String>,
    #[serde(default)]
    dag_runs: Vec<Entity>,
}

/// The run, or what would be cleared of it.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Done {
    Cleared(Box<DagRunResponse>),
    Planned(Planned),
}

/// The runs, or what would be cleared of them.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum AllDone {
    Cleared(DagRunCollectionResponse),
    Planned(Planned),
}

/// What would be cleared.
#[derive(Default, Serialize, JsonSchema)]
#[schemars(rename = "ClearTaskInstanceCollectionResponse")]
struct Planned {
    task_instances: Vec<PlannedTask>,
    total_entries: u64,
}

#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum PlannedTask {
    Known(Box<TaskInstanceResponse>),
    New(NewTaskResponse),
}

/// A task that the run would get.
#[derive(Serialize, JsonSchema)]
struct NewTaskResponse {
    task_id: String,
    task_display_name: String,
}

/// How runs are cleared.
struct How<'a> {
    is_dry: bool,
    only_failed: bool,
    only_new: bool,
    is_latest: bool,
    note: Option<&'a str>,
}

impl How<'_> {
    fn check(&self) -> Result<(), Failure> {
        if self.only_failed && self.only_new {
            return Err(Failure::body("`only_failed` and `only_new` exclude each other"));
        }
        runs::check_note(self.note)
    }
}

async fn clear(call: Call<ById, Nothing, Json<Body>>) -> Result<Json<Done>, Failure> {
    let (actor, Json(body)) = (call.actor(), &call.body);
    let how = How {
        is_dry: body.dry_run.unwrap_or(true),
        only_failed: body.only_failed == Some(true),
        only_new: body.only_new == Some(true),
        is_latest: body.run_on_latest_version == Some(true),
        note: body.note.as_deref(),
    };
    how.check()?;
    let key = runs::key(&call.path.dag_id, &call.path.dag_run_id)?;
    let mut planned = Planned::default();
    one(&actor, &key, &how, &mut planned).await?;
    if how.is_dry {
        return Ok(Json(Done::Planned(planned)));
    }
    let run = runs::get(&call.api, &key).await?;
    Ok(Json(Done::Cleared(Box::new(
        DagRunResponse::of(&call.api, run).await?,
    ))))
}

async fn clear_several(call: Call<OfDag, Nothing, Json<SeveralBody>>) -> Result<Json<AllDone>, Failure> {
    let (actor, Json(body)) = (call.actor(), &call.body);
    if body.partition_key.is_some()
        || body.partition_date_start.is_some()
        || body.partition_date_end.is_some()
    {
        return Err(Failure::BadRequest("there are no partitions here".to_owned()));
    }
    if body.dag_runs.is_empty() || body.dag_runs.len() > RUNS_MAX {
        return Err(Failure::body(format!("`dag_runs` names 1 to {RUNS_MAX} runs")));
    }
    let how = How {
        is_dry: body.dry_run.unwrap_or(true),
        only_failed: body.only_failed == Some(true),
        only_new: body.only_new == Some(true),
        is_latest: body.run_on_latest_version == Some(true),
        note: body.note.as_deref(),
    };
    how.check()?;
    let mut keys = Vec::new();
    for entity in &body.dag_runs {
        let key = entity.key(&actor, &call.path.dag_id)?;
        keys.push(runs::get(&call.api, &key).await?.key);
    }
    let (mut planned, mut cleared) = (Planned::default(), Vec::new());
    for key in &keys {
        one(&actor, key, &how, &mut planned).await?;
        cleared.push(runs::get(&call.api, key).await?);
    }
    if how.is_dry {
        return Ok(Json(AllDone::Planned(planned)));
    }
    let found = Paged {
        total: cleared.len() as u64,
        rows: cleared,
    };
    Ok(Json(AllDone::Cleared(
        DagRunCollectionResponse::of(&call.api, found).await?,
    )))
}

/// Clears a run, or notes what would be cleared of it.
async fn one(actor: &Actor<'_>, key: &RunKey, how: &How<'_>, planned: &mut Planned) -> Result<(), Failure> {
    let new = if how.only_new {
        Some(runs::new_tasks(actor.api, key).await?)
    } else {
        None
    };
    if how.is_dry
        && let Some(new) = new
    {
        let task = |id: TaskId| {
            PlannedTask::New(NewTaskResponse {
                task_id: id.to_string(),
                task_display_name: id.to_string(),
            })
        };
        planned.task_instances.extend(new.into_iter().map(task));
        planned.total_entries = planned.task_instances.len() as u64;
        return Ok(());
    }
    let clear = Clear {
        effect: if how.is_dry {
            Effect::DryRun
        } else {
            Effect::Lasting
        },
        states: if how.only_failed {
            StateChoice::Failed
        } else {
            StateChoice::Any
        },
        version: if how.is_latest || how.only_new {
            RunVersion::Latest
        } else {
            RunVersion::Same
        },
    };
    let only: Option<BTreeSet<TaskId>> = new;
    let cleared = runs::clear(actor, key, (clear, only)).await?;
    if how.is_dry {
        let known = task_instances::chosen(actor.api, &cleared.tasks).await?;
        let known = TaskInstanceResponse::all(actor.api, known).await?;
        planned
            .task_instances
            .extend(known.into_iter().map(|task| PlannedTask::Known(Box::new(task))));
        planned.total_entries = planned.task_instances.len() as u64;
    } else if how.note.is_some() {
        runs::set_note(actor, key, how.note).await?;
    }
    Ok(())
}
