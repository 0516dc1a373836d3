//! Whether the service can work: is the database there, can Bullhorn be reached.
//!
//! Bullhorn is only connected to, not logged in to: health is asked often, and logins are limited.

use std::sync::Arc;
use std::time::Instant;

use referral_service::Event;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use url::Url;

use super::runs::EtlServiceOptions;
use crate::sync::Syncer;

/// The answer of `GET /health`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    /// `ok`; `degraded` when Bullhorn cannot be reached; `unavailable` when the database cannot.
    pub status: &'static str,
    /// Always `etl`.
    pub service: &'static str,
    /// The application database.
    pub database: Reach,
    /// Bullhorn.
    pub bullhorn: Reach,
    /// How the last sync of candidates ended, since this process began.
    pub last_candidates: Option<Event>,
    /// How the last sync of positions ended, since this process began.
    pub last_positions: Option<Event>,
}

/// Whether something can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// It can.
    pub ok: bool,
    /// What it is: a path, or host and port.
    pub place: String,
    /// Why it cannot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Checks, and remembers for a moment what it found about Bullhorn.
#[derive(Debug)]
pub(super) struct HealthCheck {
    syncer: Arc<Syncer>,
    options: EtlServiceOptions,
    /// When Bullhorn was last tried, and what came of it. Held while it is tried, so that a crowd of checks tries once.
    bullhorn: Mutex<Option<(Instant, Reach)>>,
}

impl HealthCheck {
    pub(super) fn new(syncer: Arc<Syncer>, options: EtlServiceOptions) -> Self {
        Self {
            syncer,
            options,
            bullhorn: Mutex::new(None),
        }
    }

    /// How things stand, without the last runs.
    pub(super) async fn check(&self) -> Health {
        let database = self.database().await;
        let bullhorn = self.bullhorn().await;
        let status = match (database.ok, bullhorn.ok) {
            (true, true) => "ok",
            (true, false) => "degraded",
            (false, _) => "unavailable",
        };
        Health {
            status,
            service: "etl",
            database,
            bullhorn,
            last_candidates: None,
            last_positions: None,
        }
    }

    async fn database(&self) -> Reach {
        let store = self.syncer.store();
        let error = store.ping().await.err().map(|error| error.to_string());
        Reach {
            ok: error.is_none(),
            place: store.place().to_owned(),
            error,
        }
    }

    async fn bullhorn(&self) -> Reach {
        let mut last = self.bullhorn.lock().await;
        if let Some((at, reach)) = &*last
            && at.elapsed() < self.options.health_cached_for
        {
            return reach.clone();
        }
        let reach = self.connect().await;
        *last = Some((Instant::now(), reach.clone()));
        reach
    }

    async fn connect(&self) -> Reach {
        let address = Url::parse(&self.options.bullhorn_address).ok();
        let target = address
            .as_ref()
            .and_then(|url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?)));
        let Some((host, port)) = target else {
            let error = Some("this is no web address".to_owned());
            return Reach {
                ok: false,
                place: String::new(),
                error,
            };
        };
        let place = format!("{host}:{port}");
        let connected =
            tokio::time::timeout(self.options.health_timeout, TcpStream::connect((host, port))).await;
        let error = match connected {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(format!("cannot connect: {error}")),
            Err(_) => Some("no connection in time".to_owned()),
        };
        Reach {
            ok: error.is_none(),
            place,
            error,
        }
    }
}
