//! What tasks ask about values that others left.

use std::collections::VecDeque;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use updraft_model::{MapIndex, RunKey, TaskKey, mappable_item};
use updraft_protocol::message::{GetXCom, GetXComCount, UpdraftGetXComItem};
use updraft_store::StoreError;
use updraft_worker::ApiError;

use crate::ledger::Lookups;

/// How many values are kept in memory for those who ask for single items of them.
const KEPT_MAX: usize = 8;

/// The most values of copies that are read at once.
const SLICE_MAX: u64 = 10_000;

/// The values in the database. Cheap to clone.
#[derive(Clone)]
pub struct Values {
    store: Arc<dyn Lookups>,
    /// Values of which items were asked for, the newest first. Copies of a mapped task ask for one item each, of one
    /// value; so it is read and parsed once. Attempts put them in; the lock is held for look-ups only.
    kept: Arc<Mutex<VecDeque<Kept>>>,
}

/// A value that was read.
#[derive(Debug, Clone)]
struct Kept {
    task: TaskKey,
    key: String,
    set_at: Timestamp,
    value: Arc<Value>,
}

impl Values {
    /// The values of a database.
    pub fn new(store: Arc<dyn Lookups>) -> Self {
        Self {
            store,
            kept: Arc::default(),
        }
    }

    /// The value that a task left. If no copy is named and the task itself has left nothing, it is the list of what its
    /// copies have.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`].
    pub async fn get(&self, request: GetXCom) -> Result<Option<Value>, ApiError> {
        let run = RunKey {
            dag_id: request.dag_id,
            run_id: request.run_id,
        };
        let map_index = request.map_index.unwrap_or(MapIndex::UNMAPPED);
        let key = run.task(request.task_id, map_index);
        let found = if request.include_prior_dates {
            self.store.xcom_or_prior(&key, &request.key).await
        } else {
            self.store.xcom(&key, &request.key).await
        };
        let found = found.map_err(|error| unavailable(&error))?;
        if found.is_some() || request.map_index.is_some() {
            return Ok(found);
        }
        let of = GetXComCount {
            key: request.key,
            dag_id: run.dag_id,
            run_id: run.run_id,
            task_id: key.task_id,
        };
        let values = self.slice(&of, 0..u64::MAX).await?;
        Ok((!values.is_empty()).then_some(Value::Array(values)))
    }

    /// One item of what a task has returned, or what one of its copies has.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`].
    pub async fn item(&self, request: UpdraftGetXComItem) -> Result<Option<Value>, ApiError> {
        let run = RunKey {
            dag_id: request.dag_id,
            run_id: request.run_id,
        };
        let whole = run.task(request.task_id, MapIndex::UNMAPPED);
        let known = self.kept(&whole, &request.key);
        let since = known.as_ref().map(|known| known.set_at);
        let found = self.store.xcom_since(&whole, &request.key, since).await;
        let value = match found.map_err(|error| unavailable(&error))? {
            Some(found) => match (found.value, known) {
                (Some(value), _) => self.keep(whole, request.key, found.set_at, value),
                (None, Some(known)) => known.value,
                (None, None) => return Ok(None),
            },
            None => {
                let of = GetXComCount {
                    key: request.key,
                    dag_id: run.dag_id,
                    run_id: run.run_id,
                    task_id: whole.task_id,
                };
                let places = request.offset..request.offset.saturating_add(1);
                return Ok(self.slice(&of, places).await?.into_iter().next());
            }
        };
        Ok(usize::try_from(request.offset)
            .ok()
            .and_then(|at| mappable_item(&value, at)))
    }

    /// How many copies of a task have left a value.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`].
    pub async fn count(&self, of: &GetXComCount) -> Result<u64, ApiError> {
        let count = self.store.xcom_count(&run_key(of), &of.task_id, &of.key).await;
        count.map_err(|error| unavailable(&error))
    }

    /// Those values, in the order of their indexes: the places of them that are wanted.
    ///
    /// # Errors
    /// [`ApiError::Unavailable`].
    pub async fn slice(&self, of: &GetXComCount, places: Range<u64>) -> Result<Vec<Value>, ApiError> {
        let (run, mut values) = (run_key(of), Vec::new());
        let mut start = places.start;
        while start < places.end {
            let wanted = (places.end - start).min(SLICE_MAX);
            let places = (start, wanted);
            let part = self.store.xcom_slice(&run, &of.task_id, &of.key, places);
            let part = part.await.map_err(|error| unavailable(&error))?;
            let is_last = (part.len() as u64) < wanted;
            values.extend(part);
            if is_last {
                break;
            }
            start += wanted;
        }
        Ok(values)
    }

    fn kept(&self, task: &TaskKey, key: &str) -> Option<Kept> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|kept| kept.task == *task && kept.key == key)
            .cloned()
    }

    fn keep(&self, task: TaskKey, key: String, set_at: Timestamp, value: Value) -> Arc<Value> {
        let value = Arc::new(value);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|old| old.task != task || old.key != key);
        kept.push_front(Kept {
            task,
            key,
            set_at,
            value: Arc::clone(&value),
        });
        kept.truncate(KEPT_MAX);
        value
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Values")
    }
}

fn run_key(of: &GetXComCount) -> RunKey {
    RunKey {
        dag_id: of.dag_id.clone(),
        run_id: of.run_id.clone(),
    }
}

fn unavailable(error: &StoreError) -> ApiError {
    ApiError::Unavailable(crate::error::chain(error))
}
