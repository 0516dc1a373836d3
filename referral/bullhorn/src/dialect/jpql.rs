//! Where clauses for `/query`, in Bullhorn's subset of JPQL. Dates are epoch milliseconds, quotes inside texts are
//! doubled.

use std::fmt;

use crate::dialect::path::{Kind, Number, Path, Text};
use crate::error::QueryError;

/// A where clause for `/query`.
///
/// ```
/// use bullhorn::{Path, Text, Where};
///
/// let since = "2030-01-01T00:00:00Z".parse()?;
/// let title = Path::<Text>::new("title")?;
/// let open = Where::at_least(&Path::DATE_LAST_MODIFIED, since)
///     .and(Where::is(&Path::IS_OPEN, true).or(Where::is(&title, "Driver's mate")));
/// assert_eq!(
///     open.to_string(),
///     "dateLastModified >= 1893456000000 AND (isOpen = true OR title = 'Driver''s mate')"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Where {
    text: String,
    shape: Shape,
    /// The fields mentioned, to refuse those that an entity does not have.
    fields: Vec<String>,
}

/// What the outermost operator is, which decides about parentheses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Single,
    And,
    Or,
}

impl Where {
    /// `path = value`
    pub fn is<K: Kind>(path: &Path<K>, value: K::Value<'_>) -> Self {
        Self::compare(path, "=", value)
    }

    /// `path <> value`
    pub fn is_not<K: Kind>(path: &Path<K>, value: K::Value<'_>) -> Self {
        Self::compare(path, "<>", value)
    }

    /// `path < value`
    pub fn below<K: Kind>(path: &Path<K>, value: K::Value<'_>) -> Self {
        Self::compare(path, "<", value)
    }

    /// `path <= value`
    pub fn at_most<K: Kind>(path: &Path<K>, value: K::Value<'_>) -> Self {
        Self::compare(path, "<=", value)
    }

    /// `path > value`
    pub fn above<K: Kind>(path: &Path<K>, value: K::Value<'_>) -> Self {
        Self::compare(path, ">", value)
    }

    /// `path >= value`
    pub fn at_least<K: Kind>(path: &Path<K>, value: K::Value<'_>) -> Self {
        Self::compare(path, ">=", value)
    }

    /// `path IN (values)`
    ///
    /// # Errors
    /// [`QueryError::EmptyList`] for no value.
    pub fn one_of<'v, K: Kind>(
        path: &Path<K>,
        values: impl IntoIterator<Item = K::Value<'v>>,
    ) -> Result<Self, QueryError> {
        Self::list(path, "IN", values)
    }

    /// `path NOT IN (values)`
    ///
    /// # Errors
    /// [`QueryError::EmptyList`] for no value.
    pub fn none_of<'v, K: Kind>(
        path: &Path<K>,
        values: impl IntoIterator<Item = K::Value<'v>>,
    ) -> Result<Self, QueryError> {
        Self::list(path, "NOT IN", values)
    }

    /// `path LIKE pattern`, where `%` stands for any text and `_` for any character.
    pub fn like(path: &Path<Text>, pattern: &str) -> Self {
        Self::compare(path, "LIKE", pattern)
    }

    /// `path IS NULL`
    pub fn is_null<K>(path: &Path<K>) -> Self {
        Self::single(path.as_str(), format!("{path} IS NULL"))
    }

    /// `path IS NOT NULL`
    pub fn is_not_null<K>(path: &Path<K>) -> Self {
        Self::single(path.as_str(), format!("{path} IS NOT NULL"))
    }

    /// `path IS EMPTY`, for a to-many field.
    pub fn is_empty<K>(path: &Path<K>) -> Self {
        Self::single(path.as_str(), format!("{path} IS EMPTY"))
    }

    /// `path IS NOT EMPTY`, for a to-many field.
    pub fn is_not_empty<K>(path: &Path<K>) -> Self {
        Self::single(path.as_str(), format!("{path} IS NOT EMPTY"))
    }

    /// `id MEMBER OF path`, for a to-many field.
    pub fn has_member(path: &Path<Number>, id: i64) -> Self {
        Self::single(path.as_str(), format!("{id} MEMBER OF {path}"))
    }

    /// `id NOT MEMBER OF path`, for a to-many field.
    pub fn lacks_member(path: &Path<Number>, id: i64) -> Self {
        Self::single(path.as_str(), format!("{id} NOT MEMBER OF {path}"))
    }

    /// Both clauses hold.
    pub fn and(self, other: Self) -> Self {
        self.join(other, Shape::And)
    }

    /// At least one of both clauses holds.
    pub fn or(self, other: Self) -> Self {
        self.join(other, Shape::Or)
    }

    /// The clause does not hold.
    pub fn negated(self) -> Self {
        Self {
            text: format!("NOT ({})", self.text),
            shape: Shape::Single,
            fields: self.fields,
        }
    }

    /// Whether the clause mentions a field.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field == name)
    }

    fn compare<K: Kind>(path: &Path<K>, operator: &str, value: K::Value<'_>) -> Self {
        Self::single(
            path.as_str(),
            format!("{path} {operator} {}", K::where_literal(value)),
        )
    }

    fn list<'v, K: Kind>(
        path: &Path<K>,
        operator: &str,
        values: impl IntoIterator<Item = K::Value<'v>>,
    ) -> Result<Self, QueryError> {
        let values: Vec<String> = values.into_iter().map(K::where_literal).collect();
        if values.is_empty() {
            return Err(QueryError::EmptyList {
                path: path.to_string(),
            });
        }
        Ok(Self::single(
            path.as_str(),
            format!("{path} {operator} ({})", values.join(", ")),
        ))
    }

    fn single(field: &str, text: String) -> Self {
        Self {
            text,
            shape: Shape::Single,
            fields: vec![field.to_owned()],
        }
    }

    fn join(mut self, mut other: Self, shape: Shape) -> Self {
        let operator = if shape == Shape::And { "AND" } else { "OR" };
        let text = format!("{} {operator} {}", self.operand(shape), other.operand(shape));
        self.fields.append(&mut other.fields);
        Self {
            text,
            shape,
            fields: self.fields,
        }
    }

    fn operand(&self, inside: Shape) -> String {
        if self.shape == Shape::Single || self.shape == inside {
            self.text.clone()
        } else {
            format!("({})", self.text)
        }
    }
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_operator_is_written_as_documented() {
        let title = Path::<Text>::new("title").unwrap();
        let owner = Path::<Number>::new("owner.id").unwrap();
        let skills = Path::<Number>::new("skills").unwrap();
        let moment = Timestamp::from_millisecond(1_500_000_000_000).unwrap();
        let cases = [
            (Where::is(&title, "A'B"), "title = 'A''B'"),
            (Where::is_not(&owner, 7), "owner.id <> 7"),
            (
                Where::below(&Path::DATE_ADDED, moment),
                "dateAdded < 1500000000000",
            ),
            (Where::at_most(&owner, -1), "owner.id <= -1"),
            (Where::above(&owner, 1), "owner.id > 1"),
            (
                Where::at_least(&Path::DATE_ADDED, moment),
                "dateAdded >= 1500000000000",
            ),
            (Where::one_of(&owner, [1, 2]).unwrap(), "owner.id IN (1, 2)"),
            (
                Where::none_of(&title, ["a", "b"]).unwrap(),
                "title NOT IN ('a', 'b')",
            ),
            (Where::like(&title, "Dev%"), "title LIKE 'Dev%'"),
            (Where::is_null(&owner), "owner.id IS NULL"),
            (Where::is_not_null(&owner), "owner.id IS NOT NULL"),
            (Where::is_empty(&skills), "skills IS EMPTY"),
            (Where::is_not_empty(&skills), "skills IS NOT EMPTY"),
            (Where::has_member(&skills, 3), "3 MEMBER OF skills"),
            (Where::lacks_member(&skills, 3), "3 NOT MEMBER OF skills"),
            (Where::is(&Path::IS_DELETED, false), "isDeleted = false"),
        ];
        for (clause, expected) in cases {
            assert_eq!(clause.to_string(), expected);
        }
        assert!(matches!(
            Where::one_of(&owner, []),
            Err(QueryError::EmptyList { .. })
        ));
    }

    #[test]
    fn mixed_operators_are_parenthesised() {
        let id = |value| Where::is(&Path::ID, value);
        assert_eq!(
            id(1).and(id(2)).and(id(3)).to_string(),
            "id = 1 AND id = 2 AND id = 3"
        );
        assert_eq!(
            id(1).or(id(2)).and(id(3)).to_string(),
            "(id = 1 OR id = 2) AND id = 3"
        );
        assert_eq!(
            id(1).and(id(2).or(id(3)).negated()).to_string(),
            "id = 1 AND NOT (id = 2 OR id = 3)"
        );
    }

    proptest! {
        #[test]
        fn any_text_stays_inside_its_quotes(text in "[^\\x00]*") {
            let literal = <Text as Kind>::where_literal(&text);
            let body = literal.strip_prefix('\'').unwrap().strip_suffix('\'').unwrap();
            prop_assert!(!body.replace("''", "").contains('\''));
            prop_assert_eq!(body.replace("''", "'"), text);
        }
    }
}
