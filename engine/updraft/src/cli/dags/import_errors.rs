//! `dags list-import-errors`.

use anyhow::{Result, bail};

use crate::cli::app::App;
use crate::cli::args::DagsImportErrorsArgs;
use crate::cli::output::Rows;
use crate::row;

/// Prints what is wrong with DAG sources; fails if something is, as Airflow does.
pub(super) async fn run(args: DagsImportErrorsArgs, app: &App) -> Result<()> {
    let errors = app.store.import_errors().await?;
    let count = errors.len();
    let mut rows = Rows::default();
    for error in errors {
        rows.push(row! { "filepath": error.fileloc, "error": error.message });
    }
    rows.print(args.output.output)?;
    if count > 0 {
        bail!("{count} DAG sources cannot be read; their last good versions stay in force");
    }
    Ok(())
}
