//! `GET /dags/{dag_id}`.

use std::collections::BTreeMap;

use axum::http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use updraft_auth::{Action, Resource};
use updraft_model::{DagSpec, TaskSpec};
use updraft_store::RunFilter;

use super::row::{Dag, described};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::V2Time;
use crate::ui::shapes::ByDag;

/// So many different ones of the newest are offered again.
const CONFS: usize = 10;
/// They are looked for in so many of the newest runs.
const CONF_RUNS: u32 = 100;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}", "get_dag");
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403, 404, 422], get)
}

/// A DAG with all that is known of it.
#[derive(Serialize, JsonSchema)]
struct DagDetails {
    #[serde(flatten)]
    dag: Dag,
    is_active: bool,
    doc_md: Option<String>,
    params: BTreeMap<String, Param>,
    fileloc: String,
    relative_fileloc: String,
    version: u32,
    catchup: bool,
    max_active_runs: u32,
    max_active_tasks: u32,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    last_parsed: V2Time,
    tasks: Vec<Task>,
    groups: Vec<Group>,
    recent_confs: Vec<RecentConf>,
    import_errors: Vec<BrokenSource>,
}

/// A parameter of a run.
#[derive(Serialize, JsonSchema)]
struct Param {
    value: Value,
    description: Option<String>,
    schema: Map<String, Value>,
}

/// A task.
#[derive(Serialize, JsonSchema)]
pub(in crate::ui) struct Task {
    task_id: String,
    label: String,
    operator: String,
    /// The group around it.
    parent: Option<String>,
    trigger_rule: String,
    retries: u32,
    pool: String,
    is_mapped: bool,
    is_sensor: bool,
    is_setup: bool,
    is_teardown: bool,
    doc_md: Option<String>,
    downstream: Vec<String>,
}

/// A group of tasks.
#[derive(Serialize, JsonSchema)]
struct Group {
    group_id: String,
    label: String,
    parent: Option<String>,
    tooltip: String,
}

/// What a run was triggered with.
#[derive(Serialize, JsonSchema)]
struct RecentConf {
    run_id: String,
    conf: Map<String, Value>,
}

/// A source that cannot be read.
#[derive(Serialize, JsonSchema)]
struct BrokenSource {
    filename: String,
    message: String,
    timestamp: V2Time,
}

impl Task {
    pub(in crate::ui) fn of(spec: &DagSpec, task: &TaskSpec) -> Self {
        let follows = |other: &&TaskSpec| other.upstream_task_ids.contains(&task.task_id);
        let parent = task.task_group.as_ref().map(ToString::to_string);
        Self {
            label: label(spec, task),
            task_id: task.task_id.to_string(),
            operator: task.operator.clone(),
            parent,
            trigger_rule: task.trigger_rule.to_string(),
            retries: task.retries,
            pool: task.pool.clone(),
            is_mapped: task.expand_input.is_some(),
            is_sensor: task.operator.ends_with("Sensor"),
            is_setup: task.is_setup,
            is_teardown: task.is_teardown,
            doc_md: task.doc_md.clone(),
            downstream: spec
                .tasks
                .iter()
                .filter(follows)
                .map(|other| other.task_id.to_string())
                .collect(),
        }
    }
}

/// What a task is called within its group.
pub(in crate::ui) fn label(spec: &DagSpec, task: &TaskSpec) -> String {
    let group = task.task_group.as_ref();
    let group = group.and_then(|id| spec.task_groups.iter().find(|group| group.group_id == *id));
    within(
        task.task_id.as_str(),
        group
            .filter(|group| group.prefix_group_id)
            .map(|group| group.group_id.as_str()),
    )
}

/// An id without that of the group around.
pub(in crate::ui) fn within(id: &str, parent: Option<&str>) -> String {
    let rest = parent.and_then(|parent| id.strip_prefix(parent)?.strip_prefix('.'));
    rest.unwrap_or(id).to_owned()
}

async fn get(call: Call<ByDag, Nothing>) -> Result<Json<DagDetails>, Failure> {
    let (api, identity) = (&call.api, &call.identity);
    let dag_id = dags::parse(&call.path.dag_id)?;
    let unknown = || Failure::NotFound(format!("there is no DAG `{dag_id}`"));
    let row = api.store().dag_row(&dag_id).await?.ok_or_else(unknown)?;
    let found = described(api, identity, vec![row]).await?.pop();
    let (dag, row, spec) = found.ok_or_else(unknown)?;
    let may_runs = identity.allows(Action::Read, &Resource::DAG_RUN);
    let runs = RunFilter {
        limit: Some(if may_runs { CONF_RUNS } else { 0 }),
        ..RunFilter::all(dag_id)
    };
    let mut recent_confs: Vec<RecentConf> = Vec::new();
    for run in api.store().runs(&runs).await? {
        let is_known = recent_confs.iter().any(|known| known.conf == run.conf);
        if !run.conf.is_empty() && !is_known && recent_confs.len() < CONFS {
            recent_confs.push(RecentConf {
                run_id: run.key.run_id.to_string(),
                conf: run.conf,
            });
        }
    }
    let mut import_errors = api.store().import_errors().await?;
    let may_errors = identity.allows(Action::Read, &Resource::IMPORT_ERROR);
    import_errors.retain(|error| may_errors && error.source == row.source);
    Ok(Json(DagDetails {
        dag,
        is_active: row.is_active,
        doc_md: spec.doc_md.clone(),
        params: params(&spec),
        fileloc: row.fileloc,
        relative_fileloc: row.source,
        version: row.version_number,
        catchup: spec.catchup,
        max_active_runs: spec.max_active_runs,
        max_active_tasks: spec.max_active_tasks,
        start_date: spec.start_date.map(V2Time),
        end_date: spec.end_date.map(V2Time),
        last_parsed: V2Time(row.parsed_at),
        tasks: spec.tasks.iter().map(|task| Task::of(&spec, task)).collect(),
        groups: groups(&spec),
        recent_confs,
        import_errors: import_errors
            .into_iter()
            .map(|error| BrokenSource {
                filename: error.fileloc,
                message: error.message,
                timestamp: V2Time(error.occurred_at),
            })
            .collect(),
    }))
}

fn params(spec: &DagSpec) -> BTreeMap<String, Param> {
    let names = spec.params.keys().chain(spec.param_specs.keys());
    let param = |name: &String| {
        let about = spec.param_specs.get(name);
        let param = Param {
            value: spec.params.get(name).cloned().unwrap_or_default(),
            description: about.and_then(|about| about.description.clone()),
            schema: about.map(|about| about.schema.clone()).unwrap_or_default(),
        };
        (name.clone(), param)
    };
    names.map(param).collect()
}

fn groups(spec: &DagSpec) -> Vec<Group> {
    let group = |group: &updraft_model::TaskGroupSpec| {
        let parent = group.parent.as_ref().map(ToString::to_string);
        Group {
            label: within(group.group_id.as_str(), parent.as_deref()),
            group_id: group.group_id.to_string(),
            parent,
            tooltip: group.tooltip.clone(),
        }
    };
    spec.task_groups.iter().map(group).collect()
}
