//! One attempt at a task, from its order to its end.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use futures::FutureExt;
use serde_json::{Map, Value};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use updraft_model::{ParamError, Returned, Unmappable};
use updraft_protocol::message::{
    AssetProfile, EndedState, OutletEventResult, RETURN_VALUE, RescheduleTask, RetryTask, StartupDetails,
    SucceedTask, TaskState, ToSupervisor, UpForReschedule, UpdraftProgress,
};

use super::arguments::arguments;
use super::callback::{call_before_task, call_ordered};
use super::error::TaskErrorKind;
use super::logger::now;
use super::{Context, Engine, Reply, RequestError, TaskError, TaskResult, Work};
use crate::dag::BuiltDag;

/// Progress is sent at most this often.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

/// How much of an error goes into lists; the log has all of it. In characters.
const REASON_LENGTH_MAX: usize = 2000;

/// A running attempt; what every [`Context`] of it shares.
pub(crate) struct Attempt {
    pub(crate) startup: StartupDetails,
    pub(crate) params: Map<String, Value>,
    /// Its arguments; set when they have been worked out, before the task's function is called.
    pub(crate) arguments: OnceLock<Map<String, Value>>,
    /// What the task has set for the name of its copy; written by the task, read at its end.
    pub(crate) map_index_variables: Mutex<Map<String, Value>>,
    /// What the task says about the assets that it updates, by uri; written by the task, read at its end.
    pub(crate) outlet_events: Mutex<BTreeMap<String, OutletEventResult>>,
    /// Its DAG, if this program has it.
    pub(crate) dag: Option<BuiltDag>,
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) runtime: Handle,
    cancellation: CancellationToken,
    /// Set by the task when it asks for the token, read when the attempt is to end early.
    listens: AtomicBool,
    /// Set at the end; a context that outlives its attempt must not speak for the next one.
    is_over: AtomicBool,
    /// Written by the task; the lock orders what is sent.
    progress: Mutex<ProgressState>,
}

#[derive(Default)]
struct ProgressState {
    sent_at: Option<Instant>,
    unsent: Option<UpdraftProgress>,
}

impl Attempt {
    pub(crate) fn new(startup: StartupDetails, engine: Arc<dyn Engine>, runtime: Handle) -> Self {
        Self {
            startup,
            params: Map::new(),
            arguments: OnceLock::new(),
            map_index_variables: Mutex::default(),
            outlet_events: Mutex::default(),
            dag: None,
            engine,
            runtime,
            cancellation: CancellationToken::new(),
            listens: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            progress: Mutex::default(),
        }
    }

    pub(crate) async fn request(&self, message: ToSupervisor) -> Reply {
        if self.is_over.load(Ordering::Acquire) {
            return Err(RequestError::Disconnected("the attempt is over".to_owned()));
        }
        self.engine.request(message).await
    }

    /// The success, with what the task says about its assets.
    fn success(&self) -> SucceedTask {
        let task_id = &self.startup.ti.task_id;
        let task = self.dag.as_ref().and_then(|dag| dag.spec().task(task_id));
        let outlets = task.map_or(&[][..], |task| &task.outlets);
        let mut success = SucceedTask::at(now());
        success.task_outlets = outlets
            .iter()
            .map(|asset| AssetProfile::new(&asset.name, &asset.uri))
            .collect();
        success.outlet_events = self.outlet_events();
        success
    }

    /// What the task has said about its assets.
    pub(crate) fn outlet_events(&self) -> Vec<OutletEventResult> {
        let events = self.outlet_events.lock().unwrap_or_else(PoisonError::into_inner);
        events.values().cloned().collect()
    }

    pub(crate) fn cancellation(&self) -> CancellationToken {
        self.listens.store(true, Ordering::Release);
        self.cancellation.clone()
    }

    /// Tells the task to end early; returns whether it listens.
    pub(crate) fn cancel(&self) -> bool {
        self.cancellation.cancel();
        self.listens.load(Ordering::Acquire)
    }

    pub(crate) fn progress(&self, done: u64, total: Option<u64>, message: String) {
        let message = Some(message).filter(|message| !message.is_empty());
        let progress = UpdraftProgress { done, total, message };
        let mut state = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_over.load(Ordering::Acquire) {
            return;
        }
        let at = Instant::now();
        if state
            .sent_at
            .is_some_and(|sent| at.duration_since(sent) < PROGRESS_INTERVAL)
        {
            state.unsent = Some(progress);
            return;
        }
        *state = ProgressState {
            sent_at: Some(at),
            unsent: None,
        };
        self.engine.notify(ToSupervisor::UpdraftProgress(progress));
    }

    /// Sends the last progress and closes the way to the engine for contexts that outlive the attempt.
    fn finish(&self) {
        let unsent = self
            .progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .unsent
            .take();
        if let Some(progress) = unsent {
            self.engine.notify(ToSupervisor::UpdraftProgress(progress));
        }
        self.is_over.store(true, Ordering::Release);
    }
}

/// An attempt that was ordered.
pub(crate) struct Run {
    pub(crate) attempt: Arc<Attempt>,
    context: Context,
    /// Or why there is nothing to run.
    work: Result<Work, String>,
}

impl Run {
    /// Looks up the task; that it does not exist is found out, and reported as its failure, when it runs.
    pub(crate) fn new(dags: &[BuiltDag], mut attempt: Attempt) -> Self {
        let ti = &attempt.startup.ti;
        let dag = dags.iter().find(|dag| dag.spec().dag_id == ti.dag_id);
        let work = match dag {
            Some(dag) => dag
                .work(ti.task_id.as_str())
                .cloned()
                .ok_or_else(|| format!("DAG `{}` has no task `{}` in this program", ti.dag_id, ti.task_id)),
            None => Err(format!("DAG `{}` is not in this program", ti.dag_id)),
        };
        let params = dag.map(|dag| params(dag, &attempt.startup)).transpose();
        let (params, work) = match params {
            Ok(params) => (params.unwrap_or_default(), work),
            Err(error) => (Map::new(), Err(error.to_string())),
        };
        attempt.params = params;
        attempt.dag = dag.cloned();
        let attempt = Arc::new(attempt);
        Self {
            context: Context::new(Arc::clone(&attempt)),
            attempt,
            work,
        }
    }
}

/// The DAG's parameters, overridden by the run's `conf` unless the installation forbids it. They are checked once more,
/// since the DAG may have changed after the run was made.
fn params(dag: &BuiltDag, startup: &StartupDetails) -> Result<Map<String, Value>, ParamError> {
    let context = &startup.ti_context;
    let conf = context.dag_run.conf.as_ref();
    let conf = conf.filter(|_| context.dag_run_conf_overrides_params);
    dag.spec().params_with(conf.unwrap_or(&Map::new()))
}

/// Runs the task and leaves what it returns as an XCom.
pub(crate) async fn run(run: Run) -> TaskResult {
    let Run {
        attempt,
        context,
        work,
    } = run;
    let result = match (&attempt.startup.callback, work) {
        (Some(order), _) => call_ordered(order, &context).await,
        (None, Ok(work)) => match AssertUnwindSafe(call(&work, &context)).catch_unwind().await {
            Ok(result) => result,
            Err(panic) => Err(TaskError::from(format!("panic: {}", panic_message(&*panic)))),
        },
        (None, Err(reason)) => Err(TaskError::fail_without_retry(reason)),
    };
    if let Err(error) = &result {
        report(&attempt, error);
    }
    attempt.finish();
    result
}

async fn call(work: &Work, context: &Context) -> TaskResult {
    let dag = context.built_dag();
    if let Some(dag) = dag {
        let arguments = arguments(context, dag).await?;
        context.set_arguments(arguments);
    }
    call_before_task(context).await;
    let worked = work.run(context).await;
    let named = context.name_copy().await;
    let value = worked?;
    named?;
    let mapped_length = dag.map_or(Ok(None), |dag| mapped_length(context, dag, &value))?;
    if !value.is_null() {
        context
            .push_mapped(RETURN_VALUE, value, mapped_length)
            .await
            .map_err(|error| match error {
                RequestError::Unsendable(reason) => {
                    TaskError::fail_without_retry(format!("the returned value cannot be sent: {reason}"))
                }
                error => error.into(),
            })?;
    }
    Ok(())
}

/// How many items the value has that tasks are mapped over; `None` if none are, or all copies together count.
fn mapped_length(context: &Context, dag: &BuiltDag, value: &Value) -> Result<Option<u32>, Unmappable> {
    let (graph, mapping) = (dag.valid().graph(), dag.valid().mapping());
    let task = graph.index(context.task_id());
    if task.is_none_or(|task| mapping.dependants(task).is_empty() || mapping.is_mapped(task)) {
        return Ok(None);
    }
    if value.is_null() {
        return Err(Unmappable::Nothing);
    }
    // How many are allowed is the engine's business.
    Returned::mappable(value, u32::MAX).map(Returned::items)
}

/// The message that ends an attempt.
pub(crate) fn end(attempt: &Attempt, result: &TaskResult) -> ToSupervisor {
    let Err(error) = result else {
        return ToSupervisor::SucceedTask(attempt.success());
    };
    let should_retry = attempt.startup.ti_context.should_retry;
    let reason: String = error.to_string().chars().take(REASON_LENGTH_MAX).collect();
    let state = match error.kind() {
        TaskErrorKind::Failed if should_retry => {
            return ToSupervisor::RetryTask(RetryTask::at(now(), reason));
        }
        TaskErrorKind::Failed | TaskErrorKind::FailedForGood => EndedState::Failed,
        TaskErrorKind::Skipped => EndedState::Skipped,
        TaskErrorKind::Deferred => match error.deferral() {
            Some(deferral) => return ToSupervisor::DeferTask(deferral.clone().into()),
            None => EndedState::Failed,
        },
        TaskErrorKind::Rescheduled(at) => {
            return ToSupervisor::RescheduleTask(RescheduleTask {
                state: UpForReschedule::UpForReschedule,
                reschedule_date: at,
                end_date: now(),
            });
        }
    };
    ToSupervisor::TaskState(TaskState {
        state,
        end_date: Some(now()),
        reason: Some(reason),
    })
}

/// Writes the error to the log.
fn report(attempt: &Attempt, error: &TaskError) {
    let logger = super::Logger::new(Arc::clone(&attempt.engine));
    match error.kind() {
        // Each was told when it failed.
        _ if attempt.startup.callback.is_some() => {}
        TaskErrorKind::Failed => logger.error(format!("task failed: {error}")),
        TaskErrorKind::FailedForGood => logger.error(format!("task failed, without retry: {error}")),
        TaskErrorKind::Skipped => logger.info(format!("task skips itself: {error}")),
        TaskErrorKind::Rescheduled(_) | TaskErrorKind::Deferred => {
            logger.info(format!("task gives its slot back: {error}"));
        }
    }
}

/// The text of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
