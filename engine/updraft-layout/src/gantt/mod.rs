//! The chart of a run: when each try waited and ran, which tasks decided when the run ended, and when nothing happened.

mod critical;
mod gaps;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use gaps::Gap;

/// A task of a run, or one copy of a mapped task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// The tasks directly before it, as places in the list of all.
    pub upstreams: Vec<usize>,
    /// Its tries, the first one first.
    pub tries: Vec<Try>,
    /// When it ended, for one that ended without a try: it was skipped, or upstream of it something failed.
    pub ended: Option<Timestamp>,
}

/// The times of one try. What has not happened yet is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Try {
    /// Counts up from 1.
    pub number: u32,
    /// When nothing was left that it had to wait for, but room.
    pub scheduled_at: Option<Timestamp>,
    /// When it got a place in the executor's queue.
    pub queued_at: Option<Timestamp>,
    /// When it began.
    pub start: Option<Timestamp>,
    /// When it ended.
    pub end: Option<Timestamp>,
}

/// What is drawn of a task. Durations are seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its tries, each with times that do not fall: scheduled, queued, start, end.
    pub tries: Vec<Try>,
    /// How long its tries waited for room and for their process, in sum.
    pub wait: f64,
    /// How long its tries ran, in sum; up to now if one runs.
    pub run: f64,
    /// `run` as a share of the time that the run took; 0 to 1, more if tries overlapped the end.
    pub share: f64,
}

/// The chart of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Gantt {
    /// Its left end.
    pub start: Timestamp,
    /// Its right end; now, while the run goes on.
    pub end: Timestamp,
    /// One for each task, in their order.
    pub rows: Vec<Row>,
    /// The chain of tasks of which each waited for the one before, up to the one that ended last; places in the list of tasks.
    pub critical: Vec<usize>,
    /// When nothing waited for room and nothing ran, in order.
    pub gaps: Vec<Gap>,
}

impl Gantt {
    /// The chart of these tasks. The run began at `start`, if it did, and ended at `end`, if it has.
    pub fn of(tasks: &[Task], (start, end): (Option<Timestamp>, Option<Timestamp>), now: Timestamp) -> Self {
        let tries: Vec<Vec<Try>> = tasks.iter().map(|task| settled(tasks, task)).collect();
        let begins = || tries.iter().flatten().filter_map(Try::begin);
        let ends = || tries.iter().flatten().filter_map(|one| one.end);
        let first = begins().chain(start).min().unwrap_or(now);
        // A run that has ended may have tries that are still being ended.
        let last = end.map_or(now, |end| ends().chain([end]).max().unwrap_or(end));
        let last = last.max(first);
        let whole = seconds(first, last);
        let rows: Vec<Row> = tries.into_iter().map(|tries| row(tries, whole, now)).collect();
        Self {
            critical: critical::path(tasks, &rows, now),
            gaps: gaps::find(&rows, (first, last), now),
            start: first,
            end: last,
            rows,
        }
    }
}

impl Try {
    /// The first of its times that is known.
    pub(crate) fn begin(&self) -> Option<Timestamp> {
        self.scheduled_at.or(self.queued_at).or(self.start)
    }
}

/// The tries of a task with times that do not fall. When its first one was scheduled, if nobody wrote it down, is when the last of the
/// tasks before it ended that ended before it got its place.
fn settled(tasks: &[Task], task: &Task) -> Vec<Try> {
    let mut tries = task.tries.clone();
    if let Some(first) = tries.first_mut()
        && first.scheduled_at.is_none()
        && let Some(place) = first.queued_at.or(first.start)
    {
        let upstreams = task.upstreams.iter().filter_map(|at| tasks.get(*at));
        let ends = upstreams.filter_map(critical::end).filter(|end| *end <= place);
        first.scheduled_at = ends.max();
    }
    for one in &mut tries {
        // Clocks of two machines may differ.
        let mut last = None;
        for time in [
            &mut one.scheduled_at,
            &mut one.queued_at,
            &mut one.start,
            &mut one.end,
        ] {
            *time = time.map(|time| last.map_or(time, |last| time.max(last)));
            last = time.or(last);
        }
    }
    tries
}

fn row(tries: Vec<Try>, whole: f64, now: Timestamp) -> Row {
    let (mut wait, mut run) = (0.0, 0.0);
    for one in &tries {
        let began = one.start.or(one.end).unwrap_or(now);
        wait += one.begin().map_or(0.0, |begin| seconds(begin, began));
        run += one
            .start
            .map_or(0.0, |start| seconds(start, one.end.unwrap_or(now)));
    }
    Row {
        tries,
        wait,
        run,
        share: if whole > 0.0 { run / whole } else { 0.0 },
    }
}

/// The time between, not less than 0.
fn seconds(from: Timestamp, until: Timestamp) -> f64 {
    until.duration_since(from).as_secs_f64().max(0.0)
}
