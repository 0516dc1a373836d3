//! The native runtime: a bundle program describes its DAGs.

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
};

/// How much of what a program prints is kept to explain its failure, in bytes per stream.
const PRINTED_KEPT: usize = 4096;

/// How long a program may take to end after it has described its DAGs.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why a program did not describe its DAGs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DescribeError {
    /// The program file is being written to; it can be started once that is over.
    #[error("the program is being written")]
    Busy,
    #[error("the program cannot be started")]
    Start(#[source] io::Error),
    #[error("the program did not describe its DAGs within {0:?}")]
    Timeout(Duration),
    #[error("the program {status} before it described its DAGs")]
    Ended {
        status: String,
        /// The last of what it printed.
        printed: String,
    },
    #[error("the program cannot be talked to")]
    Socket(#[source] io::Error),
    #[error("the program sends something that is no message")]
    Frame(#[from] FrameError),
    #[error("the program sends a description that is not understood")]
    Message(#[from] MessageError),
}

impl DescribeError {
    /// Whether the same program may do better the next time.
    pub(crate) const fn may_pass(&self) -> bool {
        match self {
            Self::Busy | Self::Start(_) | Self::Timeout(_) | Self::Ended { .. } | Self::Socket(_) => true,
            Self::Frame(_) | Self::Message(_) => false,
        }
    }
}

/// Starts the program, asks it for its DAGs and ends it.
pub(crate) async fn describe(
    launch: &Launch,
    limit: Duration,
) -> Result<DagFileParsingResult, DescribeError> {
    let (ours, theirs) = UnixStream::pair().map_err(DescribeError::Socket)?;
    let mut program = Program::start(launch, theirs)?;
    let described = tokio::time::timeout(limit, program.describe(launch, ours)).await;
    match described {
        Ok(Ok(description)) => {
            program.end(FAREWELL).await;
            Ok(description)
        }
        Ok(Err(error)) => {
            program.end(Duration::ZERO).await;
            Err(error)
        }
        Err(_) => {
            program.end(Duration::ZERO).await;
            Err(DescribeError::Timeout(limit))
        }
    }
}

/// A running program. Dropping it kills the process.
struct Program {
    child: Child,
}

impl Program {
    fn start(launch: &Launch, socket: UnixStream) -> Result<Self, DescribeError> {
        let socket = socket.into_std().and_then(|socket| {
            socket.set_nonblocking(false)?;
            Ok(OwnedFd::from(socket))
        });
        let child = Command::new(&launch.program)
            .args(arguments(&launch.args, None))
            .envs(&launch.env)
            .current_dir(&launch.folder)
            .stdin(Stdio::from(socket.map_err(DescribeError::Socket)?))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn();
        match child {
            Ok(child) => Ok(Self { child }),
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => Err(DescribeError::Busy),
            Err(error) => Err(DescribeError::Start(error)),
        }
    }

    async fn describe(
        &mut self,
        launch: &Launch,
        socket: UnixStream,
    ) -> Result<DagFileParsingResult, DescribeError> {
        // Both are read all the time, lest a program that prints a lot waits for a reader.
        let stdout = tail(self.child.stdout.take());
        let stderr = tail(self.child.stderr.take());
        let printed = async { tokio::join!(stdout, stderr) };
        let mut printed = std::pin::pin!(printed);
        let conversation = converse(launch, socket);
        let mut conversation = std::pin::pin!(conversation);
        let mut all_printed = None;
        let answer = loop {
            tokio::select! {
                answer = &mut conversation => break answer?,
                printed = &mut printed, if all_printed.is_none() => all_printed = Some(printed),
            }
        };
        if let Some(description) = answer {
            return Ok(description);
        }
        let status = self.child.wait().await.map_err(DescribeError::Socket)?;
        let (stdout, stderr) = match all_printed {
            Some(printed) => printed,
            None => printed.await,
        };
        Err(DescribeError::Ended {
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

/// Asks for the DAGs and waits for the answer; `None` if the program hangs up.
async fn converse(
    launch: &Launch,
    mut socket: UnixStream,
) -> Result<Option<DagFileParsingResult>, DescribeError> {
    let request = ToTask::DagFileParseRequest(DagFileParseRequest {
        file: launch.file().to_string_lossy().into_owned(),
        bundle_path: launch.dags_folder.to_string_lossy().into_owned(),
        bundle_name: launch.name.clone(),
        callback_requests: Vec::new(),
    });
    if !send(&mut socket, 0, Ok(Some(request))).await? {
        return Ok(None);
    }
    let mut decoder = FrameDecoder::new();
    let mut bytes = vec![0; 1 << 16];
    loop {
        while let Some(frame) = decoder.next_frame()? {
            let request = frame.into_request()?;
            if request.body.is_answered() {
                let error = ErrorResponse::new(ErrorType::PermissionDenied, "not while DAGs are described");
                if !send(&mut socket, request.id, Err(error)).await? {
                    return Ok(None);
                }
            } else if let ToSupervisor::DagFileParsingResult(description) = request.body {
                return Ok(Some(*description));
            }
        }
        match socket.read(&mut bytes).await {
            Ok(0) => return Ok(None),
            Ok(length) => decoder.push(bytes.get(..length).unwrap_or_default()),
            Err(error) if is_hang_up(&error) => return Ok(None),
            Err(error) => return Err(DescribeError::Socket(error)),
        }
    }
}

/// Sends an order or answer; false if the program has hung up.
async fn send(
    socket: &mut UnixStream,
    id: u64,
    body: Result<Option<ToTask>, ErrorResponse>,
) -> Result<bool, DescribeError> {
    let bytes = encode_reply(&Reply { id, body })?;
    match socket.write_all(&bytes).await {
        Ok(()) => Ok(true),
        Err(error) if is_hang_up(&error) => Ok(false),
        Err(error) => Err(DescribeError::Socket(error)),
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
