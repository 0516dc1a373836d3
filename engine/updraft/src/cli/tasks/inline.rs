//! A wait without a scheduler, as Airflow's `tasks test` runs a trigger in line.

use std::time::Duration;

use anyhow::Result;
use updraft_model::{Deferral, Resumption, Wait};

use crate::cli::app::App;
use crate::cli::output;

/// Waits as the task wants it, and gives how it goes on.
pub(super) async fn wait(deferral: Deferral, app: &App) -> Result<Resumption> {
    let times = Wait::of(&deferral.trigger)?.times(app.now(), deferral.timeout);
    output::print("[TASK TEST] running trigger in line")?;
    let end = loop {
        if let Some(end) = times.end_at(app.now()) {
            break end;
        }
        let pause = times.next().map(|at| at.duration_since(app.now()));
        let pause = pause.and_then(|pause| Duration::try_from(pause).ok());
        tokio::time::sleep(pause.unwrap_or_default()).await;
    };
    output::print("[TASK TEST] completed running trigger in line")?;
    Ok(deferral.resumed_by(end))
}
