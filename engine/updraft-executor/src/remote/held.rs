//! What is known of the attempts that workers elsewhere run.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::time::Instant;
use updraft_model::AttemptId;
use updraft_protocol::message::SkippedTask;
use updraft_worker::{Heartbeat, KillReason, Outcome, TaskApi, Workload};

use super::RemoteOptions;
use crate::ExecutorEvent;

/// All attempts and workers.
#[derive(Default)]
pub(super) struct State {
    /// How many workers wait for an attempt.
    pub(super) waiting: usize,
    /// Attempts that were submitted and not handed out, the oldest first.
    pub(super) parked: VecDeque<AttemptId>,
    /// Attempts that were submitted and are not over.
    pub(super) attempts: BTreeMap<AttemptId, Held>,
    /// The engine; `None` while no scheduler works in this process.
    pub(super) bound: Option<Bound>,
    pub(super) is_stopping: bool,
}

/// The engine that attempts come from.
pub(super) struct Bound {
    pub(super) api: Arc<dyn TaskApi>,
    pub(super) events: mpsc::Sender<ExecutorEvent>,
}

/// An attempt that was submitted and is not over.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) workload: Workload,
    /// When it was submitted.
    since: Instant,
    /// Who runs it; `None` if nobody has begun with it.
    pub(super) claim: Option<Claim>,
    /// The last sign of life of whoever runs it.
    pub(super) beat: Instant,
    pub(super) kill: Option<Kill>,
    /// Tasks that it wants skipped if it succeeds.
    pub(super) skipped: Vec<SkippedTask>,
}

/// Who runs an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) hostname: String,
    pub(super) pid: u32,
}

impl Claim {
    pub(super) fn is_of(&self, heartbeat: &Heartbeat) -> bool {
        self.hostname == heartbeat.hostname && self.pid == heartbeat.pid
    }
}

/// An attempt is to be killed.
#[derive(Debug)]
pub(super) struct Kill {
    reason: KillReason,
    since: Instant,
    /// Whether its worker knows, or need not know.
    pub(super) is_told: bool,
}

impl Kill {
    pub(super) const fn new(reason: KillReason, since: Instant) -> Self {
        Self {
            reason,
            since,
            is_told: false,
        }
    }

    pub(super) const fn at_once(reason: KillReason, since: Instant) -> Self {
        Self {
            reason,
            since,
            is_told: true,
        }
    }
}

/// What the keeper does about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// It was killed: the engine is told.
    Killed(Outcome),
    /// Nobody runs it, or nobody knows whether: it is lost.
    Lost(String),
}

impl State {
    pub(super) fn bind(&mut self, api: Arc<dyn TaskApi>, events: mpsc::Sender<ExecutorEvent>) {
        self.unbind();
        self.bound = Some(Bound { api, events });
    }

    pub(super) fn unbind(&mut self) {
        self.bound = None;
        self.is_stopping = false;
        self.attempts.clear();
        self.parked.clear();
    }

    /// The oldest attempt that is parked and still wanted.
    pub(super) fn hand_out(&mut self) -> Option<Workload> {
        while let Some(attempt) = self.parked.pop_front() {
            if let Some(held) = self.attempts.get(&attempt)
                && held.kill.is_none()
            {
                return Some(held.workload.clone());
            }
        }
        None
    }

    /// What is to be done now.
    pub(super) fn due(&self, options: &RemoteOptions, now: Instant) -> Vec<(AttemptId, Due)> {
        let due = |(attempt, held): (&AttemptId, &Held)| Some((*attempt, held.due(options, now)?));
        self.attempts.iter().filter_map(due).collect()
    }
}

impl Held {
    pub(super) const fn new(workload: Workload, now: Instant) -> Self {
        Self {
            workload,
            since: now,
            claim: None,
            beat: now,
            kill: None,
            skipped: Vec::new(),
        }
    }

    /// A worker has begun.
    pub(super) fn begin(&mut self, claim: Claim, now: Instant) {
        self.claim = Some(claim);
        self.beat = now;
    }

    fn due(&self, options: &RemoteOptions, now: Instant) -> Option<Due> {
        let is_past = |since: Instant, limit| now.saturating_duration_since(since) > limit;
        if let Some(kill) = &self.kill {
            let nobody_asks = self.claim.is_none() || is_past(kill.since, options.heartbeat_timeout);
            let reason = kill.reason;
            return (kill.is_told || nobody_asks).then_some(Due::Killed(Outcome::Killed { reason }));
        }
        match &self.claim {
            None => is_past(self.since, options.queued_timeout).then(|| {
                let seconds = options.queued_timeout.as_secs();
                Due::Lost(format!("no worker has begun with it within {seconds} s"))
            }),
            Some(claim) => is_past(self.beat, options.heartbeat_timeout).then(|| {
                let (host, pid) = (&claim.hostname, claim.pid);
                Due::Lost(format!(
                    "its worker, process {pid} on `{host}`, gave no sign of life"
                ))
            }),
        }
    }
}
