//! The catalogue: every statement stands once, with the texts that differ between the databases beside each other.

use std::sync::OnceLock;

use crate::batch;
use crate::value::{ColumnType, ToValue, Value};

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backend {
    /// PostgreSQL 13 or newer.
    Postgres,
    /// The embedded SQLite.
    Sqlite,
}

/// One statement of a catalogue. Made by [`crate::statements!`], so that none is missing from its catalogue.
///
/// Parameters are `$1`, `$2`, ... on both databases. Where the text says `{batch}`, the rows given to
/// [`Query::rows`] appear as a table named `batch` with the columns of [`Sql::batch`]: `UNNEST` of one array per column
/// on PostgreSQL, `jsonb_each` of one JSON text on SQLite. Its parameters come after those of the text.
/// After `{batch}` an `INSERT .. SELECT .. ON CONFLICT` needs `WHERE TRUE` (SQLite would read `ON` as a join).
#[derive(Debug)]
pub struct Sql {
    name: &'static str,
    postgres: &'static str,
    sqlite: &'static str,
    batch: &'static [(&'static str, ColumnType)],
    postgres_text: OnceLock<String>,
    sqlite_text: OnceLock<String>,
}

impl Sql {
    /// A statement whose text is the same on both databases.
    pub const fn new(common: &'static str) -> Self {
        Self::per_backend(common, common)
    }

    /// A statement with a text for each database; say in a comment which feature forces it.
    pub const fn per_backend(postgres: &'static str, sqlite: &'static str) -> Self {
        Self {
            name: "",
            postgres,
            sqlite,
            batch: &[],
            postgres_text: OnceLock::new(),
            sqlite_text: OnceLock::new(),
        }
    }

    /// Declares the columns of `{batch}`, in the order of the rows given to [`Query::rows`].
    pub const fn batch(mut self, columns: &'static [(&'static str, ColumnType)]) -> Self {
        self.batch = columns;
        self
    }

    /// Names the statement for errors and reports; [`crate::statements!`] does it.
    pub const fn named(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// The path of the statement in its crate, such as `updraft_store::runs::INSERT_RUN`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The columns of `{batch}`; empty if the statement takes none.
    pub fn batch_columns(&self) -> &'static [(&'static str, ColumnType)] {
        self.batch
    }

    /// The text sent to that database, with `{batch}` written out.
    pub fn text(&'static self, backend: Backend) -> &'static str {
        match backend {
            Backend::Postgres => self.postgres_text.get_or_init(|| {
                batch::render(self.postgres, |first| batch::postgres_table(self.batch, first))
            }),
            Backend::Sqlite => self
                .sqlite_text
                .get_or_init(|| batch::render(self.sqlite, |at| batch::sqlite_table(self.batch, at))),
        }
    }

    /// Starts a run of this statement without parameters.
    pub fn query<'a>(&'static self) -> Query<'a> {
        Query {
            sql: self,
            values: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Starts a run of this statement and binds `$1`.
    pub fn bind<'a>(&'static self, value: impl ToValue<'a>) -> Query<'a> {
        self.query().bind(value)
    }

    /// Starts a run of this statement with the rows of its `{batch}`.
    pub fn rows<'a, const N: usize>(
        &'static self,
        rows: impl IntoIterator<Item = [Value<'a>; N]>,
    ) -> Query<'a> {
        self.query().rows(rows)
    }
}

/// A statement with its values, ready to be run by [`crate::Db`] or [`crate::Tx`].
#[derive(Debug, Clone)]
#[must_use = "a query does nothing until it is run"]
pub struct Query<'a> {
    pub(crate) sql: &'static Sql,
    pub(crate) values: Vec<Value<'a>>,
    /// The cells of the batch, row after row.
    pub(crate) rows: Vec<Value<'a>>,
}

impl<'a> Query<'a> {
    /// Binds the next parameter: `$1`, then `$2`, ...
    pub fn bind(mut self, value: impl ToValue<'a>) -> Self {
        self.values.push(value.to_value());
        self
    }

    /// Gives the rows of `{batch}`; a second call adds to the first. No rows is a batch without rows.
    pub fn rows<const N: usize>(mut self, rows: impl IntoIterator<Item = [Value<'a>; N]>) -> Self {
        for row in rows {
            self.rows.extend(row);
        }
        self
    }

    /// The statement that this runs.
    pub fn statement(&self) -> &'static Sql {
        self.sql
    }
}

/// Declares statements and the slice that registers them, in one go.
///
/// ```
/// use updraft_sql::{Sql, statements};
///
/// statements! {
///     /// What this file sends to the database.
///     pub STATEMENTS;
///
///     /// How many people there are.
///     COUNT = Sql::new("SELECT count(*) AS people FROM person");
/// }
/// assert_eq!(STATEMENTS.len(), 1);
/// assert!(COUNT.name().ends_with("::COUNT"));
/// ```
#[macro_export]
macro_rules! statements {
    (
        $(#[$slice_doc:meta])* $visibility:vis $slice:ident;
        $($(#[$doc:meta])* $name:ident = $sql:expr;)+
    ) => {
        $(
            $(#[$doc])*
            static $name: $crate::Sql = $sql.named(concat!(module_path!(), "::", stringify!($name)));
        )+

        $(#[$slice_doc])*
        $visibility static $slice: &[&$crate::Sql] = &[$(&$name),+];
    };
}
