//! Looks now and then at what tasks wait for.
//!
//! The dispatcher says which waits there are, and is told when one has ended. Nothing here is kept: all waits are in the
//! database, and what is forgotten is looked at again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::task::JoinSet;
use tokio::time::Instant;
use updraft_model::{AttemptId, RunKey, TaskKey, Wait, WaitEnd};

use super::look::look;

/// A wait that has ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EndedWait {
    pub(crate) key: TaskKey,
    pub(crate) wait: AttemptId,
    pub(crate) end: WaitEnd,
}

/// A wait that is looked after.
struct Open {
    key: TaskKey,
    wait: Wait,
}

/// All waits that have to be looked at.
pub(crate) struct Triggerer {
    /// How many looks there are at most at a time.
    capacity: usize,
    open: BTreeMap<AttemptId, Open>,
    by_run: BTreeMap<RunKey, BTreeSet<AttemptId>>,
    /// When each wait is looked at next that is not being looked at.
    due: BTreeSet<(Instant, AttemptId)>,
    /// Looks, each with what it has found.
    looks: JoinSet<(AttemptId, Option<WaitEnd>)>,
    ended: VecDeque<EndedWait>,
}

impl Triggerer {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            open: BTreeMap::new(),
            by_run: BTreeMap::new(),
            due: BTreeSet::new(),
            looks: JoinSet::new(),
            ended: VecDeque::new(),
        }
    }

    /// A task waits from now on. A wait for a time needs nobody.
    pub(crate) fn add(&mut self, key: TaskKey, id: AttemptId, wait: Wait) {
        if wait.poke_interval().is_none() || self.open.contains_key(&id) {
            return;
        }
        self.by_run.entry(key.run_key()).or_default().insert(id);
        self.due.insert((Instant::now(), id));
        self.open.insert(id, Open { key, wait });
    }

    /// A wait is over.
    pub(crate) fn remove(&mut self, id: AttemptId) {
        let Some(open) = self.open.remove(&id) else { return };
        let run = open.key.run_key();
        if let Some(of_run) = self.by_run.get_mut(&run) {
            of_run.remove(&id);
            if of_run.is_empty() {
                self.by_run.remove(&run);
            }
        }
    }

    /// Of the waits of a run only these are left.
    pub(crate) fn retain(&mut self, run: &RunKey, open: &BTreeSet<AttemptId>) {
        let of_run = self.by_run.get(run).cloned().unwrap_or_default();
        for over in of_run.difference(open) {
            self.remove(*over);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::new(self.capacity);
    }

    /// A wait that has ended and that nobody was told of.
    pub(crate) fn take(&mut self) -> Option<EndedWait> {
        self.ended.pop_front()
    }

    /// Looks until a wait has ended. Nothing is lost if this is dropped before.
    pub(crate) async fn next(&mut self) -> EndedWait {
        loop {
            if let Some(ended) = self.take() {
                return ended;
            }
            self.begin(Instant::now());
            let next = self.due.first().map(|(at, _)| *at);
            let next = next.filter(|_| self.looks.len() < self.capacity);
            tokio::select! {
                biased;
                Some(looked) = self.looks.join_next() => match looked {
                    Ok((id, found)) => self.found(id, found, Instant::now()),
                    Err(error) => tracing::error!("a look at what a task waits for: {error}"),
                },
                () = sleep_until(next) => {}
            }
        }
    }

    /// Begins the looks that are due.
    fn begin(&mut self, now: Instant) {
        while self.looks.len() < self.capacity
            && let Some((at, id)) = self.due.first().copied()
            && at <= now
        {
            self.due.remove(&(at, id));
            if let Some(open) = self.open.get(&id) {
                let wait = open.wait.clone();
                self.looks.spawn(async move { (id, look(&wait).await) });
            }
        }
    }

    fn found(&mut self, id: AttemptId, found: Option<WaitEnd>, now: Instant) {
        let Some(open) = self.open.get(&id) else { return };
        match (found, open.wait.poke_interval()) {
            (Some(end), _) => {
                let key = open.key.clone();
                self.remove(id);
                self.ended.push_back(EndedWait { key, wait: id, end });
            }
            (None, Some(pause)) => {
                self.due.insert((now + pause, id));
            }
            (None, None) => self.remove(id),
        }
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use updraft_model::{FileWait, MapIndex, RunId, TaskId};
    use uuid::Uuid;

    fn key(run: &str) -> TaskKey {
        let run = RunKey {
            dag_id: "d".parse().unwrap(),
            run_id: run.parse::<RunId>().unwrap(),
        };
        run.task("t".parse::<TaskId>().unwrap(), MapIndex::UNMAPPED)
    }

    fn id(number: u128) -> AttemptId {
        AttemptId(Uuid::from_u128(number))
    }

    fn file(path: &std::path::Path) -> Wait {
        Wait::File(FileWait {
            filepath: path.display().to_string(),
            recursive: false,
            poke_interval: Duration::from_millis(1),
        })
    }

    #[tokio::test]
    async fn waits_end_when_what_is_waited_for_is_there_and_not_when_they_were_given_up() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("there");
        let mut triggerer = Triggerer::new(2);
        for number in 1..=5 {
            let run = if number < 4 { "kept" } else { "gone" };
            triggerer.add(key(run), id(number), file(&path));
        }
        // A time ends by itself.
        triggerer.add(key("kept"), id(6), Wait::For(Duration::ZERO));
        let early = tokio::time::timeout(Duration::from_millis(30), triggerer.next()).await;
        assert!(early.is_err(), "nothing is there: {early:?}");
        std::fs::write(&path, "").unwrap();
        triggerer.retain(&key("gone").run_key(), &BTreeSet::new());
        triggerer.remove(id(2));
        let mut ended = BTreeSet::new();
        for _ in 0..2 {
            let one = triggerer.next().await;
            assert_eq!(one.end, WaitEnd::Event(true.into()));
            ended.insert(one.wait);
        }
        assert_eq!(ended, BTreeSet::from([id(1), id(3)]));
        let more = tokio::time::timeout(Duration::from_millis(30), triggerer.next()).await;
        assert!(more.is_err(), "each ends once: {more:?}");
        assert!(triggerer.open.is_empty() && triggerer.by_run.is_empty() && triggerer.due.is_empty());
    }
}
