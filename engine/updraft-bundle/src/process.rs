//! A running program, and the conversation with it.

use std::io;
use std::os::fd::OwnedFd;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use updraft_protocol::frame::{FrameDecoder, Reply, encode_reply};
use updraft_protocol::launch::Program;
use updraft_protocol::message::{ErrorResponse, ToTask};

use crate::answers::Questions;
use crate::runtime::{Order, ProgramError};
use crate::shepherd::Shepherd;

/// How much of what a program prints is kept to explain its failure, in bytes.
const PRINTED_KEPT: usize = 8192;

/// How long a program may take to end after its last order.
const FAREWELL: Duration = Duration::from_secs(1);

/// A running program that serves us. Dropping it ends the process and, under a shepherd, all that it has started.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    socket: UnixStream,
    decoder: FrameDecoder,
    printed: Printed,
    /// Read the two outputs all the time, lest a program that prints a lot waits for a reader.
    readers: JoinSet<()>,
}

/// The last of what a program has printed.
#[derive(Debug, Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Process {
    pub(crate) fn start(program: &Program, shepherd: &Shepherd) -> Result<Self, ProgramError> {
        let (socket, theirs) = UnixStream::pair().map_err(ProgramError::Socket)?;
        let theirs = theirs.into_std().and_then(|socket| {
            socket.set_nonblocking(false)?;
            Ok(OwnedFd::from(socket))
        });
        let (path, arguments) = shepherd.command(program);
        let spawned = Command::new(path)
            .args(arguments)
            .envs(&program.env)
            .current_dir(&program.folder)
            .stdin(Stdio::from(theirs.map_err(ProgramError::Socket)?))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            // A shepherd ends by itself, after all that it watches.
            .kill_on_drop(!shepherd.is_there())
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                return Err(ProgramError::Busy);
            }
            Err(error) => return Err(ProgramError::Start(error)),
        };
        let printed = Printed::default();
        let mut readers = JoinSet::new();
        readers.spawn(printed.clone().read(child.stdout.take()));
        readers.spawn(printed.clone().read(child.stderr.take()));
        Ok(Self {
            child,
            socket,
            decoder: FrameDecoder::new(),
            printed,
            readers,
        })
    }

    /// Whether the process can take an order.
    pub(crate) fn is_usable(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Gives an order and waits for its answer. After an error the process is good for nothing.
    pub(crate) async fn ask<T>(
        &mut self,
        order: Order<T>,
        questions: &mut Questions,
        limit: Duration,
    ) -> Result<T, ProgramError> {
        let purpose = order.purpose;
        self.printed.clear();
        let answered = async {
            match self.converse(order, questions).await? {
                Some(answer) => Ok(answer),
                None => Err(self.ended(purpose).await?),
            }
        };
        let answered = tokio::time::timeout(limit, answered).await;
        answered.unwrap_or(Err(ProgramError::Timeout { purpose, limit }))
    }

    /// Gives the order and waits for the answer; `None` if the program hangs up.
    async fn converse<T>(
        &mut self,
        order: Order<T>,
        questions: &mut Questions,
    ) -> Result<Option<T>, ProgramError> {
        let Order {
            purpose,
            message,
            answer,
        } = order;
        let unclear = |source| ProgramError::Message { purpose, source };
        if !self.send(0, Ok(Some(message))).await? {
            return Ok(None);
        }
        let mut bytes = vec![0; 1 << 16];
        loop {
            while let Some(frame) = self.decoder.next_frame()? {
                let request = frame.into_request().map_err(unclear)?;
                if request.body.is_answered() {
                    let reply = questions.answer(request.body).await;
                    if !self.send(request.id, reply).await? {
                        return Ok(None);
                    }
                } else if let Some(answer) = answer(request.body) {
                    return Ok(Some(answer));
                }
            }
            match self.socket.read(&mut bytes).await {
                Ok(0) => return Ok(None),
                Ok(length) => self.decoder.push(bytes.get(..length).unwrap_or_default()),
                Err(error) if is_hang_up(&error) => return Ok(None),
                Err(error) => return Err(ProgramError::Socket(error)),
            }
        }
    }

    /// Sends an order or answer; false if the program has hung up.
    async fn send(
        &mut self,
        id: u64,
        body: Result<Option<ToTask>, ErrorResponse>,
    ) -> Result<bool, ProgramError> {
        let bytes = encode_reply(&Reply { id, body })?;
        match self.socket.write_all(&bytes).await {
            Ok(()) => Ok(true),
            Err(error) if is_hang_up(&error) => Ok(false),
            Err(error) => Err(ProgramError::Socket(error)),
        }
    }

    /// How a program that has hung up has ended.
    async fn ended(&mut self, purpose: crate::Purpose) -> Result<ProgramError, ProgramError> {
        let status = self.child.wait().await.map_err(ProgramError::Socket)?;
        while self.readers.join_next().await.is_some() {}
        Ok(ProgramError::Ended {
            purpose,
            status: describe_exit(status),
            printed: self.printed.text(),
        })
    }

    /// Ends the process: hangs up, waits a little, and kills what is left of its group.
    pub(crate) async fn end(self) {
        let Self {
            mut child, socket, ..
        } = self;
        drop(socket);
        let group = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        if tokio::time::timeout(FAREWELL, child.wait()).await.is_ok() {
            return;
        }
        if let Some(group) = group {
            // It may have ended in this moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
        if let Err(error) = child.wait().await {
            tracing::warn!(%error, "a program that was killed cannot be waited for");
        }
    }
}

impl Printed {
    async fn read(self, stream: Option<impl AsyncRead + Unpin>) {
        let Some(mut stream) = stream else { return };
        let mut bytes = vec![0; 4096];
        // A stream that cannot be read explains nothing.
        while let Ok(length @ 1..) = stream.read(&mut bytes).await {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend_from_slice(bytes.get(..length).unwrap_or_default());
            let surplus = kept.len().saturating_sub(PRINTED_KEPT);
            kept.drain(..surplus);
        }
    }

    fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).trim().to_owned()
    }
}

fn is_hang_up(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

/// How a process ended. A shepherd says it as a shell does: 128 and the number of the signal.
fn describe_exit(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code @ 129..=192), _) => format!("was killed by signal {}", code - 128),
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
