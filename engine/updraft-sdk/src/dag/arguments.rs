//! The arguments that a task and `default_args` share.

use std::time::Duration;

use updraft_model::{CallbackEvent, TaskSpec, TriggerRule, WeightRule};

use super::DateArgument;
use crate::task::{CallbackContext, CallbackFunction, Callbacks, TaskResult};

/// Arguments of tasks that have been given so far.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments {
    owner: Option<String>,
    retries: Option<u32>,
    retry_delay: Option<Duration>,
    retry_exponential_backoff: Option<bool>,
    max_retry_delay: Option<Duration>,
    execution_timeout: Option<Duration>,
    sla: Option<Duration>,
    depends_on_past: Option<bool>,
    ignore_first_depends_on_past: Option<bool>,
    wait_for_downstream: Option<bool>,
    wait_for_past_depends_before_skipping: Option<bool>,
    trigger_rule: Option<TriggerRule>,
    pool: Option<String>,
    pool_slots: Option<u32>,
    max_active_tis_per_dag: Option<u32>,
    max_active_tis_per_dagrun: Option<u32>,
    queue: Option<String>,
    priority_weight: Option<i64>,
    weight_rule: Option<WeightRule>,
    email: Option<Vec<String>>,
    email_on_failure: Option<bool>,
    email_on_retry: Option<bool>,
    doc_md: Option<String>,
    pub(crate) callbacks: Callbacks,
}

impl Arguments {
    /// Writes what was given into a task and leaves the rest as it is.
    pub(crate) fn apply(&self, task: &mut TaskSpec) {
        fn set<T: Clone>(target: &mut T, given: Option<&T>) {
            if let Some(given) = given {
                target.clone_from(given);
            }
        }
        set(&mut task.owner, self.owner.as_ref());
        set(&mut task.retries, self.retries.as_ref());
        set(&mut task.retry_delay, self.retry_delay.as_ref());
        set(
            &mut task.retry_exponential_backoff,
            self.retry_exponential_backoff.as_ref(),
        );
        task.max_retry_delay = self.max_retry_delay.or(task.max_retry_delay);
        task.execution_timeout = self.execution_timeout.or(task.execution_timeout);
        task.sla = self.sla.or(task.sla);
        set(&mut task.depends_on_past, self.depends_on_past.as_ref());
        set(
            &mut task.ignore_first_depends_on_past,
            self.ignore_first_depends_on_past.as_ref(),
        );
        set(&mut task.wait_for_downstream, self.wait_for_downstream.as_ref());
        set(
            &mut task.wait_for_past_depends_before_skipping,
            self.wait_for_past_depends_before_skipping.as_ref(),
        );
        set(&mut task.trigger_rule, self.trigger_rule.as_ref());
        set(&mut task.pool, self.pool.as_ref());
        set(&mut task.pool_slots, self.pool_slots.as_ref());
        task.max_active_tis_per_dag = self.max_active_tis_per_dag.or(task.max_active_tis_per_dag);
        task.max_active_tis_per_dagrun = self.max_active_tis_per_dagrun.or(task.max_active_tis_per_dagrun);
        set(&mut task.queue, self.queue.as_ref());
        set(&mut task.priority_weight, self.priority_weight.as_ref());
        set(&mut task.weight_rule, self.weight_rule.as_ref());
        set(&mut task.email, self.email.as_ref());
        set(&mut task.email_on_failure, self.email_on_failure.as_ref());
        set(&mut task.email_on_retry, self.email_on_retry.as_ref());
        task.doc_md = self.doc_md.clone().or(task.doc_md.take());
        task.callbacks.extend(self.callbacks.keys());
    }

    fn add_callback(&mut self, event: CallbackEvent, function: CallbackFunction) {
        self.callbacks.entry(event).or_default().push(function);
    }
}

/// The arguments of a task, by their Airflow names. A task has them, and so has [`DefaultArgs`].
///
/// What a task is given itself wins over the DAG's `default_args`, and those over Airflow's own defaults.
pub trait TaskArguments: Sized {
    /// Changes the arguments; the methods below do so.
    fn change(self, change: impl FnOnce(&mut Arguments)) -> Self;

    /// Who looks after the task. Default: `airflow`.
    fn owner(self, owner: impl Into<String>) -> Self {
        self.change(|arguments| arguments.owner = Some(owner.into()))
    }

    /// How many further tries the task has after the first. Default: 0.
    fn retries(self, retries: u32) -> Self {
        self.change(|arguments| arguments.retries = Some(retries))
    }

    /// The wait between two tries. Default: 5 minutes.
    fn retry_delay(self, delay: Duration) -> Self {
        self.change(|arguments| arguments.retry_delay = Some(delay))
    }

    /// Whether that wait doubles with each try. Default: no.
    fn retry_exponential_backoff(self, exponential: bool) -> Self {
        self.change(|arguments| arguments.retry_exponential_backoff = Some(exponential))
    }

    /// The longest such wait. Default: 24 hours.
    fn max_retry_delay(self, delay: Duration) -> Self {
        self.change(|arguments| arguments.max_retry_delay = Some(delay))
    }

    /// An attempt that takes longer is ended and counts as failed. Default: none.
    fn execution_timeout(self, timeout: Duration) -> Self {
        self.change(|arguments| arguments.execution_timeout = Some(timeout))
    }

    /// It should have succeeded so long after the period of its run is over; if not,
    /// [`Dag::sla_miss_callback`](crate::Dag::sla_miss_callback) is called. Default: none.
    fn sla(self, sla: Duration) -> Self {
        self.change(|arguments| arguments.sla = Some(sla))
    }

    /// Whether the task waits until it has succeeded, or was skipped, in the previous run. Default: no.
    fn depends_on_past(self, depends: bool) -> Self {
        self.change(|arguments| arguments.depends_on_past = Some(depends))
    }

    /// With [`depends_on_past`](Self::depends_on_past): whether the task need not wait if the previous run did not have
    /// it. Default: yes, and no at [`CompatLevel::Three`](crate::CompatLevel::Three).
    fn ignore_first_depends_on_past(self, ignore: bool) -> Self {
        self.change(|arguments| arguments.ignore_first_depends_on_past = Some(ignore))
    }

    /// Whether the task also waits until the tasks directly after it have succeeded, or were skipped, in the previous
    /// run; implies [`depends_on_past`](Self::depends_on_past). Default: no.
    fn wait_for_downstream(self, wait: bool) -> Self {
        self.change(|arguments| arguments.wait_for_downstream = Some(wait))
    }

    /// With [`depends_on_past`](Self::depends_on_past): whether the task waits for the previous run also where it is to be
    /// skipped. Default: no.
    fn wait_for_past_depends_before_skipping(self, wait: bool) -> Self {
        self.change(|arguments| arguments.wait_for_past_depends_before_skipping = Some(wait))
    }

    /// Which ends of its upstreams let the task run. Default: [`TriggerRule::AllSuccess`].
    fn trigger_rule(self, rule: TriggerRule) -> Self {
        self.change(|arguments| arguments.trigger_rule = Some(rule))
    }

    /// The pool the task takes slots from. Default: `default_pool`.
    fn pool(self, pool: impl Into<String>) -> Self {
        self.change(|arguments| arguments.pool = Some(pool.into()))
    }

    /// How many slots of the pool the task takes. Default: 1.
    fn pool_slots(self, slots: u32) -> Self {
        self.change(|arguments| arguments.pool_slots = Some(slots))
    }

    /// How many attempts at the task may be queued or running at once, in all runs of the DAG. Default: any number.
    fn max_active_tis_per_dag(self, attempts: u32) -> Self {
        self.change(|arguments| arguments.max_active_tis_per_dag = Some(attempts))
    }

    /// The same in one run, which matters where a mapped task has many copies there. Default: any number.
    fn max_active_tis_per_dagrun(self, attempts: u32) -> Self {
        self.change(|arguments| arguments.max_active_tis_per_dagrun = Some(attempts))
    }

    /// The executor's queue that the task goes to. Default: `default`.
    fn queue(self, queue: impl Into<String>) -> Self {
        self.change(|arguments| arguments.queue = Some(queue.into()))
    }

    /// Of two tasks that could run, the one with more weight goes first. Default: 1.
    fn priority_weight(self, weight: i64) -> Self {
        self.change(|arguments| arguments.priority_weight = Some(weight))
    }

    /// How the weights of neighbours count. Default: [`WeightRule::Downstream`].
    fn weight_rule(self, rule: WeightRule) -> Self {
        self.change(|arguments| arguments.weight_rule = Some(rule))
    }

    /// Where mails about the task go.
    fn email(self, addresses: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let addresses = addresses.into_iter().map(Into::into).collect();
        self.change(|arguments| arguments.email = Some(addresses))
    }

    /// Whether a mail is sent when the task fails. Default: yes.
    fn email_on_failure(self, send: bool) -> Self {
        self.change(|arguments| arguments.email_on_failure = Some(send))
    }

    /// Whether a mail is sent when the task will be tried again. Default: yes.
    fn email_on_retry(self, send: bool) -> Self {
        self.change(|arguments| arguments.email_on_retry = Some(send))
    }

    /// Markdown for the task's page.
    fn doc_md(self, text: impl Into<String>) -> Self {
        self.change(|arguments| arguments.doc_md = Some(text.into()))
    }

    /// Called in the task's process before each attempt at the task. An error is logged, and the task goes on.
    fn on_execute_callback<F, Fut>(self, callback: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        let callback = CallbackFunction::new(callback);
        self.change(|arguments| arguments.add_callback(CallbackEvent::Execute, callback))
    }

    /// Called when the task has succeeded.
    fn on_success_callback<F, Fut>(self, callback: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        let callback = CallbackFunction::new(callback);
        self.change(|arguments| arguments.add_callback(CallbackEvent::Success, callback))
    }

    /// Called when the task has failed and is not tried again. [`CallbackContext::reason`] has the error.
    ///
    /// Callbacks are called in a process of their own after the end of the attempt, whatever ended it: an error, a timeout,
    /// the kill of its process. Of several, given by as many calls, each is called. What the task is given itself stands in
    /// the place of what `default_args` have for the same event. What a person or a rule does to a task is no such event.
    fn on_failure_callback<F, Fut>(self, callback: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        let callback = CallbackFunction::new(callback);
        self.change(|arguments| arguments.add_callback(CallbackEvent::Failure, callback))
    }

    /// Called when an attempt has failed and the task will be tried again.
    fn on_retry_callback<F, Fut>(self, callback: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        let callback = CallbackFunction::new(callback);
        self.change(|arguments| arguments.add_callback(CallbackEvent::Retry, callback))
    }

    /// Called when the task has passed itself over, by [`TaskError::skip`](crate::TaskError::skip).
    fn on_skipped_callback<F, Fut>(self, callback: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        let callback = CallbackFunction::new(callback);
        self.change(|arguments| arguments.add_callback(CallbackEvent::Skipped, callback))
    }
}

/// Arguments for every task of a DAG that does not say otherwise; Airflow's `default_args`.
///
/// ```
/// use std::time::Duration;
/// use updraft_sdk::{DefaultArgs, TaskArguments};
///
/// let default_args = DefaultArgs::new()
///     .owner("referral-system")
///     .retries(3)
///     .retry_delay(Duration::from_mins(5));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DefaultArgs {
    pub(crate) arguments: Arguments,
    pub(crate) start_date: Option<DateArgument>,
    pub(crate) end_date: Option<DateArgument>,
}

impl DefaultArgs {
    /// No arguments yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The DAG's start date, if the DAG has none itself.
    pub fn start_date(mut self, date: impl Into<DateArgument>) -> Self {
        self.start_date = Some(date.into());
        self
    }

    /// The DAG's end date, if the DAG has none itself.
    pub fn end_date(mut self, date: impl Into<DateArgument>) -> Self {
        self.end_date = Some(date.into());
        self
    }
}

impl TaskArguments for DefaultArgs {
    fn change(mut self, change: impl FnOnce(&mut Arguments)) -> Self {
        change(&mut self.arguments);
        self
    }
}
