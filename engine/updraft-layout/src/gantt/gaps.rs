//! When nothing happened in a run.

use jiff::Timestamp;

use super::{Row, seconds};

/// Shorter gaps, as a share of the chart, are not worth a break in it.
const SHARE_MIN: f64 = 0.05;

/// A time in which nothing waited for room and nothing ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// When the last try before it ended.
    pub from: Timestamp,
    /// When the first try after it began.
    pub to: Timestamp,
}

pub(super) fn find(rows: &[Row], (start, end): (Timestamp, Timestamp), now: Timestamp) -> Vec<Gap> {
    let mut busy: Vec<(Timestamp, Timestamp)> = rows
        .iter()
        .flat_map(|row| &row.tries)
        .filter_map(|one| Some((one.begin()?, one.end.unwrap_or(now))))
        .collect();
    busy.sort_unstable();
    let shortest = seconds(start, end) * SHARE_MIN;
    let mut gaps = Vec::new();
    let mut last = start;
    for (from, until) in busy.into_iter().chain([(end, end)]) {
        if from > last && seconds(last, from) >= shortest {
            gaps.push(Gap { from: last, to: from });
        }
        last = last.max(until);
    }
    gaps
}
