//! `etl`, `ml` and `serve`: the services, each on its port.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use bullhorn::{Client, Credentials, Secret, Setup, SystemClock};
use referral_etl::service::{EtlService, EtlServiceOptions};
use referral_etl::sync::{Syncer, SyncerOptions};
use referral_ml::bert::{LocalModel, ModelFolder};
use referral_ml::embedder::Embedder;
use referral_ml::remote::{RemoteEmbedder, RemoteOptions};
use referral_ml::scoring::Points;
use referral_ml::service::{MlService, MlServiceParts};
use referral_ml::workers::Workers;
use referral_service::Runs;
use referral_store::ReferralStore;
use tokio_util::sync::CancellationToken;
use updraft_sql::DatabaseUrl;

use super::quality;
use crate::args::{ServeArgs, ServiceArgs};
use crate::settings::Settings;
use crate::{ETL_PORT, ML_PORT, clock, listen};

/// Serves the ETL until told to stop.
///
/// # Errors
/// A setting is missing or malformed, the database cannot be used, or the port is taken.
pub(crate) async fn etl(args: ServiceArgs, settings: &Settings) -> Result<()> {
    serve_etl(
        args.host,
        args.port.unwrap_or(ETL_PORT),
        settings,
        listen::stop_on_signal()?,
    )
    .await
}

/// Serves ML until told to stop.
///
/// # Errors
/// As [`etl`], or the model cannot be read.
pub(crate) async fn ml(args: ServiceArgs, settings: &Settings) -> Result<()> {
    serve_ml(
        args.host,
        args.port.unwrap_or(ML_PORT),
        settings,
        listen::stop_on_signal()?,
    )
    .await
}

/// Serves both until told to stop.
///
/// # Errors
/// One of them fails.
pub(crate) async fn both(args: ServeArgs, settings: &Settings) -> Result<()> {
    let stop = listen::stop_on_signal()?;
    tokio::try_join!(
        serve_etl(args.host, args.etl_port, settings, stop.clone()),
        serve_ml(args.host, args.ml_port, settings, stop),
    )?;
    Ok(())
}

async fn serve_etl(host: IpAddr, port: u16, settings: &Settings, stop: CancellationToken) -> Result<()> {
    let listener = listen::bind(host, port).await?;
    let address = settings.required(
        "BULLHORN_REST_URL",
        "where Bullhorn is, such as https://rest.bullhornstaffing.com/rest-services/",
    )?;
    let client = bullhorn_client(address, settings)?;
    let store = open_store(settings).await?;
    let syncer = Syncer::new(
        client,
        store.clone(),
        Arc::new(SystemClock::new()),
        SyncerOptions::default(),
    );
    let service = EtlService::new(syncer, EtlServiceOptions::new(address), stop.clone());
    let runs = Runs::new(stop.clone());
    let router = referral_etl::service::router(service.clone()).merge(quality::router(store, runs.clone()));
    tracing::info!("ETL service on http://{}", listener.local_addr()?);
    listen::serve(listener, listen::guard(router, host, settings)?, stop).await?;
    service.finish().await;
    runs.finish().await;
    Ok(())
}

async fn serve_ml(host: IpAddr, port: u16, settings: &Settings, stop: CancellationToken) -> Result<()> {
    let listener = listen::bind(host, port).await?;
    let threshold =
        Points::from_points(settings.threshold()?).context("`MATCHING_SCORE_THRESHOLD` is out of range")?;
    let workers = workers(settings)?;
    let embedder = embedder(settings, workers.clone())?;
    let store = open_store(settings).await?;
    let clock = Arc::new(clock::now);
    let service = MlService::new(
        MlServiceParts {
            store,
            embedder,
            workers,
            threshold,
            clock,
        },
        stop.clone(),
    );
    let router: Router = referral_ml::service::router(service.clone());
    tracing::info!("ML service on http://{}", listener.local_addr()?);
    listen::serve(listener, listen::guard(router, host, settings)?, stop).await?;
    service.finish().await;
    Ok(())
}

/// Opens the application database and brings its tables up to date.
///
/// # Errors
/// It cannot be reached, written or upgraded.
pub(crate) async fn open_store(settings: &Settings) -> Result<ReferralStore> {
    let url: DatabaseUrl = settings
        .database_url()?
        .parse()
        .context("the application database's address")?;
    if let DatabaseUrl::Sqlite(file) = &url
        && let Some(folder) = file.path.parent()
    {
        std::fs::create_dir_all(folder).with_context(|| {
            format!(
                "cannot create the folder `{}` that `REFERRAL_DATA` names",
                folder.display()
            )
        })?;
    }
    ReferralStore::open(&url, clock::now())
        .await
        .context("cannot use the application database")
}

/// The threads that compute: `REFERRAL_THREADS`, or as many as the machine has.
///
/// # Errors
/// The setting is no number, or the threads cannot be started.
pub(crate) fn workers(settings: &Settings) -> Result<Workers> {
    let all = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let threads = settings.parsed("REFERRAL_THREADS", all, "a number of threads, 1 or more")?;
    Workers::start(threads).context("cannot start threads")
}

/// What makes vectors: the server that `REFERRAL_EMBEDDINGS_URL` names, or the model in `REFERRAL_MODEL`.
///
/// # Errors
/// The model cannot be read; the error names the file and the command that fetches it.
pub(crate) fn embedder(settings: &Settings, workers: Workers) -> Result<Arc<dyn Embedder>> {
    if let Some(base_url) = settings.text("REFERRAL_EMBEDDINGS_URL") {
        let model = settings.required("REFERRAL_EMBEDDINGS_MODEL", "the model's name on that server")?;
        let options = RemoteOptions {
            base_url: base_url.to_owned(),
            model: model.to_owned(),
            dimensions: settings.parsed("REFERRAL_EMBEDDINGS_DIMENSIONS", 384, "a number of dimensions")?,
            api_key: settings.text("REFERRAL_EMBEDDINGS_API_KEY").map(str::to_owned),
        };
        let http = reqwest::Client::builder()
            .build()
            .context("cannot make an HTTP client")?;
        return Ok(Arc::new(RemoteEmbedder::new(http, options)));
    }
    Ok(Arc::new(local_model(settings, workers)?))
}

/// The model in the folder `REFERRAL_CUSTOM_MODEL`, which may hold any weights of the right shape; without it the published
/// one in the folder `REFERRAL_MODEL`, by default `.cache/model` in the current folder.
///
/// # Errors
/// As [`embedder`].
pub(crate) fn local_model(settings: &Settings, workers: Workers) -> Result<LocalModel> {
    let folder = match settings.text("REFERRAL_CUSTOM_MODEL") {
        Some(folder) => ModelFolder::custom(folder),
        None => ModelFolder::published(settings.text("REFERRAL_MODEL").unwrap_or(".cache/model")),
    };
    LocalModel::load(&folder, workers).context("cannot load the embedding model")
}

fn bullhorn_client(address: &str, settings: &Settings) -> Result<Client> {
    let why = "the API user's credentials come from Bullhorn's support";
    let credentials = Credentials {
        client_id: settings.required("BULLHORN_CLIENT_ID", why)?.to_owned(),
        client_secret: Secret::new(settings.required("BULLHORN_CLIENT_SECRET", why)?),
        username: settings.required("BULLHORN_USERNAME", why)?.to_owned(),
        password: Secret::new(settings.required("BULLHORN_PASSWORD", why)?),
        redirect_uri: settings.text("BULLHORN_REDIRECT_URI").map(str::to_owned),
    };
    Client::new(Setup::new(credentials, address)).with_context(|| {
        format!("cannot set up the Bullhorn client for `BULLHORN_REST_URL`, which is `{address}`")
    })
}
