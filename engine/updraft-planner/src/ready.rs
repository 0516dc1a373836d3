//! The scheduled tasks of one DAG.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::{TaskId, TaskSpec};

use crate::room::{Lane, ReadyTask};

/// The scheduled tasks of a DAG, in lanes by what they want of which pool. Those whose task has as many attempts in all runs
/// as its `max_active_tis_per_dag` allows are in no lane, so that they hold up nothing.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    lanes: BTreeMap<Lane, BTreeSet<ReadyTask>>,
    /// Tasks with such a limit.
    limited: BTreeMap<TaskId, Limited>,
    /// How many scheduled tasks there are, in lanes or not.
    len: usize,
}

/// A task with `max_active_tis_per_dag`.
#[derive(Debug, Default)]
struct Limited {
    /// How many attempts it has, in all runs.
    attempts: u32,
    /// The runs in which it is scheduled; each has the limit of its own version of the DAG.
    ready: BTreeMap<ReadyTask, (Lane, u32)>,
}

impl Ready {
    pub(crate) fn insert(&mut self, spec: &TaskSpec, task: ReadyTask) {
        let lane = Lane::of(spec);
        let Some(limit) = spec.max_active_tis_per_dag else {
            self.len += usize::from(self.lanes.entry(lane).or_default().insert(task));
            return;
        };
        let limited = self.limited.entry(spec.task_id.clone()).or_default();
        if limited
            .ready
            .insert(task.clone(), (lane.clone(), limit))
            .is_none()
        {
            self.len += 1;
            if limited.attempts < limit {
                self.lanes.entry(lane).or_default().insert(task);
            }
        }
    }

    pub(crate) fn remove(&mut self, spec: &TaskSpec, task: &ReadyTask) {
        let lane = Lane::of(spec);
        let was_in_lane = self.take_out(&lane, task);
        let limited = spec
            .max_active_tis_per_dag
            .and_then(|_| self.limited.get_mut(&spec.task_id));
        let was_limited = limited.is_some_and(|limited| limited.ready.remove(task).is_some());
        self.len -= usize::from(was_in_lane || was_limited);
    }

    /// An attempt at a task begins.
    pub(crate) fn begin(&mut self, spec: &TaskSpec) {
        if spec.max_active_tis_per_dag.is_none() {
            return;
        }
        let limited = self.limited.entry(spec.task_id.clone()).or_default();
        limited.attempts += 1;
        let attempts = limited.attempts;
        let full = limited.ready.iter().filter(|(_, (_, limit))| *limit == attempts);
        let full: Vec<(ReadyTask, Lane)> = full
            .map(|(task, (lane, _))| (task.clone(), lane.clone()))
            .collect();
        for (task, lane) in full {
            self.take_out(&lane, &task);
        }
    }

    /// An attempt at a task ends.
    pub(crate) fn end(&mut self, spec: &TaskSpec) {
        let limited = spec
            .max_active_tis_per_dag
            .and_then(|_| self.limited.get_mut(&spec.task_id));
        let Some(limited) = limited else { return };
        for (task, (lane, limit)) in &limited.ready {
            if *limit == limited.attempts {
                self.lanes.entry(lane.clone()).or_default().insert(task.clone());
            }
        }
        limited.attempts -= 1;
        if limited.attempts == 0 && limited.ready.is_empty() {
            self.limited.remove(&spec.task_id);
        }
    }

    /// How many attempts a task with `max_active_tis_per_dag` has in all runs.
    pub(crate) fn attempts(&self, task_id: &TaskId) -> u32 {
        self.limited.get(task_id).map_or(0, |limited| limited.attempts)
    }

    /// The first task of each lane.
    pub(crate) fn firsts(&self) -> impl Iterator<Item = (&Lane, &ReadyTask)> {
        self.lanes
            .iter()
            .filter_map(|(lane, tasks)| Some((lane, tasks.first()?)))
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    fn take_out(&mut self, lane: &Lane, task: &ReadyTask) -> bool {
        let Some(tasks) = self.lanes.get_mut(lane) else {
            return false;
        };
        let was_there = tasks.remove(task);
        if tasks.is_empty() {
            self.lanes.remove(lane);
        }
        was_there
    }
}
