//! `tasks run`.

use std::path::PathBuf;

use clap::Args;

use super::TaskInstanceArgs;

/// `tasks run`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "the flags are Airflow's")]
pub(crate) struct TasksRunArgs {
    #[command(flatten)]
    pub(crate) instance: TaskInstanceArgs,
    /// Say what would run, and what it would wait for, without running it; there need be no such run
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Have it run again though it has ended
    #[arg(short = 'f', long)]
    pub(crate) force: bool,
    /// Set it to success without running it
    #[arg(short = 'm', long)]
    pub(crate) mark_success: bool,
    /// Accepted for Airflow's sake: the scheduler has its own configuration
    #[arg(long, value_name = "PATH")]
    pub(crate) cfg_path: Option<PathBuf>,
    /// Accepted for Airflow's sake: the log is printed whenever the task has ended
    #[arg(short = 'N', long)]
    pub(crate) interactive: bool,
    /// Accepted for Airflow's sake: tasks have no jobs of their own
    #[arg(short = 'j', long, value_name = "ID")]
    pub(crate) job_id: Option<String>,
    /// Accepted for Airflow's sake: the executor of the scheduler runs it
    #[arg(short = 'l', long)]
    pub(crate) local: bool,
    /// Accepted for Airflow's sake: nothing here is logged once the task has ended
    #[arg(long)]
    pub(crate) no_shut_down_logging: bool,
    /// Accepted for Airflow's sake: nothing is pickled
    #[arg(short = 'p', long, value_name = "ID")]
    pub(crate) pickle: Option<String>,
    /// Accepted for Airflow's sake: the executor of the scheduler runs it
    #[arg(short = 'r', long)]
    pub(crate) raw: bool,
    /// Accepted for Airflow's sake: DAGs are always read from the database
    #[arg(long)]
    pub(crate) read_from_db: bool,
    /// Accepted for Airflow's sake: nothing is pickled
    #[arg(long)]
    pub(crate) ship_dag: bool,
}
