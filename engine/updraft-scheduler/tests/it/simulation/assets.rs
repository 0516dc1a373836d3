//! Assets of the simulated database: their events, the queues, and what became of each event.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Map;
use updraft_model::{
    Asset, AssetEventId, AssetExpression, AttemptId, DagId, DagSpec, OutletEvent, QueuedAssetEvent, RunType,
    TaskKey,
};
use updraft_store::{AssetEventRow, Change, ConsumedAssets, StoredDag};

use super::database::Database;

/// The assets of the simulation: tasks of DAG `x` update them, DAG `y` waits for them.
pub(crate) const ASSETS: [&str; 2] = ["a", "b"];

/// The asset of that name.
pub(crate) fn asset(name: &str) -> Asset {
    Asset::new(name, format!("test://{name}"))
}

/// What there is beside the queues, which the DAGs have.
#[derive(Debug, Clone, Default)]
pub(crate) struct Assets {
    /// Those that a DAG has named.
    known: BTreeMap<String, Asset>,
    events: BTreeMap<AssetEventId, AssetEventRow>,
    /// The attempt that has caused an event.
    attempts: BTreeMap<AssetEventId, AttemptId>,
    /// What became of each event for each DAG that waited for its asset.
    fates: BTreeMap<(DagId, AssetEventId), Fate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Waits,
    Consumed,
    /// The DAG does not wait for the asset any more.
    Forgotten,
}

/// Whether a DAG waits for an asset.
fn waits_for(dag: &DagSpec, uri: &str) -> bool {
    let assets = dag
        .schedule
        .assets()
        .map_or_else(Vec::new, AssetExpression::assets);
    assets.iter().any(|asset| asset.uri == uri)
}

/// Whether the assets that a DAG waits for have been updated.
fn is_met(dag: &StoredDag) -> bool {
    let updated = dag.asset_queue.iter().collect();
    let assets = dag.spec.schedule.assets();
    assets.is_some_and(|assets| assets.is_met(&updated))
}

impl Database {
    /// A DAG names assets, and waits no more for those that it does not name.
    pub(crate) fn note_assets(&mut self, dag: &mut StoredDag) {
        for (_, asset) in dag.spec.assets() {
            self.assets.known.insert(asset.uri.clone(), asset.clone());
        }
        let gone = dag
            .asset_queue
            .extract_if(.., |event| !waits_for(&dag.spec, &event.uri));
        for event in gone {
            let fate = (dag.dag_id.clone(), event.event);
            self.assets.fates.insert(fate, Fate::Forgotten);
        }
    }

    /// An attempt succeeds: each of its task's outlets has been updated, once.
    pub(crate) fn update_outlets(
        &mut self,
        (key, attempt): (&TaskKey, AttemptId),
        events: &[OutletEvent],
        at: Timestamp,
    ) {
        let run = &self.runs[&key.run_key()];
        let task = run.spec.task(&key.task_id).expect("the run has the task");
        let mut outlets: Vec<&str> = task.outlets.iter().map(|asset| asset.uri.as_str()).collect();
        outlets.sort_unstable();
        let updated: Vec<&str> = events.iter().map(|event| event.asset.uri.as_str()).collect();
        assert_eq!(updated, outlets, "{key} succeeds");
        for event in events {
            self.happen(event, Some(key), at);
            let id = AssetEventId(self.assets.events.len() as i64);
            self.assets.attempts.insert(id, attempt);
        }
    }

    /// An asset is updated from outside. False if no DAG has ever named it.
    pub(crate) fn update_asset(&mut self, uri: &str, now: Timestamp) -> bool {
        let Some(asset) = self.assets.known.get(uri) else {
            return false;
        };
        let event = OutletEvent {
            asset: asset.clone(),
            extra: Map::new(),
            aliases: BTreeSet::new(),
        };
        for dag_id in self.happen(&event, None, now) {
            self.feed.insert(Change::Dag(dag_id));
        }
        true
    }

    /// Gives the DAGs that wait for it.
    fn happen(&mut self, event: &OutletEvent, source: Option<&TaskKey>, at: Timestamp) -> Vec<DagId> {
        let id = AssetEventId(self.assets.events.len() as i64 + 1);
        let asset = &self.assets.known[&event.asset.uri];
        let row = AssetEventRow {
            event: id,
            name: asset.name.clone(),
            uri: asset.uri.clone(),
            group: asset.group.clone(),
            asset_extra: asset.extra.clone(),
            extra: event.extra.clone(),
            at,
            source: source.cloned(),
            aliases: Vec::new(),
        };
        self.assets.events.insert(id, row);
        let data_interval = source.and_then(|task| self.runs[&task.run_key()].data_interval);
        let mut consumers = Vec::new();
        for dag in self
            .dags
            .values_mut()
            .filter(|dag| waits_for(&dag.spec, &event.asset.uri))
        {
            dag.asset_queue.push(QueuedAssetEvent {
                event: id,
                name: event.asset.name.clone(),
                uri: event.asset.uri.clone(),
                aliases: Vec::new(),
                counts: !dag.is_paused,
                at,
                data_interval,
            });
            self.assets.fates.insert((dag.dag_id.clone(), id), Fate::Waits);
            consumers.push(dag.dag_id.clone());
        }
        consumers
    }

    /// The events that attempts have caused and that wait for DAGs.
    pub(crate) fn queued_by(&self, attempts: &[AttemptId]) -> Vec<(DagId, QueuedAssetEvent)> {
        let is_theirs = |event: &&QueuedAssetEvent| {
            let attempt = self.assets.attempts.get(&event.event);
            attempt.is_some_and(|attempt| attempts.contains(attempt))
        };
        let of_dag = |dag: &StoredDag| {
            let theirs = dag.asset_queue.iter().filter(is_theirs);
            theirs
                .map(|event| (dag.dag_id.clone(), event.clone()))
                .collect::<Vec<_>>()
        };
        self.dags.values().flat_map(of_dag).collect()
    }

    /// A run consumes what waits for its DAG.
    pub(crate) fn consume(&mut self, consumed: &ConsumedAssets) -> Result<(), &'static str> {
        let (key, events) = (&consumed.key, &consumed.events);
        let dag = self.dags.get_mut(&key.dag_id).expect("the dag exists");
        let waiting: Vec<AssetEventId> = dag.asset_queue.iter().map(|event| event.event).collect();
        if !events.iter().all(|event| waiting.contains(event)) {
            return Err("asset events");
        }
        let rows = events.iter().map(|event| self.assets.events[event].clone());
        let rows: Vec<AssetEventRow> = rows.collect();
        let theirs = dag
            .asset_queue
            .iter()
            .filter(|event| events.contains(&event.event));
        let updated = theirs.collect();
        let run = self.runs.get_mut(key).expect("the plan makes the run");
        let assets = run.spec.schedule.assets().expect("the dag waits for assets");
        assert!(assets.is_met(&updated), "{key} comes too early");
        assert_eq!(run.run_type, RunType::AssetTriggered, "{key}");
        assert!(
            Some(consumed.logical_date) > dag.last_asset_date,
            "{key} comes later"
        );
        run.consumed = rows;
        dag.asset_queue.retain(|event| !events.contains(&event.event));
        dag.last_asset_date = Some(consumed.logical_date);
        for event in events {
            let fate = self
                .assets
                .fates
                .insert((key.dag_id.clone(), *event), Fate::Consumed);
            assert_eq!(fate, Some(Fate::Waits), "event {event} is consumed by {key}");
        }
        Ok(())
    }

    /// Every event that a DAG waited for is consumed by one run, or waits for a reason. `is_blocked` says for which DAGs no
    /// run can be made.
    pub(crate) fn check_assets(&self, is_blocked: impl Fn(&DagId) -> bool) {
        let mut consumed: BTreeMap<(DagId, AssetEventId), usize> = BTreeMap::new();
        for run in self.runs.values() {
            let is_by_assets = run.run_type == RunType::AssetTriggered;
            assert_eq!(
                is_by_assets,
                !run.consumed.is_empty(),
                "{} has its events",
                run.key
            );
            for event in &run.consumed {
                *consumed.entry((run.key.dag_id.clone(), event.event)).or_default() += 1;
            }
        }
        for (place, fate) in &self.assets.fates {
            let waits = self.dags[&place.0]
                .asset_queue
                .iter()
                .any(|event| event.event == place.1);
            let times = consumed.get(place).copied().unwrap_or(0);
            let expected = match fate {
                Fate::Waits => (true, 0),
                Fate::Consumed => (false, 1),
                Fate::Forgotten => (false, 0),
            };
            assert_eq!((waits, times), expected, "event {} for {}", place.1, place.0);
        }
        for dag in self.dags.values() {
            assert!(
                !is_met(dag) || is_blocked(&dag.dag_id),
                "{} has no run for its events",
                dag.dag_id
            );
        }
    }
}
