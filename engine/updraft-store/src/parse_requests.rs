//! Sources that somebody wants to be read again, though nothing of them has changed.

use jiff::Timestamp;
use serde_json::json;
use updraft_model::DagId;
use updraft_sql::{Sql, Tx, statements};

use crate::author::Note;
use crate::error::StoreError;
use crate::store::Store;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    SOURCES_OF_FILE = Sql::new("SELECT dag_id, source FROM dag WHERE fileloc = $1 ORDER BY dag_id");
    REQUEST = Sql::new(
        "INSERT INTO parse_request (source, requested_at) VALUES ($1, $2) \
         ON CONFLICT (source) DO UPDATE SET requested_at = excluded.requested_at",
    );
    ANY = Sql::new("SELECT source FROM parse_request LIMIT 1");
    TAKE = Sql::new("DELETE FROM parse_request RETURNING source");
}

impl Store {
    /// The DAGs that a file defines or once defined, each with its source.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dags_of_file(&self, fileloc: &str) -> Result<Vec<(DagId, String)>, StoreError> {
        let rows = self.db.fetch_all(SOURCES_OF_FILE.bind(fileloc)).await?;
        let pair = |row: &updraft_sql::Row| {
            let dag_id = crate::table::TableRow { table: "dag", row }.dag_id()?;
            Ok((dag_id, row.get("source")?))
        };
        rows.iter().map(pair).collect()
    }

    /// Wants a source to be read again. Asked twice before that, it is read once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn request_parse(&self, source: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        request(&mut tx, source, now).await?;
        self.note(&mut tx, Note::of(json!({ "source": source }))).await?;
        Ok(tx.commit().await?)
    }

    /// Takes the sources that somebody wants to be read again.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was taken then.
    pub async fn take_parse_requests(&self) -> Result<Vec<String>, StoreError> {
        // Most of the time there is nothing, and looking takes no write lock.
        if self.db.fetch_optional(ANY.query()).await?.is_none() {
            return Ok(Vec::new());
        }
        let mut tx = self.db.begin().await?;
        let rows = tx.fetch_all(TAKE.query()).await?;
        tx.commit().await?;
        let sources: Result<Vec<String>, _> = rows.iter().map(|row| row.get("source")).collect();
        Ok(sources?)
    }
}

/// Wants a source to be read again, in a transaction that does more.
pub(crate) async fn request(tx: &mut Tx, source: &str, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(REQUEST.bind(source).bind(now)).await?;
    Ok(())
}
