//! `dags list-import-errors`.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use crate::cli::app::App;
use crate::cli::args::DagsImportErrorsArgs;
use crate::cli::output::Rows;
use crate::cli::python_program;
use crate::row;

/// Prints what is wrong with DAG sources and plugins; fails if something is, as Airflow does.
pub(super) async fn run(args: DagsImportErrorsArgs, app: &App) -> Result<()> {
    let errors = app.store.import_errors().await?;
    let count = errors.len();
    let mut rows = Rows::default();
    for error in errors {
        rows.push(row! { "filepath": error.fileloc, "error": error.message });
    }
    let plugins = python_program::broken_plugins(&app.settings).unwrap_or_else(|error| {
        tracing::warn!("{error:#}");
        BTreeMap::new()
    });
    for (file, error) in &plugins {
        rows.push(row! { "filepath": file, "error": error });
    }
    rows.print(args.output.output)?;
    match (count, plugins.len()) {
        (0, 0) => Ok(()),
        (0, plugins) => bail!("{plugins} plugins cannot be loaded; they are left out"),
        (count, 0) => bail!("{count} DAG sources cannot be read; their last good versions stay in force"),
        (count, plugins) => bail!(
            "{count} DAG sources cannot be read, their last good versions stay in force; {plugins} plugins cannot be loaded, they are left out"
        ),
    }
}
