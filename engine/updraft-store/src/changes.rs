//! The change feed: what other processes changed, for the scheduler to read.

use std::collections::BTreeSet;

use updraft_model::{DagId, RunKey};
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::error::{StoreError, WriteError};
use crate::lease::{self, Lease};
use crate::listener;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    ADD = Sql::new("INSERT INTO change_feed (dag_id, run_id) SELECT dag_id, run_id FROM {batch}")
        .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
    ANY = Sql::new("SELECT id FROM change_feed LIMIT 1");
    TAKE = Sql::new(
        "DELETE FROM change_feed \
         WHERE id IN (SELECT id FROM change_feed ORDER BY id LIMIT $1) \
         RETURNING id, dag_id, run_id",
    );
    // Only PostgreSQL has notifications; SQLite's are sent after the commit.
    NOTIFY = Sql::per_backend("SELECT pg_notify($1, '')", "SELECT $1");
}

/// Something that another process changed; what it is now is to be read again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The pools.
    Pools,
    /// A DAG.
    Dag(DagId),
    /// A run.
    Run(RunKey),
}

impl Change {
    /// A change of a run.
    pub(crate) fn of_run(key: &RunKey) -> Self {
        Self::Run(key.clone())
    }

    /// The columns of its line. No DAG has an empty id: such a line is about the pools.
    fn columns(&self) -> (&str, Option<&str>) {
        match self {
            Self::Pools => ("", None),
            Self::Dag(dag_id) => (dag_id.as_str(), None),
            Self::Run(key) => (key.dag_id.as_str(), Some(key.run_id.as_str())),
        }
    }

    fn read(row: &TableRow<'_>) -> Result<Self, StoreError> {
        if row.get::<String>("dag_id")?.is_empty() {
            return Ok(Self::Pools);
        }
        let dag_id = row.dag_id()?;
        Ok(match row.optional_parsed("run_id")? {
            Some(run_id) => Self::Run(RunKey { dag_id, run_id }),
            None => Self::Dag(dag_id),
        })
    }
}

impl Store {
    /// Takes the oldest changes out of the feed, each thing once, from at most `lines_max` lines. The feed is empty when
    /// nothing comes back. Only the scheduler takes from it: a line that another one took would be lost to it.
    ///
    /// # Errors
    /// [`WriteError`]; nothing was taken then.
    pub async fn take_changes(&self, lease: &Lease, lines_max: usize) -> Result<Vec<Change>, WriteError> {
        // Most of the time there is nothing, and looking takes no write lock.
        if self.db.fetch_optional(ANY.query()).await?.is_none() {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(lines_max).unwrap_or(i64::MAX);
        let mut tx = self.db.begin().await?;
        if !lease::is_valid(&mut tx, lease).await? {
            return Err(WriteError::LeaseLost);
        }
        let mut changes = BTreeSet::new();
        for row in tx.fetch_all(TAKE.bind(limit)).await? {
            let row = TableRow {
                table: "change_feed",
                row: &row,
            };
            changes.insert(Change::read(&row)?);
        }
        tx.commit().await?;
        Ok(changes.into_iter().collect())
    }

    /// Commits what an operator did together with its lines in the feed, and wakes the scheduler.
    pub(crate) async fn commit_with_changes(
        &self,
        mut tx: Tx,
        changes: impl IntoIterator<Item = Change>,
    ) -> Result<(), StoreError> {
        let changes: BTreeSet<Change> = changes.into_iter().collect();
        if changes.is_empty() {
            return Ok(tx.commit().await?);
        }
        let batch = changes.iter().map(|change| {
            let (dag_id, run_id) = change.columns();
            row![dag_id, run_id]
        });
        tx.execute(ADD.rows(batch)).await?;
        notify(&mut tx, self.channel()).await?;
        tx.commit().await?;
        self.wake_scheduler();
        Ok(())
    }

    /// Wakes the scheduler after a commit, where notifications are no part of it.
    pub(crate) fn wake_scheduler(&self) {
        if let Some(run_dir) = &self.options.run_dir {
            listener::wake(run_dir);
        }
    }

    /// The notification channel of the scheduler; its own for each schema of a database.
    pub(crate) fn channel(&self) -> String {
        format!("{}_scheduler", self.options.db.schema)
    }
}

/// Wakes whoever listens on the channel, once the transaction is committed.
pub(crate) async fn notify(tx: &mut Tx, channel: String) -> Result<(), StoreError> {
    tx.fetch_optional(NOTIFY.bind(channel)).await?;
    Ok(())
}
