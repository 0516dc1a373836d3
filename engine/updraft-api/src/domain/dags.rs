//! DAGs.

use std::collections::BTreeSet;
use std::sync::Arc;

use updraft_auth::{Action, Identity};
use updraft_model::{DagId, DagSpec};
use updraft_store::{DagFilter, DagRow, NewEventLog};

use super::search::Search;
use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::{Key, Order, Page, Paged};

/// What DAGs can be sorted by.
pub(crate) const COLUMNS: [&str; 6] = [
    "dag_id",
    "dag_display_name",
    "is_paused",
    "next_dagrun",
    "last_parsed_time",
    "fileloc",
];

/// A DAG with its newest description.
pub(crate) struct Dag {
    pub(crate) row: DagRow,
    pub(crate) spec: Arc<DagSpec>,
    /// Whether its source cannot be read at the moment.
    pub(crate) has_import_errors: bool,
}

/// Which DAGs are meant.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// Only those that a source still defines.
    pub(crate) only_active: bool,
    pub(crate) is_paused: Option<bool>,
    /// With one of these tags, if any is named.
    pub(crate) tags: Vec<String>,
    pub(crate) search: Search,
}

impl Dag {
    /// Who it belongs to, in alphabetical order.
    pub(crate) fn owners(&self) -> Vec<String> {
        let owners = self.row.owners.split(',').map(str::trim);
        owners
            .filter(|owner| !owner.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whether any of its tasks may run only so many times at once.
    pub(crate) fn has_task_limits(&self) -> bool {
        let limited = |task: &updraft_model::TaskSpec| task.max_active_tis_per_dag.is_some();
        self.spec.tasks.iter().any(limited)
    }
}

/// The ids of all DAGs that somebody may read and that are meant, and a page of them with their descriptions.
pub(crate) async fn list(
    (api, identity): (&Api, &Identity),
    wanted: &Wanted,
    orders: &[Order],
    page: Page,
) -> Result<Paged<Dag>, Failure> {
    let mut rows = meant(api, identity, wanted).await?;
    Order::sort(orders, &mut rows, |row, column| match column {
        "is_paused" => Key::Number(Some(row.is_paused.into())),
        "next_dagrun" => Key::Number(row.next_logical_date.map(jiff::Timestamp::as_microsecond)),
        "last_parsed_time" => Key::Number(Some(row.parsed_at.as_microsecond())),
        "fileloc" => Key::Text(Some(row.fileloc.clone())),
        _ => Key::Text(Some(row.dag_id.to_string())),
    });
    let Paged { rows, total } = Paged::of(rows, page);
    let rows = described(api, rows).await?;
    Ok(Paged { rows, total })
}

async fn meant(api: &Api, identity: &Identity, wanted: &Wanted) -> Result<Vec<DagRow>, Failure> {
    let filter = DagFilter {
        with_inactive: !wanted.only_active,
        is_paused: wanted.is_paused,
    };
    let readable = identity.dags(Action::Read);
    let mut rows = api.store().dags(filter).await?;
    rows.retain(|row| {
        let is_tagged = wanted.tags.is_empty() || wanted.tags.iter().any(|tag| row.tags.contains(tag));
        is_tagged && wanted.search.finds(row.dag_id.as_str()) && readable.contains(&row.dag_id)
    });
    Ok(rows)
}

async fn described(api: &Api, rows: Vec<DagRow>) -> Result<Vec<Dag>, Failure> {
    let mut specs = api
        .store()
        .descriptions(rows.iter().map(|row| row.version))
        .await?;
    let errors = api.store().import_errors().await?;
    let broken: BTreeSet<String> = errors.into_iter().map(|error| error.source).collect();
    let dag = |row: DagRow| {
        let spec = specs.remove(&row.version)?;
        let has_import_errors = broken.contains(&row.source);
        Some(Dag {
            row,
            spec,
            has_import_errors,
        })
    };
    // A DAG whose version vanished a moment ago has gone as well.
    Ok(rows.into_iter().filter_map(dag).collect())
}

/// The id of a path.
pub(crate) fn parse(dag_id: &str) -> Result<DagId, Failure> {
    DagId::parse(dag_id).map_err(|_| unknown(dag_id))
}

fn unknown(dag_id: &str) -> Failure {
    Failure::NotFound(format!("there is no DAG `{dag_id}`"))
}

/// A DAG.
pub(crate) async fn get(api: &Api, dag_id: &str) -> Result<Dag, Failure> {
    let id = parse(dag_id)?;
    let every = DagFilter {
        with_inactive: true,
        is_paused: None,
    };
    let mut rows = api.store().dags(every).await?;
    rows.retain(|row| row.dag_id == id);
    described(api, rows).await?.pop().ok_or_else(|| unknown(dag_id))
}

/// Pauses or unpauses the DAGs of a page, which are all that are meant and that somebody may edit.
pub(crate) async fn set_all_paused(
    actor: &Actor<'_>,
    wanted: &Wanted,
    page: Page,
    is_paused: bool,
) -> Result<Paged<Dag>, Failure> {
    let editable = actor.identity.dags(Action::Edit);
    let mut rows = meant(actor.api, actor.identity, wanted).await?;
    rows.retain(|row| editable.contains(&row.dag_id));
    let Paged { mut rows, total } = Paged::of(rows, page);
    let ids: Vec<DagId> = rows.iter().map(|row| row.dag_id.clone()).collect();
    for dag_id in actor.api.store().set_paused(&ids, is_paused).await? {
        record_paused(actor, dag_id.as_str(), is_paused).await?;
    }
    for row in &mut rows {
        row.is_paused = is_paused;
    }
    let rows = described(actor.api, rows).await?;
    Ok(Paged { rows, total })
}

/// Pauses or unpauses a DAG.
pub(crate) async fn set_paused(actor: &Actor<'_>, dag_id: &str, is_paused: bool) -> Result<Dag, Failure> {
    let dag = get(actor.api, dag_id).await?;
    let id = dag.row.dag_id.clone();
    actor.api.store().set_paused(&[id], is_paused).await?;
    record_paused(actor, dag_id, is_paused).await?;
    get(actor.api, dag_id).await
}

async fn record_paused(actor: &Actor<'_>, dag_id: &str, is_paused: bool) -> Result<(), Failure> {
    actor
        .record(NewEventLog {
            dag_id: Some(dag_id),
            extra: Some(serde_json::json!({ "is_paused": is_paused })),
            ..NewEventLog::default()
        })
        .await
}
