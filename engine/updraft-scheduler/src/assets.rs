//! Assets: what a success means for them, and who waits for that.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::{
    Asset, AssetRef, AttemptId, OutletEvent, RefEvent, TaskInstanceState, TaskKey, TaskSpec,
};
use updraft_protocol::message::{AliasReference, AssetEventReference, AssetReference, OutletEventResult};
use updraft_store::{AssetEventRow, AttemptVerdict, AttemptWrite, AttemptWriteKind, StoreError};

use crate::dispatcher::Scheduler;

impl Scheduler {
    /// The events that the end of an attempt is of outlets that its task names by references, if it succeeds.
    pub(crate) fn ref_events_of(
        &self,
        key: &TaskKey,
        state: Option<TaskInstanceState>,
        said: &[OutletEventResult],
    ) -> Vec<RefEvent> {
        let task = self.runs.of(key).and_then(|run| run.spec.task(&key.task_id));
        let Some(task) = task.filter(|_| state == Some(TaskInstanceState::Success)) else {
            return Vec::new();
        };
        let refs: BTreeSet<_> = task.outlet_refs.iter().collect();
        let event = |asset: &AssetRef| {
            let is_it = |event: &&OutletEventResult| {
                let key = &event.dest_asset_key;
                event.source_alias_name.is_none() && asset.means(&key.name, &key.uri)
            };
            RefEvent {
                asset: asset.clone(),
                extra: said
                    .iter()
                    .find(is_it)
                    .map(|event| event.extra.clone())
                    .unwrap_or_default(),
            }
        };
        refs.into_iter().map(event).collect()
    }

    /// The events that the end of an attempt is: one of each outlet of its task if that succeeds, with what the task says
    /// about it, and those of assets that it names by aliases among its outlets. What it says about others does not count.
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
        let Some(task) = task else {
            return Vec::new();
        };
        let (by_alias, said): (Vec<_>, Vec<_>) = said
            .into_iter()
            .partition(|event| event.source_alias_name.is_some());
        let mut said: BTreeMap<String, _> = said
            .into_iter()
            .map(|event| (event.dest_asset_key.uri, event.extra))
            .collect();
        let mut events: BTreeMap<&str, OutletEvent> = BTreeMap::new();
        for outlet in &task.outlets {
            events.entry(&outlet.uri).or_insert_with(|| OutletEvent {
                asset: outlet.clone(),
                extra: said.remove(&outlet.uri).unwrap_or_default(),
                aliases: BTreeSet::new(),
            });
        }
        let mut events: Vec<OutletEvent> = events.into_values().collect();
        events.extend(events_by_alias(task, by_alias));
        events
    }

    /// Tells the planner for which DAGs the events wait that were just written.
    pub(crate) async fn take_asset_events(
        &mut self,
        writes: &[AttemptWrite],
        verdicts: &[AttemptVerdict],
    ) -> Result<(), StoreError> {
        let has_events = |write: &AttemptWrite| {
            matches!(&write.kind, AttemptWriteKind::End { events, ref_events, .. }
                if !events.is_empty() || !ref_events.is_empty())
        };
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

/// What a task says of assets by aliases: one event of each asset for each thing that it says, whatever aliases it says it by.
/// Source: `TaskInstance.register_asset_changes_in_db` of Airflow 3.
fn events_by_alias(task: &TaskSpec, said: Vec<OutletEventResult>) -> Vec<OutletEvent> {
    let mut events: Vec<OutletEvent> = Vec::new();
    for told in said {
        let alias = told.source_alias_name.unwrap_or_default();
        let asset = Asset {
            extra: told.dest_asset_extra,
            ..Asset::new(told.dest_asset_key.name, told.dest_asset_key.uri)
        };
        let is_outlet = task.outlet_aliases.iter().any(|outlet| outlet.name == alias);
        if let Err(problem) = asset.check() {
            tracing::warn!(task = %task.task_id, alias, "an event is left out: {problem}");
        } else if !is_outlet {
            tracing::warn!(task = %task.task_id, alias, "an event is left out: the alias is no outlet of the task");
        } else if let Some(event) = events
            .iter_mut()
            .find(|event| event.asset.uri == asset.uri && event.extra == told.extra)
        {
            event.aliases.insert(alias);
        } else {
            events.push(OutletEvent {
                asset,
                extra: told.extra,
                aliases: BTreeSet::from([alias]),
            });
        }
    }
    events
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
        source_aliases: event
            .aliases
            .iter()
            .map(|name| AliasReference { name: name.clone() })
            .collect(),
        timestamp: event.at,
    }
}
