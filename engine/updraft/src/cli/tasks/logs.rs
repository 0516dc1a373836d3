//! `tasks logs`.

use std::fs::File;
use std::io;

use anyhow::{Context, Result, bail};
use updraft_worker::log_path;

use super::{find, name};
use crate::cli::app::App;
use crate::cli::args::TasksLogsArgs;

/// Prints the log of a try, the newest one unless told otherwise.
pub(super) async fn run(args: TasksLogsArgs, app: &App) -> Result<()> {
    let (run, task) = find(&args.instance, app).await?;
    let try_number = args.try_number.unwrap_or(task.try_number);
    if try_number == 0 {
        bail!(
            "`{}` of run `{}` has not run yet, so there is no log",
            name(&task.key),
            run.key.run_id
        );
    }
    let path = log_path(&app.settings.base_log_folder, &task.key, try_number);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(
            "there is no log of try {try_number} at `{}`; it may have run on another machine, or not have started",
            path.display()
        ),
        Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
    };
    match io::copy(&mut file, &mut io::stdout().lock()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
