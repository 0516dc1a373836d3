//! What is installed for DAG files beside the engine: plugins and providers.
//!
//! Only an interpreter knows it, which takes a while to start. So it is asked by one caller at a time, and what it has told counts for
//! a minute. Who cannot wait gets what was told last.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;

use crate::api::Api;
use crate::failure::Failure;
use crate::page::{Page, Paged};

/// How long it counts what was told.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

/// How long those wait who cannot, as long as nothing was told.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who knows what is installed. Its functions may block for seconds.
pub trait Installation: Send + Sync + 'static {
    /// The plugins, and those that cannot be loaded.
    ///
    /// # Errors
    /// Why it is not known.
    fn plugins(&self) -> Result<Plugins, String>;

    /// The providers, by name.
    ///
    /// # Errors
    /// Why it is not known.
    fn providers(&self) -> Result<Vec<Provider>, String>;
}

/// Plugins, and those that cannot be loaded.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plugins {
    /// By name.
    pub found: Vec<Plugin>,
    /// By file or entry point, with the traceback.
    pub import_errors: BTreeMap<String, String>,
}

/// A plugin.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Where it comes from.
    pub source: String,
    /// By Airflow's name of the part, such as `macros`, what it has there.
    pub parts: BTreeMap<String, Vec<Value>>,
}

/// A package that offers operators and the like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its name.
    pub package_name: String,
    /// One line about it.
    pub description: String,
    /// Its version.
    pub version: String,
}

impl Plugin {
    /// What it has of a part whose entries are objects.
    pub(crate) fn entries(&self, part: &str) -> Vec<Value> {
        let entries = self.parts.get(part).into_iter().flatten();
        entries.filter(|entry| entry.is_object()).cloned().collect()
    }

    /// What it has of a part, as texts.
    pub(crate) fn texts(&self, part: &str) -> Vec<String> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.parts.get(part).into_iter().flatten().map(text).collect()
    }
}

/// An answer, and when it was given.
type Last<T> = Option<(Timestamp, Arc<T>)>;

/// What was told, and when.
pub(crate) struct Told<T> {
    /// Who asks writes it; it is never held while somebody waits.
    last: Arc<std::sync::Mutex<Last<T>>>,
    /// Held by who asks.
    asking: Arc<Mutex<()>>,
}

impl<T> Default for Told<T> {
    fn default() -> Self {
        Self {
            last: Arc::default(),
            asking: Arc::default(),
        }
    }
}

impl<T: Send + Sync + 'static> Told<T> {
    async fn ask(
        &self,
        api: &Api,
        question: fn(&dyn Installation) -> Result<T, String>,
    ) -> Result<Arc<T>, Failure> {
        let asking = Arc::clone(&self.asking).lock_owned().await;
        if let Some((at, told)) = self.last()
            && api.now().duration_since(at) < FRESH
        {
            return Ok(told);
        }
        let asked = self.begin(api, question, asking).await;
        let told = asked.map_err(|error| Failure::Internal(error.into()))?;
        told.map_err(|error| Failure::Internal(error.into()))
    }

    /// What was told last, of which a newer version is asked for if it is old; `None` if nothing was told, and is not for a while.
    async fn latest(
        &self,
        api: &Api,
        question: fn(&dyn Installation) -> Result<T, String>,
    ) -> Option<Arc<T>> {
        let Some((at, told)) = self.last() else {
            let told = tokio::time::timeout(PATIENCE, self.ask(api, question)).await;
            return told.ok()?.ok();
        };
        if api.now().duration_since(at) >= FRESH
            && let Ok(asking) = Arc::clone(&self.asking).try_lock_owned()
        {
            drop(self.begin(api, question, asking));
        }
        Some(told)
    }

    /// Asks, and keeps what is told, whether somebody waits for it or not.
    fn begin(
        &self,
        api: &Api,
        question: fn(&dyn Installation) -> Result<T, String>,
        asking: OwnedMutexGuard<()>,
    ) -> JoinHandle<Result<Arc<T>, String>> {
        let (installation, last, now) = (
            Arc::clone(&api.parts().installation),
            Arc::clone(&self.last),
            api.now(),
        );
        tokio::task::spawn_blocking(move || {
            let told = Arc::new(question(&*installation)?);
            *last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&told)));
            drop(asking);
            Ok(told)
        })
    }

    fn last(&self) -> Last<T> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A page of plugins.
pub(crate) async fn plugins(api: &Api, page: Page) -> Result<Paged<Plugin>, Failure> {
    let told = api.plugins().ask(api, Installation::plugins).await?;
    Ok(Paged::of(told.found.clone(), page))
}

/// Plugins that cannot be loaded: where each is, and why.
pub(crate) async fn broken_plugins(api: &Api) -> Result<Vec<(String, String)>, Failure> {
    let told = api.plugins().ask(api, Installation::plugins).await?;
    Ok(told.import_errors.clone().into_iter().collect())
}

/// A page of providers.
pub(crate) async fn providers(api: &Api, page: Page) -> Result<Paged<Provider>, Failure> {
    let told = api.providers().ask(api, Installation::providers).await?;
    Ok(Paged::of((*told).clone(), page))
}

/// The plugins, for who cannot wait: those that were told last.
pub(crate) async fn latest_plugins(api: &Api) -> Option<Arc<Plugins>> {
    api.plugins().latest(api, Installation::plugins).await
}
