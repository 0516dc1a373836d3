//! The loop around one attempt.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use updraft_protocol::frame::{Reply, Request};
use updraft_protocol::message::{
    CallbackOrder, ErrorResponse, ErrorType, LogLevel, OutletEventResult, SetRenderedFields, SkippedTask,
    StartupDetails, TaskInstance, ToSupervisor, ToTask, UpdraftProgress,
};

use super::answers::{Answer, Asker, answer};
use super::heartbeat::Pulse;
use super::journal::Journal;
use super::rendered;
use super::verdict::{Verdict, outcome_of};
use crate::process::{Process, ProcessEvent};
use crate::{ApiError, Heartbeat, KillReason, Outcome, TaskApi, WorkerOptions};

/// How many requests of a task are answered at once; more wait in the socket.
const REQUESTS_MAX: usize = 32;

/// How much longer than its grace the shepherd may take before it is hung up on, and how long the kernel may take to
/// end processes after that.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is to be done for one attempt.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) ti: TaskInstance,
    pub(crate) execution_timeout: Option<Duration>,
    /// How much longer it is waited for a program that ends late tasks itself.
    pub(crate) timeout_grace: Duration,
    pub(crate) options: Arc<WorkerOptions>,
    pub(crate) api: Arc<dyn TaskApi>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Conclusion {
    /// How the attempt ended; an error if nothing is to be reported, because the engine has refused it.
    pub(crate) outcome: Result<Outcome, ApiError>,
    /// How far the task was, if no heartbeat has told that.
    pub(crate) progress: Option<UpdraftProgress>,
    /// Tasks that the task wants skipped.
    pub(crate) skipped: Vec<SkippedTask>,
    /// What the task says about the assets that it has updated.
    pub(crate) outlet_events: Vec<OutletEventResult>,
    /// How long to wait before the next try, if the task has failed and says so.
    pub(crate) retry_delay: Option<Duration>,
    /// Whether the process did nothing wrong, so that it may serve the next attempt.
    pub(crate) is_process_sound: bool,
}

/// How far the end of a process has got that is not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// It is wanted.
    No,
    /// It was asked to end; it is hung up on at this time.
    Asked(Option<Instant>),
    /// It was hung up on; it is given up at this time.
    HungUp(Instant),
    /// The kernel does not end it.
    GivenUp,
}

/// The state of the loop.
pub(crate) struct Supervision<'a> {
    order: &'a Order,
    process: &'a mut Process,
    kill: watch::Receiver<Option<KillReason>>,
    journal: Journal,
    /// What the engine is being asked.
    calls: JoinSet<Call>,
    requests_in_flight: usize,
    pulse: Pulse,
    timeout_at: Option<Instant>,
    /// Why the attempt ends early; set once.
    verdict: Option<Verdict>,
    ending: Ending,
    /// How the task says it ended; requests that it made before are still answered.
    ended: Option<Outcome>,
    /// Tasks that the task wants skipped when it has succeeded.
    skipped: Vec<SkippedTask>,
    /// What the task said about its assets with its success.
    outlet_events: Vec<OutletEventResult>,
    /// How long to wait before the next try, if the task says so. Written with `ended`.
    retry_delay: Option<Duration>,
    /// What the log says if the task defers itself.
    pausing: String,
}

/// What the engine has answered.
enum Call {
    Answer { id: u64, answer: Box<Answer> },
    Heartbeat(Result<(), ApiError>),
}

/// What the loop wakes up for.
enum Event {
    Killed(KillReason),
    Deadline,
    Called(Result<Call, JoinError>),
    Process(ProcessEvent),
}

impl<'a> Supervision<'a> {
    pub(crate) fn new(
        order: &'a Order,
        process: &'a mut Process,
        kill: watch::Receiver<Option<KillReason>>,
        journal: Journal,
    ) -> Self {
        let now = Instant::now();
        Self {
            pulse: Pulse::new(
                order.options.heartbeat_interval,
                order.options.progress_interval,
                now,
            ),
            timeout_at: order
                .execution_timeout
                .and_then(|timeout| now.checked_add(timeout + order.timeout_grace)),
            order,
            process,
            kill,
            journal,
            calls: JoinSet::new(),
            requests_in_flight: 0,
            verdict: None,
            ending: Ending::No,
            ended: None,
            skipped: Vec::new(),
            outlet_events: Vec::new(),
            retry_delay: None,
            pausing: String::new(),
        }
    }

    /// Has the process run the attempt, and stays with it until it is over.
    pub(crate) async fn run(mut self, startup: StartupDetails) -> Conclusion {
        let (pid, host) = (self.process.pid(), &self.order.options.hostname);
        let begins = match &startup.callback {
            None => {
                let (number, tries) = (self.order.ti.try_number, startup.ti_context.max_tries + 1);
                format!("starting attempt {number} of {tries} on {host}, process {pid}")
            }
            Some(CallbackOrder { event, delivery, .. }) => {
                format!("calling {event} on {host}, process {pid}, delivery {delivery}")
            }
        };
        self.journal.say(LogLevel::Info, begins);
        if startup.ti_context.next_method.is_some() {
            self.resume(&startup);
        }
        self.pausing = pausing(&startup);
        self.print_rest();
        let body = Ok(Some(ToTask::StartupDetails(Box::new(startup))));
        if let Err(error) = self.process.send(&Reply { id: 0, body }) {
            self.end_early(Verdict::CannotGoOn(format!("the order cannot be sent: {error}")));
        }
        loop {
            self.journal.flush();
            // A task whose log cannot be written must not go on unseen.
            if let Some(failure) = self.journal.take_failure() {
                tracing::error!("an attempt is ended: {failure}");
                self.end_early(Verdict::CannotGoOn(failure));
            }
            let event = self.next_event().await;
            self.handle(event);
            let is_answered = self.requests_in_flight == 0;
            let is_done = self.ended.is_some() && self.verdict.is_none() && is_answered;
            if is_done || self.process.has_exited() || self.ending == Ending::GivenUp {
                return self.conclude();
            }
        }
    }

    /// The attempt goes on after a deferral: what the try has taken until now counts, as in Airflow 2.11.
    fn resume(&mut self, startup: &StartupDetails) {
        self.journal
            .say(LogLevel::Info, "Resuming after deferral".to_owned());
        let began_at = startup.ti_context.start_date.unwrap_or(startup.start_date);
        let used = Duration::try_from(startup.start_date.duration_since(began_at)).unwrap_or_default();
        let left = self
            .order
            .execution_timeout
            .map(|timeout| timeout.saturating_sub(used));
        let grace = self.order.timeout_grace;
        self.timeout_at = left.and_then(|left| Instant::now().checked_add(left + grace));
    }

    async fn next_event(&mut self) -> Event {
        let deadline = self.next_deadline();
        let can_take_more = self.requests_in_flight < REQUESTS_MAX || self.verdict.is_some();
        tokio::select! {
            reason = killed(&mut self.kill), if self.verdict.is_none() => Event::Killed(reason),
            () = sleep_until(deadline) => Event::Deadline,
            Some(called) = self.calls.join_next() => Event::Called(called),
            event = self.process.next(), if can_take_more => Event::Process(event),
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let timeout = self.timeout_at.filter(|_| self.verdict.is_none());
        let ending = match self.ending {
            Ending::No | Ending::GivenUp => None,
            Ending::Asked(hang_up_at) => hang_up_at,
            Ending::HungUp(give_up_at) => Some(give_up_at),
        };
        [self.pulse.due(), timeout, ending].into_iter().flatten().min()
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Killed(reason) => self.end_early(Verdict::Killed(reason)),
            Event::Deadline => self.on_deadline(Instant::now()),
            Event::Called(Ok(Call::Answer { id, answer })) => self.on_answer(id, *answer),
            Event::Called(Ok(Call::Heartbeat(result))) => self.on_heartbeat(result),
            Event::Called(Err(error)) => {
                // The task waits for an answer that will not come.
                self.requests_in_flight = self.requests_in_flight.saturating_sub(1);
                self.end_early(Verdict::CannotGoOn(format!(
                    "a request was answered by a panic: {error}"
                )));
            }
            Event::Process(ProcessEvent::Received) => self.read_frames(),
            Event::Process(ProcessEvent::Printed(stream, lines)) => self.journal.print(stream, lines),
            Event::Process(ProcessEvent::Exited) => {
                self.process.drain_socket();
                self.read_frames();
            }
            Event::Process(ProcessEvent::Other) => {}
        }
    }

    fn on_deadline(&mut self, now: Instant) {
        if self.pulse.due().is_some_and(|due| due <= now) {
            self.send_heartbeat(now);
        }
        if self.timeout_at.is_some_and(|timeout| timeout <= now) && self.verdict.is_none() {
            let timeout = self.order.execution_timeout.unwrap_or_default();
            self.end_early(Verdict::TimedOut(timeout));
        }
        match self.ending {
            Ending::Asked(Some(hang_up_at)) if hang_up_at <= now => self.hang_up(),
            Ending::HungUp(give_up_at) if give_up_at <= now => {
                self.journal.say(
                    LogLevel::Error,
                    "processes of the task cannot be killed; the kernel holds them".to_owned(),
                );
                self.ending = Ending::GivenUp;
            }
            Ending::No | Ending::Asked(_) | Ending::HungUp(_) | Ending::GivenUp => {}
        }
    }

    fn hang_up(&mut self) {
        self.process.hang_up();
        self.ending = Ending::HungUp(Instant::now() + PATIENCE);
    }

    fn send_heartbeat(&mut self, now: Instant) {
        let progress = self.pulse.send(now);
        let heartbeat = Heartbeat {
            hostname: self.order.options.hostname.clone(),
            pid: self.process.pid(),
            progress,
        };
        let (api, attempt) = (Arc::clone(&self.order.api), self.order.ti.id);
        self.calls
            .spawn(async move { Call::Heartbeat(api.heartbeat(attempt, heartbeat).await) });
    }

    fn on_heartbeat(&mut self, result: Result<(), ApiError>) {
        match result {
            Ok(()) => self.pulse.succeeded(),
            Err(ApiError::NotLive(reason)) => self.end_early(Verdict::NotLive(reason)),
            Err(error @ (ApiError::Answered(_) | ApiError::Refused(_) | ApiError::Unavailable(_))) => {
                let failures = self.pulse.failed();
                self.journal.say(
                    LogLevel::Warning,
                    format!("heartbeat {failures} in a row failed: {error}"),
                );
                if failures >= self.order.options.heartbeat_failures_max {
                    self.end_early(Verdict::Killed(KillReason::EngineUnreachable));
                }
            }
        }
    }

    fn on_answer(&mut self, id: u64, answer: Answer) {
        self.requests_in_flight = self.requests_in_flight.saturating_sub(1);
        if let Some(secret) = answer.secret {
            secret.mask(self.journal.masker());
        }
        self.reply(id, answer.body);
        if let Some(reason) = answer.not_live {
            self.end_early(Verdict::NotLive(reason));
        }
    }

    fn reply(&mut self, id: u64, body: Result<Option<ToTask>, ErrorResponse>) {
        if let Err(error) = self.process.send(&Reply { id, body }) {
            let message = format!("an answer cannot be sent: {error}");
            self.journal.say(LogLevel::Error, message.clone());
            let error = ErrorResponse::new(ErrorType::GenericError, message);
            // This one is short, so it can be sent.
            let _ = self.process.send(&Reply { id, body: Err(error) });
        }
    }

    /// Takes every frame that is complete.
    fn read_frames(&mut self) {
        loop {
            let request = match self.process.next_frame() {
                Ok(Some(frame)) => frame.into_request(),
                Ok(None) => return,
                Err(error) => {
                    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
                    return self.end_early(Verdict::Garbage(format!("{error}{}", cause.unwrap_or_default())));
                }
            };
            match request {
                Ok(request) => self.on_request(request),
                Err(error) => {
                    let answer = ErrorResponse::new(ErrorType::GenericError, error.to_string());
                    self.journal.say(LogLevel::Warning, error.to_string());
                    self.reply(error.id, Err(answer));
                }
            }
        }
    }

    fn on_request(&mut self, Request { id, body }: Request) {
        if let Some(outcome) = outcome_of(&body) {
            if self.ended.is_none() {
                match body {
                    ToSupervisor::SucceedTask(success) => self.outlet_events = success.outlet_events,
                    ToSupervisor::RetryTask(retry) => self.retry_delay = retry.retry_delay(),
                    _ => {}
                }
            }
            // Where it is shown there is no masker.
            let outcome = outcome.map_reason(|reason| self.journal.mask(&reason));
            self.ended.get_or_insert(outcome);
            return self.reply(id, Ok(None));
        }
        match body {
            ToSupervisor::UpdraftLog(log) => log.lines.iter().for_each(|line| self.journal.write(line)),
            ToSupervisor::UpdraftProgress(progress) => {
                let message = progress.message.map(|message| self.journal.mask(&message));
                self.pulse.progress(UpdraftProgress { message, ..progress });
            }
            ToSupervisor::SkipDownstreamTasks(request) => {
                self.skipped.extend(request.tasks);
                self.reply(id, Ok(None));
            }
            ToSupervisor::MaskSecret(request) => {
                self.journal.mask_secret(&request);
                self.reply(id, Ok(None));
            }
            request => {
                let request = self.without_secrets(request);
                self.requests_in_flight += 1;
                let (api, ti) = (Arc::clone(&self.order.api), &self.order.ti);
                let asker = Asker {
                    id: ti.id,
                    key: ti.key(),
                };
                let first_pause = self.order.options.retry_pause;
                self.calls.spawn(async move {
                    let answer = Box::new(answer(api, asker, request, first_pause).await);
                    Call::Answer { id, answer }
                });
            }
        }
    }

    /// Rendered fields are kept where there is no masker.
    fn without_secrets(&self, request: ToSupervisor) -> ToSupervisor {
        let ToSupervisor::SetRenderedFields(SetRenderedFields { rendered_fields }) = request else {
            return request;
        };
        let masked = self.journal.mask_json(&Value::Object(rendered_fields));
        let rendered_fields = rendered::kept(masked, self.order.options.templated_field_length_max);
        ToSupervisor::SetRenderedFields(SetRenderedFields { rendered_fields })
    }

    /// Ends the attempt before the task has; the first reason counts.
    fn end_early(&mut self, verdict: Verdict) {
        if self.verdict.is_some() {
            return;
        }
        let options = &self.order.options;
        let grace = match verdict {
            Verdict::Killed(KillReason::Shutdown) => options.shutdown_grace.min(options.kill_grace),
            _ => options.kill_grace,
        };
        let has_grace = verdict.has_grace();
        self.explain(&verdict);
        self.verdict = Some(verdict);
        if has_grace {
            self.process.terminate();
            self.ending = Ending::Asked(Instant::now().checked_add(grace + PATIENCE));
        } else {
            self.hang_up();
        }
    }

    fn explain(&mut self, verdict: &Verdict) {
        let text = match verdict {
            Verdict::TimedOut(after) => {
                format!("the task has taken longer than its execution_timeout of {after:?}, it is ended")
            }
            Verdict::Killed(KillReason::Requested) => "the task is killed on request".to_owned(),
            Verdict::Killed(KillReason::Shutdown) => {
                "the engine shuts down, the task is ended and will be run again".to_owned()
            }
            Verdict::Killed(KillReason::EngineUnreachable) => {
                "the engine cannot be reached, the task is ended and will be run again".to_owned()
            }
            Verdict::NotLive(reason) => format!("the attempt is not live any more, it is killed: {reason}"),
            Verdict::Garbage(what) => {
                format!("the task process sends something that is no message, it is killed: {what}")
            }
            Verdict::CannotGoOn(reason) => reason.clone(),
        };
        self.journal.say(LogLevel::Error, text);
    }

    /// Writes what the program has printed up to this moment.
    fn print_rest(&mut self) {
        for (stream, lines) in self.process.drain() {
            self.journal.print(stream, lines);
        }
    }

    /// Finds out how the attempt ended, and closes the log.
    fn conclude(mut self) -> Conclusion {
        self.print_rest();
        let has_exited = self.process.has_exited();
        let is_process_sound = !has_exited && self.verdict.is_none();
        let outcome = match (self.verdict.take(), self.ended.take()) {
            (Some(Verdict::NotLive(reason)), _) => Err(ApiError::NotLive(reason)),
            (Some(verdict), _) => Ok(verdict.outcome().unwrap_or(Outcome::Success)),
            (None, Some(outcome)) => Ok(outcome),
            (None, None) => Ok(self.crash()),
        };
        if let Ok(Outcome::Deferred(_)) = &outcome {
            let words = std::mem::take(&mut self.pausing);
            self.journal.say(LogLevel::Info, words);
        }
        if let Ok(outcome) = &outcome {
            self.journal
                .say(level_of(outcome), format!("attempt ended: {outcome}"));
        }
        self.journal.flush();
        if let Some(failure) = self.journal.take_failure() {
            tracing::error!("the end of a log is missing: {failure}");
        }
        if outcome != Ok(Outcome::Success) {
            self.skipped.clear();
            self.outlet_events.clear();
        }
        Conclusion {
            outcome,
            progress: self.pulse.untold(),
            skipped: self.skipped,
            outlet_events: self.outlet_events,
            retry_delay: self.retry_delay,
            is_process_sound,
        }
    }

    /// Why a process has ended that has not said how the task ended.
    fn crash(&mut self) -> Outcome {
        if self.process.was_not_started() {
            let program = self.process.program().path.display().to_string();
            let reason = format!(
                "program `{program}` cannot be started, see the log; build it again for this machine"
            );
            return Outcome::CouldNotRun { reason };
        }
        Outcome::Crashed {
            exit: self.process.program_exit(),
        }
    }
}

/// What Airflow 2.11 writes when a task defers itself.
fn pausing(startup: &StartupDetails) -> String {
    let (ti, context) = (&startup.ti, &startup.ti_context);
    let date = |at: Timestamp| at.strftime("%Y%m%dT%H%M%S").to_string();
    format!(
        "Pausing task as DEFERRED. dag_id={}, task_id={}, run_id={}, execution_date={}, start_date={}",
        ti.dag_id,
        ti.task_id,
        ti.run_id,
        context.dag_run.logical_date.map(date).unwrap_or_default(),
        date(context.start_date.unwrap_or(startup.start_date))
    )
}

fn level_of(outcome: &Outcome) -> LogLevel {
    match outcome {
        Outcome::Success | Outcome::Skipped { .. } | Outcome::Rescheduled { .. } | Outcome::Deferred(_) => {
            LogLevel::Info
        }
        Outcome::Failed { .. }
        | Outcome::TimedOut { .. }
        | Outcome::Killed { .. }
        | Outcome::Crashed { .. }
        | Outcome::CouldNotRun { .. } => LogLevel::Error,
    }
}

/// Waits until the attempt is to be killed.
async fn killed(kill: &mut watch::Receiver<Option<KillReason>>) -> KillReason {
    let reason = kill.wait_for(Option::is_some).await.ok().map(|reason| *reason);
    match reason {
        Some(reason) => reason.unwrap_or(KillReason::Requested),
        // Nobody is left who could want it.
        None => std::future::pending().await,
    }
}

async fn sleep_until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
        None => std::future::pending().await,
    }
}
