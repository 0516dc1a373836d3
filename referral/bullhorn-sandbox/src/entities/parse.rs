//! Reads the value of one field from the JSON of a write.

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{AddressPart, Field, Kind, Value};
use crate::population::record::{Address, ToMany};

/// Why a value was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueProblem {
    /// The JSON has another type than the field.
    WrongType,
    /// The text is longer than the field.
    TooLong,
}

impl ValueProblem {
    /// The `type` of an entry in Bullhorn's `errors` list.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::WrongType => "INVALID_TYPE",
            Self::TooLong => "MAX_LENGTH",
        }
    }
}

impl Field {
    /// Reads a value of this field from JSON. `current` is what the record holds now: a write of an address names only
    /// the parts that change.
    pub(crate) fn parse(&self, json: &Json, current: &Value<'_>) -> Result<Value<'static>, ValueProblem> {
        if json.is_null() && !matches!(self.kind, Kind::ToMany(_)) {
            return Ok(Value::Null);
        }
        let value = match self.kind {
            Kind::Id => None,
            Kind::Text(max) => return text(json, max),
            Kind::Html => json.as_str().map(owned_text),
            Kind::Texts => texts(json),
            Kind::Integer | Kind::Timestamp | Kind::Date => json.as_i64().map(Value::Int),
            Kind::Double | Kind::Money => match json.as_i64() {
                Some(whole) => Some(Value::Int(whole)),
                None => json.as_f64().map(Value::Decimal),
            },
            Kind::Boolean => json.as_bool().map(Value::Bool),
            Kind::Address => address(json, current),
            Kind::ToOne(_) => reference(json).map(Value::One),
            Kind::ToMany(_) => members(json),
        };
        value.ok_or(ValueProblem::WrongType)
    }
}

fn owned_text(text: &str) -> Value<'static> {
    Value::Text(Cow::Owned(text.to_owned()))
}

fn text(json: &Json, max: u32) -> Result<Value<'static>, ValueProblem> {
    let text = json.as_str().ok_or(ValueProblem::WrongType)?;
    if text.chars().count() > max as usize {
        return Err(ValueProblem::TooLong);
    }
    Ok(owned_text(text))
}

fn texts(json: &Json) -> Option<Value<'static>> {
    if let Some(text) = json.as_str() {
        return Some(owned_text(text));
    }
    let texts: Option<Vec<String>> = json
        .as_array()?
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect();
    Some(Value::Texts(Cow::Owned(texts?)))
}

fn address(json: &Json, current: &Value<'_>) -> Option<Value<'static>> {
    let mut address = match current {
        Value::Address(address) => address.as_ref().clone(),
        _ => Address::default(),
    };
    for (name, value) in json.as_object()? {
        if !AddressPart::named(name)?.write(&mut address, value) {
            return None;
        }
    }
    Some(Value::Address(Cow::Owned(address)).written())
}

/// `{"id": 7}`; a bare number is tolerated.
fn reference(json: &Json) -> Option<u32> {
    let id = json.get("id").unwrap_or(json);
    u32::try_from(id.as_u64()?).ok()
}

/// `{"replaceAll": [1, 2]}` or a list of references.
fn members(json: &Json) -> Option<Value<'static>> {
    let list = json
        .get("replaceAll")
        .or_else(|| json.get("data"))
        .unwrap_or(json);
    let ids: Option<Vec<u32>> = list.as_array()?.iter().map(reference).collect();
    Some(Value::Many(Cow::Owned(ToMany::of(ids?))))
}
