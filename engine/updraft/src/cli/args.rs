//! The command line: Airflow 2.11's names and flags, and the five commands that Airflow itself rejects.
//!
//! A test compares this with the recorded command line of Airflow (`oracle/cli-2.11.2.json`).

mod accounts;
mod backfill;
mod change;
mod config;
mod dags;
mod db;
mod providers;
mod run;
mod secrets;
mod servers;
mod workers;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::assets::AssetsCommand;
use super::completions::{CompletionsArgs, ManArgs};
use super::dev::DevCommand;
use super::doctor::DoctorArgs;
use super::state_store::StateStoreCommand;
pub(crate) use accounts::{
    PasswordArgs, RolesAddPermsArgs, RolesCommand, RolesDelPermsArgs, RolesExportArgs, SyncPermArgs,
    TokensCommand, TokensCreateArgs, UsersCommand, UsersCreateArgs, UsersRoleArgs, Whom,
};
pub(crate) use backfill::{
    BackfillArgs, BackfillCommand, BackfillCreateArgs, BackfillListArgs, Behavior, DagsBackfillArgs,
};
pub(crate) use change::{ClearArgs, Confirm, DagsClearArgs, DagsMarkArgs, TasksClearArgs, TasksMarkArgs};
pub(crate) use config::{
    ConfigCommand, ConfigGetValueArgs, ConfigLintArgs, ConfigListArgs, ConfigUpdateArgs, OfOptions,
};
pub(crate) use dags::{
    DagsCommand, DagsDeleteArgs, DagsDetailsArgs, DagsImportErrorsArgs, DagsListArgs, DagsListJobsArgs,
    DagsListRunsArgs, DagsNextExecutionArgs, DagsPauseArgs, DagsReportArgs, DagsShowArgs,
    DagsShowDependenciesArgs, DagsStateArgs, DagsTestArgs, DagsTriggerArgs,
};
pub(crate) use db::{
    DbCheckArgs, DbCleanArgs, DbCommand, DbDropArchivedArgs, DbExportArchivedArgs, DbResetArgs,
};
pub(crate) use providers::{ProvidersCommand, ProvidersGetArgs};
pub(crate) use run::TasksRunArgs;
pub(crate) use secrets::{
    ConnectionsAddArgs, ConnectionsCommand, ConnectionsExportArgs, ConnectionsImportArgs, Existing,
    FileFormat, Serialization, VariablesCommand, VariablesGetArgs, VariablesImportArgs, VariablesSetArgs,
};
pub(crate) use servers::{
    ApiServerArgs, DagProcessorArgs, SchedulerArgs, StandaloneArgs, TriggererArgs, WebserverArgs,
};
pub(crate) use workers::{WorkersCommand, WorkersTokenArgs};

/// Runs workflows: a drop-in for the `airflow` command.
#[derive(Debug, Parser)]
#[command(
    name = "updraft",
    version,
    about,
    disable_help_subcommand = true,
    max_term_width = 110
)]
pub(crate) struct Cli {
    /// Work on the installation behind this address, by its REST API; `UPDRAFT_API_TOKEN` holds a token
    ///
    /// For `dags list|trigger|pause|unpause|state|list-runs|delete`, `tasks list|states-for-dag-run|clear|logs`, `variables`, `connections`, `pools` and
    /// `assets list`.
    #[arg(long, global = true, value_name = "URL", help_heading = "Elsewhere")]
    pub(crate) api_url: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The groups and commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run an all-in-one copy: database, scheduler, workers and web server in one process
    Standalone(StandaloneArgs),
    /// Start the scheduler and its local executor
    Scheduler(SchedulerArgs),
    /// Start the web server: the REST API
    Webserver(WebserverArgs),
    /// Start the web server, by its name in Airflow 3
    ApiServer(ApiServerArgs),
    /// Stand in for Airflow's triggerer: the scheduler waits for triggers itself, this only stays until it is stopped
    Triggerer(TriggererArgs),
    /// Stand in for Airflow's DAG processor: the scheduler reads DAG files itself, this only stays until it is stopped
    DagProcessor(DagProcessorArgs),
    /// Database operations
    #[command(subcommand)]
    Db(DbCommand),
    /// Manage DAGs
    #[command(subcommand)]
    Dags(DagsCommand),
    /// Manage tasks
    #[command(subcommand)]
    Tasks(TasksCommand),
    /// Manage backfills: runs for dates that have passed
    #[command(subcommand)]
    Backfill(BackfillCommand),
    /// Manage pools
    #[command(subcommand)]
    Pools(PoolsCommand),
    /// Manage variables: values that tasks look up by key
    #[command(subcommand)]
    Variables(VariablesCommand),
    /// Manage connections: where outside systems are and how to log in there
    #[command(subcommand)]
    Connections(ConnectionsCommand),
    /// View the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Encrypt variables and connections again with the first key of `[core] fernet_key`
    ///
    /// Put the new key in front of the old one (NEW,OLD), run this, then take the old one away.
    RotateFernetKey,
    /// Manage users
    #[command(subcommand)]
    Users(UsersCommand),
    /// Manage roles: what people may do
    #[command(subcommand)]
    Roles(RolesCommand),
    /// Give the built-in roles the permissions that they have in a new database
    SyncPerm(SyncPermArgs),
    /// Look at callbacks
    #[command(subcommand)]
    Callbacks(CallbacksCommand),
    /// Look at deadlines
    #[command(subcommand)]
    Deadlines(DeadlinesCommand),
    /// Manage assets
    #[command(subcommand)]
    Assets(AssetsCommand),
    /// Manage what tries of tasks keep for each other
    #[command(subcommand)]
    StateStore(StateStoreCommand),
    /// Look at the schedulers that are at work
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Manage workers elsewhere, which run tasks under `[core] executor = RemoteExecutor`
    #[command(subcommand)]
    Workers(WorkersCommand),
    /// Manage the Python that reads DAG files and runs their tasks
    #[command(subcommand)]
    Python(PythonCommand),
    /// Say of DAG files in Python what they use, what would not run here, and what Airflow 2 and 3 differ in
    ///
    /// Needs no database. The exit code is 1 if something would not run. `-o json` prints one object per line and file.
    Check(CheckArgs),
    /// Show the providers in the Python environment of DAG files
    #[command(subcommand)]
    Providers(ProvidersCommand),
    /// List the plugins for DAG files in Python, what of them is used, and which cannot be loaded
    Plugins(PluginsArgs),
    /// For those who work on Updraft itself or measure it
    #[command(subcommand)]
    Dev(DevCommand),
    /// Look at everything that an installation needs, and say of what is not right what to do
    ///
    /// The exit code is 1 if something does not work.
    Doctor(DoctorArgs),
    /// Print what a shell needs to complete the commands
    #[command(after_help = "Examples:
  updraft completions bash > /etc/bash_completion.d/updraft
  updraft completions zsh > ~/.zfunc/_updraft
  updraft completions fish > ~/.config/fish/completions/updraft.fish")]
    Completions(CompletionsArgs),
    /// Write the manual pages
    #[command(after_help = "Example:
  updraft man /usr/local/share/man/man1 && man updraft-dags-trigger")]
    Man(ManArgs),
    /// List every command with what it does
    CheatSheet(Common),
    /// Show the version
    Version,
    /// Show where this installation keeps things and what it runs on
    Info(InfoArgs),
}

/// Flags that every command of Airflow takes.
#[derive(Debug, Args)]
pub(crate) struct Common {
    /// Make logging output more verbose
    #[arg(short = 'v', long)]
    pub(crate) verbose: bool,
}

/// `-S/--subdir`, accepted where Airflow accepts it.
#[derive(Debug, Args)]
pub(crate) struct Subdir {
    /// File location or directory from which to look for the DAG
    #[arg(short = 'S', long, value_name = "PATH")]
    pub(crate) subdir: Option<PathBuf>,
}

/// `-o/--output`.
#[derive(Debug, Args)]
pub(crate) struct Output {
    /// Output format
    #[arg(short = 'o', long, value_enum, default_value = "table", value_name = "FORMAT")]
    pub(crate) output: Format,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table for eyes.
    Table,
    /// One JSON array.
    Json,
    /// One YAML list.
    Yaml,
    /// Columns without lines, for pipes.
    Plain,
}

/// `tasks ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum TasksCommand {
    /// List the tasks of a DAG
    List(TasksListArgs),
    /// Get the state of a task instance
    State(TaskInstanceArgs),
    /// Get the state of all task instances of a run
    StatesForDagRun(StatesForDagRunArgs),
    /// Run one task without scheduler, dependencies or recorded state
    Test(TasksTestArgs),
    /// Have the scheduler run a task instance, wait until it has ended, and print its log
    #[command(after_help = "Examples:
  updraft tasks run etl load 2024-01-12 --dry-run
  updraft tasks run etl load 2024-01-12 --force")]
    Run(Box<TasksRunArgs>),
    /// Print the rendered templates of a task of a Python file
    Render(TasksRenderArgs),
    /// Say why a task instance does not run; `failed-deps` is its name in Airflow 2
    #[command(visible_alias = "failed-deps")]
    Why(TasksWhyArgs),
    /// Print the log of a task instance
    Logs(TasksLogsArgs),
    /// Clear task instances, so that they run again
    Clear(TasksClearArgs),
    /// End a running task instance; it fails and is not retried
    Kill(TaskInstanceArgs),
    /// Set task instances to success; what runs is killed, what comes after them goes on
    MarkSuccess(TasksMarkArgs),
    /// Set task instances to failed; what runs is killed
    MarkFailed(TasksMarkArgs),
    /// Set task instances to skipped; what runs is killed
    MarkSkipped(TasksMarkArgs),
}

/// `tasks why`.
#[derive(Debug, Args)]
pub(crate) struct TasksWhyArgs {
    #[command(flatten)]
    pub(crate) instance: TaskInstanceArgs,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `tasks list`.
#[derive(Debug, Args)]
pub(crate) struct TasksListArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    /// Tree view
    #[arg(short = 't', long)]
    pub(crate) tree: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `tasks state` and `tasks kill`.
#[derive(Debug, Args)]
pub(crate) struct TaskInstanceArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// The id of the task
    pub(crate) task_id: String,
    /// The logical date or day of the run, or its run id
    pub(crate) execution_date_or_run_id: String,
    /// Mapped task index
    #[arg(long, default_value_t = -1, allow_negative_numbers = true, value_name = "N")]
    pub(crate) map_index: i32,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `tasks states-for-dag-run`.
#[derive(Debug, Args)]
pub(crate) struct StatesForDagRunArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// The logical date or day of the run, or its run id
    pub(crate) execution_date_or_run_id: String,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `tasks test`.
#[derive(Debug, Args)]
pub(crate) struct TasksTestArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// The id of the task
    pub(crate) task_id: String,
    /// The logical date of the temporary run, or the run id to take it from
    pub(crate) execution_date_or_run_id: Option<String>,
    /// Show what would run, without running it
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// JSON object of environment variables to set for the task
    #[arg(long, value_name = "JSON")]
    pub(crate) env_vars: Option<String>,
    /// Mapped task index
    #[arg(long, default_value_t = -1, allow_negative_numbers = true, value_name = "N")]
    pub(crate) map_index: i32,
    /// Accepted for Airflow's sake: native tasks have no Python debugger
    #[arg(short = 'm', long)]
    pub(crate) post_mortem: bool,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    /// JSON object of params for the task
    #[arg(short = 't', long, value_name = "JSON")]
    pub(crate) task_params: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `tasks logs`.
#[derive(Debug, Args)]
pub(crate) struct TasksLogsArgs {
    #[command(flatten)]
    pub(crate) instance: TaskInstanceArgs,
    /// Which try; the newest when left out
    #[arg(long, value_name = "N")]
    pub(crate) try_number: Option<u32>,
}

/// `info`.
#[derive(Debug, Args)]
pub(crate) struct InfoArgs {
    /// Minimise personal data: the home folder and the user's name are replaced
    #[arg(long)]
    pub(crate) anonymize: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `pools ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum PoolsCommand {
    /// List pools
    List(PoolsListArgs),
    /// Show a pool
    Get(PoolArgs),
    /// Make or change a pool
    Set(PoolsSetArgs),
    /// Delete a pool
    Delete(PoolArgs),
    /// Write all pools into a JSON file
    Export(PoolsFileArgs),
    /// Make or change the pools of a JSON file
    Import(PoolsFileArgs),
}

/// `pools list`.
#[derive(Debug, Args)]
pub(crate) struct PoolsListArgs {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `pools get` and `pools delete`.
#[derive(Debug, Args)]
pub(crate) struct PoolArgs {
    /// Pool name
    pub(crate) pool: String,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `pools set`.
#[derive(Debug, Args)]
pub(crate) struct PoolsSetArgs {
    /// Pool name
    pub(crate) pool: String,
    /// Pool slots; -1: any number
    #[arg(allow_negative_numbers = true, value_parser = clap::value_parser!(i32).range(-1..))]
    pub(crate) slots: i32,
    /// Pool description
    pub(crate) description: String,
    /// Tasks that wait for an event keep their slots
    #[arg(long)]
    pub(crate) include_deferred: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `pools export` and `pools import`.
#[derive(Debug, Args)]
pub(crate) struct PoolsFileArgs {
    /// JSON file
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Which rows that belong to runs are listed, and how.
#[derive(Debug, Args)]
pub(crate) struct OfRuns {
    /// Only those of this DAG
    #[arg(short = 'd', long, value_name = "DAG_ID")]
    pub(crate) dag_id: Option<String>,
    /// Only those of the run of this name
    #[arg(short = 'r', long, value_name = "RUN_ID")]
    pub(crate) run_id: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `callbacks ...`; Airflow has no such command.
#[derive(Debug, Subcommand)]
pub(crate) enum CallbacksCommand {
    /// List the events that callbacks are or were called for, the newest first
    List(CallbacksListArgs),
}

/// `callbacks list`.
#[derive(Debug, Args)]
pub(crate) struct CallbacksListArgs {
    #[command(flatten)]
    pub(crate) of: OfRuns,
    /// Only those in this state: queued, running, success or failed
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<String>,
}

/// `deadlines ...`; Airflow has no such command.
#[derive(Debug, Subcommand)]
pub(crate) enum DeadlinesCommand {
    /// List deadlines of runs and the `sla` of their tasks, the latest first
    List(DeadlinesListArgs),
}

/// `deadlines list`.
#[derive(Debug, Args)]
pub(crate) struct DeadlinesListArgs {
    #[command(flatten)]
    pub(crate) of: OfRuns,
    /// Only those in this state: open, met or missed
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<String>,
}

/// `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// DAG files, archives of them, and folders; by default the DAGs folder
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The level of files that do not say their own
    #[arg(long, value_parser = ["2", "3"])]
    pub(crate) compat: Option<String>,
    /// Seconds that reading one file may take; by default `[core] dagbag_import_timeout`
    #[arg(long, value_name = "SECONDS")]
    pub(crate) timeout: Option<f64>,
    /// Output format
    #[arg(short = 'o', long, value_parser = ["table", "json"], default_value = "table", value_name = "FORMAT")]
    pub(crate) output: String,
}

/// `plugins`.
#[derive(Debug, Args)]
pub(crate) struct PluginsArgs {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `tasks render`.
#[derive(Debug, Args)]
pub(crate) struct TasksRenderArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// The id of the task
    pub(crate) task_id: String,
    /// The logical date or id of the run
    #[arg(value_name = "LOGICAL_DATE|RUN_ID")]
    pub(crate) execution_date_or_run_id: String,
    /// Which copy of a mapped task
    #[arg(long, default_value_t = -1, allow_hyphen_values = true)]
    pub(crate) map_index: i32,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `python ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum PythonCommand {
    /// Make the environment or check it, and install packages beside Updraft's `airflow`
    ///
    /// Provider packages of Airflow are installed without Airflow, which DAG files do not need here.
    Install(PythonInstallArgs),
    /// Print the interpreter that has Updraft's `airflow`; the environment is made if it is missing
    ///
    /// With it a DAG file can be checked: $(updraft python which) dags/x.py
    Which,
}

/// `python install`.
#[derive(Debug, Args)]
pub(crate) struct PythonInstallArgs {
    /// Packages, as pip takes them
    #[arg(value_name = "PACKAGE")]
    pub(crate) packages: Vec<String>,
    /// Install what this requirements file names
    #[arg(short = 'r', long = "requirement", value_name = "FILE")]
    pub(crate) requirements: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// `jobs ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// Check that a job is alive: exit code 0 if one is
    Check(JobsCheckArgs),
    /// List the schedulers that are at work, and which of them plans
    List(Output),
}

/// `jobs check`.
#[derive(Debug, Args)]
pub(crate) struct JobsCheckArgs {
    /// Several alive jobs are fine; wants a `--limit` above 1
    #[arg(long)]
    pub(crate) allow_multiple: bool,
    /// Only jobs of this machine
    #[arg(long, conflicts_with = "local")]
    pub(crate) hostname: Option<String>,
    /// Only jobs of this type; a scheduler is triggerer and DAG processor as well
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(crate) job_type: Option<JobType>,
    /// How many of the newest jobs are looked at; 0 is no limit
    #[arg(long, default_value_t = 1)]
    pub(crate) limit: usize,
    /// Only jobs of the machine that this command runs on
    #[arg(long)]
    pub(crate) local: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// Airflow's types of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum JobType {
    /// There are none: a backfill is no process.
    #[value(name = "BackfillJob")]
    Backfill,
    /// A scheduler.
    #[value(name = "DagProcessorJob")]
    DagProcessor,
    /// There are none: tasks are no jobs.
    #[value(name = "LocalTaskJob")]
    LocalTask,
    /// A scheduler.
    #[value(name = "SchedulerJob")]
    Scheduler,
    /// A scheduler.
    #[value(name = "TriggererJob")]
    Triggerer,
}
