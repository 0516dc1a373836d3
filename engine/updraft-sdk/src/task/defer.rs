//! Tasks that defer themselves: what they say, and what they are told when they go on.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use updraft_model::{Deferral, Resumption, TaskEnd, Trigger};

use super::context::typed;
use super::{Context, RequestError};

/// The method of a task that names none; Airflow's default for `start_trigger_args` and most operators.
const NEXT_METHOD: &str = "execute_complete";

/// What a task waits for and how it goes on; see [`TaskError::defer`](crate::TaskError::defer).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defer(Deferral);

impl Defer {
    /// Waits for a trigger.
    pub fn to(trigger: Trigger) -> Self {
        Self(Deferral {
            trigger,
            next_method: NEXT_METHOD.to_owned(),
            next_kwargs: Map::new(),
            timeout: None,
        })
    }

    /// How long it waits at most. What is left of the task's `execution_timeout` counts, too. Default: as long as it takes.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = Some(timeout);
        self
    }

    /// A name for the place at which the task goes on, for a task that waits at several: [`Context::next_method`].
    pub fn next_method(mut self, method: impl Into<String>) -> Self {
        self.0.next_method = method.into();
        self
    }

    /// Something that the task wants to know when it goes on: [`Context::next_kwarg`].
    pub fn kwarg(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.0.next_kwargs.insert(name.into(), value.into());
        self
    }

    pub(crate) fn into_deferral(self) -> Deferral {
        self.0
    }
}

impl From<Trigger> for Defer {
    fn from(trigger: Trigger) -> Self {
        Self::to(trigger)
    }
}

/// Why a wait has ended without an event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WaitFailure {
    /// It took too long.
    #[error("TaskDeferralTimeout: what the task waited for has not come in time")]
    TimedOut,
    /// It cannot be waited for.
    #[error("TaskDeferralError: {0}")]
    Failed(String),
}

/// After a deferral.
impl Context {
    /// What the trigger that the task has waited for has to say; `None` in an attempt that goes on after no deferral.
    pub fn event(&self) -> Option<&Value> {
        self.next_kwargs()?.get("event")
    }

    /// The name that the task has given to the place at which it goes on; `None` in an attempt that goes on after no
    /// deferral.
    pub fn next_method(&self) -> Option<&str> {
        let method = self.startup().ti_context.next_method.as_deref();
        method.filter(|method| ![Resumption::FAIL, Resumption::END].contains(method))
    }

    /// What the task has left for itself under this name when it deferred itself; `None` if nothing, or there was no
    /// deferral.
    ///
    /// # Errors
    /// It has another type.
    pub fn next_kwarg<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, RequestError> {
        let value = self.next_kwargs().and_then(|kwargs| kwargs.get(name));
        value
            .map(|value| typed(value.clone(), || format!("next_kwargs `{name}`")))
            .transpose()
    }

    fn next_kwargs(&self) -> Option<&Map<String, Value>> {
        self.next_method()?;
        self.startup().ti_context.next_kwargs.as_ref()
    }

    /// How the trigger that the task has waited for ends it, if it does.
    pub(crate) fn trigger_end(&self) -> Option<TaskEnd> {
        let context = &self.startup().ti_context;
        if context.next_method.as_deref() != Some(Resumption::END) {
            return None;
        }
        let end = Value::Object(context.next_kwargs.clone()?);
        serde_json::from_value(end).ok()
    }

    /// Why the attempt cannot go on with what its task has waited for.
    pub(crate) fn wait_failure(&self) -> Option<WaitFailure> {
        let context = &self.startup().ti_context;
        if context.next_method.as_deref() != Some(Resumption::FAIL) {
            return None;
        }
        let kwargs = context.next_kwargs.as_ref();
        let text = |name: &str| kwargs.and_then(|kwargs| kwargs.get(name));
        if text("error").and_then(Value::as_str) == Some(Resumption::TIMEOUT) {
            return Some(WaitFailure::TimedOut);
        }
        let lines = text("traceback")
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        Some(WaitFailure::Failed(if lines.is_empty() {
            Resumption::FAILURE.to_owned()
        } else {
            lines.concat()
        }))
    }
}
