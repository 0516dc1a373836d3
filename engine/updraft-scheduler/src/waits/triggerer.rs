//! Looks now and then at what tasks wait for.
//!
//! The dispatcher says which waits there are, and is told when one has ended. Nothing here is kept: all waits are in the
//! database, and what is forgotten is looked at again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use updraft_model::{AttemptId, DagId, Look, RunKey, RunReference, TaskKey, Wait, WaitEnd};
use updraft_store::StoreError;
use updraft_worker::{TaskApi, TriggerOrder};

use super::external::{self, ExternalLine};
use super::lanes::{Lane, Lanes};
use super::look::Lookout;
use super::notes::Notes;
use super::python::{Heard, Python, PythonTriggers};

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
    wait: Arc<Wait>,
    /// When it is looked at next, if that is by itself and not just now.
    due_at: Option<Instant>,
}

/// What a look has found.
enum Found {
    /// At what one task waits for.
    One(AttemptId, Result<Look, StoreError>),
    /// At the runs that many wait for.
    External(external::Found),
    /// What looks have seen was written down.
    Noted(Vec<(AttemptId, String)>, Result<(), StoreError>),
}

/// All waits that have to be looked at.
pub(crate) struct Triggerer {
    lookout: Lookout,
    capacity: usize,
    open: BTreeMap<AttemptId, Open>,
    by_run: BTreeMap<RunKey, BTreeSet<AttemptId>>,
    /// The waits that are looked at by themselves.
    lanes: Lanes,
    /// Those that are looked at together.
    external: ExternalLine,
    /// Those that a process of Python waits for.
    python: Python,
    notes: Notes,
    looks: JoinSet<Found>,
    /// Which of them look at one wait, and at which.
    looking: BTreeMap<Id, (Lane, AttemptId)>,
    ended: VecDeque<EndedWait>,
}

impl Triggerer {
    /// One that has nothing to look at. It can wait for triggers of Python if it is told how to start a process for them, and whom
    /// they ask.
    pub(crate) fn new(
        lookout: Lookout,
        capacity: usize,
        python: Option<(PythonTriggers, Arc<dyn TaskApi>)>,
    ) -> Self {
        Self {
            python: Python::new(python, capacity),
            lookout,
            capacity,
            open: BTreeMap::new(),
            by_run: BTreeMap::new(),
            lanes: Lanes::new(capacity),
            external: ExternalLine::default(),
            notes: Notes::default(),
            looks: JoinSet::new(),
            looking: BTreeMap::new(),
            ended: VecDeque::new(),
        }
    }

    /// A task waits from now on, in this try. A wait for a time needs nobody.
    pub(crate) fn add(&mut self, key: TaskKey, try_number: u32, id: AttemptId, wait: Wait) {
        if wait.is_timed() || self.open.contains_key(&id) {
            return;
        }
        self.by_run.entry(key.run_key()).or_default().insert(id);
        let (wait, now) = (Arc::new(wait), Instant::now());
        let lane = Lane::of(&wait);
        let due_at = lane.is_some().then_some(now);
        match (&*wait, lane) {
            (_, Some(lane)) => self.lanes.add(lane, now, id),
            (Wait::Python(python), None) => self.python.add(TriggerOrder {
                wait: id,
                key: key.clone(),
                try_number,
                classpath: python.classpath.clone(),
                kwargs: python.kwargs.clone(),
            }),
            (_, None) => self.external.add(id, Arc::clone(&wait), now),
        }
        self.open.insert(id, Open { key, wait, due_at });
    }

    /// A wait is over.
    pub(crate) fn remove(&mut self, id: AttemptId) {
        let Some(open) = self.open.remove(&id) else { return };
        match &*open.wait {
            Wait::Python(_) => self.python.remove(id),
            _ => self.external.remove(id),
        }
        self.notes.remove(id);
        if let (Some(lane), Some(at)) = (Lane::of(&open.wait), open.due_at) {
            self.lanes.remove(&lane, at, id);
        }
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

    /// Forgets everything. Triggers of Python go on that are added again at once.
    pub(crate) fn clear(&mut self) {
        let empty = Self::new(self.lookout.clone(), self.capacity, None);
        let python = std::mem::replace(self, empty).python;
        self.python = python;
        self.python.clear();
    }

    /// Whether somebody waits for a run.
    pub(crate) fn awaits_runs(&self) -> bool {
        !self.external.is_empty()
    }

    /// Something has happened to a run, or to a task of it.
    pub(crate) fn touch(&mut self, dag_id: &DagId, references: impl IntoIterator<Item = RunReference>) {
        self.external.touch(dag_id, references);
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
            let now = Instant::now();
            self.begin(now);
            let nexts = [
                self.lanes.next(),
                self.external.next_look(now),
                self.notes.next(now),
            ];
            let next = nexts.into_iter().flatten().min();
            tokio::select! {
                biased;
                Some(looked) = self.looks.join_next_with_id() => self.looked(looked, Instant::now()),
                heard = self.python.next() => match heard {
                    Heard::Ended(id, end) => self.end(id, end),
                    Heard::Note(id, note) if self.open.contains_key(&id) => self.notes.add(id, note),
                    Heard::Note(..) => {}
                },
                () = sleep_until(next) => {}
            }
        }
    }

    /// Begins the looks that are due.
    fn begin(&mut self, now: Instant) {
        while let Some((lane, id)) = self.lanes.begin(now) {
            let Some(open) = self.open.get_mut(&id) else {
                self.lanes.over(&lane);
                continue;
            };
            open.due_at = None;
            let (wait, lookout) = (Arc::clone(&open.wait), self.lookout.clone());
            let look = async move { Found::One(id, lookout.look(&wait).await) };
            self.looking.insert(self.looks.spawn(look).id(), (lane, id));
        }
        if self.notes.next(now).is_some_and(|at| at <= now) {
            let (notes, lookout) = (self.notes.take(now), self.lookout.clone());
            self.looks.spawn(async move {
                let written = lookout.note(&notes).await;
                Found::Noted(notes, written)
            });
        }
        if self.external.next_look(now).is_some_and(|at| at <= now) {
            let (waits, lookout) = (self.external.take(now), self.lookout.clone());
            let look = async move { Found::External(external::look(lookout, waits).await) };
            self.external.begun(self.looks.spawn(look).id());
        }
    }

    /// A look is over.
    fn looked(&mut self, looked: Result<(Id, Found), JoinError>, now: Instant) {
        let look = looked.as_ref().map_or_else(JoinError::id, |(look, _)| *look);
        let one = self.looking.remove(&look);
        if let Some((lane, _)) = &one {
            self.lanes.over(lane);
        }
        self.external.over(look);
        match looked {
            Ok((_, Found::One(id, Ok(Look::Ended(end))))) => self.end(id, end),
            Ok((_, Found::One(id, Ok(Look::Waiting(note))))) => {
                let open = self.open.get(&id);
                if open.is_some_and(|open| open.wait.is_noted()) {
                    self.notes.add(id, note);
                }
                self.look_later(id, now);
            }
            Ok((_, Found::One(id, Err(error)))) => {
                tracing::warn!(
                    "cannot look at what a task waits for: {}",
                    crate::error::chain(&error)
                );
                self.look_later(id, now);
            }
            Ok((_, Found::Noted(notes, written))) => {
                if let Err(error) = &written {
                    tracing::warn!("cannot write what tasks wait for: {}", crate::error::chain(error));
                }
                self.notes.written(notes, written.is_ok());
            }
            Ok((_, Found::External(Ok(ends)))) => {
                for (id, end) in ends {
                    self.end(id, end);
                }
            }
            Ok((_, Found::External(Err(error)))) => {
                tracing::warn!(
                    "cannot look at the runs that tasks wait for: {}",
                    crate::error::chain(&error)
                );
            }
            Err(error) => {
                tracing::error!("a look at what a task waits for: {error}");
                if let Some((_, id)) = one {
                    self.end(
                        id,
                        WaitEnd::Failed("the engine failed when it looked for it".to_owned()),
                    );
                }
            }
        }
    }

    fn end(&mut self, id: AttemptId, end: WaitEnd) {
        if let Some(open) = self.open.get(&id) {
            let key = open.key.clone();
            self.remove(id);
            self.ended.push_back(EndedWait { key, wait: id, end });
        }
    }

    fn look_later(&mut self, id: AttemptId, now: Instant) {
        let Some(open) = self.open.get_mut(&id) else {
            return;
        };
        if let (Some(lane), Some(pause)) = (Lane::of(&open.wait), open.wait.poke_interval()) {
            open.due_at = Some(now + pause);
            self.lanes.add(lane, now + pause, id);
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

    use updraft_model::{FileWait, MapIndex, RunId, TaskId, Trigger};
    use updraft_secrets::Secrets;
    use updraft_store::{Store, StoreOptions};
    use updraft_testing::databases;
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

    /// One that looks at an empty database.
    async fn triggerer(database: &databases::TestDatabase, capacity: usize) -> Triggerer {
        let store = Store::open(database.url(), StoreOptions::default())
            .await
            .unwrap();
        store
            .migrate("2024-01-12T06:00:00Z".parse().unwrap())
            .await
            .unwrap();
        let lookout = Lookout::new(Arc::new(store), Secrets::default());
        Triggerer::new(lookout, capacity, None)
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
        let database = databases::sqlite();
        let mut triggerer = triggerer(&database, 2).await;
        for number in 1..=5 {
            let run = if number < 4 { "kept" } else { "gone" };
            triggerer.add(key(run), 1, id(number), file(&path));
        }
        // A time ends by itself.
        triggerer.add(key("kept"), 1, id(6), Wait::For(Duration::ZERO));
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
        assert!(triggerer.open.is_empty() && triggerer.by_run.is_empty());
        assert_eq!(triggerer.lanes.next(), None);
    }

    /// Ten looks see them all, each with few statements; then a file that comes is not kept waiting.
    #[tokio::test]
    async fn a_hundred_thousand_waits_for_other_runs_are_held_and_keep_nobody_else_waiting() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("there");
        let database = databases::sqlite();
        let mut triggerer = triggerer(&database, 2).await;
        let began = Instant::now();
        for number in 1..=100_000 {
            let trigger = Trigger::external_tasks("other", ["load"], [format!("r{number}")]);
            triggerer.add(key("kept"), 1, id(number), Wait::of(&trigger).unwrap());
        }
        triggerer.add(key("kept"), 1, id(0), file(&path));
        let held = began.elapsed();
        let is_due = |triggerer: &Triggerer| {
            let soon = Instant::now() + Duration::from_secs(1);
            triggerer
                .external
                .next_look(Instant::now())
                .is_none_or(|at| at <= soon)
        };
        while is_due(&triggerer) {
            let ended = tokio::time::timeout(Duration::from_millis(50), triggerer.next()).await;
            assert!(ended.is_err(), "there is no run: {ended:?}");
        }
        let looked = began.elapsed();
        println!("100,000 waits were held after {held:?} and all looked at after {looked:?}");
        assert!(looked < Duration::from_secs(30), "{looked:?}");
        triggerer.touch(&"other".parse().unwrap(), [RunReference::Id("r7".to_owned())]);
        assert!(
            is_due(&triggerer),
            "something has happened to a run that is waited for"
        );
        let ended = tokio::time::timeout(Duration::from_millis(300), triggerer.next()).await;
        assert!(
            ended.is_err() && !is_due(&triggerer),
            "it was looked at: {ended:?}"
        );
        std::fs::write(&path, "").unwrap();
        assert_eq!(triggerer.next().await.wait, id(0));
        triggerer.retain(&key("kept").run_key(), &BTreeSet::new());
        assert!(!triggerer.awaits_runs() && triggerer.external.next_look(Instant::now()).is_none());
    }
}
