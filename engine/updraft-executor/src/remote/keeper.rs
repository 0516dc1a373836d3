//! Ends attempts that their workers do not end: those that are killed, and those whose workers fell silent.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use updraft_model::Clock;
use updraft_worker::{ApiError, AttemptEnd};

use super::held::Due;
use super::{RemoteOptions, RemoteWorkers};
use crate::ExecutorEvent;

/// How often it is looked for silence.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks after the attempts of these workers, for ever.
pub(super) async fn keep(workers: RemoteWorkers, options: RemoteOptions, clock: Arc<dyn Clock>) {
    loop {
        let due = workers.state().due(&options, Instant::now());
        for (attempt, due) in due {
            let event = match due {
                Due::Killed(outcome) => {
                    let api = workers.state().bound.as_ref().map(|bound| Arc::clone(&bound.api));
                    let Some(api) = api else { continue };
                    let end = AttemptEnd {
                        outcome: outcome.clone(),
                        end_date: clock.now(),
                        progress: None,
                        skipped: Vec::new(),
                        outlet_events: Vec::new(),
                        retry_delay: None,
                    };
                    match api.end(attempt, end).await {
                        Ok(()) => ExecutorEvent::Ended { attempt, outcome },
                        Err(error) => ExecutorEvent::NotReported {
                            attempt,
                            outcome: Some(outcome),
                            error,
                        },
                    }
                }
                Due::Lost(why) => ExecutorEvent::NotReported {
                    attempt,
                    outcome: None,
                    error: ApiError::Unavailable(why),
                },
            };
            workers.over(event).await;
        }
        tokio::select! {
            () = workers.0.due.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
