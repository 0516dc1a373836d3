//! Which slot takes which attempt.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use updraft_model::AttemptId;
use updraft_protocol::launch::Program;
use updraft_worker::{KillReason, Workload};

use crate::SubmitError;

/// An attempt on its way to a slot, and where its slot hears that it is to be killed.
pub(crate) type Order = (Workload, watch::Receiver<Option<KillReason>>);

/// What the executor knows of its slots.
#[derive(Debug)]
pub(crate) struct Slots {
    slots: Vec<SlotState>,
    /// Every attempt that was taken and is not over.
    attempts: HashMap<AttemptId, watch::Sender<Option<KillReason>>>,
    is_stopping: bool,
    /// Counts attempts, to tell which slot was used last.
    turn: u64,
}

#[derive(Debug)]
struct SlotState {
    /// Holds one order at most; closed when the executor stops.
    orders: Option<mpsc::Sender<Order>>,
    is_free: bool,
    /// The program whose process is warm.
    warm: Option<Arc<Program>>,
    /// The last turn in which it was used.
    used: u64,
}

impl Slots {
    pub(crate) fn new(orders: Vec<mpsc::Sender<Order>>) -> Self {
        let slot = |orders| SlotState {
            orders: Some(orders),
            is_free: true,
            warm: None,
            used: 0,
        };
        Self {
            slots: orders.into_iter().map(slot).collect(),
            attempts: HashMap::new(),
            is_stopping: false,
            turn: 0,
        }
    }

    pub(crate) fn free(&self) -> usize {
        if self.is_stopping {
            0
        } else {
            self.slots.iter().filter(|slot| slot.is_free).count()
        }
    }

    pub(crate) fn running(&self) -> usize {
        self.attempts.len()
    }

    /// Gives an attempt to the slot that suits it best: one with its program warm (the one used last, so that others
    /// cool down), else one without a process, else the one that was used longest ago.
    pub(crate) fn submit(&mut self, workload: Workload) -> Result<(), SubmitError> {
        if self.is_stopping {
            return Err(SubmitError::ShuttingDown);
        }
        let rank = |slot: &SlotState| match &slot.warm {
            Some(warm) if *warm == workload.launch.program => (0, u64::MAX - slot.used),
            None => (1, 0),
            Some(_) => (2, slot.used),
        };
        let free = self.slots.iter_mut().filter(|slot| slot.is_free);
        let slot = free.min_by_key(|slot| rank(slot)).ok_or(SubmitError::Full)?;
        let attempt = workload.attempt();
        let (sender, receiver) = watch::channel(None);
        let sent = slot
            .orders
            .as_ref()
            .is_some_and(|orders| orders.try_send((workload, receiver)).is_ok());
        if !sent {
            return Err(SubmitError::Full);
        }
        self.turn += 1;
        slot.used = self.turn;
        slot.is_free = false;
        self.attempts.insert(attempt, sender);
        Ok(())
    }

    /// Has an attempt killed; false if it is not here. The first reason counts.
    pub(crate) fn kill(&self, attempt: AttemptId, reason: KillReason) -> bool {
        let Some(kill) = self.attempts.get(&attempt) else {
            return false;
        };
        kill.send_if_modified(|current| {
            let is_first = current.is_none();
            current.get_or_insert(reason);
            is_first
        });
        true
    }

    pub(crate) fn kill_all(&self, reason: KillReason) {
        let attempts: Vec<AttemptId> = self.attempts.keys().copied().collect();
        for attempt in attempts {
            self.kill(attempt, reason);
        }
    }

    /// A slot can take the next attempt.
    pub(crate) fn freed(&mut self, slot: usize, warm: Option<Arc<Program>>) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.is_free = true;
            slot.warm = warm;
        }
    }

    /// The process of a slot has ended, or was ended.
    pub(crate) fn cooled(&mut self, slot: usize) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.warm = None;
        }
    }

    /// An attempt is over.
    pub(crate) fn over(&mut self, attempt: AttemptId) {
        self.attempts.remove(&attempt);
    }

    /// Takes nothing any more; slots end when they have done what they have.
    pub(crate) fn stop(&mut self) {
        self.is_stopping = true;
        for slot in &mut self.slots {
            slot.orders = None;
        }
    }
}
