//! `/meta`: which fields an account has, and the check of an allow-list against them.

use std::fmt;

use serde::Deserialize;

use crate::call_error::CallError;
use crate::calls::request::{Request, path};
use crate::client::Client;
use crate::entity::Entity;
use crate::fields::Fields;
use crate::wire::envelope;

/// What an account says about an entity.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Meta {
    /// The account's word for the entity.
    pub label: Option<String>,
    /// The fields.
    #[serde(default)]
    pub fields: Vec<MetaField>,
}

/// What an account says about a field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MetaField {
    /// The name, as asked for.
    pub name: String,
    /// `ID`, `SCALAR`, `COMPOSITE`, `TO_ONE` or `TO_MANY`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `String`, `Integer`, `BigDecimal`, `Timestamp` and so on; scalars have one.
    pub data_type: Option<String>,
    /// `DATE`, `MONEY`, `HTML` and so on: a `DATE` is a day, not a moment.
    pub data_specialization: Option<String>,
    /// The account's word for the field; the only meaning that custom fields have.
    pub label: Option<String>,
    /// Whether the user sees `**CONFIDENTIAL**` in place of the values.
    pub confidential: Option<bool>,
    /// Whether the value may be an array.
    pub multi_value: Option<bool>,
    /// The parts of a composite field.
    #[serde(default)]
    pub fields: Vec<MetaField>,
}

/// Which fields of a list an account cannot deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldReport {
    /// The entity.
    pub entity: Entity,
    /// Fields that do not exist there. One of them fails the whole call. `address.city` is a part of `address`.
    pub missing: Vec<String>,
    /// Fields that exist but whose values the user may not see.
    pub confidential: Vec<String>,
}

/// A field without which the caller cannot work is not available.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{entity} lacks needed fields: `{}`; give the API user access to them", .fields.join("`, `"))]
pub struct RequiredFieldsMissing {
    /// The entity.
    pub entity: Entity,
    /// The fields.
    pub fields: Vec<String>,
}

impl FieldReport {
    /// Compares a list with what the account has.
    pub fn new(entity: Entity, meta: &Meta, fields: &Fields) -> Self {
        let mut report = Self {
            entity,
            missing: Vec::new(),
            confidential: Vec::new(),
        };
        for name in fields.names() {
            let Some(known) = meta.fields.iter().find(|field| field.name == name) else {
                report.missing.push(name.to_owned());
                continue;
            };
            if known.confidential == Some(true) {
                report.confidential.push(name.to_owned());
            }
            // Associated entities list only some of their fields here, so that only composites can be checked.
            if known.kind.as_deref() == Some("COMPOSITE") && !known.fields.is_empty() {
                let unknown = |child: &&str| known.fields.iter().all(|part| part.name != *child);
                report.missing.extend(
                    fields
                        .children_of(name)
                        .filter(unknown)
                        .map(|child| format!("{name}.{child}")),
                );
            }
        }
        report
    }

    /// Whether every field can be asked for and seen.
    pub fn is_clean(&self) -> bool {
        self.missing.is_empty() && self.confidential.is_empty()
    }

    /// The list without the fields that the account cannot deliver; a composite goes as a whole.
    pub fn usable(&self, fields: &Fields) -> Fields {
        let whole = |name: &String| name.split('.').next().unwrap_or_default().to_owned();
        let gone: Vec<String> = self.missing.iter().chain(&self.confidential).map(whole).collect();
        fields.without(&gone)
    }

    /// Makes sure that these fields are available.
    ///
    /// # Errors
    /// [`RequiredFieldsMissing`] with those that are not. Final until an administrator has acted.
    pub fn require(&self, names: &[&str]) -> Result<(), RequiredFieldsMissing> {
        let unavailable = |name: &&&str| {
            self.missing
                .iter()
                .chain(&self.confidential)
                .any(|gone| gone == **name)
        };
        let fields: Vec<String> = names
            .iter()
            .filter(unavailable)
            .map(|&name| name.to_owned())
            .collect();
        if fields.is_empty() {
            Ok(())
        } else {
            Err(RequiredFieldsMissing {
                entity: self.entity,
                fields,
            })
        }
    }
}

impl fmt::Display for FieldReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return write!(f, "{} has all fields that are asked for", self.entity);
        }
        write!(f, "{} lacks fields that are asked for:", self.entity)?;
        for (why, names) in [("missing", &self.missing), ("confidential", &self.confidential)] {
            if !names.is_empty() {
                write!(f, " {why}: `{}`.", names.join("`, `"))?;
            }
        }
        Ok(())
    }
}

impl Client {
    /// Asks which fields the account has. This is about fields, not data, so all of them are listed.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn meta(&self, entity: Entity) -> Result<Meta, CallError> {
        let request = Request::get(path("meta", entity, ""))
            .with("fields", "*")
            .with("meta", "full");
        self.call(request, envelope::read_plain).await
    }

    /// Compares an allow-list with the fields that the account has; do it once at start-up, since a single unknown
    /// field fails every call.
    ///
    /// # Errors
    /// [`CallError`] when the account's fields cannot be read.
    pub async fn check_fields(&self, entity: Entity, fields: &Fields) -> Result<FieldReport, CallError> {
        Ok(FieldReport::new(entity, &self.meta(entity).await?, fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_confidential_fields_are_named_and_dropped() {
        let meta: Meta = serde_json::from_value(serde_json::json!({
            "entity": "Candidate", "label": "Talent", "fields": [
                {"name": "id", "type": "ID", "dataType": "Integer", "optional": false},
                {"name": "salary", "type": "SCALAR", "dataType": "BigDecimal", "confidential": true},
                {"name": "address", "type": "COMPOSITE", "fields": [{"name": "city", "type": "SCALAR"}]},
                {"name": "owner", "type": "TO_ONE", "associatedEntity": {"entity": "CorporateUser", "fields": []}}
            ]
        }))
        .unwrap();
        let fields = Fields::builder()
            .field("id")
            .field("salary")
            .field("customText9")
            .one("address", |a| a.field("city").field("planet"))
            .one("owner", |o| o.field("id").field("firstName"))
            .build()
            .unwrap();
        let report = FieldReport::new(Entity::Candidate, &meta, &fields);
        assert_eq!(
            report.to_string(),
            "Candidate lacks fields that are asked for: missing: `customText9`, `address.planet`. confidential: `salary`."
        );
        assert_eq!(report.usable(&fields).to_string(), "id,owner(id,firstName)");
        assert_eq!(report.require(&["id"]), Ok(()));
        let error = report.require(&["id", "salary"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Candidate lacks needed fields: `salary`; give the API user access to them"
        );
        let clean = FieldReport::new(Entity::Candidate, &meta, &Fields::plain(&["id"]).unwrap());
        assert!(clean.is_clean());
        assert_eq!(clean.to_string(), "Candidate has all fields that are asked for");
    }
}
