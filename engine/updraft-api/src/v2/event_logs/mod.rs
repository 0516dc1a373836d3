//! `/eventLogs`.

mod get;
mod list;

use schemars::JsonSchema;
use serde::Serialize;
use updraft_store::EventLogRow;

use crate::endpoint::Endpoint;
use crate::time::V2Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![list::endpoint(), get::endpoint()]
}

/// An entry of the event log.
#[derive(Serialize, JsonSchema)]
struct EventLogResponse {
    event_log_id: i64,
    when: V2Time,
    dag_id: Option<String>,
    task_id: Option<String>,
    run_id: Option<String>,
    map_index: Option<i32>,
    try_number: Option<u32>,
    event: String,
    logical_date: Option<V2Time>,
    owner: Option<String>,
    extra: Option<String>,
    dag_display_name: Option<String>,
    task_display_name: Option<String>,
}

impl From<EventLogRow> for EventLogResponse {
    fn from(row: EventLogRow) -> Self {
        Self {
            event_log_id: row.event_log_id,
            when: V2Time(row.happened_at),
            dag_display_name: row.dag_id.clone(),
            task_display_name: row.task_id.clone(),
            dag_id: row.dag_id,
            task_id: row.task_id,
            run_id: row.run_id,
            map_index: row.map_index,
            try_number: row.try_number,
            event: row.event,
            logical_date: None,
            owner: row.owner,
            extra: row.extra,
        }
    }
}
