//! Reading columns that need more than a type: JSON, dates, words.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use updraft_sql::{Row, SqlError};

use crate::candidate::Place;
use crate::{EntityId, Level};

/// The id in a column.
pub(crate) fn id(row: &Row, column: &str) -> Result<EntityId, SqlError> {
    row.get(column).map(EntityId)
}

/// A number that is never negative.
pub(crate) fn count(row: &Row, column: &str) -> Result<u64, SqlError> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| invalid(column, &number.to_string()))
}

/// A JSON document.
pub(crate) fn json<T: DeserializeOwned>(row: &Row, column: &str) -> Result<T, SqlError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| SqlError::invalid_row(format!("column `{column}`: {error}")))
}

/// A JSON document or `NULL`.
pub(crate) fn optional_json<T: DeserializeOwned>(row: &Row, column: &str) -> Result<Option<T>, SqlError> {
    match row.get::<Option<String>>(column)? {
        None => Ok(None),
        Some(_) => json(row, column).map(Some),
    }
}

/// A date as `YYYY-MM-DD`, or `NULL`.
pub(crate) fn optional_date(row: &Row, column: &str) -> Result<Option<Date>, SqlError> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse().map_err(|_| invalid(column, &text)))
        .transpose()
}

/// A seniority or `NULL`.
pub(crate) fn optional_level(row: &Row, column: &str) -> Result<Option<Level>, SqlError> {
    let number: Option<i64> = row.get(column)?;
    number
        .map(|number| {
            u8::try_from(number)
                .ok()
                .and_then(Level::new)
                .ok_or_else(|| invalid(column, &number.to_string()))
        })
        .transpose()
}

/// The four columns of a place.
pub(crate) fn place(row: &Row) -> Result<Place, SqlError> {
    Ok(Place {
        city: row.get("city")?,
        state: row.get("state")?,
        zip: row.get("zip")?,
        country_code: row.get("country_code")?,
    })
}

/// A word that names one of a few things.
pub(crate) fn word<T: std::str::FromStr>(row: &Row, column: &str) -> Result<T, SqlError> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| invalid(column, &text))
}

/// JSON of a list of names, as stored.
pub(crate) fn names_json(names: &[String]) -> String {
    serde_json::Value::from(names).to_string()
}

fn invalid(column: &str, value: &str) -> SqlError {
    SqlError::invalid_row(format!("column `{column}` holds `{value}`"))
}
