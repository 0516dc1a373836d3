//! The metadata database as the scheduler and its attempts use it.
//!
//! The dispatcher is one task that stays where it is, so what it asks need not be `Send`; attempts ask from anywhere.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt};
use jiff::Timestamp;
use serde_json::Value;
use updraft_model::{
    AttemptId, CallbackId, DagId, ExternalPicture, ExternalWait, HitlAnswer, HitlQuestion, IdSource, Pool,
    QueuedAssetEvent, Resumption, RunKey, TaskId, TaskKey, TimetableAnswer,
};
use updraft_protocol::message::{Inquiry, StateStoreChange, ToTask};
use updraft_secrets::{Connection, Secrets};
use updraft_store::{
    Answer, Assigned, Assignment, AttemptVerdict, AttemptWrite, CallbackOrder, CallbackVerdict,
    CallbackWrite, Change, ChangeListener, CommitError, HitlError, HitlRow, Holder, Job, JobId, Lease,
    LeaseError, NewAsk, OpenAsk, Picture, PlanCommit, Recorded, SecretError, SilentAttempt, SourceRecord,
    StateStoreError, Store, StoreError, StoredDag, StoredRun, TaskTrigger, TaskTriggerError, WaitingCallback,
    WriteError, XComSince,
};

use crate::inquiries::answer_inquiry;

/// What a scheduler asks of its database. [`Store`] is the one; its methods of the same names say what each does. The
/// simulation puts another one in its place, which loses connections and is slow when it is told to.
#[async_trait(?Send)]
pub trait Ledger: Lookups {
    /// [`Store::acquire_scheduler`].
    async fn acquire_scheduler(
        &self,
        holder: &Holder,
        now: Timestamp,
        ttl: Duration,
        is_alive: fn(u32) -> bool,
    ) -> Result<Lease, LeaseError>;

    /// [`Store::renew`].
    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<bool, StoreError>;

    /// [`Store::release`].
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;

    /// [`Store::listen`]: an item whenever another process may have changed something.
    async fn listen(&self, interval_max: Duration) -> Result<BoxStream<'static, ()>, StoreError>;

    /// [`Store::take_changes`].
    async fn take_changes(&self, lease: &Lease, lines_max: usize) -> Result<Vec<Change>, WriteError>;

    /// [`Store::picture`].
    async fn picture(&self) -> Result<Picture, StoreError>;

    /// [`Store::stored_run`].
    async fn stored_run(&self, key: &RunKey) -> Result<Option<StoredRun>, StoreError>;

    /// [`Store::dag`].
    async fn dag(&self, dag_id: &DagId) -> Result<Option<StoredDag>, StoreError>;

    /// [`Store::pools`].
    async fn pools(&self) -> Result<Vec<Pool>, StoreError>;

    /// [`Store::silent_attempts`].
    async fn silent_attempts(&self, before: Timestamp) -> Result<Vec<SilentAttempt>, StoreError>;

    /// [`Store::apply_attempt_writes`].
    async fn apply_attempt_writes(
        &self,
        lease: &Lease,
        writes: &[AttemptWrite],
        now: Timestamp,
    ) -> Result<Vec<AttemptVerdict>, WriteError>;

    /// [`Store::queued_asset_events`].
    async fn queued_asset_events(
        &self,
        attempts: &[AttemptId],
    ) -> Result<Vec<(DagId, QueuedAssetEvent)>, StoreError>;

    /// [`Store::commit_plan`].
    async fn commit_plan(&self, lease: &Lease, plan: &PlanCommit) -> Result<(), CommitError>;

    /// [`Store::trigger_run_for_task`].
    async fn trigger_run_for_task(
        &self,
        wanted: &TaskTrigger,
        now: Timestamp,
    ) -> Result<RunKey, TaskTriggerError>;

    /// [`Store::take_over_callbacks`].
    async fn take_over_callbacks(
        &self,
        lease: &Lease,
        live: &[AttemptId],
        now: Timestamp,
    ) -> Result<Vec<WaitingCallback>, WriteError>;

    /// [`Store::callback_order`].
    async fn callback_order(&self, id: &CallbackId) -> Result<Option<CallbackOrder>, StoreError>;

    /// [`Store::apply_callback_writes`].
    async fn apply_callback_writes(
        &self,
        lease: &Lease,
        writes: &[CallbackWrite],
    ) -> Result<Vec<CallbackVerdict>, WriteError>;

    /// [`Store::record_timetable_answer`].
    async fn record_timetable_answer(
        &self,
        lease: &Lease,
        dag_id: &DagId,
        answer: &TimetableAnswer,
    ) -> Result<bool, WriteError>;

    /// [`Store::record_source`].
    async fn record_source(
        &self,
        lease: &Lease,
        record: &SourceRecord<'_>,
        now: Timestamp,
        ids: &dyn IdSource,
    ) -> Result<Recorded, WriteError>;

    /// [`Store::record_import_error`].
    async fn record_import_error(
        &self,
        lease: &Lease,
        place: (&str, &str),
        message: &str,
        now: Timestamp,
    ) -> Result<(), WriteError>;

    /// [`Store::remove_source`].
    async fn remove_source(&self, lease: &Lease, source: &str) -> Result<Vec<DagId>, WriteError>;

    /// [`Store::jobs`].
    async fn jobs(&self) -> Result<Vec<Job>, StoreError>;

    /// [`Store::give_up_jobs`].
    async fn give_up_jobs(&self, lease: &Lease, jobs: &[JobId], now: Timestamp) -> Result<(), WriteError>;

    /// [`Store::assign`].
    async fn assign(
        &self,
        lease: &Lease,
        assignments: &[Assignment],
        killed: &[AttemptId],
    ) -> Result<(), WriteError>;

    /// [`Store::assignments`].
    async fn assignments(&self) -> Result<Vec<(AttemptId, JobId)>, StoreError>;

    /// [`Store::open_asks`].
    async fn open_asks(&self, asks_max: usize) -> Result<Vec<OpenAsk>, StoreError>;

    /// [`Store::answer_asks`].
    async fn answer_asks(
        &self,
        lease: &Lease,
        answers: &[(JobId, Answer)],
        over: &[AttemptId],
    ) -> Result<(), WriteError>;
}

/// What a process that runs attempts for the scheduler asks of the database.
#[async_trait]
pub trait JobLedger: Lookups {
    /// [`Store::join`].
    async fn join(&self, holder: &Holder, slots: usize, now: Timestamp) -> Result<JobId, StoreError>;

    /// [`Store::beat`].
    async fn beat(&self, job: JobId, slots: usize, now: Timestamp) -> Result<bool, StoreError>;

    /// [`Store::leave`].
    async fn leave(&self, job: JobId, now: Timestamp) -> Result<(), StoreError>;

    /// [`Store::listen_as`]: an item whenever the scheduler may have something for the job.
    async fn listen_as(
        &self,
        job: JobId,
        interval_max: Duration,
    ) -> Result<BoxStream<'static, ()>, StoreError>;

    /// [`Store::assigned`].
    async fn assigned(&self, job: JobId) -> Result<Vec<Assigned>, StoreError>;

    /// [`Store::take_assigned`].
    async fn take_assigned(&self, attempts: &[AttemptId]) -> Result<(), StoreError>;

    /// [`Store::post_asks`].
    async fn post_asks(&self, job: JobId, asks: &[NewAsk]) -> Result<(), StoreError>;

    /// [`Store::answers`].
    async fn answers(&self, job: JobId) -> Result<Vec<Answer>, StoreError>;

    /// [`Store::forget_asks`].
    async fn forget_asks(&self, job: JobId, numbers: &[i64]) -> Result<(), StoreError>;
}

/// What running attempts ask of the database beside that.
#[async_trait]
pub trait Lookups: Send + Sync + 'static {
    /// [`Store::xcom`].
    async fn xcom(&self, task: &TaskKey, key: &str) -> Result<Option<Value>, StoreError>;

    /// [`Store::xcom_or_prior`].
    async fn xcom_or_prior(&self, task: &TaskKey, key: &str) -> Result<Option<Value>, StoreError>;

    /// [`Store::xcom_since`].
    async fn xcom_since(
        &self,
        task: &TaskKey,
        key: &str,
        known: Option<Timestamp>,
    ) -> Result<Option<XComSince>, StoreError>;

    /// [`Store::xcom_count`].
    async fn xcom_count(&self, run: &RunKey, task_id: &TaskId, key: &str) -> Result<u64, StoreError>;

    /// [`Store::xcom_slice`].
    async fn xcom_slice(
        &self,
        run: &RunKey,
        task_id: &TaskId,
        key: &str,
        places: (u64, u64),
    ) -> Result<Vec<Value>, StoreError>;

    /// [`answer_inquiry`].
    async fn inquire(&self, asker: &TaskKey, inquiry: Inquiry) -> Result<ToTask, StoreError>;

    /// [`Store::edit_state_store`].
    async fn edit_state_store(
        &self,
        attempt: AttemptId,
        change: &StateStoreChange,
        now: Timestamp,
    ) -> Result<(), StateStoreError>;

    /// [`Store::ask_people`].
    async fn ask_people(
        &self,
        attempt: AttemptId,
        question: &HitlQuestion,
        now: Timestamp,
    ) -> Result<(), HitlError>;

    /// [`Store::answer_for_attempt`].
    async fn answer_for_attempt(&self, attempt: AttemptId, answer: &HitlAnswer)
    -> Result<HitlRow, HitlError>;

    /// [`Store::hitl_asked_by`].
    async fn hitl_asked_by(&self, attempt: AttemptId) -> Result<Option<HitlRow>, StoreError>;

    /// [`Store::resumption`].
    async fn resumption(&self, attempt: AttemptId) -> Result<Option<Resumption>, StoreError>;

    /// [`Store::external_picture`].
    async fn external_picture(&self, waits: &[&ExternalWait]) -> Result<ExternalPicture, StoreError>;

    /// [`Store::note_waits`].
    async fn note_waits(&self, notes: &[(AttemptId, String)]) -> Result<(), StoreError>;

    /// [`Store::wait_note`].
    async fn wait_note(&self, wait: AttemptId) -> Result<Option<String>, StoreError>;

    /// [`Store::lookup_variable`].
    async fn lookup_variable(&self, places: &Secrets, key: &str) -> Result<Option<String>, SecretError>;

    /// [`Store::set_variable`].
    async fn set_variable(
        &self,
        key: &str,
        value: &str,
        description: Option<&str>,
        now: Timestamp,
    ) -> Result<(), SecretError>;

    /// [`Store::delete_variable`].
    async fn delete_variable(&self, key: &str) -> Result<bool, StoreError>;

    /// [`Store::lookup_connection`].
    async fn lookup_connection(
        &self,
        places: &Secrets,
        conn_id: &str,
    ) -> Result<Option<Connection>, SecretError>;
}

#[async_trait(?Send)]
impl Ledger for Store {
    async fn acquire_scheduler(
        &self,
        holder: &Holder,
        now: Timestamp,
        ttl: Duration,
        is_alive: fn(u32) -> bool,
    ) -> Result<Lease, LeaseError> {
        self.acquire_scheduler(holder, now, ttl, is_alive).await
    }

    async fn renew(&self, lease: &Lease, now: Timestamp, ttl: Duration) -> Result<bool, StoreError> {
        self.renew(lease, now, ttl).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.release(lease).await
    }

    async fn listen(&self, interval_max: Duration) -> Result<BoxStream<'static, ()>, StoreError> {
        Ok(items_of(self.listen(interval_max).await?))
    }

    async fn take_changes(&self, lease: &Lease, lines_max: usize) -> Result<Vec<Change>, WriteError> {
        self.take_changes(lease, lines_max).await
    }

    async fn picture(&self) -> Result<Picture, StoreError> {
        self.picture().await
    }

    async fn stored_run(&self, key: &RunKey) -> Result<Option<StoredRun>, StoreError> {
        self.stored_run(key).await
    }

    async fn dag(&self, dag_id: &DagId) -> Result<Option<StoredDag>, StoreError> {
        self.dag(dag_id).await
    }

    async fn pools(&self) -> Result<Vec<Pool>, StoreError> {
        self.pools().await
    }

    async fn silent_attempts(&self, before: Timestamp) -> Result<Vec<SilentAttempt>, StoreError> {
        self.silent_attempts(before).await
    }

    async fn apply_attempt_writes(
        &self,
        lease: &Lease,
        writes: &[AttemptWrite],
        now: Timestamp,
    ) -> Result<Vec<AttemptVerdict>, WriteError> {
        self.apply_attempt_writes(lease, writes, now).await
    }

    async fn queued_asset_events(
        &self,
        attempts: &[AttemptId],
    ) -> Result<Vec<(DagId, QueuedAssetEvent)>, StoreError> {
        self.queued_asset_events(attempts).await
    }

    async fn commit_plan(&self, lease: &Lease, plan: &PlanCommit) -> Result<(), CommitError> {
        self.commit_plan(lease, plan).await
    }

    async fn trigger_run_for_task(
        &self,
        wanted: &TaskTrigger,
        now: Timestamp,
    ) -> Result<RunKey, TaskTriggerError> {
        self.trigger_run_for_task(wanted, now).await
    }

    async fn take_over_callbacks(
        &self,
        lease: &Lease,
        live: &[AttemptId],
        now: Timestamp,
    ) -> Result<Vec<WaitingCallback>, WriteError> {
        self.take_over_callbacks(lease, live, now).await
    }

    async fn callback_order(&self, id: &CallbackId) -> Result<Option<CallbackOrder>, StoreError> {
        self.callback_order(id).await
    }

    async fn apply_callback_writes(
        &self,
        lease: &Lease,
        writes: &[CallbackWrite],
    ) -> Result<Vec<CallbackVerdict>, WriteError> {
        self.apply_callback_writes(lease, writes).await
    }

    async fn record_timetable_answer(
        &self,
        lease: &Lease,
        dag_id: &DagId,
        answer: &TimetableAnswer,
    ) -> Result<bool, WriteError> {
        self.record_timetable_answer(lease, dag_id, answer).await
    }

    async fn record_source(
        &self,
        lease: &Lease,
        record: &SourceRecord<'_>,
        now: Timestamp,
        ids: &dyn IdSource,
    ) -> Result<Recorded, WriteError> {
        self.record_source(lease, record, now, ids).await
    }

    async fn record_import_error(
        &self,
        lease: &Lease,
        place: (&str, &str),
        message: &str,
        now: Timestamp,
    ) -> Result<(), WriteError> {
        self.record_import_error(lease, place, message, now).await
    }

    async fn remove_source(&self, lease: &Lease, source: &str) -> Result<Vec<DagId>, WriteError> {
        self.remove_source(lease, source).await
    }

    async fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        self.jobs().await
    }

    async fn give_up_jobs(&self, lease: &Lease, jobs: &[JobId], now: Timestamp) -> Result<(), WriteError> {
        self.give_up_jobs(lease, jobs, now).await
    }

    async fn assign(
        &self,
        lease: &Lease,
        assignments: &[Assignment],
        killed: &[AttemptId],
    ) -> Result<(), WriteError> {
        self.assign(lease, assignments, killed).await
    }

    async fn assignments(&self) -> Result<Vec<(AttemptId, JobId)>, StoreError> {
        self.assignments().await
    }

    async fn open_asks(&self, asks_max: usize) -> Result<Vec<OpenAsk>, StoreError> {
        self.open_asks(asks_max).await
    }

    async fn answer_asks(
        &self,
        lease: &Lease,
        answers: &[(JobId, Answer)],
        over: &[AttemptId],
    ) -> Result<(), WriteError> {
        self.answer_asks(lease, answers, over).await
    }
}

#[async_trait]
impl JobLedger for Store {
    async fn join(&self, holder: &Holder, slots: usize, now: Timestamp) -> Result<JobId, StoreError> {
        self.join(holder, slots, now).await
    }

    async fn beat(&self, job: JobId, slots: usize, now: Timestamp) -> Result<bool, StoreError> {
        self.beat(job, slots, now).await
    }

    async fn leave(&self, job: JobId, now: Timestamp) -> Result<(), StoreError> {
        self.leave(job, now).await
    }

    async fn listen_as(
        &self,
        job: JobId,
        interval_max: Duration,
    ) -> Result<BoxStream<'static, ()>, StoreError> {
        Ok(items_of(self.listen_as(job, interval_max).await?))
    }

    async fn assigned(&self, job: JobId) -> Result<Vec<Assigned>, StoreError> {
        self.assigned(job).await
    }

    async fn take_assigned(&self, attempts: &[AttemptId]) -> Result<(), StoreError> {
        self.take_assigned(attempts).await
    }

    async fn post_asks(&self, job: JobId, asks: &[NewAsk]) -> Result<(), StoreError> {
        self.post_asks(job, asks).await
    }

    async fn answers(&self, job: JobId) -> Result<Vec<Answer>, StoreError> {
        self.answers(job).await
    }

    async fn forget_asks(&self, job: JobId, numbers: &[i64]) -> Result<(), StoreError> {
        self.forget_asks(job, numbers).await
    }
}

fn items_of(listener: ChangeListener) -> BoxStream<'static, ()> {
    let next = |mut listener: ChangeListener| async move {
        listener.changed().await;
        Some(((), listener))
    };
    stream::unfold(listener, next).boxed()
}

#[async_trait]
impl Lookups for Store {
    async fn xcom(&self, task: &TaskKey, key: &str) -> Result<Option<Value>, StoreError> {
        self.xcom(task, key).await
    }

    async fn xcom_or_prior(&self, task: &TaskKey, key: &str) -> Result<Option<Value>, StoreError> {
        self.xcom_or_prior(task, key).await
    }

    async fn xcom_since(
        &self,
        task: &TaskKey,
        key: &str,
        known: Option<Timestamp>,
    ) -> Result<Option<XComSince>, StoreError> {
        self.xcom_since(task, key, known).await
    }

    async fn xcom_count(&self, run: &RunKey, task_id: &TaskId, key: &str) -> Result<u64, StoreError> {
        self.xcom_count(run, task_id, key).await
    }

    async fn xcom_slice(
        &self,
        run: &RunKey,
        task_id: &TaskId,
        key: &str,
        places: (u64, u64),
    ) -> Result<Vec<Value>, StoreError> {
        self.xcom_slice(run, task_id, key, places).await
    }

    async fn inquire(&self, asker: &TaskKey, inquiry: Inquiry) -> Result<ToTask, StoreError> {
        answer_inquiry(self, asker, inquiry).await
    }

    async fn edit_state_store(
        &self,
        attempt: AttemptId,
        change: &StateStoreChange,
        now: Timestamp,
    ) -> Result<(), StateStoreError> {
        self.edit_state_store(attempt, (&change.of, &change.edit), now)
            .await
    }

    async fn ask_people(
        &self,
        attempt: AttemptId,
        question: &HitlQuestion,
        now: Timestamp,
    ) -> Result<(), HitlError> {
        self.ask_people(attempt, question, now).await
    }

    async fn answer_for_attempt(
        &self,
        attempt: AttemptId,
        answer: &HitlAnswer,
    ) -> Result<HitlRow, HitlError> {
        self.answer_for_attempt(attempt, answer).await
    }

    async fn hitl_asked_by(&self, attempt: AttemptId) -> Result<Option<HitlRow>, StoreError> {
        self.hitl_asked_by(attempt).await
    }

    async fn resumption(&self, attempt: AttemptId) -> Result<Option<Resumption>, StoreError> {
        self.resumption(attempt).await
    }

    async fn external_picture(&self, waits: &[&ExternalWait]) -> Result<ExternalPicture, StoreError> {
        self.external_picture(waits).await
    }

    async fn note_waits(&self, notes: &[(AttemptId, String)]) -> Result<(), StoreError> {
        self.note_waits(notes).await
    }

    async fn wait_note(&self, wait: AttemptId) -> Result<Option<String>, StoreError> {
        self.wait_note(wait).await
    }

    async fn lookup_variable(&self, places: &Secrets, key: &str) -> Result<Option<String>, SecretError> {
        self.lookup_variable(places, key).await
    }

    async fn set_variable(
        &self,
        key: &str,
        value: &str,
        description: Option<&str>,
        now: Timestamp,
    ) -> Result<(), SecretError> {
        self.set_variable(key, value, description, now).await
    }

    async fn delete_variable(&self, key: &str) -> Result<bool, StoreError> {
        self.delete_variable(key).await
    }

    async fn lookup_connection(
        &self,
        places: &Secrets,
        conn_id: &str,
    ) -> Result<Option<Connection>, SecretError> {
        self.lookup_connection(places, conn_id).await
    }
}
