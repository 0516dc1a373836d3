//! Write Airflow DAGs and tasks in Rust.
//!
//! A DAG is described with the words of Airflow, its tasks are plain functions, and the program that holds both is a
//! *bundle*: the engine starts it, asks it for its DAGs and has it run their tasks, in a process that stays warm.
//!
//! # Tutorial
//!
//! ## A task is a function
//!
//! It gets a [`Context`] and returns a value. The value is left for other tasks as the XCom `return_value`.
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use updraft_sdk::{Context, TaskError, TaskResult};
//!
//! #[derive(Serialize, Deserialize)]
//! struct Counts {
//!     fetched: u64,
//! }
//!
//! async fn sync_candidates(context: Context) -> TaskResult<Counts> {
//!     let limit: u64 = context.param("limit")?;
//!     for page in 0..limit {
//!         context.progress(page, limit, "fetching pages");
//!     }
//!     // Events of `tracing` go to the log of this attempt.
//!     tracing::info!(limit, "synced the data of {}", context.ds());
//!     Ok(Counts { fetched: limit })
//! }
//! ```
//!
//! Any error may leave the function by `?`: the attempt failed and is tried again as `retries` says. With
//! [`TaskError::fail_without_retry`] it is not, and [`TaskError::skip`] passes the task over. A panic is a failed
//! attempt, too.
//!
//! A function that blocks, on files or a database driver, is added with [`Dag::blocking_task`]; it waits for what the
//! context offers with [`Context::wait`].
//!
//! ```
//! use updraft_sdk::{Context, TaskError, TaskResult};
//! # use serde::{Deserialize, Serialize};
//! # #[derive(Serialize, Deserialize)]
//! # struct Counts { fetched: u64 }
//!
//! fn find_matches(context: Context) -> TaskResult<u64> {
//!     let counts: Option<Counts> = context.wait(context.xcom_pull("sync_candidates"))?;
//!     let Some(counts) = counts else {
//!         return Err(TaskError::fail_without_retry("`sync_candidates` has left nothing"));
//!     };
//!     if counts.fetched == 0 {
//!         return Err(TaskError::skip("no new candidates"));
//!     }
//!     Ok(counts.fetched / 2)
//! }
//! ```
//!
//! ## A DAG puts tasks in order
//!
//! ```
//! use std::time::Duration;
//! use updraft_sdk::{Context, Dag, DefaultArgs, TaskArguments, TaskResult, TriggerRule};
//! # async fn sync_candidates(_: Context) -> TaskResult { Ok(()) }
//! # async fn sync_positions(_: Context) -> TaskResult { Ok(()) }
//! # fn find_matches(_: Context) -> TaskResult { Ok(()) }
//! # async fn notify(_: Context) -> TaskResult { Ok(()) }
//!
//! fn bullhorn_sync() -> Dag {
//!     let dag = Dag::new("bullhorn_sync_optimized")
//!         .description("Sync Bullhorn data and run matching")
//!         .schedule("0 */6 * * *")
//!         .start_date("2024-01-01")
//!         .catchup(false)
//!         .max_active_runs(1)
//!         .concurrency(16)
//!         .tags(["etl", "bullhorn", "production"])
//!         .param("limit", 500)
//!         .default_args(
//!             DefaultArgs::new()
//!                 .owner("referral-system")
//!                 .depends_on_past(false)
//!                 .email_on_failure(true)
//!                 .email_on_retry(false)
//!                 .retries(3)
//!                 .retry_delay(Duration::from_mins(5))
//!                 .execution_timeout(Duration::from_mins(30)),
//!         );
//!
//!     let sync = dag.task_group("sync");
//!     let candidates = sync.task("candidates", sync_candidates);
//!     let positions = sync.task("positions", sync_positions);
//!     let matches = dag.blocking_task("find_matches", find_matches);
//!     let notify = dag.task("notify", notify).trigger_rule(TriggerRule::AllDone).retries(0);
//!
//!     dag.order([candidates, positions] >> matches >> notify);
//!     dag
//! }
//!
//! let dag = bullhorn_sync().build().unwrap();
//! let ids: Vec<&str> = dag.spec().tasks.iter().map(|task| task.task_id.as_str()).collect();
//! assert_eq!(ids, ["sync.candidates", "sync.positions", "find_matches", "notify"]);
//! ```
//!
//! `a >> b` puts tasks in order, as in Airflow; either side may be a group, an array, a tuple or a `Vec`. [`chain`] and
//! [`cross_downstream`] are there, too. What a task is given itself wins over `default_args`.
//!
//! ## A task for each item
//!
//! A task that is mapped has a copy for each item of a list, a dict, or what another task returns, however many those
//! are; Airflow's dynamic task mapping with its names. `partial` gives an argument to all copies, `expand` each item to
//! another one; several make a copy for each combination. [`Context::argument`] is what a copy was given.
//!
//! ```
//! use updraft_sdk::{Context, Dag, TaskArguments, TaskResult};
//!
//! async fn list_files(_: Context) -> TaskResult<Vec<String>> {
//!     Ok(vec!["a.csv".to_owned(), "b.csv".to_owned()])
//! }
//!
//! async fn count_rows(context: Context) -> TaskResult<u64> {
//!     let (file, bucket): (String, String) = (context.argument("file")?, context.argument("bucket")?);
//!     tracing::info!("copy {} counts {bucket}/{file}", context.map_index());
//!     Ok(file.len() as u64)
//! }
//!
//! async fn add_up(context: Context) -> TaskResult<u64> {
//!     let counts: Vec<u64> = context.argument("counts")?;
//!     Ok(counts.iter().sum())
//! }
//!
//! let dag = Dag::new("count");
//! let files = dag.task("list_files", list_files);
//! let counts = dag
//!     .task("count_rows", count_rows)
//!     .partial("bucket", "in")
//!     .expand("file", files.output())
//!     .map_index_template("{{ file }}")
//!     .max_active_tis_per_dagrun(8);
//! // What all copies return is a list, in the order of the items.
//! dag.task("add_up", add_up).partial("counts", counts.output());
//! # dag.build().unwrap();
//! ```
//!
//! A task group can be mapped as a whole, with [`TaskGroup::expand`]: all tasks in it have a copy for each item, and the
//! copies of one item wait only for each other. [`Output`] has `map`, `zip` and `concat`.
//!
//! ## Waiting for something
//!
//! A sensor calls a function again and again until it says that it is time. With [`SensorMode::Reschedule`] it holds no slot in
//! between.
//!
//! ```
//! use std::time::Duration;
//! use updraft_sdk::{Context, Dag, SensorMode, TaskArguments, TaskResult};
//!
//! async fn file_is_there(context: Context) -> TaskResult<bool> {
//!     Ok(std::path::Path::new("/data").join(context.ds()).exists())
//! }
//!
//! let dag = Dag::new("load");
//! dag.sensor("wait_for_file", file_is_there)
//!     .poke_interval(Duration::from_mins(1))
//!     .timeout(Duration::from_hours(12))
//!     .mode(SensorMode::Reschedule);
//! # dag.build().unwrap();
//! ```
//!
//! Where the engine itself can see what a task waits for, nothing of the task runs while it waits:
//! [`Dag::deferrable_sensor`] waits for a moment or a file, and [`TaskError::defer`] lets any task give its slot back and go on later
//! with what it has left for itself.
//!
//! ## Tasks that have other DAGs run
//!
//! [`Context::trigger`] has a run of any DAG made, as a [`TriggerRun`] describes it; [`Context::dag_run_state`] tells how far it is, and
//! [`Trigger::external_dag`] waits for its end without a slot.
//!
//! ## When something happened
//!
//! Callbacks are functions that the engine has called when a task or a run has ended, however it ended: also when the
//! process of the task was killed. They are called in a process of their own, are retried when they fail, and each event
//! is delivered also if the engine is killed in between.
//!
//! ```
//! use updraft_sdk::{CallbackContext, Context, Dag, DefaultArgs, TaskArguments, TaskResult};
//! # async fn sync_candidates(_: Context) -> TaskResult { Ok(()) }
//!
//! async fn alert(context: CallbackContext) -> TaskResult {
//!     let webhook = context.context().variable("webhook").await?;
//!     let text = format!("{} of {}: {}", context.event(), context.dag_run().dag_id, context.reason());
//!     tracing::info!(webhook, "{text}, to be told once per {}", context.id());
//!     Ok(())
//! }
//!
//! let dag = Dag::new("sync")
//!     .on_failure_callback(alert)
//!     .default_args(DefaultArgs::new().on_failure_callback(alert));
//! dag.task("sync_candidates", sync_candidates).retries(3).on_retry_callback(alert);
//! # let dag = dag.build().unwrap();
//! # assert_eq!(dag.spec().tasks[0].callbacks.len(), 2);
//! ```
//!
//! ## DAGs that wait for data
//!
//! An [`Asset`] is something that tasks update and DAGs wait for: a table, a file, anything with an address. A task that has
//! it as an [outlet](TaskRef::outlets) updates it with each of its successes; a DAG whose schedule is an asset, or several
//! joined by `&` and `|`, runs once they were updated since its last such run. [`Dag::schedule`] shows both sides.
//!
//! ## A rule of your own
//!
//! Where no cron expression says when a DAG runs, a [`Timetable`] does: a type of yours that tells the next run. It is called in
//! the bundle's program.
//!
//! ## A bundle is a program
//!
//! ```no_run
//! # use updraft_sdk::Dag;
//! # fn bullhorn_sync() -> Dag { Dag::new("d") }
//! use std::process::ExitCode;
//! use updraft_sdk::Bundle;
//!
//! fn main() -> ExitCode {
//!     Bundle::new("referral").dag(bullhorn_sync()).run()
//! }
//! ```
//!
//! By hand, `PROGRAM list` shows its DAGs, `PROGRAM validate` checks them, and `PROGRAM test DAG TASK` runs a task on
//! the spot. For the engine, a file `referral.bundle.toml` in the DAGs folder names the program:
//!
//! ```toml
//! program = "referral"
//! ```
//!
//! ## Tests need no engine
//!
//! [`testing::TestRun`] runs a task with an engine in memory.

mod bundle;
mod dag;
mod serve;
mod task;
pub mod testing;

pub use bundle::Bundle;
pub use dag::{
    Argument, Arguments, AssetOrTimeSchedule, BuiltDag, ChainItems, Dag, DagError, DagErrors, DagRunInfo,
    DateArgument, DefaultArgs, Events, IntoArgument, IntoParam, Output, Param, ScheduleArgument,
    TaskArguments, TaskGroup, TaskRef, TaskSet, Timetable, TimetableArgument, TimetableResult, chain,
    cross_downstream,
};
pub use task::{
    Branch, CallbackContext, Connection, Context, Defer, Logger, Poke, RequestError, SensorMode, TaskError,
    TaskResult, TriggerRun, XComSequence, XComSource,
};
pub use tokio_util::sync::CancellationToken;
pub use updraft_model::{
    Asset, AssetAlias, AssetExpression, AssetRef, AttemptId, CallbackEvent, CallbackId, CompatLevel, DagId,
    DagRunState, DagSpec, DataInterval, DeadlineName, DeadlineReference, Deferral, MapIndex, Resumption,
    RunId, RunReference, RunType, Schedule, ScheduleKind, TaskId, TaskSpec, TimeRestriction, Trigger,
    TriggerRule, WaitEnd, WeightRule,
};
pub use updraft_protocol::message::{
    AssetEventReference as AssetEvent, AssetReference, DagRun, MissedDeadline,
};
