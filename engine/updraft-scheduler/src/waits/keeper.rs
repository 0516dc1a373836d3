//! Keeps the process that waits for triggers of Python while there are any.
//!
//! What there is to wait for, and what of it the process has been told, stands here; the process keeps nothing. So when it
//! ends, for whatever reason, a fresh one is told everything again. A trigger that is known to have ended it fails, lest it does
//! the same again and again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::Instant;
use updraft_bundle::NoPython;
use updraft_model::{AttemptId, WaitEnd};
use updraft_protocol::launch::{Launch, Program};
use updraft_worker::{TaskApi, TriggerNews, TriggerOrder, TriggerProcess, TriggersGone, WorkerOptions};

use super::python::{Change, Heard, PythonTriggers};

/// The argument, behind those with which Python serves the engine, that has it wait for triggers.
const TRIGGER_ARGUMENT: &str = "trigger";

/// A process that has had nothing to wait for so long is ended.
const IDLE_MAX: Duration = Duration::from_mins(1);

/// The first and the longest pause before a process is started again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(30));

/// A process that has lived so long was sound.
const SOUND_AFTER: Duration = Duration::from_mins(1);

/// A process may have died by chance while a trigger was at work; at so many times it is the trigger's doing.
const DEATHS_MAX: u32 = 3;

/// Somebody who waits.
struct Wanted {
    order: TriggerOrder,
    /// Under which number the process has it.
    number: Option<u64>,
    /// How often a process has died while it was at work.
    deaths: u32,
}

/// A process, and whether it takes orders.
struct Living {
    process: TriggerProcess,
    is_ready: bool,
    since: Instant,
}

/// Waits for triggers of Python.
pub(super) struct Keeper {
    how: PythonTriggers,
    worker: Arc<WorkerOptions>,
    api: Arc<dyn TaskApi>,
    capacity: usize,
    says: UnboundedSender<Heard>,
    wanted: BTreeMap<AttemptId, Wanted>,
    /// Those that the process has not been told of; who waits longest comes first, since ids of attempts count up.
    line: BTreeSet<AttemptId>,
    running: BTreeMap<u64, AttemptId>,
    /// Those whose place has changed and was not noted.
    moved: BTreeSet<AttemptId>,
    last_number: u64,
    living: Option<Living>,
    /// Why there is no process, if it cannot be started or does not stay.
    problem: Option<String>,
    start_at: Instant,
    pause: Duration,
    idle_since: Instant,
}

impl Keeper {
    pub(super) fn new(
        how: PythonTriggers,
        api: Arc<dyn TaskApi>,
        capacity: usize,
        says: UnboundedSender<Heard>,
    ) -> Self {
        let now = Instant::now();
        Self {
            worker: Arc::new(how.worker.clone()),
            how,
            api,
            capacity: capacity.max(1),
            says,
            wanted: BTreeMap::new(),
            line: BTreeSet::new(),
            running: BTreeMap::new(),
            moved: BTreeSet::new(),
            last_number: 0,
            living: None,
            problem: None,
            start_at: now,
            pause: PAUSES.0,
            idle_since: now,
        }
    }

    /// Works until the dispatcher is gone.
    pub(super) async fn run(mut self, mut changes: UnboundedReceiver<Vec<Change>>) {
        loop {
            // A start may take long, if the environment has to be made.
            self.note_places();
            self.start().await;
            self.fill();
            self.note_places();
            let next = self.next_time();
            tokio::select! {
                biased;
                told = changes.recv() => match told {
                    Some(changes) => self.apply(changes),
                    None => break,
                },
                news = next_of(self.living.as_mut()) => self.hear(news).await,
                () = sleep_until(next) => self.rest().await,
            }
        }
        self.end().await;
    }

    fn apply(&mut self, changes: Vec<Change>) {
        let mut left = BTreeMap::new();
        for change in changes {
            match change {
                Change::Clear => left = std::mem::take(&mut self.wanted),
                Change::Add(order) => self.add(*order, &mut left),
                Change::Remove(id) => {
                    if let Some(wanted) = self.wanted.remove(&id) {
                        self.drop_out(id, &wanted);
                    }
                }
            }
        }
        for (id, wanted) in left {
            self.drop_out(id, &wanted);
        }
        if self.wanted.is_empty() {
            self.idle_since = Instant::now();
        }
    }

    fn add(&mut self, order: TriggerOrder, left: &mut BTreeMap<AttemptId, Wanted>) {
        let id = order.wait;
        if self.wanted.contains_key(&id) {
            return;
        }
        let wanted = left.remove(&id).unwrap_or_else(|| Wanted {
            order,
            number: None,
            deaths: 0,
        });
        if wanted.number.is_none() {
            self.line.insert(id);
        }
        self.wanted.insert(id, wanted);
        // Whoever asks again may have forgotten what was noted.
        self.moved.insert(id);
    }

    /// Nobody waits for this any more.
    fn drop_out(&mut self, id: AttemptId, wanted: &Wanted) {
        self.line.remove(&id);
        if let Some(number) = wanted.number {
            self.running.remove(&number);
            if let Some(living) = &mut self.living {
                living.process.cancel(number);
            }
        }
    }

    /// Starts a process if one is needed and its time has come.
    async fn start(&mut self) {
        if self.living.is_some() || self.wanted.is_empty() || Instant::now() < self.start_at {
            return;
        }
        let launch = match self.how.python.program().await {
            Ok(program) => launch(&program, &self.how.dags_folder),
            Err(NoPython { message, hint }) => {
                return self.fail(format!("cannot be started: {message}; {hint}"));
            }
        };
        match TriggerProcess::start(&launch, &self.worker, Arc::clone(&self.api), self.how.limits) {
            Ok(process) => {
                tracing::info!(
                    "starting the triggerer for {} triggers of Python",
                    self.wanted.len()
                );
                self.living = Some(Living {
                    process,
                    is_ready: false,
                    since: Instant::now(),
                });
            }
            Err(problem) => self.fail(format!("cannot be started: {problem}")),
        }
    }

    /// Tells the process of as many as there is room for.
    fn fill(&mut self) {
        let Some(living) = self.living.as_mut().filter(|living| living.is_ready) else {
            return;
        };
        while self.running.len() < self.capacity
            && let Some(id) = self.line.pop_first()
        {
            if let Some(wanted) = self.wanted.get_mut(&id) {
                self.last_number += 1;
                wanted.number = Some(self.last_number);
                self.running.insert(self.last_number, id);
                living.process.run(self.last_number, wanted.order.clone());
                self.moved.insert(id);
            }
        }
    }

    /// Says how it stands with those that have moved.
    fn note_places(&mut self) {
        let is_ready = self.living.as_ref().is_some_and(|living| living.is_ready);
        for id in std::mem::take(&mut self.moved) {
            let Some(wanted) = self.wanted.get(&id) else {
                continue;
            };
            let note = match (&wanted.number, &self.problem) {
                (Some(_), _) => "the triggerer waits for it".to_owned(),
                (None, _) if is_ready => format!(
                    "it stands in line, since the triggerer waits for {}, as many as `[triggerer] capacity` allows",
                    self.capacity
                ),
                (None, Some(problem)) => format!("the triggerer {problem}; it is started again"),
                (None, None) => "the triggerer is starting".to_owned(),
            };
            self.say(Heard::Note(id, note));
        }
    }

    async fn hear(&mut self, news: TriggerNews) {
        match news {
            TriggerNews::Ready => {
                self.problem = None;
                if let Some(living) = &mut self.living {
                    living.is_ready = true;
                }
                self.moved.extend(&self.line);
            }
            TriggerNews::Ended { trigger, end } => {
                if let Some(id) = self.running.remove(&trigger) {
                    self.finish(id, end);
                }
            }
            TriggerNews::Gone(gone) => self.bury(gone).await,
        }
    }

    /// The process is of no use any more: everything is told to the next one, but for what has ended this one.
    async fn bury(&mut self, gone: TriggersGone) {
        let Some(living) = self.living.take() else { return };
        let at_work = gone.at_work.and_then(|number| self.running.get(&number).copied());
        for id in std::mem::take(&mut self.running).into_values() {
            if let Some(wanted) = self.wanted.get_mut(&id) {
                wanted.number = None;
                self.line.insert(id);
            }
        }
        if living.since.elapsed() >= SOUND_AFTER {
            self.pause = PAUSES.0;
        }
        if let Some(id) = at_work {
            self.blame(id, &gone);
        }
        self.fail(gone.reason);
        living.process.end().await;
    }

    /// A trigger was at work when the process was of no use any more.
    fn blame(&mut self, id: AttemptId, gone: &TriggersGone) {
        let Some(wanted) = self.wanted.get_mut(&id) else {
            return;
        };
        wanted.deaths += 1;
        let classpath = &wanted.order.classpath;
        let reason = if gone.was_blocked {
            format!(
                "the triggerer {}. Trigger `{classpath}` was at work: it must `await` what takes long",
                gone.reason
            )
        } else if wanted.deaths >= DEATHS_MAX {
            let deaths = wanted.deaths;
            format!(
                "trigger `{classpath}` was at work {deaths} times when the triggerer {}",
                gone.reason
            )
        } else {
            return;
        };
        self.line.remove(&id);
        self.finish(id, WaitEnd::Failed(reason));
    }

    /// There is no process now; the next one is started after a pause.
    fn fail(&mut self, problem: String) {
        tracing::error!("the triggerer {problem}; it is started again in {:?}", self.pause);
        self.problem = Some(problem);
        self.start_at = Instant::now() + self.pause;
        self.pause = (self.pause * 2).min(PAUSES.1);
        self.moved.extend(&self.line);
    }

    fn finish(&mut self, id: AttemptId, end: WaitEnd) {
        if self.wanted.remove(&id).is_some() {
            self.say(Heard::Ended(id, end));
        }
        if self.wanted.is_empty() {
            self.idle_since = Instant::now();
        }
    }

    /// When there is something to do by itself.
    fn next_time(&self) -> Option<Instant> {
        match (&self.living, self.wanted.is_empty()) {
            (None, true) | (Some(_), false) => None,
            (None, false) => Some(self.start_at),
            (Some(_), true) => Some(self.idle_since + IDLE_MAX),
        }
    }

    /// Ends a process that has nothing to do.
    async fn rest(&mut self) {
        if self.wanted.is_empty() {
            self.end().await;
        }
    }

    async fn end(&mut self) {
        if let Some(living) = self.living.take() {
            tracing::info!("the triggerer is ended: there are no triggers of Python to wait for");
            living.process.end().await;
        }
    }

    fn say(&self, heard: Heard) {
        // A dispatcher that does not listen any more is about to end.
        let _ = self.says.send(heard);
    }
}

/// The program of Python as it waits for triggers.
fn launch(program: &Program, dags_folder: &Path) -> Launch {
    let mut program = program.clone();
    program.args.push(TRIGGER_ARGUMENT.to_owned());
    Launch {
        name: "triggerer".to_owned(),
        source: "triggers of Python".to_owned(),
        dags_folder: dags_folder.to_owned(),
        program: Arc::new(program),
    }
}

async fn next_of(living: Option<&mut Living>) -> TriggerNews {
    match living {
        Some(living) => living.process.next().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
