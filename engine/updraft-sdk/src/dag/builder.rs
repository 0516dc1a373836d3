//! The DAG under construction.

use std::cell::RefCell;
use std::panic::Location;
use std::time::Duration;

use jiff::SignedDuration;
use serde::Serialize;
use updraft_model::{CallbackEvent, CompatLevel, DeadlineReference, DeadlineSpec, Trigger};
use updraft_protocol::defaults::DagDefaults;

use super::build::{GroupDraft, TaskDraft};
use super::mapping::MapFunction;
use super::order::Edge;
use super::{
    BuiltDag, DagErrors, DateArgument, DefaultArgs, IntoParam, Param, ScheduleArgument, TaskGroup, TaskRef,
    TaskSet, Timetable,
};
use crate::task::{
    Branch, CallbackContext, CallbackFunction, Callbacks, Context, Poke, Sensor, TaskFunction, TaskResult,
    Work,
};

/// A DAG: tasks, their order, and when they run. The methods have the names of Airflow's arguments.
///
/// Nothing fails while a DAG is described; [`Dag::build`] and the bundle report every mistake at once, with the line
/// of the program that holds it.
///
/// ```
/// use std::time::Duration;
/// use updraft_sdk::{Context, Dag, DefaultArgs, TaskArguments, TaskResult};
///
/// async fn extract(_: Context) -> TaskResult<u64> {
///     Ok(42)
/// }
///
/// async fn load(context: Context) -> TaskResult {
///     let rows: Option<u64> = context.xcom_pull("extract").await?;
///     tracing::info!(rows, "loading");
///     Ok(())
/// }
///
/// let dag = Dag::new("etl")
///     .schedule("0 */6 * * *")
///     .start_date("2024-01-01")
///     .catchup(false)
///     .default_args(DefaultArgs::new().owner("data").retries(3));
/// let extract = dag.task("extract", extract);
/// let load = dag.task("load", load).execution_timeout(Duration::from_mins(30));
/// dag.order(extract >> load);
/// assert_eq!(dag.build().unwrap().spec().tasks.len(), 2);
/// ```
#[derive(Debug)]
pub struct Dag {
    pub(crate) settings: Settings,
    /// Tasks, groups and their order; behind a cell so that task handles can be copied about while they add to it.
    pub(crate) draft: RefCell<Draft>,
}

/// What the DAG itself was given.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) dag_id: String,
    pub(crate) place: &'static Location<'static>,
    /// As the installation has it, if it is not given.
    pub(crate) compat: Option<CompatLevel>,
    pub(crate) description: Option<String>,
    pub(crate) doc_md: Option<String>,
    pub(crate) schedule: Option<ScheduleArgument>,
    pub(crate) timezone: Option<String>,
    pub(crate) start_date: Option<DateArgument>,
    pub(crate) end_date: Option<DateArgument>,
    pub(crate) catchup: Option<bool>,
    pub(crate) max_active_runs: Option<u32>,
    pub(crate) max_active_tasks: Option<u32>,
    pub(crate) dagrun_timeout: Option<Duration>,
    pub(crate) tags: Vec<String>,
    pub(crate) params: Vec<(String, Param)>,
    pub(crate) is_paused_upon_creation: Option<bool>,
    pub(crate) fail_fast: bool,
    pub(crate) default_args: DefaultArgs,
    pub(crate) callbacks: Callbacks,
    /// The functions are the callbacks for [`CallbackEvent::Deadline`], in this order.
    pub(crate) deadlines: Vec<DeadlineSpec>,
}

/// What has been added to the DAG so far.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) tasks: Vec<TaskDraft>,
    pub(crate) groups: Vec<GroupDraft>,
    pub(crate) edges: Vec<Edge>,
    /// The functions that outputs are changed by.
    pub(crate) callables: Vec<MapFunction>,
    pub(crate) errors: Vec<super::DagError>,
}

impl Dag {
    /// A DAG without tasks.
    #[track_caller]
    pub fn new(dag_id: impl Into<String>) -> Self {
        Self {
            settings: Settings {
                dag_id: dag_id.into(),
                place: Location::caller(),
                compat: None,
                description: None,
                doc_md: None,
                schedule: None,
                timezone: None,
                start_date: None,
                end_date: None,
                catchup: None,
                max_active_runs: None,
                max_active_tasks: None,
                dagrun_timeout: None,
                tags: Vec::new(),
                params: Vec::new(),
                is_paused_upon_creation: None,
                fail_fast: false,
                default_args: DefaultArgs::new(),
                callbacks: Callbacks::new(),
                deadlines: Vec::new(),
            },
            draft: RefCell::default(),
        }
    }

    /// One line for lists.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.settings.description = Some(description.into());
        self
    }

    /// Markdown for the DAG's page.
    pub fn doc_md(mut self, text: impl Into<String>) -> Self {
        self.settings.doc_md = Some(text.into());
        self
    }

    /// When the DAG runs by itself; see [`ScheduleArgument`]. With `None` it never does. If this is not called, it never does
    /// either, except at compat level 2 with a start date: daily, as in Airflow 2.
    ///
    /// An asset, or several joined by `&` and `|`, are a schedule as well: the DAG runs when they have been updated by
    /// tasks that have them as [outlets](crate::TaskRef::outlets).
    ///
    /// ```
    /// use updraft_sdk::{Asset, Context, Dag, TaskResult};
    ///
    /// async fn load(_: Context) -> TaskResult {
    ///     Ok(())
    /// }
    ///
    /// async fn report(context: Context) -> TaskResult {
    ///     for event in context.triggering_asset_events() {
    ///         tracing::info!("{} was updated by {:?}", event.asset.name, event.source_task_id);
    ///     }
    ///     Ok(())
    /// }
    ///
    /// let orders = Asset::new("orders", "postgres://warehouse/public/orders");
    /// let rates = Asset::new("rates", "s3://lake/rates.parquet");
    ///
    /// let producer = Dag::new("load_orders").schedule("@hourly").start_date("2024-01-01");
    /// producer.task("load", load).outlets([&orders]);
    ///
    /// let consumer = Dag::new("report").schedule(&orders & &rates);
    /// consumer.task("report", report);
    /// # producer.build().unwrap();
    /// # consumer.build().unwrap();
    /// ```
    pub fn schedule(mut self, schedule: impl Into<ScheduleArgument>) -> Self {
        self.settings.schedule = Some(schedule.into());
        self
    }

    /// The name that [`schedule`](Self::schedule) had in Airflow 2.
    pub fn schedule_interval(self, schedule: impl Into<ScheduleArgument>) -> Self {
        self.schedule(schedule)
    }

    /// Has a [`Timetable`] of your own say when the DAG runs; Airflow 2's name for that, where [`schedule`](Self::schedule)
    /// takes one as well.
    pub fn timetable(self, timetable: impl Timetable) -> Self {
        self.schedule(timetable)
    }

    /// The IANA name of the zone that the schedule and dates without an offset are read in. Default: `UTC`.
    pub fn timezone(mut self, zone: impl Into<String>) -> Self {
        self.settings.timezone = Some(zone.into());
        self
    }

    /// No scheduled run has an earlier logical date. At compat level 2 a DAG with a schedule needs one.
    pub fn start_date(mut self, date: impl Into<DateArgument>) -> Self {
        self.settings.start_date = Some(date.into());
        self
    }

    /// No scheduled run has a later logical date.
    pub fn end_date(mut self, date: impl Into<DateArgument>) -> Self {
        self.settings.end_date = Some(date.into());
        self
    }

    /// Whether all runs since the start date are made up for; otherwise only the latest. Default: as the installation has it
    /// in `[scheduler] catchup_by_default`, which by itself is yes at compat level 2 and no at level 3.
    pub fn catchup(mut self, catchup: bool) -> Self {
        self.settings.catchup = Some(catchup);
        self
    }

    /// How many runs may be running at once. Default: 16.
    pub fn max_active_runs(mut self, runs: u32) -> Self {
        self.settings.max_active_runs = Some(runs);
        self
    }

    /// How many tasks of all runs may be queued or running at once. Default: 16.
    pub fn max_active_tasks(mut self, tasks: u32) -> Self {
        self.settings.max_active_tasks = Some(tasks);
        self
    }

    /// The name that [`max_active_tasks`](Self::max_active_tasks) had in Airflow 2.
    pub fn concurrency(self, tasks: u32) -> Self {
        self.max_active_tasks(tasks)
    }

    /// A run that takes longer fails.
    pub fn dagrun_timeout(mut self, timeout: Duration) -> Self {
        self.settings.dagrun_timeout = Some(timeout);
        self
    }

    /// Words to find the DAG by.
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.settings.tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// A parameter of the run with its default value; whoever triggers a run may give another one in its `conf`. With a
    /// [`Param`] it has a schema that its values must fit, a description, or no default.
    pub fn param(mut self, name: impl Into<String>, param: impl IntoParam) -> Self {
        self.settings.params.push((name.into(), param.into_param()));
        self
    }

    /// Whether the DAG is paused when it is first seen. Default: as the installation is configured.
    pub fn is_paused_upon_creation(mut self, paused: bool) -> Self {
        self.settings.is_paused_upon_creation = Some(paused);
        self
    }

    /// Whether one failed task fails the whole run at once. Default: no.
    pub fn fail_fast(mut self, fail_fast: bool) -> Self {
        self.settings.fail_fast = fail_fast;
        self
    }

    /// Which Airflow generation's meaning the DAG has, e.g. whether a cron schedule has data intervals (2) or is a
    /// plain trigger (3). Default: as the installation has it in `[updraft] compat`, which is 2 by itself.
    pub fn compat(mut self, level: CompatLevel) -> Self {
        self.settings.compat = Some(level);
        self
    }

    /// Arguments for every task that does not say otherwise.
    pub fn default_args(mut self, default_args: DefaultArgs) -> Self {
        self.settings.default_args = default_args;
        self
    }

    /// Called when a run has succeeded. May be given several times; each is called.
    pub fn on_success_callback<F, Fut>(self, callback: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        self.on(CallbackEvent::Success, CallbackFunction::new(callback))
    }

    /// Called when a run has failed. [`CallbackContext::reason`] says how, and [`CallbackContext::context`] is about the
    /// task that failed last.
    ///
    /// ```
    /// use updraft_sdk::{CallbackContext, Dag, TaskResult};
    ///
    /// async fn alert(context: CallbackContext) -> TaskResult {
    ///     let (run, task) = (context.dag_run(), context.context().task_id());
    ///     tracing::error!("run {} failed ({}), last task {task}", run.run_id, context.reason());
    ///     Ok(())
    /// }
    ///
    /// let dag = Dag::new("etl").on_failure_callback(alert);
    /// ```
    pub fn on_failure_callback<F, Fut>(self, callback: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        self.on(CallbackEvent::Failure, CallbackFunction::new(callback))
    }

    /// Called when a task has not succeeded within its `sla`; once for each task and run. It is told which by
    /// [`CallbackContext::missed_deadline`].
    ///
    /// The time counts from the end of the period of a scheduled run, and from when any other run was queued. As in
    /// Airflow 2, an `sla` is missed by a task that was not begun as well as by one that runs or has failed.
    pub fn sla_miss_callback<F, Fut>(self, callback: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        self.on(CallbackEvent::SlaMiss, CallbackFunction::new(callback))
    }

    /// Calls a function when a run has not succeeded so long after the reference, as a `DeadlineAlert` of Airflow 3. Once for
    /// each run; may be given several times.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use updraft_sdk::{CallbackContext, Dag, DeadlineReference, TaskResult};
    ///
    /// async fn late(context: CallbackContext) -> TaskResult {
    ///     tracing::warn!("run {} is late: {}", context.dag_run().run_id, context.reason());
    ///     Ok(())
    /// }
    ///
    /// let dag = Dag::new("etl").deadline(
    ///     DeadlineReference::DagrunQueuedAt,
    ///     Duration::from_mins(15),
    ///     late,
    /// );
    /// ```
    pub fn deadline<F, Fut>(self, reference: DeadlineReference, interval: Duration, callback: F) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        self.add_deadline(
            reference,
            SignedDuration::try_from(interval).unwrap_or(SignedDuration::MAX),
            callback,
        )
    }

    /// The same so long before the reference.
    pub fn deadline_before<F, Fut>(
        self,
        reference: DeadlineReference,
        interval: Duration,
        callback: F,
    ) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        let interval = SignedDuration::try_from(interval).unwrap_or(SignedDuration::MAX);
        self.add_deadline(reference, -interval, callback)
    }

    fn add_deadline<F, Fut>(
        mut self,
        reference: DeadlineReference,
        interval: SignedDuration,
        callback: F,
    ) -> Self
    where
        F: Fn(CallbackContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult> + Send + 'static,
    {
        self.settings.deadlines.push(DeadlineSpec { reference, interval });
        self.on(CallbackEvent::Deadline, CallbackFunction::new(callback))
    }

    fn on(mut self, event: CallbackEvent, callback: CallbackFunction) -> Self {
        self.settings.callbacks.entry(event).or_default().push(callback);
        self
    }

    /// Adds a task that runs an async function.
    ///
    /// What the function returns is left as the XCom `return_value`, unless it is `()` or otherwise null.
    #[track_caller]
    pub fn task<F, Fut, T>(&self, task_id: impl Into<String>, function: F) -> TaskRef<'_>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<T>> + Send + 'static,
        T: Serialize + 'static,
    {
        let work = Work::Function(TaskFunction::from_async(function));
        self.add_task(TaskDraft::new(task_id.into(), None, work))
    }

    /// Adds a task that runs a blocking function, on a thread of its own. In it, [`Context::wait`] waits for what
    /// the context offers.
    #[track_caller]
    pub fn blocking_task<F, T>(&self, task_id: impl Into<String>, function: F) -> TaskRef<'_>
    where
        F: Fn(Context) -> TaskResult<T> + Send + Sync + 'static,
        T: Serialize + 'static,
    {
        let work = Work::Function(TaskFunction::from_blocking(function));
        self.add_task(TaskDraft::new(task_id.into(), None, work))
    }

    /// Adds a task that does nothing: a place where arrows meet. The engine needs no process for it.
    #[track_caller]
    pub fn empty_task(&self, task_id: impl Into<String>) -> TaskRef<'_> {
        self.add_task(TaskDraft::new(task_id.into(), None, Work::Nothing))
    }

    /// Adds a task that chooses how to go on, as Airflow's `@task.branch`: its function returns the ids of the tasks and
    /// task groups that follow. Tasks directly after it are skipped if they are neither named nor come after one that
    /// is; what comes later follows by its trigger rule, so a place where branches meet wants
    /// [`TriggerRule::NoneFailedMinOneSuccess`](crate::TriggerRule::NoneFailedMinOneSuccess).
    ///
    /// ```
    /// use updraft_sdk::{Context, Dag, TaskArguments, TaskResult, TriggerRule};
    ///
    /// async fn choose(context: Context) -> TaskResult<&'static str> {
    ///     Ok(if context.param("full")? { "full_load" } else { "load_changes" })
    /// }
    ///
    /// let dag = Dag::new("etl").param("full", false);
    /// let choose = dag.branch("choose", choose);
    /// let loads = [dag.empty_task("full_load"), dag.empty_task("load_changes")];
    /// let report = dag.empty_task("report").trigger_rule(TriggerRule::NoneFailedMinOneSuccess);
    /// dag.order(choose >> loads >> report);
    /// ```
    #[track_caller]
    pub fn branch<F, Fut, B>(&self, task_id: impl Into<String>, function: F) -> TaskRef<'_>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<B>> + Send + 'static,
        B: Into<Branch> + 'static,
    {
        let work = Work::Branch(TaskFunction::from_branch(function));
        self.add_task(TaskDraft::new(task_id.into(), None, work))
    }

    /// Adds a task that stops the run here if its function returns false, as Airflow's `ShortCircuitOperator`: everything
    /// after it is skipped, but for teardowns. See [`TaskRef::ignore_downstream_trigger_rules`].
    #[track_caller]
    pub fn short_circuit<F, Fut>(&self, task_id: impl Into<String>, condition: F) -> TaskRef<'_>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<bool>> + Send + 'static,
    {
        self.add_task(TaskDraft::new(
            task_id.into(),
            None,
            Work::short_circuit(condition),
        ))
    }

    /// Adds a task after which only the newest scheduled run goes on, as Airflow's `LatestOnlyOperator`: in older runs what
    /// comes directly after it is skipped. Runs that somebody triggers go on always.
    #[track_caller]
    pub fn latest_only(&self, task_id: impl Into<String>) -> TaskRef<'_> {
        self.add_task(TaskDraft::new(task_id.into(), None, Work::LatestOnly))
    }

    /// Adds a task that waits, as Airflow's `@task.sensor`: its function is called again and again until it returns true, or a
    /// [`Poke`] with a value that is left as `return_value`. See [`TaskRef::mode`], [`TaskRef::poke_interval`],
    /// [`TaskRef::timeout`] and [`TaskRef::soft_fail`].
    #[track_caller]
    pub fn sensor<F, Fut, P>(&self, task_id: impl Into<String>, poke: F) -> TaskRef<'_>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<P>> + Send + 'static,
        P: Into<Poke> + 'static,
    {
        let work = Work::Sensor(Sensor::new(TaskFunction::from_poke(poke)));
        self.add_task(TaskDraft::new(task_id.into(), None, work))
    }

    /// Adds a sensor that waits in the engine, without a process and without a slot, as Airflow's sensors that are
    /// `deferrable`: its function is called once and says for what. Any number of tasks may wait so.
    /// [`TaskRef::poke_interval`], [`TaskRef::timeout`] and [`TaskRef::soft_fail`] mean what they mean for other sensors.
    ///
    /// ```
    /// use updraft_sdk::{Context, Dag, TaskResult, Trigger};
    ///
    /// /// Airflow's `DateTimeSensorAsync`.
    /// async fn an_hour_later(context: Context) -> TaskResult<Trigger> {
    ///     Ok(Trigger::date_time(context.data_interval_end() + jiff::SignedDuration::from_hours(1)))
    /// }
    ///
    /// let dag = Dag::new("load");
    /// dag.deferrable_sensor("an_hour_later", an_hour_later);
    /// # dag.build().unwrap();
    /// ```
    #[track_caller]
    pub fn deferrable_sensor<F, Fut>(&self, task_id: impl Into<String>, trigger: F) -> TaskRef<'_>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<Trigger>> + Send + 'static,
    {
        let work = Work::Sensor(Sensor::deferrable(TaskFunction::from_trigger(trigger)));
        self.add_task(TaskDraft::new(task_id.into(), None, work))
    }

    /// Adds a group of tasks. Ids of tasks in it begin with the group's id and a dot.
    #[track_caller]
    pub fn task_group(&self, group_id: impl Into<String>) -> TaskGroup<'_> {
        self.add_group(GroupDraft::new(group_id.into(), None))
    }

    /// Takes note of an order of tasks: `dag.order(a >> [b, c] >> d)`.
    ///
    /// The arrows themselves have already put the tasks in order; this method is where their result may go, since
    /// Rust warns about an operator whose result is not used.
    pub fn order(&self, last: TaskSet<'_>) {
        drop(last);
    }

    /// Checks the description and makes the DAG that a bundle serves, as in an installation that leaves all at its defaults.
    ///
    /// # Errors
    /// Every mistake that was found.
    pub fn build(self) -> Result<BuiltDag, DagErrors> {
        self.build_with(DagDefaults::default())
    }

    /// The same in an installation with these settings.
    pub(crate) fn build_with(self, defaults: DagDefaults) -> Result<BuiltDag, DagErrors> {
        super::build::build(self, defaults)
    }

    pub(crate) fn add_task(&self, task: TaskDraft) -> TaskRef<'_> {
        let tasks = &mut self.draft.borrow_mut().tasks;
        tasks.push(task);
        TaskRef::new(self, tasks.len() - 1)
    }

    pub(crate) fn add_group(&self, group: GroupDraft) -> TaskGroup<'_> {
        let groups = &mut self.draft.borrow_mut().groups;
        groups.push(group);
        TaskGroup::new(self, groups.len() - 1)
    }
}
