//! Tasks that wait without an attempt.

use jiff::Timestamp;
use updraft_model::{AttemptId, OpenWait, TaskEvent, TaskInstanceState, WaitEnd};

use crate::run::Run;
use crate::span::{Instance, Span};

impl Run {
    /// The wait of a task, if it is deferred.
    pub(crate) fn open_wait(&self, instance: Instance) -> Option<OpenWait> {
        let of = self.task(instance);
        of.wait.filter(|_| of.state == Some(TaskInstanceState::Deferred))
    }

    /// How the wait of a task has ended: as was reported, or by itself because of the time. `None` if it has not.
    pub(crate) fn take_wait_end(
        &mut self,
        instance: Instance,
        now: Timestamp,
    ) -> Option<(AttemptId, WaitEnd)> {
        let open = self.open_wait(instance)?;
        let reported = self.wait_ends.remove(&instance);
        let end = match reported {
            // What was reported may be about an earlier wait of the task.
            Some((wait, end)) if wait == open.id => Some(end),
            _ => open.times.end_at(now),
        };
        Some((open.id, end?))
    }

    /// The wait of a task is over: an attempt is to go on.
    pub(crate) fn resume(&mut self, span: &Span, now: Timestamp) {
        self.happens(span, TaskEvent::Resume);
        self.change(span, |task| {
            task.wait = None;
            task.resumes = true;
            task.scheduled_at = Some(now);
        });
        self.is_written(span.first());
    }
}
