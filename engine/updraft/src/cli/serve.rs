//! `standalone`, `scheduler`, `webserver` and `api-server`: the processes that stay.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use updraft_api::Limits;
use updraft_executor::RemoteWorkers;
use updraft_scheduler::{Parts, Pulse, Scheduler, SchedulerError, SchedulerOptions};
use updraft_store::{Holder, LeaseError};

use super::app::App;
use super::args::{SchedulerArgs, StandaloneArgs};
use crate::accounts;
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::server::{self, ServerState};
use crate::wiring;

/// How often a scheduler that stands by looks whether it is needed.
const STAND_BY_PAUSE: Duration = Duration::from_secs(1);

/// How often turns are counted, where their number is limited.
const TURNS_LOOK: Duration = Duration::from_millis(50);

/// Database, scheduler, workers and web server in one process.
///
/// # Errors
/// One of them cannot start, or fails.
pub(crate) async fn standalone(args: StandaloneArgs, settings: Settings) -> Result<()> {
    let port = args.port.unwrap_or(settings.web_port);
    let listener = server::bind(settings.web_host, port, "`--port`").await?;
    greet("standalone", &settings, &listener)?;
    let address = listener.local_addr()?;
    let app = App::open_unchecked(settings).await?;
    let before = app.store.schema_version().await?;
    app.store
        .migrate(app.now())
        .await
        .context("cannot create or upgrade the tables")?;
    accounts::add_built_in_roles(&app.store).await?;
    if before.applied == 0 {
        accounts::add_first_user(&app, address.ip()).await?;
    }
    let api = accounts::api(&app)?;
    tracing::info!("REST API on http://{address}/api/v1 and http://{address}/api/v2");
    let api = updraft_api::router(&api, Limits::default());
    serve(app, listener, (Some(api), None)).await
}

/// The web server alone. The database must be ready.
///
/// # Errors
/// It cannot start.
pub(crate) async fn webserver(at: (Option<IpAddr>, Option<u16>), settings: Settings) -> Result<()> {
    let (host, port) = (
        at.0.unwrap_or(settings.web_host),
        at.1.unwrap_or(settings.web_port),
    );
    serve_api("webserver", (host, port), settings).await
}

/// The web server alone, under its name in Airflow 3. The database must be ready.
///
/// # Errors
/// It cannot start.
pub(crate) async fn api_server(at: (Option<IpAddr>, Option<u16>), settings: Settings) -> Result<()> {
    let (host, port) = (
        at.0.unwrap_or(settings.api_host),
        at.1.unwrap_or(settings.api_port),
    );
    serve_api("api-server", (host, port), settings).await
}

async fn serve_api(what: &str, (host, port): (IpAddr, u16), settings: Settings) -> Result<()> {
    let listener = server::bind(host, port, "`--port`").await?;
    let address = listener.local_addr()?;
    let app = App::open(settings).await?;
    accounts::add_built_in_roles(&app.store).await?;
    let api = accounts::api(&app)?;
    let stop = stop_on_signal()?;
    tracing::info!(
        "updraft {} {what}: home {}",
        env!("CARGO_PKG_VERSION"),
        app.settings.home
    );
    if !address.ip().is_loopback() {
        tracing::warn!("{address} is reached from other machines; put a proxy with TLS before it");
    }
    tracing::info!("REST API on http://{address}/api/v1 and http://{address}/api/v2");
    let router = updraft_api::router(&api, Limits::default()).merge(updraft_api::health_router(&api));
    server::serve(listener, updraft_api::site(router, &app.settings.web), stop).await?;
    tracing::info!("stopped");
    Ok(())
}

/// The scheduler and its local executor. The database must be ready.
///
/// # Errors
/// It cannot start, or another scheduler takes over.
pub(crate) async fn scheduler(args: SchedulerArgs, settings: Settings) -> Result<()> {
    let option = "`AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT`";
    let listener = server::bind(settings.web_host, settings.health_port, option).await?;
    greet("scheduler", &settings, &listener)?;
    let turns_max = u64::try_from(args.num_runs).ok();
    serve(App::open(settings).await?, listener, (None, turns_max)).await
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
    for finding in &settings.findings {
        tracing::warn!("{finding}");
    }
    tracing::info!("health on http://{}/health", listener.local_addr()?);
    Ok(())
}

/// Stands in for a process that Airflow has and Updraft does not need, so that what starts and watches all of Airflow's finds it.
///
/// # Errors
/// The database is not ready.
pub(crate) async fn stand_in(what: &str, does: &str, settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    let stop = stop_on_signal()?;
    tracing::info!(
        "updraft {} {what}: home {}; the scheduler {does} itself, so there is nothing to do here",
        env!("CARGO_PKG_VERSION"),
        app.settings.home
    );
    stop.cancelled().await;
    tracing::info!("stopped");
    Ok(())
}

/// Schedules, and serves how that goes; with the interface beside it, if there is one. Stops after so many turns, if it is told.
async fn serve(
    app: App,
    listener: TcpListener,
    (api, turns_max): (Option<Router>, Option<u64>),
) -> Result<()> {
    let workers = app.settings.is_remote.then(RemoteWorkers::default);
    let execution = match &workers {
        Some(workers) => Some(execution(&app, workers, &listener)?),
        None => None,
    };
    let stop = stop_on_signal()?;
    let pulse = Arc::new(Pulse::default());
    let mut tasks = JoinSet::new();
    let state = ServerState {
        pulse: Arc::clone(&pulse),
        clock: Arc::new(SystemClock),
    };
    let mut router = server::health_router(state);
    if let Some(execution) = execution {
        router = router.merge(execution);
    }
    if let Some(api) = api {
        router = updraft_api::site(router.merge(api), &app.settings.web);
    }
    tasks.spawn(server::serve(listener, router, stop.clone()));
    if let Some(turns_max) = turns_max {
        tasks.spawn(stop_after(turns_max, Arc::clone(&pulse), stop.clone()));
    }
    let worked = schedule(&app, (pulse, workers.as_ref()), &stop).await;
    stop.cancel();
    while let Some(served) = tasks.join_next().await {
        served.context("the web server panicked")??;
    }
    worked?;
    tracing::info!("stopped");
    Ok(())
}

/// Says stop when the scheduler has gone round so often.
async fn stop_after(turns_max: u64, pulse: Arc<Pulse>, stop: CancellationToken) -> Result<()> {
    while pulse.turns() < turns_max {
        tokio::select! {
            () = tokio::time::sleep(TURNS_LOOK) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
    tracing::info!("{turns_max} turns are done");
    stop.cancel();
    Ok(())
}

/// What answers workers elsewhere.
fn execution(app: &App, workers: &RemoteWorkers, listener: &TcpListener) -> Result<Router> {
    let address = listener.local_addr()?;
    let api = accounts::execution_api(app, workers.clone())?;
    tracing::info!("workers elsewhere run all tasks; they ask on http://{address}/execution");
    if !address.ip().is_loopback() {
        tracing::warn!("{address} is reached from other machines; put a proxy with TLS before it");
    }
    Ok(updraft_api::execution_router(&api))
}

/// Schedules until told to stop. Of several schedulers on one database one plans, and the others run attempts for it and stand
/// by; a database that only one machine can use refuses a second one.
async fn schedule(
    app: &App,
    (pulse, workers): (Arc<Pulse>, Option<&RemoteWorkers>),
    stop: &CancellationToken,
) -> Result<()> {
    if !app.store.can_be_shared() {
        let alone = watch::Sender::new(false);
        return Ok(plan(wiring::scheduler(app, pulse, workers)?, stop, &alone).await?);
    }
    let stands_by = watch::Sender::new(true);
    let mut tasks = JoinSet::new();
    tasks.spawn(wiring::member(app)?.run(stands_by.subscribe(), stop.clone()));
    let worked = take_turns(app, (pulse, workers), stop, &stands_by).await;
    stop.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended.context("what runs tasks for other schedulers panicked")?;
    }
    worked
}

/// Plans whenever no other scheduler does, and says when that is.
async fn take_turns(
    app: &App,
    (pulse, workers): (Arc<Pulse>, Option<&RemoteWorkers>),
    stop: &CancellationToken,
    stands_by: &watch::Sender<bool>,
) -> Result<()> {
    loop {
        stand_by(app, &pulse, stop).await;
        if stop.is_cancelled() {
            return Ok(());
        }
        let parts = wiring::scheduler(app, Arc::clone(&pulse), workers)?;
        match plan(parts, stop, stands_by).await {
            Err(SchedulerError::Lease(LeaseError::Held { .. })) => {}
            Err(error @ SchedulerError::LeaseLost) => tracing::warn!("{error}"),
            ended => return Ok(ended?),
        }
        stands_by.send_replace(true);
    }
}

async fn plan(
    (parts, options): (Parts, SchedulerOptions),
    stop: &CancellationToken,
    stands_by: &watch::Sender<bool>,
) -> Result<(), SchedulerError> {
    let scheduler = Scheduler::start(parts, options, stop.clone()).await?;
    stands_by.send_replace(false);
    scheduler.run().await
}

/// Waits until no other scheduler is at work, or until told to stop.
async fn stand_by(app: &App, pulse: &Pulse, stop: &CancellationToken) {
    let own = wiring::holder(&app.settings);
    let mut is_told = false;
    loop {
        match app.store.scheduler().await {
            Ok(Some(held)) if !held.is_over(&own, app.now(), wiring::is_alive) => {
                if !std::mem::replace(&mut is_told, true) {
                    let Holder { hostname, pid } = &held.holder;
                    tracing::info!(
                        "process {pid} on `{hostname}` schedules; this one runs tasks for it, and takes over when it is gone"
                    );
                }
                pulse.turned(app.now());
            }
            Ok(_) => return,
            Err(error) => tracing::warn!("standing by: {:#}", anyhow::Error::from(error)),
        }
        tokio::select! {
            () = tokio::time::sleep(STAND_BY_PAUSE) => {}
            () = stop.cancelled() => return,
        }
    }
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
