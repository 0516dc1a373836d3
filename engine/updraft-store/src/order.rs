//! Pages of lists, sorted by the database.
//!
//! A statement of the catalogue has one text, so the columns that a list can be sorted by all stand in it; parameters say which of them
//! count. See [`sorted_by!`].

use updraft_sql::{Query, Row};

use crate::error::StoreError;
use crate::table::TableRow;

/// What a list is sorted by: names of columns as programs say them, with `-` before one the other way round. Two count at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SortKeys {
    /// What comes first.
    pub first: Option<String>,
    /// What decides among those that are equal there.
    pub second: Option<String>,
}

/// Which part of a list, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Paging {
    /// What the list is sorted by.
    pub sort: SortKeys,
    /// At most so many.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

impl Paging {
    /// Binds the four parameters with which the text of a page ends: two sort keys, limit and offset.
    pub(crate) fn bind<'p>(&'p self, query: Query<'p>) -> Query<'p> {
        query
            .bind(self.sort.first.as_deref())
            .bind(self.sort.second.as_deref())
            .bind(i64::from(self.limit))
            .bind(i64::from(self.offset))
    }
}

/// How a text is searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextLike {
    /// It holds this, letters of either case being the same; `%` is any text and `_` any character.
    pub pattern: Option<String>,
    /// It begins with exactly this.
    pub prefix: Option<String>,
}

impl TextLike {
    /// Binds two parameters, pattern and prefix.
    pub(crate) fn bind<'l>(&'l self, query: Query<'l>) -> Query<'l> {
        query
            .bind(holding(self.pattern.as_deref()))
            .bind(self.prefix.as_deref())
    }
}

/// A pattern of `LIKE ... ESCAPE '~'` for texts in lower case that hold this, in which `%` and `_` mean what they do in SQL.
pub(crate) fn holding(pattern: Option<&str>) -> Option<String> {
    pattern.map(|pattern| format!("%{}%", pattern.to_lowercase().replace('~', "~~")))
}

/// The number that a `SELECT count(*) AS number` tells.
pub(crate) fn counted(table: &'static str, row: &Row) -> Result<u64, StoreError> {
    TableRow { table, row }.number("number")
}

/// The order of a list: for each of two parameters, and each name that it may hold, the expression that is sorted by. It ends with a
/// comma; what follows decides among those that are equal.
macro_rules! sorted_by {
    ($first:literal, $second:literal; $($name:literal => $expression:literal),+ $(,)?) => {
        concat!(
            $("CASE WHEN ", $first, " = '", $name, "' THEN ", $expression, " END NULLS LAST, \
               CASE WHEN ", $first, " = '-", $name, "' THEN ", $expression, " END DESC NULLS LAST, ",)+
            $("CASE WHEN ", $second, " = '", $name, "' THEN ", $expression, " END NULLS LAST, \
               CASE WHEN ", $second, " = '-", $name, "' THEN ", $expression, " END DESC NULLS LAST, ",)+
        )
    };
}
pub(crate) use sorted_by;
