//! Encrypts secrets again after the Fernet key has changed.

use jiff::Timestamp;
use serde_json::json;
use updraft_sql::{Row, Sql, statements};

use crate::author::Note;
use crate::store::Store;
use crate::table::TableRow;
use crate::variables::SecretError;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    VARIABLES = Sql::new("SELECT key, value FROM variable WHERE is_encrypted");
    SET_VARIABLE = Sql::new("UPDATE variable SET value = $2 WHERE key = $1");
    CONNECTIONS = Sql::new(
        "SELECT conn_id, password, extra, is_encrypted, is_extra_encrypted FROM connection \
         WHERE is_encrypted OR is_extra_encrypted",
    );
    SET_CONNECTION = Sql::new("UPDATE connection SET password = $2, extra = $3 WHERE conn_id = $1");
}

/// How much was encrypted again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotated {
    /// Variables.
    pub variables: usize,
    /// Connections.
    pub connections: usize,
}

impl Store {
    /// Encrypts every encrypted variable and connection with the first key: afterwards the others may go. What is stored as
    /// it is stays so. It is all or nothing.
    ///
    /// # Errors
    /// [`SecretError`]: what cannot be decrypted is named, and nothing has changed.
    pub async fn rotate_secrets(&self, now: Timestamp) -> Result<Rotated, SecretError> {
        let mut tx = self.db.begin().await?;
        let variables = tx.fetch_all(VARIABLES.query()).await?;
        for row in &variables {
            let row = table("variable", row);
            let (key, old): (String, String) = (row.get("key")?, row.get("value")?);
            let new = self.rotated(&old, now, || format!("variable `{key}`"))?;
            tx.execute(SET_VARIABLE.bind(key.as_str()).bind(new.as_str()))
                .await?;
        }
        let connections = tx.fetch_all(CONNECTIONS.query()).await?;
        for row in &connections {
            let row = table("connection", row);
            let conn_id: String = row.get("conn_id")?;
            let again = |column: &str, is_encrypted: &str| -> Result<Option<String>, SecretError> {
                match (row.get::<Option<String>>(column)?, row.get(is_encrypted)?) {
                    (Some(token), true) => self
                        .rotated(&token, now, || format!("connection `{conn_id}`"))
                        .map(Some),
                    (text, _) => Ok(text),
                }
            };
            let (password, extra) = (
                again("password", "is_encrypted")?,
                again("extra", "is_extra_encrypted")?,
            );
            let query = SET_CONNECTION.bind(conn_id.as_str());
            tx.execute(query.bind(password.as_deref()).bind(extra.as_deref()))
                .await?;
        }
        let told = json!({ "variables": variables.len(), "connections": connections.len() });
        self.note(&mut tx, Note::of(told)).await?;
        tx.commit().await?;
        Ok(Rotated {
            variables: variables.len(),
            connections: connections.len(),
        })
    }

    fn rotated(&self, token: &str, now: Timestamp, what: impl Fn() -> String) -> Result<String, SecretError> {
        let text = self.unseal(token, &what)?;
        let sealed = self.seal(&text, now, &what)?;
        // What could be decrypted has a key.
        sealed.ok_or_else(|| SecretError::NoKey { what: what() })
    }
}

const fn table<'a>(table: &'static str, row: &'a Row) -> TableRow<'a> {
    TableRow { table, row }
}
