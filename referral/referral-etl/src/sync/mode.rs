//! How a run reads, decided from what was asked and from what is known.

use jiff::Timestamp;
use referral_store::kind::UnknownName;
use referral_store::sync_run::{SyncMode, SyncState};
use referral_store::{EntityKind, RunId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncRequest {
    /// The run; repeating the id joins or resumes it.
    pub run_id: RunId,
    /// What to read.
    pub kind: EntityKind,
    /// How to read.
    pub mode: RequestedMode,
}

/// How a caller wants the source to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestedMode {
    /// Whatever is due: an unfinished or first full load, a reconciliation, else what changed.
    #[default]
    Auto,
    /// Everything, from the beginning.
    Full,
    /// What changed since the last run.
    Incremental,
    /// Everything compared, differences read, what is gone deleted.
    Reconcile,
}

impl std::str::FromStr for RequestedMode {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match text {
            "auto" => Ok(Self::Auto),
            "full" => Ok(Self::Full),
            "incremental" => Ok(Self::Incremental),
            "reconcile" => Ok(Self::Reconcile),
            _ => Err(UnknownName {
                what: "sync mode",
                name: text.to_owned(),
            }),
        }
    }
}

/// How a new run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Everything, from the beginning.
    Full,
    /// The rest of an unfinished full load.
    ResumeFull,
    /// What changed since this watermark (epoch ms).
    Incremental { watermark_ms: i64 },
    /// Compare everything.
    Reconcile,
}

impl Plan {
    pub(super) fn mode(self) -> SyncMode {
        match self {
            Self::Full | Self::ResumeFull => SyncMode::Full,
            Self::Incremental { .. } => SyncMode::Incremental,
            Self::Reconcile => SyncMode::Reconcile,
        }
    }
}

/// What is known when a run is planned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances {
    pub(super) now: Timestamp,
    /// How often everything is compared; `None` for never by itself.
    pub(super) reconcile_every: Option<Duration>,
    /// Calls are getting scarce: nothing that is not essential.
    pub(super) saving_calls: bool,
}

/// Decides how a new run reads.
pub(super) fn plan(requested: RequestedMode, state: &SyncState, circumstances: Circumstances) -> Plan {
    let first = if state.unfinished_full.is_some() {
        Plan::ResumeFull
    } else {
        Plan::Full
    };
    let changes = state
        .watermark_ms
        .map(|watermark_ms| Plan::Incremental { watermark_ms });
    match requested {
        RequestedMode::Full => Plan::Full,
        RequestedMode::Incremental => changes.unwrap_or(first),
        RequestedMode::Reconcile if state.watermark_ms.is_some() => Plan::Reconcile,
        RequestedMode::Reconcile => first,
        RequestedMode::Auto if state.unfinished_full.is_some() || state.last_full_at.is_none() => first,
        RequestedMode::Auto if is_reconcile_due(state, circumstances) => Plan::Reconcile,
        RequestedMode::Auto => changes.unwrap_or(first),
    }
}

fn is_reconcile_due(state: &SyncState, circumstances: Circumstances) -> bool {
    let Some(every) = circumstances
        .reconcile_every
        .filter(|_| !circumstances.saving_calls)
    else {
        return false;
    };
    let last = state.last_full_at.max(state.last_reconcile_at);
    last.is_none_or(|last| {
        circumstances.now.duration_since(last).unsigned_abs() >= every && circumstances.now > last
    })
}

#[cfg(test)]
mod tests {
    use referral_store::sync_run::UnfinishedFull;

    use super::*;

    const WEEK: Duration = Duration::from_hours(7 * 24);

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    #[test]
    fn what_is_due_is_done() {
        let unfinished = Some(UnfinishedFull {
            cursor: serde_json::Value::Null,
            upper_ms: 5,
        });
        let never = SyncState::default();
        let begun = SyncState {
            unfinished_full: unfinished.clone(),
            ..SyncState::default()
        };
        let loaded = SyncState {
            watermark_ms: Some(9),
            last_full_at: Some(day(0)),
            ..SyncState::default()
        };
        let reloading = SyncState {
            unfinished_full: unfinished,
            ..loaded.clone()
        };
        let compared = SyncState {
            last_reconcile_at: Some(day(7)),
            ..loaded.clone()
        };
        let incremental = Plan::Incremental { watermark_ms: 9 };
        for (requested, state, today, expected) in [
            (RequestedMode::Auto, &never, 0, Plan::Full),
            (RequestedMode::Auto, &begun, 0, Plan::ResumeFull),
            (RequestedMode::Auto, &reloading, 0, Plan::ResumeFull),
            (RequestedMode::Auto, &loaded, 6, incremental),
            (RequestedMode::Auto, &loaded, 7, Plan::Reconcile),
            (RequestedMode::Auto, &compared, 8, incremental),
            (RequestedMode::Full, &begun, 0, Plan::Full),
            (RequestedMode::Incremental, &never, 0, Plan::Full),
            (RequestedMode::Incremental, &begun, 0, Plan::ResumeFull),
            (RequestedMode::Incremental, &loaded, 9, incremental),
            (RequestedMode::Reconcile, &never, 0, Plan::Full),
            (RequestedMode::Reconcile, &loaded, 0, Plan::Reconcile),
        ] {
            let circumstances = Circumstances {
                now: day(today),
                reconcile_every: Some(WEEK),
                saving_calls: false,
            };
            assert_eq!(
                plan(requested, state, circumstances),
                expected,
                "{requested:?} on day {today}"
            );
        }
        let saving = Circumstances {
            now: day(30),
            reconcile_every: Some(WEEK),
            saving_calls: true,
        };
        assert_eq!(
            plan(RequestedMode::Auto, &loaded, saving),
            incremental,
            "calls are scarce"
        );
    }
}
