//! The scheduled tasks of one DAG.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::{RunId, TaskId, TaskSpec};

use crate::ranges::Ranges;
use crate::room::{Lane, ReadyTask};
use crate::span::{Instance, Span};

/// The scheduled tasks of a DAG, in lanes by what they want of which pool. Those whose task has as many attempts as its
/// `max_active_tis_per_dag` or `max_active_tis_per_dagrun` allows are in no lane, so that they hold up nothing.
///
/// Copies of a task that were scheduled together stand in line as one.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    lanes: BTreeMap<Lane, BTreeSet<ReadyTask>>,
    /// Of those that are copies: which.
    copies: BTreeMap<ReadyTask, Ranges<()>>,
    /// Tasks with limits.
    limited: BTreeMap<LimitKey, Limited>,
    /// How many scheduled tasks there are, in lanes or not.
    len: usize,
}

/// What a limit is about: the attempts at a task in all runs, or in one.
type LimitKey = (TaskId, Option<RunId>);

/// A task with a limit.
#[derive(Debug, Default)]
struct Limited {
    /// How many attempts it has.
    attempts: u32,
    /// Those of it that are scheduled, with the limits that each has by its own version of the DAG.
    ready: BTreeMap<ReadyTask, Waiting>,
}

/// Where a scheduled task with limits stands as long as they allow it.
#[derive(Debug, Clone)]
struct Waiting {
    lane: Lane,
    limits: Vec<(LimitKey, u32)>,
}

impl Ready {
    pub(crate) fn insert(&mut self, spec: &TaskSpec, task: &ReadyTask, span: &Span) {
        if let Some(range) = &span.copies {
            let copies = self.copies.entry(task.clone()).or_default();
            let is_new = copies.is_empty();
            self.len += (span.len() - copies.count(range.clone())) as usize;
            copies.set(range.clone(), ());
            if !is_new {
                return;
            }
        } else {
            self.len += usize::from(!self.is_known(spec, task));
        }
        let waiting = Waiting {
            lane: Lane::of(spec),
            limits: limits(spec, &task.run_id),
        };
        for (key, _) in &waiting.limits {
            let limited = self.limited.entry(key.clone()).or_default();
            limited.ready.insert(task.clone(), waiting.clone());
        }
        self.enter(task, &waiting);
    }

    pub(crate) fn remove(&mut self, spec: &TaskSpec, task: &ReadyTask, span: &Span) {
        if let Some(range) = &span.copies {
            let Some(copies) = self.copies.get_mut(task) else {
                return;
            };
            self.len -= copies.count(range.clone()) as usize;
            copies.remove(range.clone());
            if !copies.is_empty() {
                return;
            }
            self.copies.remove(task);
        } else {
            self.len -= usize::from(self.is_known(spec, task));
        }
        self.take_out(&Lane::of(spec), task);
        for (key, _) in limits(spec, &task.run_id) {
            if let Some(limited) = self.limited.get_mut(&key) {
                limited.ready.remove(task);
            }
            self.forget(&key);
        }
    }

    /// The next of a scheduled task: it itself, or its first copy.
    pub(crate) fn next(&self, task: &ReadyTask) -> Instance {
        Instance {
            task: task.task,
            copy: self.copies.get(task).and_then(Ranges::first),
        }
    }

    /// An attempt at a task begins.
    pub(crate) fn begin(&mut self, spec: &TaskSpec, run_id: &RunId) {
        for (key, _) in limits(spec, run_id) {
            let limited = self.limited.entry(key).or_default();
            limited.attempts += 1;
            let ready = limited
                .ready
                .iter()
                .map(|(task, waiting)| (task.clone(), waiting.clone()));
            let full: Vec<(ReadyTask, Waiting)> = ready.collect();
            for (task, waiting) in full {
                if !self.allows(&waiting) {
                    self.take_out(&waiting.lane, &task);
                }
            }
        }
    }

    /// An attempt at a task ends.
    pub(crate) fn end(&mut self, spec: &TaskSpec, run_id: &RunId) {
        for (key, _) in limits(spec, run_id) {
            let Some(limited) = self.limited.get_mut(&key) else {
                continue;
            };
            limited.attempts -= 1;
            let ready = limited
                .ready
                .iter()
                .map(|(task, waiting)| (task.clone(), waiting.clone()));
            let ready: Vec<(ReadyTask, Waiting)> = ready.collect();
            for (task, waiting) in ready {
                self.enter(&task, &waiting);
            }
            self.forget(&key);
        }
    }

    /// How many attempts a task with `max_active_tis_per_dag` has in all runs; with a run, one with
    /// `max_active_tis_per_dagrun` there.
    pub(crate) fn attempts(&self, task_id: &TaskId, run_id: Option<&RunId>) -> u32 {
        let key = (task_id.clone(), run_id.cloned());
        self.limited.get(&key).map_or(0, |limited| limited.attempts)
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

    fn is_known(&self, spec: &TaskSpec, task: &ReadyTask) -> bool {
        let in_lane = self
            .lanes
            .get(&Lane::of(spec))
            .is_some_and(|tasks| tasks.contains(task));
        let is_limited = |(key, _): &(LimitKey, u32)| {
            self.limited
                .get(key)
                .is_some_and(|limited| limited.ready.contains_key(task))
        };
        in_lane || limits(spec, &task.run_id).iter().any(is_limited)
    }

    fn allows(&self, waiting: &Waiting) -> bool {
        let allows = |(key, limit): &(LimitKey, u32)| {
            self.limited
                .get(key)
                .is_none_or(|limited| limited.attempts < *limit)
        };
        waiting.limits.iter().all(allows)
    }

    /// Puts a task in its lane, if its limits allow it.
    fn enter(&mut self, task: &ReadyTask, waiting: &Waiting) {
        if self.allows(waiting) {
            self.lanes
                .entry(waiting.lane.clone())
                .or_default()
                .insert(task.clone());
        }
    }

    fn take_out(&mut self, lane: &Lane, task: &ReadyTask) {
        let Some(tasks) = self.lanes.get_mut(lane) else {
            return;
        };
        tasks.remove(task);
        if tasks.is_empty() {
            self.lanes.remove(lane);
        }
    }

    fn forget(&mut self, key: &LimitKey) {
        let is_idle = |limited: &Limited| limited.attempts == 0 && limited.ready.is_empty();
        if self.limited.get(key).is_some_and(is_idle) {
            self.limited.remove(key);
        }
    }
}

/// The limits of a task of a run.
fn limits(spec: &TaskSpec, run_id: &RunId) -> Vec<(LimitKey, u32)> {
    let of_dag = spec
        .max_active_tis_per_dag
        .map(|limit| ((spec.task_id.clone(), None), limit));
    let of_run = spec
        .max_active_tis_per_dagrun
        .map(|limit| ((spec.task_id.clone(), Some(run_id.clone())), limit));
    of_dag.into_iter().chain(of_run).collect()
}
