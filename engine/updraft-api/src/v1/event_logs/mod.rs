//! `/eventLogs`.

mod get;
mod list;

use schemars::JsonSchema;
use serde::Serialize;
use updraft_store::EventLogRow;

use crate::endpoint::Endpoint;
use crate::time::V1Time;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![list::endpoint(), get::endpoint()]
}

/// An entry of the event log.
#[derive(Serialize, JsonSchema)]
struct EventLog {
    event_log_id: i64,
    when: V1Time,
    dag_id: Option<String>,
    task_id: Option<String>,
    run_id: Option<String>,
    map_index: Option<i32>,
    try_number: Option<u32>,
    event: String,
    execution_date: Option<V1Time>,
    owner: Option<String>,
    extra: Option<String>,
}

impl From<EventLogRow> for EventLog {
    fn from(row: EventLogRow) -> Self {
        Self {
            event_log_id: row.event_log_id,
            when: V1Time(row.happened_at),
            dag_id: row.dag_id,
            task_id: row.task_id,
            run_id: row.run_id,
            map_index: row.map_index,
            try_number: row.try_number,
            event: row.event,
            execution_date: None,
            owner: row.owner,
            extra: row.extra,
        }
    }
}
