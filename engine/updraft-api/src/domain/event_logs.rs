//! The event log: who did what.

use updraft_store::{EventLogFilter, EventLogRow};

use crate::api::Api;
use crate::failure::Failure;
use crate::page::Paged;

/// What entries can be sorted by.
pub(crate) const COLUMNS: [&str; 10] = [
    "id",
    "event_log_id",
    "when",
    "dttm",
    "dag_id",
    "task_id",
    "run_id",
    "event",
    "owner",
    "extra",
];

/// A page of entries.
pub(crate) async fn list(api: &Api, filter: &EventLogFilter) -> Result<Paged<EventLogRow>, Failure> {
    let (rows, total) = api.store().event_logs(filter).await?;
    Ok(Paged { rows, total })
}

/// An entry.
pub(crate) async fn get(api: &Api, event_log_id: i64) -> Result<EventLogRow, Failure> {
    let found = api.store().event_log(event_log_id).await?;
    found.ok_or_else(|| Failure::NotFound(format!("there is no entry {event_log_id} in the event log")))
}
