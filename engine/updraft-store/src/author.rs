//! Who changes something. What a change is said to be in the event log is written in the transaction of that change, so there is an entry if
//! and only if something was changed.
//!
//! A [`Store`] that somebody acts through ([`Store::by`]) writes such an entry with each change; one that nobody acts through, such as that of
//! the scheduler, writes none.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use updraft_model::{DagId, MapIndex, RunId, RunKey, TaskId, TaskKey};
use updraft_sql::Tx;

use crate::choose::{ChosenTask, RunChoice, TaskChoice};
use crate::error::StoreError;
use crate::event_log::{self, NewEventLog};
use crate::store::Store;

/// What stands for a secret in the event log.
pub(crate) const HIDDEN: &str = "***";

/// Somebody who changes something.
#[derive(Debug, Clone, PartialEq)]
pub struct Author {
    /// Who: the name of a user; at the command line that of the operating system.
    pub owner: String,
    /// What the changes are called: Airflow's name of the operation.
    pub event: String,
    /// When.
    pub at: Timestamp,
    /// What is said beside what was changed. Nothing secret.
    pub extra: Map<String, Value>,
}

/// What was changed.
#[derive(Debug, Default)]
pub(crate) struct Note<'a> {
    dag_id: Option<&'a DagId>,
    run_id: Option<&'a RunId>,
    task_id: Option<&'a TaskId>,
    map_index: Option<i32>,
    extra: Map<String, Value>,
}

impl<'a> Note<'a> {
    /// Of something that belongs to no DAG; of what it is told, the fields of an object stand in the entry.
    pub(crate) fn of(told: Value) -> Self {
        Self::default().telling(told)
    }

    /// Of a DAG.
    pub(crate) fn of_dag(dag_id: &'a DagId) -> Self {
        Self {
            dag_id: Some(dag_id),
            ..Self::default()
        }
    }

    /// Of a DAG, if it is of one.
    pub(crate) fn of_some_dag(dag_id: Option<&'a DagId>) -> Self {
        Self {
            dag_id,
            ..Self::default()
        }
    }

    /// Of a run.
    pub(crate) fn of_run(run: &'a RunKey) -> Self {
        Self {
            run_id: Some(&run.run_id),
            ..Self::of_dag(&run.dag_id)
        }
    }

    /// Of a task of a run, or of one copy.
    pub(crate) fn of_task(task: &'a TaskKey) -> Self {
        Self {
            run_id: Some(&task.run_id),
            task_id: Some(&task.task_id),
            map_index: (task.map_index != MapIndex::UNMAPPED).then_some(task.map_index.0),
            ..Self::of_dag(&task.dag_id)
        }
    }

    /// The same, saying more.
    pub(crate) fn telling(mut self, told: Value) -> Self {
        if let Value::Object(fields) = told {
            self.extra.extend(fields);
        }
        self
    }

    /// The same, saying how it was and how it is; null is nothing.
    pub(crate) fn changing(self, before: Value, after: Value) -> Self {
        self.telling(json!({ "before": before, "after": after }))
    }
}

impl Store {
    /// The same database, changed by somebody.
    #[must_use]
    pub fn by(&self, author: Author) -> Self {
        let mut store = self.clone();
        store.author = Some(Arc::new(author));
        store
    }

    /// Writes that somebody changes chosen tasks. The entry names the run and the task if all that is changed is of one.
    pub(crate) async fn note_chosen(
        &self,
        tx: &mut Tx,
        choice: &TaskChoice<'_>,
        (chosen, told): (&[ChosenTask], Value),
    ) -> Result<(), StoreError> {
        let run_id = match choice.runs {
            RunChoice::Between { .. } => None,
            RunChoice::Around { run_id, .. } => Some(run_id),
        };
        let first = chosen.first().map(|task| &task.key.task_id);
        let task_id = first.filter(|first| chosen.iter().all(|task| task.key.task_id == **first));
        let note = Note {
            run_id,
            task_id,
            map_index: choice.map_index,
            ..Note::of_dag(choice.dag_id)
        };
        self.note(tx, note.telling(told)).await
    }

    /// Writes what somebody changes, in the transaction of the change.
    pub(crate) async fn note(&self, tx: &mut Tx, note: Note<'_>) -> Result<(), StoreError> {
        let Some(author) = &self.author else {
            return Ok(());
        };
        let mut extra = note.extra;
        extra.extend(author.extra.clone());
        let entry = NewEventLog {
            event: &author.event,
            owner: Some(&author.owner),
            dag_id: note.dag_id.map(DagId::as_str),
            run_id: note.run_id.map(RunId::as_str),
            task_id: note.task_id.map(TaskId::as_str),
            map_index: note.map_index,
            extra: Some(Value::Object(extra)),
        };
        event_log::add(tx, &entry, author.at).await
    }
}
