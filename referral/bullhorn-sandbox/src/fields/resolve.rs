//! Which fields of which entity a request wants to see.

use super::parse::{self, FieldExpr};
use crate::entities::{AddressPart, Entity, Field, Kind, Schema};
use crate::query::Where;

/// The fields to show of one record, `id` aside: it is always shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Selected {
    pub(crate) fields: Vec<SelectedField>,
}

impl Selected {
    /// Whether long texts are wanted.
    pub(crate) fn has_heavy_fields(&self) -> bool {
        self.fields.iter().any(|selected| selected.field.heavy)
    }

    /// What a reference shows when the request names no fields.
    pub(crate) fn names_of(entity: Entity) -> Self {
        let fields = entity.schema().name_fields();
        Self {
            fields: fields.map(SelectedField::whole).collect(),
        }
    }
}

/// One field to show.
#[derive(Debug, Clone)]
pub(crate) struct SelectedField {
    pub(crate) field: &'static Field,
    /// `[N]` of a to-many.
    pub(crate) limit: Option<u32>,
    pub(crate) inside: Inside,
}

/// What to show inside a field.
#[derive(Debug, Clone)]
pub(crate) enum Inside {
    /// All that the field shows by itself.
    Default,
    /// Parts of an address.
    Parts(Vec<&'static AddressPart>),
    /// Fields of the record or records behind a reference, and which of them.
    Records { fields: Selected, filter: Option<Where> },
}

impl SelectedField {
    fn whole(field: &'static Field) -> Self {
        Self {
            field,
            limit: None,
            inside: Inside::Default,
        }
    }
}

/// Why `fields` was refused: the whole call fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FieldsError {
    /// No such field, or no field at all stands there.
    #[error("Invalid field '{name}' at position {position}.")]
    Invalid { name: String, position: usize },
    /// `fields=*` is not for everybody.
    #[error("You are not authorized to request all fields.")]
    AllNotAllowed,
}

/// Reads a `fields` parameter for an entity.
pub(crate) fn resolve(entity: Entity, text: &str, all_allowed: bool) -> Result<Selected, FieldsError> {
    let exprs = parse::parse(text).map_err(|error| FieldsError::Invalid {
        name: error.text,
        position: error.position,
    })?;
    Resolver { all_allowed }.select(entity.schema(), &exprs, false)
}

struct Resolver {
    all_allowed: bool,
}

impl Resolver {
    fn select(
        &self,
        schema: &'static Schema,
        exprs: &[FieldExpr<'_>],
        in_to_many: bool,
    ) -> Result<Selected, FieldsError> {
        let mut selected: Vec<SelectedField> = Vec::with_capacity(exprs.len());
        for expr in exprs {
            if expr.name == "*" {
                if !self.all_allowed {
                    return Err(FieldsError::AllNotAllowed);
                }
                let all = schema
                    .fields
                    .iter()
                    .filter(|field| !matches!(field.kind, Kind::ToMany(_)));
                selected.extend(all.map(SelectedField::whole));
                continue;
            }
            selected.push(self.field(schema, expr, in_to_many)?);
        }
        let mut seen = std::collections::HashSet::new();
        selected.retain(|field| field.field.kind != Kind::Id && seen.insert(field.field.index));
        Ok(Selected { fields: selected })
    }

    fn field(
        &self,
        schema: &'static Schema,
        expr: &FieldExpr<'_>,
        in_to_many: bool,
    ) -> Result<SelectedField, FieldsError> {
        let invalid = || FieldsError::Invalid {
            name: expr.name.to_owned(),
            position: expr.position,
        };
        let field = schema.field(expr.name).ok_or_else(invalid)?;
        let inside = match (field.kind, &expr.fields) {
            (Kind::ToMany(_), _) if in_to_many => return Err(invalid()),
            (Kind::Address, Some(parts)) => Inside::Parts(address_parts(parts)?),
            (Kind::ToOne(target), Some(inner)) => Inside::Records {
                fields: self.select(target.schema(), inner, in_to_many)?,
                filter: None,
            },
            (Kind::ToMany(target), inner) => {
                let filter = match expr.filter {
                    Some(text) => Some(Where::parse(target, text).map_err(|_| invalid())?),
                    None => None,
                };
                match (inner, filter) {
                    (None, None) => Inside::Default,
                    (inner, filter) => {
                        let fields = match inner {
                            Some(inner) => self.select(target.schema(), inner, true)?,
                            None => Selected::names_of(target),
                        };
                        Inside::Records { fields, filter }
                    }
                }
            }
            (_, Some(_)) => return Err(invalid()),
            (_, None) => Inside::Default,
        };
        Ok(SelectedField {
            field,
            limit: expr.limit,
            inside,
        })
    }
}

fn address_parts(exprs: &[FieldExpr<'_>]) -> Result<Vec<&'static AddressPart>, FieldsError> {
    exprs
        .iter()
        .map(|expr| {
            AddressPart::named(expr.name).ok_or_else(|| FieldsError::Invalid {
                name: expr.name.to_owned(),
                position: expr.position,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_fail_the_whole_call_and_are_named() {
        let cases = [
            ("nope", "Invalid field 'nope' at position 0."),
            ("id,nope", "Invalid field 'nope' at position 3."),
            ("id,owner(id,nope)", "Invalid field 'nope' at position 12."),
            ("address(city,planet)", "Invalid field 'planet' at position 13."),
            ("firstName(x)", "Invalid field 'firstName' at position 0."),
            (
                "submissions(id,appointments(id))",
                "Invalid field 'appointments' at position 15.",
            ),
            ("*", "You are not authorized to request all fields."),
        ];
        for (text, expected) in cases {
            let error = resolve(Entity::Candidate, text, false).expect_err(text);
            assert_eq!(error.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn a_star_means_everything_but_the_lists_where_it_is_allowed() {
        let selected = resolve(Entity::Candidate, "*", true).expect("allowed");
        assert!(selected.fields.len() > 200);
        assert!(
            selected
                .fields
                .iter()
                .all(|field| !matches!(field.field.kind, Kind::ToMany(_)))
        );
    }

    #[test]
    fn a_field_named_twice_is_shown_once() {
        let selected = resolve(Entity::JobOrder, "id,title,title,id", false).expect("known fields");
        assert_eq!(selected.fields.len(), 1);
    }
}
