//! Writes records as JSON, straight into the reply: nothing is built in between.

use crate::data::{Predicate, Row, View};
use crate::entities::{ADDRESS_PARTS, AddressPart, Entity, Field, Kind, Value};
use crate::fields::{Inside, Selected, SelectedField};
use crate::population::record::{Address, CONFIDENTIAL, ToMany};

/// How records are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style<'k> {
    /// Members of a to-many when the request does not say.
    pub(crate) to_many_default: u32,
    /// Most members of a to-many.
    pub(crate) to_many_max: u32,
    /// Fields whose value is hidden, as `Entity.field`.
    pub(crate) confidential: &'k [String],
    /// Whether each record tells that it may be edited.
    pub(crate) editable: bool,
}

/// Writes one record with the selected fields, and its score where there is one.
pub(crate) fn record(
    out: &mut Vec<u8>,
    row: &Row<'_>,
    fields: &Selected,
    style: Style<'_>,
    score: Option<f64>,
) {
    out.extend_from_slice(b"{\"id\":");
    integer(out, i64::from(row.id()));
    let mut writer = Writer { out, style };
    for selected in &fields.fields {
        writer.member(row, selected);
    }
    if style.editable {
        out.extend_from_slice(b",\"_editable\":true");
    }
    if let Some(score) = score {
        out.extend_from_slice(b",\"_score\":");
        number(out, score);
    }
    out.push(b'}');
}

/// Writes `[record,record,...]`.
pub(crate) fn records<'r>(
    out: &mut Vec<u8>,
    rows: impl Iterator<Item = Row<'r>>,
    fields: &Selected,
    style: Style<'_>,
) {
    out.push(b'[');
    for (index, row) in rows.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        record(out, &row, fields, style, None);
    }
    out.push(b']');
}

/// Whether the tenant hides this field from the user.
pub(crate) fn is_hidden(confidential: &[String], entity: Entity, field: &Field) -> bool {
    confidential.iter().any(|name| {
        name.split_once('.')
            .is_some_and(|(of, hidden)| of == entity.name() && hidden == field.name)
    })
}

/// Writes the fields of one record.
struct Writer<'o, 'k> {
    out: &'o mut Vec<u8>,
    style: Style<'k>,
}

impl<'k> Writer<'_, 'k> {
    /// Records inside a record do not say that they may be edited.
    fn inner_style(&self) -> Style<'k> {
        Style {
            editable: false,
            ..self.style
        }
    }

    fn member(&mut self, row: &Row<'_>, selected: &SelectedField) {
        let field = selected.field;
        let confidential = self.style.confidential;
        let hidden = !confidential.is_empty() && is_hidden(confidential, row.entity(), field);
        let value = if hidden {
            Value::Confidential
        } else {
            row.value(field)
        };
        if value == Value::Absent {
            return;
        }
        self.out.push(b',');
        text(self.out, &field.name);
        self.out.push(b':');
        match (value, field.kind) {
            (Value::One(id), Kind::ToOne(target)) => self.reference(row, (target, id), selected),
            (Value::Many(members), Kind::ToMany(target)) => {
                self.list(row.view(), target, &members, selected);
            }
            (Value::Address(address), _) => match &selected.inside {
                Inside::Parts(parts) => composite(self.out, &address, parts.iter().copied()),
                Inside::Default | Inside::Records { .. } => {
                    composite(self.out, &address, ADDRESS_PARTS.iter());
                }
            },
            (value, _) => scalar(self.out, &value),
        }
    }

    fn reference(&mut self, row: &Row<'_>, (target, id): (Entity, u32), selected: &SelectedField) {
        let Some(other) = row.view().row(target, id) else {
            self.out.extend_from_slice(b"null");
            return;
        };
        let style = self.inner_style();
        match &selected.inside {
            Inside::Records { fields, .. } => record(self.out, &other, fields, style, None),
            Inside::Default | Inside::Parts(_) => {
                record(self.out, &other, &Selected::names_of(target), style, None);
            }
        }
        // Live replies carry the type of a person only now and then.
        let shows_type = target.is_person() && row.id().is_multiple_of(2);
        if shows_type && self.out.pop_if(|last| *last == b'}').is_some() {
            self.out.extend_from_slice(b",\"_subtype\":");
            text(self.out, target.name());
            self.out.push(b'}');
        }
    }

    fn list(&mut self, view: View<'_>, target: Entity, members: &ToMany, selected: &SelectedField) {
        let names;
        let (fields, filter) = match &selected.inside {
            Inside::Records { fields, filter } => (fields, filter.as_ref()),
            Inside::Default | Inside::Parts(_) => {
                names = Selected::names_of(target);
                (&names, None)
            }
        };
        let passes = |row: &Row<'_>| filter.is_none_or(|filter| filter.accepts(row));
        let rows = || members.ids.iter().filter_map(|id| view.row(target, *id));
        let total = if filter.is_none() {
            members.total()
        } else {
            rows().filter(passes).count()
        };
        self.out.extend_from_slice(b"{\"total\":");
        integer(self.out, i64::try_from(total).unwrap_or(i64::MAX));
        let limit = selected
            .limit
            .unwrap_or(self.style.to_many_default)
            .min(self.style.to_many_max);
        if limit > 0 {
            self.out.extend_from_slice(b",\"data\":");
            let shown = rows()
                .filter(|row| !row.is_deleted())
                .filter(passes)
                .take(limit as usize);
            let style = self.inner_style();
            records(self.out, shown, fields, style);
        }
        self.out.push(b'}');
    }
}

fn composite<'p>(out: &mut Vec<u8>, address: &Address, parts: impl Iterator<Item = &'p AddressPart>) {
    out.push(b'{');
    let mut first = true;
    for part in parts {
        let value = part.read(address);
        if value == Value::Absent {
            continue;
        }
        if !first {
            out.push(b',');
        }
        first = false;
        text(out, part.name);
        out.push(b':');
        scalar(out, &value);
    }
    out.push(b'}');
}

fn scalar(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Confidential => text(out, CONFIDENTIAL),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(value) => integer(out, *value),
        Value::Decimal(value) => number(out, *value),
        Value::Text(value) => text(out, value),
        Value::Texts(values) => {
            out.push(b'[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                text(out, value);
            }
            out.push(b']');
        }
        Value::Absent | Value::Null | Value::One(_) | Value::Many(_) | Value::Address(_) => {
            out.extend_from_slice(b"null");
        }
    }
}

/// Writes an integer.
pub(crate) fn integer(out: &mut Vec<u8>, value: i64) {
    serde_json::to_writer(out, &value).expect("writing to memory does not fail");
}

fn number(out: &mut Vec<u8>, value: f64) {
    serde_json::to_writer(out, &value).expect("writing to memory does not fail");
}

/// Writes a JSON string.
pub(crate) fn text(out: &mut Vec<u8>, value: &str) {
    serde_json::to_writer(out, value).expect("writing to memory does not fail");
}
