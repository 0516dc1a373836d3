//! Commands that have tasks run again or set their states: `tasks clear`, `dags clear`, `tasks mark-*`, `dags mark-*`.

use clap::Args;

use super::{Common, Subdir, TaskInstanceArgs};

/// `dags clear`.
#[derive(Debug, Args)]
pub(crate) struct DagsClearArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// Only this run
    #[arg(long, value_name = "RUN_ID", conflicts_with_all = ["start_date", "end_date"])]
    pub(crate) run_id: Option<String>,
    /// Only failed tasks
    #[arg(short = 'f', long)]
    pub(crate) only_failed: bool,
    /// Only running tasks
    #[arg(short = 'r', long)]
    pub(crate) only_running: bool,
    #[command(flatten)]
    pub(crate) how: ClearArgs,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// What `tasks clear` and `dags clear` share.
#[derive(Debug, Args)]
pub(crate) struct ClearArgs {
    /// Only runs with a logical date from this one on
    #[arg(short = 's', long, value_name = "DATE")]
    pub(crate) start_date: Option<String>,
    /// Only runs with a logical date up to this one
    #[arg(short = 'e', long, value_name = "DATE")]
    pub(crate) end_date: Option<String>,
    /// Have the runs go over to the newest version of the DAG first: tasks that are not there any more are removed, new ones come
    #[arg(long)]
    pub(crate) run_on_latest_version: bool,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

/// `--dry-run` and `-y`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Confirm {
    /// Show what would be changed, and change nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// Do not prompt to confirm
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

/// `dags mark-success`, `dags mark-failed` and `dags mark-queued`.
#[derive(Debug, Args)]
pub(crate) struct DagsMarkArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// The logical date or day of the run, or its run id
    pub(crate) execution_date_or_run_id: String,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `tasks mark-success`, `tasks mark-failed` and `tasks mark-skipped`.
#[derive(Debug, Args)]
pub(crate) struct TasksMarkArgs {
    #[command(flatten)]
    pub(crate) instance: TaskInstanceArgs,
    /// Include upstream tasks
    #[arg(short = 'u', long)]
    pub(crate) upstream: bool,
    /// Include downstream tasks
    #[arg(short = 'd', long)]
    pub(crate) downstream: bool,
    /// Include all runs before that one
    #[arg(long)]
    pub(crate) past: bool,
    /// Include all runs after that one
    #[arg(long)]
    pub(crate) future: bool,
    #[command(flatten)]
    pub(crate) confirm: Confirm,
}

/// `tasks clear`.
#[derive(Debug, Args)]
pub(crate) struct TasksClearArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// The id of a task, or a regular expression, as `-t` takes it
    pub(crate) task: Option<String>,
    /// Treat DAG_ID as a regular expression instead of an exact id
    #[arg(short = 'R', long)]
    pub(crate) dag_regex: bool,
    /// Include downstream tasks
    #[arg(short = 'd', long)]
    pub(crate) downstream: bool,
    /// Accepted for Airflow's sake: there are no SubDAGs
    #[arg(short = 'X', long)]
    pub(crate) exclude_parentdag: bool,
    /// Accepted for Airflow's sake: there are no SubDAGs
    #[arg(short = 'x', long)]
    pub(crate) exclude_subdags: bool,
    /// Only this copy of mapped tasks
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(0..))]
    pub(crate) map_index: Option<i32>,
    /// Only failed tasks
    #[arg(short = 'f', long)]
    pub(crate) only_failed: bool,
    /// Only running tasks
    #[arg(short = 'r', long)]
    pub(crate) only_running: bool,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    /// The regular expression to filter task ids
    #[arg(short = 't', long, value_name = "REGEX")]
    pub(crate) task_regex: Option<String>,
    /// Include upstream tasks
    #[arg(short = 'u', long)]
    pub(crate) upstream: bool,
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) how: ClearArgs,
}
