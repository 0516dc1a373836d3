//! Why an attempt ends, as it is found out.

use std::time::Duration;

use updraft_model::{Deferral, Wait};
use updraft_protocol::message::{
    DeferTask, EVENT_EXTRA_BYTES_MAX, EndedState, SucceedTask, TaskState, ToSupervisor,
};

use crate::{KillReason, Outcome, ProgramExit};

/// Why an attempt ends before its process has said how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It took too long.
    TimedOut(Duration),
    /// It is to be killed.
    Killed(KillReason),
    /// It is not the live attempt of its task; nothing is to be reported.
    NotLive(String),
    /// The process sends garbage.
    Garbage(String),
    /// The log cannot be written, or something else on our side is broken; the text says what and what to do.
    CannotGoOn(String),
}

impl Verdict {
    /// Whether the process may still tidy up; else it is killed at once.
    pub(super) const fn has_grace(&self) -> bool {
        match self {
            Self::TimedOut(_) | Self::Killed(_) => true,
            Self::NotLive(_) | Self::Garbage(_) | Self::CannotGoOn(_) => false,
        }
    }

    /// The outcome to be reported; `None` if nothing is.
    pub(super) fn outcome(self) -> Option<Outcome> {
        match self {
            Self::TimedOut(after) => Some(Outcome::TimedOut { after }),
            Self::Killed(reason) => Some(Outcome::Killed { reason }),
            Self::NotLive(_) => None,
            Self::Garbage(what) => Some(Outcome::Crashed {
                exit: ProgramExit::Garbage(what),
            }),
            Self::CannotGoOn(reason) => Some(Outcome::CouldNotRun { reason }),
        }
    }
}

/// The outcome that a message of the process stands for; `None` if it does not end the attempt.
pub fn outcome_of(message: &ToSupervisor) -> Option<Outcome> {
    match message {
        ToSupervisor::SucceedTask(success) => Some(success_of(success)),
        ToSupervisor::RetryTask(retry) => Some(Outcome::Failed {
            reason: given(retry.retry_reason.as_deref()),
            retryable: true,
        }),
        ToSupervisor::RescheduleTask(reschedule) => Some(Outcome::Rescheduled {
            at: reschedule.reschedule_date,
        }),
        ToSupervisor::DeferTask(message) => Some(deferral_of(message)),
        ToSupervisor::TaskState(ended) => Some(ending_of(ended)),
        ToSupervisor::SkipDownstreamTasks(_)
        | ToSupervisor::GetXCom(_)
        | ToSupervisor::SetXCom(_)
        | ToSupervisor::DeleteXCom(_)
        | ToSupervisor::GetXComCount(_)
        | ToSupervisor::GetXComSequenceItem(_)
        | ToSupervisor::GetXComSequenceSlice(_)
        | ToSupervisor::SetRenderedMapIndex(_)
        | ToSupervisor::UpdraftGetXComItem(_)
        | ToSupervisor::GetVariable(_)
        | ToSupervisor::PutVariable(_)
        | ToSupervisor::DeleteVariable(_)
        | ToSupervisor::GetConnection(_)
        | ToSupervisor::MaskSecret(_)
        | ToSupervisor::TriggerDagRun(_)
        | ToSupervisor::SetRenderedFields(_)
        | ToSupervisor::GetDag(_)
        | ToSupervisor::GetDagRun(_)
        | ToSupervisor::GetDagRunState(_)
        | ToSupervisor::GetPreviousDagRun(_)
        | ToSupervisor::GetPrevSuccessfulDagRun(_)
        | ToSupervisor::GetPreviousTi(_)
        | ToSupervisor::GetDrCount(_)
        | ToSupervisor::GetTiCount(_)
        | ToSupervisor::GetTaskStates(_)
        | ToSupervisor::GetTaskRescheduleStartDate(_)
        | ToSupervisor::UpdraftGetNewestXCom(_)
        | ToSupervisor::GetVariableKeys(_)
        | ToSupervisor::GetAssetByName(_)
        | ToSupervisor::GetAssetByUri(_)
        | ToSupervisor::GetAssetEventByAsset(_)
        | ToSupervisor::GetAssetEventByAssetAlias(_)
        | ToSupervisor::GetAssetsByAlias(_)
        | ToSupervisor::ValidateInletsAndOutlets(_)
        | ToSupervisor::GetTaskStateStore(_)
        | ToSupervisor::SetTaskStateStore(_)
        | ToSupervisor::DeleteTaskStateStore(_)
        | ToSupervisor::ClearTaskStateStore(_)
        | ToSupervisor::GetAssetStateStoreByName(_)
        | ToSupervisor::GetAssetStateStoreByUri(_)
        | ToSupervisor::SetAssetStateStoreByName(_)
        | ToSupervisor::SetAssetStateStoreByUri(_)
        | ToSupervisor::DeleteAssetStateStoreByName(_)
        | ToSupervisor::DeleteAssetStateStoreByUri(_)
        | ToSupervisor::ClearAssetStateStoreByName(_)
        | ToSupervisor::ClearAssetStateStoreByUri(_)
        | ToSupervisor::CreateHitlDetailPayload(_)
        | ToSupervisor::UpdateHitlDetail(_)
        | ToSupervisor::GetHitlDetailResponse(_)
        | ToSupervisor::UpdraftCallbackDone(_)
        | ToSupervisor::DagFileParsingResult(_)
        | ToSupervisor::UpdraftTimetableResult(_)
        | ToSupervisor::UpdraftLog(_)
        | ToSupervisor::UpdraftProgress(_)
        | ToSupervisor::UpdraftTriggerer(_)
        | ToSupervisor::UpdraftTriggerAsk(_) => None,
    }
}

/// The reason that a process gives, if it gives one.
fn given(reason: Option<&str>) -> String {
    reason.unwrap_or("without a reason").to_owned()
}

/// The end of a task that neither succeeds nor is tried again.
fn ending_of(ended: &TaskState) -> Outcome {
    let reason = given(ended.reason.as_deref());
    match ended.state {
        EndedState::Failed | EndedState::Removed => Outcome::Failed {
            reason,
            retryable: false,
        },
        EndedState::Skipped => Outcome::Skipped { reason },
    }
}

/// A deferral, unless the engine cannot wait for its trigger.
fn deferral_of(message: &DeferTask) -> Outcome {
    let deferral = Deferral::from(message.clone());
    match Wait::of(&deferral.trigger) {
        Ok(_) => Outcome::Deferred(Box::new(deferral)),
        Err(problem) => Outcome::Failed {
            retryable: problem.may_pass(),
            reason: problem.to_string(),
        },
    }
}

/// A success, unless what it says about assets cannot be kept.
fn success_of(success: &SucceedTask) -> Outcome {
    let too_large = success.outlet_events.iter().find(|event| !event.has_room());
    match too_large {
        None => Outcome::Success,
        Some(event) => Outcome::Failed {
            reason: format!(
                "the extra of the event of asset `{}` has more than {EVENT_EXTRA_BYTES_MAX} bytes; leave it in a \
                 file or database and say where it is",
                event.dest_asset_key.name
            ),
            retryable: false,
        },
    }
}
