//! Variables: values that tasks look up by key.

use jiff::Timestamp;
use serde_json::{Value, json};
use updraft_secrets::{Fernet, FernetError, LookupError, Secrets};
use updraft_sql::{Sql, Tx, statements};

use crate::author::{HIDDEN, Note};
use crate::error::{StoreError, from_sql};
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ONE = Sql::new("SELECT key, value, description, is_encrypted FROM variable WHERE key = $1");
    ALL = Sql::new("SELECT key, value, description, is_encrypted FROM variable ORDER BY key");
    KEYS = Sql::new(
        "SELECT key FROM variable WHERE key >= $1 AND substr(key, 1, length($1)) = $1 ORDER BY key LIMIT $2 OFFSET $3",
    );
    COUNT_KEYS = Sql::new(
        "SELECT count(*) AS number FROM variable WHERE key >= $1 AND substr(key, 1, length($1)) = $1",
    );
    SET = Sql::new(
        "INSERT INTO variable (key, value, description, is_encrypted) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (key) DO UPDATE SET \
             value = excluded.value, is_encrypted = excluded.is_encrypted, \
             description = coalesce(excluded.description, variable.description)",
    );
    TOLD = Sql::new("SELECT description, is_encrypted FROM variable WHERE key = $1");
    DELETE = Sql::new("DELETE FROM variable WHERE key = $1");
}

/// A variable.
#[derive(Clone, PartialEq, Eq)]
pub struct VariableRow {
    /// Its key.
    pub key: String,
    /// Its value, decrypted. Secret if the key says so.
    pub value: String,
    /// What it is for.
    pub description: Option<String>,
    /// Whether it is encrypted in the database.
    pub is_encrypted: bool,
}

/// Why a variable or connection cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It is encrypted, and there is no key. Final.
    #[error("{what} is encrypted, and `[core] fernet_key` is empty; set the key that it was encrypted with")]
    NoKey {
        /// Which variable or connection.
        what: String,
    },
    /// It cannot be encrypted or decrypted.
    #[error("{what} cannot be encrypted or decrypted")]
    Fernet {
        /// Which variable or connection.
        what: String,
        /// Why.
        source: FernetError,
    },
    /// A place that is asked before the database does not say what it has.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(SecretError);

impl SecretError {
    /// Whether it may be readable later.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Store(_) => true,
            Self::Lookup(error) => error.is_passing(),
            Self::NoKey { .. } | Self::Fernet { .. } => false,
        }
    }
}

impl std::fmt::Debug for VariableRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("VariableRow")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// The value of a variable: from the places before the database, else from there; `None` if none has it.
    ///
    /// # Errors
    /// As [`Store::variable`]; [`SecretError::Lookup`] if a place before the database fails.
    pub async fn lookup_variable(&self, places: &Secrets, key: &str) -> Result<Option<String>, SecretError> {
        match places.variable(key).await? {
            Some(value) => Ok(Some(value)),
            None => self.variable(key).await,
        }
    }

    /// The value of a variable in the database; `None` if there is none of that key.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn variable(&self, key: &str) -> Result<Option<String>, SecretError> {
        Ok(self.variable_row(key).await?.map(|variable| variable.value))
    }

    /// A variable of the database with all that is known of it; `None` if there is none of that key.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn variable_row(&self, key: &str) -> Result<Option<VariableRow>, SecretError> {
        let row = self.db.fetch_optional(ONE.bind(key)).await?;
        row.map(|row| self.read_variable(&row)).transpose()
    }

    /// Keys of variables of the database that begin with a text, in their order: at most `limit`, from the `offset`-th on; and
    /// how many there are in all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn variable_keys(
        &self,
        prefix: &str,
        (offset, limit): (u32, u32),
    ) -> Result<(Vec<String>, u64), StoreError> {
        let query = KEYS.bind(prefix).bind(limit).bind(offset);
        let rows = self.db.fetch_all(query).await?;
        let keys: Result<Vec<String>, _> = rows.iter().map(|row| row.get("key")).collect();
        let count = self.db.fetch_optional(COUNT_KEYS.bind(prefix)).await?;
        let count = count.map(|row| {
            TableRow {
                table: "variable",
                row: &row,
            }
            .number("number")
        });
        Ok((keys?, count.transpose()?.unwrap_or_default()))
    }

    /// All variables of the database, by key.
    ///
    /// # Errors
    /// [`SecretError`]; one that cannot be decrypted fails the whole.
    pub async fn variables(&self) -> Result<Vec<VariableRow>, SecretError> {
        self.db
            .fetch_all(ALL.query())
            .await?
            .iter()
            .map(|row| self.read_variable(row))
            .collect()
    }

    /// Sets a variable, encrypted if there is a key. Without a description the old one stays.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn set_variable(
        &self,
        key: &str,
        value: &str,
        description: Option<&str>,
        now: Timestamp,
    ) -> Result<(), SecretError> {
        let stored = self.seal(value, now, || format!("variable `{key}`"))?;
        let is_encrypted = stored.is_some();
        let mut tx = self.db.begin().await?;
        let before = told(&mut tx, key).await?;
        let query = SET.bind(key).bind(stored.unwrap_or_else(|| value.to_owned()));
        tx.execute(query.bind(description).bind(is_encrypted)).await?;
        let after = told(&mut tx, key).await?;
        let note = Note::of(json!({ "key": key })).changing(before, after);
        self.note(&mut tx, note).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a variable; false if there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_variable(&self, key: &str) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let before = told(&mut tx, key).await?;
        let is_deleted = tx.execute(DELETE.bind(key)).await? > 0;
        if is_deleted {
            let note = Note::of(json!({ "key": key })).changing(before, Value::Null);
            self.note(&mut tx, note).await?;
        }
        tx.commit().await?;
        Ok(is_deleted)
    }

    fn read_variable(&self, row: &updraft_sql::Row) -> Result<VariableRow, SecretError> {
        let row = TableRow {
            table: "variable",
            row,
        };
        let (key, value): (String, String) = (row.get("key")?, row.get("value")?);
        let is_encrypted = row.get("is_encrypted")?;
        let value = if is_encrypted {
            self.unseal(&value, || format!("variable `{key}`"))?
        } else {
            value
        };
        Ok(VariableRow {
            value,
            description: row.get("description")?,
            is_encrypted,
            key,
        })
    }

    /// Encrypts a value; `None` if there is no key.
    pub(crate) fn seal(
        &self,
        value: &str,
        now: Timestamp,
        what: impl FnOnce() -> String,
    ) -> Result<Option<String>, SecretError> {
        let fernet: Option<&Fernet> = self.options.fernet.as_ref();
        let token = fernet.map(|fernet| fernet.encrypt(value, now)).transpose();
        token.map_err(|source| SecretError::Fernet { what: what(), source })
    }

    /// Decrypts what [`Store::seal`] made, or Airflow.
    pub(crate) fn unseal(&self, token: &str, what: impl Fn() -> String) -> Result<String, SecretError> {
        let fernet = self
            .options
            .fernet
            .as_ref()
            .ok_or_else(|| SecretError::NoKey { what: what() })?;
        fernet
            .decrypt(token)
            .map_err(|source| SecretError::Fernet { what: what(), source })
    }
}

/// A variable as the event log tells it, if there is one of that key. Any value may be secret.
async fn told(tx: &mut Tx, key: &str) -> Result<Value, StoreError> {
    let Some(row) = tx.fetch_optional(TOLD.bind(key)).await? else {
        return Ok(Value::Null);
    };
    Ok(json!({
        "value": HIDDEN,
        "description": row.get::<Option<String>>("description")?,
        "is_encrypted": row.get::<bool>("is_encrypted")?,
    }))
}
