//! Branches and short circuits: which tasks a task passes over, and how that is remembered.
//!
//! Source: `SkipMixin`, `BranchMixIn` and `ShortCircuitOperator` of Airflow 2.11, `NotPreviouslySkippedDep`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{DagId, TaskGroupId, TaskId, TaskIndex, ValidDag};

/// The key of the XCom in which a task leaves its [`SkipDecision`].
pub const SKIP_DECISION_KEY: &str = "skipmixin_key";

/// What a branch or short circuit decided about the tasks directly after it. It is an XCom of that task, so that a task
/// that is cleared later, or that is only looked at later, is passed over again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipDecision {
    /// Of the tasks directly after it only these may run.
    Followed(BTreeSet<TaskId>),
    /// These are passed over.
    Skipped(BTreeSet<TaskId>),
}

impl SkipDecision {
    /// Reads the value of the XCom: `{"followed": [..]}` or `{"skipped": [..]}`. `None` for anything else.
    pub fn from_xcom(value: &Value) -> Option<Self> {
        let ids = |key: &str| -> Option<BTreeSet<TaskId>> {
            let ids = value.get(key)?.as_array()?.iter();
            ids.map(|id| TaskId::parse(id.as_str()?).ok()).collect()
        };
        let followed = || ids("followed").map(Self::Followed);
        followed().or_else(|| ids("skipped").map(Self::Skipped))
    }

    /// The value of the XCom.
    pub fn to_xcom(&self) -> Value {
        match self {
            Self::Followed(ids) => json!({ "followed": ids }),
            Self::Skipped(ids) => json!({ "skipped": ids }),
        }
    }

    /// Whether a task directly after the one that decided is passed over.
    pub fn passes_over(&self, task_id: &TaskId) -> bool {
        match self {
            Self::Followed(ids) => !ids.contains(task_id),
            Self::Skipped(ids) => ids.contains(task_id),
        }
    }
}

/// A decision, and what it skips at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skips {
    /// What is remembered.
    pub decision: SkipDecision,
    /// The tasks that are skipped now, in the order of the DAG. Other tasks after those follow by their trigger rules.
    pub tasks: Vec<TaskId>,
}

/// A branch that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BranchError {
    /// It names something that the DAG does not have.
    #[error(
        "a branch leads to {}, but dag `{dag_id}` has no such task or task group",
        .unknown.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
    )]
    Unknown {
        /// The DAG.
        dag_id: DagId,
        /// The ids, as given.
        unknown: Vec<String>,
    },
}

impl ValidDag {
    /// What `task` skips that goes on with the tasks and task groups named `chosen`; a group stands for its first tasks.
    /// `None` if nothing comes after `task`.
    ///
    /// Only tasks directly after `task` are skipped: those that are neither chosen nor come after a chosen one. An id
    /// that names a task elsewhere in the DAG is no error.
    ///
    /// # Errors
    /// An id names neither a task nor a group of the DAG.
    pub fn branch(&self, task: TaskIndex, chosen: &[impl AsRef<str>]) -> Result<Option<Skips>, BranchError> {
        let mut followed = BTreeSet::new();
        let mut unknown = Vec::new();
        for id in chosen.iter().map(AsRef::as_ref) {
            match self.named(id) {
                Some(tasks) => followed.extend(tasks),
                None => unknown.push(id.to_owned()),
            }
        }
        if !unknown.is_empty() {
            let dag_id = self.spec().dag_id.clone();
            return Err(BranchError::Unknown { dag_id, unknown });
        }
        followed.extend(self.graph().all_downstreams(followed.clone()));
        let after = self.graph().downstreams(task);
        let (follow, skip): (Vec<TaskIndex>, Vec<TaskIndex>) =
            after.iter().partition(|task| followed.contains(task));
        Ok((!after.is_empty()).then(|| Skips {
            decision: SkipDecision::Followed(self.ids(follow).collect()),
            tasks: self.ids(skip).collect(),
        }))
    }

    /// What `task` skips that stops the run here: everything after it but teardowns, or, if trigger rules are not to be
    /// ignored, what comes directly after it. `None` if that is nothing.
    pub fn short_circuit(&self, task: TaskIndex, ignore_downstream_trigger_rules: bool) -> Option<Skips> {
        let after = if ignore_downstream_trigger_rules {
            self.graph().all_downstreams([task])
        } else {
            self.graph().downstreams(task).iter().copied().collect()
        };
        let work = after
            .into_iter()
            .filter(|task| !self.spec().tasks[task.at()].is_teardown);
        let tasks: Vec<TaskId> = self.ids(work).collect();
        (!tasks.is_empty()).then(|| Skips {
            decision: SkipDecision::Skipped(tasks.iter().cloned().collect()),
            tasks,
        })
    }

    /// The task of that id, or the first tasks of the group of that id.
    fn named(&self, id: &str) -> Option<Vec<TaskIndex>> {
        if let Some(task) = TaskId::parse(id).ok().and_then(|id| self.graph().index(&id)) {
            return Some(vec![task]);
        }
        let group_id = TaskGroupId::parse(id).ok()?;
        let groups = &self.spec().task_groups;
        let mut inside = BTreeSet::from([groups
            .iter()
            .find(|group| group.group_id == group_id)?
            .group_id
            .clone()]);
        // Parents stand before their children.
        for group in groups {
            if group
                .parent
                .as_ref()
                .is_some_and(|parent| inside.contains(parent))
            {
                inside.insert(group.group_id.clone());
            }
        }
        let is_member = |task: &TaskIndex| {
            let group = &self.spec().tasks[task.at()].task_group;
            group.as_ref().is_some_and(|group| inside.contains(group))
        };
        let is_first = |task: &TaskIndex| !self.graph().upstreams(*task).iter().any(is_member);
        Some(
            self.graph()
                .tasks()
                .filter(|task| is_member(task) && is_first(task))
                .collect(),
        )
    }

    fn ids(&self, tasks: impl IntoIterator<Item = TaskIndex>) -> impl Iterator<Item = TaskId> {
        let ids = |task: TaskIndex| self.spec().tasks[task.at()].task_id.clone();
        tasks.into_iter().map(ids)
    }
}
