//! `dags ...`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Common, DagsBackfillArgs, DagsClearArgs, DagsMarkArgs, Output, Subdir};

/// `dags ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum DagsCommand {
    /// List all the DAGs
    List(DagsListArgs),
    /// Trigger a DAG run
    #[command(after_help = "Examples:
  updraft dags trigger etl
  updraft dags trigger etl -e 2024-01-12 --conf '{\"full\": true}'
  updraft dags trigger etl --run-id by-hand -o json")]
    Trigger(DagsTriggerArgs),
    /// Pause a DAG
    Pause(DagsPauseArgs),
    /// Resume a paused DAG
    Unpause(DagsPauseArgs),
    /// Get the state of a DAG run
    State(DagsStateArgs),
    /// List the runs of a DAG
    #[command(after_help = "Examples:
  updraft dags list-runs etl
  updraft dags list-runs etl --state failed -s 2024-01-01 -o json")]
    ListRuns(DagsListRunsArgs),
    /// Run a DAG of a Python file once, in one process, without recording anything
    Test(DagsTestArgs),
    /// List the DAG sources that cannot be read, and why
    ListImportErrors(DagsImportErrorsArgs),
    /// Show a DAG's tasks and their dependencies as a DOT graph
    Show(DagsShowArgs),
    /// Show which DAGs follow which others, by the assets that they update and wait for, as a DOT graph
    ShowDependencies(DagsShowDependenciesArgs),
    /// Have the scheduler read all sources of DAGs again
    Reserialize(DagsReserializeArgs),
    /// Show what each source of DAGs holds, and when it was read last
    Report(DagsReportArgs),
    /// List attempts of tasks, the newest first
    ListJobs(DagsListJobsArgs),
    /// Show what is known of a DAG, and which assets it still waits for
    Details(DagsDetailsArgs),
    /// Show the logical dates of a DAG's next scheduled runs
    NextExecution(DagsNextExecutionArgs),
    /// Run a DAG for dates that have passed, and wait until that is done (`backfill create` does not wait)
    Backfill(DagsBackfillArgs),
    /// Delete a DAG with its runs and all that belongs to them; one that a source defines comes back without them
    Delete(DagsDeleteArgs),
    /// Clear all tasks of runs, so that they run again
    Clear(DagsClearArgs),
    /// End a run as a success, with all its tasks
    MarkSuccess(DagsMarkArgs),
    /// End a run as failed; what runs is killed, teardowns still run
    MarkFailed(DagsMarkArgs),
    /// Have a run start again, with its tasks as they are
    MarkQueued(DagsMarkArgs),
}

/// `dags list-import-errors`.
#[derive(Debug, Args)]
pub(crate) struct DagsImportErrorsArgs {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags details`.
#[derive(Debug, Args)]
pub(crate) struct DagsDetailsArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags next-execution`.
#[derive(Debug, Args)]
pub(crate) struct DagsNextExecutionArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// How many dates to show
    #[arg(
        short = 'n',
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub(crate) num_executions: u32,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags list`.
#[derive(Debug, Args)]
pub(crate) struct DagsListArgs {
    /// Comma separated list of columns to render
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub(crate) columns: Option<Vec<String>>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags trigger`.
#[derive(Debug, Args)]
pub(crate) struct DagsTriggerArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// JSON object that is passed as the run's configuration
    #[arg(short = 'c', long, value_name = "JSON")]
    pub(crate) conf: Option<String>,
    /// The logical date of the run; `--logical-date` in Airflow 3
    #[arg(
        short = 'e',
        long,
        alias = "logical-date",
        short_alias = 'l',
        value_name = "DATE"
    )]
    pub(crate) exec_date: Option<String>,
    /// Whether microseconds should be kept in the logical date
    #[arg(long)]
    pub(crate) no_replace_microseconds: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The id of the new run
    #[arg(short = 'r', long, value_name = "RUN_ID")]
    pub(crate) run_id: Option<String>,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags delete`.
#[derive(Debug, Args)]
pub(crate) struct DagsDeleteArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// Do not prompt to confirm
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags pause` and `dags unpause`.
#[derive(Debug, Args)]
pub(crate) struct DagsPauseArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    /// Treat DAG_ID as a regular expression instead of an exact id
    #[arg(long)]
    pub(crate) treat_dag_id_as_regex: bool,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Do not prompt to confirm
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

/// `dags state`.
#[derive(Debug, Args)]
pub(crate) struct DagsStateArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// The logical date of the run
    pub(crate) execution_date: String,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags list-runs`.
#[derive(Debug, Args)]
pub(crate) struct DagsListRunsArgs {
    /// The id of the DAG, as Airflow 3 takes it
    #[arg(
        value_name = "DAG_ID",
        required_unless_present = "dag_id",
        conflicts_with = "dag_id"
    )]
    pub(crate) dag: Option<String>,
    /// The id of the DAG, as Airflow 2 takes it
    #[arg(short = 'd', long, value_name = "DAG_ID")]
    pub(crate) dag_id: Option<String>,
    /// Only runs with a logical date up to this one
    #[arg(short = 'e', long, value_name = "DATE")]
    pub(crate) end_date: Option<String>,
    /// Leave out backfill runs
    #[arg(long)]
    pub(crate) no_backfill: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Only runs with a logical date from this one on
    #[arg(short = 's', long, value_name = "DATE")]
    pub(crate) start_date: Option<String>,
    /// Only runs in this state
    #[arg(long, value_name = "STATE", value_parser = ["failed", "queued", "running", "success"])]
    pub(crate) state: Option<String>,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags show`.
#[derive(Debug, Args)]
pub(crate) struct DagsShowArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// Accepted for Airflow's sake: the graph is printed as text all the same
    #[arg(long)]
    pub(crate) imgcat: bool,
    /// Save the graph to this file; endings other than .dot need Graphviz's `dot` program
    #[arg(short = 's', long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags test`.
#[derive(Debug, Args)]
pub(crate) struct DagsTestArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// The logical date of the run; by default now
    #[arg(value_name = "LOGICAL_DATE")]
    pub(crate) execution_date: Option<String>,
    /// The run's configuration, as JSON
    #[arg(short = 'c', long, value_name = "JSON")]
    pub(crate) conf: Option<String>,
    /// Tasks whose id this pattern matches are not run and count as successful
    #[arg(long, value_name = "PATTERN")]
    pub(crate) mark_success_pattern: Option<String>,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags reserialize`.
#[derive(Debug, Args)]
pub(crate) struct DagsReserializeArgs {
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags report`.
#[derive(Debug, Args)]
pub(crate) struct DagsReportArgs {
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags show-dependencies`.
#[derive(Debug, Args)]
pub(crate) struct DagsShowDependenciesArgs {
    /// Accepted for Airflow's sake: the graph is printed as text all the same
    #[arg(long)]
    pub(crate) imgcat: bool,
    /// Save the graph to this file; endings other than .dot need Graphviz's `dot` program
    #[arg(short = 's', long, value_name = "FILE")]
    pub(crate) save: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dags list-jobs`.
#[derive(Debug, Args)]
pub(crate) struct DagsListJobsArgs {
    /// Only those of this DAG
    #[arg(short = 'd', long, value_name = "DAG_ID")]
    pub(crate) dag_id: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 100, value_name = "N")]
    pub(crate) limit: u32,
    /// Only those in this state
    #[arg(long, value_name = "STATE", value_parser = ["failed", "restarting", "running", "success"])]
    pub(crate) state: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}
