//! An answer that was brought into the shape of an older version.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use serde_json::Value;

/// A `T` of the newest version, or what an older one has of it.
#[derive(Debug)]
pub(crate) struct Versioned<T> {
    value: Value,
    kind: PhantomData<fn() -> T>,
}

impl<T> Versioned<T> {
    pub(crate) const fn new(value: Value) -> Self {
        Self {
            value,
            kind: PhantomData,
        }
    }
}

impl<T> Serialize for Versioned<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T: JsonSchema> JsonSchema for Versioned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}
