//! One value of one field, before it becomes JSON, a Lucene term or a JPQL operand.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use crate::population::record::{Address, Amount, CONFIDENTIAL, Texts, ToMany, Wire};

/// A value in Bullhorn's terms. Timestamps and dates are [`Value::Int`] (epoch milliseconds, UTC).
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// The key is left out of the reply.
    Absent,
    Null,
    /// The text `**CONFIDENTIAL**`, whatever the type of the field.
    Confidential,
    Bool(bool),
    Int(i64),
    Decimal(f64),
    Text(Cow<'a, str>),
    Texts(Cow<'a, [String]>),
    /// A to-one: the id of the target.
    One(u32),
    /// A to-many: the ids of the members.
    Many(Cow<'a, ToMany>),
    Address(Cow<'a, Address>),
}

impl<'a> Value<'a> {
    /// The same value, borrowing from this one.
    pub(crate) fn borrowed(&'a self) -> Value<'a> {
        match self {
            Self::Absent => Value::Absent,
            Self::Null => Value::Null,
            Self::Confidential => Value::Confidential,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Decimal(value) => Value::Decimal(*value),
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Texts(texts) => Value::Texts(Cow::Borrowed(texts)),
            Self::One(id) => Value::One(*id),
            Self::Many(members) => Value::Many(Cow::Borrowed(members)),
            Self::Address(address) => Value::Address(Cow::Borrowed(address)),
        }
    }

    /// The value with its own copy of every text.
    pub(crate) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Absent => Value::Absent,
            Self::Null => Value::Null,
            Self::Confidential => Value::Confidential,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Decimal(value) => Value::Decimal(value),
            Self::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Self::Texts(texts) => Value::Texts(Cow::Owned(texts.into_owned())),
            Self::One(id) => Value::One(id),
            Self::Many(members) => Value::Many(Cow::Owned(members.into_owned())),
            Self::Address(address) => Value::Address(Cow::Owned(address.into_owned())),
        }
    }

    /// The value as a write leaves it: the odd shapes of generated records cannot be written.
    pub(crate) fn written(self) -> Value<'static> {
        match self.into_owned() {
            Value::Absent | Value::Confidential => Value::Null,
            Value::Many(members) => Value::Many(Cow::Owned(ToMany {
                hidden: 0,
                ..members.into_owned()
            })),
            Value::Address(address) => {
                let mut address = address.into_owned();
                for part in ADDRESS_PARTS {
                    if matches!(part.read(&address), Value::Absent | Value::Confidential) {
                        part.write(&mut address, &Json::Null);
                    }
                }
                Value::Address(Cow::Owned(address))
            }
            other => other,
        }
    }

    /// The number behind an integer, a decimal or a Boolean.
    pub(crate) fn as_number(&self) -> Option<f64> {
        match self {
            Self::Int(value) => Some(*value as f64),
            Self::Decimal(value) => Some(*value),
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::One(id) => Some(f64::from(*id)),
            Self::Absent
            | Self::Null
            | Self::Confidential
            | Self::Text(_)
            | Self::Texts(_)
            | Self::Many(_)
            | Self::Address(_) => None,
        }
    }

    /// The form in which a write is kept in the state file; [`Field::parse`](super::Field::parse) reads it back.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Absent | Self::Null => Json::Null,
            Self::Confidential => Json::from(CONFIDENTIAL),
            Self::Bool(value) => Json::from(*value),
            Self::Int(value) => Json::from(*value),
            Self::Decimal(value) => Json::from(*value),
            Self::Text(text) => Json::from(text.as_ref()),
            Self::Texts(texts) => Json::from(texts.to_vec()),
            Self::One(id) => json!({ "id": id }),
            Self::Many(members) => json!({ "replaceAll": members.ids }),
            Self::Address(address) => Json::Object(
                ADDRESS_PARTS
                    .iter()
                    .map(|part| (part.name.to_owned(), part.read(address).to_json()))
                    .collect(),
            ),
        }
    }
}

/// How a record's own type turns into a [`Value`].
pub(crate) trait AsValue {
    fn as_value(&self) -> Value<'_>;
}

impl<T: AsValue> AsValue for Wire<T> {
    fn as_value(&self) -> Value<'_> {
        match self {
            Wire::Absent => Value::Absent,
            Wire::Null => Value::Null,
            Wire::Confidential => Value::Confidential,
            Wire::Value(value) => value.as_value(),
        }
    }
}

impl AsValue for String {
    fn as_value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}

impl AsValue for str {
    fn as_value(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}

impl AsValue for bool {
    fn as_value(&self) -> Value<'_> {
        Value::Bool(*self)
    }
}

impl AsValue for i32 {
    fn as_value(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}

/// Every `u32` of a record but its own key points to another entity.
impl AsValue for u32 {
    fn as_value(&self) -> Value<'_> {
        Value::One(*self)
    }
}

impl AsValue for Amount {
    fn as_value(&self) -> Value<'_> {
        match *self {
            Self::Whole(value) => Value::Int(value),
            Self::Decimal(value) => Value::Decimal(value),
        }
    }
}

impl AsValue for Texts {
    fn as_value(&self) -> Value<'_> {
        match self {
            Self::One(text) => text.as_value(),
            Self::Many(texts) => Value::Texts(Cow::Borrowed(texts)),
        }
    }
}

impl AsValue for Timestamp {
    fn as_value(&self) -> Value<'_> {
        Value::Int(self.as_millisecond())
    }
}

impl AsValue for ToMany {
    fn as_value(&self) -> Value<'_> {
        Value::Many(Cow::Borrowed(self))
    }
}

impl AsValue for Address {
    fn as_value(&self) -> Value<'_> {
        Value::Address(Cow::Borrowed(self))
    }
}

/// One part of the composite `address`.
#[derive(Debug)]
pub(crate) struct AddressPart {
    /// Name on the wire.
    pub(crate) name: &'static str,
    text: fn(&mut Address) -> Option<&mut Wire<String>>,
    read: fn(&Address) -> Value<'_>,
}

impl AddressPart {
    /// The part with this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        ADDRESS_PARTS.iter().find(|part| part.name == name)
    }

    /// The value of this part.
    pub(crate) fn read<'a>(&self, address: &'a Address) -> Value<'a> {
        (self.read)(address)
    }

    /// Sets this part from JSON; false when the JSON has the wrong type.
    pub(crate) fn write(&self, address: &mut Address, json: &Json) -> bool {
        if let Some(slot) = (self.text)(address) {
            *slot = match json {
                Json::Null => Wire::Null,
                Json::String(text) => Wire::Value(text.clone()),
                Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => return false,
            };
            return true;
        }
        address.country_id = match json {
            Json::Null => Wire::Null,
            other => match other.as_u64().and_then(|id| u32::try_from(id).ok()) {
                Some(id) => Wire::Value(id),
                None => return false,
            },
        };
        true
    }
}

/// The parts of an address, in the order of Bullhorn's replies.
pub(crate) const ADDRESS_PARTS: &[AddressPart] = &[
    AddressPart {
        name: "address1",
        text: |a| Some(&mut a.address1),
        read: |a| a.address1.as_value(),
    },
    AddressPart {
        name: "address2",
        text: |a| Some(&mut a.address2),
        read: |a| a.address2.as_value(),
    },
    AddressPart {
        name: "city",
        text: |a| Some(&mut a.city),
        read: |a| a.city.as_value(),
    },
    AddressPart {
        name: "state",
        text: |a| Some(&mut a.state),
        read: |a| a.state.as_value(),
    },
    AddressPart {
        name: "zip",
        text: |a| Some(&mut a.zip),
        read: |a| a.zip.as_value(),
    },
    AddressPart {
        name: "countryID",
        text: |_| None,
        read: |a| country_id(&a.country_id),
    },
    AddressPart {
        name: "countryName",
        text: |a| Some(&mut a.country_name),
        read: |a| a.country_name.as_value(),
    },
    AddressPart {
        name: "countryCode",
        text: |a| Some(&mut a.country_code),
        read: |a| a.country_code.as_value(),
    },
    AddressPart {
        name: "timezone",
        text: |a| Some(&mut a.timezone),
        read: |a| a.timezone.as_value(),
    },
];

/// A number, not a reference: the composite carries the bare key of the country.
fn country_id(id: &Wire<u32>) -> Value<'_> {
    match id {
        Wire::Absent => Value::Absent,
        Wire::Null => Value::Null,
        Wire::Confidential => Value::Confidential,
        Wire::Value(id) => Value::Int(i64::from(*id)),
    }
}
