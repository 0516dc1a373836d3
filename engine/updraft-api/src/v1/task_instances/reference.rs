//! What is told of tasks that are cleared or marked.

use schemars::JsonSchema;
use serde::Serialize;
use updraft_model::TaskInstanceState;
use updraft_store::ChosenTask;

use crate::domain::task_instances::Instance;
use crate::failure::Failure;
use crate::time::V1Time;

/// Which task of which run.
#[derive(Serialize, JsonSchema)]
pub(super) struct TaskInstanceReference {
    task_id: String,
    dag_id: String,
    execution_date: V1Time,
    dag_run_id: String,
}

/// Several of them.
#[derive(Serialize, JsonSchema)]
pub(super) struct TaskInstanceReferenceCollection {
    task_instances: Vec<TaskInstanceReference>,
}

impl From<&ChosenTask> for TaskInstanceReference {
    fn from(task: &ChosenTask) -> Self {
        Self {
            task_id: task.key.task_id.to_string(),
            dag_id: task.key.dag_id.to_string(),
            execution_date: V1Time(task.order_date),
            dag_run_id: task.key.run_id.to_string(),
        }
    }
}

impl TaskInstanceReference {
    /// A task that has been read.
    pub(super) fn of(instance: &Instance) -> Self {
        let key = &instance.row.key;
        Self {
            task_id: key.task_id.to_string(),
            dag_id: key.dag_id.to_string(),
            execution_date: V1Time(instance.run.logical_date.unwrap_or(instance.run.run_after)),
            dag_run_id: key.run_id.to_string(),
        }
    }
}

impl TaskInstanceReferenceCollection {
    pub(super) fn of(tasks: &[ChosenTask]) -> Self {
        Self {
            task_instances: tasks.iter().map(TaskInstanceReference::from).collect(),
        }
    }
}

/// The state that tasks are to get.
///
/// # Errors
/// [`Failure::Invalid`]: it is no state, or none that can be set.
pub(super) fn new_state(text: Option<&str>) -> Result<TaskInstanceState, Failure> {
    let wrong = || Failure::body("`new_state` is `success`, `failed` or `skipped`");
    text.and_then(|text| text.parse().ok()).ok_or_else(wrong)
}
