//! `pools ...`: slots that tasks share.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use updraft_model::Pool;

use super::args::{Format, PoolsCommand};
use super::installation::{self, Installation};
use super::{closest, output};
use crate::cli::output::Rows;
use crate::config::Settings;
use crate::row;

/// Runs a `pools` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: PoolsCommand, settings: Settings) -> Result<()> {
    let app = installation::open(settings).await?;
    match command {
        PoolsCommand::List(args) => print(&app.pools().await?, args.output.output),
        PoolsCommand::Get(args) => print(&[find(&args.pool, &*app).await?], args.output.output),
        PoolsCommand::Set(args) => {
            let pool = Pool {
                name: args.pool,
                slots: args.slots,
                description: args.description,
                include_deferred: args.include_deferred,
            };
            check(&pool)?;
            app.set_pool(&pool).await?;
            print(&[pool], args.output.output)
        }
        PoolsCommand::Delete(args) => {
            let pool = find(&args.pool, &*app).await?;
            app.delete_pool(&pool.name).await?;
            print(&[pool], args.output.output)
        }
        PoolsCommand::Export(args) => export(&args.file, &*app).await,
        PoolsCommand::Import(args) => import(&args.file, &*app).await,
    }
}

async fn find(name: &str, installation: &dyn Installation) -> Result<Pool> {
    let mut known = installation.pools().await?;
    if let Some(place) = known.iter().position(|pool| pool.name == name) {
        return Ok(known.swap_remove(place));
    }
    let hint = closest::hint(name, known.iter().map(|pool| pool.name.as_str()));
    bail!("there is no pool `{name}`{hint}")
}

/// Airflow's column holds 256 characters.
fn check(pool: &Pool) -> Result<()> {
    let length = pool.name.chars().count();
    if length == 0 || length > 256 {
        bail!("the name of a pool has 1 to 256 characters, this one has {length}");
    }
    if pool.slots < -1 {
        bail!(
            "pool `{}`: slots is {}, it must be -1 (any number) or more",
            pool.name,
            pool.slots
        );
    }
    Ok(())
}

fn print(pools: &[Pool], format: Format) -> Result<()> {
    let mut rows = Rows::default();
    for pool in pools {
        rows.push(row! {
            "pool": pool.name,
            "slots": pool.slots,
            "description": pool.description,
            "include_deferred": pool.include_deferred,
        });
    }
    rows.print(format)
}

/// A pool in a file, below its name; the form of Airflow's `pools export`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePool {
    slots: i32,
    description: String,
    #[serde(default)]
    include_deferred: bool,
}

async fn export(file: &Path, installation: &dyn Installation) -> Result<()> {
    let pools: BTreeMap<String, FilePool> = installation
        .pools()
        .await?
        .into_iter()
        .map(|pool| {
            let in_file = FilePool {
                slots: pool.slots,
                description: pool.description,
                include_deferred: pool.include_deferred,
            };
            (pool.name, in_file)
        })
        .collect();
    let text = serde_json::to_string_pretty(&pools)? + "\n";
    std::fs::write(file, text).with_context(|| format!("cannot write `{}`", file.display()))?;
    output::print(&format!("Exported {} pools to {}", pools.len(), file.display()))
}

async fn import(file: &Path, installation: &dyn Installation) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let pools: BTreeMap<String, FilePool> = serde_json::from_str(&text).with_context(|| {
        format!(
            "`{}` does not hold pools as `pools export` writes them",
            file.display()
        )
    })?;
    let pools: Vec<Pool> = pools
        .into_iter()
        .map(|(name, pool)| Pool {
            name,
            slots: pool.slots,
            description: pool.description,
            include_deferred: pool.include_deferred,
        })
        .collect();
    // All are right, or none is made.
    pools.iter().try_for_each(check)?;
    for pool in &pools {
        installation.set_pool(pool).await?;
    }
    output::print(&format!("Uploaded {} pool(s)", pools.len()))
}
