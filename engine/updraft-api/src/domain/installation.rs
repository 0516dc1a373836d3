//! What is installed for DAG files beside the engine: plugins and providers.
//!
//! Only an interpreter knows it, which takes a while to start. So it is asked by one caller at a time, and what it has told counts for
//! a minute.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::api::Api;
use crate::failure::Failure;
use crate::page::{Page, Paged};

/// How long it counts what was told.
const FRESH: SignedDuration = SignedDuration::from_mins(1);

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
    /// What of it is used: by Airflow's name of the part, such as `macros`, what it has there.
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
    /// What it has of a part, as texts.
    pub(crate) fn texts(&self, part: &str) -> Vec<String> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        self.parts.get(part).into_iter().flatten().map(text).collect()
    }
}

/// What was told, and when.
pub(crate) struct Told<T>(Mutex<Option<(Timestamp, Arc<T>)>>);

impl<T> Default for Told<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Send + Sync + 'static> Told<T> {
    async fn ask(
        &self,
        api: &Api,
        question: fn(&dyn Installation) -> Result<T, String>,
    ) -> Result<Arc<T>, Failure> {
        let mut known = self.0.lock().await;
        let now = api.now();
        if let Some((at, told)) = &*known
            && now.duration_since(*at) < FRESH
        {
            return Ok(Arc::clone(told));
        }
        let installation = Arc::clone(&api.parts().installation);
        let asked = tokio::task::spawn_blocking(move || question(&*installation)).await;
        let told = asked.map_err(|error| Failure::Internal(error.into()))?;
        let told = Arc::new(told.map_err(|error| Failure::Internal(error.into()))?);
        *known = Some((now, Arc::clone(&told)));
        Ok(told)
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
