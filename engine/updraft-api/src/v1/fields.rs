//! `fields`: which fields of an object an answer is to have.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::{Error, SerializeMap};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::failure::Failure;

/// An object with some of its fields, in their order; without any that is named it has all of them.
pub(crate) struct Picked<T> {
    whole: T,
    fields: Vec<String>,
}

impl<T: Serialize> Picked<T> {
    /// Keeps the fields of these names.
    ///
    /// # Errors
    /// [`Failure::BadRequest`]: the object has no such field.
    pub(crate) fn of(whole: T, fields: &[String]) -> Result<Self, Failure> {
        let document = serde_json::to_value(&whole).map_err(|error| Failure::Internal(error.into()))?;
        match fields.iter().find(|name| document.get(name.as_str()).is_none()) {
            Some(name) => Err(Failure::BadRequest(format!("there is no field `{name}`"))),
            None => Ok(Self {
                whole,
                fields: fields.to_vec(),
            }),
        }
    }
}

impl<T: Serialize> Serialize for Picked<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.fields.is_empty() {
            return self.whole.serialize(serializer);
        }
        let Value::Object(document) = serde_json::to_value(&self.whole).map_err(S::Error::custom)? else {
            return Err(S::Error::custom("only objects have fields"));
        };
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in document.iter().filter(|(name, _)| self.fields.contains(name)) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Described as the whole object.
impl<T: JsonSchema> JsonSchema for Picked<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
