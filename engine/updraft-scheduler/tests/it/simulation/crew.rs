//! Schedulers that run what another one plans: the tables, and the members.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::stream::BoxStream;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use updraft_bundle::{SourceChange, SourceWatcher};
use updraft_model::AttemptId;
use updraft_scheduler::{JobLedger, Member, MemberOptions, MemberParts};
use updraft_secrets::Secrets;
use updraft_store::{
    Answer, Assigned, Assignment, Holder, Job, JobId, Lease, NewAsk, OpenAsk, StoreError, WriteError,
};

use super::database::Database;
use super::ledger::{Link, wake_ups};
use super::process::{Gate, LEASE_TTL, parsed};
use super::worker::SimulatedExecutor;
use super::world::World;

/// What the database knows of the members.
#[derive(Clone, Default)]
pub(crate) struct Crew {
    /// Those that have not been given up.
    jobs: BTreeMap<JobId, Job>,
    assignments: BTreeMap<AttemptId, (Assignment, Marks)>,
    /// By job and number; with the answer.
    asks: BTreeMap<(JobId, i64), (NewAsk, Option<String>)>,
    /// How many jobs there ever were.
    last: i64,
}

#[derive(Clone, Copy, Default)]
struct Marks {
    is_taken: bool,
    is_killed: bool,
}

/// For members.
impl Database {
    /// How many attempts all schedulers run at once, if one of them plans.
    pub(crate) fn slots(&self) -> usize {
        self.parallelism + self.crew.jobs.values().map(|job| job.slots).sum::<usize>()
    }

    /// How many attempts there may be at once: as many as the one that plans and all members run if each uses
    /// all it has, also those that are gone and have not been given up.
    pub(crate) fn slots_max(&self) -> usize {
        self.parallelism * (1 + self.crew.jobs.len())
    }

    fn join(&mut self, holder: &Holder, slots: usize, now: Timestamp) -> JobId {
        self.crew.last += 1;
        let id = JobId(self.crew.last);
        let job = Job {
            id,
            holder: holder.clone(),
            slots,
            start_date: now,
            latest_heartbeat: now,
        };
        self.crew.jobs.insert(id, job);
        id
    }

    fn beat(&mut self, job: JobId, slots: usize, now: Timestamp) -> bool {
        let job = self.crew.jobs.get_mut(&job);
        job.is_some_and(|job| {
            (job.slots, job.latest_heartbeat) = (slots, now);
            true
        })
    }

    fn assigned(&self, job: JobId) -> Vec<Assigned> {
        let of_job = self.crew.assignments.values();
        let of_job = of_job
            .filter(|(assignment, marks)| assignment.job == job && (!marks.is_taken || marks.is_killed));
        of_job
            .map(|(assignment, marks)| Assigned {
                attempt: assignment.attempt,
                workload: assignment.workload.clone(),
                is_killed: marks.is_killed,
            })
            .collect()
    }

    fn take_assigned(&mut self, attempts: &[AttemptId]) {
        for attempt in attempts {
            if let Some((_, marks)) = self.crew.assignments.get_mut(attempt) {
                marks.is_taken = true;
            }
        }
    }

    fn post(&mut self, job: JobId, asks: &[NewAsk]) {
        for ask in asks {
            let key = (job, ask.number);
            self.crew.asks.entry(key).or_insert_with(|| (ask.clone(), None));
        }
    }

    fn answers(&self, job: JobId) -> Vec<Answer> {
        let of_job = self.crew.asks.iter().filter(|((of, _), _)| *of == job);
        let answered = of_job.filter_map(|((_, number), (_, answer))| Some((*number, answer.clone()?)));
        answered.map(|(number, text)| Answer { number, text }).collect()
    }
}

/// For the scheduler that plans.
impl Database {
    fn give_up_jobs(&mut self, lease: &Lease, jobs: &[JobId]) -> Result<(), WriteError> {
        self.must_be_valid(lease)?;
        let crew = &mut self.crew;
        crew.jobs.retain(|id, _| !jobs.contains(id));
        let there = &crew.jobs;
        crew.assignments
            .retain(|_, (assignment, _)| there.contains_key(&assignment.job));
        crew.asks.retain(|(job, _), _| there.contains_key(job));
        Ok(())
    }

    fn assign(
        &mut self,
        lease: &Lease,
        assignments: &[Assignment],
        killed: &[AttemptId],
    ) -> Result<(), WriteError> {
        self.must_be_valid(lease)?;
        for assignment in assignments {
            let new = || (assignment.clone(), Marks::default());
            self.crew
                .assignments
                .entry(assignment.attempt)
                .or_insert_with(new);
            let of_job = self.crew.assignments.values();
            let has = of_job.filter(|(other, _)| other.job == assignment.job).count();
            assert!(
                has <= self.parallelism,
                "job {} is to run {has} attempts",
                assignment.job
            );
        }
        for attempt in killed {
            if let Some((_, marks)) = self.crew.assignments.get_mut(attempt) {
                marks.is_killed = true;
            }
        }
        Ok(())
    }

    fn assignments(&self) -> Vec<(AttemptId, JobId)> {
        let there = |assignment: &&(Assignment, Marks)| self.crew.jobs.contains_key(&assignment.0.job);
        let assignments = self.crew.assignments.values().filter(there);
        assignments
            .map(|(assignment, _)| (assignment.attempt, assignment.job))
            .collect()
    }

    fn open_asks(&self, asks_max: usize) -> Vec<OpenAsk> {
        let open = self.crew.asks.iter().filter(|(_, (_, answer))| answer.is_none());
        let ask = |((job, _), (ask, _)): (&(JobId, i64), &(NewAsk, _))| OpenAsk {
            job: *job,
            ask: ask.clone(),
        };
        open.take(asks_max).map(ask).collect()
    }

    fn answer(
        &mut self,
        lease: &Lease,
        answers: &[(JobId, Answer)],
        over: &[AttemptId],
    ) -> Result<(), WriteError> {
        self.must_be_valid(lease)?;
        for (job, answer) in answers {
            if let Some((_, given)) = self.crew.asks.get_mut(&(*job, answer.number)) {
                *given = Some(answer.text.clone());
            }
        }
        for attempt in over {
            self.crew.assignments.remove(attempt);
        }
        Ok(())
    }

    fn must_be_valid(&self, lease: &Lease) -> Result<(), WriteError> {
        if self.is_valid(lease) {
            Ok(())
        } else {
            Err(WriteError::LeaseLost)
        }
    }
}

/// The scheduler's questions about members, as [`Link`] passes them on.
impl Link {
    pub(crate) async fn ask_jobs(&self) -> Result<Vec<Job>, StoreError> {
        self.ask(|database| database.crew.jobs.values().cloned().collect())
            .await
    }

    pub(crate) async fn ask_give_up(&self, lease: &Lease, jobs: &[JobId]) -> Result<(), WriteError> {
        self.0.note(|| format!("jobs {jobs:?} are given up"));
        self.ask(|database| database.give_up_jobs(lease, jobs)).await?
    }

    pub(crate) async fn ask_assign(
        &self,
        lease: &Lease,
        assignments: &[Assignment],
        killed: &[AttemptId],
    ) -> Result<(), WriteError> {
        let of = |assignment: &Assignment| (assignment.attempt, assignment.job);
        self.0.note(|| {
            let assigned: Vec<_> = assignments.iter().map(of).collect();
            format!("assign {assigned:?}, kill {killed:?}")
        });
        let done = self
            .ask(|database| database.assign(lease, assignments, killed))
            .await?;
        self.0.wake_crew();
        done
    }

    pub(crate) async fn ask_assignments(&self) -> Result<Vec<(AttemptId, JobId)>, StoreError> {
        self.ask(|database| database.assignments()).await
    }

    pub(crate) async fn ask_open_asks(&self, asks_max: usize) -> Result<Vec<OpenAsk>, StoreError> {
        self.ask(|database| database.open_asks(asks_max)).await
    }

    pub(crate) async fn ask_answer(
        &self,
        lease: &Lease,
        answers: &[(JobId, Answer)],
        over: &[AttemptId],
    ) -> Result<(), WriteError> {
        self.0.note(|| format!("answer {answers:?}, over {over:?}"));
        let done = self.ask(|database| database.answer(lease, answers, over)).await?;
        self.0.wake_crew();
        done
    }
}

#[async_trait]
impl JobLedger for Link {
    async fn join(&self, holder: &Holder, slots: usize, now: Timestamp) -> Result<JobId, StoreError> {
        self.ask(|database| database.join(holder, slots, now)).await
    }

    async fn beat(&self, job: JobId, slots: usize, now: Timestamp) -> Result<bool, StoreError> {
        self.ask(|database| database.beat(job, slots, now)).await
    }

    async fn leave(&self, _: JobId, _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    async fn listen_as(
        &self,
        _: JobId,
        interval_max: Duration,
    ) -> Result<BoxStream<'static, ()>, StoreError> {
        Ok(wake_ups(self.0.crew(), interval_max))
    }

    async fn assigned(&self, job: JobId) -> Result<Vec<Assigned>, StoreError> {
        self.ask(|database| database.assigned(job)).await
    }

    async fn take_assigned(&self, attempts: &[AttemptId]) -> Result<(), StoreError> {
        self.ask(|database| database.take_assigned(attempts)).await
    }

    async fn post_asks(&self, job: JobId, asks: &[NewAsk]) -> Result<(), StoreError> {
        self.0.note(|| format!("job {job} asks {asks:?}"));
        self.ask(|database| database.post(job, asks)).await?;
        self.0.wake();
        Ok(())
    }

    async fn answers(&self, job: JobId) -> Result<Vec<Answer>, StoreError> {
        self.ask(|database| database.answers(job)).await
    }

    async fn forget_asks(&self, job: JobId, numbers: &[i64]) -> Result<(), StoreError> {
        self.ask(|database| {
            for number in numbers {
                database.crew.asks.remove(&(job, *number));
            }
        })
        .await
    }
}

/// Runs what is assigned to a machine, as long as that machine runs.
pub(crate) async fn serve(world: World, name: String, gate: Gate, stands_by: watch::Receiver<bool>) {
    let (sources, gate_of_executor) = (world.clone(), gate);
    // A name of its own: in this world no process of the own machine counts as alive.
    let hostname = format!("{name}'s crew");
    let slots = world.database().parallelism;
    let executor = {
        let (world, host) = (world.clone(), (hostname.clone(), 1));
        Box::new(move |api| {
            Box::new(SimulatedExecutor::new(
                world,
                gate_of_executor,
                (host, slots),
                api,
            )) as _
        })
    };
    let parts = MemberParts {
        store: Arc::new(Link(world.clone())),
        sources: Box::new(move || {
            let (sender, receiver) = mpsc::channel(1);
            let dags = sources.sources().borrow().clone();
            let found = vec![SourceChange::Parsed(Arc::new(parsed(&dags)))];
            sender.try_send(found).expect("there is room for one");
            SourceWatcher::of(receiver)
        }),
        executor,
        secrets: Secrets::default(),
        clock: Arc::new(world),
    };
    let options = MemberOptions {
        holder: Holder { hostname, pid: 1 },
        slots,
        beat_interval: LEASE_TTL / 3,
    };
    Member::new(parts, options)
        .run(stands_by, CancellationToken::new())
        .await;
}
