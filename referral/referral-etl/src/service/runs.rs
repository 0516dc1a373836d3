//! The service: one syncer, and the runs that it works on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::response::Response;
use referral_service::{Event, Runs, WorkError};
use referral_store::EntityKind;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::health::{Health, HealthCheck};
use crate::sync::{SyncError, SyncRequest, Syncer};

/// What a person does after Bullhorn has refused the credentials, behind the error.
const WHAT_TO_DO_ABOUT_CREDENTIALS: &str = "; put the account right at Bullhorn, or correct the `BULLHORN_` variables and \
     restart the ETL service; then run this again: each run tries the credentials once";

/// How the service is set up.
#[derive(Debug, Clone)]
pub struct EtlServiceOptions {
    /// The general REST address of Bullhorn; its host is what health checks try to reach.
    pub bullhorn_address: String,
    /// How long a health check waits for Bullhorn.
    pub health_timeout: Duration,
    /// How long the answer of a health check about Bullhorn is good for.
    pub health_cached_for: Duration,
}

impl EtlServiceOptions {
    /// Defaults around an address.
    pub fn new(bullhorn_address: impl Into<String>) -> Self {
        Self {
            bullhorn_address: bullhorn_address.into(),
            health_timeout: Duration::from_secs(2),
            health_cached_for: Duration::from_secs(10),
        }
    }
}

/// The service. Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub struct EtlService {
    syncer: Arc<Syncer>,
    runs: Runs,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    health: HealthCheck,
    /// Syncs at work; the last one to end closes the Bullhorn session.
    at_work: AtomicUsize,
    /// How the last run of each kind ended. Written by the run that ends.
    last: Mutex<BTreeMap<EntityKind, Event>>,
}

/// A sync at work. It counts until it is dropped, so also where the sync panics.
struct AtWork(Arc<State>);

impl AtWork {
    fn begin(state: &Arc<State>) -> Self {
        state.at_work.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(state))
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::SeqCst);
    }
}

impl EtlService {
    /// A service that syncs with `syncer`. When `stop` is cancelled, runs end at their next page.
    pub fn new(syncer: Syncer, options: EtlServiceOptions, stop: CancellationToken) -> Self {
        let syncer = Arc::new(syncer);
        let health = HealthCheck::new(Arc::clone(&syncer), options);
        let state = State {
            health,
            at_work: AtomicUsize::new(0),
            last: Mutex::default(),
        };
        Self {
            syncer,
            runs: Runs::new(stop),
            state: Arc::new(state),
        }
    }

    /// Waits until the runs at work have ended; cancel the token given to [`EtlService::new`] first.
    pub async fn finish(&self) {
        self.runs.finish().await;
    }

    /// Whether the service can work, and how its last runs ended.
    pub async fn health(&self) -> Health {
        let mut health = self.state.health.check().await;
        let last = self.state.last.lock().unwrap_or_else(PoisonError::into_inner);
        health.last_candidates = last.get(&EntityKind::Candidate).cloned();
        health.last_positions = last.get(&EntityKind::Position).cloned();
        health
    }

    /// Answers a request with the lines of its run.
    pub(super) fn follow(&self, request: SyncRequest) -> Response {
        let operation = match request.kind {
            EntityKind::Candidate => "the sync of candidates",
            EntityKind::Position => "the sync of positions",
        };
        let (service, run_id) = (self.clone(), request.run_id.as_str().to_owned());
        self.runs
            .follow(operation, &run_id, move |progress, stop| async move {
                let at_work = AtWork::begin(&service.state);
                // Each run tries refused credentials once: the account may have been put right since the last one.
                service.syncer.client().forget_refusal().await;
                let result = service.syncer.run(&request, &progress, &stop).await;
                let result = match result {
                    Ok(summary) => Ok(counts(&summary)),
                    Err(error) => Err(work_error(&error)),
                };
                service.ended(request.kind, &result, at_work).await;
                result
            })
    }

    async fn ended(&self, kind: EntityKind, result: &Result<Map<String, Value>, WorkError>, at_work: AtWork) {
        let event = match result.clone() {
            Ok(counts) => Event::Summary(Arc::new(counts)),
            Err(error) => error.into(),
        };
        self.state
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(kind, event);
        drop(at_work);
        if self.state.at_work.load(Ordering::SeqCst) == 0
            && let Err(error) = self.syncer.client().logout().await
        {
            // Sessions are limited, but one that is not closed ends by itself.
            tracing::debug!(%error, "the Bullhorn session could not be closed");
        }
    }
}

fn work_error(error: &SyncError) -> WorkError {
    let mut message = error.report();
    if error.is_about_credentials() {
        message.push_str(WHAT_TO_DO_ABOUT_CREDENTIALS);
    }
    WorkError {
        retryable: error.is_retryable(),
        message,
    }
}

fn counts(summary: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(summary) {
        Ok(Value::Object(counts)) => counts,
        Ok(_) | Err(_) => Map::new(),
    }
}
