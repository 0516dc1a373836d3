//! The outbox of callbacks in the simulated database, and what must hold of it: each event has one row, and each is
//! delivered.

use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, CallbackEvent, CallbackId, CompatLevel, DagRunState, RunKey, TaskInstanceState, TaskKey,
};
use updraft_store::{
    CallbackOrder, CallbackRow, CallbackState, CallbackVerdict, CallbackWrite, Lease, NewCallback, StoredRun,
    WaitingCallback, WriteError,
};

use super::database::Database;

impl Database {
    pub(crate) fn add_callback(&mut self, new: &NewCallback) {
        let before = self.callbacks.insert(new.id.clone(), CallbackRow::new(new));
        assert_eq!(before, None, "two events of one name");
    }

    /// Notes that the end of an attempt is an event, worked out from the rows alone.
    pub(crate) fn expect_event(
        &mut self,
        key: &TaskKey,
        attempt: AttemptId,
        (ended, then): (TaskInstanceState, Option<TaskInstanceState>),
    ) {
        let spec = &self.runs[&key.run_key()].spec;
        let events: &[CallbackEvent] = match then {
            Some(TaskInstanceState::Success) => &[CallbackEvent::Success],
            Some(TaskInstanceState::Skipped) if ended == TaskInstanceState::Skipped => match spec.compat {
                CompatLevel::Two => &[CallbackEvent::Skipped, CallbackEvent::Success],
                CompatLevel::Three => &[CallbackEvent::Skipped],
            },
            Some(TaskInstanceState::UpForRetry) => &[CallbackEvent::Retry],
            Some(TaskInstanceState::Failed) => &[CallbackEvent::Failure],
            _ => return,
        };
        let task = spec.task(&key.task_id).expect("the run has the task");
        for event in events.iter().filter(|event| task.callbacks.contains(*event)) {
            self.events.insert(CallbackId::of_attempt(*event, attempt));
        }
    }

    /// The same of the beginning and the end of a run.
    pub(crate) fn expect_run_event(&mut self, key: &RunKey, state: DagRunState) {
        let run = &self.runs[key];
        let event = match state {
            DagRunState::Success => CallbackEvent::Success,
            DagRunState::Failed => CallbackEvent::Failure,
            DagRunState::Running => CallbackEvent::Running,
            DagRunState::Queued => return,
        };
        if run.spec.callbacks.contains(&event) {
            self.events
                .insert(CallbackId::of_run(event, key, run.clear_number));
        }
    }

    pub(crate) fn take_over_callbacks(
        &mut self,
        lease: &Lease,
        live: &[AttemptId],
        now: Timestamp,
    ) -> Result<Vec<WaitingCallback>, WriteError> {
        if !self.is_valid(lease) {
            return Err(WriteError::LeaseLost);
        }
        let is_left = |row: &&mut CallbackRow| {
            row.state == CallbackState::Running
                && row.delivery.is_none_or(|delivery| !live.contains(&delivery))
        };
        for row in self.callbacks.values_mut().filter(is_left) {
            row.take_over(now);
        }
        let is_waiting = |row: &&CallbackRow| row.state == CallbackState::Queued;
        let mut waiting: Vec<WaitingCallback> = self
            .callbacks
            .values()
            .filter(is_waiting)
            .map(|row| WaitingCallback {
                id: row.id.clone(),
                dag_id: row.run.dag_id.clone(),
                at: row.next_try_at,
            })
            .collect();
        waiting
            .sort_by(|one, other| (&one.dag_id, one.at, &one.id).cmp(&(&other.dag_id, other.at, &other.id)));
        Ok(waiting)
    }

    pub(crate) fn callback_order(&self, id: &CallbackId) -> Option<CallbackOrder> {
        let callback = self.callbacks.get(id)?;
        let run = StoredRun {
            tasks: Vec::new(),
            ..self.runs[&callback.run].clone()
        };
        (callback.state == CallbackState::Queued).then(|| CallbackOrder {
            callback: callback.clone(),
            run,
            task: callback.attempt.clone(),
        })
    }

    pub(crate) fn apply_callbacks(
        &mut self,
        lease: &Lease,
        writes: &[CallbackWrite],
    ) -> Result<Vec<CallbackVerdict>, WriteError> {
        if !self.is_valid(lease) {
            return Err(WriteError::LeaseLost);
        }
        self.writes += 1;
        let apply = |write: &CallbackWrite| {
            let row = self.callbacks.get_mut(&write.id);
            row.map_or(CallbackVerdict::Refused, |row| {
                row.apply(write.delivery, &write.kind)
            })
        };
        Ok(writes.iter().map(apply).collect())
    }

    /// A process calls the callbacks for an event.
    pub(crate) fn call(&mut self, id: &CallbackId) {
        *self.calls.entry(id.clone()).or_default() += 1;
    }
}

/// Demands that each event has exactly one row, and nothing else has one.
pub(crate) fn check(database: &Database) {
    let rows = database.callbacks.keys();
    assert!(rows.eq(&database.events), "the outbox is not what has happened");
}

/// Demands, when all is over, that each event was delivered: its callbacks have returned, or were tried often enough.
pub(crate) fn check_end(database: &Database) {
    for row in database.callbacks.values() {
        let called = database.calls.get(&row.id).copied().unwrap_or(0);
        let is_over = match row.state {
            CallbackState::Success => called >= 1,
            CallbackState::Failed => called >= row.tries && (row.tries == 4 || is_final(row)),
            CallbackState::Queued | CallbackState::Running => false,
        };
        assert!(is_over, "called {called} times: {row:?}");
    }
}

/// Whether trying again would not have helped.
fn is_final(row: &CallbackRow) -> bool {
    row.outcome
        .as_ref()
        .is_some_and(|outcome| outcome.contains("for good"))
}

/// How often the callbacks for each event were called.
pub(crate) type Calls = BTreeMap<CallbackId, u32>;
