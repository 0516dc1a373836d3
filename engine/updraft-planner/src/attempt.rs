//! What attempts do to their task.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, AttemptOutcome, InvalidTransition, MapIndex, OpenWait, Returned, SkipDecision, TaskEvent,
    TaskId, TaskInstanceState, TaskKey, WaitTimes, transition,
};

use crate::run::{Run, has_attempt};
use crate::span::{Instance, Span};
use crate::{AttemptEffect, AttemptEnd, Limits};

impl Run {
    /// The task gets a new attempt.
    pub(crate) fn queue(&mut self, instance: Instance, attempt: AttemptId) {
        let span = Span::from(instance);
        self.happens(&span, TaskEvent::Queue);
        self.change(&span, |task| {
            task.attempt = Some(attempt);
            task.try_number += u32::from(task.reschedules == 0);
            task.next_try_at = None;
        });
    }

    /// The live attempt was claimed; the store has it so.
    pub(crate) fn start_attempt(
        &mut self,
        instance: Instance,
        at: Timestamp,
    ) -> Result<(), InvalidTransition> {
        let state = transition(self.task(instance).state, TaskEvent::Start)?;
        self.change(&instance.into(), |task| {
            (task.state, task.stored) = (state, state);
            if task.reschedules > 0 {
                return;
            }
            task.began_at = Some(at);
            // The XComs of the try before go, its decision among them.
            task.skip_decision = None;
            task.returned = None;
        });
        Ok(())
    }

    /// The running attempt left a decision about the tasks after it.
    pub(crate) fn decide_skips(&mut self, instance: Instance, decision: Option<&SkipDecision>) {
        self.has_skip_decisions |= decision.is_some();
        self.change(&instance.into(), |task| task.skip_decision = decision.cloned());
    }

    /// The running attempt left what the task returns.
    pub(crate) fn returns(&mut self, instance: Instance, returned: Option<Returned>) {
        self.change(&instance.into(), |task| task.returned = returned);
    }

    /// What the end of the live attempt makes of the task.
    pub(crate) fn effect(
        &self,
        instance: Instance,
        end: &AttemptEnd,
        limits: &Limits,
    ) -> Result<AttemptEffect, InvalidTransition> {
        let AttemptEnd { outcome, at, .. } = *end;
        let of = self.task(instance);
        let is_lost_too_often =
            outcome == AttemptOutcome::Lost && of.lost_in_row >= limits.lost_attempts_in_row_max;
        let outcome = if is_lost_too_often {
            AttemptOutcome::Failed { retryable: true }
        } else {
            outcome
        };
        let state = outcome.ends(of.state, of.try_number, of.max_tries)?;
        let is_lost = state == Some(TaskInstanceState::Scheduled);
        let after_delay = || {
            let of_task = || self.retry_delay(instance.task, of.try_number);
            at.checked_add(end.retry_delay.unwrap_or_else(of_task))
                .unwrap_or(Timestamp::MAX)
        };
        let (next_try_at, reschedules) = match (state, outcome) {
            (Some(TaskInstanceState::UpForReschedule), AttemptOutcome::Rescheduled { at }) => {
                (Some(at), of.reschedules + 1)
            }
            (Some(TaskInstanceState::Deferred), _) => (None, of.reschedules + 1),
            (Some(TaskInstanceState::UpForRetry), _) => (Some(after_delay()), 0),
            // What was put off before it was lost goes on with its try.
            (Some(TaskInstanceState::Scheduled), _) => (None, of.reschedules),
            _ => (None, 0),
        };
        Ok(AttemptEffect {
            state,
            try_number: of.try_number,
            max_tries: of.max_tries + u32::from(is_lost && reschedules == 0),
            lost_in_row: if is_lost { of.lost_in_row + 1 } else { 0 },
            next_try_at,
            reschedules,
            wait: self.wait_times(instance, state, outcome),
            skipped: self.skipped_at_end(instance, state, &end.skipped),
        })
    }

    /// When the wait of a task that is deferred ends by itself. What is left of its `execution_timeout` counts from the
    /// beginning of its try. Source: `TaskInstance.defer_task` of Airflow 2.11.
    fn wait_times(
        &self,
        instance: Instance,
        state: Option<TaskInstanceState>,
        outcome: AttemptOutcome,
    ) -> Option<WaitTimes> {
        let (Some(TaskInstanceState::Deferred), AttemptOutcome::Deferred(times)) = (state, outcome) else {
            return None;
        };
        let limits = self.spec(instance.task).execution_timeout;
        let over_at = self.task(instance).began_at.zip(limits);
        let over_at = over_at.and_then(|(began_at, limit)| began_at.checked_add(limit).ok());
        let ends = [times.times_out_at, over_at];
        Some(WaitTimes {
            times_out_at: ends.into_iter().flatten().min(),
            ..times
        })
    }

    /// Of the tasks that an attempt wants skipped, those that can be. Of tasks that are mapped together with it, it means
    /// the copy of its own index; of others all copies.
    fn skipped_at_end(
        &self,
        instance: Instance,
        state: Option<TaskInstanceState>,
        wanted: &[TaskId],
    ) -> Vec<TaskKey> {
        if state != Some(TaskInstanceState::Success) {
            return Vec::new();
        }
        let known: BTreeSet<_> = wanted
            .iter()
            .filter_map(|task_id| self.dag.graph().index(task_id))
            .collect();
        let mut keys = BTreeSet::new();
        let mut in_order = Vec::new();
        for span in known.iter().flat_map(|task| self.spans_for(instance, &[*task])) {
            let of = self.task(span.first());
            if has_attempt(of.state) || transition(of.state, TaskEvent::Skip).is_err() {
                continue;
            }
            let is_rest = span.copies.is_some() && !of.has_row && !self.are_together(&span, instance);
            let copies = span.copies.clone().filter(|_| !is_rest);
            let instances: Vec<Instance> = match copies {
                Some(copies) => copies
                    .map(|copy| Instance {
                        task: span.task,
                        copy: Some(copy),
                    })
                    .collect(),
                None => vec![Instance::whole(span.task)],
            };
            let new = instances.into_iter().map(|instance| self.key_of(instance));
            in_order.extend(new.filter(|key| keys.insert(key.clone())));
        }
        in_order
    }

    fn are_together(&self, span: &Span, instance: Instance) -> bool {
        self.dag.mapping().are_together(span.task, instance.task)
    }

    /// What a key in [`AttemptEffect::skipped`] means: a task, a copy, or with index -1 the copies without a row.
    pub(crate) fn skipped_spans(&self, key: &TaskKey) -> Vec<Span> {
        let Some(task) = self.dag.graph().index(&key.task_id) else {
            return Vec::new();
        };
        if key.map_index == MapIndex::UNMAPPED && self.length(task).is_some() {
            return self.rest_of(task);
        }
        self.index(key).map(Span::from).into_iter().collect()
    }

    /// Tasks become skipped with the end of an attempt at another one; the store has it so.
    pub(crate) fn skip_at_end(&mut self, key: &TaskKey, spans: &[Span]) {
        for span in spans {
            self.happens(span, TaskEvent::Skip);
        }
        match spans.first() {
            Some(first) if key.map_index == MapIndex::UNMAPPED && first.copies.is_some() => {
                self.rest_is_written(first.task, spans);
            }
            Some(first) => self.is_written(first.first()),
            None => {}
        }
    }

    /// Takes over what the store wrote at the end of the live attempt.
    pub(crate) fn end_attempt(&mut self, instance: Instance, effect: &AttemptEffect, at: Timestamp) {
        let span = Span::from(instance);
        let ended = self.task(instance).attempt;
        let wait = ended.zip(effect.wait).map(|(id, times)| OpenWait { id, times });
        self.change(&span, |task| {
            task.attempt = None;
            task.stored = effect.state;
            task.max_tries = effect.max_tries;
            task.lost_in_row = effect.lost_in_row;
            task.next_try_at = effect.next_try_at;
            task.reschedules = effect.reschedules;
            task.began_at = task.began_at.filter(|_| effect.reschedules > 0);
            task.wait = wait;
            // What goes on with the end of a wait does so again after it was lost.
            task.resumes &= effect.state == Some(TaskInstanceState::Scheduled);
            if effect.state == Some(TaskInstanceState::Scheduled) {
                task.scheduled_at = Some(at);
            }
        });
        self.set(&span, effect.state);
        self.mark_span(&span);
    }
}
