//! DAGs.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use updraft_auth::{Action, Dags, Identity};
use updraft_model::{Asset, AssetAlias, AssetExpression, AssetRef, DagId, DagSpec};
use updraft_store::{DagOrder, DagPage, DagRow};

use crate::api::Api;
use crate::call::Actor;
use crate::failure::Failure;
use crate::page::{Order, Paged};

/// What DAGs can be sorted by. What people see of a DAG is its id.
pub(crate) const COLUMNS: [&str; 9] = [
    "dag_id",
    "dag_display_name",
    "is_paused",
    "next_dagrun",
    "last_parsed_time",
    "fileloc",
    "last_run_state",
    "last_run_start_date",
    "next_dagrun_logical_date",
];

/// How DAGs are sorted: by the first column that is named, and what that leaves open by id.
pub(crate) fn order(orders: &[Order]) -> (DagOrder, bool) {
    let Some(first) = orders.first() else {
        return (DagOrder::DagId, false);
    };
    let order = match first.column.as_str() {
        "is_paused" => DagOrder::Paused,
        "next_dagrun" | "next_dagrun_logical_date" => DagOrder::NextRun,
        "last_parsed_time" => DagOrder::Parsed,
        "fileloc" => DagOrder::Fileloc,
        "last_run_state" => DagOrder::LastRunState,
        "last_run_start_date" => DagOrder::LastRunStart,
        _ => DagOrder::DagId,
    };
    (order, first.is_descending)
}

/// A DAG with its newest description.
pub(crate) struct Dag {
    pub(crate) row: DagRow,
    pub(crate) spec: Arc<DagSpec>,
    /// Whether its source cannot be read at the moment.
    pub(crate) has_import_errors: bool,
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

/// The DAGs to which somebody may do something; `None`: all.
pub(crate) fn allowed(identity: &Identity, action: Action) -> Option<BTreeSet<DagId>> {
    match identity.dags(action) {
        Dags::All => None,
        Dags::Only(ids) => Some(ids),
    }
}

/// A page of the DAGs that are meant and that somebody may read.
pub(crate) async fn list((api, identity): (&Api, &Identity), page: DagPage) -> Result<Paged<Dag>, Failure> {
    let allowed = allowed(identity, Action::Read);
    let dags = match (allowed, page.dags.clone()) {
        (Some(allowed), Some(wanted)) => Some(allowed.intersection(&wanted).cloned().collect()),
        (allowed, wanted) => allowed.or(wanted),
    };
    let (rows, total) = api.store().dag_page(&DagPage { dags, ..page }).await?;
    let rows = described(api, rows).await?;
    Ok(Paged { rows, total })
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
    let row = api.store().dag_row(&parse(dag_id)?).await?;
    let rows = described(api, row.into_iter().collect()).await?;
    rows.into_iter().next().ok_or_else(|| unknown(dag_id))
}

/// Pauses or unpauses the DAGs of a page, which are all that are meant and that somebody may read and edit.
pub(crate) async fn set_all_paused(
    actor: &Actor<'_>,
    page: DagPage,
    is_paused: bool,
) -> Result<Paged<Dag>, Failure> {
    let editable = actor.identity.dags(Action::Edit);
    let dags = match (allowed(actor.identity, Action::Read), editable) {
        (readable, Dags::All) => readable,
        (None, Dags::Only(editable)) => Some(editable),
        (Some(readable), Dags::Only(editable)) => Some(&readable & &editable),
    };
    let (mut rows, total) = actor.api.store().dag_page(&DagPage { dags, ..page }).await?;
    let ids: Vec<DagId> = rows.iter().map(|row| row.dag_id.clone()).collect();
    actor.store().set_paused(&ids, is_paused).await?;
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
    actor.store().set_paused(&[id], is_paused).await?;
    get(actor.api, dag_id).await
}

/// The parameters of a DAG's runs: defaults, what they are for, and what values fit.
pub(crate) fn params(spec: &DagSpec) -> Map<String, Value> {
    let names = spec.params.keys().chain(spec.param_specs.keys());
    let param = |name: &String| {
        let known = spec.param_specs.get(name);
        let param = json!({
            "value": spec.params.get(name),
            "description": known.and_then(|known| known.description.clone()),
            "schema": known.map(|known| known.schema.clone()).unwrap_or_default(),
        });
        (name.clone(), param)
    };
    names.map(param).collect()
}

/// Which assets a schedule waits for, as Airflow 2 writes it: uris.
pub(crate) fn expression_of_datasets(expression: &AssetExpression) -> Value {
    write_expression(
        expression,
        &|asset| json!(asset.uri),
        &|alias| json!({ "alias": alias.name }),
        &|asset| json!({ "dataset_ref": which(asset) }),
    )
}

/// Which assets a schedule waits for, as Airflow 3 writes it.
pub(crate) fn expression_of_assets(expression: &AssetExpression) -> Value {
    write_expression(
        expression,
        &|asset| json!({ "asset": { "uri": asset.uri, "name": asset.name, "group": asset.group } }),
        &|alias| json!({ "alias": { "name": alias.name, "group": alias.group } }),
        &|asset| json!({ "asset_ref": which(asset) }),
    )
}

fn which(asset: &AssetRef) -> Value {
    let (by, text) = asset.parts();
    json!({ by: text })
}

fn write_expression(
    expression: &AssetExpression,
    one: &dyn Fn(&Asset) -> Value,
    behind: &dyn Fn(&AssetAlias) -> Value,
    meant: &dyn Fn(&AssetRef) -> Value,
) -> Value {
    let all = |parts: &[AssetExpression]| {
        parts
            .iter()
            .map(|part| write_expression(part, one, behind, meant))
            .collect::<Vec<_>>()
    };
    match expression {
        AssetExpression::Asset(asset) => one(asset),
        AssetExpression::Alias(alias) => behind(alias),
        AssetExpression::Ref(asset) => meant(asset),
        AssetExpression::All(parts) => json!({ "all": all(parts) }),
        AssetExpression::Any(parts) => json!({ "any": all(parts) }),
    }
}

/// The DAGs of a list of ids, if there is one. What is no id is the id of no DAG.
pub(crate) fn named(ids: Option<&[String]>) -> Option<BTreeSet<DagId>> {
    ids.map(|ids| ids.iter().filter_map(|id| DagId::parse(id).ok()).collect())
}
