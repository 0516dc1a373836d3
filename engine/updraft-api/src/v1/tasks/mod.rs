//! `/dags/{dag_id}/tasks`.

mod get;
mod list;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::DagSpec;

use crate::delta::TimeDelta;
use crate::domain::tasks;
use crate::endpoint::Endpoint;
use crate::time::V1Time;

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
    #[serde(skip_serializing_if = "Option::is_none")]
    module_path: Option<String>,
    class_name: String,
}

/// A task as its DAG describes it.
#[derive(Serialize, JsonSchema)]
struct Task {
    class_ref: ClassReference,
    task_id: String,
    task_display_name: String,
    owner: String,
    start_date: Option<V1Time>,
    end_date: Option<V1Time>,
    trigger_rule: Option<String>,
    extra_links: Vec<Value>,
    depends_on_past: bool,
    is_mapped: bool,
    wait_for_downstream: bool,
    retries: u32,
    queue: String,
    executor: Option<String>,
    pool: String,
    pool_slots: u32,
    execution_timeout: Option<TimeDelta>,
    retry_delay: TimeDelta,
    retry_exponential_backoff: bool,
    priority_weight: i64,
    weight_rule: Option<String>,
    ui_color: &'static str,
    ui_fgcolor: &'static str,
    template_fields: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub_dag: Option<Value>,
    downstream_task_ids: Vec<String>,
    doc_md: Option<String>,
}

impl Task {
    /// The task at a place of its DAG.
    fn of(spec: &DagSpec, place: usize) -> Option<Self> {
        let task = spec.tasks.get(place)?;
        Some(Self {
            class_ref: ClassReference {
                module_path: None,
                class_name: task.operator.clone(),
            },
            task_id: task.task_id.to_string(),
            task_display_name: task.task_id.to_string(),
            owner: task.owner.clone(),
            start_date: spec.start_date.map(V1Time),
            end_date: spec.end_date.map(V1Time),
            trigger_rule: tasks::word(&task.trigger_rule),
            extra_links: Vec::new(),
            depends_on_past: task.depends_on_past,
            is_mapped: task.expand_input.is_some(),
            wait_for_downstream: task.wait_for_downstream,
            retries: task.retries,
            queue: task.queue.clone(),
            executor: None,
            pool: task.pool.clone(),
            pool_slots: task.pool_slots,
            execution_timeout: task.execution_timeout.map(TimeDelta::from),
            retry_delay: task.retry_delay.into(),
            retry_exponential_backoff: task.retry_exponential_backoff,
            priority_weight: task.priority_weight,
            weight_rule: tasks::word(&task.weight_rule),
            ui_color: "#fff",
            ui_fgcolor: "#000",
            template_fields: Vec::new(),
            sub_dag: None,
            downstream_task_ids: tasks::downstream_ids(spec, task),
            doc_md: task.doc_md.clone(),
        })
    }
}
