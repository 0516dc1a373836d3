//! The chart of a run, from the rows of its tasks and of their attempts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_layout::{Gantt, Task, Try};
use updraft_model::{DagGraph, DagSpec, MapIndex, RunKey, TaskGroupId, TaskId, TaskInstanceState, TaskSpec};
use updraft_store::{AttemptRow, TaskInstanceRow};

use super::runs;
use crate::api::Api;
use crate::failure::Failure;

/// A task is compared with so many runs before.
const RUNS_BEFORE: u32 = 20;
/// So many copies of a mapped task have a row.
const COPIES_MAX: usize = 100;

/// The chart of a run, and what its rows are about.
pub(crate) struct Chart {
    pub(crate) gantt: Gantt,
    /// One for each row.
    pub(crate) tasks: Vec<Charted>,
    /// When the run ended.
    pub(crate) end: Option<Timestamp>,
    /// How many copies of mapped tasks have no row.
    pub(crate) hidden: u64,
}

/// What a row is about.
pub(crate) struct Charted {
    pub(crate) task_id: String,
    pub(crate) map_index: i32,
    pub(crate) label: String,
    pub(crate) group: Option<String>,
    pub(crate) depth: u32,
    pub(crate) operator: String,
    pub(crate) state: Option<TaskInstanceState>,
    /// Of each try how it ended, or how it stands.
    pub(crate) states: Vec<TaskInstanceState>,
    /// Seconds.
    pub(crate) median: Option<f64>,
}

/// The chart of a run, upstreams before downstreams.
pub(crate) async fn of(api: &Api, key: &RunKey) -> Result<Chart, Failure> {
    let run = runs::get(api, key).await?;
    let spec = api
        .store()
        .descriptions([run.version])
        .await?
        .remove(&run.version);
    let gone = || Failure::NotFound(format!("run `{key}` was deleted a moment ago"));
    let spec = spec.ok_or_else(gone)?;
    let date = run.logical_date.unwrap_or(run.run_after);
    let before = api.store().durations_before(key, date, RUNS_BEFORE).await?;
    let mut attempts = api.store().attempts_of_run(key).await?;
    let (rows, hidden) = shown(api.store().task_instances(key).await?, &spec);
    let mut rows_of: BTreeMap<&TaskId, Vec<usize>> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        rows_of.entry(&row.key.task_id).or_default().push(at);
    }
    let specs: BTreeMap<&TaskId, &TaskSpec> = spec.tasks.iter().map(|task| (&task.task_id, task)).collect();
    let mut tasks = Vec::with_capacity(rows.len());
    let mut charted = Vec::with_capacity(rows.len());
    for row in &rows {
        let tries = tries(attempts.remove(&row.key).unwrap_or_default());
        let (tries, states): (Vec<Try>, Vec<TaskInstanceState>) = tries.into_iter().unzip();
        let task = specs.get(&row.key.task_id).copied();
        let upstreams = task.iter().flat_map(|task| &task.upstream_task_ids);
        let upstreams = upstreams.filter_map(|id| rows_of.get(id)).flatten().copied();
        tasks.push(Task {
            upstreams: upstreams.collect(),
            tries,
            ended: row.end_date,
        });
        let (group, depth) = place(&spec, task);
        charted.push(Charted {
            task_id: row.key.task_id.to_string(),
            map_index: row.key.map_index.0,
            label: label(row, group.as_deref()),
            group,
            depth,
            operator: row.operator.clone(),
            state: row.state,
            states,
            median: before
                .get(&row.key.task_id)
                .and_then(|durations| median(durations)),
        });
    }
    Ok(Chart {
        gantt: Gantt::of(&tasks, (run.start_date, run.end_date), api.now()),
        tasks: charted,
        end: run.end_date,
        hidden,
    })
}

/// The rows that are shown, upstreams before downstreams: of a mapped task those copies that ended last, or have not. And how many are
/// not shown.
fn shown(rows: Vec<TaskInstanceRow>, spec: &DagSpec) -> (Vec<TaskInstanceRow>, u64) {
    let graph = DagGraph::compile(spec).ok();
    let rank = |id: &TaskId| {
        let graph = graph.as_ref()?;
        Some(graph.rank(graph.index(id)?))
    };
    let mut of_task: BTreeMap<(Option<u32>, TaskId), Vec<TaskInstanceRow>> = BTreeMap::new();
    for row in rows {
        let id = row.key.task_id.clone();
        of_task.entry((rank(&id), id)).or_default().push(row);
    }
    let (mut shown, mut hidden) = (Vec::new(), 0);
    for mut copies in of_task.into_values() {
        if copies.len() > COPIES_MAX {
            copies.sort_by_key(|row| {
                let last = row.start_date.map(|_| row.end_date.unwrap_or(Timestamp::MAX));
                (Reverse(last), row.key.map_index)
            });
            hidden += copies.len().saturating_sub(COPIES_MAX) as u64;
            copies.truncate(COPIES_MAX);
            copies.sort_by_key(|row| row.key.map_index);
        }
        shown.append(&mut copies);
    }
    (shown, hidden)
}

/// One for each try, with how it ended. A try that was put off has several attempts: it is queued and begins with the first of them, and
/// ends with the last.
fn tries(attempts: Vec<AttemptRow>) -> Vec<(Try, TaskInstanceState)> {
    let mut tries: Vec<(Try, TaskInstanceState)> = Vec::new();
    for attempt in attempts {
        match tries.last_mut() {
            Some((one, state)) if one.number == attempt.try_number => {
                (one.end, *state) = (attempt.end_date, attempt.state);
            }
            _ => {
                let one = Try {
                    number: attempt.try_number,
                    scheduled_at: None,
                    queued_at: attempt.queued_at,
                    start: attempt.start_date,
                    end: attempt.end_date,
                };
                tries.push((one, attempt.state));
            }
        }
    }
    tries
}

/// The group that a task is in, and how many are around it.
fn place(spec: &DagSpec, task: Option<&TaskSpec>) -> (Option<String>, u32) {
    let group = task.and_then(|task| task.task_group.as_ref());
    let parent = |id: &&TaskGroupId| {
        let group = spec.task_groups.iter().find(|group| group.group_id == **id);
        group.and_then(|group| group.parent.as_ref())
    };
    let depth = std::iter::successors(group, parent).count();
    (group.map(ToString::to_string), depth as u32)
}

/// What the row is called: the task without its group, and which copy.
fn label(row: &TaskInstanceRow, group: Option<&str>) -> String {
    let id = row.key.task_id.as_str();
    let rest = group.and_then(|group| id.strip_prefix(group)?.strip_prefix('.'));
    let id = rest.filter(|rest| !rest.is_empty()).unwrap_or(id);
    match (&row.rendered_map_index, row.key.map_index) {
        (_, MapIndex::UNMAPPED) => id.to_owned(),
        (Some(name), _) => format!("{id} [{name}]"),
        (None, index) => format!("{id} [{index}]"),
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}
