//! `db import`: takes over what an Airflow has in its database: connections, variables, pools, people and their roles, which DAGs are
//! paused, and the runs that are over. Nothing is changed there, and nothing that is here already.

mod administration;
mod history;
mod pickle;
mod source;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use updraft_secrets::Fernet;
use updraft_store::Holder;

use super::app::App;
use super::args::Output;
use super::ask;
use super::output::{self, Rows};
use crate::config::Settings;
use crate::row;
use crate::wiring;
use source::Source;

/// The variable with the other installation's key, which has no flag: others can see arguments.
const KEY: &str = "UPDRAFT_SOURCE_FERNET_KEY";

/// No scheduler works on the database meanwhile. What is killed on the way keeps it for as long at most, and only from other machines.
const LEASE_TTL: Duration = Duration::from_hours(2);

/// `db import`.
#[derive(Debug, Args)]
pub(crate) struct DbImportArgs {
    /// Airflow's `sql_alchemy_conn`, or `-` to read it from standard input: others can see arguments
    #[arg(long, value_name = "URL")]
    from: String,
    /// A file with the other installation's `[core] fernet_key`; or set `UPDRAFT_SOURCE_FERNET_KEY`
    #[arg(long, value_name = "FILE")]
    fernet_key_file: Option<PathBuf>,
    /// Leave the runs there
    #[arg(long)]
    no_history: bool,
    /// Only say what would be taken over
    #[arg(long)]
    dry_run: bool,
    /// Do not prompt to confirm
    #[arg(short = 'y', long)]
    yes: bool,
    #[command(flatten)]
    output: Output,
}

/// How much of one kind is taken over.
pub(super) struct Part {
    pub(super) kind: &'static str,
    /// How many there are there.
    pub(super) found: usize,
    /// How many of them are not here yet.
    pub(super) new: usize,
    /// Why some cannot be taken over.
    pub(super) note: String,
}

/// Takes over what the arguments name, after saying what it is and asking.
///
/// # Errors
/// The other database is none of an Airflow, a secret cannot be decrypted, or a scheduler works on this one.
pub(crate) async fn run(args: DbImportArgs, settings: Settings) -> Result<()> {
    let url = if args.from == "-" {
        let mut line = String::new();
        io::stdin()
            .read_line(&mut line)
            .context("cannot read the address")?;
        line.trim().to_owned()
    } else {
        args.from.clone()
    };
    let key = match &args.fernet_key_file {
        Some(file) => {
            std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?
        }
        None => settings.environment.get(KEY).cloned().unwrap_or_default(),
    };
    let fernet = Fernet::parse(&key).context("the key of the other installation is not usable")?;
    let source = Source::open(&url, fernet).await?;
    let app = App::open(settings).await?;

    let administration = administration::read(&source).await?;
    let mut parts = administration.plan(&app).await?;
    let history = if args.no_history {
        None
    } else {
        Some(history::read(&source).await?)
    };
    if let Some(history) = &history {
        parts.extend(history.plan(&app).await?);
    }
    print(&parts, &args)?;
    if args.dry_run {
        return Ok(());
    }
    if parts.iter().all(|part| part.new == 0) {
        return output::print("Everything is here already.");
    }
    if !args.yes && !ask::yes("Take this over? (y/n)")? {
        return output::print("Cancelled, nothing was taken over.");
    }
    administration.write(&app).await?;
    if let Some(history) = history {
        let holder = Holder {
            hostname: app.settings.hostname.clone(),
            pid: std::process::id(),
        };
        let lease = app
            .store
            .acquire_scheduler(&holder, app.now(), LEASE_TTL, wiring::is_alive)
            .await
            .context("connections, variables, pools and people were taken over, runs were not")?;
        let written = history.write(&source, &lease, &app).await;
        app.store.release(&lease).await?;
        written?;
        app.store.analyze().await?;
    }
    output::print("Done. Run it again whenever there is more to take over.")
}

fn print(parts: &[Part], args: &DbImportArgs) -> Result<()> {
    let mut rows = Rows::default();
    for part in parts {
        rows.push(row! {
            "what": part.kind,
            "found": part.found,
            "new": part.new,
            "note": part.note,
        });
    }
    rows.print(args.output.output)
}
