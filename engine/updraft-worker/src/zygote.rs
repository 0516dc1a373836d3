//! Programs whose processes are forked from one that is warm: the *zygote*.
//!
//! A zygote runs under a shepherd of its own. It is started when the first process is wanted, and ends some time after the last one.
//! What it forks watches over its own descendants, as a shepherd does.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use rustix::process::{Pid, Signal, pidfd_send_signal};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;
use updraft_protocol::launch::{Launch, Orphans, Program, ShepherdArguments};
use updraft_protocol::zygote::{ForkOrder, ZygoteNews};

use crate::WorkerOptions;
use crate::output::{Output, Stream};
use crate::process::{StartError, blocking};

/// How long a zygote may take to fork, its own start included.
const PATIENCE: Duration = Duration::from_mins(1);

/// A zygote of which no process has been left for so long ends.
const IDLE_MAX: Duration = Duration::from_mins(1);

/// How many orders may be on their way to a zygote.
const ORDERS_MAX: usize = 64;

/// News are read in pieces of this size, in bytes.
const PIECE: usize = 4 << 10;

/// So many descriptors may come with a piece of news: one with each line.
const HANDLES_MAX: usize = 64;

/// So many of the last lines that a zygote has printed explain its end.
const LINES_KEPT: usize = 20;

/// The zygotes that there are, for all who want processes of the same programs.
#[derive(Debug, Default)]
pub struct Zygotes(Mutex<Vec<Zygote>>);

/// The way to a zygote. Dropping it ends the zygote.
#[derive(Debug)]
struct Zygote {
    program: Arc<Program>,
    /// Closed when the zygote takes no orders any more.
    orders: mpsc::Sender<Order>,
    _conversation: JoinSet<()>,
    end: AbortHandle,
}

/// What a new process is given, and who waits for it.
struct Order {
    grace: Duration,
    descriptors: [OwnedFd; 3],
    forked: oneshot::Sender<Result<Forked, StartError>>,
}

/// A process that was forked from a zygote.
pub(crate) struct Forked {
    pub(crate) pid: Pid,
    handle: OwnedFd,
    ended: oneshot::Receiver<ExitStatus>,
}

impl Zygotes {
    /// A process of a program, with these as its socket, standard output and standard error.
    pub(crate) async fn fork(
        &self,
        launch: &Launch,
        options: &WorkerOptions,
        descriptors: [OwnedFd; 3],
    ) -> Result<Forked, StartError> {
        let (forked, answer) = oneshot::channel();
        let mut order = Order {
            grace: options.kill_grace,
            descriptors,
            forked,
        };
        // One that ends in this moment is replaced.
        while let Err(refused) = self.of(launch, options)?.send(order).await {
            order = refused.0;
        }
        let gone = || StartError::new("the process that it is forked from has ended");
        let forked = tokio::time::timeout(PATIENCE, answer).await;
        let forked = forked.map_err(|_| {
            let program = launch.program.path.display();
            StartError::new(format!("`{program}` has not started within {PATIENCE:?}"))
        })?;
        forked.map_err(|_| gone())?
    }

    /// The way to the zygote of a program, which is started if there is none.
    fn of(&self, launch: &Launch, options: &WorkerOptions) -> Result<mpsc::Sender<Order>, StartError> {
        let mut zygotes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        zygotes.retain(|zygote| !zygote.end.is_finished());
        let is_its = |zygote: &&Zygote| zygote.program == launch.program && !zygote.orders.is_closed();
        if let Some(zygote) = zygotes.iter().find(is_its) {
            return Ok(zygote.orders.clone());
        }
        let conversation = Conversation::start(launch, options).map_err(|error| {
            StartError::new(format!(
                "the shepherd `{}` cannot be started: {error}",
                options.shepherd.0.display()
            ))
        })?;
        let (orders, receiver) = mpsc::channel(ORDERS_MAX);
        let mut conversations = JoinSet::new();
        let end = conversations.spawn(conversation.run(receiver));
        zygotes.push(Zygote {
            program: Arc::clone(&launch.program),
            orders: orders.clone(),
            _conversation: conversations,
            end,
        });
        Ok(orders)
    }
}

impl Forked {
    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        // It may have ended in this moment.
        let _ = pidfd_send_signal(&self.handle, Signal::TERM);
    }

    /// Kills it, and by its end all that has come of it.
    pub(crate) fn kill(&self) {
        let _ = pidfd_send_signal(&self.handle, Signal::KILL);
    }

    /// Waits for its end.
    pub(crate) async fn wait(&mut self) -> ExitStatus {
        // When the zygote ends, its shepherd kills what was forked from it.
        let killed = ExitStatus::from_raw(Signal::KILL.as_raw());
        (&mut self.ended).await.unwrap_or(killed)
    }

    /// What tells whether it has ended.
    pub(crate) fn handle(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// The conversation with a zygote.
struct Conversation {
    shepherd: Child,
    socket: UnixStream,
    /// What was read of a line that is not complete.
    begun: Vec<u8>,
    /// Handles whose lines have not been read.
    handles: VecDeque<OwnedFd>,
    stdout: Output,
    stderr: Output,
    /// Orders that the socket has not taken yet.
    unsent: VecDeque<Order>,
    /// Who waits for the answers to those it has taken.
    asked: VecDeque<oneshot::Sender<Result<Forked, StartError>>>,
    running: HashMap<i32, oneshot::Sender<ExitStatus>>,
    printed: VecDeque<String>,
    is_listening: bool,
    program: String,
}

impl Conversation {
    fn start(launch: &Launch, options: &WorkerOptions) -> io::Result<Self> {
        let (socket, theirs) = UnixStream::pair()?;
        let (stdout, stdout_writer) = Output::pipe(Stream::Stdout)?;
        let (stderr, stderr_writer) = Output::pipe(Stream::Stderr)?;
        let arguments = ShepherdArguments {
            grace: options.kill_grace,
            orphans: Orphans::Kill,
            program: launch.program.path.clone(),
            args: launch.program.zygote.iter().flatten().map(Into::into).collect(),
        };
        let (shepherd, own) = &options.shepherd;
        let shepherd = Command::new(shepherd)
            .args(own)
            .args(arguments.to_command_line())
            .envs(&launch.program.env)
            .current_dir(&launch.program.folder)
            .stdin(Stdio::from(blocking(theirs)?))
            .stdout(stdout_writer)
            .stderr(stderr_writer)
            .process_group(0)
            .spawn()?;
        Ok(Self {
            shepherd,
            socket,
            begun: Vec::new(),
            handles: VecDeque::new(),
            stdout,
            stderr,
            unsent: VecDeque::new(),
            asked: VecDeque::new(),
            running: HashMap::new(),
            printed: VecDeque::new(),
            is_listening: true,
            program: launch.program.path.display().to_string(),
        })
    }

    /// Goes on until the zygote has ended or is idle.
    async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut idle_since = Instant::now();
        loop {
            let can_send = !self.unsent.is_empty();
            let is_idle = !can_send && self.asked.is_empty() && self.running.is_empty();
            if is_idle && orders.is_closed() && orders.is_empty() {
                return;
            }
            if !is_idle {
                idle_since = Instant::now();
            }
            tokio::select! {
                Some(order) = orders.recv() => self.unsent.push_back(order),
                _ = self.socket.readable(), if self.is_listening => if let Err(error) = self.receive() {
                    return self.give_up(&format!("says something strange: {error}"));
                },
                lines = self.stdout.lines() => self.on_lines(lines),
                lines = self.stderr.lines() => self.on_lines(lines),
                status = self.shepherd.wait() => {
                    let lines = [self.stdout.drain(), self.stderr.drain()].concat();
                    self.on_lines(lines);
                    // One that cannot be waited for is not there.
                    let status = status.unwrap_or_default();
                    return self.give_up(&format!("has ended: {status}"));
                }
                () = tokio::time::sleep_until(idle_since + IDLE_MAX), if is_idle => orders.close(),
                // An error shows when it is written to.
                _ = self.socket.writable(), if can_send => {}
            }
            while let Some(order) = self.unsent.pop_front() {
                if let Err(order) = self.send(order) {
                    self.unsent.push_front(order);
                    break;
                }
            }
        }
    }

    /// Sends an order; it comes back if it has to wait. If the zygote has gone, that is noticed elsewhere.
    fn send(&mut self, order: Order) -> Result<(), Order> {
        let message = ForkOrder {
            grace: order.grace.as_secs_f64(),
        };
        let line = message.to_line();
        let descriptors = order.descriptors.each_ref().map(AsFd::as_fd);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(3))];
        let mut beside = SendAncillaryBuffer::new(&mut space);
        beside.push(SendAncillaryMessage::ScmRights(&descriptors));
        let sent = self.socket.try_io(Interest::WRITABLE, || {
            let line = [io::IoSlice::new(&line)];
            Ok(sendmsg(&self.socket, &line, &mut beside, SendFlags::NOSIGNAL)?)
        });
        match sent {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(order),
            Ok(_) | Err(_) => {
                self.asked.push_back(order.forked);
                Ok(())
            }
        }
    }

    /// Reads news.
    fn receive(&mut self) -> io::Result<()> {
        let mut piece = [0; PIECE];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(HANDLES_MAX))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let received = self.socket.try_io(Interest::READABLE, || {
            let mut into = [io::IoSliceMut::new(&mut piece)];
            Ok(recvmsg(
                &self.socket,
                &mut into,
                &mut beside,
                RecvFlags::CMSG_CLOEXEC,
            )?)
        });
        let length = match received {
            Ok(received) => received.bytes,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        for message in beside.drain() {
            if let RecvAncillaryMessage::ScmRights(handles) = message {
                self.handles.extend(handles);
            }
        }
        // The end of the program is noticed by that of its shepherd.
        self.is_listening = length > 0;
        self.begun
            .extend_from_slice(piece.get(..length).unwrap_or_default());
        while let Some(end) = self.begun.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.begun.drain(..=end).collect();
            self.on_news(serde_json::from_slice(&line)?);
        }
        Ok(())
    }

    fn on_news(&mut self, news: ZygoteNews) {
        match news {
            ZygoteNews::Forked(id) => {
                let forked = Pid::from_raw(id)
                    .zip(self.handles.pop_front())
                    .map(|(pid, handle)| {
                        let (sender, ended) = oneshot::channel();
                        self.running.insert(id, sender);
                        Forked { pid, handle, ended }
                    });
                self.answer(forked.ok_or_else(|| StartError::new("it has come without its handle")));
            }
            ZygoteNews::Failed(why) => self.answer(Err(StartError::new(why))),
            ZygoteNews::Ended(pid, status) => {
                if let Some(ended) = self.running.remove(&pid) {
                    // Who does not wait for it any more does not want to know.
                    let _ = ended.send(ExitStatus::from_raw(status));
                }
            }
        }
    }

    fn answer(&mut self, answer: Result<Forked, StartError>) {
        if let Some(asked) = self.asked.pop_front() {
            // One that nobody waits for any more finds its socket closed, and ends.
            let _ = asked.send(answer);
        }
    }

    fn on_lines(&mut self, lines: Vec<String>) {
        for line in lines {
            tracing::warn!("`{}` prints: {line}", self.program);
            if self.printed.len() == LINES_KEPT {
                self.printed.pop_front();
            }
            self.printed.push_back(line);
        }
    }

    /// Says why there will be no processes.
    fn give_up(mut self, what: &str) {
        let printed = Vec::from(self.printed).join("\n");
        let colon = if printed.is_empty() { "" } else { "; it printed: " };
        let why = format!(
            "`{}`, which task processes are forked from, {what}{colon}{printed}",
            self.program
        );
        tracing::warn!("{why}");
        let unsent = self.unsent.drain(..).map(|order| order.forked);
        for asked in self.asked.drain(..).chain(unsent) {
            // Who waits no more does not want to know.
            let _ = asked.send(Err(StartError::new(why.clone())));
        }
    }
}
