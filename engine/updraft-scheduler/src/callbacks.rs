//! Delivers callbacks: which row of the outbox goes to a process next, and what comes of it.
//!
//! Each event has a row, written with what it is about. A row is claimed before a process begins with it, and is done when
//! the process has said so; what was claimed and not done when the scheduler ended is delivered again. Deliveries have an
//! executor of their own and a limit per DAG, so that they take no slot from tasks, and DAGs do not wait for each other.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::time::Duration;

use jiff::Timestamp;
use updraft_executor::{Executor, ExecutorEvent};
use updraft_model::{AttemptId, CallbackId, DagId, DeadlineName, MapIndex, TaskId, TaskKey};
use updraft_protocol::message::{CallbackOrder as Order, CallbackScope, MissedDeadline, TaskInstance};
use updraft_store::{
    AfterDelivery, CallbackDeadline, CallbackOrder, CallbackVerdict, CallbackWrite, CallbackWriteKind,
    WaitingCallback,
};
use updraft_worker::{ApiError, KillReason, Outcome, Workload};

use crate::convert::{self, Tries};
use crate::dispatcher::{Scheduler, TurnError};
use crate::gateway::{Ask, Briefing, Live, Reply, Write, not_live};
use crate::turn::{lease_or_store, refuse_all};

/// How often callbacks are tried before they are given up.
const TRIES_MAX: u32 = 4;

/// The pause after the first failed delivery; each further one is three times as long.
const FIRST_PAUSE: Duration = Duration::from_secs(10);

/// Rows that wait for their delivery, and those that are being delivered.
pub(crate) struct Callbacks {
    pub(crate) executor: Box<dyn Executor>,
    /// How many deliveries of one DAG there are at a time, at most.
    per_dag: usize,
    /// By DAG, the one that waits longest first.
    waiting: BTreeMap<DagId, BTreeSet<(Timestamp, CallbackId)>>,
    delivering: BTreeMap<AttemptId, Delivery>,
    /// Deliveries whose end nobody reports any more.
    lost: Vec<AttemptId>,
    /// The DAG that had a turn last.
    last: Option<DagId>,
}

/// A row in the hands of a process.
#[derive(Debug, Clone)]
struct Delivery {
    id: CallbackId,
    dag_id: DagId,
    /// Which try this is, from 1.
    number: u32,
}

/// A write that waits for its verdict.
struct Pending {
    /// What the end of the delivery makes of its row; `None` if it goes on.
    then: Option<AfterDelivery>,
    reply: Option<Reply>,
}

impl Callbacks {
    pub(crate) fn new(executor: Box<dyn Executor>, per_dag: usize) -> Self {
        Self {
            executor,
            per_dag,
            waiting: BTreeMap::new(),
            delivering: BTreeMap::new(),
            lost: Vec::new(),
            last: None,
        }
    }

    /// A row was written, or is to be tried again.
    pub(crate) fn wait(&mut self, WaitingCallback { id, dag_id, at }: WaitingCallback) {
        self.waiting.entry(dag_id).or_default().insert((at, id));
    }

    pub(crate) fn is_delivery(&self, attempt: AttemptId) -> bool {
        self.delivering.contains_key(&attempt)
    }

    /// When a row could be delivered that waits for a time; `None` if there is none, or no room.
    pub(crate) fn next_wake(&self, can_deliver: impl Fn(&DagId) -> bool) -> Option<Timestamp> {
        if self.executor.free_slots() == 0 {
            return None;
        }
        let open = self
            .waiting
            .iter()
            .filter(|(dag_id, _)| self.has_room(dag_id) && can_deliver(dag_id));
        open.filter_map(|(_, rows)| Some(rows.first()?.0)).min()
    }

    fn has_room(&self, dag_id: &DagId) -> bool {
        let of_dag = self
            .delivering
            .values()
            .filter(|delivery| delivery.dag_id == *dag_id);
        of_dag.count() < self.per_dag
    }

    /// Takes the next row that is due; DAGs have turns.
    fn take_due(&mut self, now: Timestamp, can_deliver: impl Fn(&DagId) -> bool) -> Option<WaitingCallback> {
        if self.executor.free_slots() == 0 {
            return None;
        }
        let is_due =
            |rows: &BTreeSet<(Timestamp, CallbackId)>| rows.first().is_some_and(|(at, _)| *at <= now);
        let after = self.last.clone().map_or(Bound::Unbounded, Bound::Excluded);
        let in_turn = self.waiting.range((after, Bound::Unbounded)).chain(&self.waiting);
        let mut open =
            in_turn.filter(|(dag_id, rows)| is_due(rows) && self.has_room(dag_id) && can_deliver(dag_id));
        let dag_id = open.next().map(|(dag_id, _)| dag_id.clone())?;
        let rows = self.waiting.get_mut(&dag_id)?;
        let (at, id) = rows.pop_first()?;
        if rows.is_empty() {
            self.waiting.remove(&dag_id);
        }
        self.last = Some(dag_id.clone());
        Some(WaitingCallback { id, dag_id, at })
    }

    /// Hears of a delivery that is over. One whose end was not written is lost, unless the database knows better.
    fn note(&mut self, event: &ExecutorEvent) {
        if let Some(attempt) = event.attempt()
            && self.is_delivery(attempt)
        {
            self.lost.push(attempt);
        }
    }

    /// What the end of a delivery makes of its row.
    fn after(&self, attempt: AttemptId, outcome: &Outcome, at: Timestamp) -> AfterDelivery {
        let number = self
            .delivering
            .get(&attempt)
            .map_or(1, |delivery| delivery.number);
        match outcome {
            Outcome::Success | Outcome::Skipped { .. } => AfterDelivery::Success,
            // The engine went away, not the callback.
            Outcome::Killed {
                reason: KillReason::Shutdown | KillReason::EngineUnreachable,
            } => AfterDelivery::Again,
            outcome if !outcome.is_retryable() || number >= TRIES_MAX => AfterDelivery::GiveUp,
            _ => {
                let pause = FIRST_PAUSE * 3_u32.saturating_pow(number - 1);
                AfterDelivery::Retry(at.checked_add(pause).unwrap_or(Timestamp::MAX))
            }
        }
    }

    /// A delivery is over, and the database knows it.
    fn settle(&mut self, attempt: AttemptId, then: AfterDelivery, now: Timestamp) {
        let Some(Delivery { id, dag_id, .. }) = self.delivering.remove(&attempt) else {
            return;
        };
        match then {
            AfterDelivery::Success | AfterDelivery::GiveUp => {}
            AfterDelivery::Retry(at) => self.wait(WaitingCallback { id, dag_id, at }),
            AfterDelivery::Again => self.wait(WaitingCallback { id, dag_id, at: now }),
        }
    }
}

impl Scheduler {
    /// Takes over from the database what waits for its delivery; what another scheduler was delivering waits again.
    pub(crate) async fn recover_callbacks(&mut self) -> Result<(), TurnError> {
        let live: Vec<AttemptId> = self.callbacks.delivering.keys().copied().collect();
        let taken = self
            .store
            .take_over_callbacks(&self.lease, &live, self.clock.now())
            .await;
        let waiting = taken.map_err(lease_or_store)?;
        let delivering: BTreeSet<CallbackId> = self
            .callbacks
            .delivering
            .values()
            .map(|delivery| delivery.id.clone())
            .collect();
        self.callbacks.waiting.clear();
        for row in waiting.into_iter().filter(|row| !delivering.contains(&row.id)) {
            self.callbacks.wait(row);
        }
        Ok(())
    }

    /// Hears of deliveries that are over.
    pub(crate) fn note_deliveries(&mut self, events: &[ExecutorEvent]) {
        for event in events {
            self.callbacks.note(event);
            if let Some(attempt) = event.attempt() {
                self.gateway.remove(attempt);
            }
        }
    }

    /// Writes what deliveries report, and answers them.
    pub(crate) async fn write_deliveries(&mut self, asks: Vec<Ask>) -> Result<(), TurnError> {
        let (mut writes, mut pending) = (Vec::new(), Vec::new());
        for ask in asks {
            if let Some((write, then, reply)) = self.prepare_delivery(ask) {
                writes.push(write);
                let reply = Some(reply);
                pending.push(Pending { then, reply });
            }
        }
        let lost = std::mem::take(&mut self.callbacks.lost);
        for attempt in &lost {
            if let Some((write, then)) = self.lost_delivery(*attempt) {
                writes.push(write);
                let (then, reply) = (Some(then), None);
                pending.push(Pending { then, reply });
            }
        }
        if writes.is_empty() {
            return Ok(());
        }
        let written = self.store.apply_callback_writes(&self.lease, &writes).await;
        let verdicts = match written {
            Ok(verdicts) => verdicts,
            Err(error) => {
                self.callbacks.lost = lost;
                let error = lease_or_store(error);
                refuse_all(pending.into_iter().filter_map(|pending| pending.reply), &error);
                return Err(error);
            }
        };
        for ((write, pending), verdict) in writes.iter().zip(pending).zip(verdicts) {
            let answer = self.settle_delivery(write, pending.then, verdict);
            if let Some(reply) = pending.reply {
                // A worker that has gone away needs no answer.
                let _ = reply.send(answer);
            }
        }
        Ok(())
    }

    fn settle_delivery(
        &mut self,
        write: &CallbackWrite,
        then: Option<AfterDelivery>,
        verdict: CallbackVerdict,
    ) -> Result<(), ApiError> {
        match verdict {
            CallbackVerdict::Accepted | CallbackVerdict::Repeated => {
                if let Some(then) = then {
                    tell(write, then);
                    self.callbacks.settle(write.delivery, then, self.clock.now());
                }
                Ok(())
            }
            CallbackVerdict::Refused => {
                self.callbacks.delivering.remove(&write.delivery);
                Err(not_live(write.delivery))
            }
        }
    }

    /// What a delivery wants written; nothing if it is answered at once.
    fn prepare_delivery(&self, ask: Ask) -> Option<(CallbackWrite, Option<AfterDelivery>, Reply)> {
        let Ask {
            attempt,
            write,
            reply,
        } = ask;
        let delivery = self.callbacks.delivering.get(&attempt)?;
        let (kind, then) = match write {
            Write::Start(start) => (CallbackWriteKind::Start { at: start.start_date }, None),
            Write::CallbackDone { place } => (CallbackWriteKind::Done { place }, None),
            Write::End(end) => {
                let (at, outcome) = (end.end_date, end.outcome.to_string());
                let then = self.callbacks.after(attempt, &end.outcome, at);
                (CallbackWriteKind::End { at, outcome, then }, Some(then))
            }
            Write::Heartbeat(_) => {
                // A worker that has gone away needs no answer.
                let _ = reply.send(Ok(()));
                return None;
            }
            Write::SetXCom { .. }
            | Write::DeleteXCom { .. }
            | Write::RenderedMapIndex { .. }
            | Write::RenderedFields { .. }
            | Write::Trigger(_) => {
                let message = "callbacks leave nothing with the task: what they are about is over".to_owned();
                let _ = reply.send(Err(ApiError::Refused(message)));
                return None;
            }
        };
        let write = CallbackWrite {
            id: delivery.id.clone(),
            delivery: attempt,
            kind,
        };
        Some((write, then, reply))
    }

    fn lost_delivery(&self, attempt: AttemptId) -> Option<(CallbackWrite, AfterDelivery)> {
        let delivery = self.callbacks.delivering.get(&attempt)?;
        let at = self.clock.now();
        let outcome = Outcome::CouldNotRun {
            reason: "its end could not be written".to_owned(),
        };
        let then = self.callbacks.after(attempt, &outcome, at);
        let kind = CallbackWriteKind::End {
            at,
            outcome: outcome.to_string(),
            then,
        };
        let write = CallbackWrite {
            id: delivery.id.clone(),
            delivery: attempt,
            kind,
        };
        Some((write, then))
    }

    /// Hands rows that are due to processes, as far as there is room. One that cannot be read keeps nothing else waiting.
    pub(crate) async fn deliver(&mut self) {
        let now = self.clock.now();
        loop {
            let launches = &self.launches;
            let can_deliver = |dag_id: &DagId| launches.of(dag_id).is_some();
            let Some(row) = self.callbacks.take_due(now, can_deliver) else {
                return;
            };
            let order = match self.store.callback_order(&row.id).await {
                Ok(order) => order,
                Err(error) => {
                    tracing::error!(
                        "cannot read callbacks {}: {}",
                        row.id,
                        crate::error::chain(&error)
                    );
                    let at = now.checked_add(FIRST_PAUSE).unwrap_or(Timestamp::MAX);
                    self.callbacks.wait(WaitingCallback { at, ..row });
                    return;
                }
            };
            // Without one its run was deleted.
            if let Some(order) = order
                && !self.hand_over(order)
            {
                self.callbacks.wait(row);
                return;
            }
        }
    }

    /// Gives a row to a process; false if none takes it.
    fn hand_over(&mut self, order: CallbackOrder) -> bool {
        let dag_id = &order.run.key.dag_id;
        let Some(launch) = self.launches.of(dag_id) else {
            return false;
        };
        let attempt = self.ids.attempt_id();
        let (callback, (key, try_number)) = (&order.callback, about(&order));
        let tries = Tries {
            try_number,
            max_tries: try_number,
            reschedules: 0,
            resumes: false,
            began_at: None,
        };
        let mut context = convert::context(&order.run, tries, BTreeMap::new(), &self.options);
        let is_of_run = callback.attempt.is_none();
        // An event of the run is its end, or that it has not ended in time.
        let is_end = is_of_run && callback.deadline.is_none();
        context.dag_run.end_date = is_end.then_some(callback.created_at);
        let workload = Workload {
            ti: TaskInstance {
                id: attempt,
                task_id: key.task_id.clone(),
                dag_id: key.dag_id.clone(),
                run_id: key.run_id.clone(),
                try_number,
                dag_version_id: order.run.version,
                map_index: key.map_index,
                hostname: None,
                queue: "default".to_owned(),
            },
            launch: launch.clone(),
            execution_timeout: Some(self.options.callback_timeout),
            callback: Some(Order {
                id: callback.id.clone(),
                event: callback.event,
                scope: if is_of_run {
                    CallbackScope::Dag
                } else {
                    CallbackScope::Task
                },
                delivery: callback.tries + 1,
                reason: callback.reason.clone(),
                done: callback.done.clone(),
                deadline: callback.deadline.as_ref().map(missed),
            }),
        };
        let delivery = Delivery {
            id: callback.id.clone(),
            dag_id: dag_id.clone(),
            number: callback.tries + 1,
        };
        self.callbacks.delivering.insert(attempt, delivery);
        let live = Live {
            key,
            told: Some(Briefing {
                context,
                resumes: false,
            }),
        };
        self.gateway.add(attempt, live);
        let is_taken = self.callbacks.executor.submit(workload).is_ok();
        if !is_taken {
            self.callbacks.delivering.remove(&attempt);
            self.gateway.remove(attempt);
        }
        is_taken
    }
}

fn missed(deadline: &CallbackDeadline) -> MissedDeadline {
    let (place, task_id) = match &deadline.name {
        DeadlineName::Dag(place) => (Some(*place), None),
        DeadlineName::Sla(task_id) => (None, Some(task_id.clone())),
    };
    MissedDeadline {
        place,
        task_id,
        due: deadline.due,
    }
}

/// Logs how a delivery ended.
fn tell(write: &CallbackWrite, then: AfterDelivery) {
    let CallbackWriteKind::End { outcome, .. } = &write.kind else {
        return;
    };
    let id = &write.id;
    match then {
        AfterDelivery::Success => tracing::info!("callbacks {id} were called"),
        AfterDelivery::Retry(at) => tracing::warn!("callbacks {id} {outcome}; tried again at {at}"),
        AfterDelivery::Again => tracing::warn!("callbacks {id} {outcome}; called again"),
        AfterDelivery::GiveUp => {
            tracing::error!("callbacks {id} {outcome}; given up, see `updraft callbacks list`");
        }
    }
}

/// The task instance that callbacks are about. A run without tasks has none: it has one named like the DAG.
fn about(order: &CallbackOrder) -> (TaskKey, u32) {
    let run = &order.run.key;
    match &order.task {
        Some(task) => (run.task(task.task_id.clone(), task.map_index), task.try_number),
        None => {
            let name =
                TaskId::parse(run.dag_id.as_str()).expect("names of DAGs and tasks have the same form");
            (run.task(name, MapIndex::UNMAPPED), 0)
        }
    }
}
