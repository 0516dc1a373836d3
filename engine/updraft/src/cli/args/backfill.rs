//! `backfill ...`, and `dags backfill` of Airflow 2.

use clap::{Args, Subcommand, ValueEnum};

use super::{Common, Output, Subdir};

/// `dags backfill`.
#[derive(Debug, Args)]
pub(crate) struct DagsBackfillArgs {
    /// The id of the DAG
    pub(crate) dag_id: String,
    /// JSON object that is passed as the configuration of the runs
    #[arg(short = 'c', long, value_name = "JSON")]
    pub(crate) conf: Option<String>,
    /// Accepted for Airflow's sake: a run that fails holds up no other one
    #[arg(long)]
    pub(crate) continue_on_failures: bool,
    /// Accepted for Airflow's sake: runs start as soon as there is room for them
    #[arg(long, value_name = "SECONDS")]
    pub(crate) delay_on_limit: Option<f64>,
    /// Accepted for Airflow's sake: nothing is pickled
    #[arg(short = 'x', long)]
    pub(crate) donot_pickle: bool,
    /// Show the dates, and run nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
    /// The last logical date; that of `-s` when left out
    #[arg(short = 'e', long, value_name = "DATE")]
    pub(crate) end_date: Option<String>,
    /// Accepted for Airflow's sake: the scheduler runs the tasks
    #[arg(short = 'l', long)]
    pub(crate) local: bool,
    /// Run failed runs of these dates again
    #[arg(long)]
    pub(crate) rerun_failed_tasks: bool,
    /// Run all finished runs of these dates again
    #[arg(long)]
    pub(crate) reset_dagruns: bool,
    /// The newest date first
    #[arg(short = 'B', long)]
    pub(crate) run_backwards: bool,
    /// The first logical date; that of `-e` when left out
    #[arg(short = 's', long, value_name = "DATE")]
    pub(crate) start_date: Option<String>,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    /// The old name of `--treat-dag-id-as-regex`
    #[arg(long)]
    pub(crate) treat_dag_as_regex: bool,
    /// Treat DAG_ID as a regular expression instead of an exact id
    #[arg(long)]
    pub(crate) treat_dag_id_as_regex: bool,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Do not prompt to confirm
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

/// `backfill ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum BackfillCommand {
    /// Make runs of a DAG for dates that have passed
    Create(BackfillCreateArgs),
    /// List backfills and how far they are
    List(BackfillListArgs),
    /// Start none of its runs until it is unpaused
    Pause(BackfillArgs),
    /// Let a paused backfill go on
    Unpause(BackfillArgs),
    /// Give a backfill up: its queued runs fail, those that run go on
    Cancel(BackfillArgs),
}

/// What becomes of dates that have a finished run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Behavior {
    /// The run stays as it is.
    None,
    /// One that failed runs again.
    Failed,
    /// It runs again, however it ended.
    Completed,
}

/// `backfill create`.
#[derive(Debug, Args)]
pub(crate) struct BackfillCreateArgs {
    /// The id of the DAG
    #[arg(long, value_name = "DAG_ID")]
    pub(crate) dag_id: String,
    /// The earliest logical date
    #[arg(long, value_name = "DATE")]
    pub(crate) from_date: String,
    /// The latest logical date
    #[arg(long, value_name = "DATE")]
    pub(crate) to_date: String,
    /// JSON object that is passed as the configuration of the runs
    #[arg(long, value_name = "JSON")]
    pub(crate) dag_run_conf: Option<String>,
    /// The newest date first
    #[arg(long)]
    pub(crate) run_backwards: bool,
    /// How many of its runs may be running at once, whatever the limit of the DAG is
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) max_active_runs: u32,
    /// What becomes of dates that have a finished run
    #[arg(long, value_enum, default_value = "none", value_name = "BEHAVIOR")]
    pub(crate) reprocess_behavior: Behavior,
    /// Have runs that run again go over to the newest version of the DAG
    #[arg(long, overrides_with = "no_run_on_latest_version")]
    pub(crate) run_on_latest_version: bool,
    /// Have them run the version that they ran before; the default
    #[arg(long)]
    pub(crate) no_run_on_latest_version: bool,
    /// Show what would become of each date, and run nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `backfill list`.
#[derive(Debug, Args)]
pub(crate) struct BackfillListArgs {
    /// Only those of this DAG
    #[arg(long, value_name = "DAG_ID")]
    pub(crate) dag_id: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `backfill pause`, `backfill unpause` and `backfill cancel`.
#[derive(Debug, Args)]
pub(crate) struct BackfillArgs {
    /// The number of the backfill
    pub(crate) backfill_id: i64,
    /// Do not prompt to confirm a cancel
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}
