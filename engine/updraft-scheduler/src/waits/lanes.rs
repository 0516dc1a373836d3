//! Whose turn it is to be looked at. What may hang together has a lane of its own, so that a server which does not answer keeps
//! only those waiting who wait for it.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;
use updraft_model::{AttemptId, Wait};

use super::sql::QUERIES_PER_CONNECTION_MAX;

/// The most looks at one web server at a time.
const LOOKS_PER_CONNECTION_MAX: usize = 100;

/// The most looks for answers of people at a time, each of which is one statement.
const ANSWERS_MAX: usize = 4;

/// What a look goes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lane {
    Files,
    People,
    Connection(String),
    Database(String),
}

/// The lanes, with the waits in each that are not being looked at.
pub(super) struct Lanes {
    /// How many looks there are at most at a time.
    capacity: usize,
    looking: usize,
    lanes: BTreeMap<Lane, Waits>,
}

#[derive(Default)]
struct Waits {
    due: BTreeSet<(Instant, AttemptId)>,
    looking: usize,
}

impl Lane {
    /// The lane of a wait; `None` if it is not looked at by itself.
    pub(super) fn of(wait: &Wait) -> Option<Self> {
        match wait {
            Wait::Until(_) | Wait::For(_) | Wait::External(_) | Wait::Python(_) => None,
            Wait::File(_) => Some(Self::Files),
            Wait::Hitl(_) => Some(Self::People),
            Wait::Http(http) => Some(Self::Connection(http.connection.clone())),
            Wait::Sql(sql) => Some(Self::Database(sql.connection.clone())),
        }
    }

    fn looks_max(&self) -> usize {
        match self {
            Self::Files => usize::MAX,
            Self::People => ANSWERS_MAX,
            Self::Connection(_) => LOOKS_PER_CONNECTION_MAX,
            Self::Database(_) => QUERIES_PER_CONNECTION_MAX as usize,
        }
    }
}

impl Lanes {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            looking: 0,
            lanes: BTreeMap::new(),
        }
    }

    /// A wait is looked at from this time on.
    pub(super) fn add(&mut self, lane: Lane, at: Instant, id: AttemptId) {
        self.lanes.entry(lane).or_default().due.insert((at, id));
    }

    /// A wait that was to be looked at at this time is over.
    pub(super) fn remove(&mut self, lane: &Lane, at: Instant, id: AttemptId) {
        if let Some(waits) = self.lanes.get_mut(lane) {
            waits.due.remove(&(at, id));
        }
        self.tidy(lane);
    }

    /// When the next look begins; `None` if there is nothing to look at, or no room.
    pub(super) fn next(&self) -> Option<Instant> {
        self.first().map(|(_, (at, _))| at)
    }

    /// The wait that is looked at now, if one is due; [`Lanes::over`] says that it was.
    pub(super) fn begin(&mut self, now: Instant) -> Option<(Lane, AttemptId)> {
        let (lane, (at, id)) = self.first().filter(|(_, (at, _))| *at <= now)?;
        let lane = lane.clone();
        let waits = self.lanes.get_mut(&lane)?;
        waits.due.remove(&(at, id));
        waits.looking += 1;
        self.looking += 1;
        Some((lane, id))
    }

    /// A look is over.
    pub(super) fn over(&mut self, lane: &Lane) {
        if let Some(waits) = self.lanes.get_mut(lane) {
            waits.looking = waits.looking.saturating_sub(1);
            self.looking = self.looking.saturating_sub(1);
        }
        self.tidy(lane);
    }

    fn first(&self) -> Option<(&Lane, (Instant, AttemptId))> {
        if self.looking >= self.capacity {
            return None;
        }
        let with_room = self
            .lanes
            .iter()
            .filter(|(lane, waits)| waits.looking < lane.looks_max());
        with_room
            .filter_map(|(lane, waits)| Some((lane, *waits.due.first()?)))
            .min_by_key(|(_, due)| *due)
    }

    fn tidy(&mut self, lane: &Lane) {
        let is_empty = |waits: &Waits| waits.due.is_empty() && waits.looking == 0;
        if self.lanes.get(lane).is_some_and(is_empty) {
            self.lanes.remove(lane);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    #[test]
    fn who_waits_for_a_server_that_hangs_keeps_nobody_else_waiting() {
        let mut lanes = Lanes::new(1000);
        let now = Instant::now();
        let id = |number| AttemptId(Uuid::from_u128(number));
        let hangs = Lane::Connection("hangs".to_owned());
        for number in 0..500 {
            lanes.add(hangs.clone(), now, id(number));
        }
        lanes.add(Lane::Files, now + Duration::from_secs(1), id(1000));
        let mut begun = 0;
        while lanes.begin(now).is_some() {
            begun += 1;
        }
        assert_eq!(begun, LOOKS_PER_CONNECTION_MAX);
        assert_eq!(lanes.next(), Some(now + Duration::from_secs(1)));
        lanes.remove(&hangs, now, id(100));
        lanes.over(&hangs);
        assert_eq!(lanes.begin(now), Some((hangs, id(101))));
        assert_eq!(lanes.begin(now), None);
        let later = now + Duration::from_secs(2);
        assert_eq!(lanes.begin(later), Some((Lane::Files, id(1000))));
        lanes.over(&Lane::Files);
        assert!(!lanes.lanes.contains_key(&Lane::Files) && lanes.next().is_none());
    }
}
