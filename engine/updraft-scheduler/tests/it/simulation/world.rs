//! What everybody in the simulation shares: one source of chance, one clock, one database, and what has happened.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;
use updraft_model::{AttemptId, Clock, DagSpec, DagVersionId, IdSource};
use updraft_testing::CountingIds;

use super::database::Database;
use super::record::Done;

/// The simulated world. Clones are the same world.
#[derive(Clone)]
pub(crate) struct World(Arc<Shared>);

struct Shared {
    chance: Mutex<ChaCha8Rng>,
    /// The time at which the world began, and the instant of the runtime's clock that goes with it.
    began: (Timestamp, Instant),
    database: Mutex<Database>,
    /// Tells everybody who listens whenever somebody leaves something for others. It wakes them in the order in which they came,
    /// which a watch does not.
    feed: broadcast::Sender<()>,
    /// Likewise for what the planning scheduler has for its members.
    crew: broadcast::Sender<()>,
    /// The DAGs folder.
    sources: watch::Sender<Vec<DagSpec>>,
    weather: Mutex<Weather>,
    ids: CountingIds,
    trace: Trace,
    /// What has happened, in words, if it is kept.
    told: Mutex<Vec<String>>,
    /// What the database was asked and what it answered, if it is kept.
    done: Mutex<Vec<Done>>,
}

/// What becomes of the words for what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trace {
    /// Nobody reads them.
    None,
    /// They are kept, to be compared.
    Kept,
    /// They are printed at once.
    Printed,
}

/// How much goes wrong.
#[derive(Debug, Clone, Copy)]
struct Weather {
    /// Whether anything goes wrong at all.
    is_rough: bool,
    /// Until when the database answers nobody.
    outage: Option<Instant>,
}

impl World {
    pub(crate) fn new(seed: u64, began: Timestamp, trace: Trace) -> Self {
        Self(Arc::new(Shared {
            chance: Mutex::new(ChaCha8Rng::seed_from_u64(seed)),
            began: (began, Instant::now()),
            database: Mutex::new(Database::new()),
            feed: broadcast::Sender::new(1),
            crew: broadcast::Sender::new(1),
            sources: watch::Sender::new(Vec::new()),
            weather: Mutex::new(Weather {
                is_rough: true,
                outage: None,
            }),
            ids: CountingIds::default(),
            trace,
            told: Mutex::default(),
            done: Mutex::default(),
        }))
    }

    /// Another world in which nothing happens, with a copy of the database as it is now.
    pub(crate) fn frozen(&self) -> Self {
        let copy = Self::new(0, self.now(), Trace::None);
        copy.calm_down();
        *copy.database() = self.database().clone();
        copy
    }

    /// When the world began.
    pub(crate) fn began(&self) -> Timestamp {
        self.0.began.0
    }

    pub(crate) fn database(&self) -> MutexGuard<'_, Database> {
        lock(&self.0.database)
    }

    /// Notes what happens.
    pub(crate) fn note(&self, what: impl FnOnce() -> String) {
        if self.0.trace == Trace::None {
            return;
        }
        let line = format!("{} {}", self.now().strftime("%H:%M:%S.%3f"), what());
        match self.0.trace {
            Trace::Printed => eprintln!("{line}"),
            _ => lock(&self.0.told).push(line),
        }
    }

    /// Notes what the database did, in the order in which it did it.
    pub(crate) fn record(&self, done: impl FnOnce() -> Done) {
        if self.0.trace == Trace::Kept {
            lock(&self.0.done).push(done());
        }
    }

    /// What was noted and kept.
    pub(crate) fn told(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.0.told))
    }

    /// What the database did.
    pub(crate) fn done(&self) -> Vec<Done> {
        std::mem::take(&mut *lock(&self.0.done))
    }

    /// True once in so many cases.
    pub(crate) fn one_in(&self, cases: u32) -> bool {
        self.below(cases as usize) == 0
    }

    /// A number below `limit`, which is not zero.
    pub(crate) fn below(&self, limit: usize) -> usize {
        lock(&self.0.chance).random_range(0..limit)
    }

    pub(crate) fn pick<T: Clone>(&self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())].clone())
    }

    pub(crate) fn between(&self, shortest: Duration, longest: Duration) -> Duration {
        let longest = longest.max(shortest + Duration::from_millis(1));
        lock(&self.0.chance).random_range(shortest..longest)
    }

    /// Something goes wrong here: once in so many cases while the weather is rough.
    pub(crate) fn goes_wrong(&self, cases: u32) -> bool {
        lock(&self.0.weather).is_rough && self.one_in(cases)
    }

    pub(crate) fn is_rough(&self) -> bool {
        lock(&self.0.weather).is_rough
    }

    /// From now on nothing goes wrong any more.
    pub(crate) fn calm_down(&self) {
        *lock(&self.0.weather) = Weather {
            is_rough: false,
            outage: None,
        };
    }

    /// The database answers nobody for a while.
    pub(crate) fn begin_outage(&self, length: Duration) {
        lock(&self.0.weather).outage = Some(Instant::now() + length);
    }

    pub(crate) fn is_out(&self) -> bool {
        lock(&self.0.weather)
            .outage
            .is_some_and(|end| Instant::now() < end)
    }

    /// A short time on the way; now and then a long one.
    pub(crate) async fn travel(&self) {
        let longest = if self.goes_wrong(40) { 4_000 } else { 8 };
        tokio::time::sleep(self.between(Duration::ZERO, Duration::from_millis(longest))).await;
    }

    /// Tells the planning scheduler that somebody changed something, unless that is lost on the way.
    pub(crate) fn wake(&self) {
        self.send(&self.0.feed);
    }

    /// Tells the members that there is something for them, unless that is lost on the way.
    pub(crate) fn wake_crew(&self) {
        self.send(&self.0.crew);
    }

    fn send(&self, to: &broadcast::Sender<()>) {
        if !self.goes_wrong(5) {
            // Nobody may listen at the moment.
            let _ = to.send(());
        }
    }

    pub(crate) fn feed(&self) -> broadcast::Receiver<()> {
        self.0.feed.subscribe()
    }

    pub(crate) fn crew(&self) -> broadcast::Receiver<()> {
        self.0.crew.subscribe()
    }

    /// The DAGs folder.
    pub(crate) fn sources(&self) -> &watch::Sender<Vec<DagSpec>> {
        &self.0.sources
    }
}

impl Clock for World {
    fn now(&self) -> Timestamp {
        let (began, instant) = self.0.began;
        let passed = SignedDuration::try_from(instant.elapsed()).expect("a simulation is short");
        began.checked_add(passed).expect("a simulation is short")
    }
}

impl IdSource for World {
    fn attempt_id(&self) -> AttemptId {
        self.0.ids.attempt_id()
    }

    fn version_id(&self) -> DagVersionId {
        self.0.ids.version_id()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("a panic ends the simulation")
}
