//! Takes records apart into named values, without reading those, in a single pass over the reply.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::wire::row::Row;

/// The records of a reply in which one record stands bare and several stand in a list.
#[derive(Debug)]
pub(crate) struct OneOrMany<'a>(pub(crate) Vec<Row<'a>>);

struct RowVisitor;
struct OneOrManyVisitor;
struct NameVisitor;

/// A key that borrows from the reply where it can.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowVisitor)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for OneOrMany<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor)
    }
}

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

/// Anything but an object is a row too, one that cannot be read: it must not cost the rows beside it.
impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
        let mut entries = Vec::with_capacity(map.size_hint().unwrap_or(40));
        while let Some((Name(name), raw)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
            entries.push((name, raw));
        }
        Ok(Row::of(entries))
    }

    fn visit_unit<E: Error>(self) -> Result<Row<'de>, E> {
        Ok(Row::no_object())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Row<'de>, E> {
        Ok(Row::no_object())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Row<'de>, E> {
        Ok(Row::no_object())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Row<'de>, E> {
        Ok(Row::no_object())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Row<'de>, E> {
        Ok(Row::no_object())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Row<'de>, E> {
        Ok(Row::no_object())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Row<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Row::no_object())
    }
}

impl<'de> Visitor<'de> for OneOrManyVisitor {
    type Value = OneOrMany<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record or a list of records")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<'de>, A::Error> {
        Ok(OneOrMany(vec![RowVisitor.visit_map(map)?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany<'de>, A::Error> {
        let mut rows = Vec::with_capacity(seq.size_hint().unwrap_or_default());
        while let Some(row) = seq.next_element()? {
            rows.push(row);
        }
        Ok(OneOrMany(rows))
    }
}

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(name.to_owned())))
    }
}
