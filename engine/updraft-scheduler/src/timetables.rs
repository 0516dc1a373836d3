//! Asks the programs of DAGs with timetables of their own for the next run, and records what they tell.
//!
//! The planner says which questions are open. A few programs are asked at a time, each DAG once and the one first that has
//! waited longest; each has a time limit. What one tells is checked, written down if the question is still the same, and then
//! told to the planner. So what a program does or does not do, only its own DAG gets to feel, and what is lost with the
//! scheduler is asked again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use jiff::Timestamp;
use tokio::task::JoinSet;
use updraft_bundle::{ProgramError, ask_timetable};
use updraft_model::{DagId, NextRun, RunType, TimetableAnswer, TimetableQuestion, ToldRun};
use updraft_protocol::launch::Launch;
use updraft_protocol::message::{TimetableAsk, UpdraftTimetableRequest, UpdraftTimetableResult};

use crate::dispatcher::{Scheduler, TurnError};
use crate::turn::lease_or_store;

/// How many programs are asked at a time.
const ASKED_MAX: usize = 8;

/// A DAG that has no next run is asked again after this long: what its timetable looks at may have changed.
const NO_RUN_PAUSE: Duration = Duration::from_hours(1);

/// How much longer each pause is than the one before, while a program fails.
const PAUSE_FACTOR: u32 = 3;

/// Asks a program for a timetable. [`Programs`] is the one; the simulation has another.
#[async_trait]
pub trait AskTimetable: Send + Sync + 'static {
    /// What the program answers within the limit.
    ///
    /// # Errors
    /// It did not; whatever was started for it is gone then.
    async fn ask(
        &self,
        launch: &Launch,
        request: UpdraftTimetableRequest,
        limit: Duration,
    ) -> Result<UpdraftTimetableResult, ProgramError>;
}

/// The programs of bundles, started for each question.
#[derive(Debug, Clone, Copy, Default)]
pub struct Programs;

#[async_trait]
impl AskTimetable for Programs {
    async fn ask(
        &self,
        launch: &Launch,
        request: UpdraftTimetableRequest,
        limit: Duration,
    ) -> Result<UpdraftTimetableResult, ProgramError> {
        ask_timetable(launch, request, limit).await
    }
}

/// How programs are asked for timetables.
#[derive(Debug, Clone, Copy)]
pub struct TimetableOptions {
    /// How long an answer may take; `[core] dagbag_import_timeout`.
    pub limit: Duration,
    /// The pause after the first failure; each further one is three times as long.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
}

impl TimetableOptions {
    /// Pauses of 10 seconds at first, and of a quarter of an hour at most.
    pub const fn new(limit: Duration) -> Self {
        Self {
            limit,
            first_pause: Duration::from_secs(10),
            longest_pause: Duration::from_mins(15),
        }
    }

    fn pause(&self, failures: u32) -> Duration {
        let factor = PAUSE_FACTOR.saturating_pow(failures.saturating_sub(1));
        self.first_pause.saturating_mul(factor).min(self.longest_pause)
    }
}

/// What a program has told, or why it has not.
#[derive(Debug)]
pub(crate) struct Told {
    dag_id: DagId,
    question: TimetableQuestion,
    /// The next run, if there is one.
    next: Result<Option<ToldRun>, String>,
}

/// Questions that wait, and those that programs are being asked.
pub(crate) struct Timetables {
    programs: Arc<dyn AskTimetable>,
    options: TimetableOptions,
    /// DAGs whose turn has not come, the one that waits longest first.
    waiting: VecDeque<DagId>,
    /// DAGs whose programs are being asked.
    asked: BTreeSet<DagId>,
    asks: JoinSet<Told>,
}

impl Timetables {
    pub(crate) fn new(programs: Arc<dyn AskTimetable>, options: TimetableOptions) -> Self {
        Self {
            programs,
            options,
            waiting: VecDeque::new(),
            asked: BTreeSet::new(),
            asks: JoinSet::new(),
        }
    }

    /// Waits until a program has told something. Nothing is lost if this is dropped before.
    pub(crate) async fn next(&mut self) -> Told {
        loop {
            match self.asks.join_next().await {
                Some(Ok(told)) => {
                    self.asked.remove(&told.dag_id);
                    return told;
                }
                Some(Err(error)) => tracing::error!("a question to a timetable: {error}"),
                None => std::future::pending().await,
            }
        }
    }

    /// What a program has told and nobody has heard of.
    pub(crate) fn take(&mut self) -> Option<Told> {
        let told = self.asks.try_join_next()?.ok()?;
        self.asked.remove(&told.dag_id);
        Some(told)
    }

    /// The questions that are open; those that were asked before keep their places.
    fn want(&mut self, open: &BTreeMap<DagId, TimetableQuestion>) {
        self.waiting.retain(|dag_id| open.contains_key(dag_id));
        let is_new = |dag_id: &&DagId| !self.asked.contains(*dag_id) && !self.waiting.contains(dag_id);
        let new: Vec<DagId> = open.keys().filter(is_new).cloned().collect();
        self.waiting.extend(new);
    }

    /// The DAG whose turn it is, if there is room.
    fn take_turn(&mut self) -> Option<DagId> {
        if self.asks.len() >= ASKED_MAX {
            return None;
        }
        self.waiting.pop_front()
    }

    fn ask(&mut self, question: TimetableQuestion, launch: Arc<Launch>, request: UpdraftTimetableRequest) {
        let (programs, limit) = (Arc::clone(&self.programs), self.options.limit);
        let dag_id = request.dag_id.clone();
        self.asked.insert(dag_id.clone());
        self.asks.spawn(async move {
            let asked = AssertUnwindSafe(programs.ask(&launch, request, limit)).catch_unwind();
            let next = match asked.await {
                Ok(Ok(UpdraftTimetableResult::Runs { runs })) => Ok(runs.into_iter().next()),
                Ok(Ok(UpdraftTimetableResult::Failed { message })) => Err(message),
                Ok(Err(error)) => Err(error.explain()),
                Err(_) => Err("asking it panicked, which is a fault of the engine".to_owned()),
            };
            Told {
                dag_id,
                question,
                next,
            }
        });
    }

    /// What follows from an answer that came at this time.
    fn answer(
        &self,
        question: &TimetableQuestion,
        next: Result<Option<ToldRun>, String>,
        at: Timestamp,
    ) -> NextRun {
        let after = |pause: Duration| at.checked_add(pause).unwrap_or(Timestamp::MAX);
        let checked = match next {
            Ok(None) => Ok(None),
            Ok(Some(told)) => question.check(told).map_err(|problem| problem.to_string()),
            Err(problem) => Err(problem),
        };
        match checked {
            Ok(Some(run)) => NextRun::Run(run),
            Ok(None) => NextRun::None {
                ask_again_at: after(NO_RUN_PAUSE),
            },
            Err(problem) => {
                let failures = question.failures.saturating_add(1);
                NextRun::failed(&problem, failures, after(self.options.pause(failures)))
            }
        }
    }
}

impl Scheduler {
    /// Asks the programs of which the planner wants to know something, as far as there is room.
    pub(crate) fn ask_timetables(&mut self) {
        let open = self.planner.unanswered();
        let mut open: BTreeMap<DagId, TimetableQuestion> = open
            .map(|(dag_id, question)| (dag_id.clone(), question))
            .collect();
        self.inbox.timetables.want(&open);
        while let Some(dag_id) = self.inbox.timetables.take_turn() {
            let question = open.remove(&dag_id);
            let launch = self.launches.of(&dag_id).cloned();
            let custom = self.planner.timetable(&dag_id);
            let (Some(question), Some(launch), Some(custom)) = (question, launch, custom) else {
                continue;
            };
            let request = UpdraftTimetableRequest {
                class_path: custom.class_path.clone(),
                parameters: custom.parameters.clone(),
                now: self.clock.now(),
                question: TimetableAsk::NextDagrunInfo {
                    last_automated_data_interval: question.last,
                    restriction: question.restriction,
                    runs_max: 1,
                    until: None,
                    run_type: RunType::Scheduled,
                },
                dag_id,
            };
            self.inbox.timetables.ask(question, launch, request);
        }
    }

    /// Records what programs have told, and tells the planner.
    pub(crate) async fn take_told(&mut self, told: Vec<Told>) -> Result<(), TurnError> {
        for Told {
            dag_id,
            question,
            next,
        } in told
        {
            let at = self.clock.now();
            let next = self.inbox.timetables.answer(&question, next, at);
            tell(&dag_id, &next);
            let answer = TimetableAnswer {
                version: question.version,
                last: question.last,
                last_run_after: question.last_run_after,
                at,
                next,
            };
            let recorded = self
                .store
                .record_timetable_answer(&self.lease, &dag_id, &answer)
                .await;
            if recorded.map_err(lease_or_store)? {
                self.planner.take_answer(&dag_id, answer);
            } else {
                let is_same = |(id, open): (&DagId, TimetableQuestion)| {
                    *id == dag_id && (open.version, open.last) == (question.version, question.last)
                };
                // Either the question has changed, or the database knows something that the planner does not.
                self.is_stale |= self.planner.unanswered().any(is_same);
            }
        }
        Ok(())
    }
}

/// Logs what somebody has to do something about.
fn tell(dag_id: &DagId, next: &NextRun) {
    match next {
        NextRun::Run(_) | NextRun::None { .. } => {}
        NextRun::Failed {
            problem,
            failures,
            ask_again_at,
        } => tracing::error!(
            dag.id = %dag_id,
            "the timetable of dag `{dag_id}` fails, so that it gets no scheduled runs: {problem}; correct it and build its bundle \
             again; it is asked again then, or at {ask_again_at} (failure {failures} in a row)"
        ),
    }
}
