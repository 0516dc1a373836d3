//! `standalone` and `scheduler`: the processes that stay.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use updraft_scheduler::{Pulse, Scheduler};

use super::app::App;
use super::args::{SchedulerArgs, StandaloneArgs};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::server::{self, ServerState};
use crate::wiring;

/// Database, scheduler, workers and web server in one process.
///
/// # Errors
/// One of them cannot start, or fails.
pub(crate) async fn standalone(args: StandaloneArgs, settings: Settings) -> Result<()> {
    let port = args.port.unwrap_or(settings.web_port);
    let listener = server::bind(settings.web_host, port, "`--port`").await?;
    greet("standalone", &settings, &listener)?;
    let app = App::open_unchecked(settings).await?;
    app.store
        .migrate(app.now())
        .await
        .context("cannot create or upgrade the tables")?;
    serve(app, listener).await
}

/// The scheduler and its local executor. The database must be ready.
///
/// # Errors
/// It cannot start, or another scheduler takes over.
pub(crate) async fn scheduler(_: SchedulerArgs, settings: Settings) -> Result<()> {
    let option = "`AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT`";
    let listener = server::bind(settings.web_host, settings.health_port, option).await?;
    greet("scheduler", &settings, &listener)?;
    serve(App::open(settings).await?, listener).await
}

fn greet(what: &str, settings: &Settings, listener: &TcpListener) -> Result<()> {
    tracing::info!(
        "updraft {} {what}: home {}",
        env!("CARGO_PKG_VERSION"),
        settings.home
    );
    tracing::info!(
        "DAGs from {}, logs to {}",
        settings.dags_folder.display(),
        settings.base_log_folder.display()
    );
    tracing::info!("health on http://{}/health", listener.local_addr()?);
    Ok(())
}

async fn serve(app: App, listener: TcpListener) -> Result<()> {
    let stop = stop_on_signal()?;
    let pulse = Arc::new(Pulse::default());
    let (parts, options) = wiring::scheduler(&app, Arc::clone(&pulse))?;
    let scheduler = Scheduler::start(parts, options, stop.clone()).await?;
    let mut tasks = JoinSet::new();
    let state = ServerState {
        pulse,
        clock: Arc::new(SystemClock),
    };
    tasks.spawn(server::serve(listener, state, stop.clone()));
    let worked = scheduler.run().await;
    stop.cancel();
    while let Some(served) = tasks.join_next().await {
        served.context("the web server panicked")??;
    }
    worked?;
    tracing::info!("stopped");
    Ok(())
}

/// A token that SIGINT and SIGTERM cancel.
fn stop_on_signal() -> Result<CancellationToken> {
    let stop = CancellationToken::new();
    let token = stop.clone();
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    #[expect(
        clippy::disallowed_methods,
        reason = "lives as long as the process and holds nothing"
    )]
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        token.cancel();
    });
    Ok(stop)
}
