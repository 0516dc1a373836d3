//! Whether the parts of the installation are well.

use jiff::{SignedDuration, Timestamp};

use crate::api::Api;

/// A scheduler that has given no sign of life for so long is unhealthy. Airflow's `[scheduler] scheduler_health_check_threshold`.
const SILENT_MAX: SignedDuration = SignedDuration::from_secs(30);

/// How the parts are.
pub(crate) struct Health {
    /// Whether the database answers.
    pub(crate) database: bool,
    /// Whether a scheduler is at work.
    pub(crate) scheduler: bool,
    /// Its last sign of life.
    pub(crate) heartbeat: Option<Timestamp>,
}

/// Looks. Never fails: a database that does not answer is the answer.
pub(crate) async fn look(api: &Api) -> Health {
    match api.store().scheduler().await {
        Ok(held) => {
            let heartbeat = held.map(|held| held.renewed_at);
            let is_recent = |at: Timestamp| api.now().duration_since(at) <= SILENT_MAX;
            Health {
                database: true,
                scheduler: heartbeat.is_some_and(is_recent),
                heartbeat,
            }
        }
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            Health {
                database: false,
                scheduler: false,
                heartbeat: None,
            }
        }
    }
}

/// `healthy` or `unhealthy`.
pub(crate) fn word(is_healthy: bool) -> &'static str {
    if is_healthy { "healthy" } else { "unhealthy" }
}
