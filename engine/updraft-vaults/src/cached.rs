//! Remembers what a backend has said: `[secrets] use_cache`.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use updraft_model::Clock;
use updraft_secrets::{BackendError, Connection, SecretsBackend};

/// The most answers of a kind that are remembered.
const ANSWERS_MAX: usize = 10_000;

/// A backend that is asked for the same only now and then. That something is not there is remembered too, errors are not.
pub struct Cached {
    backend: Arc<dyn SecretsBackend>,
    clock: Arc<dyn Clock>,
    connections: Memory<Connection>,
    variables: Memory<String>,
}

/// What a backend has said: it has this, or nothing of that name.
#[derive(Clone)]
struct Answer<T>(Option<T>);

/// Answers by name. Whoever asks reads and writes; a plain lock, since nobody holds it while the backend is asked.
struct Memory<T> {
    lifetime: SignedDuration,
    known: Mutex<HashMap<String, (Timestamp, Answer<T>)>>,
}

impl Cached {
    /// Remembers what this backend says for so long.
    pub fn new(backend: Arc<dyn SecretsBackend>, lifetime: SignedDuration, clock: Arc<dyn Clock>) -> Self {
        Self {
            backend,
            clock,
            connections: Memory::new(lifetime),
            variables: Memory::new(lifetime),
        }
    }
}

impl<T: Clone> Memory<T> {
    fn new(lifetime: SignedDuration) -> Self {
        Self {
            lifetime,
            known: Mutex::default(),
        }
    }

    fn get(&self, name: &str, now: Timestamp) -> Option<Answer<T>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (when, answer) = known.get(name)?;
        (now.duration_since(*when) < self.lifetime).then(|| answer.clone())
    }

    fn put(&self, name: &str, answer: Option<T>, now: Timestamp) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ANSWERS_MAX {
            known.clear();
        }
        known.insert(name.to_owned(), (now, Answer(answer)));
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Cached").field(&self.backend).finish()
    }
}

#[async_trait]
impl SecretsBackend for Cached {
    async fn connection(&self, conn_id: &str) -> Result<Option<Connection>, BackendError> {
        let now = self.clock.now();
        if let Some(Answer(known)) = self.connections.get(conn_id, now) {
            return Ok(known);
        }
        let found = self.backend.connection(conn_id).await?;
        self.connections.put(conn_id, found.clone(), now);
        Ok(found)
    }

    async fn variable(&self, key: &str) -> Result<Option<String>, BackendError> {
        let now = self.clock.now();
        if let Some(Answer(known)) = self.variables.get(key, now) {
            return Ok(known);
        }
        let found = self.backend.variable(key).await?;
        self.variables.put(key, found.clone(), now);
        Ok(found)
    }

    async fn config(&self, key: &str) -> Result<Option<String>, BackendError> {
        self.backend.config(key).await
    }

    async fn check(&self) -> Result<String, BackendError> {
        self.backend.check().await
    }
}
