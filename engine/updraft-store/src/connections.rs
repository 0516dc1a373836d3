//! Connections: where outside systems are and how to log in there.

use jiff::Timestamp;
use serde_json::{Value, json};
use updraft_secrets::{Connection, Secrets};
use updraft_sql::{Row, Sql, Tx, statements};

use crate::author::{HIDDEN, Note};
use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;
use crate::variables::SecretError;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ONE = Sql::new(
        "SELECT conn_id, conn_type, description, host, login, password, schema, port, extra, is_encrypted, \
                is_extra_encrypted \
         FROM connection WHERE conn_id = $1",
    );
    ALL = Sql::new(
        "SELECT conn_id, conn_type, description, host, login, password, schema, port, extra, is_encrypted, \
                is_extra_encrypted \
         FROM connection ORDER BY conn_id",
    );
    SET = Sql::new(
        "INSERT INTO connection (conn_id, conn_type, description, host, login, password, schema, port, extra, \
                                 is_encrypted, is_extra_encrypted) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (conn_id) DO UPDATE SET \
             conn_type = excluded.conn_type, description = excluded.description, host = excluded.host, \
             login = excluded.login, password = excluded.password, schema = excluded.schema, port = excluded.port, \
             extra = excluded.extra, is_encrypted = excluded.is_encrypted, \
             is_extra_encrypted = excluded.is_extra_encrypted",
    );
    DELETE = Sql::new("DELETE FROM connection WHERE conn_id = $1");
}

/// A connection of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// Its name.
    pub conn_id: String,
    /// The connection, decrypted.
    pub connection: Connection,
    /// Whether its password is encrypted in the database.
    pub is_encrypted: bool,
    /// Whether its extra is encrypted in the database.
    pub is_extra_encrypted: bool,
}

impl Store {
    /// A connection: from the places before the database, else from there; `None` if none has it.
    ///
    /// # Errors
    /// As [`Store::connection`]; [`SecretError::Lookup`] if a place before the database fails. The database is not asked
    /// then: it may hold what that place was to replace.
    pub async fn lookup_connection(
        &self,
        places: &Secrets,
        conn_id: &str,
    ) -> Result<Option<Connection>, SecretError> {
        match places.connection(conn_id).await? {
            Some(connection) => Ok(Some(connection)),
            None => self.connection(conn_id).await,
        }
    }

    /// A connection of the database; `None` if there is none of that name.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn connection(&self, conn_id: &str) -> Result<Option<Connection>, SecretError> {
        let row = self.db.fetch_optional(ONE.bind(conn_id)).await?;
        Ok(row
            .map(|row| self.read_connection(&row))
            .transpose()?
            .map(|row| row.connection))
    }

    /// All connections of the database, by name.
    ///
    /// # Errors
    /// [`SecretError`]; one that cannot be decrypted fails the whole.
    pub async fn connections(&self) -> Result<Vec<ConnectionRow>, SecretError> {
        self.db
            .fetch_all(ALL.query())
            .await?
            .iter()
            .map(|row| self.read_connection(row))
            .collect()
    }

    /// Sets a connection, its password and extra encrypted if there is a key. Replaces one of the same name whole.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn set_connection(
        &self,
        conn_id: &str,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<(), SecretError> {
        let seal = |text: &Option<String>| match text.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => self.seal(text, now, || format!("connection `{conn_id}`")),
            None => Ok(None),
        };
        let (password, extra) = (seal(&connection.password)?, seal(&connection.extra)?);
        let (is_encrypted, is_extra_encrypted) = (password.is_some(), extra.is_some());
        let query = SET
            .bind(conn_id)
            .bind(connection.conn_type.as_deref())
            .bind(connection.description.as_deref())
            .bind(connection.host.as_deref())
            .bind(connection.login.as_deref())
            .bind(password.or_else(|| connection.password.clone()))
            .bind(connection.schema.as_deref())
            .bind(connection.port)
            .bind(extra.or_else(|| connection.extra.clone()))
            .bind(is_encrypted)
            .bind(is_extra_encrypted);
        let mut tx = self.db.begin().await?;
        let before = told(&mut tx, conn_id).await?;
        tx.execute(query).await?;
        let after = told(&mut tx, conn_id).await?;
        let note = Note::of(json!({ "connection_id": conn_id })).changing(before, after);
        self.note(&mut tx, note).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a connection; false if there was none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn delete_connection(&self, conn_id: &str) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let before = told(&mut tx, conn_id).await?;
        let is_deleted = tx.execute(DELETE.bind(conn_id)).await? > 0;
        if is_deleted {
            let note = Note::of(json!({ "connection_id": conn_id })).changing(before, Value::Null);
            self.note(&mut tx, note).await?;
        }
        tx.commit().await?;
        Ok(is_deleted)
    }

    fn read_connection(&self, row: &Row) -> Result<ConnectionRow, SecretError> {
        let row = TableRow {
            table: "connection",
            row,
        };
        let conn_id: String = row.get("conn_id")?;
        let (is_encrypted, is_extra_encrypted) = (row.get("is_encrypted")?, row.get("is_extra_encrypted")?);
        let open = |column: &str, is_encrypted: bool| -> Result<Option<String>, SecretError> {
            match row.get::<Option<String>>(column)? {
                Some(token) if is_encrypted => self
                    .unseal(&token, || format!("connection `{conn_id}`"))
                    .map(Some),
                text => Ok(text),
            }
        };
        let connection = Connection {
            conn_type: row.get("conn_type")?,
            description: row.get("description")?,
            host: row.get("host")?,
            login: row.get("login")?,
            password: open("password", is_encrypted)?,
            schema: row.get("schema")?,
            port: row.optional_number("port")?,
            extra: open("extra", is_extra_encrypted)?,
        };
        Ok(ConnectionRow {
            conn_id,
            connection,
            is_encrypted,
            is_extra_encrypted,
        })
    }
}

/// A connection as the event log tells it, if there is one of that name.
async fn told(tx: &mut Tx, conn_id: &str) -> Result<Value, StoreError> {
    let Some(row) = tx.fetch_optional(ONE.bind(conn_id)).await? else {
        return Ok(Value::Null);
    };
    let text = |column: &str| row.get::<Option<String>>(column);
    let hidden = |column: &str| -> Result<Option<&str>, StoreError> {
        Ok(text(column)?.filter(|text| !text.is_empty()).map(|_| HIDDEN))
    };
    Ok(json!({
        "conn_type": text("conn_type")?,
        "description": text("description")?,
        "host": text("host")?,
        "login": text("login")?,
        "password": hidden("password")?,
        "schema": text("schema")?,
        "port": row.get::<Option<i64>>("port")?,
        "extra": hidden("extra")?,
    }))
}
