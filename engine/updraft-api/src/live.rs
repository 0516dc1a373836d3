//! What happens, for pages that follow it: invalidations with numbers that only grow, the newest of which are kept.
//!
//! Nothing runs while nobody follows. Each that follows waits a moment and then looks, unless another has just looked: so the
//! database is asked once for all of them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use updraft_model::{DagId, RunKey, TaskInstanceState};
use updraft_store::{LivePicture, LiveTasks, Store, StoreError};

/// How long one waits between two looks.
pub(crate) const EVERY: Duration = Duration::from_millis(200);
/// So many of the newest events are kept.
const KEPT: usize = 4096;
/// So many tasks are looked at.
const TASKS_MAX: u32 = 20_000;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) id: i64,
    pub(crate) name: &'static str,
    /// The DAG that it is about: who may not read that is not told.
    pub(crate) dag: Option<DagId>,
    pub(crate) data: Value,
}

/// What was seen, and what has come of it.
#[derive(Debug, Default)]
pub(crate) struct Live {
    /// What the last look saw and when that was; locked while one looks, so that others wait for it instead of looking too.
    seen: tokio::sync::Mutex<Option<(Timestamp, LivePicture)>>,
    /// The newest events, in order. Written by whoever has looked; the lock is held for look-ups only.
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    events: VecDeque<Event>,
    /// The number of the newest event there ever was.
    last: i64,
}

impl Live {
    /// The number of the newest event.
    pub(crate) fn last(&self) -> i64 {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner).last
    }

    /// The events after that one; `None` if some of them are not kept any more, or were another process's.
    pub(crate) fn since(&self, id: i64) -> Option<Vec<Event>> {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if id > ring.last || id < ring.last - i64::try_from(ring.events.len()).unwrap_or(0) {
            return None;
        }
        Some(
            ring.events
                .iter()
                .filter(|event| event.id > id)
                .cloned()
                .collect(),
        )
    }

    /// Looks at what is going on, unless somebody has just looked.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn look(&self, store: &Store, now: Timestamp) -> Result<(), StoreError> {
        let mut seen = self.seen.lock().await;
        let pause = SignedDuration::try_from(EVERY).unwrap_or_default() * 3 / 4;
        let is_recent = |(at, _): &(Timestamp, LivePicture)| now >= *at && now.duration_since(*at) < pause;
        if seen.as_ref().is_some_and(is_recent) {
            return Ok(());
        }
        let picture = store.live_picture(TASKS_MAX).await?;
        let mut told = Vec::new();
        match &*seen {
            Some((_, before)) => {
                told = differences(before, &picture);
                for (name, dag, data) in &mut told {
                    // A run that is not among those any more has ended, or was deleted.
                    if let (&mut "run", Some(dag_id), Value::Null) = (name, &*dag, &data["state"]) {
                        let run_id = data["run_id"].as_str().and_then(|id| id.parse().ok());
                        let key = run_id.map(|run_id| RunKey {
                            dag_id: dag_id.clone(),
                            run_id,
                        });
                        let run = match &key {
                            Some(key) => store.run(key).await?,
                            None => None,
                        };
                        data["state"] = run.map(|run| run.state.as_str()).into();
                    }
                }
            }
            // Numbers go on where an earlier process cannot have come to.
            None => self.ring.lock().unwrap_or_else(PoisonError::into_inner).last = now.as_microsecond(),
        }
        *seen = Some((now, picture));
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, dag, data) in told {
            ring.last += 1;
            let id = ring.last;
            ring.events.push_back(Event { id, name, dag, data });
            if ring.events.len() > KEPT {
                ring.events.pop_front();
            }
        }
        Ok(())
    }
}

/// An event without its number.
type Told = (&'static str, Option<DagId>, Value);

/// What has happened between two looks. The state of a run that is not among the unfinished ones any more is null.
fn differences(before: &LivePicture, after: &LivePicture) -> Vec<Told> {
    let mut told: Vec<Told> = Vec::new();
    for dag_id in changed(&before.dags, &after.dags) {
        told.push(("dag", Some(dag_id.clone()), json!({ "dag_id": dag_id.as_str() })));
    }
    let nothing = LiveTasks::new();
    for key in changed(&before.runs, &after.runs) {
        let state = after.runs.get(key).map(|state| state.as_str());
        let data = json!({ "dag_id": key.dag_id.as_str(), "run_id": key.run_id.as_str(), "state": state });
        told.push(("run", Some(key.dag_id.clone()), data));
    }
    for (key, tasks) in &after.tasks {
        let known = before.tasks.get(key).unwrap_or(&nothing);
        let cells = changed(known, tasks).into_iter();
        let cells: Vec<Value> = cells
            .filter_map(|task| {
                let state = tasks.get(task)?.map(TaskInstanceState::as_str);
                Some(json!([task.0, task.1, state]))
            })
            .collect();
        if !cells.is_empty() {
            let data =
                json!({ "dag_id": key.dag_id.as_str(), "run_id": key.run_id.as_str(), "cells": cells });
            told.push(("grid", Some(key.dag_id.clone()), data));
        }
    }
    if before.import_errors != after.import_errors {
        told.push(("import_error", None, json!({})));
    }
    if before.pools != after.pools {
        told.push(("pool", None, json!({})));
    }
    told
}

/// The keys whose values differ, of either map.
fn changed<'m, K: Ord, V: PartialEq>(before: &'m BTreeMap<K, V>, after: &'m BTreeMap<K, V>) -> Vec<&'m K> {
    let new = after.iter().filter(|(key, value)| before.get(key) != Some(value));
    let gone = before.keys().filter(|key| !after.contains_key(key));
    new.map(|(key, _)| key).chain(gone).collect()
}
