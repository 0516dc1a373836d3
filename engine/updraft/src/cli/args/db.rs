//! `db ...`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Common, Output};
use crate::cli::import_db::DbImportArgs;

/// `db ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum DbCommand {
    /// Create the database (the old name of `db migrate`) and write airflow.cfg
    Init(Common),
    /// Create or upgrade the tables
    Migrate(DbMigrateArgs),
    /// The old name of `db migrate`
    Upgrade(DbMigrateArgs),
    /// Check that the database answers and has the right tables
    Check(DbCheckArgs),
    /// Wait until the tables are those of this version, which another process may be making
    CheckMigrations(DbCheckMigrationsArgs),
    /// Delete everything and create empty tables
    Reset(DbResetArgs),
    /// Delete what is old: runs that ended, with their tasks and values, and entries of the event log
    ///
    /// The newest run of each DAG stays. Runs, tasks, the event log and events of assets are written into the folder `archive` of the home
    /// first, values and logs of tasks are not.
    #[command(after_help = "Examples:
  updraft db clean --clean-before-timestamp 2024-01-01 --dry-run
  updraft db clean --clean-before-timestamp 2024-01-01 -t dag_run,log -y")]
    Clean(DbCleanArgs),
    /// Copy what `db clean` has kept into a folder
    ExportArchived(DbExportArchivedArgs),
    /// Delete what `db clean` has kept
    DropArchived(DbDropArchivedArgs),
    /// Open the shell of the database: `sqlite3` or `psql`
    Shell(Common),
    /// Take over what an Airflow 2.11 or 3.3 has in its database: connections, variables, pools, users, roles, paused DAGs, past runs
    ///
    /// Nothing is changed there, nor what is here already; so it can be run again. It says what it would do first.
    #[command(after_help = "Examples:
  updraft db import --from sqlite:////home/me/airflow/airflow.db --dry-run
  echo postgresql://airflow:secret@db/airflow | UPDRAFT_SOURCE_FERNET_KEY=... updraft db import --from - -y")]
    Import(DbImportArgs),
}

/// `db check`.
#[derive(Debug, Args)]
pub(crate) struct DbCheckArgs {
    /// Retry that many times until the database answers
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) retry: u32,
    /// Seconds to wait between tries
    #[arg(long, default_value_t = 1, value_name = "SECONDS")]
    pub(crate) retry_delay: u64,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `db check-migrations`.
#[derive(Debug, Args)]
pub(crate) struct DbCheckMigrationsArgs {
    /// Seconds to wait
    #[arg(short = 't', long, default_value_t = 60, value_name = "SECONDS")]
    pub(crate) migration_wait_timeout: u32,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `db reset`.
#[derive(Debug, Args)]
pub(crate) struct DbResetArgs {
    /// Accepted for Airflow's sake: there is one way to make tables, the migrations
    #[arg(short = 'm', long)]
    pub(crate) use_migration_files: bool,
    /// Do not prompt to confirm
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `db migrate`, `db upgrade`.
#[derive(Debug, Args)]
pub(crate) struct DbMigrateArgs {
    /// Accepted for Airflow's sake: there is one way to make tables, the migrations
    #[arg(short = 'm', long)]
    pub(crate) use_migration_files: bool,
    /// Accepted for Airflow's sake: DAGs are read again when the scheduler starts
    #[arg(long)]
    pub(crate) no_reserialize_dags: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `db clean`.
#[derive(Debug, Args)]
pub(crate) struct DbCleanArgs {
    /// Delete what is older than this
    #[arg(long, value_name = "DATE")]
    pub(crate) clean_before_timestamp: String,
    /// Only say how much would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not write what is deleted into the archive
    #[arg(long)]
    pub(crate) skip_archive: bool,
    /// Only these: `dag_run`, `log`, `asset_event`, `job`, `session`
    #[arg(short = 't', long, value_name = "TABLES", value_delimiter = ',')]
    pub(crate) tables: Vec<String>,
    /// Do not prompt to confirm
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) output: Output,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `db export-archived`.
#[derive(Debug, Args)]
pub(crate) struct DbExportArchivedArgs {
    /// In which format
    #[arg(long, value_name = "FORMAT", value_parser = ["csv"], default_value = "csv")]
    pub(crate) export_format: String,
    /// The folder to write into
    #[arg(long, value_name = "DIR")]
    pub(crate) output_path: PathBuf,
    /// Delete the archive afterwards
    #[arg(long)]
    pub(crate) drop_archives: bool,
    /// Only these tables
    #[arg(short = 't', long, value_name = "TABLES", value_delimiter = ',')]
    pub(crate) tables: Vec<String>,
    /// Do not prompt to confirm
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}

/// `db drop-archived`.
#[derive(Debug, Args)]
pub(crate) struct DbDropArchivedArgs {
    /// Only these tables
    #[arg(short = 't', long, value_name = "TABLES", value_delimiter = ',')]
    pub(crate) tables: Vec<String>,
    /// Do not prompt to confirm
    #[arg(short = 'y', long)]
    pub(crate) yes: bool,
}
