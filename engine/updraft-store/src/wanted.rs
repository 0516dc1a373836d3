//! Conditions of lists, given as rows: so that one statement serves a list whatever it is asked for.
//!
//! A statement begins with [`wanted!`]; each condition that it knows has a name. A name without rows demands nothing. What a condition
//! compares with is evaluated once, so that a row of the list costs no more than with parameters.

use jiff::Timestamp;
use updraft_sql::{ColumnType, Value, row};

use crate::run_list::TimeSpan;
use crate::table::storable;

/// The columns of the batch.
pub(crate) const COLUMNS: &[(&str, ColumnType)] = &[
    ("kind", ColumnType::Text),
    ("word", ColumnType::Text),
    ("number", ColumnType::I64),
];

/// The head of a statement.
macro_rules! wanted {
    () => {
        "WITH wanted AS (SELECT kind, word, number FROM {batch}) "
    };
}

/// A text that is one of those that are named.
macro_rules! among {
    ($kind:literal, $column:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM wanted WHERE kind = '",
            $kind,
            "') OR ",
            $column,
            " IN (SELECT word FROM wanted WHERE kind = '",
            $kind,
            "'))"
        )
    };
}

/// A number that is one of those that are named.
macro_rules! among_numbers {
    ($kind:literal, $column:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM wanted WHERE kind = '",
            $kind,
            "') OR ",
            $column,
            " IN (SELECT number FROM wanted WHERE kind = '",
            $kind,
            "'))"
        )
    };
}

/// A number that is not below the one that is named `KIND>=`, nor above the one that is named `KIND<=`.
macro_rules! within {
    ($kind:literal, $column:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM wanted WHERE kind = '",
            $kind,
            ">=') OR ",
            $column,
            " >= (SELECT max(number) FROM wanted WHERE kind = '",
            $kind,
            ">=')) AND ",
            "(NOT EXISTS (SELECT 1 FROM wanted WHERE kind = '",
            $kind,
            "<=') OR ",
            $column,
            " <= (SELECT min(number) FROM wanted WHERE kind = '",
            $kind,
            "<='))"
        )
    };
}

/// A text that holds one of the patterns, and begins with one of the beginnings that are named `KIND^`.
macro_rules! like {
    ($kind:literal, $column:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM wanted WHERE kind = '",
            $kind,
            "') OR ",
            "EXISTS (SELECT 1 FROM wanted WHERE kind = '",
            $kind,
            "' AND lower(",
            $column,
            ") LIKE word ESCAPE '\\')) AND ",
            "(NOT EXISTS (SELECT 1 FROM wanted WHERE kind = '",
            $kind,
            "^') OR ",
            "EXISTS (SELECT 1 FROM wanted WHERE kind = '",
            $kind,
            "^' AND substr(",
            $column,
            ", 1, length(word)) = word))"
        )
    };
}

/// The order of a list whose rows have a `sort_word` or a `sort_number`: `$1` is 1, or -1 for the other way round.
macro_rules! sorted {
    () => {
        "ORDER BY CASE WHEN $1 > 0 THEN sort_word END NULLS LAST, CASE WHEN $1 < 0 THEN sort_word END DESC NULLS LAST, \
                  $1 * sort_number NULLS LAST"
    };
}

pub(crate) use {among, among_numbers, like, sorted, wanted, within};

/// How a text is searched for. Of several patterns, or beginnings, one must fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextSearch {
    /// It holds one of these, letters of either case being the same; `%` is any text and `_` any character.
    pub patterns: Vec<String>,
    /// It begins with exactly one of these.
    pub prefixes: Vec<String>,
}

/// A span of numbers, both ends included; without an end there is no limit there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NumberSpan {
    /// The least.
    pub from: Option<i64>,
    /// The greatest.
    pub until: Option<i64>,
}

impl From<TimeSpan> for NumberSpan {
    fn from(span: TimeSpan) -> Self {
        Self {
            from: span.from.map(Timestamp::as_microsecond),
            until: span.until.map(Timestamp::as_microsecond),
        }
    }
}

/// What a list is asked for.
#[derive(Debug, Default)]
pub(crate) struct Conditions(Vec<(String, Option<String>, Option<i64>)>);

impl Conditions {
    /// The text is one of these, if any are named; with none in the list, no row is meant.
    pub(crate) fn among<'w>(&mut self, kind: &str, words: Option<impl IntoIterator<Item = &'w str>>) {
        if let Some(words) = words {
            self.0.push((kind.to_owned(), None, None));
            let word = |word: &str| (kind.to_owned(), Some(storable(word)), None);
            self.0.extend(words.into_iter().map(word));
        }
    }

    /// As [`Conditions::among`], where an empty list asks for nothing.
    pub(crate) fn some_of(&mut self, kind: &str, words: &[String]) {
        let words = (!words.is_empty()).then(|| words.iter().map(String::as_str));
        self.among(kind, words);
    }

    /// The number is one of these, if there are any.
    pub(crate) fn numbers(&mut self, kind: &str, numbers: &[i64]) {
        let number = |number: &i64| (kind.to_owned(), None, Some(*number));
        self.0.extend(numbers.iter().map(number));
    }

    /// The number lies in a span.
    pub(crate) fn within(&mut self, kind: &str, span: impl Into<NumberSpan>) {
        let NumberSpan { from, until } = span.into();
        self.0
            .extend(from.map(|from| (format!("{kind}>="), None, Some(from))));
        self.0
            .extend(until.map(|until| (format!("{kind}<="), None, Some(until))));
    }

    /// The text is found.
    pub(crate) fn search(&mut self, kind: &str, search: &TextSearch) {
        let pattern = |pattern: &String| format!("%{}%", pattern.to_lowercase());
        for pattern in search.patterns.iter().map(pattern) {
            self.0.push((kind.to_owned(), Some(storable(&pattern)), None));
        }
        for prefix in &search.prefixes {
            self.0.push((format!("{kind}^"), Some(storable(prefix)), None));
        }
    }

    /// A condition that has no more to say than its name.
    pub(crate) fn flag(&mut self, kind: &str, is_wanted: Option<bool>) {
        if let Some(is_wanted) = is_wanted {
            self.0.push((kind.to_owned(), None, Some(is_wanted.into())));
        }
    }

    /// The rows of the batch.
    pub(crate) fn rows(&self) -> impl Iterator<Item = [Value<'_>; 3]> {
        self.0
            .iter()
            .map(|(kind, word, number)| row![kind.as_str(), word.as_deref(), *number])
    }
}
