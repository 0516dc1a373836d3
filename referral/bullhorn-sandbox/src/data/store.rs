//! All records: the generated ones, what was written above them, and what the index has heard of it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::Arc;

use serde_json::Map;

use super::base::{Base, second_of};
use super::journal::{ChangeKind, Journal, Line, StateFileError};
use super::overlay::{Overlay, Patch};
use super::view::View;
use crate::entities::{Entity, Value};
use crate::events::{EventKind, RecordEvent, Subscriptions};
use crate::population::PopulationOptions;

/// One write to one record.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) entity: Entity,
    pub(crate) id: u32,
    pub(crate) kind: ChangeKind,
    /// New values by field index.
    pub(crate) values: Vec<(u16, Value<'static>)>,
    /// Whether `dateLastModified` moves.
    pub(crate) bump: bool,
}

/// A written record that the index has not taken in yet.
#[derive(Debug)]
struct Unindexed {
    written_ms: i64,
    entity: Entity,
    id: u32,
    patch: Arc<Patch>,
}

/// The records of the sandbox.
#[derive(Debug)]
pub(crate) struct Store {
    base: Arc<Base>,
    /// What is written.
    database: Overlay,
    /// What `/search` sees of it.
    index: Overlay,
    /// In the order of writing.
    unindexed: VecDeque<Unindexed>,
    journal: Option<Journal>,
    /// Who wants to hear of writes.
    pub(crate) subscriptions: Subscriptions,
}

impl Store {
    /// Records without any write.
    pub(crate) fn new(base: Arc<Base>) -> Self {
        Self {
            base,
            database: Overlay::new(),
            index: Overlay::new(),
            unindexed: VecDeque::new(),
            journal: None,
            subscriptions: Subscriptions::default(),
        }
    }

    /// Takes up the writes of an earlier run and keeps the coming ones in the same file. Returns how far the
    /// administrator had moved the clock, in milliseconds.
    pub(crate) fn keep_in(
        &mut self,
        path: &Path,
        options: &PopulationOptions,
    ) -> Result<i64, StateFileError> {
        let (journal, lines) = Journal::open(path, options)?;
        let mut clock_offset_ms = 0;
        for line in lines {
            match line {
                Line::Change {
                    at_ms,
                    entity,
                    id,
                    kind,
                    bump,
                    set,
                } => {
                    let Some(entity) = Entity::parse(&entity) else {
                        continue;
                    };
                    let values = self.parse_values(entity, id, &set);
                    self.apply(
                        &Change {
                            entity,
                            id,
                            kind,
                            values,
                            bump,
                        },
                        at_ms,
                    );
                }
                Line::Clock { offset_ms } => clock_offset_ms = offset_ms,
                Line::Population { .. } => {}
            }
        }
        self.journal = Some(journal);
        Ok(clock_offset_ms)
    }

    fn parse_values(
        &self,
        entity: Entity,
        id: u32,
        set: &Map<String, serde_json::Value>,
    ) -> Vec<(u16, Value<'static>)> {
        let row = self.database().row(entity, id);
        set.iter()
            .filter_map(|(name, json)| {
                let field = entity.schema().field(name)?;
                let current = row.as_ref().map_or(Value::Null, |row| row.value(field));
                Some((field.index, field.parse(json, &current).ok()?))
            })
            .collect()
    }

    /// The generated records.
    pub(crate) fn base(&self) -> &Arc<Base> {
        &self.base
    }

    /// The database as it is now.
    pub(crate) fn database(&self) -> View<'_> {
        View {
            base: &self.base,
            overlay: &self.database,
        }
    }

    /// What the index knows: see [`Store::index_until`].
    pub(crate) fn index(&self) -> View<'_> {
        View {
            base: &self.base,
            overlay: &self.index,
        }
    }

    /// Whether a write from before this instant still waits for the index.
    pub(crate) fn index_is_behind(&self, until_ms: i64) -> bool {
        self.unindexed
            .front()
            .is_some_and(|write| write.written_ms <= until_ms)
    }

    /// Lets the index take in what was written up to this instant.
    pub(crate) fn index_until(&mut self, until_ms: i64) {
        while let Some(write) = self.unindexed.pop_front_if(|write| write.written_ms <= until_ms) {
            self.index.put(write.entity, write.id, write.patch);
        }
    }

    /// Writes that the index has not seen.
    pub(crate) fn unindexed(&self) -> usize {
        self.unindexed.len()
    }

    /// The id that the next new record gets.
    pub(crate) fn next_id(&self, entity: Entity) -> u32 {
        let generated = self.base.ids(entity, 0..=u32::MAX).last().copied().unwrap_or(0);
        generated
            .max(self.database.of(entity).last_id())
            .saturating_add(1)
    }

    /// Writes changes: to the state file first, then to the records, then to whoever subscribed.
    ///
    /// # Errors
    /// When the state file cannot be written; nothing is changed then.
    pub(crate) fn commit(&mut self, changes: &[Change], now_ms: i64) -> io::Result<()> {
        if let Some(journal) = &mut self.journal {
            let lines: Vec<Line> = changes.iter().map(|change| line_of(change, now_ms)).collect();
            journal.append(&lines)?;
        }
        for change in changes {
            self.apply(change, now_ms);
            self.subscriptions.publish(&event_of(change), now_ms);
        }
        Ok(())
    }

    /// Remembers how far the administrator moved the clock.
    pub(crate) fn keep_clock(&mut self, offset_ms: i64) -> io::Result<()> {
        match &mut self.journal {
            Some(journal) => journal.append(&[Line::Clock { offset_ms }]),
            None => Ok(()),
        }
    }

    fn apply(&mut self, change: &Change, at_ms: i64) {
        let Change { entity, id, kind, .. } = *change;
        let schema = entity.schema();
        let mut patch = match self.database.of(entity).get(id) {
            Some(patch) => patch.as_ref().clone(),
            None => self.fresh_patch(entity, id),
        };
        patch.values.extend(change.values.iter().cloned());
        let mut set_unless_written = |name: &str, value: Value<'static>| {
            if let Some(field) = schema.field(name)
                && !change.values.iter().any(|(index, _)| *index == field.index)
            {
                patch.values.insert(field.index, value);
            }
        };
        match kind {
            ChangeKind::Insert => {
                set_unless_written("dateAdded", Value::Int(at_ms));
                set_unless_written("isDeleted", Value::Bool(false));
            }
            ChangeKind::Delete if schema.has_soft_delete() => {
                set_unless_written("isDeleted", Value::Bool(true));
            }
            ChangeKind::Update | ChangeKind::Delete | ChangeKind::Erase => {}
        }
        if change.bump {
            set_unless_written("dateLastModified", Value::Int(at_ms));
        }
        let modified = schema
            .field("dateLastModified")
            .and_then(|field| patch.values.get(&field.index));
        if let Some(Value::Int(modified_ms)) = modified {
            patch.modified_s = second_of(*modified_ms);
        }
        patch.erased = match kind {
            ChangeKind::Insert | ChangeKind::Update => false,
            ChangeKind::Delete => !schema.has_soft_delete(),
            ChangeKind::Erase => true,
        };
        let patch = Arc::new(patch);
        self.database.put(entity, id, Arc::clone(&patch));
        self.unindexed.push_back(Unindexed {
            written_ms: at_ms,
            entity,
            id,
            patch,
        });
    }

    fn fresh_patch(&self, entity: Entity, id: u32) -> Patch {
        let generated_s = self
            .base
            .contains(entity, id)
            .then(|| self.base.modified_s(entity, id));
        Patch {
            values: BTreeMap::new(),
            modified_s: generated_s.unwrap_or_default(),
            generated_s,
            erased: false,
        }
    }
}

fn line_of(change: &Change, at_ms: i64) -> Line {
    let schema = change.entity.schema();
    let set = change
        .values
        .iter()
        .filter_map(|(index, value)| Some((schema.at(*index)?.name.to_string(), value.to_json())))
        .collect();
    Line::Change {
        at_ms,
        entity: change.entity.name().to_owned(),
        id: change.id,
        kind: change.kind,
        bump: change.bump,
        set,
    }
}

fn event_of(change: &Change) -> RecordEvent {
    let schema = change.entity.schema();
    let kind = match change.kind {
        ChangeKind::Insert => EventKind::Inserted,
        ChangeKind::Update => EventKind::Updated,
        ChangeKind::Delete | ChangeKind::Erase => EventKind::Deleted,
    };
    let updated = change
        .values
        .iter()
        .filter_map(|(index, _)| schema.at(*index))
        .map(|field| field.name.to_string());
    RecordEvent {
        entity: change.entity,
        id: change.id,
        kind,
        updated: updated.collect(),
    }
}
