//! What follows for a task from those before it.

use std::ops::Range;

use jiff::Timestamp;
use updraft_model::{
    TaskEvent, TaskIndex, TaskInstanceState, TriggerDecision, TriggerRule, UpstreamCounts, evaluate,
};

use crate::ranges::Ranges;
use crate::run::{Run, is_finished};
use crate::span::{Instance, Span};

/// What became of a task that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It may run: it belongs among the ready ones.
    Ready,
    /// It was ready and may not run any more, or it ended.
    NotReady,
}

/// With what in mind a task is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Look {
    pub(crate) now: Timestamp,
    /// False while the DAG is paused.
    pub(crate) may_schedule: bool,
    /// False while `depends_on_past` holds the task.
    pub(crate) past_allows: bool,
}

impl Run {
    /// What the tasks before it say about a task: branches and short circuits first, then the setups in whose scope it
    /// is, then its trigger rule, then what it is mapped over. Sources: `NotPreviouslySkippedDep`, `TriggerRuleDep` and
    /// `MappedTaskUpstreamDep` of Airflow 2.11.
    pub(crate) fn verdict(&self, at: Instance) -> TriggerDecision {
        let by_tasks = self.verdict_of_tasks(at);
        if self.copies.contains_key(&at.task) {
            self.sources(at.task).decide(by_tasks)
        } else {
            by_tasks
        }
    }

    fn verdict_of_tasks(&self, at: Instance) -> TriggerDecision {
        if self.passed_over_by(at).is_some() {
            return TriggerDecision::Skipped;
        }
        let (counts, setups) = self.counts(at);
        let by_rule = || evaluate(self.spec(at.task).trigger_rule, &counts);
        match evaluate(TriggerRule::AllSuccess, &setups) {
            TriggerDecision::Run => by_rule(),
            TriggerDecision::Wait if by_rule() == TriggerDecision::Run => TriggerDecision::Wait,
            TriggerDecision::Wait => by_rule(),
            decided @ (TriggerDecision::Skipped | TriggerDecision::UpstreamFailed) => decided,
        }
    }

    /// How far the upstreams of a task are, and the setups that are not directly before it.
    pub(crate) fn counts(&self, at: Instance) -> (UpstreamCounts, UpstreamCounts) {
        let shared = &self.tasks[at.task.at()];
        if at.copy.is_none() {
            return (shared.counts, shared.setups);
        }
        let own = self.task(at);
        (shared.counts.plus(&own.counts), shared.setups.plus(&own.setups))
    }

    /// Tasks with those of their copies that concern a task: of one that is mapped together with it, the copy of the
    /// same index.
    pub(crate) fn spans_for(&self, at: Instance, tasks: &[TaskIndex]) -> Vec<Span> {
        let mut spans = Vec::new();
        for task in tasks {
            match at
                .copy
                .filter(|_| self.dag.mapping().are_together(*task, at.task))
            {
                Some(copy) if self.length(*task).is_some() => {
                    let is_there = self
                        .copies
                        .get(task)
                        .is_some_and(|copies| copies.cells.get(copy).is_some());
                    spans.extend(is_there.then(|| Span::copies(*task, copy..copy + 1)));
                }
                _ => spans.extend(self.spans_of(*task)),
            }
        }
        spans
    }

    /// The task directly before it that has decided to pass it over.
    pub(crate) fn passed_over_by(&self, at: Instance) -> Option<Instance> {
        if !self.has_skip_decisions {
            return None;
        }
        let task_id = &self.spec(at.task).task_id;
        let passes_over = |before: &Span| {
            let of = self.task(before.first());
            let decision = of.skip_decision.as_ref().filter(|_| is_finished(of.state));
            decision.is_some_and(|decision| decision.passes_over(task_id))
        };
        let before = self.spans_for(at, self.dag.graph().upstreams(at.task));
        before.iter().find(|before| passes_over(before)).map(Span::first)
    }

    /// The task, or of those of its copies that are to be looked at the ones that do not differ in any way.
    pub(crate) fn spans_to_settle(&self, task: TaskIndex, copies: &Ranges<()>) -> Vec<Span> {
        let Some(of) = self.copies.get(&task).filter(|of| of.length.is_some()) else {
            return vec![Span::whole(task)];
        };
        let stretches = copies.iter().flat_map(|(range, ())| of.cells.within(range));
        let unfinished = stretches.filter(|(_, cell)| !is_finished(cell.state));
        let mut spans = Vec::new();
        for (mut rest, _) in unfinished {
            while !rest.is_empty() {
                let end = self.end_of_stretch(task, &rest);
                spans.push(Span::copies(task, rest.start..end));
                rest.start = end;
            }
        }
        spans
    }

    /// How far the first of some copies are alike also in what passes them over.
    fn end_of_stretch(&self, task: TaskIndex, copies: &Range<u32>) -> u32 {
        if !self.has_skip_decisions {
            return copies.end;
        }
        let before = self.dag.graph().upstreams(task).iter();
        let together = before.filter(|before| self.dag.mapping().are_together(**before, task));
        let cells = together.filter_map(|before| Some(&self.copies.get(before)?.cells));
        let ends = cells.filter_map(|cells| Some(cells.around(copies.start)?.0.end));
        ends.min().map_or(copies.end, |end| end.min(copies.end))
    }

    /// Looks at a task, or at copies that do not differ: may it run, and if not, is its state decided?
    pub(crate) fn settle(&mut self, span: &Span, look: Look) -> Settled {
        use TaskInstanceState::{Scheduled, UpForReschedule, UpForRetry};

        let of = self.task(span.first());
        let is_due = of.next_try_at.is_none_or(|at| at <= look.now);
        let is_scheduled = of.state == Some(Scheduled);
        match of.state {
            None | Some(Scheduled) => {}
            Some(UpForRetry | UpForReschedule) if is_due => {}
            _ => return Settled::NotReady,
        }
        let has_no_copies = span.copies.is_none() && self.copies.contains_key(&span.task);
        match self.verdict(span.first()) {
            // It waits for its copies, which are made once it may be scheduled.
            TriggerDecision::Run if has_no_copies => {}
            TriggerDecision::Run if is_scheduled && look.past_allows => return Settled::Ready,
            // The run before was cleared after the task had become ready, or came to be only then.
            TriggerDecision::Run if is_scheduled => self.happens(span, TaskEvent::Clear),
            TriggerDecision::Run if !look.past_allows || !look.may_schedule => {}
            TriggerDecision::Run => {
                self.happens(span, TaskEvent::Schedule);
                self.change(span, |task| task.scheduled_at = Some(look.now));
                if !self.spec(span.task).needs_no_attempt() {
                    return Settled::Ready;
                }
                self.happens(span, TaskEvent::Bypass);
            }
            // An upstream was cleared after the task had become ready.
            TriggerDecision::Wait if is_scheduled => self.happens(span, TaskEvent::Clear),
            TriggerDecision::Wait => {}
            TriggerDecision::Skipped
                if !look.past_allows && self.spec(span.task).wait_for_past_depends_before_skipping =>
            {
                if is_scheduled {
                    self.happens(span, TaskEvent::Clear);
                }
            }
            TriggerDecision::Skipped => self.happens(span, TaskEvent::Skip),
            TriggerDecision::UpstreamFailed => self.happens(span, TaskEvent::UpstreamFail),
        }
        Settled::NotReady
    }
}
