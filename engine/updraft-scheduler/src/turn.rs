//! One turn of the dispatcher: write what attempts reported, take over what changed, plan, commit, act.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use updraft_executor::ExecutorEvent;
use updraft_model::{
    AttemptId, AttemptOutcome, DagId, Deferral, Returned, RunKey, SKIP_DECISION_KEY, SkipDecision, TaskId,
    TaskKey, Unmappable,
};
use updraft_planner::{Decision, PlannerEvent, WantsReturned};
use updraft_protocol::message::{OutletEventResult, RETURN_VALUE, TaskInstance};
use updraft_store::{
    AttemptVerdict, AttemptWrite, AttemptWriteKind, Change, CommitError, NewWait, StoreError, WriteError,
};
use updraft_worker::{ApiError, AttemptEnd, Outcome, Workload};

use crate::convert::{self, Tries};
use crate::crew::AssignedWorkload;
use crate::dispatcher::{Scheduler, TurnError};
use crate::gateway::{Ask, Briefing, Live, Reply, Write, not_live};
use crate::inbox::Batch;
use crate::sources::Database;
use crate::timetables::Told;
use crate::waits::EndedWait;

/// How many lines of the change feed are taken at a time.
const LINES_MAX: usize = 256;

/// What is written in one transaction, and what follows from each write.
#[derive(Default)]
pub(crate) struct Reports {
    writes: Vec<AttemptWrite>,
    pending: Vec<Pending>,
}

/// What has happened beside what attempts report.
struct News {
    changed: bool,
    waits: Vec<EndedWait>,
    told: Vec<Told>,
}

/// How an attempt ended, and in which words.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) attempt: AttemptId,
    pub(crate) key: TaskKey,
    pub(crate) outcome: AttemptOutcome,
    pub(crate) words: String,
    /// What its task waits for, if it is deferred.
    pub(crate) deferral: Option<Box<Deferral>>,
    /// Tasks that it wants skipped.
    pub(crate) skipped: Vec<TaskId>,
    /// What it says about the assets that its task has updated.
    pub(crate) outlet_events: Vec<OutletEventResult>,
    /// How long to wait before the next try, if the attempt says so.
    pub(crate) retry_delay: Option<Duration>,
    pub(crate) at: Timestamp,
}

/// A write that waits for its verdict.
struct Pending {
    key: TaskKey,
    /// What the planner is told if it is accepted.
    event: Option<PlannerEvent>,
    /// Which try has ended with it, if it is the end of an attempt.
    ended_try: Option<u32>,
    /// Who is told; nobody for what the dispatcher writes by itself.
    reply: Option<Reply>,
}

impl Scheduler {
    /// Does everything that a batch calls for, and what an earlier turn could not do.
    ///
    /// If it fails, the planner's picture may be ahead of the database, and lines of the change feed may be lost: the next
    /// turn begins with reading everything again.
    pub(crate) async fn turn(&mut self, batch: Batch) -> Result<(), TurnError> {
        self.note(batch.executor);
        self.note_deliveries(&batch.callbacks);
        self.sources.extend(batch.sources);
        if self.is_stale
            && let Err(error) = self.reread().await
        {
            refuse_all(batch.asks.into_iter().map(|ask| ask.reply), &error);
            return Err(error);
        }
        self.is_stale = false;
        let news = News {
            changed: batch.changed,
            waits: batch.waits,
            told: batch.told,
        };
        let done = self.go_on(batch.asks, news).await;
        self.is_stale |= done.is_err();
        done
    }

    async fn go_on(&mut self, mut asks: Vec<Ask>, news: News) -> Result<(), TurnError> {
        self.fleet.has_open_asks |= news.changed;
        let letters = match self.open_letters(&mut asks).await {
            Ok(letters) => letters,
            Err(error) => {
                refuse_all(asks.into_iter().map(|ask| ask.reply), &error);
                return Err(error);
            }
        };
        self.write_reports(asks).await?;
        self.answer_letters(letters).await?;
        self.take_sources().await?;
        if news.changed {
            self.take_changes().await?;
        }
        self.end_waits(news.waits);
        self.take_told(news.told).await?;
        if self.has_scanned {
            self.plan().await?;
            self.ask_timetables();
        }
        self.tell_members().await?;
        self.deliver().await;
        Ok(())
    }

    /// Hears of attempts that are over. One whose end could not be written is lost, unless it had been replaced.
    pub(crate) fn note(&mut self, events: Vec<ExecutorEvent>) {
        for event in events {
            let Some(attempt) = event.attempt() else {
                continue;
            };
            if let ExecutorEvent::NotReported {
                error: ApiError::Unavailable(words),
                outcome,
                ..
            } = event
                && let Some(key) = self.gateway.key(attempt)
            {
                match outcome {
                    Some(_) => tracing::warn!(
                        task = %key,
                        "the end of an attempt could not be written ({words}); it counts as lost"
                    ),
                    None => tracing::warn!(task = %key, "an attempt is lost: {words}"),
                }
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
        }
    }

    /// Writes what attempts reported, and the ends that they could not report, in one transaction, and tells the planner
    /// what was accepted.
    pub(crate) async fn write_reports(&mut self, asks: Vec<Ask>) -> Result<(), TurnError> {
        let mut reports = Reports::default();
        let is_trigger = |ask: &Ask| matches!(ask.write, Write::Trigger(_));
        let (triggers, asks): (Vec<Ask>, Vec<Ask>) = asks.into_iter().partition(is_trigger);
        let is_delivery = |ask: &Ask| self.callbacks.is_delivery(ask.attempt);
        let (of_deliveries, of_attempts): (Vec<Ask>, Vec<Ask>) = asks.into_iter().partition(is_delivery);
        for ask in of_attempts {
            self.prepare(ask, &mut reports);
        }
        let ends = std::mem::take(&mut self.ends);
        for end in &ends {
            self.prepare_end(end.clone(), None, &mut reports);
        }
        if let Err(error) = self.apply(reports).await {
            self.ends = ends;
            let unheard = of_deliveries.into_iter().chain(triggers);
            refuse_all(unheard.map(|ask| ask.reply), &error);
            return Err(error);
        }
        self.write_deliveries(of_deliveries).await?;
        self.make_runs(triggers).await;
        Ok(())
    }

    #[expect(clippy::too_many_lines, reason = "one arm per kind of write")]
    fn prepare(&mut self, ask: Ask, reports: &mut Reports) {
        let Ask {
            attempt,
            write,
            reply,
        } = ask;
        let Some(key) = self.gateway.key(attempt) else {
            let _ = reply.send(Err(not_live(attempt)));
            return;
        };
        let (kind, event) = match write {
            Write::Start(start) => {
                let at = start.start_date;
                let event = PlannerEvent::AttemptStarted {
                    key: key.clone(),
                    attempt,
                    at,
                };
                let (hostname, unixname, pid) = (start.hostname, start.unixname, start.pid);
                (
                    AttemptWriteKind::Start {
                        hostname,
                        unixname,
                        pid,
                        at,
                    },
                    Some(event),
                )
            }
            Write::Heartbeat(heartbeat) => {
                let progress = heartbeat
                    .progress
                    .and_then(|progress| serde_json::to_value(progress).ok());
                (
                    AttemptWriteKind::Heartbeat {
                        at: self.clock.now(),
                        progress,
                    },
                    None,
                )
            }
            Write::SetXCom { key: name, value } => {
                let returned = match self.returned(&key, &name, &value) {
                    Ok(returned) => returned,
                    Err(unmappable) => {
                        let _ = reply.send(Err(ApiError::Refused(unmappable.to_string())));
                        return;
                    }
                };
                let decision = SkipDecision::from_xcom(&value);
                let event = skip_decided(&key, attempt, &name, decision);
                let event = event.or_else(|| returned.map(|_| has_returned(&key, attempt, returned)));
                let kind = AttemptWriteKind::SetXCom {
                    key: name,
                    value,
                    returned,
                };
                (kind, event)
            }
            Write::DeleteXCom { key: name } => {
                let event = skip_decided(&key, attempt, &name, None);
                let is_returned = name == RETURN_VALUE;
                let event = event.or_else(|| is_returned.then(|| has_returned(&key, attempt, None)));
                (AttemptWriteKind::DeleteXCom { key: name }, event)
            }
            Write::RenderedMapIndex { text } => (AttemptWriteKind::RenderedMapIndex { text }, None),
            Write::RenderedFields { fields } => (AttemptWriteKind::RenderedFields { fields }, None),
            Write::CallbackDone { .. } | Write::Trigger(_) => {
                let message = "an attempt at a task has no such thing to write".to_owned();
                // A worker that has gone away needs no answer.
                let _ = reply.send(Err(ApiError::Refused(message)));
                return;
            }
            Write::End(AttemptEnd {
                outcome,
                end_date: at,
                progress,
                skipped,
                outlet_events,
                retry_delay,
            }) => {
                if let Some(progress) = progress.and_then(|progress| serde_json::to_value(progress).ok()) {
                    let kind = AttemptWriteKind::Heartbeat {
                        at,
                        progress: Some(progress),
                    };
                    reports.writes.push(AttemptWrite { attempt, kind });
                    reports.pending.push(Pending {
                        key: key.clone(),
                        event: None,
                        ended_try: None,
                        reply: None,
                    });
                }
                let words = outcome.to_string();
                let end = End {
                    attempt,
                    key,
                    words,
                    outcome: convert::outcome(&outcome, at),
                    deferral: match outcome {
                        Outcome::Deferred(deferral) => Some(deferral),
                        _ => None,
                    },
                    skipped: skipped.into_iter().map(|task| task.task_id).collect(),
                    outlet_events,
                    retry_delay,
                    at,
                };
                self.prepare_end(end, Some(reply), reports);
                return;
            }
        };
        reports.writes.push(AttemptWrite { attempt, kind });
        reports.pending.push(Pending {
            key,
            event,
            ended_try: None,
            reply: Some(reply),
        });
    }

    /// What a value that an attempt leaves is to tasks that are mapped over what its task returns. `None` if none are, or it
    /// is another value.
    fn returned(&self, key: &TaskKey, name: &str, value: &Value) -> Result<Option<Returned>, Unmappable> {
        if name != RETURN_VALUE {
            return Ok(None);
        }
        match self.planner.wants_returned(key) {
            WantsReturned::Nobody => Ok(None),
            WantsReturned::OfEachCopy => Ok(Some(Returned::of(value))),
            WantsReturned::Items => Returned::mappable(value, self.options.max_map_length).map(Some),
        }
    }

    /// Asks the planner what the end makes of the task, and adds it to what is written.
    pub(crate) fn prepare_end(&mut self, end: End, reply: Option<Reply>, reports: &mut Reports) {
        let End {
            attempt,
            key,
            outcome,
            words,
            deferral,
            skipped,
            outlet_events,
            retry_delay,
            at,
        } = end;
        let end = updraft_planner::AttemptEnd {
            key: key.clone(),
            attempt,
            outcome,
            skipped,
            retry_delay,
            at,
        };
        let Ok(effect) = self.planner.end_of_attempt(&end) else {
            if let Some(reply) = reply {
                // A worker that has gone away needs no answer.
                let _ = reply.send(Err(not_live(attempt)));
            }
            return;
        };
        let run = self.runs.of(&key);
        let callbacks = run.map_or_else(Vec::new, |run| {
            convert::callbacks_of_end(&run.spec, &end, &effect, &words)
        });
        let kind = AttemptWriteKind::End {
            at,
            attempt_state: convert::attempt_state(outcome),
            outcome: words,
            task_state: effect.state,
            max_tries: effect.max_tries,
            lost_in_row: effect.lost_in_row,
            next_try_at: effect.next_try_at,
            reschedules: effect.reschedules,
            wait: effect.wait.zip(deferral).map(|(times, deferral)| {
                let deferral = *deferral;
                Box::new(NewWait { deferral, times })
            }),
            skipped: effect.skipped,
            callbacks,
            ref_events: self.ref_events_of(&key, effect.state, &outlet_events),
            events: self.events_of(&key, effect.state, outlet_events),
        };
        let event = PlannerEvent::AttemptEnded(end);
        reports.writes.push(AttemptWrite { attempt, kind });
        reports.pending.push(Pending {
            key,
            event: Some(event),
            ended_try: Some(effect.try_number),
            reply,
        });
    }

    /// Writes everything in one transaction, answers who asked, and tells the planner what was accepted.
    pub(crate) async fn apply(&mut self, reports: Reports) -> Result<(), TurnError> {
        let Reports { writes, pending } = reports;
        if writes.is_empty() {
            return Ok(());
        }
        let verdicts = match self
            .store
            .apply_attempt_writes(&self.lease, &writes, self.clock.now())
            .await
        {
            Ok(verdicts) => verdicts,
            Err(error) => {
                let error = lease_or_store(error);
                refuse_all(pending.into_iter().filter_map(|pending| pending.reply), &error);
                return Err(error);
            }
        };
        self.take_asset_events(&writes, &verdicts).await?;
        for ((write, pending), verdict) in writes.iter().zip(pending).zip(verdicts) {
            if let (AttemptVerdict::Accepted, AttemptWriteKind::End { callbacks, .. }) =
                (verdict, &write.kind)
            {
                for new in callbacks {
                    self.callbacks.wait(new.into());
                }
            }
            if let (
                AttemptVerdict::Accepted,
                AttemptWriteKind::End { wait: Some(new), .. },
                Some(try_number),
            ) = (verdict, &write.kind, pending.ended_try)
            {
                self.look_after(pending.key.clone(), try_number, write.attempt, &new.deferral);
            }
            let answer = self.settle(write.attempt, &pending, verdict);
            if let Some(reply) = pending.reply {
                // A worker that has gone away needs no answer.
                let _ = reply.send(answer);
            }
        }
        Ok(())
    }

    fn settle(
        &mut self,
        attempt: AttemptId,
        pending: &Pending,
        verdict: AttemptVerdict,
    ) -> Result<(), ApiError> {
        match verdict {
            AttemptVerdict::Accepted => {
                if matches!(pending.event, Some(PlannerEvent::AttemptEnded(_))) {
                    self.touch_run(&pending.key.run_key());
                }
                if let Some(event) = &pending.event
                    && let Err(error) = self.planner.apply(event)
                {
                    // The store is right. A change by another process, which is on its way, explains the difference.
                    tracing::debug!(task = %pending.key, "the planner does not know this: {error}");
                }
                Ok(())
            }
            AttemptVerdict::Repeated => {
                // The planner took the attempt for a live one: it was not told that the database had done it before.
                self.is_stale |= matches!(pending.event, Some(PlannerEvent::AttemptEnded(_)));
                Ok(())
            }
            AttemptVerdict::NotLive { .. } | AttemptVerdict::NotFound => Err(not_live(attempt)),
            AttemptVerdict::TooLarge { bytes, bytes_max } => Err(ApiError::Refused(format!(
                "the value has {bytes} bytes, at most {bytes_max} are allowed; leave it in a file or database and pass its place"
            ))),
        }
    }

    /// Records what was found in the DAGs folder, one source after the other; what fails is tried again.
    async fn take_sources(&mut self) -> Result<(), TurnError> {
        while let Some(change) = self.sources.front() {
            let database = Database {
                store: self.store.as_ref(),
                lease: &self.lease,
                now: self.clock.now(),
                ids: self.ids.as_ref(),
            };
            let taken = self.launches.take(change, &database).await;
            let effect = taken.map_err(lease_or_store)?;
            self.sources.pop_front();
            self.knows_unreadable = false;
            for dag in &effect.replaced {
                self.planner.replace_dag(&convert::dag(dag));
            }
            for dag_id in &effect.removed {
                self.planner.remove_dag(dag_id);
            }
            for dag_id in &effect.read {
                self.planner.ask_again(dag_id);
            }
        }
        Ok(())
    }

    /// Reads again what other processes changed.
    async fn take_changes(&mut self) -> Result<(), TurnError> {
        loop {
            let taken = self.store.take_changes(&self.lease, LINES_MAX).await;
            let changes = taken.map_err(lease_or_store)?;
            if changes.is_empty() {
                return Ok(());
            }
            for change in changes {
                match change {
                    Change::Run(key) => self.reload_run(key).await?,
                    Change::Dag(dag_id) => {
                        if let Some(dag) = self.store.dag(&dag_id).await? {
                            self.planner.replace_dag(&convert::dag(&dag));
                            self.knows_unreadable = false;
                        } else {
                            self.planner.remove_dag(&dag_id);
                        }
                    }
                    Change::Pools => self.planner.replace_pools(&self.store.pools().await?),
                }
            }
        }
    }

    async fn reload_run(&mut self, key: RunKey) -> Result<(), TurnError> {
        let gone = if let Some(run) = self.store.stored_run(&key).await? {
            let unwanted = self.planner.replace_run(&convert::run(&run));
            self.look_after_run(&run);
            self.runs.insert(run);
            self.touch_run(&key);
            unwanted
        } else {
            self.runs.remove(&key);
            let unwanted = self.planner.remove_run(&key);
            self.give_up_waits(&key);
            self.reload_what_looks_back(&key.dag_id).await?;
            unwanted
        };
        let over: BTreeSet<AttemptId> = gone.into_iter().filter(|attempt| !self.kill(*attempt)).collect();
        if over.is_empty() {
            return Ok(());
        }
        // A task was cleared in the moment in which its attempt ended, so that the end was refused: nothing will report it.
        let restarting = self
            .planner
            .live_attempts()
            .filter(|(_, attempt, _)| over.contains(attempt));
        let restarting = restarting.map(|(key, attempt, _)| (key, attempt)).collect();
        self.lose(restarting, "ended while its task was cleared").await
    }

    /// A run of the DAG is gone: another one comes before those that look back.
    async fn reload_what_looks_back(&mut self, dag_id: &DagId) -> Result<(), TurnError> {
        for key in self.runs.that_look_back(dag_id) {
            if let Some(run) = self.store.stored_run(&key).await? {
                self.planner.replace_run(&convert::run(&run));
            }
        }
        Ok(())
    }

    /// Plans, commits, and only then acts.
    async fn plan(&mut self) -> Result<(), TurnError> {
        loop {
            if !self.knows_unreadable {
                self.planner
                    .hold_unreadable(|dag_id| self.launches.of(dag_id).is_some());
                self.knows_unreadable = true;
            }
            let free_slots = self.executor.free_slots() + self.fleet.free_slots();
            let plan = self.planner.plan(self.clock.now(), self.ids.as_ref(), free_slots);
            for problem in &plan.report.problems {
                tracing::error!(dag.id = %problem.dag_id, "{}", problem.message);
            }
            if plan.decisions.is_empty() {
                return Ok(());
            }
            let commit = convert::commit(&plan, &self.runs);
            match self.store.commit_plan(&self.lease, &commit).await {
                Ok(()) => {
                    for new in &commit.callbacks {
                        self.callbacks.wait(new.into());
                    }
                }
                Err(CommitError::LeaseLost) => return Err(TurnError::LeaseLost),
                Err(CommitError::Store(error)) => return Err(error.into()),
                Err(conflict @ CommitError::Conflict { .. }) => {
                    // Another process was faster: what it changed is read, and everything is planned again.
                    tracing::debug!("{conflict}; planning again");
                    self.reread().await?;
                    continue;
                }
            }
            let made_runs_look_back = self.act(plan.decisions).await?;
            if self.ends.is_empty() && !made_runs_look_back {
                return Ok(());
            }
            self.write_reports(Vec::new()).await?;
        }
    }

    /// Does what was committed. Gives whether runs were made that the planner now knows more of, so that it is to be asked
    /// again.
    async fn act(&mut self, decisions: Vec<Decision>) -> Result<bool, TurnError> {
        let mut made_runs_look_back = false;
        self.note_waits(&decisions);
        for decision in decisions {
            match decision {
                Decision::CreateRun(run) if run.spec.looks_back() => {
                    made_runs_look_back = true;
                    self.reload_run(run.key).await?;
                }
                Decision::CreateRun(run) => self.remember(&run.key).await?,
                Decision::StartRun { key, at } => {
                    tracing::info!(dag.id = %key.dag_id, run.id = %key.run_id, "run {key} started");
                    if let Some(run) = self.runs.get_mut(&key) {
                        run.state = updraft_model::DagRunState::Running;
                        run.start_date = Some(at);
                    }
                }
                Decision::FinishRun { key, state, .. } => {
                    tracing::info!(dag.id = %key.dag_id, run.id = %key.run_id, "run {key} ended: {state}");
                    self.runs.remove(&key);
                }
                Decision::Queue {
                    key,
                    attempt,
                    try_number,
                    max_tries,
                    reschedules,
                    began_at,
                    resumes,
                    ..
                } => {
                    let tries = Tries {
                        try_number,
                        max_tries,
                        reschedules,
                        began_at,
                        resumes,
                    };
                    self.submit(key, attempt, tries);
                }
                Decision::Kill { attempt, .. } | Decision::Abandon { attempt, .. } => {
                    // One that is not here is over already.
                    self.kill(attempt);
                }
                Decision::CompleteBackfill { dag_id, backfill, .. } => {
                    tracing::info!(dag.id = %dag_id, "backfill {backfill} of `{dag_id}` is complete");
                }
                Decision::MissDeadline { key, reason, .. } => {
                    tracing::warn!(dag.id = %key.dag_id, run.id = %key.run_id, "run {key} missed a deadline: {reason}");
                }
                Decision::AdvanceDag { .. }
                | Decision::SetDeadline { .. }
                | Decision::MeetDeadline { .. }
                | Decision::ConsumeAssets { .. }
                | Decision::Expand { .. }
                | Decision::SetTask { .. }
                | Decision::Resume { .. }
                | Decision::Retry { .. } => {}
            }
        }
        Ok(made_runs_look_back)
    }

    /// A run was made: what its attempts are told is kept.
    async fn remember(&mut self, key: &RunKey) -> Result<(), StoreError> {
        if let Some(run) = self.store.stored_run(key).await? {
            self.runs.insert(run);
        }
        Ok(())
    }

    /// Hands an attempt to the executor, or to the member of the crew with more room. One that cannot be handed over ends at once, and the task is told why.
    fn submit(&mut self, key: TaskKey, attempt: AttemptId, tries: Tries) {
        let run = self.runs.of(&key);
        let spec = run.and_then(|run| run.spec.task(&key.task_id).map(|task| (run, task)));
        let Some((run, task)) = spec else {
            tracing::error!(task = %key, "a task was queued that its run does not have");
            return;
        };
        let map_lengths = self.planner.map_lengths(&key);
        let context = convert::context(run, tries, map_lengths, &self.options);
        let ti = TaskInstance {
            id: attempt,
            task_id: key.task_id.clone(),
            dag_id: key.dag_id.clone(),
            run_id: key.run_id.clone(),
            try_number: tries.try_number,
            dag_version_id: run.version,
            map_index: key.map_index,
            hostname: None,
            queue: task.queue.clone(),
        };
        let execution_timeout = task.execution_timeout;
        let told = Briefing {
            context,
            resumes: tries.resumes,
        };
        let Some(launch) = self.launches.of(&key.dag_id).cloned() else {
            self.refuse(
                attempt,
                &key,
                "no source of its DAG can be read; see `updraft dags list-import-errors`",
            );
            return;
        };
        let member = self.fleet.with_more_room_than(self.executor.free_slots());
        self.gateway.add(
            attempt,
            Live {
                key: key.clone(),
                told: member.is_none().then(|| told.clone()),
            },
        );
        if let Some(job) = member {
            let workload = AssignedWorkload {
                ti,
                source: launch.source.clone(),
                execution_timeout,
                told,
            };
            return self.assign(job, &workload);
        }
        let workload = Workload {
            ti,
            launch,
            execution_timeout,
            callback: None,
        };
        if let Err(error) = self.executor.submit(workload) {
            self.refuse(attempt, &key, &error.to_string());
        }
    }

    /// Notes an attempt that never ran; its end is written before anything else is planned.
    fn refuse(&mut self, attempt: AttemptId, key: &TaskKey, why: &str) {
        tracing::error!(task = %key, "attempt could not be run: {why}");
        let outcome = Outcome::CouldNotRun {
            reason: why.to_owned(),
        };
        self.ends.push(End {
            attempt,
            key: key.clone(),
            outcome: convert::outcome(&outcome, self.clock.now()),
            words: outcome.to_string(),
            deferral: None,
            skipped: Vec::new(),
            outlet_events: Vec::new(),
            retry_delay: None,
            at: self.clock.now(),
        });
        self.gateway.remove(attempt);
    }
}

/// What the planner is told when an attempt leaves or takes back its decision about the tasks after it.
fn skip_decided(
    key: &TaskKey,
    attempt: AttemptId,
    xcom: &str,
    decision: Option<SkipDecision>,
) -> Option<PlannerEvent> {
    (xcom == SKIP_DECISION_KEY).then(|| PlannerEvent::SkipDecided {
        key: key.clone(),
        attempt,
        decision,
    })
}

/// What the planner is told when an attempt leaves or takes back what its task returns.
fn has_returned(key: &TaskKey, attempt: AttemptId, returned: Option<Returned>) -> PlannerEvent {
    PlannerEvent::Returned {
        key: key.clone(),
        attempt,
        returned,
    }
}

/// Tells everybody who asked that nothing was done; they ask again.
pub(crate) fn refuse_all(replies: impl Iterator<Item = Reply>, error: &TurnError) {
    let why = crate::error::chain(error);
    for reply in replies {
        // A worker that has gone away needs no answer.
        let _ = reply.send(Err(ApiError::Unavailable(why.clone())));
    }
}

pub(crate) fn lease_or_store(error: WriteError) -> TurnError {
    match error {
        WriteError::LeaseLost => TurnError::LeaseLost,
        WriteError::Store(error) => TurnError::Store(error),
    }
}
