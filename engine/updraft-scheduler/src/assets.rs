//! Assets: what a success means for them, and who waits for that.

use std::collections::BTreeMap;

use updraft_model::{AttemptId, OutletEvent, TaskInstanceState, TaskKey};
use updraft_protocol::message::{AssetEventReference, AssetReference, OutletEventResult};
use updraft_store::{AssetEventRow, AttemptVerdict, AttemptWrite, AttemptWriteKind, StoreError};

use crate::dispatcher::Scheduler;

impl Scheduler {
    /// The events that the end of an attempt is: one of each outlet of its task if that succeeds, with what the task says
    /// about it. What it says about other assets does not count.
    pub(crate) fn events_of(
        &self,
        key: &TaskKey,
        state: Option<TaskInstanceState>,
        said: Vec<OutletEventResult>,
    ) -> Vec<OutletEvent> {
        if state != Some(TaskInstanceState::Success) {
            return Vec::new();
        }
        let task = self.runs.of(key).and_then(|run| run.spec.task(&key.task_id));
        let outlets = task.map_or(&[][..], |task| &task.outlets);
        let mut said: BTreeMap<String, _> = said
            .into_iter()
            .map(|event| (event.dest_asset_key.uri, event.extra))
            .collect();
        let mut events: BTreeMap<&str, OutletEvent> = BTreeMap::new();
        for outlet in outlets {
            events.entry(&outlet.uri).or_insert_with(|| OutletEvent {
                uri: outlet.uri.clone(),
                extra: said.remove(&outlet.uri).unwrap_or_default(),
            });
        }
        events.into_values().collect()
    }

    /// Tells the planner for which DAGs the events wait that were just written.
    pub(crate) async fn take_asset_events(
        &mut self,
        writes: &[AttemptWrite],
        verdicts: &[AttemptVerdict],
    ) -> Result<(), StoreError> {
        let has_events = |write: &AttemptWrite| matches!(&write.kind, AttemptWriteKind::End { events, .. } if !events.is_empty());
        let attempts: Vec<AttemptId> = writes
            .iter()
            .zip(verdicts)
            .filter(|(write, verdict)| has_events(write) && **verdict == AttemptVerdict::Accepted)
            .map(|(write, _)| write.attempt)
            .collect();
        if attempts.is_empty() {
            return Ok(());
        }
        for (dag_id, event) in self.store.queued_asset_events(&attempts).await? {
            self.planner.queue_asset_event(&dag_id, event);
        }
        Ok(())
    }
}

/// An event as tasks are told of it.
pub fn asset_event_reference(event: &AssetEventRow) -> AssetEventReference {
    let source = event.source.as_ref();
    AssetEventReference {
        asset: AssetReference {
            name: event.name.clone(),
            uri: event.uri.clone(),
            extra: event.asset_extra.clone(),
        },
        extra: event.extra.clone(),
        source_dag_id: source.map(|task| task.dag_id.clone()),
        source_task_id: source.map(|task| task.task_id.clone()),
        source_run_id: source.map(|task| task.run_id.clone()),
        source_map_index: source.map(|task| task.map_index),
        source_aliases: Vec::new(),
        timestamp: event.at,
    }
}
