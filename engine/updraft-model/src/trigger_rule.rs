//! When may a task run, given how its direct upstreams ended?

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
