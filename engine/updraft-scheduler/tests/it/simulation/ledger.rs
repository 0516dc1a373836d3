//! A process's connection to the database: slow, and now and then broken, before or after the database did what was asked.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::broadcast;
use updraft_model::{
    AttemptId, CallbackId, DagId, ExternalPicture, ExternalWait, HitlAnswer, HitlQuestion, IdSource, Pool,
    QueuedAssetEvent, Resumption, RunKey, TaskId, TaskKey, TimetableAnswer,
};
use updraft_protocol::message::{ErrorResponse, Inquiry, StateStoreChange, ToTask};
use updraft_scheduler::{Ledger, Lookups};
use updraft_secrets::{Connection, Secrets};
use updraft_store::{
    Answer, Assignment, AttemptVerdict, AttemptWrite, CallbackOrder, CallbackVerdict, CallbackWrite, Change,
    CommitError, HitlError, HitlRow, Holder, Job, JobId, Lease, LeaseError, OpenAsk, Picture, PlanCommit,
    Recorded, SecretError, SilentAttempt, SourceRecord, SqlError, StateStoreError, StoreError, StoredDag,
    StoredRun, TaskTrigger, TaskTriggerError, WaitingCallback, WriteError, XComSince,
};

use super::database::Database;
use super::record::{Committed, Done};
use super::world::World;

/// The connection of one process.
pub(crate) struct Link(pub(crate) World);

impl Link {
    /// Has the database do something. It may be done although the answer is lost.
    pub(crate) async fn ask<T>(&self, work: impl FnOnce(&mut Database) -> T) -> Result<T, StoreError> {
        let Self(world) = self;
        world.travel().await;
        if world.is_out() || world.goes_wrong(150) {
            return Err(broken("before anything was done"));
        }
        let answer = work(&mut world.database());
        if world.one_in(4) {
            world.travel().await;
        }
        if world.goes_wrong(150) {
            return Err(broken("while the answer was on its way"));
        }
        Ok(answer)
    }
}

/// What one hears of a feed, and what is noticed when the time is up although it was lost on the way; a longer time than usual, for
/// the sake of speed.
pub(crate) fn wake_ups(feed: broadcast::Receiver<()>, interval_max: Duration) -> BoxStream<'static, ()> {
    let next = move |mut feed: broadcast::Receiver<()>| async move {
        let _ = tokio::time::timeout(30 * interval_max, feed.recv()).await;
        Some(((), feed))
    };
    stream::unfold(feed, next).boxed()
}

fn broken(when: &str) -> StoreError {
    StoreError::Sql(SqlError::invalid_row(format!("the connection broke {when}")))
}

#[async_trait(?Send)]
impl Ledger for Link {
    async fn acquire_scheduler(
        &self,
        holder: &Holder,
        now: Timestamp,
        ttl: Duration,
        _: fn(u32) -> bool,
    ) -> Result<Lease, LeaseError> {
        let answer = self.ask(|database| database.acquire(holder, now, ttl)).await?;
        answer.map_err(|held| LeaseError::Held {
            held,
            held_for: Duration::ZERO,
            silent_for: Duration::ZERO,
        })
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<bool, StoreError> {
        self.ask(|database| database.renew(lease, now, ttl)).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.ask(|database| database.release(lease)).await
    }

    async fn listen(&self, interval_max: Duration) -> Result<BoxStream<'static, ()>, StoreError> {
        Ok(wake_ups(self.0.feed(), interval_max))
    }

    async fn take_changes(&self, lease: &Lease, lines_max: usize) -> Result<Vec<Change>, WriteError> {
        self.ask(|database| {
            let taken = database.take_changes(lease, lines_max);
            self.0.record(|| Done::Changes(taken.as_ref().ok().cloned()));
            taken
        })
        .await?
    }

    async fn picture(&self) -> Result<Picture, StoreError> {
        self.ask(|database| database.picture()).await
    }

    async fn stored_run(&self, key: &RunKey) -> Result<Option<StoredRun>, StoreError> {
        self.ask(|database| database.run(key)).await
    }

    async fn dag(&self, dag_id: &DagId) -> Result<Option<StoredDag>, StoreError> {
        self.ask(|database| database.dags.get(dag_id).cloned()).await
    }

    async fn pools(&self) -> Result<Vec<Pool>, StoreError> {
        self.ask(|database| database.pools.values().cloned().collect())
            .await
    }

    async fn silent_attempts(&self, before: Timestamp) -> Result<Vec<SilentAttempt>, StoreError> {
        self.ask(|database| database.silent(before)).await
    }

    async fn apply_attempt_writes(
        &self,
        lease: &Lease,
        writes: &[AttemptWrite],
        _: Timestamp,
    ) -> Result<Vec<AttemptVerdict>, WriteError> {
        self.ask(|database| {
            let verdicts = database.apply(lease, writes);
            self.0.note(|| format!("write {writes:?}: {verdicts:?}"));
            self.0
                .record(|| Done::Writes(writes.to_vec(), verdicts.as_ref().ok().cloned()));
            verdicts
        })
        .await?
    }

    async fn queued_asset_events(
        &self,
        attempts: &[AttemptId],
    ) -> Result<Vec<(DagId, QueuedAssetEvent)>, StoreError> {
        self.ask(|database| database.queued_by(attempts)).await
    }

    async fn commit_plan(&self, lease: &Lease, plan: &PlanCommit) -> Result<(), CommitError> {
        self.ask(|database| {
            let answer = database.commit(lease, plan);
            self.0.note(|| format!("commit {plan:?}: {answer:?}"));
            self.0.record(|| Done::Plan(plan.clone(), Committed::of(&answer)));
            answer
        })
        .await?
    }

    async fn trigger_run_for_task(
        &self,
        wanted: &TaskTrigger,
        now: Timestamp,
    ) -> Result<RunKey, TaskTriggerError> {
        self.ask(|database| {
            let made = database.trigger_for_task(wanted, now);
            self.0.note(|| format!("{wanted:?}: {made:?}"));
            self.0
                .record(|| Done::Ask(wanted.clone(), now, made.as_ref().ok().cloned()));
            made
        })
        .await?
    }

    async fn take_over_callbacks(
        &self,
        lease: &Lease,
        live: &[AttemptId],
        now: Timestamp,
    ) -> Result<Vec<WaitingCallback>, WriteError> {
        self.ask(|database| {
            let waiting = database.take_over_callbacks(lease, live, now);
            self.0
                .record(|| Done::TakeOver(live.to_vec(), now, waiting.as_ref().ok().cloned()));
            waiting
        })
        .await?
    }

    async fn callback_order(&self, id: &CallbackId) -> Result<Option<CallbackOrder>, StoreError> {
        self.ask(|database| database.callback_order(id)).await
    }

    async fn apply_callback_writes(
        &self,
        lease: &Lease,
        writes: &[CallbackWrite],
    ) -> Result<Vec<CallbackVerdict>, WriteError> {
        self.ask(|database| {
            let verdicts = database.apply_callbacks(lease, writes);
            self.0.note(|| format!("report {writes:?}: {verdicts:?}"));
            self.0
                .record(|| Done::Reports(writes.to_vec(), verdicts.as_ref().ok().cloned()));
            verdicts
        })
        .await?
    }

    async fn record_timetable_answer(
        &self,
        lease: &Lease,
        dag_id: &DagId,
        answer: &TimetableAnswer,
    ) -> Result<bool, WriteError> {
        self.ask(|database| {
            let recorded = database.record_answer(lease, dag_id, answer);
            self.0.note(|| format!("{dag_id}: {answer:?}: {recorded:?}"));
            self.0
                .record(|| Done::Answer(dag_id.clone(), answer.clone(), recorded.as_ref().ok().copied()));
            recorded
        })
        .await?
    }

    async fn record_source(
        &self,
        lease: &Lease,
        record: &SourceRecord<'_>,
        now: Timestamp,
        ids: &dyn IdSource,
    ) -> Result<Recorded, WriteError> {
        self.ask(|database| {
            let recorded = database.record_source(lease, record, now, ids)?;
            let changed = || recorded.changed.iter().map(|dag| (&dag.dag_id, dag.version));
            self.0
                .note(|| format!("a source was read: {:?}", changed().collect::<Vec<_>>()));
            self.0
                .record(|| Done::Source(record.dags.to_vec(), recorded.clone(), now));
            Ok(recorded)
        })
        .await?
    }

    async fn record_import_error(
        &self,
        _: &Lease,
        _: (&str, &str),
        _: &str,
        _: Timestamp,
    ) -> Result<(), WriteError> {
        Ok(())
    }

    async fn remove_source(&self, _: &Lease, _: &str) -> Result<Vec<DagId>, WriteError> {
        Ok(Vec::new())
    }

    async fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        self.ask_jobs().await
    }

    async fn give_up_jobs(&self, lease: &Lease, jobs: &[JobId], _: Timestamp) -> Result<(), WriteError> {
        self.ask_give_up(lease, jobs).await
    }

    async fn assign(
        &self,
        lease: &Lease,
        assignments: &[Assignment],
        killed: &[AttemptId],
    ) -> Result<(), WriteError> {
        self.ask_assign(lease, assignments, killed).await
    }

    async fn assignments(&self) -> Result<Vec<(AttemptId, JobId)>, StoreError> {
        self.ask_assignments().await
    }

    async fn open_asks(&self, asks_max: usize) -> Result<Vec<OpenAsk>, StoreError> {
        self.ask_open_asks(asks_max).await
    }

    async fn answer_asks(
        &self,
        lease: &Lease,
        answers: &[(JobId, Answer)],
        over: &[AttemptId],
    ) -> Result<(), WriteError> {
        self.ask_answer(lease, answers, over).await
    }
}

/// Simulated tasks ask for nothing.
#[async_trait]
impl Lookups for Link {
    async fn xcom(&self, _: &TaskKey, _: &str) -> Result<Option<Value>, StoreError> {
        Ok(None)
    }

    async fn inquire(&self, _: &TaskKey, _: Inquiry) -> Result<ToTask, StoreError> {
        let nothing = ErrorResponse::with_status(404, "nobody asks here");
        Ok(ToTask::ErrorResponse(nothing))
    }

    async fn edit_state_store(
        &self,
        attempt: AttemptId,
        _: &StateStoreChange,
        _: Timestamp,
    ) -> Result<(), StateStoreError> {
        Err(StateStoreError::NotLive { attempt })
    }

    async fn ask_people(&self, attempt: AttemptId, _: &HitlQuestion, _: Timestamp) -> Result<(), HitlError> {
        Err(HitlError::NotLive { attempt })
    }

    async fn answer_for_attempt(&self, attempt: AttemptId, _: &HitlAnswer) -> Result<HitlRow, HitlError> {
        Err(HitlError::NotLive { attempt })
    }

    async fn hitl_asked_by(&self, _: AttemptId) -> Result<Option<HitlRow>, StoreError> {
        Ok(None)
    }

    async fn resumption(&self, attempt: AttemptId) -> Result<Option<Resumption>, StoreError> {
        Ok(self.0.database().resumption(attempt))
    }

    async fn note_waits(&self, _: &[(AttemptId, String)]) -> Result<(), StoreError> {
        Ok(())
    }

    async fn wait_note(&self, _: AttemptId) -> Result<Option<String>, StoreError> {
        Ok(None)
    }

    async fn external_picture(&self, waits: &[&ExternalWait]) -> Result<ExternalPicture, StoreError> {
        Ok(self.0.database().external_picture(waits))
    }

    async fn xcom_or_prior(&self, _: &TaskKey, _: &str) -> Result<Option<Value>, StoreError> {
        Ok(None)
    }

    async fn xcom_since(
        &self,
        _: &TaskKey,
        _: &str,
        _: Option<Timestamp>,
    ) -> Result<Option<XComSince>, StoreError> {
        Ok(None)
    }

    async fn xcom_count(&self, _: &RunKey, _: &TaskId, _: &str) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn xcom_slice(
        &self,
        _: &RunKey,
        _: &TaskId,
        _: &str,
        _: (u64, u64),
    ) -> Result<Vec<Value>, StoreError> {
        Ok(Vec::new())
    }

    async fn lookup_variable(&self, _: &Secrets, _: &str) -> Result<Option<String>, SecretError> {
        Ok(None)
    }

    async fn set_variable(&self, _: &str, _: &str, _: Option<&str>, _: Timestamp) -> Result<(), SecretError> {
        Ok(())
    }

    async fn delete_variable(&self, _: &str) -> Result<bool, StoreError> {
        Ok(false)
    }

    async fn lookup_connection(&self, _: &Secrets, _: &str) -> Result<Option<Connection>, SecretError> {
        Ok(None)
    }
}
