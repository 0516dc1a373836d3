//! What the dispatcher remembers of unfinished runs beside the planner: what their attempts are told.

use std::collections::BTreeMap;

use updraft_model::{DagId, RunKey, TaskKey};
use updraft_store::StoredRun;

/// Unfinished runs, without their tasks' states.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    by_key: BTreeMap<RunKey, StoredRun>,
}

impl Runs {
    pub(crate) fn new(runs: Vec<StoredRun>) -> Self {
        let mut all = Self::default();
        for run in runs {
            all.insert(run);
        }
        all
    }

    pub(crate) fn insert(&mut self, mut run: StoredRun) {
        // The planner has them.
        run.tasks = Vec::new();
        self.by_key.insert(run.key.clone(), run);
    }

    pub(crate) fn remove(&mut self, key: &RunKey) {
        self.by_key.remove(key);
    }

    pub(crate) fn get(&self, key: &RunKey) -> Option<&StoredRun> {
        self.by_key.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &RunKey) -> Option<&mut StoredRun> {
        self.by_key.get_mut(key)
    }

    /// How often a run has been cleared; a new one never.
    pub(crate) fn clear_number(&self, key: &RunKey) -> u32 {
        self.by_key.get(key).map_or(0, |run| run.clear_number)
    }

    /// The runs of a DAG some of whose tasks wait for the run before.
    pub(crate) fn that_look_back(&self, dag_id: &DagId) -> Vec<RunKey> {
        let runs = self.by_key.values().filter(|run| run.key.dag_id == *dag_id);
        runs.filter(|run| run.spec.looks_back())
            .map(|run| run.key.clone())
            .collect()
    }

    /// The run that a task belongs to.
    pub(crate) fn of(&self, task: &TaskKey) -> Option<&StoredRun> {
        self.by_key.get(&task.run_key())
    }
}
