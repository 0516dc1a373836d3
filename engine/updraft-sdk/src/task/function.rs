//! Task functions, async or blocking, behind one type.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;
use updraft_model::Trigger;

use super::{Branch, Context, Poke, TaskError, TaskResult};

type Function = dyn Fn(Context) -> BoxFuture<'static, TaskResult<Value>> + Send + Sync;

/// The function of a task; gives its return value as JSON.
#[derive(Clone)]
pub(crate) struct TaskFunction(Arc<Function>);

impl TaskFunction {
    pub(crate) fn from_async<F, Fut, T>(function: F) -> Self
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<T>> + Send + 'static,
        T: Serialize + 'static,
    {
        let function = Arc::new(function);
        Self(Arc::new(move |context| {
            let function = Arc::clone(&function);
            // The call itself is inside the future, so that a panic in it is one of the task.
            async move { function(context).map(|result| result.and_then(to_json)).await }.boxed()
        }))
    }

    /// The function of a branch; its value is a [`Branch`] in JSON.
    pub(crate) fn from_branch<F, Fut, B>(function: F) -> Self
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<B>> + Send + 'static,
        B: Into<Branch> + 'static,
    {
        Self::from_async(move |context| function(context).map(|goal| goal.map(Into::<Branch>::into)))
    }

    /// The function of a sensor; its value is a [`Poke`] in JSON.
    pub(crate) fn from_poke<F, Fut, P>(function: F) -> Self
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<P>> + Send + 'static,
        P: Into<Poke> + 'static,
    {
        Self::from_async(move |context| function(context).map(|poke| poke.map(Into::<Poke>::into)))
    }

    /// A function that says what its sensor waits for; its value is a [`Trigger`] in JSON.
    pub(crate) fn from_trigger<F, Fut>(function: F) -> Self
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<Trigger>> + Send + 'static,
    {
        Self::from_async(function)
    }

    pub(crate) fn from_blocking<F, T>(function: F) -> Self
    where
        F: Fn(Context) -> TaskResult<T> + Send + Sync + 'static,
        T: Serialize + 'static,
    {
        let function = Arc::new(function);
        Self(Arc::new(move |context| {
            let function = Arc::clone(&function);
            let work = move || function(context).and_then(to_json);
            async move {
                match tokio::task::spawn_blocking(work).await {
                    Ok(result) => result,
                    Err(error) => match error.try_into_panic() {
                        Ok(panic) => resume_unwind(panic),
                        Err(cancelled) => Err(cancelled.into()),
                    },
                }
            }
            .boxed()
        }))
    }

    pub(crate) fn call(&self, context: Context) -> BoxFuture<'static, TaskResult<Value>> {
        (self.0)(context)
    }
}

impl fmt::Debug for TaskFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaskFunction")
    }
}

fn to_json(value: impl Serialize) -> TaskResult<Value> {
    serde_json::to_value(value).map_err(|error| {
        TaskError::fail_without_retry(format!("the returned value cannot be written as JSON: {error}"))
    })
}
