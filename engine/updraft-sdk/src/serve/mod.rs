//! Serving a supervisor: the loop of a bundle process.

mod channel;
mod current;
mod log;
mod parent;
mod socket;

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use updraft_protocol::frame::{Frame, FrameDecoder, FrameError, MessageError, Reply};
use updraft_protocol::message::{
    DagFileParseRequest, StartupDetails, ToSupervisor, ToTask, UpdraftTimetableRequest,
};

use self::channel::Channel;
use self::current::Current;
use crate::bundle::{DagSet, ServeArguments};
use crate::dag::answer;
use crate::task::{Attempt, Run, end, run};

pub(crate) use self::log::LocalLog;

/// The exit code of a process that ended because it was told to by SIGTERM, as in a shell.
const TERMINATED: u8 = 143;

/// Why a bundle process cannot go on serving.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error(
        "standard input is not the socket of a supervisor; to look at the bundle by hand, run it with `list`"
    )]
    NotASocket,
    #[error("the process that started this one is gone")]
    Orphaned,
    #[error("the process cannot be set up")]
    SetUp(#[source] io::Error),
    #[error("the supervisor cannot be read")]
    Read(#[source] io::Error),
    #[error("the supervisor sends garbage")]
    Frame(#[from] FrameError),
    #[error("the supervisor sends something else than orders and answers")]
    Message(#[from] MessageError),
    #[error("the supervisor orders an attempt while another one runs")]
    Busy,
}

/// Serves orders until the supervisor hangs up or SIGTERM comes.
pub(crate) fn serve(dags: DagSet, arguments: ServeArguments) -> Result<ExitCode, ServeError> {
    parent::die_with(arguments.parent)?;
    let socket = socket::take_stdin()?;
    let writer = socket.try_clone().map_err(ServeError::SetUp)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("task")
        .enable_all()
        .build()
        .map_err(ServeError::SetUp)?;
    let channel = Arc::new(Channel::new(writer));
    let current = Arc::new(Current::default());
    log::install(Arc::clone(&channel), Arc::clone(&current));
    let hang_up = socket.try_clone().map_err(ServeError::SetUp)?;
    runtime
        .handle()
        .spawn(end_on_sigterm(Arc::clone(&current), hang_up));
    let mut server = Server {
        dags,
        socket,
        channel,
        current,
        runtime,
        decoder: FrameDecoder::new(),
    };
    let ended = server.serve();
    // Threads of blocking tasks cannot be stopped; they end with the process.
    server.runtime.shutdown_background();
    ended?;
    Ok(if server.current.is_terminated() {
        ExitCode::from(TERMINATED)
    } else {
        ExitCode::SUCCESS
    })
}

/// On SIGTERM, lets the running task end early and then makes the main loop see the end of its socket.
async fn end_on_sigterm(current: Arc<Current>, socket: UnixStream) {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
            current.terminate().await;
            // Only the reading side: the socket is shared with the parent, which takes a full shutdown for the end of
            // the supervisor. A failure means that the socket has ended already.
            let _ = socket.shutdown(std::net::Shutdown::Read);
        }
        Err(error) => tracing::warn!(%error, "SIGTERM will end this process without a warning to its task"),
    }
}

struct Server {
    dags: DagSet,
    socket: UnixStream,
    channel: Arc<Channel>,
    current: Arc<Current>,
    runtime: Runtime,
    decoder: FrameDecoder,
}

impl Server {
    /// Handles frames in the order they come, until the socket ends.
    fn serve(&mut self) -> Result<(), ServeError> {
        while let Some(frame) = self.next_frame()? {
            let Reply { id, body } = frame.into_reply()?;
            match body {
                Ok(Some(ToTask::StartupDetails(startup))) => self.start(*startup)?,
                Ok(Some(ToTask::DagFileParseRequest(request))) => self.describe(&request),
                Ok(Some(ToTask::UpdraftTimetableRequest(request))) => self.ask_timetable(*request),
                Ok(
                    body @ (None
                    | Some(
                        ToTask::XComResult(_)
                        | ToTask::XComCountResponse(_)
                        | ToTask::XComSequenceIndexResult(_)
                        | ToTask::XComSequenceSliceResult(_)
                        | ToTask::VariableResult(_)
                        | ToTask::ConnectionResult(_)
                        | ToTask::DagResult(_)
                        | ToTask::DagRunResult(_)
                        | ToTask::DagRunStateResult(_)
                        | ToTask::PreviousDagRunResult(_)
                        | ToTask::PrevSuccessfulDagRunResult(_)
                        | ToTask::PreviousTiResult(_)
                        | ToTask::DrCount(_)
                        | ToTask::TiCount(_)
                        | ToTask::TaskStatesResult(_)
                        | ToTask::TaskRescheduleStartDate(_)
                        | ToTask::VariableKeysResult(_)
                        | ToTask::AssetResult(_)
                        | ToTask::AssetEventsResult(_)
                        | ToTask::AssetsByAliasResult(_)
                        | ToTask::TaskStateStoreResult(_)
                        | ToTask::HitlDetailResponse(_)
                        | ToTask::AssetStateStoreResult(_)
                        | ToTask::InactiveAssetsResult(_)
                        | ToTask::OkResponse(_)
                        | ToTask::ErrorResponse(_),
                    )),
                ) => self.channel.answer(id, Ok(body)),
                // Orders for the process that waits for triggers of Python; nobody gives them to a bundle.
                Ok(Some(ToTask::UpdraftRunTrigger(_) | ToTask::UpdraftCancelTrigger(_))) => {}
                Err(error) => self.channel.answer(id, Err(error.into())),
            }
        }
        self.channel.close();
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>, ServeError> {
        let mut bytes = [0; 16 * 1024];
        loop {
            if let Some(frame) = self.decoder.next_frame()? {
                return Ok(Some(frame));
            }
            match self.socket.read(&mut bytes) {
                Ok(0) => return Ok(None),
                Ok(length) => self.decoder.push(bytes.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
                Err(error) => return Err(ServeError::Read(error)),
            }
        }
    }

    fn describe(&self, request: &DagFileParseRequest) {
        let description = self.dags.describe(request);
        self.channel
            .send(&ToSupervisor::DagFileParsingResult(Box::new(description)));
    }

    /// Has a timetable answer on a thread of its own: one that hangs does not keep the process from seeing that nobody waits
    /// for it any more.
    fn ask_timetable(&self, request: UpdraftTimetableRequest) {
        let (dag, channel) = (self.dags.dag(&request.dag_id).cloned(), Arc::clone(&self.channel));
        self.runtime.spawn_blocking(move || {
            let answer = answer(dag.as_ref(), &request);
            flush();
            channel.send(&ToSupervisor::UpdraftTimetableResult(answer));
        });
    }

    fn start(&self, startup: StartupDetails) -> Result<(), ServeError> {
        let attempt = Attempt::new(
            startup,
            Arc::<Channel>::clone(&self.channel),
            self.runtime.handle().clone(),
        );
        let order = Run::new(self.dags.dags(), attempt);
        let (channel, current) = (Arc::clone(&self.channel), Arc::clone(&self.current));
        let attempt = Arc::clone(&order.attempt);
        let ended = Arc::clone(&attempt);
        let work = async move {
            let result = run(order).await;
            flush();
            // From here on the process counts as idle: the next order may follow the answer at once.
            current.clear();
            channel.send(&end(&ended, &result));
        };
        if self.current.set(attempt, || self.runtime.handle().spawn(work)) {
            Ok(())
        } else {
            Err(ServeError::Busy)
        }
    }
}

/// Hands on what the task has printed so far, so that it comes before the end in the log.
fn flush() {
    let _ = io::stdout().flush();
    let _ = io::stderr().flush();
}
