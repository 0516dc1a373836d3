//! The database of an Airflow, which is only read.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use updraft_secrets::Fernet;
use updraft_store::{DatabaseUrl, GuestDb, SqlErrorKind};

/// How long a connection may take.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// A row as its columns.
pub(super) type Row = Map<String, Value>;

/// An open database of an Airflow.
pub(super) struct Source {
    db: GuestDb,
    fernet: Option<Fernet>,
    /// Airflow 3, where runs have `logical_date` and a `conf` in JSON.
    pub(super) is_3: bool,
    /// Whether there are the tables of the auth manager with users.
    pub(super) has_users: bool,
}

impl Source {
    /// Opens it and finds out which Airflow it is of.
    pub(super) async fn open(url: &str, fernet: Option<Fernet>) -> Result<Self> {
        let url: DatabaseUrl = url.parse().context("`--from` is no address of a database")?;
        let db = GuestDb::new(&url, "updraft-import", 1, CONNECT_MAX);
        let mut source = Self {
            db,
            fernet,
            is_3: false,
            has_users: false,
        };
        // Updraft's own runs have no number.
        if !source.has("SELECT id, dag_id FROM dag_run LIMIT 1").await? {
            bail!("`--from` is no database of an Airflow: there are no runs of DAGs with numbers");
        }
        source.is_3 = source.has("SELECT logical_date FROM dag_run LIMIT 1").await?;
        if !source.is_3 && !source.has("SELECT execution_date FROM dag_run LIMIT 1").await? {
            bail!(
                "the tables in `--from` are of an Airflow that is not known here; it is made for 2.11 and 3.3"
            );
        }
        source.has_users = source.has("SELECT id FROM ab_user LIMIT 1").await?;
        Ok(source)
    }

    /// Whether a query can be asked; a database that does not answer is an error.
    async fn has(&self, sql: &str) -> Result<bool> {
        match self.db.rows(sql).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == SqlErrorKind::NotMigrated => Ok(false),
            Err(error) => Err(error).context("the database in `--from` cannot be read"),
        }
    }

    /// The rows of a query.
    pub(super) async fn rows(&self, sql: &str) -> Result<Vec<Row>> {
        let rows = self.db.rows(sql).await;
        rows.context("the database in `--from` cannot be read")
    }

    /// A text that may be encrypted there.
    pub(super) fn secret(
        &self,
        text: Option<String>,
        is_encrypted: bool,
        of: &str,
    ) -> Result<Option<String>> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        if !is_encrypted {
            return Ok(Some(text));
        }
        let Some(fernet) = &self.fernet else {
            bail!(
                "{of} is encrypted: set UPDRAFT_SOURCE_FERNET_KEY, or pass --fernet-key-file, with the `[core] fernet_key` from there"
            );
        };
        let text = fernet
            .decrypt(&text)
            .with_context(|| format!("{of} cannot be decrypted with that key"))?;
        Ok(Some(text))
    }
}

/// A text column.
pub(super) fn text(row: &Row, column: &str) -> Option<String> {
    row.get(column)?.as_str().map(str::to_owned)
}

/// A number column.
pub(super) fn number(row: &Row, column: &str) -> Option<i64> {
    row.get(column)?.as_i64()
}

/// A column with a truth, which SQLite has as a number.
pub(super) fn truth(row: &Row, column: &str) -> bool {
    match row.get(column) {
        Some(Value::Bool(truth)) => *truth,
        Some(Value::Number(number)) => number.as_i64() != Some(0),
        _ => false,
    }
}

/// A column with a time. SQLite has it as a text without a zone, which is UTC.
pub(super) fn time(row: &Row, column: &str) -> Option<Timestamp> {
    let text = row.get(column)?.as_str()?.replacen(' ', "T", 1);
    let at = text.parse::<Timestamp>();
    at.or_else(|_| Ok::<_, jiff::Error>(text.parse::<DateTime>()?.to_zoned(TimeZone::UTC)?.timestamp()))
        .ok()
}

/// A document, in a column of JSON or as text.
pub(super) fn document(row: &Row, column: &str) -> Option<Value> {
    match row.get(column)? {
        Value::Null => None,
        Value::String(text) => serde_json::from_str(text).ok(),
        other => Some(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_of_both_databases_are_read() {
        let row: Row = serde_json::from_value(json!({
            "sqlite": "2024-01-12 06:00:00.000001", "postgres": "2024-01-12T07:00:00.000001+01:00",
            "one": 1, "yes": true, "no": 0, "text": "{\"a\":1}", "json": { "a": 1 }, "none": null,
        }))
        .unwrap();
        assert_eq!(time(&row, "sqlite"), time(&row, "postgres"));
        assert_eq!(time(&row, "none"), None);
        assert!(truth(&row, "one") && truth(&row, "yes") && !truth(&row, "no"));
        assert_eq!(document(&row, "text"), document(&row, "json"));
    }
}
