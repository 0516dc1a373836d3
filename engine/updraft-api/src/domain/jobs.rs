//! Processes that run attempts.

use jiff::{SignedDuration, Timestamp};
use updraft_store::{JobFilter, JobRow, Paging};

use crate::api::Api;
use crate::failure::Failure;
use crate::page::Paged;

/// What processes can be sorted by.
pub(crate) const COLUMNS: [&str; 6] = [
    "id",
    "state",
    "hostname",
    "start_date",
    "end_date",
    "latest_heartbeat",
];
/// Airflow's name of the kind of process that these are.
pub(crate) const JOB_TYPE: &str = "SchedulerJob";
/// Airflow's name of what runs attempts there.
pub(crate) const EXECUTOR: &str = "LocalExecutor";
/// A process that is silent for so long counts as dead. Airflow's `[scheduler] scheduler_health_check_threshold`.
const SILENCE_MAX: SignedDuration = SignedDuration::from_secs(30);

/// A page of processes; `is_alive`: only those that are, or are not.
pub(crate) async fn list(
    api: &Api,
    is_alive: Option<bool>,
    mut filter: JobFilter,
    paging: &Paging,
) -> Result<Paged<JobRow>, Failure> {
    let since = api.now().checked_sub(SILENCE_MAX).unwrap_or(Timestamp::MIN);
    match is_alive {
        Some(true) => filter.alive_since = Some(since),
        Some(false) => filter.dead_since = Some(since),
        None => {}
    }
    let (rows, total) = api.store().job_page(&filter, paging).await?;
    Ok(Paged { rows, total })
}
