//! Batches: many rows as one parameter set, so that a statement runs once whatever their number.

use std::io::{self, Write};
use std::sync::Arc;

use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

use crate::error::SqlError;
use crate::statement::{Backend, Query};
use crate::value::{ColumnType, Value};

/// Why values could not be handed to the database: a bug in the caller, or data that no database takes.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncodeError {
    #[error("value {position} is {what}, which cannot be stored")]
    Value { position: usize, what: &'static str },
    #[error("the batch has {cells} cells, which is not a multiple of its {columns} columns")]
    Shape { cells: usize, columns: usize },
    #[error("column `{column}` of the batch takes {declared:?}, a row holds {found:?}")]
    Column {
        column: &'static str,
        declared: ColumnType,
        found: ColumnType,
    },
    #[error("value cannot be encoded")]
    Driver(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Replaces `{batch}` by the table that `table` makes, given the number of its first parameter.
pub(crate) fn render(text: &str, table: impl FnOnce(usize) -> String) -> String {
    const MARKER: &str = "{batch}";
    if text.contains(MARKER) {
        text.replace(MARKER, &table(highest_parameter(text) + 1))
    } else {
        text.to_owned()
    }
}

/// The `n` of the highest `$n` in the text; 0 without any.
fn highest_parameter(text: &str) -> usize {
    text.split('$')
        .skip(1)
        .map(|rest| {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            rest.get(..digits)
                .and_then(|number| number.parse().ok())
                .unwrap_or(0)
        })
        .max()
        .unwrap_or(0)
}

/// `UNNEST($2::TEXT[], $3::BIGINT[]) AS batch(name, size)`.
pub(crate) fn postgres_table(columns: &[(&str, ColumnType)], first: usize) -> String {
    let arrays: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(index, (_, column_type))| {
            let name = match column_type {
                ColumnType::Bool => "BOOLEAN",
                ColumnType::I64 => "BIGINT",
                ColumnType::F64 => "DOUBLE PRECISION",
                ColumnType::Text => "TEXT",
                ColumnType::Bytes => "BYTEA",
                ColumnType::Uuid => "UUID",
            };
            format!("${}::{name}[]", first + index)
        })
        .collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    format!("UNNEST({}) AS batch({})", arrays.join(", "), names.join(", "))
}

/// `(SELECT value->>0 AS name, value->>1 AS size FROM jsonb_each($2)) AS batch`; bytes travel as hexadecimal text. `json_each` would
/// write each row as text again for every column of it that is read.
pub(crate) fn sqlite_table(columns: &[(&str, ColumnType)], at: usize) -> String {
    let cells: Vec<String> = columns
        .iter()
        .enumerate()
        .map(|(index, (name, column_type))| match column_type {
            ColumnType::Bytes | ColumnType::Uuid => format!("unhex(value->>{index}) AS {name}"),
            ColumnType::Bool | ColumnType::I64 | ColumnType::F64 | ColumnType::Text => {
                format!("value->>{index} AS {name}")
            }
        })
        .collect();
    format!("(SELECT {} FROM jsonb_each(${at})) AS batch", cells.join(", "))
}

impl Query<'_> {
    /// The statement with its values, for PostgreSQL's driver.
    pub(crate) fn into_postgres(
        self,
        place: &Arc<str>,
    ) -> Result<sqlx::query::Query<'static, Postgres, PgArguments>, SqlError> {
        let sql = self.sql;
        let arguments = self
            .postgres_arguments()
            .map_err(|error| SqlError::encode(error, sql.name(), place))?;
        Ok(sqlx::query_with(sql.text(Backend::Postgres), arguments))
    }

    /// The statement with its values, for SQLite's driver.
    pub(crate) fn into_sqlite(
        self,
        place: &Arc<str>,
    ) -> Result<sqlx::query::Query<'static, Sqlite, SqliteArguments>, SqlError> {
        let sql = self.sql;
        let arguments = self
            .sqlite_arguments()
            .map_err(|error| SqlError::encode(error, sql.name(), place))?;
        Ok(sqlx::query_with(sql.text(Backend::Sqlite), arguments))
    }

    /// The values as PostgreSQL wants them: parameters, then one array per batch column.
    fn postgres_arguments(self) -> Result<PgArguments, EncodeError> {
        self.check()?;
        let mut arguments = PgArguments::default();
        for value in self.values {
            add_postgres(&mut arguments, value)?;
        }
        let columns = self.sql.batch_columns();
        for (index, (_, column_type)) in columns.iter().enumerate() {
            let cells = self.rows.iter().skip(index).step_by(columns.len());
            add_array(&mut arguments, *column_type, cells)?;
        }
        Ok(arguments)
    }

    /// The values as SQLite wants them: parameters, then the batch as one JSON text.
    fn sqlite_arguments(self) -> Result<SqliteArguments, EncodeError> {
        self.check()?;
        let mut arguments = SqliteArguments::default();
        for value in self.values {
            add_sqlite(&mut arguments, value)?;
        }
        let columns = self.sql.batch_columns().len();
        if columns > 0 {
            put_sqlite(&mut arguments, json_rows(&self.rows, columns)?)?;
        }
        Ok(arguments)
    }

    /// Refuses what either database would refuse, and rows that do not fit the declared columns.
    fn check(&self) -> Result<(), EncodeError> {
        for (position, value) in self.values.iter().chain(&self.rows).enumerate() {
            value.check().map_err(|what| EncodeError::Value {
                position: position + 1,
                what,
            })?;
        }
        let columns = self.sql.batch_columns();
        if columns.is_empty() && self.rows.is_empty() {
            return Ok(());
        }
        if columns.is_empty() || !self.rows.len().is_multiple_of(columns.len()) {
            return Err(EncodeError::Shape {
                cells: self.rows.len(),
                columns: columns.len(),
            });
        }
        for (cell, (column, declared)) in self.rows.iter().zip(columns.iter().cycle()) {
            let found = cell.column_type();
            if found != *declared {
                return Err(EncodeError::Column {
                    column,
                    declared: *declared,
                    found,
                });
            }
        }
        Ok(())
    }
}

fn put_postgres<'t, T>(arguments: &mut PgArguments, value: T) -> Result<(), EncodeError>
where
    T: Encode<'t, Postgres> + Type<Postgres>,
{
    arguments.add(value).map_err(EncodeError::Driver)
}

fn put_sqlite<'t, T>(arguments: &mut SqliteArguments, value: T) -> Result<(), EncodeError>
where
    T: Encode<'t, Sqlite> + Type<Sqlite>,
{
    Arguments::add(arguments, value).map_err(EncodeError::Driver)
}

fn add_postgres(arguments: &mut PgArguments, value: Value<'_>) -> Result<(), EncodeError> {
    match value {
        Value::Null(ColumnType::Bool) => put_postgres(arguments, None::<bool>),
        Value::Null(ColumnType::I64) => put_postgres(arguments, None::<i64>),
        Value::Null(ColumnType::F64) => put_postgres(arguments, None::<f64>),
        Value::Null(ColumnType::Text) => put_postgres(arguments, None::<String>),
        Value::Null(ColumnType::Bytes) => put_postgres(arguments, None::<Vec<u8>>),
        Value::Null(ColumnType::Uuid) => put_postgres(arguments, None::<Uuid>),
        Value::Bool(value) => put_postgres(arguments, value),
        Value::I64(value) => put_postgres(arguments, value),
        Value::F64(value) => put_postgres(arguments, value),
        Value::Text(value) => put_postgres(arguments, value.as_ref()),
        Value::Bytes(value) => put_postgres(arguments, value.as_ref()),
        Value::Uuid(value) => put_postgres(arguments, value),
    }
}

fn add_sqlite(arguments: &mut SqliteArguments, value: Value<'_>) -> Result<(), EncodeError> {
    match value {
        Value::Null(_) => put_sqlite(arguments, None::<i64>),
        Value::Bool(value) => put_sqlite(arguments, value),
        Value::I64(value) => put_sqlite(arguments, value),
        Value::F64(value) => put_sqlite(arguments, value),
        Value::Text(value) => put_sqlite(arguments, value.into_owned()),
        Value::Bytes(value) => put_sqlite(arguments, value.into_owned()),
        Value::Uuid(value) => put_sqlite(arguments, value),
    }
}

/// Adds one column of a batch as an array. The types were checked before, so a cell of another type is a `NULL`.
fn add_array<'v>(
    arguments: &mut PgArguments,
    column_type: ColumnType,
    cells: impl Iterator<Item = &'v Value<'v>>,
) -> Result<(), EncodeError> {
    macro_rules! array {
        ($variant:ident, $type:ty, |$value:ident| $expression:expr) => {{
            let array: Vec<Option<$type>> = cells
                .map(|cell| {
                    if let Value::$variant($value) = cell {
                        Some($expression)
                    } else {
                        None
                    }
                })
                .collect();
            put_postgres(arguments, array)
        }};
    }
    match column_type {
        ColumnType::Bool => array!(Bool, bool, |value| *value),
        ColumnType::I64 => array!(I64, i64, |value| *value),
        ColumnType::F64 => array!(F64, f64, |value| *value),
        ColumnType::Text => array!(Text, &str, |value| value.as_ref()),
        ColumnType::Bytes => array!(Bytes, &[u8], |value| value.as_ref()),
        ColumnType::Uuid => array!(Uuid, Uuid, |value| *value),
    }
}

/// The rows as a JSON array of arrays.
fn json_rows(cells: &[Value<'_>], columns: usize) -> Result<String, EncodeError> {
    let mut json = Vec::with_capacity(2 + cells.len() * 16);
    write_rows(&mut json, cells, columns).map_err(|error| EncodeError::Driver(error.into()))?;
    String::from_utf8(json).map_err(|error| EncodeError::Driver(error.into()))
}

fn write_rows(json: &mut Vec<u8>, cells: &[Value<'_>], columns: usize) -> io::Result<()> {
    json.push(b'[');
    for (index, row) in cells.chunks(columns).enumerate() {
        json.extend_from_slice(if index == 0 { b"[" } else { b",[" });
        for (column, cell) in row.iter().enumerate() {
            if column > 0 {
                json.push(b',');
            }
            write_cell(json, cell)?;
        }
        json.push(b']');
    }
    json.push(b']');
    Ok(())
}

fn write_cell(json: &mut Vec<u8>, cell: &Value<'_>) -> io::Result<()> {
    match cell {
        Value::Null(_) => write!(json, "null"),
        Value::Bool(value) => write!(json, "{value}"),
        Value::I64(value) => write!(json, "{value}"),
        // `{:?}` keeps the `.0` that tells SQLite that it is a float, and writes the shortest text that reads back.
        Value::F64(value) => write!(json, "{value:?}"),
        Value::Text(value) => serde_json::to_writer(json, value.as_ref()).map_err(io::Error::from),
        Value::Bytes(value) => {
            write_hex(json, value);
            Ok(())
        }
        Value::Uuid(value) => write!(json, "\"{}\"", value.simple()),
    }
}

fn write_hex(json: &mut Vec<u8>, bytes: &[u8]) {
    let digit = |nibble: u8| {
        if nibble < 10 {
            b'0' + nibble
        } else {
            b'a' + nibble - 10
        }
    };
    json.reserve(2 + bytes.len() * 2);
    json.push(b'"');
    json.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    json.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_parameters_follow_those_of_the_text() {
        let columns = &[("name", ColumnType::Text), ("id", ColumnType::Uuid)];
        let text = "UPDATE t SET a = $2, b = $1 FROM {batch} WHERE t.id = batch.id";
        assert_eq!(
            render(text, |first| postgres_table(columns, first)),
            "UPDATE t SET a = $2, b = $1 FROM UNNEST($3::TEXT[], $4::UUID[]) AS batch(name, id) WHERE t.id = batch.id"
        );
        assert_eq!(
            render(text, |at| sqlite_table(columns, at)),
            "UPDATE t SET a = $2, b = $1 FROM (SELECT value->>0 AS name, unhex(value->>1) AS id FROM jsonb_each($3)) \
             AS batch WHERE t.id = batch.id"
        );
    }

    #[test]
    fn rows_become_json_that_keeps_the_types() {
        let cells = [
            Value::of("a \"quote\"\n"),
            Value::of(1.0),
            Value::of(None::<i64>),
            Value::of(true),
            Value::of(vec![0_u8, 255]),
            Value::of(i64::MAX),
        ];
        assert_eq!(
            json_rows(&cells, 3).unwrap(),
            r#"[["a \"quote\"\n",1.0,null],[true,"00ff",9223372036854775807]]"#
        );
    }
}
