//! Mapped tasks with one entry per copy: what the planner and the store hold as ranges, worked out the plain way.

use std::collections::BTreeMap;

use updraft_model::{
    DagSpec, MapIndex, TaskGroupId, TaskGroupSpec, TaskId, TaskInstanceState, TaskKey, UpstreamCounts,
};
use updraft_planner::{RunSnapshot, TaskSnapshot};

/// Every task of a run, and every copy of those that have some.
pub(crate) fn instances(run: &RunSnapshot) -> Vec<TaskSnapshot> {
    let mut all: BTreeMap<(usize, i32), TaskSnapshot> = BTreeMap::new();
    let place = |task_id: &TaskId| run.spec.tasks.iter().position(|task| task.task_id == *task_id);
    for row in &run.tasks {
        let Some(place) = place(&row.task_id) else {
            continue;
        };
        let Some(length) = row.mapped_length.filter(|_| row.map_index == MapIndex::UNMAPPED) else {
            all.insert((place, row.map_index.0), row.clone());
            continue;
        };
        for copy in 0..length as i32 {
            let like_all = TaskSnapshot {
                map_index: MapIndex(copy),
                mapped_length: None,
                ..row.clone()
            };
            all.entry((place, copy)).or_insert(like_all);
        }
    }
    all.into_values().collect()
}

/// The entry of one task or copy.
pub(crate) fn instance(run: &RunSnapshot, key: &TaskKey) -> Option<TaskSnapshot> {
    let mut of_task = run.tasks.iter().filter(|task| task.task_id == key.task_id);
    if let Some(row) = of_task.clone().find(|task| task.map_index == key.map_index) {
        return Some(row.clone()).filter(|row| row.mapped_length.is_none());
    }
    let shared = of_task.find(|task| task.mapped_length.is_some())?;
    let is_within = shared.mapped_length > u32::try_from(key.map_index.0).ok();
    is_within.then(|| TaskSnapshot {
        map_index: key.map_index,
        mapped_length: None,
        ..shared.clone()
    })
}

/// The entries of a task, or of its copies, that concern a task or copy that comes after it.
pub(crate) fn before(run: &RunSnapshot, key: &TaskKey, upstream: &TaskId) -> Vec<TaskSnapshot> {
    let group = mapped_group(&run.spec, &key.task_id);
    let is_together = group.is_some() && group == mapped_group(&run.spec, upstream);
    let all = instances(run)
        .into_iter()
        .filter(|task| task.task_id == *upstream);
    let has_copies = |task: &TaskSnapshot| task.map_index != MapIndex::UNMAPPED;
    let concerns = |task: &TaskSnapshot| match (is_together, key.map_index == MapIndex::UNMAPPED) {
        // Before there are copies, those of others do not count.
        (true, true) => !has_copies(task),
        (true, false) => !has_copies(task) || task.map_index == key.map_index,
        (false, _) => true,
    };
    let is_removed = |task: &TaskSnapshot| has_copies(task) && task.state == Some(TaskInstanceState::Removed);
    all.filter(|task| concerns(task) && !is_removed(task)).collect()
}

/// How far the upstreams of a task or copy are.
pub(crate) fn upstreams(run: &RunSnapshot, key: &TaskKey) -> UpstreamCounts {
    let spec = run.spec.task(&key.task_id).expect("the dag has the task");
    let mut counts = UpstreamCounts::NONE;
    for upstream in &spec.upstream_task_ids {
        let is_setup = run
            .spec
            .task(upstream)
            .expect("the dag has the upstream")
            .is_setup;
        for task in before(run, key, upstream) {
            counts.expect(is_setup);
            if let Some(state) = task.state {
                counts.record(state, is_setup);
            }
        }
    }
    counts
}

/// How many copies what a task is mapped over makes, once that is known.
pub(crate) fn copies(run: &RunSnapshot, task_id: &TaskId) -> Option<u64> {
    let spec = run.spec.task(task_id)?;
    let group = mapped_group(&run.spec, task_id);
    let of_group = group.and_then(|id| run.spec.task_groups.iter().find(|group| group.group_id == id));
    let input = spec
        .expand_input
        .as_ref()
        .or(of_group.and_then(|group| group.expand_input.as_ref()))?;
    let all = instances(run);
    let length_of = |source: &TaskId| {
        let of_source: Vec<&TaskSnapshot> = all.iter().filter(|task| task.task_id == *source).collect();
        let is_removed = |task: &TaskSnapshot| task.state == Some(TaskInstanceState::Removed);
        let is_over = |task: &TaskSnapshot| task.state.is_some_and(TaskInstanceState::is_finished);
        match of_source.as_slice() {
            [one] if one.map_index == MapIndex::UNMAPPED => one.returned?.items().filter(|_| is_over(one)),
            copies if copies.iter().all(|task| is_over(task)) => {
                let returned = copies
                    .iter()
                    .filter(|task| task.returned.is_some() && !is_removed(task));
                Some(returned.count() as u32)
            }
            _ => None,
        }
    };
    input.copies(&length_of)
}

/// The mapped group that a task is in.
pub(crate) fn mapped_group(spec: &DagSpec, task_id: &TaskId) -> Option<TaskGroupId> {
    let find = |id: &TaskGroupId| spec.task_groups.iter().find(|group| group.group_id == *id);
    let first = find(spec.task(task_id)?.task_group.as_ref()?);
    let around = |group: &&TaskGroupSpec| find(group.parent.as_ref()?);
    let mut groups = std::iter::successors(first, around);
    let mapped = groups.find(|group| group.expand_input.is_some())?;
    Some(mapped.group_id.clone())
}
