//! The DAGs that people like best.

use std::collections::BTreeSet;

use updraft_model::DagId;
use updraft_sql::{Query, Sql, statements};

use crate::author::Note;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ADD = Sql::new("INSERT INTO dag_favorite (account_id, dag_id) VALUES ($1, $2) ON CONFLICT (account_id, dag_id) DO NOTHING");
    LIST = Sql::new("SELECT dag_id FROM dag_favorite WHERE account_id = $1 ORDER BY dag_id");
    REMOVE = Sql::new("DELETE FROM dag_favorite WHERE account_id = $1 AND dag_id = $2");
}

impl Store {
    /// The DAGs that a user likes best.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn favorites(&self, user_id: i64) -> Result<BTreeSet<DagId>, StoreError> {
        let rows = self.db.fetch_all(LIST.bind(user_id)).await?;
        let of = |row| TableRow {
            table: "dag_favorite",
            row,
        };
        rows.iter().map(|row| of(row).dag_id()).collect()
    }

    /// Makes a DAG one of those that a user likes best; false if it was already. User and DAG exist.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn add_favorite(&self, user_id: i64, dag_id: &DagId) -> Result<bool, StoreError> {
        self.change_favorite(ADD.bind(user_id).bind(dag_id.as_str()), dag_id)
            .await
    }

    /// Ends that; false if it was none of them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn remove_favorite(&self, user_id: i64, dag_id: &DagId) -> Result<bool, StoreError> {
        self.change_favorite(REMOVE.bind(user_id).bind(dag_id.as_str()), dag_id)
            .await
    }

    async fn change_favorite(&self, query: Query<'_>, dag_id: &DagId) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let is_changed = tx.execute(query).await? > 0;
        if is_changed {
            self.note(&mut tx, Note::of_dag(dag_id)).await?;
        }
        tx.commit().await?;
        Ok(is_changed)
    }
}
