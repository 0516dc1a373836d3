//! Values on their way into a statement. What comes back is read by [`crate::Row`].

use std::borrow::Cow;

use jiff::Timestamp;
use uuid::Uuid;

/// The types a column can have: what both databases can hold without loss.
///
/// | type | PostgreSQL | SQLite |
/// |---|---|---|
/// | `Bool` | `BOOLEAN` | `INTEGER` 0 or 1 |
/// | `I64` | `BIGINT` | `INTEGER` |
/// | `F64` | `DOUBLE PRECISION`, finite | `REAL` |
/// | `Text` | `TEXT`, without NUL | `TEXT` |
/// | `Bytes` | `BYTEA` | `BLOB` |
/// | `Uuid` | `UUID` | `BLOB` of 16 bytes |
///
/// Times are `I64`: microseconds UTC since 1970. JSON documents are `Text`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// True or false.
    Bool,
    /// A signed 64-bit integer; also every time, in microseconds UTC.
    I64,
    /// A finite 64-bit float. Exact, but for the cells of a batch on SQLite beyond 1e±40, which keep 15 digits.
    F64,
    /// UTF-8 text without NUL characters; also every JSON document.
    Text,
    /// Raw bytes.
    Bytes,
    /// A UUID.
    Uuid,
}

/// One value to bind, or one cell of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// SQL `NULL` of a type (PostgreSQL wants to know it).
    Null(ColumnType),
    /// True or false.
    Bool(bool),
    /// An integer or a time.
    I64(i64),
    /// A float; refused when it is not finite.
    F64(f64),
    /// Text; refused when it holds a NUL character, which PostgreSQL cannot store.
    Text(Cow<'a, str>),
    /// Raw bytes.
    Bytes(Cow<'a, [u8]>),
    /// A UUID.
    Uuid(Uuid),
}

impl<'a> Value<'a> {
    /// The value of anything that can be bound.
    pub fn of(value: impl ToValue<'a>) -> Self {
        value.to_value()
    }

    /// The type of this value, also of a `NULL`.
    pub fn column_type(&self) -> ColumnType {
        match self {
            Self::Null(column_type) => *column_type,
            Self::Bool(_) => ColumnType::Bool,
            Self::I64(_) => ColumnType::I64,
            Self::F64(_) => ColumnType::F64,
            Self::Text(_) => ColumnType::Text,
            Self::Bytes(_) => ColumnType::Bytes,
            Self::Uuid(_) => ColumnType::Uuid,
        }
    }

    /// Refuses what one of the two databases cannot hold, so that both refuse it.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        match self {
            Self::Text(text) if text.contains('\0') => Err("text with a NUL character"),
            Self::F64(number) if !number.is_finite() => Err("a number that is infinite or not a number"),
            Self::Null(_)
            | Self::Bool(_)
            | Self::I64(_)
            | Self::F64(_)
            | Self::Text(_)
            | Self::Bytes(_)
            | Self::Uuid(_) => Ok(()),
        }
    }
}

/// Anything that can be bound to a statement. `Option` of it binds `NULL` for `None`.
pub trait ToValue<'a> {
    /// The column type it goes into.
    const TYPE: ColumnType;

    /// The value.
    fn to_value(self) -> Value<'a>;
}

impl<'a, T: ToValue<'a>> ToValue<'a> for Option<T> {
    const TYPE: ColumnType = T::TYPE;

    fn to_value(self) -> Value<'a> {
        self.map_or(Value::Null(T::TYPE), T::to_value)
    }
}

/// Implements [`ToValue`] for each `type => (column type, expression)`.
macro_rules! to_value {
    ($($type:ty => $column:ident, |$value:ident| $expression:expr;)+) => {$(
        impl<'a> ToValue<'a> for $type {
            const TYPE: ColumnType = ColumnType::$column;

            fn to_value(self) -> Value<'a> {
                let $value = self;
                Value::$column($expression)
            }
        }
    )+};
}

to_value! {
    bool => Bool, |value| value;
    i64 => I64, |value| value;
    i32 => I64, |value| i64::from(value);
    u32 => I64, |value| i64::from(value);
    u16 => I64, |value| i64::from(value);
    Timestamp => I64, |value| value.as_microsecond();
    f64 => F64, |value| value;
    f32 => F64, |value| f64::from(value);
    &'a str => Text, |value| Cow::Borrowed(value);
    &'a String => Text, |value| Cow::Borrowed(value.as_str());
    String => Text, |value| Cow::Owned(value);
    Cow<'a, str> => Text, |value| value;
    &'a [u8] => Bytes, |value| Cow::Borrowed(value);
    &'a Vec<u8> => Bytes, |value| Cow::Borrowed(value.as_slice());
    Vec<u8> => Bytes, |value| Cow::Owned(value);
    Uuid => Uuid, |value| value;
}

/// Makes one row of a batch from anything that can be bound: `row![task.id, "name", Some(3_i64)]`.
#[macro_export]
macro_rules! row {
    ($($value:expr),+ $(,)?) => { [$($crate::Value::of($value)),+] };
}
