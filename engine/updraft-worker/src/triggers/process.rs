//! One process, from its start to its end.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use updraft_model::WaitEnd;
use updraft_protocol::frame::{FrameError, Reply, Request};
use updraft_protocol::launch::Launch;
use updraft_protocol::message::{
    ErrorResponse, ErrorType, LogLevel, ToSupervisor, ToTask, UpdraftCancelTrigger, UpdraftRunTrigger,
    UpdraftTriggerAsk, UpdraftTriggerer,
};

use super::mark::Mark;
use super::reports::Reports;
use super::{TriggerLimits, TriggerNews, TriggerOrder};
use crate::attempt::{Answer, Asker, answer};
use crate::process::{Process, ProcessEvent};
use crate::{TaskApi, WorkerOptions};

/// How many requests of triggers are answered at once; more wait.
const REQUESTS_MAX: usize = 32;

/// Why a process is of no use any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggersGone {
    /// In words, which follow "the triggerer".
    pub reason: String,
    /// The trigger whose code was at work, if one was and it is known.
    pub at_work: Option<u64>,
    /// Whether the process lived and its loop did not go round.
    pub was_blocked: bool,
}

/// A trigger that the process has.
struct Known {
    order: TriggerOrder,
    /// Whether it has not ended and was not cancelled.
    is_open: bool,
}

/// A process that waits for triggers. Dropping it kills the process and everything below it.
pub struct TriggerProcess {
    process: Process,
    api: Arc<dyn TaskApi>,
    limits: TriggerLimits,
    /// Every trigger of which something may still come.
    known: BTreeMap<u64, Known>,
    answers: JoinSet<(u64, Answer)>,
    permits: Arc<Semaphore>,
    news: VecDeque<TriggerNews>,
    retry_pause: Duration,
    reports: Reports,
    mark: Option<Mark>,
    is_ready: bool,
    /// Who blocks the loop, and where, if that was said since the loop has last gone round.
    blocks: Option<(u64, String)>,
    /// When the process is given up if it says nothing.
    silent_at: Instant,
    is_gone: bool,
}

impl TriggerProcess {
    /// Starts a process. The arguments of the program are those in front of `serve`: `-m updraft_airflow trigger`.
    ///
    /// # Errors
    /// What is wrong with the program, and what to do; trying again may help.
    pub fn start(
        launch: &Launch,
        options: &Arc<WorkerOptions>,
        api: Arc<dyn TaskApi>,
        limits: TriggerLimits,
    ) -> Result<Self, String> {
        let process = Process::start(launch, options).map_err(|error| error.to_string())?;
        Ok(Self {
            process,
            api,
            limits,
            known: BTreeMap::new(),
            answers: JoinSet::new(),
            permits: Arc::new(Semaphore::new(REQUESTS_MAX)),
            news: VecDeque::new(),
            retry_pause: options.retry_pause,
            reports: Reports::new(WorkerOptions::clone(options)),
            mark: None,
            is_ready: false,
            blocks: None,
            silent_at: Instant::now() + limits.start_max,
            is_gone: false,
        })
    }

    /// Has it wait for a trigger, under a number that no other trigger of this process ever has.
    pub fn run(&mut self, trigger: u64, order: TriggerOrder) {
        let message = UpdraftRunTrigger {
            trigger,
            classpath: order.classpath.clone(),
            kwargs: order.kwargs.clone(),
            dag_id: order.key.dag_id.clone(),
            task_id: order.key.task_id.clone(),
            run_id: order.key.run_id.clone(),
            map_index: order.key.map_index,
            try_number: order.try_number,
        };
        let sent = self.send(0, Ok(Some(ToTask::UpdraftRunTrigger(Box::new(message)))));
        let known = Known { order, is_open: true };
        self.known.insert(trigger, known);
        if let Err(error) = sent {
            self.end_trigger(
                trigger,
                WaitEnd::Failed(format!("its order cannot be sent: {error}")),
            );
            self.known.remove(&trigger);
        }
    }

    /// Has it wait for a trigger no longer. What the trigger does to tidy up is not waited for.
    pub fn cancel(&mut self, trigger: u64) {
        let Some(known) = self.known.get_mut(&trigger) else {
            return;
        };
        known.is_open = false;
        let order = ToTask::UpdraftCancelTrigger(UpdraftCancelTrigger { trigger });
        // An order of this size can always be sent.
        let _ = self.send(0, Ok(Some(order)));
    }

    /// Waits until there is something to say. A call that is dropped loses nothing.
    pub async fn next(&mut self) -> TriggerNews {
        loop {
            if let Some(news) = self.news.pop_front() {
                return news;
            }
            if self.is_gone {
                return std::future::pending().await;
            }
            let silent_at = self.silent_at;
            tokio::select! {
                biased;
                event = self.process.next() => self.on_event(event),
                Some(answered) = self.answers.join_next() => self.on_answer(answered),
                () = tokio::time::sleep_until(silent_at) => self.give_up(),
            }
        }
    }

    /// Kills everything and waits for the end.
    pub async fn end(self) {
        self.process.end().await;
    }

    fn on_event(&mut self, event: ProcessEvent) {
        match event {
            ProcessEvent::Received => self.read_frames(),
            ProcessEvent::Printed(stream, lines) => self.reports.print(stream, lines),
            ProcessEvent::Other => {}
            ProcessEvent::Exited => {
                self.process.drain_socket();
                self.read_frames();
                for (stream, lines) in self.process.drain() {
                    self.reports.print(stream, lines);
                }
                let exit = self.process.program_exit();
                let reason = if self.is_ready {
                    exit.to_string()
                } else {
                    format!(
                        "ended before it could wait for anything: it {exit}{}",
                        self.reports.last_words()
                    )
                };
                self.gone(reason, false);
            }
        }
    }

    /// The process has said nothing for too long.
    fn give_up(&mut self) {
        if !self.is_ready {
            let reason = format!(
                "has not begun within {:?}{}",
                self.limits.start_max,
                self.reports.last_words()
            );
            return self.gone(reason, false);
        }
        let stack = self
            .blocks
            .take()
            .map(|(_, stack)| format!("; it stood at:\n{stack}"));
        let reason = format!(
            "was blocked for more than {:?} and was killed{}",
            self.limits.silence_max,
            stack.unwrap_or_default()
        );
        self.gone(reason, true);
    }

    fn gone(&mut self, reason: String, was_blocked: bool) {
        if self.is_gone {
            return;
        }
        self.is_gone = true;
        let marked = self.mark.as_ref().and_then(Mark::at_work);
        self.news.push_back(TriggerNews::Gone(TriggersGone {
            reason: self.reports.mask(&reason),
            at_work: marked.or(self.blocks.take().map(|(trigger, _)| trigger)),
            was_blocked,
        }));
        self.process.hang_up();
    }

    /// Takes every frame that is complete.
    fn read_frames(&mut self) {
        while !self.is_gone {
            let request = match self.process.next_frame() {
                Ok(Some(frame)) => frame.into_request(),
                Ok(None) => return,
                Err(error) => return self.gone(format!("sent something that is no message: {error}"), false),
            };
            match request {
                Ok(Request { id, body }) => self.on_message(id, body),
                Err(error) => {
                    tracing::warn!("the triggerer: {error}");
                    let answer = ErrorResponse::new(ErrorType::GenericError, error.to_string());
                    self.reply(error.id, Err(answer));
                }
            }
        }
    }

    fn on_message(&mut self, id: u64, body: ToSupervisor) {
        match body {
            ToSupervisor::UpdraftTriggerer(news) => self.on_news(*news),
            ToSupervisor::UpdraftTriggerAsk(ask) => self.on_ask(id, ask),
            _ => {
                let message = "the triggerer asks in the name of its triggers alone";
                self.reply(id, Err(ErrorResponse::new(ErrorType::PermissionDenied, message)));
            }
        }
    }

    fn on_news(&mut self, news: UpdraftTriggerer) {
        match news {
            UpdraftTriggerer::Ready { pid, mark } => {
                self.is_ready = true;
                self.mark = Mark::open(pid, mark);
                self.silent_at = Instant::now() + self.limits.silence_max;
                self.news.push_back(TriggerNews::Ready);
            }
            UpdraftTriggerer::Beat { .. } => {
                self.blocks = None;
                self.silent_at = Instant::now() + self.limits.silence_max;
            }
            UpdraftTriggerer::Event { trigger, payload } => {
                self.end_trigger(trigger, WaitEnd::Event(payload));
            }
            UpdraftTriggerer::TaskEnd { trigger, end } => self.end_trigger(trigger, WaitEnd::Task(end)),
            UpdraftTriggerer::Failed { trigger, error } => {
                let error = self.reports.mask(&error);
                self.end_trigger(trigger, WaitEnd::Failed(error));
            }
            UpdraftTriggerer::Over { trigger } => {
                let lost = WaitEnd::Failed("it is over and has not said why".to_owned());
                self.end_trigger(trigger, lost);
                self.known.remove(&trigger);
            }
            UpdraftTriggerer::Blocks {
                trigger,
                seconds,
                stack,
            } => self.on_blocks(trigger, seconds, stack),
            UpdraftTriggerer::Log { trigger, lines } => match self.known.get(&trigger) {
                // Later an attempt that goes on may have the log.
                Some(known) if known.is_open => self.reports.write(&known.order, &lines),
                known => self.reports.tell(known.map(|known| &known.order), &lines),
            },
        }
    }

    /// A trigger is over; told once, and not if it was cancelled.
    fn end_trigger(&mut self, trigger: u64, end: WaitEnd) {
        let Some(known) = self.known.get_mut(&trigger) else {
            return;
        };
        if std::mem::take(&mut known.is_open) {
            self.news.push_back(TriggerNews::Ended { trigger, end });
        }
    }

    fn on_blocks(&mut self, trigger: u64, seconds: f64, stack: String) {
        if let Some(Known { order, is_open }) = self.known.get(&trigger) {
            let words = format!(
                "trigger `{}` has blocked the triggerer for {seconds:.1} s, so that all others wait: it must `await` what takes \
                 long; it stands at:\n{stack}",
                order.classpath
            );
            tracing::warn!(task = %order.key, "{}", self.reports.mask(&words));
            if *is_open {
                self.reports.say(order, LogLevel::Warning, words);
            }
        }
        self.blocks = Some((trigger, stack));
    }

    fn on_ask(&mut self, id: u64, UpdraftTriggerAsk { trigger, request }: UpdraftTriggerAsk) {
        if let ToSupervisor::MaskSecret(secret) = &*request {
            self.reports.mask_secret(secret);
            return self.reply(id, Ok(None));
        }
        let refusal = |message: &str| Err(ErrorResponse::new(ErrorType::PermissionDenied, message));
        // Whose code asks in a thread without a context is not known; what may be read is the same for all.
        let known = self.known.get(&trigger).or_else(|| self.known.values().next());
        let Some(Known { order, .. }) = known else {
            return self.reply(id, refusal("no trigger is there that could ask"));
        };
        if !may_be_asked(&request) {
            return self.reply(id, refusal("a trigger may not ask that"));
        }
        let asker = Asker {
            id: order.wait,
            key: order.key.clone(),
        };
        let (api, permits) = (Arc::clone(&self.api), Arc::clone(&self.permits));
        let first_pause = self.retry_pause;
        self.answers.spawn(async move {
            let _permit = permits.acquire_owned().await;
            (id, answer(api, asker, *request, first_pause).await)
        });
    }

    fn on_answer(&mut self, answered: Result<(u64, Answer), JoinError>) {
        match answered {
            Ok((id, answer)) => {
                if let Some(secret) = answer.secret {
                    secret.mask(self.reports.masker());
                }
                self.reply(id, answer.body);
            }
            // Whoever has asked waits for ever, and the loop perhaps with it.
            Err(error) => self.gone(
                format!("asked something that was answered by a panic: {error}"),
                false,
            ),
        }
    }

    fn reply(&mut self, id: u64, body: Result<Option<ToTask>, ErrorResponse>) {
        if let Err(error) = self.send(id, body) {
            let message = format!("an answer cannot be sent: {error}");
            // This one is short, so it can be sent.
            let _ = self.send(id, Err(ErrorResponse::new(ErrorType::GenericError, message)));
        }
    }

    fn send(&mut self, id: u64, body: Result<Option<ToTask>, ErrorResponse>) -> Result<(), FrameError> {
        self.process.send(&Reply { id, body })
    }
}

/// Whether a trigger may ask this, because it is about data and not about an attempt.
const fn may_be_asked(request: &ToSupervisor) -> bool {
    matches!(
        request,
        ToSupervisor::GetXCom(_)
            | ToSupervisor::SetXCom(_)
            | ToSupervisor::DeleteXCom(_)
            | ToSupervisor::GetXComCount(_)
            | ToSupervisor::GetXComSequenceItem(_)
            | ToSupervisor::GetXComSequenceSlice(_)
            | ToSupervisor::UpdraftGetXComItem(_)
            | ToSupervisor::GetVariable(_)
            | ToSupervisor::PutVariable(_)
            | ToSupervisor::DeleteVariable(_)
            | ToSupervisor::GetConnection(_)
    )
}
