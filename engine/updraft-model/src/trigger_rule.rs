//! When may a task run, given how its direct upstreams ended?

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::TaskInstanceState;

/// The condition on a task's direct upstreams under which it runs; Airflow's `trigger_rule`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriggerRule {
    /// All succeeded. The default.
    #[default]
    AllSuccess,
    /// All failed or are `upstream_failed`.
    AllFailed,
    /// All are over, however they ended.
    AllDone,
    /// At least one succeeded; does not wait for the others.
    OneSuccess,
    /// At least one failed; does not wait for the others.
    OneFailed,
    /// At least one succeeded or failed; does not wait for the others.
    OneDone,
    /// None failed: each succeeded or was skipped.
    NoneFailed,
    /// None failed, and at least one succeeded.
    NoneFailedMinOneSuccess,
    /// None was skipped, and all are over.
    NoneSkipped,
    /// All were skipped.
    AllSkipped,
    /// All are over and the setup tasks among them succeeded; the rule of teardown tasks.
    AllDoneSetupSuccess,
    /// All are over, and at least one succeeded. Airflow 3.1 and later.
    AllDoneMinOneSuccess,
    /// No condition.
    Always,
}

impl TriggerRule {
    /// Every rule.
    pub const ALL: [Self; 13] = [
        Self::AllSuccess,
        Self::AllFailed,
        Self::AllDone,
        Self::OneSuccess,
        Self::OneFailed,
        Self::OneDone,
        Self::NoneFailed,
        Self::NoneFailedMinOneSuccess,
        Self::NoneSkipped,
        Self::AllSkipped,
        Self::AllDoneSetupSuccess,
        Self::AllDoneMinOneSuccess,
        Self::Always,
    ];

    /// Airflow's text, e.g. `all_success`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllSuccess => "all_success",
            Self::AllFailed => "all_failed",
            Self::AllDone => "all_done",
            Self::OneSuccess => "one_success",
            Self::OneFailed => "one_failed",
            Self::OneDone => "one_done",
            Self::NoneFailed => "none_failed",
            Self::NoneFailedMinOneSuccess => "none_failed_min_one_success",
            Self::NoneSkipped => "none_skipped",
            Self::AllSkipped => "all_skipped",
            Self::AllDoneSetupSuccess => "all_done_setup_success",
            Self::AllDoneMinOneSuccess => "all_done_min_one_success",
            Self::Always => "always",
        }
    }
}

impl fmt::Display for TriggerRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no trigger rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no trigger rule, known are {known}", known = known_rules())]
pub struct UnknownTriggerRule(pub String);

fn known_rules() -> String {
    TriggerRule::ALL.map(|rule| format!("`{rule}`")).join(", ")
}

impl FromStr for TriggerRule {
    type Err = UnknownTriggerRule;

    fn from_str(text: &str) -> Result<Self, UnknownTriggerRule> {
        let found = Self::ALL.into_iter().find(|rule| rule.as_str() == text);
        found.ok_or_else(|| UnknownTriggerRule(text.to_owned()))
    }
}

/// What a trigger rule says about a task, given its upstreams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TriggerDecision {
    /// The task may run.
    Run,
    /// It is too early to say.
    Wait,
    /// The task is passed over.
    Skipped,
    /// The task cannot run because of a failure before it.
    UpstreamFailed,
}

/// How many of a task's direct upstreams there are, and how many have ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct UpstreamCounts {
    /// All direct upstreams.
    pub upstream: u32,
    /// Those that succeeded.
    pub success: u32,
    /// Those that failed themselves.
    pub failed: u32,
    /// Those that are `upstream_failed`.
    pub upstream_failed: u32,
    /// Those that were skipped.
    pub skipped: u32,
    /// Those that are no longer in the DAG.
    pub removed: u32,
    /// The setup tasks among all direct upstreams.
    pub setup: u32,
    /// The setup tasks that succeeded.
    pub setup_success: u32,
    /// The setup tasks that were skipped.
    pub setup_skipped: u32,
}

impl UpstreamCounts {
    /// No upstream known yet.
    pub const NONE: Self = Self {
        upstream: 0,
        success: 0,
        failed: 0,
        upstream_failed: 0,
        skipped: 0,
        removed: 0,
        setup: 0,
        setup_success: 0,
        setup_skipped: 0,
    };

    /// Counts one more upstream, which has not ended.
    pub const fn expect(&mut self, is_setup: bool) {
        self.upstream = self.upstream.saturating_add(1);
        self.setup = self.setup.saturating_add(is_setup as u32);
    }

    /// Counts that an upstream reached `state`; states that are not final count nothing.
    pub const fn record(&mut self, state: TaskInstanceState, is_setup: bool) {
        self.record_many(state, is_setup, 1);
    }

    /// Counts that so many upstreams reached `state`.
    pub const fn record_many(&mut self, state: TaskInstanceState, is_setup: bool, count: u32) {
        let setups = if is_setup { count } else { 0 };
        match state {
            TaskInstanceState::Success => {
                self.success = self.success.saturating_add(count);
                self.setup_success = self.setup_success.saturating_add(setups);
            }
            TaskInstanceState::Failed => self.failed = self.failed.saturating_add(count),
            TaskInstanceState::UpstreamFailed => {
                self.upstream_failed = self.upstream_failed.saturating_add(count);
            }
            TaskInstanceState::Skipped => {
                self.skipped = self.skipped.saturating_add(count);
                self.setup_skipped = self.setup_skipped.saturating_add(setups);
            }
            TaskInstanceState::Removed => self.removed = self.removed.saturating_add(count),
            TaskInstanceState::Scheduled
            | TaskInstanceState::Queued
            | TaskInstanceState::Running
            | TaskInstanceState::Restarting
            | TaskInstanceState::UpForRetry
            | TaskInstanceState::UpForReschedule
            | TaskInstanceState::Deferred => {}
        }
    }

    /// So many upstreams in one state, or without any.
    pub const fn of(state: Option<TaskInstanceState>, is_setup: bool, count: u32) -> Self {
        let mut counts = Self {
            upstream: count,
            setup: if is_setup { count } else { 0 },
            ..Self::NONE
        };
        if let Some(state) = state {
            counts.record_many(state, is_setup, count);
        }
        counts
    }

    /// These upstreams and others together.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            upstream: self.upstream.saturating_add(other.upstream),
            success: self.success.saturating_add(other.success),
            failed: self.failed.saturating_add(other.failed),
            upstream_failed: self.upstream_failed.saturating_add(other.upstream_failed),
            skipped: self.skipped.saturating_add(other.skipped),
            removed: self.removed.saturating_add(other.removed),
            setup: self.setup.saturating_add(other.setup),
            setup_success: self.setup_success.saturating_add(other.setup_success),
            setup_skipped: self.setup_skipped.saturating_add(other.setup_skipped),
        }
    }

    /// The upstreams that have ended, however they did.
    pub const fn done(&self) -> u32 {
        let bad = self.failed.saturating_add(self.upstream_failed);
        let good = self.success.saturating_add(self.skipped);
        good.saturating_add(bad).saturating_add(self.removed)
    }

    /// The upstreams that have not ended.
    pub const fn unfinished(&self) -> u32 {
        self.upstream.saturating_sub(self.done())
    }
}

/// What `rule` says about a task whose direct upstreams have come as far as `counts` tells. A task without upstreams
/// may run.
///
/// A state is decided as soon as it is certain: under [`TriggerRule::AllSuccess`] one failed upstream is enough for
/// [`TriggerDecision::UpstreamFailed`]. Source: `TriggerRuleDep` of Airflow 2.11, and of 3.1 for
/// [`TriggerRule::AllDoneMinOneSuccess`].
pub const fn evaluate(rule: TriggerRule, counts: &UpstreamCounts) -> TriggerDecision {
    use TriggerDecision::{Run, Skipped, UpstreamFailed, Wait};

    let UpstreamCounts {
        upstream,
        success,
        skipped,
        ..
    } = *counts;
    let failed = counts.failed.saturating_add(counts.upstream_failed);
    let done = counts.done() >= upstream;
    if upstream == 0 {
        return Run;
    }
    match rule {
        TriggerRule::Always => Run,
        TriggerRule::AllSuccess if failed > 0 => UpstreamFailed,
        TriggerRule::AllSuccess if skipped > 0 => Skipped,
        TriggerRule::AllSuccess => run_if(success >= upstream),
        TriggerRule::AllFailed if success > 0 || skipped > 0 => Skipped,
        TriggerRule::AllFailed => run_if(failed >= upstream),
        TriggerRule::AllDone => run_if(done),
        TriggerRule::OneSuccess if success > 0 => Run,
        TriggerRule::OneSuccess if done && counts.done() == skipped => Skipped,
        TriggerRule::OneSuccess if done => UpstreamFailed,
        TriggerRule::OneSuccess => Wait,
        TriggerRule::OneFailed if failed > 0 => Run,
        TriggerRule::OneFailed if done => Skipped,
        TriggerRule::OneFailed => Wait,
        TriggerRule::OneDone if success > 0 || counts.failed > 0 => Run,
        TriggerRule::OneDone if done => Skipped,
        TriggerRule::OneDone => Wait,
        TriggerRule::NoneFailed if failed > 0 => UpstreamFailed,
        TriggerRule::NoneFailed => run_if(success.saturating_add(skipped) >= upstream),
        TriggerRule::NoneFailedMinOneSuccess if failed > 0 => UpstreamFailed,
        TriggerRule::NoneFailedMinOneSuccess if skipped >= upstream => Skipped,
        TriggerRule::NoneFailedMinOneSuccess => run_if(success.saturating_add(skipped) >= upstream),
        TriggerRule::NoneSkipped if skipped > 0 => Skipped,
        TriggerRule::NoneSkipped => run_if(done),
        TriggerRule::AllSkipped if success > 0 || failed > 0 => Skipped,
        TriggerRule::AllSkipped => run_if(skipped >= upstream),
        TriggerRule::AllDoneSetupSuccess if !done => Wait,
        TriggerRule::AllDoneSetupSuccess if counts.setup == 0 || counts.setup_success > 0 => Run,
        TriggerRule::AllDoneSetupSuccess if counts.setup_skipped >= counts.setup => Skipped,
        TriggerRule::AllDoneSetupSuccess => UpstreamFailed,
        TriggerRule::AllDoneMinOneSuccess if skipped > 0 => Skipped,
        TriggerRule::AllDoneMinOneSuccess if done && success == 0 => UpstreamFailed,
        TriggerRule::AllDoneMinOneSuccess => run_if(done),
    }
}

const fn run_if(met: bool) -> TriggerDecision {
    if met {
        TriggerDecision::Run
    } else {
        TriggerDecision::Wait
    }
}
