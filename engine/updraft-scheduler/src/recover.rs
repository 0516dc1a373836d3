//! What a scheduler does about attempts that nobody looks after: those a former scheduler left, and those that fell silent.

use std::collections::BTreeSet;

use updraft_model::{AttemptId, AttemptOutcome, TaskKey};

use crate::convert;
use crate::dispatcher::{Scheduler, TurnError};
use crate::turn::{End, Reports};

impl Scheduler {
    /// Puts every attempt into the queue again that counts as live and that neither this process nor a member of its crew runs:
    /// a former scheduler left it, or it was queued by a commit whose answer was lost. Its processes, if it ever had any, are gone: each ends
    /// itself when the scheduler that started it is gone, and whatever it would still write is refused.
    pub(crate) async fn recover(&mut self) -> Result<(), TurnError> {
        self.adopt().await?;
        let known: BTreeSet<AttemptId> = self
            .gateway
            .attempts()
            .into_iter()
            .chain(self.ends.iter().map(|end| end.attempt))
            .collect();
        let left: Vec<(TaskKey, AttemptId)> = self
            .planner
            .live_attempts()
            .map(|(key, attempt, _)| (key, attempt))
            .filter(|(_, attempt)| !known.contains(attempt))
            .collect();
        if left.is_empty() {
            return Ok(());
        }
        tracing::warn!(
            "{} attempts belong to no process of this scheduler; they run again at once",
            left.len()
        );
        self.lose(left, "lost with the scheduler that ran it").await
    }

    /// Writes that attempts are lost.
    pub(crate) async fn lose(
        &mut self,
        attempts: Vec<(TaskKey, AttemptId)>,
        why: &str,
    ) -> Result<(), TurnError> {
        let at = self.clock.now();
        let mut reports = Reports::default();
        for (key, attempt) in attempts {
            let end = End {
                attempt,
                key,
                outcome: AttemptOutcome::Lost,
                words: why.to_owned(),
                deferral: None,
                skipped: Vec::new(),
                outlet_events: Vec::new(),
                retry_delay: None,
                at,
            };
            self.prepare_end(end, None, &mut reports);
        }
        self.apply(reports).await
    }

    /// Attempts whose worker gave no sign of life for too long. The executor of a process tells every end, and processes that
    /// are gone are noticed before, so one that is found here is a fault of ours: it is logged as such, and the task runs again.
    pub(crate) async fn look_for_silence(&mut self) {
        let before = self.clock.now() - self.options.heartbeat_timeout;
        let silent = match self.store.silent_attempts(before).await {
            Ok(silent) => silent,
            Err(error) => {
                tracing::warn!("cannot look for silent attempts: {}", crate::error::chain(&error));
                return;
            }
        };
        let silent: Vec<(TaskKey, AttemptId)> = silent
            .into_iter()
            .filter(|one| !self.executor.watches(one.attempt))
            .map(|one| (one.key, one.attempt))
            .collect();
        if silent.is_empty() {
            return;
        }
        for (key, attempt) in &silent {
            tracing::error!(task = %key, "an attempt fell silent without an end; this is a fault of the engine");
            self.kill(*attempt);
        }
        if let Err(error) = self.lose(silent, "gave no sign of life").await {
            tracing::error!(
                "cannot write that attempts are lost: {}",
                crate::error::chain(&error)
            );
            self.is_stale = true;
        }
    }

    /// Reads the whole picture again and keeps going; what the executor runs that is not in it is ended.
    pub(crate) async fn reread(&mut self) -> Result<(), TurnError> {
        let picture = self.store.picture().await?;
        self.take_picture(picture);
        self.recover().await?;
        self.recover_callbacks().await
    }

    /// Replaces the planner's picture.
    pub(crate) fn take_picture(&mut self, picture: updraft_store::Picture) {
        self.planner = updraft_planner::Planner::new(&convert::snapshot(&picture, self.limits()));
        self.knows_unreadable = false;
        self.take_runs(picture.runs);
        let live: BTreeSet<AttemptId> = self
            .planner
            .live_attempts()
            .map(|(_, attempt, _)| attempt)
            .collect();
        for attempt in self.gateway.attempts() {
            if !live.contains(&attempt) {
                self.kill(attempt);
            }
        }
    }
}
