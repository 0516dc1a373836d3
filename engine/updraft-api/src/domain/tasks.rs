//! Tasks, as DAGs describe them.

use updraft_model::{DagSpec, TaskSpec};

use super::dags::{self, Dag};
use crate::api::Api;
use crate::failure::Failure;
use crate::page::{Key, Order};

/// What tasks can be sorted by.
pub(crate) const COLUMNS: [&str; 11] = [
    "task_id",
    "task_display_name",
    "owner",
    "operator_name",
    "pool",
    "pool_slots",
    "priority_weight",
    "queue",
    "retries",
    "trigger_rule",
    "weight_rule",
];

/// A DAG and the places of its tasks in order.
pub(crate) async fn list(api: &Api, dag_id: &str, orders: &[Order]) -> Result<(Dag, Vec<usize>), Failure> {
    let dag = dags::get(api, dag_id).await?;
    let mut tasks: Vec<(usize, &TaskSpec)> = dag.spec.tasks.iter().enumerate().collect();
    tasks.sort_by(|(_, one), (_, other)| one.task_id.cmp(&other.task_id));
    Order::sort(orders, &mut tasks, |(_, task), column| match column {
        "pool_slots" => Key::Number(Some(task.pool_slots.into())),
        "priority_weight" => Key::Number(Some(task.priority_weight)),
        "retries" => Key::Number(Some(task.retries.into())),
        "owner" => Key::Text(Some(task.owner.clone())),
        "operator_name" => Key::Text(Some(task.operator.clone())),
        "pool" => Key::Text(Some(task.pool.clone())),
        "queue" => Key::Text(Some(task.queue.clone())),
        "trigger_rule" => Key::Text(word(&task.trigger_rule)),
        "weight_rule" => Key::Text(word(&task.weight_rule)),
        _ => Key::Text(Some(task.task_id.to_string())),
    });
    let places = tasks.into_iter().map(|(place, _)| place).collect();
    Ok((dag, places))
}

/// A DAG and the place of one of its tasks.
pub(crate) async fn get(api: &Api, dag_id: &str, task_id: &str) -> Result<(Dag, usize), Failure> {
    let dag = dags::get(api, dag_id).await?;
    let place = dag
        .spec
        .tasks
        .iter()
        .position(|task| task.task_id.as_str() == task_id);
    let place = place.ok_or_else(|| Failure::NotFound(format!("DAG `{dag_id}` has no task `{task_id}`")))?;
    Ok((dag, place))
}

/// The ids of the tasks directly after a task, in order.
pub(crate) fn downstream_ids(spec: &DagSpec, task: &TaskSpec) -> Vec<String> {
    let is_after = |other: &&TaskSpec| other.upstream_task_ids.contains(&task.task_id);
    let mut ids: Vec<String> = spec
        .tasks
        .iter()
        .filter(is_after)
        .map(|task| task.task_id.to_string())
        .collect();
    ids.sort();
    ids
}

/// The word that stands for a choice of a DAG's description.
pub(crate) fn word<T: serde::Serialize>(choice: &T) -> Option<String> {
    let value = serde_json::to_value(choice).ok()?;
    value.as_str().map(str::to_owned)
}
