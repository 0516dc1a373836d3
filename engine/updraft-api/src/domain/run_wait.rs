//! Waiting for a run to be over.

use std::time::{Duration, Instant};

use futures::{Stream, stream};
use serde_json::{Map, Value, json};
use updraft_model::{MapIndex, RunKey, TaskId};

use super::runs;
use crate::api::Api;
use crate::failure::Failure;

/// How long one call waits at most; who wants more asks again.
const WAIT_MAX: Duration = Duration::from_hours(1);
/// The values of so many copies of a task are told.
const COPIES_MAX: u64 = 1000;
const RETURN_VALUE: &str = "return_value";

/// Somebody who waits.
struct Waiter {
    api: Api,
    key: RunKey,
    every: Duration,
    /// Tasks whose values are told in the end.
    tasks: Vec<TaskId>,
    until: Instant,
    is_first: bool,
    is_over: bool,
}

/// A line for each look at a run, the last one when it is over: the state, and then what these tasks have returned.
pub(crate) fn wait(
    api: &Api,
    key: RunKey,
    every: Duration,
    tasks: Vec<TaskId>,
) -> impl Stream<Item = Result<String, Failure>> + Send + 'static {
    let waiter = Waiter {
        api: api.clone(),
        key,
        every,
        tasks,
        until: Instant::now() + WAIT_MAX,
        is_first: true,
        is_over: false,
    };
    stream::unfold(waiter, |mut waiter| async move {
        if waiter.is_over {
            return None;
        }
        if !waiter.is_first {
            tokio::time::sleep(waiter.every).await;
        }
        let looked = waiter.look().await;
        waiter.is_first = false;
        waiter.is_over |= looked.is_err() || Instant::now() >= waiter.until;
        Some((looked, waiter))
    })
}

impl Waiter {
    async fn look(&mut self) -> Result<String, Failure> {
        let state = runs::get(&self.api, &self.key).await?.state;
        let mut line = json!({ "state": state.as_str() });
        self.is_over = state.is_finished();
        if self.is_over && !self.tasks.is_empty() {
            let mut results = Map::new();
            for task in &self.tasks {
                results.insert(task.to_string(), self.returned(task).await?);
            }
            line["results"] = Value::Object(results);
        }
        Ok(format!("{line}\n"))
    }

    /// What a task has returned: of a mapped one a list.
    async fn returned(&self, task_id: &TaskId) -> Result<Value, Failure> {
        let task = self.key.task(task_id.clone(), MapIndex::UNMAPPED);
        let store = self.api.store();
        if let Some(value) = store.xcom(&task, RETURN_VALUE).await? {
            return Ok(value);
        }
        let of_copies = store
            .xcom_slice(&self.key, task_id, RETURN_VALUE, (0, COPIES_MAX))
            .await?;
        Ok(if of_copies.is_empty() {
            Value::Null
        } else {
            Value::Array(of_copies)
        })
    }
}
