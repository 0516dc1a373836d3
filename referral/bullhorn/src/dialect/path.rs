//! Paths of fields that are searched or sorted by, with the kind of their values in the type.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;

use crate::error::FieldError;
use crate::privacy::check_name;

/// The path of a field, such as `status` or `owner.id`, whose values are of kind `K`.
///
/// The kind keeps the query languages honest: a date can only be compared with a [`Timestamp`], so that it is written
/// as `yyyyMMddHHmmss` in Lucene and as epoch milliseconds in a where clause. A path that is named like a date is
/// refused for any other kind.
///
/// ```
/// use bullhorn::{Instant, Number, Path};
///
/// assert!(Path::<Instant>::new("dateLastModified").is_ok());
/// assert!(Path::<Number>::new("dateLastModified").is_err());
/// assert!(Path::<Number>::new("ssn").is_err());
/// ```
pub struct Path<K> {
    name: Cow<'static, str>,
    kind: PhantomData<K>,
}

impl<K> Path<K> {
    /// The path as the server knows it.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    const fn known(name: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            kind: PhantomData,
        }
    }
}

impl<K: Kind> Path<K> {
    /// Checks and keeps a path: names joined by dots.
    ///
    /// # Errors
    /// [`FieldError`] when a part is no name or a forbidden field, or when the name is that of a date and the kind is
    /// not [`Instant`], or the other way round.
    pub fn new(path: &str) -> Result<Self, FieldError> {
        for part in path.split('.') {
            check_name(part)?;
        }
        let last = path.rsplit('.').next().unwrap_or_default();
        if is_named_like_a_date(last) != K::IS_DATE {
            return Err(FieldError::WrongKind {
                name: path.to_owned(),
                kind: K::NAME,
            });
        }
        Ok(Self {
            name: Cow::Owned(path.to_owned()),
            kind: PhantomData,
        })
    }
}

impl Path<Number> {
    /// `id`, which every record has.
    pub const ID: Self = Self::known("id");
}

impl Path<Instant> {
    /// `dateLastModified`.
    pub const DATE_LAST_MODIFIED: Self = Self::known("dateLastModified");
    /// `dateAdded`.
    pub const DATE_ADDED: Self = Self::known("dateAdded");
}

impl Path<Flag> {
    /// `isDeleted`.
    pub const IS_DELETED: Self = Self::known("isDeleted");
    /// `isOpen`, of a job order.
    pub const IS_OPEN: Self = Self::known("isOpen");
}

impl Path<Text> {
    /// `status`.
    pub const STATUS: Self = Self::known("status");
}

impl<K> Clone for Path<K> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            kind: PhantomData,
        }
    }
}

impl<K> fmt::Debug for Path<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({})", self.name)
    }
}

impl<K> fmt::Display for Path<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Dates are called `dateX`, `xDate` or `customDate1`.
fn is_named_like_a_date(name: &str) -> bool {
    let starts = name
        .strip_prefix("date")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase()));
    starts
        || name
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .ends_with("Date")
}

/// The kind of a field's values: [`Text`], [`Number`], [`Flag`] or [`Instant`].
pub trait Kind: sealed::Sealed {
    /// What a field of this kind is compared with.
    type Value<'a>;
    /// The kind's name in errors.
    const NAME: &'static str;
    /// Whether the values are moments.
    const IS_DATE: bool;
    /// The value as a literal of a where clause.
    fn where_literal(value: Self::Value<'_>) -> String;
}

/// Fields that hold text.
#[derive(Debug, Clone, Copy)]
pub enum Text {}

/// Fields that hold whole numbers, ids among them.
#[derive(Debug, Clone, Copy)]
pub enum Number {}

/// Fields that hold yes or no.
#[derive(Debug, Clone, Copy)]
pub enum Flag {}

/// Fields that hold a moment.
#[derive(Debug, Clone, Copy)]
pub enum Instant {}

impl Kind for Text {
    type Value<'a> = &'a str;
    const NAME: &'static str = "text";
    const IS_DATE: bool = false;

    fn where_literal(value: &str) -> String {
        format!("'{}'", value.replace('\0', "").replace('\'', "''"))
    }
}

impl Kind for Number {
    type Value<'a> = i64;
    const NAME: &'static str = "a number";
    const IS_DATE: bool = false;

    fn where_literal(value: i64) -> String {
        value.to_string()
    }
}

impl Kind for Flag {
    type Value<'a> = bool;
    const NAME: &'static str = "a flag";
    const IS_DATE: bool = false;

    fn where_literal(value: bool) -> String {
        value.to_string()
    }
}

impl Kind for Instant {
    type Value<'a> = Timestamp;
    const NAME: &'static str = "a date";
    const IS_DATE: bool = true;

    /// Epoch milliseconds; epoch seconds would match everything.
    fn where_literal(value: Timestamp) -> String {
        value.as_millisecond().to_string()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Text {}
    impl Sealed for super::Number {}
    impl Sealed for super::Flag {}
    impl Sealed for super::Instant {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_from_other_names() {
        for name in [
            "dateAdded",
            "date",
            "startDate",
            "customDate1",
            "correlatedCustomDate3",
            "owner.dateAdded",
        ] {
            assert!(Path::<Instant>::new(name).is_ok(), "{name}");
            assert!(Path::<Number>::new(name).is_err(), "{name}");
            assert!(Path::<Text>::new(name).is_err(), "{name}");
        }
        for name in ["candidate.id", "dates", "update", "mandate", "salary"] {
            assert!(Path::<Number>::new(name).is_ok(), "{name}");
            assert!(Path::<Instant>::new(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_path_never_leads_to_a_forbidden_field() {
        assert_eq!(
            Path::<Text>::new("candidate.ethnicity").unwrap_err(),
            FieldError::Forbidden {
                name: "ethnicity".to_owned()
            }
        );
        assert!(Path::<Text>::new("status:Active OR x").is_err());
        assert!(Path::<Text>::new("a..b").is_err());
    }
}
