//! `db ...`: the tables, and what is in them.

mod archive;
mod clean;
mod shell;

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::app::App;
use super::args::{DbCheckArgs, DbCommand, DbResetArgs};
use super::{ask, import_db, output};
use crate::config::Settings;

/// The file that `db init` writes when there is none.
const CONFIGURATION: &str = "\
# Settings of this Airflow home. Every option can be set by AIRFLOW__SECTION__KEY as well; unset ones have Airflow's
# defaults, except that servers listen on 127.0.0.1 and the database is `updraft.db` in this folder.

[core]
# dags_folder = dags
# parallelism = 32
# dags_are_paused_at_creation = True

[database]
# sql_alchemy_conn = postgresql://user:password@host:5432/database
";

/// Runs a `db` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: DbCommand, settings: Settings) -> Result<()> {
    match command {
        DbCommand::Init(_) => {
            write_configuration(&settings)?;
            migrate(settings).await
        }
        DbCommand::Migrate(_) | DbCommand::Upgrade(_) => migrate(settings).await,
        DbCommand::Check(args) => check(args, settings).await,
        DbCommand::CheckMigrations(args) => {
            let check = DbCheckArgs {
                retry: args.migration_wait_timeout,
                retry_delay: 1,
                common: args.common,
            };
            self::check(check, settings).await
        }
        DbCommand::Reset(args) => reset(args, settings).await,
        DbCommand::Clean(args) => clean::run(args, settings).await,
        DbCommand::ExportArchived(args) => archive::export(&args, &settings),
        DbCommand::DropArchived(args) => archive::drop_archived(&args, &settings),
        DbCommand::Shell(_) => shell::run(&settings),
        DbCommand::Import(args) => import_db::run(args, settings).await,
    }
}

fn write_configuration(settings: &Settings) -> Result<()> {
    let file = settings.home.path.join("airflow.cfg");
    if settings.config_file.is_some() || file.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(&settings.home.path)
        .and_then(|()| std::fs::write(&file, CONFIGURATION))
        .with_context(|| format!("cannot write `{}`", file.display()))?;
    output::print(&format!("wrote {}", file.display()))
}

async fn migrate(settings: Settings) -> Result<()> {
    let app = App::open_unchecked(settings).await?;
    app.store
        .migrate(app.now())
        .await
        .context("cannot create or upgrade the tables")?;
    output::print("Database migrating done!")
}

async fn check(args: DbCheckArgs, settings: Settings) -> Result<()> {
    let mut left = args.retry;
    loop {
        let tried = match App::open_unchecked(settings.clone()).await {
            Ok(app) => app.store.check().await.map_err(anyhow::Error::from),
            Err(error) => Err(error),
        };
        match tried {
            Ok(()) => return output::print("Connection successful."),
            Err(error) if left == 0 => return Err(error),
            Err(error) => tracing::warn!("{error:#}; {left} tries left"),
        }
        left -= 1;
        tokio::time::sleep(Duration::from_secs(args.retry_delay)).await;
    }
}

async fn reset(args: DbResetArgs, settings: Settings) -> Result<()> {
    if !args.yes
        && !ask::yes("This deletes all runs, logs' records, variables and connections. Proceed? (y/n)")?
    {
        bail!("cancelled; nothing was deleted");
    }
    let app = App::open_unchecked(settings).await?;
    app.store
        .reset(app.now())
        .await
        .context("cannot delete and create the tables")?;
    output::print("The database is empty and ready.")
}
