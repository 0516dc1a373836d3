//! Callbacks: functions that are called when something has happened to a task or a run.

use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use updraft_model::{CallbackEvent, CallbackId, TaskId};
use updraft_protocol::message::{
    CallbackOrder, CallbackScope, DagRun, MissedDeadline, ToSupervisor, UpdraftCallbackDone,
};

use super::{Context, TaskError, TaskResult, panic_message};

type Function = dyn Fn(CallbackContext) -> BoxFuture<'static, TaskResult> + Send + Sync;

/// The function of a callback.
#[derive(Clone)]
pub(crate) struct CallbackFunction(Arc<Function>);

impl CallbackFunction {
    pub(crate) fn new<F, Fut>(function: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        let function = Arc::new(function);
        Self(Arc::new(move |context| {
            let function = Arc::clone(&function);
            // The call itself is inside the future, so that a panic in it is one of the callback.
            async move { function(context).await }.boxed()
        }))
    }

    /// Calls it; a panic is an error.
    async fn call(&self, context: CallbackContext) -> TaskResult {
        match AssertUnwindSafe((self.0)(context)).catch_unwind().await {
            Ok(result) => result,
            Err(panic) => Err(TaskError::from(format!("panic: {}", panic_message(&*panic)))),
        }
    }
}

impl fmt::Debug for CallbackFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallbackFunction")
    }
}

/// Two are equal if they are the same one.
impl PartialEq for CallbackFunction {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The callbacks of a task or DAG: for each event the functions in the order in which they were given.
pub(crate) type Callbacks = BTreeMap<CallbackEvent, Vec<CallbackFunction>>;

/// What a callback is given: what has happened, and the [`Context`] of the attempt that it happened to.
///
/// A callback is delivered at least once. That it is called twice for one event is seldom, and happens only if the engine or
/// the machine is killed after the function began and before the engine has heard of its end. Whoever must not do
/// something twice tells by [`id`](Self::id) whether it was done.
#[derive(Debug, Clone)]
pub struct CallbackContext {
    context: Context,
    order: CallbackOrder,
}

impl CallbackContext {
    /// What has happened.
    pub const fn event(&self) -> CallbackEvent {
        self.order.event
    }

    /// The identity of the event: the same however often it is delivered, and that of no other. Usable as an idempotency
    /// key towards other systems.
    pub const fn id(&self) -> &CallbackId {
        &self.order.id
    }

    /// Which delivery this is, from 1; more than 1 after one that failed.
    pub const fn delivery(&self) -> u32 {
        self.order.delivery
    }

    /// How the attempt ended, in words: `failed: ...`, with the error. Of a run Airflow's `reason`: `success`,
    /// `task_failure` or `timed_out`. Of a deadline what has not happened by then. Empty before a task.
    pub fn reason(&self) -> &str {
        &self.order.reason
    }

    /// The run.
    pub fn dag_run(&self) -> &DagRun {
        self.context.dag_run()
    }

    /// The deadline or `sla` that was missed, for an event of one.
    pub const fn missed_deadline(&self) -> Option<&MissedDeadline> {
        self.order.deadline.as_ref()
    }

    /// The task that the event is about; `None` for an event of the run.
    pub fn task_id(&self) -> Option<&TaskId> {
        (self.order.scope == CallbackScope::Task).then(|| self.context.task_id())
    }

    /// Variables, connections and `XComs`, and the attempt that the event is about; for an event of the run the attempt at
    /// the task that it ended with, of a run that failed the one that failed last. No `XComs` can be left.
    pub const fn context(&self) -> &Context {
        &self.context
    }
}

/// Calls the callbacks that were ordered, but for those that have returned at an earlier delivery. One that fails does not
/// keep the next from being called.
pub(crate) async fn call_ordered(order: &CallbackOrder, context: &Context) -> TaskResult {
    let task_id = (order.scope == CallbackScope::Task).then(|| context.task_id());
    let functions = context
        .built_dag()
        .map_or(&[][..], |dag| dag.callbacks(task_id, order.event));
    if functions.is_empty() {
        let whose = task_id.map_or_else(|| "the DAG".to_owned(), |task_id| format!("task `{task_id}`"));
        let reason = format!("{whose} has no {} any more", order.event);
        return Err(TaskError::fail_without_retry(reason));
    }
    let mut failed = None;
    for (place, function) in (0..).zip(functions) {
        let is_other = |of: &MissedDeadline| of.place.is_some_and(|of| of != place);
        if order.done.contains(&place) || order.deadline.as_ref().is_some_and(is_other) {
            continue;
        }
        let given = CallbackContext {
            context: context.clone(),
            order: order.clone(),
        };
        match function.call(given).await {
            Err(error) if !error.is_skip() => {
                let logger = context.logger();
                logger.error(format!("{} {} failed: {error}", order.event, place + 1));
                // One that may be tried again decides.
                if failed
                    .as_ref()
                    .is_none_or(|known: &TaskError| !known.is_retryable())
                {
                    failed = Some(error);
                }
            }
            _ => {
                let done = ToSupervisor::UpdraftCallbackDone(UpdraftCallbackDone { place });
                context.request(done).await?;
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

/// Calls what is to be called before the task. What fails is logged, and the task goes on.
pub(crate) async fn call_before_task(context: &Context) {
    let event = CallbackEvent::Execute;
    let functions = context
        .built_dag()
        .map_or(&[][..], |dag| dag.callbacks(Some(context.task_id()), event));
    for function in functions {
        let given = CallbackContext {
            context: context.clone(),
            order: CallbackOrder {
                id: CallbackId::of_attempt(event, context.attempt_id()),
                event,
                scope: CallbackScope::Task,
                delivery: 1,
                reason: String::new(),
                done: Vec::new(),
                deadline: None,
            },
        };
        if let Err(error) = function.call(given).await {
            context.logger().error(format!("{event} failed: {error}"));
        }
    }
}
