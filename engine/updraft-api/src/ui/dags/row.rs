//! A DAG as lists have it, with its newest runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Identity, Resource};
use updraft_model::{DagId, DagSpec, RunKey};
use updraft_store::{DagRow, RunRow};

use crate::api::Api;
use crate::failure::Failure;
use crate::time::V2Time;
use crate::ui::shapes::{Counts, Run, word};
use crate::ui::words;

/// So many of the newest runs are shown with a DAG.
const RUNS: u32 = 14;

/// A DAG.
#[derive(Serialize, JsonSchema)]
pub(super) struct Dag {
    dag_id: String,
    description: Option<String>,
    tags: Vec<String>,
    owners: Vec<String>,
    is_paused: bool,
    schedule: String,
    schedule_words: String,
    timezone: String,
    next_run: Option<V2Time>,
    last_run: Option<Run>,
    /// The newest ones, the oldest of them first.
    runs: Vec<Run>,
    run_counts: Counts,
    /// Of the newest run.
    task_counts: Counts,
    has_import_errors: bool,
    can_edit: bool,
    can_trigger: bool,
}

/// Reads what is shown of DAGs, in a number of statements that does not depend on how many they are.
pub(super) async fn described(
    api: &Api,
    identity: &Identity,
    rows: Vec<DagRow>,
) -> Result<Vec<(Dag, DagRow, Arc<DagSpec>)>, Failure> {
    let store = api.store();
    let ids: Vec<DagId> = rows.iter().map(|row| row.dag_id.clone()).collect();
    let mut specs = store.descriptions(rows.iter().map(|row| row.version)).await?;
    let errors = store.import_errors().await?;
    let broken: BTreeSet<String> = errors.into_iter().map(|error| error.source).collect();
    let mut runs: BTreeMap<DagId, Vec<RunRow>> = BTreeMap::new();
    for run in store.newest_runs(&ids, RUNS).await? {
        runs.entry(run.key.dag_id.clone()).or_default().push(run);
    }
    let mut run_counts: BTreeMap<DagId, Counts> = BTreeMap::new();
    for count in store.run_state_counts(&ids).await? {
        let of_dag = run_counts.entry(count.dag_id).or_default();
        of_dag.insert(count.state.as_str(), count.number);
    }
    let newest = runs.values().filter_map(|runs| runs.last());
    let newest: Vec<RunKey> = newest.map(|run| run.key.clone()).collect();
    let mut task_counts: BTreeMap<DagId, Counts> = BTreeMap::new();
    for count in store.task_state_counts(&newest).await? {
        let of_dag = task_counts.entry(count.run.dag_id).or_default();
        of_dag.insert(word(count.state), count.number);
    }
    let may_trigger = identity.allows(Action::Create, &Resource::DAG_RUN);
    let mut dags = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(spec) = specs.remove(&row.version) else {
            // Its version vanished a moment ago, and it as well.
            continue;
        };
        let of_dag = runs.remove(&row.dag_id).unwrap_or_default();
        let can_edit = identity.allows(Action::Edit, &Resource::dag(&row.dag_id));
        let owners = row
            .owners
            .split(',')
            .map(str::trim)
            .filter(|owner| !owner.is_empty());
        let dag = Dag {
            dag_id: row.dag_id.to_string(),
            description: row.description.clone(),
            tags: row.tags.clone(),
            owners: owners.map(str::to_owned).collect(),
            is_paused: row.is_paused,
            schedule: row.schedule.clone(),
            schedule_words: words::schedule(&spec.schedule, &row.schedule),
            timezone: spec.timezone.clone(),
            next_run: row.next_run_after.map(V2Time),
            last_run: of_dag.last().map(Run::of),
            runs: of_dag.iter().map(Run::of).collect(),
            run_counts: run_counts.remove(&row.dag_id).unwrap_or_default(),
            task_counts: task_counts.remove(&row.dag_id).unwrap_or_default(),
            has_import_errors: broken.contains(&row.source),
            can_edit,
            can_trigger: can_edit && may_trigger,
        };
        dags.push((dag, row, spec));
    }
    Ok(dags)
}
