//! Changing tasks, and counting what that means for those after them.

use std::collections::BTreeSet;
use std::sync::Arc;

use updraft_model::{TaskEvent, TaskIndex, TaskInstanceState, UpstreamCounts, ValidDag, transition};

use crate::copies::{Copies, Unwritten, forget_waiting};
use crate::room::Seat;
use crate::run::{Run, SeatChange, Task, is_finished, seat};
use crate::span::{Instance, Span};

type State = Option<TaskInstanceState>;

/// Which counters of a task.
#[derive(Debug, Clone, Copy)]
enum Counter {
    /// Of the tasks directly before it.
    Upstreams,
    /// Of the setups that are not directly before it.
    Setups,
}

impl Counter {
    fn of(self, task: &mut Task) -> &mut UpstreamCounts {
        match self {
            Self::Upstreams => &mut task.counts,
            Self::Setups => &mut task.setups,
        }
    }

    fn upstreams(self, dag: &ValidDag, task: TaskIndex) -> &[TaskIndex] {
        match self {
            Self::Upstreams => dag.graph().upstreams(task),
            Self::Setups => dag.graph().indirect_setups(task),
        }
    }

    fn downstreams(self, dag: &ValidDag, task: TaskIndex) -> &[TaskIndex] {
        match self {
            Self::Upstreams => dag.graph().downstreams(task),
            Self::Setups => dag.graph().setup_dependants(task),
        }
    }
}

const COUNTERS: [Counter; 2] = [Counter::Upstreams, Counter::Setups];

impl Run {
    /// Changes a task, or copies that do not differ, in anything but the state.
    pub(crate) fn change(&mut self, span: &Span, change: impl Fn(&mut Task)) {
        match &span.copies {
            None => {
                if let Some(task) = self.tasks.get_mut(span.task.at()) {
                    change(task);
                }
            }
            Some(range) => {
                if let Some(copies) = self.copies.get_mut(&span.task) {
                    copies.change(range, change);
                }
            }
        }
    }

    /// Changes the state by the one function for that.
    ///
    /// # Panics
    /// The event cannot happen in the state, which would be a bug of the planner.
    pub(crate) fn happens(&mut self, span: &Span, event: TaskEvent) {
        let from = self.task(span.first()).state;
        let to = transition(from, event).expect("the planner decides only what the state allows");
        self.set(span, to);
    }

    /// The store has the state of a task, or of a copy by itself.
    pub(crate) fn is_written(&mut self, instance: Instance) {
        self.change(&instance.into(), |task| {
            task.stored = task.state;
            task.has_row = true;
        });
    }

    /// The store has the state of these copies that have no rows of their own, which are all of that kind.
    pub(crate) fn rest_is_written(&mut self, task: TaskIndex, rest: &[Span]) {
        for span in rest {
            self.change(span, |task| task.stored = task.state);
        }
        if let Some(first) = rest.first() {
            self.tasks[task.at()].stored = self.task(first.first()).stored;
        }
    }

    /// What the store does not have yet of the copies of a task.
    pub(crate) fn take_unwritten(&mut self, task: TaskIndex) -> Vec<Unwritten> {
        let Some(copies) = self.copies.get_mut(&task) else {
            return Vec::new();
        };
        let writes = copies.take_unwritten();
        for write in writes.iter().filter(|write| write.copy.is_none()) {
            self.tasks[task.at()].stored = write.to;
        }
        writes
    }

    /// Sets the state and tells everybody who counts it.
    pub(crate) fn set(&mut self, span: &Span, to: State) {
        let from = self.task(span.first()).state;
        self.change(span, |task| {
            task.state = to;
            if span.copies.is_some() {
                forget_waiting(task);
            }
        });
        let (task, count) = (span.task, span.len());
        if seat(from) != seat(to) {
            let (from, to) = (seat(from), seat(to));
            self.seat_changes
                .extend((0..count).map(|_| SeatChange { task, from, to }));
        }
        let Some(state) = to.filter(|_| is_finished(to)) else {
            return;
        };
        self.unfinished -= if is_finished(from) { 0 } else { u64::from(count) };
        if self.has_past_tasks {
            self.ended.push(task);
        }
        self.must_stop |= state == TaskInstanceState::Failed && self.dag.spec().fail_fast;
        let dag = Arc::clone(&self.dag);
        let is_setup = dag.spec().tasks[task.at()].is_setup;
        for counter in COUNTERS {
            for other in counter.downstreams(&dag, task) {
                self.record(span, *other, |other, count| {
                    counter.of(other).record_many(state, is_setup, count);
                });
            }
        }
        for other in dag.mapping().dependants(task) {
            self.mark(*other);
        }
    }

    /// Tells a task that ones before it have ended, one by one; of tasks that are mapped together each copy hears of its own.
    fn record(&mut self, span: &Span, other: TaskIndex, record: impl Fn(&mut Task, u32)) {
        let together = span
            .copies
            .clone()
            .filter(|_| self.dag.mapping().are_together(span.task, other));
        match together {
            Some(range) => {
                // Before it has copies itself it does not look at those of others.
                if let Some(copies) = self
                    .copies
                    .get_mut(&other)
                    .filter(|copies| copies.length.is_some())
                {
                    copies.cells.update(range.clone(), |other| record(other, 1));
                    self.mark_span(&Span::copies(other, range));
                }
            }
            None => {
                record(&mut self.tasks[other.at()], span.len());
                self.mark(other);
            }
        }
    }

    /// Counts everything that copies have to do with anew, after they were read from the store.
    pub(crate) fn count_copies(&mut self) {
        let with_copies: Vec<TaskIndex> = self
            .copies
            .iter()
            .filter(|(_, copies)| copies.length.is_some())
            .map(|(task, _)| *task)
            .collect();
        let counted: Vec<(TaskIndex, u64)> = with_copies.iter().map(|task| (*task, 1)).collect();
        self.count_changed_copies(&counted);
        let mut seats = Vec::new();
        for span in with_copies.iter().flat_map(|task| self.spans_of(*task)) {
            let (task, from, to) = (span.task, Seat::None, seat(self.task(span.first()).state));
            if to != from {
                seats.extend((0..span.len()).map(|_| SeatChange { task, from, to }));
            }
        }
        self.seat_changes.extend(seats);
    }

    /// Tasks have got or lost copies, or were told apart from them. With each comes how many of it have counted as
    /// unfinished so far.
    pub(crate) fn count_changed_copies(&mut self, changed: &[(TaskIndex, u64)]) {
        let dag = Arc::clone(&self.dag);
        let mut affected = BTreeSet::new();
        for (task, counted) in changed {
            if let Some(copies) = self.copies.get_mut(task) {
                copies.recount();
            }
            self.unfinished = self.unfinished + self.unfinished_of(*task) - counted;
            affected.insert(*task);
            for counter in COUNTERS {
                affected.extend(counter.downstreams(&dag, *task));
            }
        }
        for other in &affected {
            self.recount(&dag, *other);
            self.mark(*other);
        }
    }

    /// How many of a task and its copies have not ended.
    pub(crate) fn unfinished_of(&self, task: TaskIndex) -> u64 {
        match self.copies.get(&task).filter(|copies| copies.length.is_some()) {
            Some(copies) => u64::from(copies.unfinished),
            None => u64::from(!is_finished(self.tasks[task.at()].state)),
        }
    }

    /// Counts what is before a task anew: for all its copies together, and for each what is mapped together with it.
    fn recount(&mut self, dag: &ValidDag, task: TaskIndex) {
        for counter in COUNTERS {
            let (mut shared, mut together) = (UpstreamCounts::NONE, Vec::new());
            for before in counter.upstreams(dag, task) {
                let is_setup = dag.spec().tasks[before.at()].is_setup;
                match self.copies.get(before).filter(|copies| copies.length.is_some()) {
                    Some(_) if dag.mapping().are_together(*before, task) => {
                        together.push((*before, is_setup));
                    }
                    Some(copies) => shared = shared.plus(&ends_of(copies, is_setup)),
                    None => {
                        let state = self.tasks[before.at()].state;
                        shared = shared.plus(&UpstreamCounts::of(state, is_setup, 1));
                    }
                }
            }
            *counter.of(&mut self.tasks[task.at()]) = shared;
            self.recount_each(counter, task, &together);
        }
    }

    fn recount_each(&mut self, counter: Counter, task: TaskIndex, together: &[(TaskIndex, bool)]) {
        let Some(length) = self.length(task) else { return };
        let mut ends = Vec::new();
        for (before, is_setup) in together {
            let cells = self
                .copies
                .get(before)
                .into_iter()
                .flat_map(|copies| copies.cells.within(0..length));
            ends.extend(cells.map(|(range, cell)| (range, UpstreamCounts::of(cell.state, *is_setup, 1))));
        }
        if let Some(copies) = self.copies.get_mut(&task) {
            copies
                .cells
                .update(0..length, |cell| *counter.of(cell) = UpstreamCounts::NONE);
            for (range, more) in ends {
                copies
                    .cells
                    .update(range, |cell| *counter.of(cell) = counter.of(cell).plus(&more));
            }
        }
    }
}

/// How the copies of a task have ended, those left out that are no longer mapped.
fn ends_of(copies: &Copies, is_setup: bool) -> UpstreamCounts {
    let mut ends = UpstreamCounts::NONE;
    for (range, cell) in copies.cells.iter() {
        if cell.state != Some(TaskInstanceState::Removed) {
            ends = ends.plus(&UpstreamCounts::of(cell.state, is_setup, range.end - range.start));
        }
    }
    ends
}
