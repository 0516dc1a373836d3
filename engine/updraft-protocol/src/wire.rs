//! From msgpack to JSON values: the detour that lets every body be read by plain serde.
//!
//! msgpack can say more than JSON. Timestamps become RFC 3339 text, numbers that JSON lacks (NaN, infinities) become
//! null as in `serde_json`; raw bytes, other extensions and keys that are no text are errors.

use rmpv::Value as Msgpack;
use serde_json::{Map, Number, Value};

use crate::time;

/// How deep arrays and maps may be nested; the same limit that `serde_json` has for text.
const DEPTH_MAX: usize = 128;

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes are not msgpack, end too early or are nested too deep.
    #[error("not msgpack: {0}")]
    Syntax(String),
    /// There is something behind the value.
    #[error("{0} bytes behind the end of the message")]
    Trailing(usize),
    /// A text is not UTF-8.
    #[error("a text is not UTF-8")]
    Text,
    /// Raw bytes, which no message has.
    #[error("raw bytes, only text can be sent")]
    Bytes,
    /// An extension other than a timestamp.
    #[error("extension type {0}, only timestamps (-1) are known")]
    Extension(i8),
    /// A timestamp that is malformed or out of range.
    #[error("a timestamp that is malformed or out of range")]
    Timestamp,
    /// A map key that is no text.
    #[error("a map key that is no text")]
    Key,
}

/// Reads one value that fills `bytes` completely.
pub(crate) fn read(mut bytes: &[u8]) -> Result<Value, WireError> {
    let value = rmpv::decode::read_value_with_max_depth(&mut bytes, DEPTH_MAX)
        .map_err(|error| WireError::Syntax(error.to_string()))?;
    if !bytes.is_empty() {
        return Err(WireError::Trailing(bytes.len()));
    }
    to_json(value)
}

fn to_json(value: Msgpack) -> Result<Value, WireError> {
    Ok(match value {
        Msgpack::Nil => Value::Null,
        Msgpack::Boolean(flag) => Value::Bool(flag),
        Msgpack::Integer(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => Value::from(number),
            (None, number) => Value::from(number),
        },
        Msgpack::F32(number) => float(f64::from(number)),
        Msgpack::F64(number) => float(number),
        Msgpack::String(text) => Value::String(text.into_str().ok_or(WireError::Text)?),
        Msgpack::Binary(_) => return Err(WireError::Bytes),
        Msgpack::Array(items) => Value::Array(items.into_iter().map(to_json).collect::<Result<_, _>>()?),
        Msgpack::Map(entries) => {
            Value::Object(entries.into_iter().map(entry).collect::<Result<Map<_, _>, _>>()?)
        }
        Msgpack::Ext(time::EXTENSION, bytes) => {
            Value::String(time::from_bytes(&bytes).ok_or(WireError::Timestamp)?.to_string())
        }
        Msgpack::Ext(other, _) => return Err(WireError::Extension(other)),
    })
}

fn entry((key, value): (Msgpack, Msgpack)) -> Result<(String, Value), WireError> {
    let Msgpack::String(key) = key else {
        return Err(WireError::Key);
    };
    Ok((key.into_str().ok_or(WireError::Text)?, to_json(value)?))
}

fn float(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}
