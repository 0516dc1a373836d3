//! A running sandbox.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, RwLock};

use axum::Router;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::auth::AuthState;
use crate::clock::{Clock, TimeSource};
use crate::data::base::Base;
use crate::data::{StateFileError, Store};
use crate::faults::Faults;
use crate::options::SandboxOptions;
use crate::population::{Population, PopulationError};
use crate::shared::Shared;
use crate::traffic::Traffic;
use crate::{admin, http};

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The options name no population. Final.
    #[error("no population can be generated from these options")]
    Population(#[source] PopulationError),
    /// The state file cannot be used.
    #[error(transparent)]
    StateFile(#[from] StateFileError),
}

/// A Bullhorn of generated records. Cheap to clone; clones are the same sandbox.
///
/// ```no_run
/// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use bullhorn_sandbox::population::PopulationOptions;
/// use bullhorn_sandbox::{Sandbox, SandboxOptions};
/// use jiff::Timestamp;
///
/// let as_of: Timestamp = "2026-01-01T00:00:00Z".parse()?;
/// let options = SandboxOptions::new(PopulationOptions::new(as_of));
/// let sandbox = Sandbox::new(options, Arc::new(move || as_of))?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8010").await?;
/// sandbox.serve(listener, tokio_util::sync::CancellationToken::new()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
}

impl Sandbox {
    /// Generates and indexes the population and takes up the writes in the state file. The time source is the
    /// sandbox's clock: sessions, `dateLastModified` and the `Date` header follow it.
    ///
    /// # Errors
    /// When the options name no population, or the state file cannot be read or belongs to another population.
    pub fn new(options: SandboxOptions, time: TimeSource) -> Result<Self, SandboxError> {
        let population = Population::new(options.population.clone()).map_err(SandboxError::Population)?;
        let clock = Clock::new(time);
        let auth = AuthState::new(options.population.seed, clock.now().as_nanosecond());
        let mut store = Store::new(Arc::new(Base::new(population)));
        if let Some(path) = &options.state_file {
            clock.set_offset_ms(store.keep_in(path, &options.population)?);
        }
        let shared = Shared {
            knobs: RwLock::new(Arc::new(options.knobs.clone())),
            options,
            clock,
            store: RwLock::new(store),
            auth: Mutex::new(auth),
            faults: Mutex::new(Faults::default()),
            traffic: Mutex::new(Traffic::default()),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Bullhorn's interface, and the administrator's under `/admin`.
    ///
    /// The administrator's part answers loopback clients only, so the router must be served with
    /// [`into_make_service_with_connect_info`](Router::into_make_service_with_connect_info) for [`SocketAddr`];
    /// [`Sandbox::serve`] does.
    pub fn router(&self) -> Router {
        Router::new()
            .nest("/admin", admin::router(Arc::clone(&self.shared)))
            .fallback(http::handle)
            .with_state(Arc::clone(&self.shared))
    }

    /// Serves until `stop` is cancelled and the last request is answered.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(&self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "a connection keeps Nagle's algorithm");
            }
        });
        let service = self.router().into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service)
            .with_graceful_shutdown(stop.cancelled_owned())
            .await
    }
}
