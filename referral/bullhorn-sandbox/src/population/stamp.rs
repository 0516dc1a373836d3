//! When a record was made and changed, and whether it is gone: what an index needs.

use jiff::Timestamp;

use super::random::Random;
use super::world::{DAY_MS, World, timestamp};

/// Dates and deletion of a candidate or job order; cheap to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordStamp {
    /// When the record was made; UTC, whole milliseconds.
    pub date_added: Timestamp,
    /// When the record was last changed; UTC, whole milliseconds, never before `date_added` nor after `as_of`.
    pub date_last_modified: Timestamp,
    /// Softly deleted.
    pub is_deleted: bool,
    /// Erased on the person's request; only candidates.
    pub is_anonymized: bool,
}

/// Years over which records were added.
const HISTORY_MS: i64 = 6 * 365 * DAY_MS;

/// The stamp of a candidate.
pub(crate) fn candidate(world: &World, mut random: Random) -> RecordStamp {
    let fate = random.below(1000);
    let (added, modified) = dates(world, &mut random, HISTORY_MS);
    RecordStamp {
        date_added: timestamp(added),
        date_last_modified: timestamp(modified),
        is_deleted: fate < 25,
        // Some erased records are deleted as well.
        is_anonymized: (20..34).contains(&fate),
    }
}

/// The stamp of a job order. An open order is at most four months old.
pub(crate) fn position(world: &World, mut random: Random, is_open: bool) -> RecordStamp {
    let is_deleted = random.per_mille(20);
    let history = if is_open { 120 * DAY_MS } else { HISTORY_MS };
    let (added, modified) = dates(world, &mut random, history);
    RecordStamp {
        date_added: timestamp(added),
        date_last_modified: timestamp(modified),
        is_deleted,
        is_anonymized: false,
    }
}

/// When a record was added and when it was last modified, in milliseconds: more of both lately.
pub(crate) fn dates(world: &World, random: &mut Random, history_ms: i64) -> (i64, i64) {
    let age = (random.skewed() * history_ms as f64) as i64;
    let added = world.now_ms - age;
    let drawn = random.below(100);
    let share = random.unit();
    let burst = *random.pick(&world.mass_updates_ms);
    let modified = match drawn {
        0..12 => added,
        12..17 if burst > added => burst,
        _ => world.now_ms - (share * share * age as f64) as i64,
    };
    (added, modified)
}
