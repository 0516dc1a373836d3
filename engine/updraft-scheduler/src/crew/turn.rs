//! The planning scheduler's side of its crew: who is there, what they are assigned, what they ask.

use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::oneshot;
use tokio::time::Instant;
use updraft_model::{AttemptId, AttemptOutcome, TaskKey};
use updraft_store::{Answer, Assignment, Job, JobId, OpenAsk, WriteError};
use updraft_worker::{ApiError, KillReason};

use super::AssignedWorkload;
use super::letter::{Letter, LetterAnswer, read, text};
use crate::dispatcher::{Scheduler, TurnError};
use crate::gateway::{Ask, Live};
use crate::turn::{End, lease_or_store};

/// How many asks of members one turn takes.
const ASKS_MAX: usize = 512;

/// What members asked, while it is being written.
#[derive(Default)]
pub(crate) struct Letters {
    /// Whose answers are on their way.
    waiting: Vec<(JobId, i64, oneshot::Receiver<LetterAnswer>)>,
    /// What can be answered at once.
    answers: Vec<(JobId, Answer)>,
    /// Attempts that are over.
    over: Vec<(AttemptId, Option<ApiError>)>,
}

impl Scheduler {
    /// Looks who is there. What was run by members that are gone runs again at once.
    pub(crate) async fn muster(&mut self) -> Result<(), TurnError> {
        let mut jobs = self.store.jobs().await?;
        // This process takes no tasks from itself: it has yet to say so if it plans only since a moment ago.
        for job in jobs.iter_mut().filter(|job| self.is_own(job)) {
            job.slots = 0;
        }
        let now = (self.clock.now(), Instant::now());
        let silent = self.fleet.look_at(&jobs, now, self.options.lease_ttl);
        let is_gone = |job: &&Job| silent.contains(&job.id) || self.has_ended(job);
        let (gone, there): (Vec<&Job>, Vec<&Job>) = jobs.iter().partition(is_gone);
        for job in &gone {
            tracing::warn!(
                "the scheduler with process {} on `{}` gives no sign of life; what it ran runs again at once",
                job.holder.pid,
                job.holder.hostname
            );
        }
        let there: BTreeSet<JobId> = there.into_iter().map(|job| job.id).collect();
        let gone: Vec<JobId> = gone.into_iter().map(|job| job.id).collect();
        if !gone.is_empty() || self.fleet.has_others(&there) {
            // Only what is written makes them gone: one that could not be given up may yet give a sign of life. Until then it gets
            // nothing to do: it may be gone although nobody was told.
            self.fleet.doubt(&gone);
            let now = self.clock.now();
            let given_up = self.store.give_up_jobs(&self.lease, &gone, now).await;
            given_up.map_err(lease_or_store)?;
        }
        let lost = self.fleet.keep(&there);
        self.planner.set_parallelism(self.limits().parallelism);
        if lost.is_empty() {
            return Ok(());
        }
        for attempt in &lost {
            self.gateway.remove(*attempt);
        }
        let lost = self.live_among(&lost);
        self.lose(lost, "lost with the scheduler that ran it").await
    }

    fn is_own(&self, job: &Job) -> bool {
        job.holder.hostname == self.options.hostname && job.holder.pid == self.options.pid
    }

    /// Whether a job is that of a process of this machine that has ended.
    fn has_ended(&self, job: &Job) -> bool {
        let is_here = job.holder.hostname == self.options.hostname;
        is_here && !self.is_own(job) && !(self.is_alive)(job.holder.pid)
    }

    /// Those of the attempts that count as live.
    fn live_among(&self, attempts: &BTreeSet<AttemptId>) -> Vec<(TaskKey, AttemptId)> {
        let live = self.planner.live_attempts();
        live.filter(|(_, attempt, _)| attempts.contains(attempt))
            .map(|(key, attempt, _)| (key, attempt))
            .collect()
    }

    /// Takes over what members run, as the database has it: for a former scheduler, or assigned by a write whose answer was
    /// lost. Attempts that count no more are killed.
    pub(crate) async fn adopt(&mut self) -> Result<(), TurnError> {
        if !self.fleet.has_members() {
            return Ok(());
        }
        let assignments = self.store.assignments().await?;
        let assigned: BTreeSet<AttemptId> = assignments.iter().map(|(attempt, _)| *attempt).collect();
        for attempt in self.fleet.told().difference(&assigned) {
            // It was over, and that was written, but the answer was lost.
            self.gateway.remove(*attempt);
            self.fleet.over(*attempt);
        }
        let known: BTreeSet<AttemptId> = self.gateway.attempts().into_iter().collect();
        let live: BTreeMap<AttemptId, TaskKey> = self
            .planner
            .live_attempts()
            .map(|(key, attempt, _)| (attempt, key))
            .collect();
        for (attempt, job) in assignments {
            if known.contains(&attempt) || !self.fleet.note(job, attempt) {
                continue;
            }
            match live.get(&attempt) {
                Some(key) => {
                    let key = key.clone();
                    self.gateway.add(attempt, Live { key, told: None });
                }
                None => {
                    self.fleet.kill(attempt);
                }
            }
        }
        Ok(())
    }

    /// Has an attempt of this process or of a member killed; false if nobody runs it.
    pub(crate) fn kill(&mut self, attempt: AttemptId) -> bool {
        self.executor.kill(attempt, KillReason::Requested) || self.fleet.kill(attempt)
    }

    /// Leaves an attempt to a member; it hears of it at the end of the turn.
    pub(crate) fn assign(&mut self, job: JobId, workload: &AssignedWorkload) {
        let attempt = workload.ti.id;
        self.fleet.note(job, attempt);
        self.fleet.assignments.push(Assignment {
            attempt,
            job,
            workload: text(workload),
        });
    }

    /// Writes what members are to run and to kill.
    pub(crate) async fn tell_members(&mut self) -> Result<(), TurnError> {
        let kills: Vec<AttemptId> = self.fleet.kills.iter().copied().collect();
        if self.fleet.assignments.is_empty() && kills.is_empty() {
            return Ok(());
        }
        let told = self
            .store
            .assign(&self.lease, &self.fleet.assignments, &kills)
            .await;
        told.map_err(lease_or_store)?;
        self.fleet.assignments.clear();
        self.fleet.kills.clear();
        Ok(())
    }

    /// Reads what members ask. What their attempts want written is added to what those of this process want.
    pub(crate) async fn open_letters(&mut self, asks: &mut Vec<Ask>) -> Result<Letters, TurnError> {
        let mut letters = Letters::default();
        if self.fleet.is_empty() || !self.fleet.has_open_asks {
            return Ok(letters);
        }
        let open = self.store.open_asks(ASKS_MAX).await?;
        self.fleet.has_open_asks = !open.is_empty();
        for OpenAsk { job, ask } in open {
            let (number, attempt) = (ask.number, ask.attempt);
            match read(&ask.body) {
                Ok(Letter::Write(write)) => {
                    let (reply, answer) = oneshot::channel();
                    asks.push(Ask {
                        attempt,
                        write,
                        reply,
                    });
                    letters.waiting.push((job, number, answer));
                }
                Ok(Letter::Over(error)) => {
                    letters.over.push((attempt, error));
                    letters.answer(job, number, &Ok(()));
                }
                Err(error) => letters.answer(job, number, &Err(error)),
            }
        }
        Ok(letters)
    }

    /// Answers what was asked, once it is written, and takes note of attempts that are over.
    pub(crate) async fn answer_letters(&mut self, mut letters: Letters) -> Result<(), TurnError> {
        for (job, number, mut answer) in std::mem::take(&mut letters.waiting) {
            if let Ok(answer) = answer.try_recv() {
                letters.answer(job, number, &answer);
            }
        }
        if letters.answers.is_empty() {
            return Ok(());
        }
        let over: Vec<AttemptId> = letters.over.iter().map(|(attempt, _)| *attempt).collect();
        let answered: Result<(), WriteError> =
            self.store.answer_asks(&self.lease, &letters.answers, &over).await;
        answered.map_err(lease_or_store)?;
        for (attempt, error) in letters.over {
            self.note_over(attempt, error);
        }
        // Others may have come meanwhile, or were too many for one turn.
        self.fleet.has_open_asks = letters.answers.len() >= ASKS_MAX;
        if self.ends.is_empty() {
            return Ok(());
        }
        self.write_reports(Vec::new()).await
    }

    /// An attempt of a member is over. If its end was not accepted, and it still counts as live, it is lost.
    fn note_over(&mut self, attempt: AttemptId, error: Option<ApiError>) {
        if let (Some(error), Some(key)) = (error, self.gateway.key(attempt)) {
            let words = match error {
                ApiError::NotLive(words) | ApiError::Refused(words) | ApiError::Unavailable(words) => words,
                ApiError::Answered(error) => error.message().to_owned(),
            };
            self.ends.push(End {
                attempt,
                key,
                outcome: AttemptOutcome::Lost,
                words,
                deferral: None,
                skipped: Vec::new(),
                outlet_events: Vec::new(),
                retry_delay: None,
                at: self.clock.now(),
            });
        }
        self.gateway.remove(attempt);
        self.fleet.over(attempt);
    }
}

impl Letters {
    fn answer(&mut self, job: JobId, number: i64, answer: &LetterAnswer) {
        let text = text(answer);
        self.answers.push((job, Answer { number, text }));
    }
}
