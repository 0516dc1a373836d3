//! The names of variables and connections that a text may mean, without what they hold.

use updraft_sql::{Sql, statements};

use super::columns::anywhere;
use crate::error::StoreError;
use crate::store::Store;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    VARIABLES = Sql::new(
        "SELECT key AS name, description FROM variable WHERE lower(key) LIKE $1 ESCAPE '\\' ORDER BY key LIMIT $2",
    );
    CONNECTIONS = Sql::new(
        "SELECT conn_id AS name, description FROM connection WHERE lower(conn_id) LIKE $1 ESCAPE '\\' ORDER BY conn_id LIMIT $2",
    );
}

/// A name and what it is for.
type Named = (String, Option<String>);

impl Store {
    /// Variables with this in their name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn variables_named(&self, text: &str, limit: u32) -> Result<Vec<Named>, StoreError> {
        self.named(&VARIABLES, text, limit).await
    }

    /// Connections with this in their name.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn connections_named(&self, text: &str, limit: u32) -> Result<Vec<Named>, StoreError> {
        self.named(&CONNECTIONS, text, limit).await
    }

    async fn named(&self, sql: &'static Sql, text: &str, limit: u32) -> Result<Vec<Named>, StoreError> {
        let rows = self
            .db
            .fetch_all(sql.bind(anywhere(text)).bind(i64::from(limit)))
            .await?;
        let named = |row: &updraft_sql::Row| Ok((row.get("name")?, row.get("description")?));
        rows.iter().map(named).collect()
    }
}
