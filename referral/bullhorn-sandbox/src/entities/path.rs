//! Dotted paths in filters: `owner.id`, `address.city`, `primarySkills.name`.

use super::{AddressPart, Entity, Field, Kind, Source, Value};
use crate::data::Row;

/// Longest chain of references that a filter follows.
const STEPS_MAX: usize = 4;

/// Where a filter finds the values it tests.
#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// References to follow first.
    steps: Vec<&'static Field>,
    pub(crate) leaf: &'static Field,
    /// The part meant, when the leaf is an address.
    pub(crate) part: Option<&'static AddressPart>,
}

impl Path {
    /// Reads a path that starts at `entity`; none when a name on the way does not exist.
    pub(crate) fn parse(entity: Entity, text: &str) -> Option<Self> {
        let mut schema = entity.schema();
        let mut steps = Vec::new();
        let mut names = text.split('.').peekable();
        while let Some(name) = names.next() {
            let field = schema.field(name)?;
            if names.peek().is_none() {
                return Some(Self {
                    steps,
                    leaf: field,
                    part: None,
                });
            }
            match field.kind {
                Kind::ToOne(_) | Kind::ToMany(_) if names.clone().eq(["id"]) => {
                    // The reference itself is the id: there is no need to look at what it points to.
                    return Some(Self {
                        steps,
                        leaf: field,
                        part: None,
                    });
                }
                Kind::ToOne(target) | Kind::ToMany(target) => schema = target.schema(),
                Kind::Address => {
                    let part = AddressPart::named(names.next()?)?;
                    return names.next().is_none().then_some(Self {
                        steps,
                        leaf: field,
                        part: Some(part),
                    });
                }
                _ => return None,
            }
            steps.push(field);
            if steps.len() > STEPS_MAX {
                return None;
            }
        }
        None
    }

    /// The leaf, when the path is that one field of the record itself.
    pub(crate) fn direct(&self) -> Option<&'static Field> {
        (self.steps.is_empty() && self.part.is_none()).then_some(self.leaf)
    }

    /// Whether the values follow from the record alone, whatever is written to others.
    pub(crate) fn is_local(&self) -> bool {
        self.steps.is_empty() && !matches!(self.leaf.source, Source::Reverse(_))
    }

    /// Whether a long text is read.
    pub(crate) fn is_heavy(&self) -> bool {
        self.steps.is_empty() && self.leaf.heavy
    }

    /// Whether any value at the end of the path passes. Members of a to-many come one by one, as [`Value::One`];
    /// values that are not there are not tested.
    pub(crate) fn any(&self, row: &Row<'_>, test: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        self.any_from(row, &self.steps, test)
    }

    fn any_from(
        &self,
        row: &Row<'_>,
        steps: &[&'static Field],
        test: &mut dyn FnMut(&Value<'_>) -> bool,
    ) -> bool {
        let Some((step, rest)) = steps.split_first() else {
            return self.any_at_leaf(row, test);
        };
        let (Kind::ToOne(target) | Kind::ToMany(target)) = step.kind else {
            return false;
        };
        let mut follow = |id: u32| {
            row.view()
                .row(target, id)
                .is_some_and(|row| self.any_from(&row, rest, test))
        };
        match row.value(step) {
            Value::One(id) => follow(id),
            Value::Many(members) => members.ids.iter().any(|id| follow(*id)),
            _ => false,
        }
    }

    fn any_at_leaf(&self, row: &Row<'_>, test: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        match (row.value(self.leaf), self.part) {
            (Value::Absent | Value::Null | Value::Confidential, _) => false,
            (Value::Address(address), Some(part)) => match part.read(&address) {
                Value::Absent | Value::Null | Value::Confidential => false,
                value => test(&value),
            },
            (Value::Many(members), _) => members.ids.iter().any(|id| test(&Value::One(*id))),
            (value, _) => test(&value),
        }
    }

    /// The entity at the end, when the leaf is a reference.
    pub(crate) fn target(&self) -> Option<Entity> {
        match self.leaf.kind {
            Kind::ToOne(target) | Kind::ToMany(target) => Some(target),
            _ => None,
        }
    }
}
