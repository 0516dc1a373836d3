//! What clients and the administrator changed: patches that lie above the generated records.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use super::id_set::IdSet;
use crate::entities::{Entity, Value};

/// Everything written to one record so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patch {
    /// Written values by field index.
    pub(crate) values: BTreeMap<u16, Value<'static>>,
    /// `dateLastModified` in effect, in whole seconds: the resolution of the index.
    pub(crate) modified_s: u32,
    /// The same of the generated record below; none when the record was inserted.
    pub(crate) generated_s: Option<u32>,
    /// No longer in the database at all.
    pub(crate) erased: bool,
}

/// The patches of one entity, ordered as searches read them.
#[derive(Debug, Default)]
pub(crate) struct EntityOverlay {
    patches: BTreeMap<u32, Arc<Patch>>,
    /// `(modified_s, id)` of every patch that is not erased.
    by_modified: BTreeSet<(u32, u32)>,
    /// Ids of generated records that a patch hides.
    hidden: IdSet,
}

impl EntityOverlay {
    /// The patch of a record.
    pub(crate) fn get(&self, id: u32) -> Option<&Arc<Patch>> {
        self.patches.get(&id)
    }

    /// Whether a patch replaces the generated record.
    pub(crate) fn hides(&self, id: u32) -> bool {
        self.hidden.contains(id)
    }

    /// All patches by id.
    pub(crate) fn patches(
        &self,
        ids: RangeInclusive<u32>,
    ) -> impl DoubleEndedIterator<Item = (u32, &Arc<Patch>)> {
        // `range` panics on an inverted range.
        let range = (!ids.is_empty()).then(|| self.patches.range(ids));
        range.into_iter().flatten().map(|(id, patch)| (*id, patch))
    }

    /// `(modified_s, id)` of the records that are not erased, by time.
    pub(crate) fn modified(
        &self,
        seconds: RangeInclusive<u32>,
    ) -> impl DoubleEndedIterator<Item = (u32, u32)> {
        let range = (!seconds.is_empty()).then(|| {
            self.by_modified
                .range((*seconds.start(), 0)..=(*seconds.end(), u32::MAX))
        });
        range.into_iter().flatten().copied()
    }

    /// The greatest id.
    pub(crate) fn last_id(&self) -> u32 {
        self.patches.last_key_value().map_or(0, |(id, _)| *id)
    }

    fn put(&mut self, id: u32, patch: Arc<Patch>) {
        if patch.generated_s.is_some() {
            self.hidden.insert(id);
        }
        if !patch.erased {
            self.by_modified.insert((patch.modified_s, id));
        }
        let modified_s = patch.modified_s;
        let erased = patch.erased;
        if let Some(previous) = self.patches.insert(id, patch)
            && (erased || previous.modified_s != modified_s)
        {
            self.by_modified.remove(&(previous.modified_s, id));
        }
    }
}

/// The patches of all entities.
#[derive(Debug)]
pub(crate) struct Overlay {
    tables: Vec<EntityOverlay>,
}

impl Overlay {
    /// No patches.
    pub(crate) fn new() -> Self {
        Self {
            tables: Entity::ALL.iter().map(|_| EntityOverlay::default()).collect(),
        }
    }

    /// The patches of one entity.
    pub(crate) fn of(&self, entity: Entity) -> &EntityOverlay {
        self.tables
            .get(entity as usize)
            .expect("one table for each entity")
    }

    /// Sets the patch of a record.
    pub(crate) fn put(&mut self, entity: Entity, id: u32, patch: Arc<Patch>) {
        self.tables
            .get_mut(entity as usize)
            .expect("one table for each entity")
            .put(id, patch);
    }
}
