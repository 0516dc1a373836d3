//! The native runtime: a bundle program describes its DAGs, and answers for their timetables.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use updraft_protocol::frame::{FrameDecoder, FrameError, MessageError, Reply, encode_reply};
use updraft_protocol::launch::{Launch, arguments};
use updraft_protocol::message::{
    DagFileParseRequest, DagFileParsingResult, ErrorResponse, ErrorType, ToSupervisor, ToTask,
    UpdraftTimetableRequest, UpdraftTimetableResult,
};

/// How much of what a program prints is kept to explain its failure, in bytes per stream.
const PRINTED_KEPT: usize = 4096;

/// How long a program may take to end after it has answered.
const FAREWELL: Duration = Duration::from_secs(1);

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

/// Starts the program, asks it for its DAGs and ends it.
pub(crate) async fn describe(launch: &Launch, limit: Duration) -> Result<DagFileParsingResult, ProgramError> {
    let order = Order {
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
    };
    ask(launch, order, limit).await
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
    ask(launch, order, limit).await
}

/// What a program is told to do, and which message is its answer.
struct Order<T> {
    purpose: Purpose,
    message: ToTask,
    answer: fn(ToSupervisor) -> Option<T>,
}

async fn ask<T>(launch: &Launch, order: Order<T>, limit: Duration) -> Result<T, ProgramError> {
    let purpose = order.purpose;
    let (ours, theirs) = UnixStream::pair().map_err(ProgramError::Socket)?;
    let mut program = Program::start(launch, theirs)?;
    let answered = tokio::time::timeout(limit, program.ask(order, ours)).await;
    match answered {
        Ok(Ok(answer)) => {
            program.end(FAREWELL).await;
            Ok(answer)
        }
        Ok(Err(error)) => {
            program.end(Duration::ZERO).await;
            Err(error)
        }
        Err(_) => {
            program.end(Duration::ZERO).await;
            Err(ProgramError::Timeout { purpose, limit })
        }
    }
}

/// A running program. Dropping it kills the process.
struct Program {
    child: Child,
}

impl Program {
    fn start(launch: &Launch, socket: UnixStream) -> Result<Self, ProgramError> {
        let socket = socket.into_std().and_then(|socket| {
            socket.set_nonblocking(false)?;
            Ok(OwnedFd::from(socket))
        });
        let child = Command::new(&launch.program)
            .args(arguments(&launch.args, None))
            .envs(&launch.env)
            .current_dir(&launch.folder)
            .stdin(Stdio::from(socket.map_err(ProgramError::Socket)?))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        match child {
            Ok(child) => Ok(Self { child }),
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => Err(ProgramError::Busy),
            Err(error) => Err(ProgramError::Start(error)),
        }
    }

    async fn ask<T>(&mut self, order: Order<T>, socket: UnixStream) -> Result<T, ProgramError> {
        let purpose = order.purpose;
        // Both are read all the time, lest a program that prints a lot waits for a reader.
        let stdout = tail(self.child.stdout.take());
        let stderr = tail(self.child.stderr.take());
        let printed = async { tokio::join!(stdout, stderr) };
        let mut printed = std::pin::pin!(printed);
        let conversation = converse(order, socket);
        let mut conversation = std::pin::pin!(conversation);
        let mut all_printed = None;
        let answer = loop {
            tokio::select! {
                answer = &mut conversation => break answer?,
                printed = &mut printed, if all_printed.is_none() => all_printed = Some(printed),
            }
        };
        if let Some(answer) = answer {
            return Ok(answer);
        }
        let status = self.child.wait().await.map_err(ProgramError::Socket)?;
        let (stdout, stderr) = match all_printed {
            Some(printed) => printed,
            None => printed.await,
        };
        Err(ProgramError::Ended {
            purpose,
            status: describe_exit(status),
            printed: [stdout, stderr].concat().trim().to_owned(),
        })
    }

    /// Waits so long for the process to end by itself, then kills its group.
    async fn end(&mut self, patience: Duration) {
        let group = self.child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        if tokio::time::timeout(patience, self.child.wait()).await.is_ok() {
            return;
        }
        if let Some(group) = group {
            // It may have ended in this moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
        if let Err(error) = self.child.wait().await {
            tracing::warn!(%error, "a bundle program that was killed cannot be waited for");
        }
    }
}

/// Gives the order and waits for the answer; `None` if the program hangs up.
async fn converse<T>(order: Order<T>, mut socket: UnixStream) -> Result<Option<T>, ProgramError> {
    let Order {
        purpose,
        message,
        answer,
    } = order;
    let unclear = |source| ProgramError::Message { purpose, source };
    if !send(&mut socket, 0, Ok(Some(message))).await? {
        return Ok(None);
    }
    let mut decoder = FrameDecoder::new();
    let mut bytes = vec![0; 1 << 16];
    loop {
        while let Some(frame) = decoder.next_frame()? {
            let request = frame.into_request().map_err(unclear)?;
            if request.body.is_answered() {
                let why = "not outside of tasks and callbacks";
                let error = ErrorResponse::new(ErrorType::PermissionDenied, why);
                if !send(&mut socket, request.id, Err(error)).await? {
                    return Ok(None);
                }
            } else if let Some(answer) = answer(request.body) {
                return Ok(Some(answer));
            }
        }
        match socket.read(&mut bytes).await {
            Ok(0) => return Ok(None),
            Ok(length) => decoder.push(bytes.get(..length).unwrap_or_default()),
            Err(error) if is_hang_up(&error) => return Ok(None),
            Err(error) => return Err(ProgramError::Socket(error)),
        }
    }
}

/// Sends an order or answer; false if the program has hung up.
async fn send(
    socket: &mut UnixStream,
    id: u64,
    body: Result<Option<ToTask>, ErrorResponse>,
) -> Result<bool, ProgramError> {
    let bytes = encode_reply(&Reply { id, body })?;
    match socket.write_all(&bytes).await {
        Ok(()) => Ok(true),
        Err(error) if is_hang_up(&error) => Ok(false),
        Err(error) => Err(ProgramError::Socket(error)),
    }
}

fn is_hang_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

/// Reads a stream to its end and gives its last part as text.
async fn tail(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut kept = Vec::new();
    let mut bytes = vec![0; PRINTED_KEPT];
    if let Some(mut stream) = stream {
        // A stream that cannot be read explains nothing.
        while let Ok(length @ 1..) = stream.read(&mut bytes).await {
            kept.extend_from_slice(bytes.get(..length).unwrap_or_default());
            kept.drain(..kept.len().saturating_sub(PRINTED_KEPT));
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

fn describe_exit(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
