//! The process of a bundle program: under a shepherd, or forked from a zygote.

use std::fs;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use updraft_protocol::frame::{Frame, FrameDecoder, FrameError, Reply, encode_reply};
use updraft_protocol::launch::{Launch, Orphans, Program, ShepherdArguments};

use crate::output::{Output, Stream};
use crate::shepherd::{NOT_FOUND, NOT_STARTED};
use crate::tree::descendants;
use crate::zygote::Forked;
use crate::{ProgramExit, WorkerOptions};

/// How long the end of a tree that was hung up on may take before that is said.
const END_PATIENCE: Duration = Duration::from_secs(10);

/// Frames are read in pieces of this size, in bytes.
const PIECE: usize = 16 << 10;

/// Why a process cannot be started; what is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct StartError(String);

impl StartError {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// Who tells of the program's end.
enum Keeper {
    /// The shepherd that it runs under.
    Shepherd(Child),
    /// The process that it was forked from. It watches over its descendants itself.
    Zygote(Box<Forked>),
}

/// A bundle program, and the three ways to it: socket, standard output, standard error.
///
/// Dropping it closes the socket, whereupon everything is killed: by the shepherd, or by the program if it was forked.
pub(crate) struct Process {
    program: Arc<Program>,
    keeper: Keeper,
    /// The shepherd's process, or that of a forked program; it is not waited for before `exit` is set, so the number of a
    /// shepherd stays ours.
    pid: Pid,
    exit: Option<ExitStatus>,
    /// `None` after hanging up.
    socket: Option<UnixStream>,
    /// Whether the program's end of the socket is still open.
    is_connected: bool,
    decoder: FrameDecoder,
    /// Where pieces are read into.
    piece: Vec<u8>,
    /// Bytes for the program that the socket has not taken yet.
    outgoing: Vec<u8>,
    stdout: Output,
    stderr: Output,
    /// Whether the program has ever sent a frame.
    has_spoken: bool,
    /// The program's own process, once it was the only one after an attempt.
    program_process: Option<OwnedFd>,
}

/// What a process has done.
#[derive(Debug)]
pub(crate) enum ProcessEvent {
    /// It has sent bytes, which may complete frames.
    Received,
    /// It has printed lines.
    Printed(Stream, Vec<String>),
    /// It has taken bytes, or closed one of the ways to it.
    Other,
    /// All of it has ended.
    Exited,
}

impl Process {
    /// Starts a shepherd, which starts the program.
    pub(crate) fn start(launch: &Launch, options: &WorkerOptions) -> Result<Self, StartError> {
        check_program(launch)?;
        let (program, own) = &options.shepherd;
        let failed = |error: io::Error| {
            StartError(format!(
                "the shepherd `{}` cannot be started: {error}",
                program.display()
            ))
        };
        let (ways, [theirs, stdout, stderr]) = Ways::open().map_err(failed)?;
        let arguments = ShepherdArguments {
            grace: options.kill_grace,
            orphans: Orphans::Keep,
            program: launch.program.path.clone(),
            args: launch.program.args.iter().map(Into::into).collect(),
        };
        let shepherd = Command::new(program)
            .args(own)
            .args(arguments.to_command_line())
            .envs(&launch.program.env)
            .current_dir(&launch.program.folder)
            .stdin(theirs)
            .stdout(stdout)
            .stderr(stderr)
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let pid = shepherd.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
        let pid = pid.ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        Ok(Self::new(launch, Keeper::Shepherd(shepherd), pid, ways))
    }

    /// Has the program forked from its zygote.
    pub(crate) async fn fork(launch: &Launch, options: &WorkerOptions) -> Result<Self, StartError> {
        check_program(launch)?;
        let failed = |error: io::Error| StartError(format!("a task process cannot be started: {error}"));
        let (ways, theirs) = Ways::open().map_err(failed)?;
        let forked = options.zygotes.fork(launch, options, theirs).await?;
        let pid = forked.pid;
        Ok(Self::new(launch, Keeper::Zygote(Box::new(forked)), pid, ways))
    }

    fn new(launch: &Launch, keeper: Keeper, pid: Pid, ways: Ways) -> Self {
        Self {
            program: Arc::clone(&launch.program),
            keeper,
            pid,
            exit: None,
            socket: Some(ways.socket),
            is_connected: true,
            decoder: FrameDecoder::new(),
            piece: vec![0; PIECE],
            outgoing: Vec::new(),
            stdout: ways.stdout,
            stderr: ways.stderr,
            has_spoken: false,
            program_process: None,
        }
    }

    pub(crate) const fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// The process id of the shepherd, or of a forked program.
    pub(crate) fn pid(&self) -> u32 {
        self.pid.as_raw_nonzero().get().cast_unsigned()
    }

    /// Waits for the process to do something. A call that is dropped loses nothing.
    pub(crate) async fn next(&mut self) -> ProcessEvent {
        let can_write = !self.outgoing.is_empty();
        tokio::select! {
            ready = readable(self.socket.as_ref()), if self.is_connected => {
                if ready && self.receive() { ProcessEvent::Received } else { ProcessEvent::Other }
            }
            () = writable(self.socket.as_ref()), if can_write => {
                self.write();
                ProcessEvent::Other
            }
            lines = self.stdout.lines() => ProcessEvent::Printed(Stream::Stdout, lines),
            lines = self.stderr.lines() => ProcessEvent::Printed(Stream::Stderr, lines),
            status = self.keeper.wait(), if self.exit.is_none() => {
                self.exit = Some(status);
                ProcessEvent::Exited
            }
        }
    }

    /// Reads from the socket; false if nothing came.
    fn receive(&mut self) -> bool {
        let Some(socket) = &self.socket else {
            return false;
        };
        match socket.try_read(&mut self.piece) {
            Ok(length @ 1..) => {
                self.decoder.push(self.piece.get(..length).unwrap_or_default());
                true
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => false,
            Ok(_) | Err(_) => {
                self.is_connected = false;
                false
            }
        }
    }

    /// The next complete frame that has been received.
    pub(crate) fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let frame = self.decoder.next_frame()?;
        self.has_spoken |= frame.is_some();
        Ok(frame)
    }

    /// Sends an order or answer, as far as the socket takes it now; the rest follows in [`next`](Self::next).
    pub(crate) fn send(&mut self, reply: &Reply) -> Result<(), FrameError> {
        let bytes = encode_reply(reply)?;
        self.outgoing.extend_from_slice(&bytes);
        self.write();
        Ok(())
    }

    fn write(&mut self) {
        while let Some(socket) = &self.socket
            && !self.outgoing.is_empty()
        {
            match socket.try_write(&self.outgoing) {
                Ok(length) => drop(self.outgoing.drain(..length)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // A program that does not listen any more is about to end, which is noticed elsewhere.
                Err(_) => self.outgoing.clear(),
            }
        }
    }

    /// What the program has printed and sent up to this moment, without waiting.
    pub(crate) fn drain(&mut self) -> [(Stream, Vec<String>); 2] {
        [
            (Stream::Stdout, self.stdout.drain()),
            (Stream::Stderr, self.stderr.drain()),
        ]
    }

    /// Receives what is left in the socket of a process that has ended.
    pub(crate) fn drain_socket(&mut self) {
        let Some(socket) = &self.socket else { return };
        while let Ok(length @ 1..) = rustix::io::read(socket, &mut self.piece[..]) {
            self.decoder.push(self.piece.get(..length).unwrap_or_default());
        }
    }

    /// Asks everything to end, with a grace.
    pub(crate) fn terminate(&self) {
        match &self.keeper {
            _ if self.exit.is_some() => {}
            Keeper::Zygote(forked) => forked.terminate(),
            // It may have ended in this moment.
            Keeper::Shepherd(_) => drop(kill_process(self.pid, Signal::TERM)),
        }
    }

    /// Closes the socket, whereupon everything is killed at once.
    pub(crate) fn hang_up(&mut self) {
        self.socket = None;
        self.is_connected = false;
        self.outgoing.clear();
    }

    /// Kills everything and waits for the end.
    pub(crate) async fn end(mut self) {
        self.hang_up();
        if self.has_exited() {
            return;
        }
        if tokio::time::timeout(END_PATIENCE, self.ended()).await.is_ok() {
            return;
        }
        if let Keeper::Zygote(forked) = &self.keeper {
            // It does not get to it; what comes of it is killed by the shepherd of its zygote.
            forked.kill();
        }
        if tokio::time::timeout(END_PATIENCE, self.ended()).await.is_err() {
            let program = self.program.path.display();
            tracing::error!(
                process.pid = self.pid(),
                "processes of `{program}` cannot be killed; the kernel holds them"
            );
        }
    }

    async fn ended(&mut self) {
        while !matches!(self.next().await, ProcessEvent::Exited) {}
    }

    /// Whether all of it has ended.
    pub(crate) const fn has_exited(&self) -> bool {
        self.exit.is_some()
    }

    /// How many processes there are besides the program itself: what tasks have left behind.
    pub(crate) fn stray_processes(&mut self) -> usize {
        if matches!(self.keeper, Keeper::Zygote(_)) {
            return 0; // It has killed them.
        }
        let processes = descendants(self.pid);
        if let [program] = processes.as_slice()
            && self.program_process.is_none()
        {
            // Without this descriptor the end of the program is noticed a little later.
            self.program_process = pidfd_open(*program, PidfdFlags::empty()).ok();
        }
        processes.len().saturating_sub(1)
    }

    /// Whether the program can take an order. One that has just been killed may not have been waited for yet.
    pub(crate) fn is_usable(&self) -> bool {
        let process = match &self.keeper {
            Keeper::Zygote(forked) => Some(forked.handle()),
            Keeper::Shepherd(_) => self.program_process.as_ref().map(AsFd::as_fd),
        };
        let has_ended = process.is_some_and(|program| {
            let mut source = [PollFd::new(&program, PollFlags::IN)];
            poll(&mut source, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
        });
        self.exit.is_none() && self.is_connected && !has_ended
    }

    /// How the program ended, after [`ProcessEvent::Exited`].
    pub(crate) fn program_exit(&self) -> ProgramExit {
        let status = self.exit.unwrap_or_default();
        match (status.code(), status.signal()) {
            (Some(code), _) => ProgramExit::from_shell_code(code),
            (None, signal) => ProgramExit::Signal(signal.unwrap_or_default()),
        }
    }

    /// Whether the program was never started: the shepherd said so, and the program has said nothing.
    pub(crate) fn was_not_started(&self) -> bool {
        let code = self.exit.and_then(|status| status.code());
        !self.has_spoken && code.is_some_and(|code| [NOT_FOUND, NOT_STARTED].map(i32::from).contains(&code))
    }
}

impl Keeper {
    async fn wait(&mut self) -> ExitStatus {
        match self {
            // A process that cannot be waited for is not there.
            Self::Shepherd(shepherd) => shepherd.wait().await.unwrap_or_default(),
            Self::Zygote(forked) => forked.wait().await,
        }
    }
}

/// Our ends of the three ways to a program.
struct Ways {
    socket: UnixStream,
    stdout: Output,
    stderr: Output,
}

impl Ways {
    /// Our ends, and the program's: socket, standard output, standard error.
    fn open() -> io::Result<(Self, [OwnedFd; 3])> {
        let (socket, theirs) = UnixStream::pair()?;
        let (stdout, stdout_writer) = Output::pipe(Stream::Stdout)?;
        let (stderr, stderr_writer) = Output::pipe(Stream::Stderr)?;
        let theirs = [blocking(theirs)?, stdout_writer.into(), stderr_writer.into()];
        let ours = Self {
            socket,
            stdout,
            stderr,
        };
        Ok((ours, theirs))
    }
}

async fn readable(socket: Option<&UnixStream>) -> bool {
    match socket {
        Some(socket) => socket.readable().await.is_ok(),
        None => std::future::pending().await,
    }
}

async fn writable(socket: Option<&UnixStream>) {
    match socket {
        // An error shows when it is written to.
        Some(socket) => drop(socket.writable().await),
        None => std::future::pending().await,
    }
}

/// The child's end of the socket: a program expects to wait for what it reads.
pub(crate) fn blocking(socket: UnixStream) -> io::Result<OwnedFd> {
    let socket = socket.into_std()?;
    socket.set_nonblocking(false)?;
    Ok(socket.into())
}

/// Says what is wrong with a program better than the kernel would.
fn check_program(launch: &Launch) -> Result<(), StartError> {
    let program = launch.program.path.display();
    match fs::metadata(&launch.program.path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(StartError(format!(
            "program `{program}` does not exist any more; build it again, or correct `{}`",
            launch.source
        ))),
        Err(error) => Err(StartError(format!(
            "program `{program}` cannot be reached: {error}"
        ))),
        Ok(metadata) if !metadata.is_file() || metadata.permissions().mode() & 0o111 == 0 => Err(StartError(
            format!("program `{program}` is not executable; run `chmod +x {program}`"),
        )),
        Ok(_) if !launch.program.folder.is_dir() => Err(StartError(format!(
            "the folder `{}` in which `{}` is run is gone",
            launch.program.folder.display(),
            launch.source
        ))),
        Ok(_) => Ok(()),
    }
}
