//! One row of a result, whichever database it came from.

use jiff::Timestamp;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

use crate::error::{SqlError, SqlErrorKind};

/// One row of a result.
#[derive(Debug)]
pub struct Row(RowInner);

#[derive(Debug)]
enum RowInner {
    Postgres(PgRow),
    Sqlite(SqliteRow),
}

/// The types a column can be read as: `bool`, `i64`, `f64`, `String`, `Vec<u8>`, `Uuid`, and `Option` of each.
pub trait Column:
    for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>
{
}

impl<T> Column for T where
    T: for<'r> Decode<'r, Postgres> + Type<Postgres> + for<'r> Decode<'r, Sqlite> + Type<Sqlite>
{
}

impl Row {
    /// Reads the column of that name.
    ///
    /// # Errors
    /// [`SqlErrorKind::InvalidRow`] if there is no such column, it holds another type, or `NULL` where `T` is no `Option`.
    pub fn get<T: Column>(&self, column: &str) -> Result<T, SqlError> {
        let value = match &self.0 {
            RowInner::Postgres(row) => row.try_get(column),
            RowInner::Sqlite(row) => row.try_get(column),
        };
        value.map_err(|error| SqlError::new(SqlErrorKind::InvalidRow, "", &std::sync::Arc::from(""), error))
    }

    /// Reads a column of microseconds UTC as a time.
    ///
    /// # Errors
    /// As [`Row::get`]; also if the number is no time.
    pub fn timestamp(&self, column: &str) -> Result<Timestamp, SqlError> {
        time(column, self.get(column)?)
    }

    /// Reads a column of microseconds UTC that may be `NULL`.
    ///
    /// # Errors
    /// As [`Row::timestamp`].
    pub fn optional_timestamp(&self, column: &str) -> Result<Option<Timestamp>, SqlError> {
        self.get::<Option<i64>>(column)?
            .map(|value| time(column, value))
            .transpose()
    }
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        Self(RowInner::Postgres(row))
    }
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self(RowInner::Sqlite(row))
    }
}

fn time(column: &str, microseconds: i64) -> Result<Timestamp, SqlError> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|error| SqlError::invalid_row(format!("column `{column}` holds no time: {error}")))
}
