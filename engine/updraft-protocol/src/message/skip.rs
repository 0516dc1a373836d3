//! Tasks that a task passes over.

use serde::{Deserialize, Serialize};
use updraft_model::{MapIndex, TaskId};

/// Has tasks of the same run skipped; a branch or short circuit sends it before its end. It counts if the attempt
/// succeeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkipDownstreamTasks {
    /// The tasks.
    pub tasks: Vec<SkippedTask>,
}

/// A task to be skipped. In a message its id, or the id and the map index of one copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Form", into = "Form")]
pub struct SkippedTask {
    /// The task.
    pub task_id: TaskId,
    /// The copy of it, if it is mapped.
    pub map_index: MapIndex,
}

impl From<TaskId> for SkippedTask {
    fn from(task_id: TaskId) -> Self {
        Self {
            task_id,
            map_index: MapIndex::UNMAPPED,
        }
    }
}

/// The two ways in which Airflow's schema names a task here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum Form {
    Task(TaskId),
    Copy(TaskId, MapIndex),
}

impl From<Form> for SkippedTask {
    fn from(form: Form) -> Self {
        match form {
            Form::Task(task_id) => task_id.into(),
            Form::Copy(task_id, map_index) => Self { task_id, map_index },
        }
    }
}

impl From<SkippedTask> for Form {
    fn from(SkippedTask { task_id, map_index }: SkippedTask) -> Self {
        if map_index == MapIndex::UNMAPPED {
            Self::Task(task_id)
        } else {
            Self::Copy(task_id, map_index)
        }
    }
}
