//! `GET /runs/{dag_id}/{run_id}/tasks/{task_id}/{map_index}`: a task of a run with its tries, and why it waits.

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};
use updraft_model::{MapIndex, RunKey, TaskId, TaskKey};
use updraft_secrets::Masker;
use updraft_store::{AttemptRow, StoredWait};

use super::question::Question;
use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Json, Nothing};
use crate::domain::runs;
use crate::domain::task_instances::{self, Instance};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{V2Time, seconds};
use crate::ui::dags::Task;
use crate::ui::shapes::{ByTask, Counts, Ti, word};

pub(super) fn endpoint() -> Endpoint {
    let path = "/runs/{dag_id}/{run_id}/tasks/{task_id}/{map_index}";
    let needs = Needs::OfDag(Action::Read, vec![Resource::TASK_INSTANCE]);
    Endpoint::new(
        At(Method::GET, path, "get_task_instance"),
        needs,
        &[401, 403, 404, 422],
        get,
    )
}

/// A task of a run with all that is known of it.
#[derive(Serialize, JsonSchema)]
struct TaskDetails {
    /// For a mapped task as a whole it is one of its copies, with index -1.
    #[serde(flatten)]
    instance: Ti,
    tries: Vec<Try>,
    /// Why it waits, or what ended it, the reason that matters most first.
    why: Vec<String>,
    heartbeat_at: Option<V2Time>,
    next_try_at: Option<V2Time>,
    rendered: Option<Map<String, Value>>,
    /// What it waits for while it is deferred.
    trigger: Option<Waiting>,
    /// What it has asked people in its newest try.
    question: Option<Question>,
    /// What it has left, for who may read XComs.
    xcoms: Vec<XComInfo>,
    mapped: Option<Mapped>,
    /// What its DAG says of it, unless it has gone from there.
    task: Option<Task>,
}

/// What a deferred task waits for.
#[derive(Serialize, JsonSchema)]
struct Waiting {
    /// Of the trigger, as Airflow names it.
    class: String,
    since: V2Time,
    /// When the wait ends by itself.
    until: Option<V2Time>,
    /// The arguments of the trigger; what is secret by its name is masked.
    kwargs: Value,
}

impl Waiting {
    fn of(wait: StoredWait) -> Self {
        let trigger = wait.deferral.trigger;
        Self {
            class: trigger.classpath,
            since: V2Time(wait.since),
            until: wait.open.times.next().map(V2Time),
            kwargs: Masker::new(&[]).mask_json(&Value::Object(trigger.kwargs)),
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct Try {
    try_number: u32,
    state: &'static str,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    duration: Option<f64>,
    hostname: Option<String>,
    pid: Option<u32>,
    /// How it ended, in words.
    exit: Option<String>,
    /// Whether there can be a log.
    log: bool,
}

#[derive(Serialize, JsonSchema)]
struct XComInfo {
    key: String,
    /// Of its JSON text.
    bytes: u64,
    timestamp: V2Time,
}

/// The copies of a mapped task.
#[derive(Serialize, JsonSchema)]
struct Mapped {
    count: u64,
    counts: Counts,
}

impl Try {
    fn of(attempt: &AttemptRow) -> Self {
        Self {
            try_number: attempt.try_number,
            state: attempt.state.as_str(),
            start_date: attempt.start_date.map(V2Time),
            end_date: attempt.end_date.map(V2Time),
            duration: seconds(attempt.start_date, attempt.end_date),
            hostname: attempt.hostname.clone(),
            pid: attempt.pid,
            exit: attempt.outcome.clone(),
            log: attempt.start_date.is_some(),
        }
    }
}

async fn get(call: Call<ByTask, Nothing>) -> Result<Json<TaskDetails>, Failure> {
    let (api, path) = (&call.api, &call.path);
    let run = runs::key(&path.dag_id, &path.run_id)?;
    let (instance, mapped) = find(api, &run, &path.task_id, path.map_index).await?;
    let key = instance.row.key.clone();
    let mut xcoms = Vec::new();
    if mapped.is_none() && call.identity.allows(Action::Read, &Resource::XCOM) {
        for row in api.store().xcoms(&key).await? {
            xcoms.push(XComInfo {
                bytes: row.value.to_string().len() as u64,
                key: row.key,
                timestamp: V2Time(row.set_at),
            });
        }
    }
    let attempts = if mapped.is_some() {
        Vec::new()
    } else {
        api.store().attempts(&key).await?
    };
    let trigger = match instance.row.attempt {
        Some(attempt) if mapped.is_none() => api.store().wait(attempt).await?.map(Waiting::of),
        _ => None,
    };
    let question = match mapped {
        Some(_) => None,
        None => api.store().hitl_of(&key, instance.row.try_number).await?,
    };
    let why = match mapped {
        Some(_) => Vec::new(),
        None => why(api, &key).await,
    };
    let mut ti = Ti::of(&instance);
    if mapped.is_some() {
        ti = ti.of_whole();
    }
    Ok(Json(TaskDetails {
        instance: ti,
        tries: attempts.iter().map(Try::of).collect(),
        why,
        heartbeat_at: instance.row.heartbeat_at.map(V2Time),
        next_try_at: instance.row.next_try_at.map(V2Time),
        rendered: api.store().rendered_fields(&key).await?,
        trigger,
        question: question.map(|row| Question::of(row, &call.identity)),
        xcoms,
        mapped,
        task: instance.task().map(|task| Task::of(instance.spec(), task)),
    }))
}

/// A task, or for a mapped one as a whole one of its copies and how they are.
async fn find(
    api: &Api,
    run: &RunKey,
    task_id: &str,
    map_index: i32,
) -> Result<(Instance, Option<Mapped>), Failure> {
    let of_task = TaskId::parse(task_id).ok();
    let length = match &of_task {
        Some(task_id) if map_index == MapIndex::UNMAPPED.0 => api.store().mapped_length(run, task_id).await?,
        _ => None,
    };
    let (Some(length), Some(of_task)) = (length, of_task) else {
        return Ok((task_instances::get(api, run, task_id, map_index).await?, None));
    };
    let copy = task_instances::get(api, run, task_id, 0).await?;
    let mut counts = Counts::new();
    for cell in api
        .store()
        .grid_cells(&run.dag_id, std::slice::from_ref(&run.run_id))
        .await?
    {
        if cell.task_id == of_task.as_str() && !cell.is_rest {
            *counts.entry(word(cell.state)).or_default() += 1;
        }
    }
    let own: u64 = counts.values().sum();
    let rest = u64::from(length).saturating_sub(own);
    if rest > 0 {
        *counts.entry(word(copy.row.state)).or_default() += rest;
    }
    let count = u64::from(length);
    Ok((copy, Some(Mapped { count, counts })))
}

/// In words. What cannot be explained at the moment is shown without.
async fn why(api: &Api, key: &TaskKey) -> Vec<String> {
    match api.parts().engine.why(key).await {
        Ok(reasons) => {
            let sentences = reasons.into_iter().flatten().map(|reason| reason.sentence);
            sentences.collect()
        }
        Err(error) => {
            tracing::warn!(task.id = %key.task_id, "why a task waits cannot be told: {error}");
            Vec::new()
        }
    }
}
