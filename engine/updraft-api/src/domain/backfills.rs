//! Backfills: runs for dates that have passed, asked for together.

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_auth::{Action, Identity, Resource};
use updraft_model::{BackfillDates, BackfillEvent, BackfillId, BackfillState, DagId, ReprocessBehavior};
use updraft_store::{
    BackfillFate, BackfillRow, ChangeBackfillError, CreateBackfillError, CreatedBackfill, Effect,
    NewBackfill, Paging, RunVersion,
};

use super::dags;
use super::elsewhere::elsewhere;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::Paged;

/// What backfills can be sorted by.
pub(crate) const COLUMNS: [&str; 8] = [
    "id",
    "dag_id",
    "from_date",
    "to_date",
    "max_active_runs",
    "created_at",
    "updated_at",
    "completed_at",
];

/// A backfill that somebody asks for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) dag_id: String,
    pub(crate) dates: BackfillDates,
    pub(crate) max_active_runs: u32,
    pub(crate) reprocess: ReprocessBehavior,
    pub(crate) version: RunVersion,
    pub(crate) conf: Option<Map<String, Value>>,
}

/// A page of the backfills of a DAG.
pub(crate) async fn list(
    (api, identity): (&Api, &Identity),
    dag_id: &str,
    paging: &Paging,
) -> Result<Paged<BackfillRow>, Failure> {
    let id = dags::parse(dag_id)?;
    demand(identity, Action::Read, &id)?;
    let (rows, total) = api.store().backfill_page(&id, paging).await?;
    Ok(Paged { rows, total })
}

/// A backfill. That of a DAG which somebody may not read is one that there is not.
pub(crate) async fn get((api, identity): (&Api, &Identity), id: i64) -> Result<BackfillRow, Failure> {
    let found = api.store().backfill(BackfillId(id)).await?;
    let found = found.filter(|row| identity.allows(Action::Read, &Resource::dag(&row.dag_id)));
    found.ok_or_else(|| Failure::NotFound(format!("there is no backfill {id}")))
}

/// Makes a backfill with all its runs.
pub(crate) async fn create(actor: &Actor<'_>, asked: Asked) -> Result<BackfillRow, Failure> {
    let made = make(actor, asked, Effect::Lasting).await?;
    get((actor.api, actor.identity), made.id.0).await
}

/// The dates for which a backfill would make runs, or run them again.
pub(crate) async fn dry_run(actor: &Actor<'_>, asked: Asked) -> Result<Vec<Timestamp>, Failure> {
    let would = make(actor, asked, Effect::DryRun).await?;
    let runs = would.dates.into_iter().filter(|date| match date.fate {
        BackfillFate::Created | BackfillFate::Reprocessed => true,
        BackfillFate::InFlight | BackfillFate::AlreadyExists => false,
    });
    Ok(runs.map(|date| date.info.logical_date).collect())
}

async fn make(actor: &Actor<'_>, asked: Asked, effect: Effect) -> Result<CreatedBackfill, Failure> {
    let dag_id = dags::parse(&asked.dag_id)?;
    demand(actor.identity, Action::Edit, &dag_id)?;
    let dag = dags::get(actor.api, &asked.dag_id).await?;
    if dag.spec.schedule.custom().is_some() {
        return Err(Failure::BadRequest(format!(
            "only the program of the DAG `{dag_id}` knows when it runs; make its backfills with `updraft backfill create`"
        )));
    }
    let new = NewBackfill {
        dag_id,
        dates: asked.dates,
        max_active_runs: asked.max_active_runs,
        reprocess: asked.reprocess,
        version: asked.version,
        conf: asked.conf,
        triggered_by: Some(actor.identity.name.clone()),
        told: None,
    };
    let (store, now) = (actor.store(), actor.api.now());
    let made = elsewhere(async move || store.create_backfill(&new, effect, now).await).await?;
    made.map_err(|error| match error {
        CreateBackfillError::Store(error) => error.into(),
        CreateBackfillError::UnknownDag { .. } => Failure::NotFound(error.to_string()),
        CreateBackfillError::AlreadyOpen { .. } | CreateBackfillError::Changed { .. } => {
            Failure::Conflict(error.to_string())
        }
        CreateBackfillError::Dag(_) | CreateBackfillError::Params(_) => {
            Failure::BadRequest(error.to_string())
        }
        CreateBackfillError::NothingToDo { .. }
        | CreateBackfillError::NoActiveRuns
        | CreateBackfillError::Backfill(_) => Failure::body(error.to_string()),
    })
}

/// Pauses a backfill, lets it go on, or gives it up. One that is so already stays so.
pub(crate) async fn change(actor: &Actor<'_>, id: i64, event: BackfillEvent) -> Result<BackfillRow, Failure> {
    let (api, identity) = (actor.api, actor.identity);
    let known = get((api, identity), id).await?;
    demand(identity, Action::Edit, &known.dag_id)?;
    let is_so = matches!(
        (event, known.state),
        (BackfillEvent::Pause, BackfillState::Paused) | (BackfillEvent::Unpause, BackfillState::Active)
    );
    if is_so {
        return Ok(known);
    }
    let (store, now) = (actor.store(), api.now());
    match elsewhere(async move || store.change_backfill(BackfillId(id), event, now).await).await? {
        Ok(_) => {}
        Err(error @ ChangeBackfillError::Unknown { .. }) => return Err(Failure::NotFound(error.to_string())),
        Err(error @ ChangeBackfillError::Transition(_)) => return Err(Failure::Conflict(error.to_string())),
        Err(ChangeBackfillError::Store(error)) => return Err(error.into()),
    }
    get((api, identity), id).await
}

fn demand(identity: &Identity, action: Action, dag_id: &DagId) -> Result<(), Failure> {
    if identity.allows(action, &Resource::dag(dag_id)) {
        Ok(())
    } else {
        Err(Failure::Forbidden)
    }
}
