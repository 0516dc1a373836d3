//! Changes from outside the REST interface: what the world does to a Bullhorn between two runs of a sync.
//!
//! Which records are touched follows from the seed and the present state, so a test can repeat itself.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io;

use jiff::Timestamp;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde::{Deserialize, Serialize};

use crate::data::{Change, ChangeKind, Row, Store, View};
use crate::entities::{Entity, Field, Kind, Source, Value};
use crate::lock::SharedExt;
use crate::population::record::ToMany;
use crate::shared::Shared;

/// How many records suffer what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Amounts {
    pub(crate) change: u32,
    pub(crate) delete: u32,
    pub(crate) anonymise: u32,
}

/// The records that were touched, each in one list only, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Mutated {
    pub(crate) changed: Vec<u32>,
    pub(crate) deleted: Vec<u32>,
    pub(crate) anonymised: Vec<u32>,
}

/// Fields that become asterisks when a person is erased.
const NAMES: [&str; 6] = [
    "firstName",
    "lastName",
    "middleName",
    "name",
    "nickName",
    "companyName",
];

/// What an anonymised record keeps: when it was made, where it stands, whose it is.
const KEPT: [&str; 8] = [
    "dateAdded",
    "status",
    "owner",
    "isDeleted",
    "isEditable",
    "type",
    "category",
    "isAnonymized",
];

/// What people in the sandbox were busy with lately; a changed resume or job says so.
const NEWS: [&str; 8] = [
    "took over the planning of a second site",
    "introduced a new way of handing work over between shifts",
    "led the move to a new system without a day of downtime",
    "trained three new colleagues",
    "cut the time from request to delivery by a third",
    "now also answers for the budget",
    "built up a small team from scratch",
    "won an internal award for the quality of the work",
];

/// Tells why records of this entity cannot suffer this.
pub(crate) fn objection(entity: Entity, amounts: Amounts) -> Option<&'static str> {
    if !matches!(entity, Entity::Candidate | Entity::JobOrder) {
        Some("only Candidate and JobOrder records can be mutated")
    } else if amounts.anonymise > 0 && entity != Entity::Candidate {
        Some("only Candidate records can be anonymised")
    } else {
        None
    }
}

/// Changes, deletes and anonymises live records.
pub(crate) fn mutate(shared: &Shared, entity: Entity, amounts: Amounts, seed: u64) -> io::Result<Mutated> {
    let now = shared.clock.now();
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let mut store = shared.store.writing();
    let mut picker = Picker {
        entity,
        taken: HashSet::new(),
    };
    let changed = picker.pick(store.database(), amounts.change, &mut random);
    let deleted = picker.pick(store.database(), amounts.delete, &mut random);
    let anonymised = picker.pick(store.database(), amounts.anonymise, &mut random);
    let mut changes = Vec::new();
    for id in &changed {
        let values = row(&store, entity, *id)
            .map(|row| news(&row, now, &mut random))
            .unwrap_or_default();
        changes.push(Change {
            entity,
            id: *id,
            kind: ChangeKind::Update,
            values,
            bump: true,
        });
    }
    let delete = |id: &u32| Change {
        entity,
        id: *id,
        kind: ChangeKind::Delete,
        values: Vec::new(),
        bump: true,
    };
    changes.extend(deleted.iter().map(delete));
    for id in &anonymised {
        let values = row(&store, entity, *id)
            .map(|row| asterisks(&row))
            .unwrap_or_default();
        changes.push(Change {
            entity,
            id: *id,
            kind: ChangeKind::Update,
            values,
            bump: true,
        });
    }
    store.commit(&changes, now.as_millisecond())?;
    Ok(Mutated {
        changed,
        deleted,
        anonymised,
    })
}

/// Gives records the same new `dateLastModified` and nothing else.
pub(crate) fn touch(shared: &Shared, entity: Entity, count: u32, seed: u64) -> io::Result<Vec<u32>> {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let mut store = shared.store.writing();
    let ids = Picker {
        entity,
        taken: HashSet::new(),
    }
    .pick(store.database(), count, &mut random);
    let touch = |id: &u32| Change {
        entity,
        id: *id,
        kind: ChangeKind::Update,
        values: Vec::new(),
        bump: true,
    };
    let changes: Vec<Change> = ids.iter().map(touch).collect();
    store.commit(&changes, shared.clock.now_ms())?;
    Ok(ids)
}

/// Adds records that are put together from those that exist: the names of two, all else of a third.
pub(crate) fn insert(shared: &Shared, entity: Entity, count: u32, seed: u64) -> io::Result<Vec<u32>> {
    let mut random = ChaCha12Rng::seed_from_u64(seed);
    let mut store = shared.store.writing();
    let mut ids = Vec::new();
    let mut changes = Vec::new();
    for id in (store.next_id(entity)..).take(count as usize) {
        let mut parent = || {
            Picker {
                entity,
                taken: HashSet::new(),
            }
            .pick(store.database(), 1, &mut random)
            .first()
            .copied()
        };
        let [Some(model), Some(first), Some(last)] = [parent(), parent(), parent()] else {
            break;
        };
        let values = child(&store, entity, id, [model, first, last]);
        changes.push(Change {
            entity,
            id,
            kind: ChangeKind::Insert,
            values,
            bump: true,
        });
        ids.push(id);
    }
    store.commit(&changes, shared.clock.now_ms())?;
    Ok(ids)
}

fn row(store: &Store, entity: Entity, id: u32) -> Option<Row<'_>> {
    store
        .database()
        .row(entity, id)
        .map(|row| row.with_heavy_fields(true))
}

/// Draws records, none twice.
struct Picker {
    entity: Entity,
    taken: HashSet<u32>,
}

impl Picker {
    /// Live records: neither deleted nor anonymised. Fewer when there are not enough.
    fn pick(&mut self, view: View<'_>, count: u32, random: &mut ChaCha12Rng) -> Vec<u32> {
        let ids = view.base.ids(self.entity, 0..=u32::MAX);
        let mut picked = Vec::new();
        let mut tries = u64::from(count) * 50 + 200;
        while picked.len() < count as usize && tries > 0 && !ids.is_empty() {
            tries -= 1;
            let id = ids.get(random.random_range(0..ids.len())).copied();
            picked.extend(id.filter(|id| self.take(view, *id)));
        }
        for id in ids {
            if picked.len() >= count as usize {
                break;
            }
            if self.take(view, *id) {
                picked.push(*id);
            }
        }
        picked.sort_unstable();
        picked
    }

    fn take(&mut self, view: View<'_>, id: u32) -> bool {
        let is_live = view
            .row(self.entity, id)
            .is_some_and(|row| !row.is_deleted() && !row.flag("isAnonymized"));
        is_live && self.taken.insert(id)
    }
}

/// Something new in the texts, a little more money, another phone number.
fn news(row: &Row<'_>, now: Timestamp, random: &mut ChaCha12Rng) -> Vec<(u16, Value<'static>)> {
    let schema = row.entity().schema();
    let mut values = Vec::new();
    let mut set = |name: &str, change: &mut dyn FnMut(Value<'_>) -> Option<Value<'static>>| {
        if let Some(field) = schema.field(name)
            && let Some(value) = change(row.value(field))
        {
            values.push((field.index, value));
        }
    };
    let what = NEWS
        .get(random.random_range(0..NEWS.len()))
        .copied()
        .unwrap_or_default();
    let day = now.strftime("%Y-%m-%d");
    let paragraph = format!("<p>Update of {day} (no. {}): {what}.</p>", row.id());
    set("description", &mut |old| {
        Some(Value::Text(Cow::Owned(with_paragraph(&old, &paragraph))))
    });
    set("salary", &mut |old| match old {
        Value::Int(salary) if salary > 0 => Some(Value::Int(salary + 1_000)),
        Value::Decimal(salary) if salary > 0.0 => Some(Value::Decimal(salary + 1_000.0)),
        _ => None,
    });
    let number: u32 = random.random_range(0..10_000);
    set("mobile", &mut |_| {
        Some(Value::Text(Cow::Owned(format!("+1 555 014 {number:04}"))))
    });
    set("numOpenings", &mut |old| match old {
        Value::Int(openings) => Some(Value::Int(openings + 1)),
        _ => None,
    });
    values
}

/// The text with one more paragraph, inside its body where it has one.
fn with_paragraph(old: &Value<'_>, paragraph: &str) -> String {
    let Value::Text(html) = old else {
        return paragraph.to_owned();
    };
    match html.rfind("</body>").or_else(|| html.rfind("</BODY>")) {
        Some(at) => {
            let (before, after) = html.split_at(at);
            format!("{before}{paragraph}{after}")
        }
        None => format!("{html}{paragraph}"),
    }
}

/// What an erased person leaves behind.
fn asterisks(row: &Row<'_>) -> Vec<(u16, Value<'static>)> {
    let is_personal = |field: &&Field| {
        !matches!(
            field.source,
            Source::Nothing | Source::Reverse(_) | Source::Confidential
        ) && !field.read_only
            && !KEPT.contains(&field.name.as_ref())
    };
    let schema = row.entity().schema();
    let erased = schema.fields.iter().filter(is_personal).map(|field| {
        let value = if NAMES.contains(&field.name.as_ref()) {
            Value::Text(Cow::Borrowed("*****"))
        } else {
            match field.kind {
                Kind::ToMany(_) => Value::Many(Cow::Owned(ToMany::default())),
                _ => Value::Null,
            }
        };
        (field.index, value)
    });
    let mark = schema
        .field("isAnonymized")
        .map(|field| (field.index, Value::Bool(true)));
    erased.chain(mark).collect()
}

fn child(store: &Store, entity: Entity, id: u32, parents: [u32; 3]) -> Vec<(u16, Value<'static>)> {
    let [model, first, last] = parents.map(|parent| row(store, entity, parent));
    let Some(model) = model else {
        return Vec::new();
    };
    let fields = entity.schema().fields.iter().filter(|field| {
        !field.read_only
            && !matches!(
                field.source,
                Source::Nothing | Source::Reverse(_) | Source::Confidential
            )
    });
    let text_of = |row: &Option<Row<'_>>, name: &str| {
        let field = entity.schema().field(name)?;
        match row.as_ref()?.value(field) {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    };
    let (given, family) = (text_of(&first, "firstName"), text_of(&last, "lastName"));
    let own_text = |text: String| Value::Text(Cow::Owned(text));
    fields
        .filter_map(|field| {
            let value = match (field.name.as_ref(), &given, &family) {
                ("dateAdded" | "workHistories" | "educations", ..) => return None,
                ("firstName", Some(given), _) => own_text(given.clone()),
                ("lastName", _, Some(family)) => own_text(family.clone()),
                ("name", Some(given), Some(family)) => own_text(format!("{given} {family}")),
                ("email", ..) if entity == Entity::Candidate => {
                    own_text(format!("new.person.{id}@mail.example"))
                }
                ("externalID", ..) => Value::Null,
                _ => model.value(field).written(),
            };
            Some((field.index, value))
        })
        .collect()
}
