//! One consistent sight of all records: generated ones below, patches above. A row makes its record only when asked for
//! a field that needs it.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::base::{Base, Record};
use super::overlay::{Overlay, Patch};
use crate::entities::{Entity, Field, Kind, Source, Value};
use crate::population::RecordStamp;
use crate::population::record::ToMany;

/// The database, or what the index knows of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'d> {
    pub(crate) base: &'d Base,
    pub(crate) overlay: &'d Overlay,
}

impl<'d> View<'d> {
    /// The record with this id; softly deleted ones included.
    pub(crate) fn row(self, entity: Entity, id: u32) -> Option<Row<'d>> {
        let patch = self.overlay.of(entity).get(id).map(AsRef::as_ref);
        let exists = match patch {
            Some(patch) => !patch.erased,
            None => self.base.contains(entity, id),
        };
        exists.then(|| Row {
            view: self,
            entity,
            id,
            patch,
            stamp: OnceCell::new(),
            light: OnceCell::new(),
            full: OnceCell::new(),
            wants_full: false,
        })
    }

    /// Members of a to-many that is the other end of a to-one: records of `child` whose field `by` is `id`.
    fn children(self, child: Entity, by: &str, id: u32) -> Vec<u32> {
        let Some(field) = child.schema().field(by) else {
            return Vec::new();
        };
        let overlay = self.overlay.of(child);
        let generated = self.base.children(child, field);
        let mut ids: Vec<u32> = generated
            .get(&id)
            .into_iter()
            .flatten()
            .copied()
            .filter(|child_id| !overlay.hides(*child_id))
            .collect();
        let patched = overlay
            .patches(0..=u32::MAX)
            .filter(|(child_id, _)| {
                self.row(child, *child_id)
                    .is_some_and(|row| row.value(field) == Value::One(id))
            })
            .map(|(child_id, _)| child_id);
        ids.extend(patched);
        ids
    }
}

/// One record, seen through a [`View`].
#[derive(Debug)]
pub(crate) struct Row<'d> {
    view: View<'d>,
    entity: Entity,
    id: u32,
    patch: Option<&'d Patch>,
    stamp: OnceCell<Option<RecordStamp>>,
    light: OnceCell<Option<Record<'d>>>,
    full: OnceCell<Option<Record<'d>>>,
    wants_full: bool,
}

impl<'d> Row<'d> {
    /// Tells that heavy fields will be read, so that the record is made once, with them.
    pub(crate) fn with_heavy_fields(mut self, heavy: bool) -> Self {
        self.wants_full = heavy;
        self
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn entity(&self) -> Entity {
        self.entity
    }

    pub(crate) fn view(&self) -> View<'d> {
        self.view
    }

    /// Whether the record is softly deleted.
    pub(crate) fn is_deleted(&self) -> bool {
        self.flag("isDeleted")
    }

    /// Whether a Boolean field is true.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.entity
            .schema()
            .field(name)
            .is_some_and(|field| self.value(field) == Value::Bool(true))
    }

    /// The value of a field of this row's entity.
    pub(crate) fn value(&self, field: &Field) -> Value<'_> {
        if let Some(written) = self.patch.and_then(|patch| patch.values.get(&field.index)) {
            return written.borrowed();
        }
        match field.source {
            Source::Key => Value::Int(i64::from(self.id)),
            Source::Confidential => Value::Confidential,
            Source::Constant(make) => make(),
            Source::Nothing => nothing(field.kind),
            Source::Reverse(by) => match field.kind {
                Kind::ToMany(child) => {
                    Value::Many(Cow::Owned(ToMany::of(self.view.children(child, by, self.id))))
                }
                _ => nothing(field.kind),
            },
            Source::Stamp(read) => self.stamp().map_or_else(|| nothing(field.kind), read),
            source => self
                .generated(source, field)
                .unwrap_or_else(|| nothing(field.kind)),
        }
    }

    fn generated(&self, source: Source, field: &Field) -> Option<Value<'_>> {
        let value = match (source, self.record(field.heavy)?) {
            (Source::Candidate(read), Record::Candidate(record)) => read(record),
            (Source::Position(read), Record::Position(record)) => read(record),
            (Source::Company(read), Record::Company(record)) => read(record),
            (Source::Contact(read), Record::Contact(record)) => read(record),
            (Source::WorkHistory(read), Record::WorkHistory(record)) => read(record),
            (Source::Education(read), Record::Education(record)) => read(record),
            (Source::User(read), Record::User(record)) => read(record),
            (Source::Skill(read), Record::Skill(record)) => read(record),
            (Source::Category(read), Record::Category(record)) => read(record),
            (Source::Specialty(read), Record::Specialty(record)) => read(record),
            (Source::BusinessSector(read), Record::BusinessSector(record)) => read(record),
            (Source::Country(read), Record::Country(record)) => read(record),
            _ => return None,
        };
        Some(value)
    }

    /// Whether there is nothing below the patch.
    fn is_inserted(&self) -> bool {
        self.patch.is_some_and(|patch| patch.generated_s.is_none())
    }

    fn stamp(&self) -> Option<&RecordStamp> {
        if self.is_inserted() {
            return None;
        }
        self.stamp
            .get_or_init(|| self.view.base.stamp(self.entity, self.id))
            .as_ref()
    }

    fn record(&self, heavy: bool) -> Option<&Record<'d>> {
        if self.is_inserted() {
            return None;
        }
        let (cell, full) = if heavy || self.wants_full {
            (&self.full, true)
        } else {
            (&self.light, false)
        };
        cell.get_or_init(|| self.view.base.record(self.entity, self.id, full))
            .as_ref()
    }
}

/// What a field without a value holds.
fn nothing(kind: Kind) -> Value<'static> {
    match kind {
        Kind::ToMany(_) => Value::Many(Cow::Owned(ToMany::default())),
        _ => Value::Null,
    }
}
