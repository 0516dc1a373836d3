//! A place where one attempt at a time runs, with a process that stays warm between attempts.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tracing::Instrument;
use updraft_model::AttemptId;
use updraft_protocol::launch::{Launch, Program};
use updraft_protocol::message::{
    BundleInfo, DeleteXCom, LogLevel, StartupDetails, TiRunContext, UpdraftProgress,
};

use crate::attempt::{Conclusion, Journal, Order, Supervision};
use crate::pauses::Pauses;
use crate::process::{Process, ProcessEvent, StartError};
use crate::{ApiError, AttemptEnd, AttemptStart, KillReason, Outcome, TaskApi, WorkerOptions, Workload};

/// How much longer than its `execution_timeout` a task may take whose program ends late tasks itself: it begins to count when
/// the task begins, and may have to start first.
const LATE_GRACE: Duration = Duration::from_secs(10);

/// A place where one attempt at a time runs.
///
/// The process of a bundle stays for the next attempt of the same bundle. It is replaced when the next attempt needs
/// another program, and after an attempt that crashed, was killed or timed out, or that left processes behind.
pub struct Slot {
    options: Arc<WorkerOptions>,
    api: Arc<dyn TaskApi>,
    process: Option<Process>,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptReport {
    /// The attempt.
    pub attempt: AttemptId,
    /// How it ended; `None` if it was never started.
    pub outcome: Option<Outcome>,
    /// Whether the engine took note of that.
    pub reported: Result<(), ApiError>,
}

impl Slot {
    /// A slot without a process.
    pub fn new(options: Arc<WorkerOptions>, api: Arc<dyn TaskApi>) -> Self {
        Self {
            options,
            api,
            process: None,
        }
    }

    /// The program whose process is warm.
    pub fn program(&self) -> Option<&Arc<Program>> {
        self.process.as_ref().map(Process::program)
    }

    /// Runs an attempt from its start to the report of its end.
    ///
    /// `free` is called once the slot could take the next attempt, with the program that is warm then: a little before
    /// the engine has taken note of the end, so that an attempt that follows from it finds the process.
    pub async fn run(
        &mut self,
        workload: Workload,
        kill: watch::Receiver<Option<KillReason>>,
        free: impl FnOnce(Option<&Arc<Program>>) + Send,
    ) -> AttemptReport {
        let attempt = workload.attempt();
        let prepared = self.prepare(&workload.launch).await;
        let started = self.start(&workload).await;
        let context = match started {
            Ok(context) => context,
            Err(error) => {
                free(self.program());
                return AttemptReport {
                    attempt,
                    outcome: None,
                    reported: Err(error),
                };
            }
        };
        let conclusion = match prepared {
            Ok(()) => self.supervise(&workload, context, kill).await,
            Err(error) => self.refuse(&workload, error.to_string()),
        };
        match conclusion.outcome {
            Ok(outcome) => {
                let end = AttemptEnd {
                    outcome: outcome.clone(),
                    end_date: self.options.clock.now(),
                    progress: conclusion.progress,
                    skipped: conclusion.skipped,
                    outlet_events: conclusion.outlet_events,
                    retry_delay: conclusion.retry_delay,
                };
                let (api, first_pause) = (Arc::clone(&self.api), self.options.retry_pause);
                let is_sound = conclusion.is_process_sound;
                // The end is on its way to the engine before anything else is done.
                let (reported, ()) = tokio::join!(tell_end(&*api, attempt, end, first_pause), async {
                    self.keep_or_end(is_sound).await;
                    free(self.program());
                });
                AttemptReport {
                    attempt,
                    outcome: Some(outcome),
                    reported,
                }
            }
            Err(error) => {
                self.keep_or_end(conclusion.is_process_sound).await;
                free(self.program());
                AttemptReport {
                    attempt,
                    outcome: None,
                    reported: Err(error),
                }
            }
        }
    }

    /// Waits until the warm process has ended by itself, and forgets it; for ever, if there is none. What it prints
    /// meanwhile belongs to no attempt. A call that is dropped loses nothing.
    pub async fn idle(&mut self) {
        let Some(process) = &mut self.process else {
            return std::future::pending().await;
        };
        loop {
            match process.next().await {
                ProcessEvent::Printed(stream, lines) => {
                    let program = process.program().path.display();
                    for line in lines {
                        let line = self.options.masker.mask(&line);
                        tracing::debug!(stream = stream.as_str(), "idle `{program}` prints: {line}");
                    }
                }
                ProcessEvent::Exited => break,
                ProcessEvent::Received | ProcessEvent::Other => {}
            }
        }
        let (program, exit) = (process.program().path.display(), process.program_exit());
        tracing::warn!("idle task process of `{program}` {exit}; the next attempt gets a fresh one");
        self.process = None;
    }

    /// Ends the warm process, if there is one.
    pub async fn retire(&mut self) {
        if let Some(process) = self.process.take() {
            process.end().await;
        }
    }

    /// Sees to it that the process is the right one.
    async fn prepare(&mut self, launch: &Launch) -> Result<(), StartError> {
        let is_right = |process: &Process| process.is_usable() && *process.program() == launch.program;
        if self.process.as_ref().is_some_and(is_right) {
            return Ok(());
        }
        self.retire().await;
        self.process = Some(if launch.program.zygote.is_some() {
            Process::fork(launch, &self.options).await?
        } else {
            Process::start(launch, &self.options)?
        });
        Ok(())
    }

    /// Claims the attempt.
    async fn start(&self, workload: &Workload) -> Result<TiRunContext, ApiError> {
        let start = AttemptStart {
            hostname: self.options.hostname.clone(),
            unixname: self.options.unixname.clone(),
            pid: self.process.as_ref().map_or_else(std::process::id, Process::pid),
            start_date: self.options.clock.now(),
        };
        let mut pauses = Pauses::new(self.options.retry_pause);
        loop {
            match self.api.start(workload.attempt(), start.clone()).await {
                Err(ApiError::Unavailable(_)) if pauses.another().await => {}
                started => return started,
            }
        }
    }

    async fn supervise(
        &mut self,
        workload: &Workload,
        context: TiRunContext,
        kill: watch::Receiver<Option<KillReason>>,
    ) -> Conclusion {
        self.clear_xcoms(workload, &context.xcom_keys_to_clear).await;
        let journal = match self.open_journal(workload) {
            Ok(journal) => journal,
            Err(reason) => {
                return Conclusion {
                    is_process_sound: true,
                    ..could_not_run(reason)
                };
            }
        };
        let Some(process) = &mut self.process else {
            return could_not_run("the process of the bundle is gone".to_owned());
        };
        let (ti, options) = (&workload.ti, &self.options);
        let order = Order {
            ti: ti.clone(),
            execution_timeout: workload.execution_timeout,
            timeout_grace: if workload.launch.program.ends_late_tasks {
                LATE_GRACE
            } else {
                Duration::ZERO
            },
            options: Arc::clone(options),
            api: Arc::clone(&self.api),
        };
        let startup = startup(workload, context, options);
        let span = tracing::info_span!(
            "attempt",
            dag.id = %ti.dag_id,
            run.id = %ti.run_id,
            task.id = %ti.task_id,
            try.number = ti.try_number,
        );
        Box::pin(Supervision::new(&order, process, kill, journal).run(startup))
            .instrument(span)
            .await
    }

    /// Deletes what an earlier try has left; the engine says what.
    async fn clear_xcoms(&self, workload: &Workload, keys: &[String]) {
        let ti = &workload.ti;
        for key in keys {
            let request = DeleteXCom {
                key: key.clone(),
                dag_id: ti.dag_id.clone(),
                run_id: ti.run_id.clone(),
                task_id: ti.task_id.clone(),
                map_index: Some(ti.map_index),
            };
            if let Err(error) = self.api.delete_xcom(ti.id, request).await {
                tracing::warn!(attempt.id = %ti.id, %error, "the XCom `{key}` of an earlier try stays");
            }
        }
    }

    /// Opens the log of an attempt; an error says why it cannot be written.
    fn open_journal(&self, workload: &Workload) -> Result<Journal, String> {
        Journal::open(workload.log_path(&self.options.log_folder), &self.options)
            .inspect_err(|reason| tracing::error!("an attempt cannot run: {reason}"))
    }

    /// Says in the log why an attempt cannot run.
    fn refuse(&self, workload: &Workload, reason: String) -> Conclusion {
        let conclusion = could_not_run(reason);
        if let (Ok(mut journal), Ok(outcome)) = (self.open_journal(workload), &conclusion.outcome) {
            journal.say(LogLevel::Error, format!("attempt ended: {outcome}"));
            journal.flush();
        }
        conclusion
    }

    /// Keeps the process for the next attempt, or ends it if it is not as it was.
    async fn keep_or_end(&mut self, is_sound: bool) {
        let Some(process) = &mut self.process else { return };
        let strays = if is_sound { process.stray_processes() } else { 0 };
        if strays > 0 {
            let program = process.program().path.display();
            tracing::warn!("a task of `{program}` left {strays} process(es) behind, they are killed");
        }
        if !is_sound || strays > 0 || process.program().is_for_one_attempt {
            self.retire().await;
        }
    }
}

impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Slot")
            .field("program", &self.program())
            .finish_non_exhaustive()
    }
}

const fn could_not_run(reason: String) -> Conclusion {
    Conclusion {
        outcome: Ok(Outcome::CouldNotRun { reason }),
        progress: None::<UpdraftProgress>,
        skipped: Vec::new(),
        outlet_events: Vec::new(),
        retry_delay: None,
        is_process_sound: false,
    }
}

fn startup(workload: &Workload, context: TiRunContext, options: &WorkerOptions) -> StartupDetails {
    let mut ti = workload.ti.clone();
    ti.hostname = Some(options.hostname.clone());
    StartupDetails {
        ti,
        dag_rel_path: workload.launch.source.clone(),
        bundle_info: BundleInfo {
            name: workload.launch.name.clone(),
            version: None,
        },
        start_date: options.clock.now(),
        ti_context: context,
        sentry_integration: String::new(),
        callback: workload.callback.clone(),
    }
}

/// Tells the engine how an attempt ended.
async fn tell_end(
    api: &dyn TaskApi,
    attempt: AttemptId,
    end: AttemptEnd,
    first_pause: Duration,
) -> Result<(), ApiError> {
    let mut pauses = Pauses::new(first_pause);
    loop {
        match api.end(attempt, end.clone()).await {
            Err(ApiError::Unavailable(_)) if pauses.another().await => {}
            told => return told,
        }
    }
}
