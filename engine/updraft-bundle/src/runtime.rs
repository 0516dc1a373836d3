//! Asking programs: for their DAGs, and for a timetable of their own.

use std::io;
use std::time::Duration;

use updraft_protocol::frame::{FrameError, MessageError};
use updraft_protocol::launch::{Launch, Program};
use updraft_protocol::message::{
    DagFileParseRequest, DagFileParsingResult, ToSupervisor, ToTask, UpdraftTimetableRequest,
    UpdraftTimetableResult,
};

use crate::answers::Questions;
use crate::process::Process;
use crate::shepherd::Shepherd;

/// What a program is started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To describe its DAGs.
    Description,
    /// To answer for the timetable of one of them.
    Timetable,
}

impl Purpose {
    const fn to_do(self) -> &'static str {
        match self {
            Self::Description => "describe its DAGs",
            Self::Timetable => "answer for its timetable",
        }
    }

    const fn done(self) -> &'static str {
        match self {
            Self::Description => "described its DAGs",
            Self::Timetable => "answered for its timetable",
        }
    }

    const fn answer(self) -> &'static str {
        match self {
            Self::Description => "a description",
            Self::Timetable => "an answer",
        }
    }
}

/// Why a program did not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// The program file is being written to; it can be started once that is over.
    #[error("the program is being written")]
    Busy,
    /// The operating system does not start it.
    #[error("the program cannot be started")]
    Start(#[source] io::Error),
    /// It took too long, and was killed.
    #[error("the program did not {} within {limit:?}", purpose.to_do())]
    Timeout {
        /// What it was started for.
        purpose: Purpose,
        /// How long it had.
        limit: Duration,
    },
    /// It ended too early.
    #[error("the program {status} before it {}", purpose.done())]
    Ended {
        /// What it was started for.
        purpose: Purpose,
        /// How it ended.
        status: String,
        /// The last of what it printed.
        printed: String,
    },
    /// The connection to it broke.
    #[error("the program cannot be talked to")]
    Socket(#[source] io::Error),
    /// It is no program of the SDK, or a broken one.
    #[error("the program sends something that is no message")]
    Frame(#[from] FrameError),
    /// It is of a version that is too old or too new, or broken.
    #[error("the program sends {} that is not understood", purpose.answer())]
    Message {
        /// What it was started for.
        purpose: Purpose,
        /// What is wrong with it.
        source: MessageError,
    },
}

impl ProgramError {
    /// Whether the same program may do better the next time.
    pub(crate) const fn may_pass(&self) -> bool {
        match self {
            Self::Busy | Self::Start(_) | Self::Timeout { .. } | Self::Ended { .. } | Self::Socket(_) => true,
            Self::Frame(_) | Self::Message { .. } => false,
        }
    }

    /// Everything that is known of it, for people: its causes, and what the program printed.
    pub fn explain(&self) -> String {
        let cause = std::error::Error::source(self).map(|cause| format!(": {cause}"));
        let text = format!("{self}{}", cause.unwrap_or_default());
        match self {
            Self::Ended { printed, .. } if !printed.is_empty() => format!("{text}; it printed:\n{printed}"),
            _ => text,
        }
    }
}

/// What a program is told to do, and which message is its answer.
pub(crate) struct Order<T> {
    pub(crate) purpose: Purpose,
    pub(crate) message: ToTask,
    pub(crate) answer: fn(ToSupervisor) -> Option<T>,
}

/// The order to describe the DAGs of a source.
pub(crate) fn description(launch: &Launch) -> Order<DagFileParsingResult> {
    Order {
        purpose: Purpose::Description,
        message: ToTask::DagFileParseRequest(DagFileParseRequest {
            file: launch.file().to_string_lossy().into_owned(),
            bundle_path: launch.dags_folder.to_string_lossy().into_owned(),
            bundle_name: launch.name.clone(),
            callback_requests: Vec::new(),
        }),
        answer: |message| match message {
            ToSupervisor::DagFileParsingResult(description) => Some(*description),
            _ => None,
        },
    }
}

/// Starts the program, asks it for the timetable of one of its DAGs and ends it.
///
/// # Errors
/// The program cannot be started, or did not answer within the limit; it does not run any more then.
pub async fn ask_timetable(
    launch: &Launch,
    request: UpdraftTimetableRequest,
    limit: Duration,
) -> Result<UpdraftTimetableResult, ProgramError> {
    let order = Order {
        purpose: Purpose::Timetable,
        message: ToTask::UpdraftTimetableRequest(Box::new(request)),
        answer: |message| match message {
            ToSupervisor::UpdraftTimetableResult(answer) => Some(answer),
            _ => None,
        },
    };
    ask_once(&launch.program, order, &Shepherd::default(), limit).await
}

/// Starts a program, has it carry out one order and ends it.
pub(crate) async fn ask_once<T>(
    program: &Program,
    order: Order<T>,
    shepherd: &Shepherd,
    limit: Duration,
) -> Result<T, ProgramError> {
    let mut process = Process::start(program, shepherd)?;
    let answered = process.ask(order, &mut Questions::none(), limit).await;
    process.end().await;
    answered
}
