//! The chain of tasks that decided when a run ended.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Row, Task};

/// When a task ended, last time; `None` while it has not.
pub(super) fn end(task: &Task) -> Option<Timestamp> {
    match task.tries.last() {
        Some(last) => last.end,
        None => task.ended,
    }
}

/// From the task that ended last back to the upstream of it that ended last before it began, and so on. One that still runs ends now.
pub(super) fn path(tasks: &[Task], rows: &[Row], now: Timestamp) -> Vec<usize> {
    let end = |at: usize| {
        let is_running = rows[at]
            .tries
            .last()
            .is_some_and(|one| one.start.is_some() && one.end.is_none());
        end(&tasks[at]).or_else(|| is_running.then_some(now))
    };
    let begin = |at: usize| {
        let last = rows[at].tries.last();
        last.and_then(|one| one.queued_at.or(one.start))
            .or(tasks[at].ended)
    };
    // Of those that ended at the same time the later one in the list: it is rather behind the others.
    let last = |among: &mut dyn Iterator<Item = usize>| {
        let ended = among.filter_map(|at| Some((end(at)?, at)));
        ended.max().map(|(_, at)| at)
    };
    let mut path: Vec<usize> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = last(&mut (0..tasks.len()));
    while let Some(at) = next
        && seen.insert(at)
    {
        path.push(at);
        let begin = begin(at);
        let is_before = |upstream: &usize| end(*upstream).zip(begin).is_some_and(|(end, begin)| end <= begin);
        let upstreams = tasks[at].upstreams.iter().copied();
        next = last(
            &mut upstreams
                .filter(|upstream| *upstream < tasks.len())
                .filter(is_before),
        );
    }
    path.reverse();
    path
}
