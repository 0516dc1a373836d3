//! `/dags/{dag_id}/tasks`.

mod get;
mod list;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::DagSpec;

use crate::delta::TimeDelta;
use crate::domain::tasks;
use crate::endpoint::Endpoint;
use crate::time::V2Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![list::endpoint(), get::endpoint()]
}

/// Of which DAG.
#[derive(Deserialize, JsonSchema)]
struct OfDag {
    dag_id: String,
}

/// The class that a task is of. Where it comes from is known to its program only.
#[derive(Serialize, JsonSchema)]
struct ClassReference {
    module_path: Option<String>,
    class_name: String,
}

/// A task as its DAG describes it.
#[derive(Serialize, JsonSchema)]
struct TaskResponse {
    task_id: Option<String>,
    task_display_name: Option<String>,
    owner: Option<String>,
    start_date: Option<V2Time>,
    end_date: Option<V2Time>,
    trigger_rule: Option<String>,
    depends_on_past: bool,
    wait_for_downstream: bool,
    retries: Option<u32>,
    queue: Option<String>,
    pool: Option<String>,
    pool_slots: Option<u32>,
    execution_timeout: Option<TimeDelta>,
    retry_delay: Option<TimeDelta>,
    /// By what the wait is multiplied with each try; 0: it stays the same.
    retry_exponential_backoff: f64,
    priority_weight: Option<i64>,
    weight_rule: Option<String>,
    ui_color: Option<&'static str>,
    ui_fgcolor: Option<&'static str>,
    template_fields: Option<Vec<String>>,
    downstream_task_ids: Option<Vec<String>>,
    doc_md: Option<String>,
    operator_name: Option<String>,
    params: Option<Map<String, Value>>,
    class_ref: Option<ClassReference>,
    is_mapped: Option<bool>,
    extra_links: Vec<String>,
}

impl TaskResponse {
    /// The task at a place of its DAG.
    fn of(spec: &DagSpec, place: usize) -> Option<Self> {
        let task = spec.tasks.get(place)?;
        Some(Self {
            task_id: Some(task.task_id.to_string()),
            task_display_name: Some(task.task_id.to_string()),
            owner: Some(task.owner.clone()),
            start_date: spec.start_date.map(V2Time),
            end_date: spec.end_date.map(V2Time),
            trigger_rule: tasks::word(&task.trigger_rule),
            depends_on_past: task.depends_on_past,
            wait_for_downstream: task.wait_for_downstream,
            retries: Some(task.retries),
            queue: Some(task.queue.clone()),
            pool: Some(task.pool.clone()),
            pool_slots: Some(task.pool_slots),
            execution_timeout: task.execution_timeout.map(TimeDelta::from),
            retry_delay: Some(task.retry_delay.into()),
            retry_exponential_backoff: if task.retry_exponential_backoff {
                task.retry_backoff_factor.unwrap_or(2.0)
            } else {
                0.0
            },
            priority_weight: Some(task.priority_weight),
            weight_rule: tasks::word(&task.weight_rule),
            ui_color: Some("#fff"),
            ui_fgcolor: Some("#000"),
            template_fields: Some(Vec::new()),
            downstream_task_ids: Some(tasks::downstream_ids(spec, task)),
            doc_md: task.doc_md.clone(),
            operator_name: Some(task.operator.clone()),
            params: Some(Map::new()),
            class_ref: Some(ClassReference {
                module_path: None,
                class_name: task.operator.clone(),
            }),
            is_mapped: Some(task.expand_input.is_some()),
            extra_links: Vec::new(),
        })
    }
}
