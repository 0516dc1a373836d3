//! Runs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{RoundMode, Timestamp, TimestampRound, ToSpan, Unit};
use serde_json::{Map, Value};
use updraft_auth::{Action, Identity};
use updraft_model::{DagId, DagRunState, DagSpec, DataInterval, Reach, RunId, RunKey, RunType, TaskId};
use updraft_store::{
    ChoiceError, ClearedChoice, Effect, ListedAssetEvent, MarkRunError, RunChoice, RunCount, RunMark,
    RunPage, RunPlace, RunRow, RunVersion, StateChoice, StoredDag, TaskChoice, Trigger, TriggerError,
};

use super::dags;
use super::elsewhere::elsewhere;
use crate::access::ALL;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::Paged;

/// The longest remark, in characters.
const NOTE_MAX: usize = 1000;

/// A page of runs of a DAG, or of all DAGs that somebody may read (and that the page names) where the path names none.
pub(crate) async fn list(
    (api, identity): (&Api, &Identity),
    dag_id: &str,
    mut page: RunPage,
) -> Result<Paged<RunRow>, Failure> {
    page.dags = dags_of((api, identity), dag_id, page.dags).await?;
    let (rows, total) = api.store().run_page(&page).await?;
    Ok(Paged { rows, total })
}

/// The runs of such a page, in the order of dates, that come after one of them.
pub(crate) async fn after(
    (api, identity): (&Api, &Identity),
    dag_id: &str,
    mut page: RunPage,
    place: Option<&RunPlace>,
) -> Result<Vec<RunRow>, Failure> {
    page.dags = dags_of((api, identity), dag_id, page.dags).await?;
    Ok(api.store().runs_after(&page, place).await?)
}

/// The DAGs that a path means, of those that are named, as far as somebody may read them; `None`: all.
async fn dags_of(
    (api, identity): (&Api, &Identity),
    dag_id: &str,
    named: Option<BTreeSet<DagId>>,
) -> Result<Option<BTreeSet<DagId>>, Failure> {
    if dag_id != ALL {
        let id = dags::parse(dag_id)?;
        demand_dag(api, &id).await?;
        return Ok(Some([id].into()));
    }
    Ok(match (dags::allowed(identity, Action::Read), named) {
        (Some(readable), Some(named)) => Some(&readable & &named),
        (readable, named) => readable.or(named),
    })
}

/// How many runs DAGs have in each state: of those that are named, or all that a source defines.
pub(crate) async fn counts(
    (api, identity): (&Api, &Identity),
    named: &[String],
) -> Result<Vec<RunCount>, Failure> {
    let readable = dags::allowed(identity, Action::Read);
    Ok(api.store().run_counts(readable.as_ref(), named).await?)
}

/// How many runs DAGs have in each of all states, also in those that no run is in.
pub(crate) async fn stats(
    of: (&Api, &Identity),
    named: &[String],
) -> Result<BTreeMap<String, [(&'static str, u64); 4]>, Failure> {
    let none = DagRunState::ALL.map(|state| (state.as_str(), 0));
    let mut stats = BTreeMap::new();
    for count in counts(of, named).await? {
        let of_dag = stats.entry(count.dag_id.to_string()).or_insert(none);
        for (state, number) in of_dag {
            if count.state.is_some_and(|counted| counted.as_str() == *state) {
                *number = count.number;
            }
        }
    }
    Ok(stats)
}

/// The run of a path.
pub(crate) fn key(dag_id: &str, run_id: &str) -> Result<RunKey, Failure> {
    let unknown = |_| Failure::NotFound(format!("DAG `{dag_id}` has no run `{run_id}`"));
    Ok(RunKey {
        dag_id: dags::parse(dag_id)?,
        run_id: RunId::parse(run_id).map_err(unknown)?,
    })
}

/// A run.
pub(crate) async fn get(api: &Api, key: &RunKey) -> Result<RunRow, Failure> {
    api.store().run(key).await?.ok_or_else(|| unknown(key))
}

/// The asset events that a run has consumed. Of other runs that they have caused, those of DAGs that somebody may read.
pub(crate) async fn upstream_events(
    (api, identity): (&Api, &Identity),
    key: &RunKey,
) -> Result<Vec<ListedAssetEvent>, Failure> {
    let key = get(api, key).await?.key;
    let readable = identity.dags(Action::Read);
    let mut events = api.store().upstream_events(&key).await?;
    for event in &mut events {
        event.runs.retain(|run| readable.contains(&run.key.dag_id));
        // What has caused an event is told to those who may see it.
        event.row.source.take_if(|task| !readable.contains(&task.dag_id));
    }
    Ok(events)
}

/// The run of a DAG with exactly that date.
pub(crate) async fn at(api: &Api, dag_id: &str, date: Timestamp) -> Result<RunRow, Failure> {
    let id = dags::parse(dag_id)?;
    let found = api.store().run_by_logical_date(&id, date).await?;
    found.ok_or_else(|| Failure::NotFound(format!("DAG `{dag_id}` has no run of {date}")))
}

fn unknown(key: &RunKey) -> Failure {
    Failure::NotFound(format!("DAG `{}` has no run `{}`", key.dag_id, key.run_id))
}

async fn demand_dag(api: &Api, dag_id: &updraft_model::DagId) -> Result<StoredDag, Failure> {
    let (store, id) = (api.store().clone(), dag_id.clone());
    let found = elsewhere(async move || store.dag(&id).await).await??;
    found.ok_or_else(|| Failure::NotFound(format!("there is no DAG `{dag_id}`")))
}

/// A run that somebody asks for; what they do not say is settled as `dags trigger` does.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) run_id: Option<String>,
    pub(crate) logical_date: Option<Timestamp>,
    pub(crate) data_interval: Option<DataInterval>,
    pub(crate) run_after: Option<Timestamp>,
    pub(crate) conf: Map<String, Value>,
    pub(crate) note: Option<String>,
}

/// Makes a run.
pub(crate) async fn trigger(actor: &Actor<'_>, dag_id: &str, asked: Asked) -> Result<RunRow, Failure> {
    check_note(asked.note.as_deref())?;
    let api = actor.api;
    let dag = demand_dag(api, &dags::parse(dag_id)?).await?;
    if !dag.is_active {
        return Err(Failure::NotFound(format!(
            "no source defines the DAG `{dag_id}` any more"
        )));
    }
    let run = settled(&dag, &asked, &actor.identity.name, api.now())?;
    let key = make(actor, (run, asked.note), &dag, asked.run_id.is_some()).await?;
    get(api, &key).await
}

/// The run with everything that nobody has said.
fn settled(dag: &StoredDag, asked: &Asked, by: &str, now: Timestamp) -> Result<Trigger, Failure> {
    let now = to_microseconds(now);
    let valid = std::sync::Arc::clone(&dag.spec)
        .validate()
        .map_err(|error| Failure::BadRequest(error.to_string()))?;
    let run = valid
        .manual_run(asked.logical_date.map(to_microseconds), now)
        .map_err(|error| Failure::BadRequest(error.to_string()))?;
    let asks_program = dag.spec.schedule.custom().is_some() && run.logical_date.is_some();
    if asks_program && asked.data_interval.is_none() {
        return Err(Failure::BadRequest(
            "only the program of this DAG knows the data interval of a date: give `data_interval_start` and \
             `data_interval_end`, or trigger it without a date where the DAG allows it"
                .to_owned(),
        ));
    }
    let run_id = match &asked.run_id {
        Some(text) => RunId::parse(text).map_err(|error| Failure::body(error.to_string()))?,
        None => run.run_id,
    };
    Ok(Trigger {
        dag_id: dag.dag_id.clone(),
        run_id,
        run_type: RunType::Manual,
        logical_date: run.logical_date,
        data_interval: run.logical_date.and(asked.data_interval.or(run.data_interval)),
        run_after: asked.run_after.map_or(run.run_after, to_microseconds),
        conf: asked.conf.clone(),
        triggered_by: Some(by.to_owned()),
    })
}

/// Makes the run. One that is named after the moment gets the next moment if there is one of that name.
async fn make(
    actor: &Actor<'_>,
    (mut run, note): (Trigger, Option<String>),
    dag: &StoredDag,
    is_named: bool,
) -> Result<RunKey, Failure> {
    let is_named_after_now = !is_named && !dag.spec.compat.dates_every_run();
    loop {
        let (store, wanted, now) = (actor.store(), (run.clone(), note.clone()), actor.api.now());
        let made =
            elsewhere(async move || store.trigger_noted_run(&wanted.0, wanted.1.as_deref(), now).await);
        match made.await? {
            Ok(key) => return Ok(key),
            Err(TriggerError::RunExists { .. }) if is_named_after_now => {
                run.run_after += 1.microsecond();
                run.run_id = RunType::Manual.run_id(run.run_after);
            }
            Err(error @ (TriggerError::RunExists { .. } | TriggerError::DateTaken { .. })) => {
                return Err(Failure::Conflict(error.to_string()));
            }
            Err(error @ TriggerError::UnknownDag { .. }) => return Err(Failure::NotFound(error.to_string())),
            Err(error @ (TriggerError::Dag(_) | TriggerError::Params(_))) => {
                return Err(Failure::BadRequest(error.to_string()));
            }
            Err(TriggerError::Store(error)) => return Err(error.into()),
        }
    }
}

/// Sets the state of a run: success, failed or queued.
pub(crate) async fn set_state(actor: &Actor<'_>, key: &RunKey, state: DagRunState) -> Result<(), Failure> {
    let outcome = format!("marked {state} by {}", actor.identity.name);
    let mark = RunMark {
        state,
        outcome: &outcome,
        now: actor.api.now(),
    };
    match actor.store().mark_run(key, mark, Effect::Lasting).await {
        Ok(_) => Ok(()),
        Err(MarkRunError::UnknownRun { .. }) => Err(unknown(key)),
        Err(error @ MarkRunError::NotSettable { .. }) => Err(Failure::body(error.to_string())),
        Err(MarkRunError::Store(error)) => Err(error.into()),
    }
}

/// Sets the remark on a run.
pub(crate) async fn set_note(actor: &Actor<'_>, key: &RunKey, note: Option<&str>) -> Result<(), Failure> {
    check_note(note)?;
    if !actor.store().set_run_note(key, note).await? {
        return Err(unknown(key));
    }
    Ok(())
}

pub(crate) fn check_note(note: Option<&str>) -> Result<(), Failure> {
    if note.is_some_and(|note| note.chars().count() > NOTE_MAX) {
        return Err(Failure::body(format!("`note` has at most {NOTE_MAX} characters")));
    }
    Ok(())
}

/// How a run is cleared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clear {
    pub(crate) effect: Effect,
    pub(crate) states: StateChoice,
    pub(crate) version: RunVersion,
}

/// The tasks that the newest version of a DAG has and the version of a run has not, by id.
pub(crate) async fn new_tasks(api: &Api, key: &RunKey) -> Result<BTreeSet<TaskId>, Failure> {
    let run = get(api, key).await?;
    let newest = dags::get(api, key.dag_id.as_str()).await?;
    let old = api.store().descriptions([run.version]).await?;
    let is_new = |id: &&TaskId| old.get(&run.version).is_none_or(|spec| spec.task(id).is_none());
    let ids = newest.spec.tasks.iter().map(|task| &task.task_id);
    Ok(ids.filter(is_new).cloned().collect())
}

/// Has the tasks of a run run again: all, or only these.
pub(crate) async fn clear(
    actor: &Actor<'_>,
    key: &RunKey,
    (how, only): (Clear, Option<BTreeSet<TaskId>>),
) -> Result<ClearedChoice, Failure> {
    get(actor.api, key).await?;
    let (store, now) = (actor.store(), actor.api.now());
    let of_run = key.clone();
    let cleared = elsewhere(async move || {
        let every = |spec: &DagSpec| -> BTreeSet<TaskId> {
            let all = spec.tasks.iter().map(|task| &task.task_id);
            let wanted = all.filter(|id| only.as_ref().is_none_or(|only| only.contains(*id)));
            wanted.cloned().collect()
        };
        let choice = TaskChoice {
            dag_id: &of_run.dag_id,
            runs: RunChoice::Around {
                run_id: &of_run.run_id,
                past: false,
                future: false,
            },
            tasks: &every,
            map_index: None,
            reach: Reach::default(),
            states: how.states,
        };
        store.clear(&choice, how.version, how.effect, now).await
    })
    .await?;
    cleared.map_err(|error| match error {
        ChoiceError::Dag(error) => Failure::BadRequest(error.to_string()),
        ChoiceError::Store(error) => error.into(),
    })
}

/// Deletes a run.
pub(crate) async fn delete(actor: &Actor<'_>, key: &RunKey) -> Result<(), Failure> {
    if !actor.store().delete_run(key).await? {
        return Err(unknown(key));
    }
    Ok(())
}

/// What the database can keep of a time.
fn to_microseconds(at: Timestamp) -> Timestamp {
    let whole = TimestampRound::new()
        .smallest(Unit::Microsecond)
        .mode(RoundMode::Trunc);
    at.round(whole).unwrap_or(at)
}
