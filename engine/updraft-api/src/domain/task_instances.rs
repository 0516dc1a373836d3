//! Tasks of runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use updraft_auth::{Action, Identity};
use updraft_model::{DagSpec, MapIndex, RunKey, TaskGroupId, TaskId, TaskInstanceState, TaskKey, TaskSpec};
use updraft_store::{AttemptRow, ChosenTask, RunRow, TaskInstanceRow, TaskPage, TaskPageRows};

use super::{dags, runs};
use crate::access::ALL;
use crate::api::Api;
use crate::call::Actor;
use crate::engine::Reason;
use crate::failure::Failure;
use crate::page::Paged;
use crate::time::seconds;

/// A task of a run, with what its DAG says of it.
pub(crate) struct Instance {
    pub(crate) row: TaskInstanceRow,
    pub(crate) run: Arc<RunRow>,
    spec: Arc<DagSpec>,
}

impl Instance {
    /// What its DAG says of the task; `None` if its version has it no more.
    pub(crate) fn task(&self) -> Option<&TaskSpec> {
        self.spec.task(&self.row.key.task_id)
    }

    /// The description of its DAG.
    pub(crate) fn spec(&self) -> &DagSpec {
        &self.spec
    }

    /// How long its newest attempt took, in seconds.
    pub(crate) fn duration(&self) -> Option<f64> {
        seconds(self.row.start_date, self.row.end_date)
    }

    /// An id in the form of a UUID: that of its newest attempt; before the first one made of its name.
    pub(crate) fn id(&self) -> String {
        if let Some(attempt) = self.row.attempt {
            return attempt.0.to_string();
        }
        // FNV-1a, twice; no id of an attempt has the version 8.
        let text = format!("{}", self.row.key);
        let hash = |seed: u64| {
            text.bytes().fold(seed, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
        };
        let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x8422_2325_cbf2_9ce4));
        format!(
            "{:08x}-{:04x}-8{:03x}-8{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    /// Pool, slots and queue. What its version has no more takes none of its own.
    pub(crate) fn place(&self) -> (String, u32, String) {
        match self.task() {
            Some(task) => (task.pool.clone(), task.pool_slots, task.queue.clone()),
            None => (String::new(), 1, String::new()),
        }
    }
}

/// A page of tasks: of a run, or of all runs, or all DAGs, that somebody may read, where the path names none.
pub(crate) async fn list(
    of: (&Api, &Identity),
    path: (&str, &str),
    page: TaskPage,
) -> Result<Paged<Instance>, Failure> {
    let page = scoped(of, path, page).await?;
    read(of.0, &page).await
}

/// The tasks of such a page, in the order of their keys, that come after one of them.
pub(crate) async fn after(
    of: (&Api, &Identity),
    path: (&str, &str),
    page: TaskPage,
    key: Option<&TaskKey>,
) -> Result<Vec<Instance>, Failure> {
    let page = scoped(of, path, page).await?;
    let rows = of.0.store().tasks_after(&page, key).await?;
    Ok(instances(of.0, rows).await?.rows)
}

/// The page of what a path means, as far as somebody may read it.
async fn scoped(
    (api, identity): (&Api, &Identity),
    (dag_id, run_id): (&str, &str),
    mut page: TaskPage,
) -> Result<TaskPage, Failure> {
    let readable = dags::allowed(identity, Action::Read);
    if dag_id == ALL {
        page.dags = match (readable, page.dags) {
            (Some(readable), Some(named)) => Some(&readable & &named),
            (readable, named) => readable.or(named),
        };
    } else {
        page.dags = Some([dags::get(api, dag_id).await?.row.dag_id].into());
    }
    if run_id != ALL && dag_id == ALL {
        page.run_ids = vec![run_id.to_owned()];
    } else if run_id != ALL {
        page.run = Some(runs::get(api, &runs::key(dag_id, run_id)?).await?.key);
    }
    Ok(page)
}

/// The ids of the tasks of a group, or of the one task of that name, in the newest version of a DAG.
pub(crate) async fn of_group(api: &Api, dag_id: &str, group_id: &str) -> Result<Vec<String>, Failure> {
    if dag_id == ALL {
        return Err(Failure::BadRequest(
            "groups of tasks are those of one DAG: name it".to_owned(),
        ));
    }
    let dag = dags::get(api, dag_id).await?;
    let group = TaskGroupId::parse(group_id).ok();
    let tasks = group.and_then(|group| dag.spec.tasks_of_group(&group));
    Ok(match tasks {
        Some(tasks) => tasks.iter().map(ToString::to_string).collect(),
        None => vec![group_id.to_owned()],
    })
}

async fn read(api: &Api, page: &TaskPage) -> Result<Paged<Instance>, Failure> {
    instances(api, api.store().task_page(page).await?).await
}

async fn instances(api: &Api, rows: TaskPageRows) -> Result<Paged<Instance>, Failure> {
    let TaskPageRows { tasks, runs, total } = rows;
    let specs = api
        .store()
        .descriptions(runs.values().map(|run| run.version))
        .await?;
    let runs: BTreeMap<RunKey, Arc<RunRow>> =
        runs.into_iter().map(|(key, run)| (key, Arc::new(run))).collect();
    let instance = |row: TaskInstanceRow| {
        let run = Arc::clone(runs.get(&row.key.run_key())?);
        let spec = Arc::clone(specs.get(&run.version)?);
        Some(Instance { row, run, spec })
    };
    Ok(Paged {
        rows: tasks.into_iter().filter_map(instance).collect(),
        total,
    })
}

/// The states that are named, `none` among them; nothing means any.
pub(crate) fn states<'n>(
    names: impl IntoIterator<Item = &'n str>,
) -> Result<Option<BTreeSet<Option<TaskInstanceState>>>, Failure> {
    let state = |name: &str| match name {
        "none" | "null" | "no_status" => Ok(None),
        name => name
            .parse()
            .map(Some)
            .map_err(|error: updraft_model::UnknownState| Failure::query(error.to_string())),
    };
    let states: BTreeSet<_> = names.into_iter().map(state).collect::<Result<_, _>>()?;
    Ok((!states.is_empty()).then_some(states))
}

/// The copies of a mapped task of a run. A task that is not mapped has none.
pub(crate) async fn copies(
    api: &Api,
    (key, task_id): (&RunKey, &str),
    mut page: TaskPage,
) -> Result<Paged<Instance>, Failure> {
    let run = runs::get(api, key).await?;
    let specs = api.store().descriptions([run.version]).await?;
    let unknown = || Failure::NotFound(format!("Task id {task_id} not found"));
    let id = TaskId::parse(task_id).map_err(|_| unknown())?;
    let spec = specs.get(&run.version);
    if spec.is_none_or(|spec| spec.task(&id).is_none()) {
        return Err(unknown());
    }
    page.run = Some(key.clone());
    page.task_ids = Some(vec![task_id.to_owned()]);
    page.only_copies = true;
    read(api, &page).await
}

/// A task of a run, or one copy of a mapped task.
pub(crate) async fn get(api: &Api, key: &RunKey, task_id: &str, map_index: i32) -> Result<Instance, Failure> {
    let unknown = || {
        Failure::NotFound(format!(
            "run `{key}` has no task `{task_id}` with map index {map_index}"
        ))
    };
    let id = TaskId::parse(task_id).map_err(|_| unknown())?;
    let run = runs::get(api, key).await?;
    let row = api
        .store()
        .task_instance(&key.task(id, MapIndex(map_index)))
        .await?;
    let row = row.ok_or_else(unknown)?;
    let mut specs = api.store().descriptions([run.version]).await?;
    let gone = || Failure::NotFound(format!("run `{}` was deleted a moment ago", run.key));
    let spec = specs.remove(&run.version).ok_or_else(gone)?;
    Ok(Instance {
        row,
        run: Arc::new(run),
        spec,
    })
}

/// A task of a run: itself, or each of its copies.
pub(crate) async fn of_task(api: &Api, key: &RunKey, task_id: &str) -> Result<Vec<Instance>, Failure> {
    let page = TaskPage {
        run: Some(key.clone()),
        task_ids: Some(vec![task_id.to_owned()]),
        limit: u32::MAX,
        ..TaskPage::default()
    };
    let found = read(api, &page).await?.rows;
    if found.is_empty() {
        return Err(Failure::NotFound(format!("run `{key}` has no task `{task_id}`")));
    }
    Ok(found)
}

/// The tasks that were chosen, as they are; each copy of those that were chosen as a whole.
pub(crate) async fn chosen(api: &Api, tasks: &[ChosenTask]) -> Result<Vec<Instance>, Failure> {
    let mut of_runs: BTreeMap<RunKey, BTreeSet<&TaskKey>> = BTreeMap::new();
    for task in tasks {
        of_runs.entry(task.key.run_key()).or_default().insert(&task.key);
    }
    let mut found = Vec::new();
    for (run, chosen) in of_runs {
        let names: BTreeSet<String> = chosen.iter().map(|key| key.task_id.to_string()).collect();
        let page = TaskPage {
            run: Some(run),
            task_ids: Some(names.into_iter().collect()),
            limit: u32::MAX,
            ..TaskPage::default()
        };
        let mut rows = read(api, &page).await?.rows;
        rows.retain(|instance| {
            let key = &instance.row.key;
            let whole = key.run_key().task(key.task_id.clone(), MapIndex::UNMAPPED);
            chosen.contains(key) || chosen.contains(&whole)
        });
        found.extend(rows);
    }
    Ok(found)
}

/// A task of a run and the attempts at it, the first one first.
pub(crate) async fn tries(
    api: &Api,
    key: &RunKey,
    (task_id, map_index): (&str, i32),
) -> Result<(Instance, Vec<AttemptRow>), Failure> {
    let instance = get(api, key, task_id, map_index).await?;
    let attempts = api.store().attempts(&instance.row.key).await?;
    Ok((instance, attempts))
}

/// A task of a run and the newest attempt of one try.
pub(crate) async fn one_try(
    api: &Api,
    key: &RunKey,
    task: (&str, i32),
    try_number: u32,
) -> Result<(Instance, AttemptRow), Failure> {
    let (instance, attempts) = tries(api, key, task).await?;
    let found = attempts
        .into_iter()
        .rfind(|attempt| attempt.try_number == try_number);
    let unknown = || {
        Failure::NotFound(format!(
            "task `{}` of run `{key}` has no try {try_number}",
            task.0
        ))
    };
    Ok((instance, found.ok_or_else(unknown)?))
}

/// What keeps a task from running, or ended it.
pub(crate) async fn reasons(api: &Api, key: &RunKey, task: (&str, i32)) -> Result<Vec<Reason>, Failure> {
    let instance = get(api, key, task.0, task.1).await?;
    let reasons = api.parts().engine.why(&instance.row.key).await?;
    Ok(reasons.unwrap_or_default())
}

/// Sets the remark on a task of a run.
pub(crate) async fn set_note(
    actor: &Actor<'_>,
    instance: &Instance,
    note: Option<&str>,
) -> Result<(), Failure> {
    runs::check_note(note)?;
    let key = &instance.row.key;
    actor.store().set_task_note(key, note).await?;
    Ok(())
}

/// Deletes a task of a run that is over.
pub(crate) async fn delete(actor: &Actor<'_>, instance: &Instance) -> Result<(), Failure> {
    let key = &instance.row.key;
    if !actor.store().delete_task_instance(key).await? {
        return Err(Failure::Invalid {
            place: "path",
            message: format!(
                "run `{}` is not over, and copies that nothing happened to alone go with their task: mark the run first",
                key.run_key()
            ),
        });
    }
    Ok(())
}
