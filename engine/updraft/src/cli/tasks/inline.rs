//! A wait without a scheduler, as Airflow's `tasks test` runs a trigger in line.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use updraft_model::{Deferral, Look, Resumption, Wait};
use updraft_scheduler::Lookout;

use crate::cli::app::App;
use crate::cli::output;

/// Waits as the task wants it, and gives how it goes on.
pub(super) async fn wait(deferral: Deferral, app: &App) -> Result<Resumption> {
    let wait = Wait::of(&deferral.trigger)?;
    let times = wait.times(app.now(), deferral.timeout);
    output::print("[TASK TEST] running trigger in line")?;
    let lookout = Lookout::new(Arc::new(app.store.clone()), app.secrets.tasks.clone());
    let mut note = String::new();
    let end = loop {
        if let Some(end) = times.end_at(app.now()) {
            break end;
        }
        match lookout.look(&wait).await? {
            Look::Ended(end) => break end,
            Look::Waiting(now) if now != note => {
                output::print(&format!("[TASK TEST] it waits {wait}: {now}"))?;
                note = now;
            }
            Look::Waiting(_) => {}
        }
        let until_next = times.next().map(|at| at.duration_since(app.now()));
        let until_next = until_next.map(|left| Duration::try_from(left).unwrap_or_default());
        let pauses = [until_next, wait.poke_interval()];
        tokio::time::sleep(pauses.into_iter().flatten().min().unwrap_or_default()).await;
    };
    output::print("[TASK TEST] completed running trigger in line")?;
    Ok(deferral.resumed_by(end))
}
