//! What a Lucene query says, before anybody asks which fields exist.

use crate::pattern::Pattern;

/// Whether a clause must, may or must not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occur {
    Must,
    Should,
    MustNot,
}

/// One clause of a group.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clause {
    pub(crate) occur: Occur,
    pub(crate) query: Query,
}

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Query {
    Group(Vec<Clause>),
    /// A test of one field; none: of the fields that a bare word is looked up in.
    Leaf {
        field: Option<String>,
        leaf: Leaf,
    },
    /// `*:*`.
    Everything,
}

/// What a field is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Leaf {
    /// A word without placeholders.
    Term(String),
    /// A text in double quotes.
    Phrase(String),
    Wildcard(Pattern),
    Range(Range),
    /// `field:*`: there is a value.
    Exists,
}

/// `[a TO b]` with inclusive, `{a TO b}` with exclusive ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) lower: End,
    pub(crate) upper: End,
}

/// One end of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    /// None: open (`*`).
    pub(crate) text: Option<String>,
    pub(crate) inclusive: bool,
}
