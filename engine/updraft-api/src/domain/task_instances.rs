//! Tasks of runs.

use std::collections::BTreeSet;
use std::sync::Arc;

use updraft_model::{DagSpec, MapIndex, RunKey, TaskId, TaskInstanceState, TaskKey, TaskSpec};
use updraft_store::{ChosenTask, RunRow, TaskInstanceRow, TimeSpan};

use super::runs;
use crate::api::Api;
use crate::failure::Failure;
use crate::page::{Page, Paged};

/// A task of a run, with what its DAG says of it.
pub(crate) struct Instance {
    pub(crate) row: TaskInstanceRow,
    pub(crate) run: Arc<RunRow>,
    spec: Arc<DagSpec>,
}

/// Which tasks are meant; what is empty or absent means any.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) dated: TimeSpan,
    pub(crate) started: TimeSpan,
    pub(crate) ended: TimeSpan,
    /// By when their state changed last.
    pub(crate) changed: TimeSpan,
    /// Seconds.
    pub(crate) duration_min: Option<f64>,
    /// Seconds.
    pub(crate) duration_max: Option<f64>,
    /// `None` in it is no state.
    pub(crate) states: Option<BTreeSet<Option<TaskInstanceState>>>,
    pub(crate) pools: Vec<String>,
}

impl Instance {
    /// What its DAG says of the task; `None` if its version has it no more.
    pub(crate) fn task(&self) -> Option<&TaskSpec> {
        self.spec
            .tasks
            .iter()
            .find(|task| task.task_id == self.row.key.task_id)
    }

    /// The description of its DAG.
    pub(crate) fn spec(&self) -> &DagSpec {
        &self.spec
    }

    /// How long its newest attempt took, in seconds.
    pub(crate) fn duration(&self) -> Option<f64> {
        let (start, end) = self.row.start_date.zip(self.row.end_date)?;
        Some(end.duration_since(start).as_secs_f64())
    }

    fn is_meant(&self, wanted: &Wanted) -> bool {
        let row = &self.row;
        let changed = row.end_date.or(row.start_date).or(row.queued_at);
        let date = self.run.logical_date.unwrap_or(self.run.run_after);
        let duration = self.duration();
        let lasts = |bound: Option<f64>, fits: fn(f64, f64) -> bool| {
            bound.is_none_or(|bound| duration.is_some_and(|duration| fits(duration, bound)))
        };
        let pool = self.task().map(|task| task.pool.as_str()).unwrap_or_default();
        within(Some(date), wanted.dated)
            && within(row.start_date, wanted.started)
            && within(row.end_date, wanted.ended)
            && within(changed, wanted.changed)
            && lasts(wanted.duration_min, |duration, bound| duration >= bound)
            && lasts(wanted.duration_max, |duration, bound| duration <= bound)
            && wanted
                .states
                .as_ref()
                .is_none_or(|states| states.contains(&row.state))
            && (wanted.pools.is_empty() || wanted.pools.iter().any(|name| name == pool))
    }
}

/// Whether a time lies in a span. What has no time lies in none that has an end.
fn within(at: Option<jiff::Timestamp>, span: TimeSpan) -> bool {
    span.from.is_none_or(|from| at.is_some_and(|at| at >= from))
        && span.until.is_none_or(|until| at.is_some_and(|at| at <= until))
}

/// A page of the tasks of a run, by task id and map index, of mapped tasks each copy.
pub(crate) async fn list(
    api: &Api,
    key: &RunKey,
    wanted: &Wanted,
    page: Page,
) -> Result<Paged<Instance>, Failure> {
    let run = Arc::new(runs::get(api, key).await?);
    let spec = spec_of(api, &run).await?;
    let rows = api.store().task_instances(key).await?;
    let instance = |row| Instance {
        row,
        run: Arc::clone(&run),
        spec: Arc::clone(&spec),
    };
    let meant = rows
        .into_iter()
        .map(instance)
        .filter(|instance| instance.is_meant(wanted));
    Ok(Paged::of(meant.collect(), page))
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
    let spec = spec_of(api, &run).await?;
    Ok(Instance {
        row,
        run: Arc::new(run),
        spec,
    })
}

/// The tasks that were chosen, as they are; each copy of those that were chosen as a whole.
pub(crate) async fn chosen(api: &Api, key: &RunKey, tasks: &[ChosenTask]) -> Result<Vec<Instance>, Failure> {
    let chosen: BTreeSet<&TaskKey> = tasks.iter().map(|task| &task.key).collect();
    let every = Page {
        limit: u32::MAX,
        offset: 0,
    };
    let mut rows = list(api, key, &Wanted::default(), every).await?.rows;
    rows.retain(|instance| {
        let row = &instance.row.key;
        let whole = row.run_key().task(row.task_id.clone(), MapIndex::UNMAPPED);
        chosen.contains(row) || chosen.contains(&whole)
    });
    Ok(rows)
}

async fn spec_of(api: &Api, run: &RunRow) -> Result<Arc<DagSpec>, Failure> {
    let mut specs = api.store().descriptions([run.version]).await?;
    let gone = || Failure::NotFound(format!("run `{}` was deleted a moment ago", run.key));
    specs.remove(&run.version).ok_or_else(gone)
}
