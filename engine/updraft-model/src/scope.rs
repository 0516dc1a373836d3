//! Setups and teardowns: which tasks a setup is for, and what is cleared together.
//!
//! Source: `AbstractOperator.get_upstreams_only_setups_and_teardowns` and `DAG.partial_subset` of Airflow 2.11.

use std::collections::{BTreeMap, BTreeSet};

use crate::{DagGraph, DagSpec, TaskIndex, UpstreamCounts, ValidDag};

/// Which tasks wait for a setup that is not directly before them.
///
/// A task is in the scope of a setup if it comes after it, is no teardown, and a teardown of that setup comes after the
/// task; a setup without teardowns is for everything after it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scopes {
    /// Per task the setups it waits for beside its direct upstreams; empty if no task waits for any.
    expected: Vec<UpstreamCounts>,
    /// Per setup the tasks that wait for it without being directly after it.
    dependants: BTreeMap<TaskIndex, Vec<TaskIndex>>,
    /// The same the other way round.
    setups: BTreeMap<TaskIndex, Vec<TaskIndex>>,
}

impl Scopes {
    pub(crate) fn find(spec: &DagSpec, graph: &DagGraph) -> Self {
        let mut scopes = Self::default();
        for setup in graph.tasks().filter(|task| spec.tasks[task.at()].is_setup) {
            let scope = scope(spec, graph, setup);
            let indirect = |task: &TaskIndex| !graph.downstreams(setup).contains(task);
            let dependants: Vec<TaskIndex> = scope.into_iter().filter(indirect).collect();
            if dependants.is_empty() {
                continue;
            }
            scopes.expected.resize(graph.len(), UpstreamCounts::NONE);
            for task in &dependants {
                scopes.expected[task.at()].expect(true);
                scopes.setups.entry(*task).or_default().push(setup);
            }
            scopes.dependants.insert(setup, dependants);
        }
        scopes
    }

    pub(crate) fn expected(&self, task: TaskIndex) -> UpstreamCounts {
        self.expected
            .get(task.at())
            .copied()
            .unwrap_or(UpstreamCounts::NONE)
    }

    pub(crate) fn setups(&self, task: TaskIndex) -> &[TaskIndex] {
        self.setups.get(&task).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn dependants(&self, setup: TaskIndex) -> &[TaskIndex] {
        self.dependants.get(&setup).map_or(&[], Vec::as_slice)
    }
}

/// The tasks that a setup is for.
fn scope(spec: &DagSpec, graph: &DagGraph, setup: TaskIndex) -> BTreeSet<TaskIndex> {
    let teardowns = teardowns(spec, graph, setup);
    let mut after = graph.all_downstreams([setup]);
    after.retain(|task| !spec.tasks[task.at()].is_teardown);
    if !teardowns.is_empty() {
        let before = graph.all_upstreams(teardowns);
        after.retain(|task| before.contains(task));
    }
    after
}

/// The teardowns of a setup: those directly after it.
fn teardowns(spec: &DagSpec, graph: &DagGraph, setup: TaskIndex) -> Vec<TaskIndex> {
    let after = graph.downstreams(setup).iter().copied();
    after.filter(|task| spec.tasks[task.at()].is_teardown).collect()
}

/// Which neighbours of chosen tasks are chosen with them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Everything before them.
    pub upstream: bool,
    /// Everything after them.
    pub downstream: bool,
}

impl ValidDag {
    /// What is cleared when these tasks are: themselves, their neighbours as `reach` says, and the setups and teardowns
    /// that all of those need. A setup that is chosen itself brings its teardowns along.
    pub fn to_clear(&self, chosen: &BTreeSet<TaskIndex>, reach: Reach) -> BTreeSet<TaskIndex> {
        let (spec, graph) = (self.spec(), self.graph());
        let mut all = self.within(chosen, reach);
        for task in all.clone() {
            all.extend(self.setups_and_teardowns(task));
        }
        for task in chosen.iter().filter(|task| spec.tasks[task.at()].is_setup) {
            all.extend(teardowns(spec, graph, *task));
        }
        all
    }

    /// These tasks and their neighbours as `reach` says: what is marked when these tasks are.
    pub fn within(&self, chosen: &BTreeSet<TaskIndex>, reach: Reach) -> BTreeSet<TaskIndex> {
        let mut all = chosen.clone();
        if reach.upstream {
            all.extend(self.graph().all_upstreams(chosen.iter().copied()));
        }
        if reach.downstream {
            all.extend(self.graph().all_downstreams(chosen.iter().copied()));
        }
        all
    }

    /// The setups in whose scope a task is, with their teardowns.
    fn setups_and_teardowns(&self, task: TaskIndex) -> Vec<TaskIndex> {
        let (spec, graph) = (self.spec(), self.graph());
        let before = graph.all_upstreams([task]);
        let after = graph.all_downstreams([task]);
        let mut found = Vec::new();
        for setup in before.into_iter().filter(|task| spec.tasks[task.at()].is_setup) {
            let teardowns = teardowns(spec, graph, setup);
            if teardowns.is_empty() || teardowns.iter().any(|teardown| after.contains(teardown)) {
                found.push(setup);
                found.extend(teardowns.into_iter().filter(|teardown| *teardown != task));
            }
        }
        found
    }
}
