//! The asset events that wait for the next run of a DAG, and the run that they cause.
//!
//! The store decides which events wait for which DAG when it writes them; here they are only counted and, once the DAG's
//! schedule comes true, consumed all at once. So an event costs as much as it has consumers.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use updraft_model::{AssetEventId, AssetExpression, DataInterval, QueuedAssetEvent, UpdatedAssets};

use crate::DagSnapshot;
use crate::dag::Dag;

/// The least time between the logical dates of two runs of a DAG: the store keeps microseconds.
const DATES_APART: SignedDuration = SignedDuration::from_micros(1);

/// What waits for the next run of a DAG.
#[derive(Debug, Default)]
pub(crate) struct AssetQueue {
    events: BTreeMap<AssetEventId, QueuedAssetEvent>,
    /// The assets that were updated and count.
    updated: UpdatedAssets,
    /// The logical date of the newest run that assets have caused.
    last_date: Option<Timestamp>,
}

impl AssetQueue {
    /// What the store has.
    pub(crate) fn new(snapshot: &DagSnapshot) -> Self {
        let mut queue = Self {
            last_date: snapshot.last_asset_date,
            ..Self::default()
        };
        for event in &snapshot.asset_queue {
            queue.add(event.clone());
        }
        queue
    }

    pub(crate) fn add(&mut self, event: QueuedAssetEvent) {
        self.updated.note(&event);
        self.events.insert(event.event, event);
    }

    fn meets(&self, assets: &AssetExpression) -> bool {
        !self.updated.uris.is_empty() && assets.is_met(&self.updated)
    }
}

impl Dag {
    /// Whether the assets that its schedule waits for have been updated.
    pub(crate) fn assets_are_updated(&self) -> bool {
        self.definition.as_ref().is_some_and(|definition| {
            let assets = definition.dag.spec().schedule.assets();
            assets.is_some_and(|assets| definition.asset_queue.meets(assets))
        })
    }

    /// Takes everything out of the queue for a run: its logical date, the data it is about and the events.
    ///
    /// The date is that of the newest event, as in Airflow 2.11, or a little later if a run has it already.
    pub(crate) fn take_asset_events(&mut self) -> Option<(Timestamp, DataInterval, Vec<AssetEventId>)> {
        let queue = &mut self.definition.as_mut()?.asset_queue;
        let events = std::mem::take(&mut queue.events);
        queue.updated = UpdatedAssets::default();
        let interval = QueuedAssetEvent::data_interval_of(events.values())?;
        let newest = events.values().map(|event| event.at).max()?;
        let after_last = queue.last_date.and_then(later);
        let mut date = after_last.map_or(newest, |after_last| newest.max(after_last));
        let taken: BTreeSet<Timestamp> = self.runs.values().map(|run| run.order_date).collect();
        while taken.contains(&date) {
            date = later(date)?;
        }
        queue.last_date = Some(date);
        Some((date, interval, events.into_keys().collect()))
    }
}

fn later(date: Timestamp) -> Option<Timestamp> {
    date.checked_add(DATES_APART).ok()
}
