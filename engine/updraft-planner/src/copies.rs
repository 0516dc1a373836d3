//! The copies of a mapped task in a run.
//!
//! Copies that do not differ are one range, so that 100,000 that have not begun, and 100,000 that are done, cost as much
//! as one. The store has a row for each copy that anything ever happened to alone; all others, *the rest*, share the
//! row of the task, with index -1.

use std::ops::Range;

use updraft_model::TaskInstanceState;

use crate::ranges::Ranges;
use crate::run::{Task, has_attempt, is_finished};

type State = Option<TaskInstanceState>;

/// The copies of one mapped task.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    /// How many there are; `None` before it is known.
    pub(crate) length: Option<u32>,
    /// Each copy; beyond `length` those that were removed.
    pub(crate) cells: Ranges<Task>,
    /// Copies whose state the store may not have yet.
    pub(crate) unwritten: Ranges<()>,
    /// How many have no row of their own.
    rest: u32,
    /// How many have not ended.
    pub(crate) unfinished: u32,
    /// How many have returned a value.
    pub(crate) returned: u32,
}

/// A change that the store does not have yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unwritten {
    /// Which copy; `None`: the rest.
    pub(crate) copy: Option<u32>,
    pub(crate) from: State,
    pub(crate) to: State,
}

impl Copies {
    /// Counts everything anew, after copies came or went.
    pub(crate) fn recount(&mut self) {
        (self.rest, self.unfinished, self.returned) = (0, 0, 0);
        for (range, cell) in self.cells.iter() {
            let count = range.end - range.start;
            self.rest += if cell.has_row { 0 } else { count };
            self.unfinished += if is_finished(cell.state) { 0 } else { count };
            self.returned += if counts_as_returned(cell) { count } else { 0 };
        }
    }

    /// Changes some copies, which do not differ, and counts them anew. Their rows stay as they are.
    pub(crate) fn change(&mut self, copies: &Range<u32>, change: impl Fn(&mut Task)) {
        let Some(before) = self.cells.get(copies.start).cloned() else {
            return;
        };
        let mut after = before.clone();
        change(&mut after);
        let count = copies.end - copies.start;
        let change_of = |was: bool, is: bool| (if is { count } else { 0 }, if was { count } else { 0 });
        let adjust = |number: &mut u32, (more, less): (u32, u32)| *number = *number + more - less;
        adjust(&mut self.rest, change_of(!before.has_row, !after.has_row));
        adjust(
            &mut self.unfinished,
            change_of(!is_finished(before.state), !is_finished(after.state)),
        );
        adjust(
            &mut self.returned,
            change_of(counts_as_returned(&before), counts_as_returned(&after)),
        );
        if after.state != after.stored {
            self.unwritten.set(copies.clone(), ());
        }
        self.cells.set(copies.clone(), after);
    }

    /// The copies without a row of their own; they do not differ between two plans.
    pub(crate) fn rest(&self) -> impl Iterator<Item = (Range<u32>, &Task)> {
        self.cells
            .iter()
            .filter(|(_, cell)| self.rest > 0 && !cell.has_row)
    }

    /// Takes what the store does not have yet, each copy's change before that of the rest.
    ///
    /// The rest has one state. So if some of it go another way, the smaller part gets rows of its own.
    pub(crate) fn take_unwritten(&mut self) -> Vec<Unwritten> {
        let unwritten = std::mem::take(&mut self.unwritten);
        let changed: Vec<(Range<u32>, Task)> = unwritten
            .iter()
            .flat_map(|(range, ())| self.cells.within(range))
            .filter(|(_, cell)| cell.state != cell.stored)
            .map(|(range, cell)| (range, cell.clone()))
            .collect();
        let mut writes = Vec::new();
        for (range, cell) in changed.iter().filter(|(_, cell)| cell.has_row) {
            self.write_alone(range, cell, &mut writes);
        }
        let of_rest: Vec<(Range<u32>, Task)> =
            changed.into_iter().filter(|(_, cell)| !cell.has_row).collect();
        if let Some((_, first)) = of_rest.first() {
            let stored = first.stored;
            let to = self.majority(&of_rest, stored);
            let leaving: Vec<(Range<u32>, Task)> = if to == stored {
                of_rest
            } else {
                let others = self.rest().filter(|(_, cell)| cell.state != to);
                others.map(|(range, cell)| (range, cell.clone())).collect()
            };
            for (range, cell) in &leaving {
                self.write_alone(range, cell, &mut writes);
            }
            if to != stored {
                self.write_rest(stored, to, &mut writes);
            }
        }
        writes
    }

    /// The state that most of the rest have now; of two the one that they had before.
    fn majority(&self, changed: &[(Range<u32>, Task)], stored: State) -> State {
        let all_changed: u32 = changed.iter().map(|(range, _)| range.end - range.start).sum();
        let mut counts: Vec<(State, u32)> = vec![(stored, self.rest - all_changed)];
        for (range, cell) in changed {
            let count = range.end - range.start;
            match counts.iter_mut().find(|(state, _)| *state == cell.state) {
                Some((_, known)) => *known += count,
                None => counts.push((cell.state, count)),
            }
        }
        let most = counts.iter().map(|(_, count)| *count).max();
        let found = counts.iter().find(|(_, count)| Some(*count) == most);
        found.map_or(stored, |(state, _)| *state)
    }

    fn write_alone(&mut self, range: &Range<u32>, cell: &Task, writes: &mut Vec<Unwritten>) {
        writes.extend(range.clone().map(|copy| Unwritten {
            copy: Some(copy),
            from: cell.stored,
            to: cell.state,
        }));
        self.change(range, |cell| {
            cell.has_row = true;
            cell.stored = cell.state;
        });
    }

    fn write_rest(&mut self, from: State, to: State, writes: &mut Vec<Unwritten>) {
        writes.push(Unwritten { copy: None, from, to });
        let rest: Vec<Range<u32>> = self.rest().map(|(range, _)| range).collect();
        for range in rest {
            self.change(&range, |cell| cell.stored = cell.state);
        }
    }
}

fn counts_as_returned(cell: &Task) -> bool {
    cell.returned.is_some() && cell.state != Some(TaskInstanceState::Removed)
}

/// A copy keeps only what its state needs, so that it is like its neighbours.
pub(crate) fn forget_waiting(cell: &mut Task) {
    use TaskInstanceState::{Deferred, Scheduled, UpForReschedule, UpForRetry};

    if cell.state != Some(Scheduled) {
        cell.scheduled_at = None;
    }
    if !matches!(cell.state, Some(UpForRetry | UpForReschedule)) {
        cell.next_try_at = None;
    }
    if !has_attempt(cell.state) {
        cell.attempt = None;
    }
    if cell.state != Some(Deferred) {
        cell.wait = None;
    }
    if is_finished(cell.state) {
        (cell.reschedules, cell.began_at, cell.resumes) = (0, None, false);
    }
}
