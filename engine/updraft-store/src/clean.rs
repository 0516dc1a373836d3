//! Deleting what is old: runs that are over, with all that belongs to them, and what was written down of events.

use jiff::Timestamp;
use serde_json::json;
use updraft_model::RunKey;
use updraft_sql::{ColumnType, Query, Sql, row, statements};

use crate::author::Note;
use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

/// Which runs are old. The newest of each DAG stays: the next one may depend on it.
macro_rules! old_runs {
    () => {
        "FROM dag_run r \
         JOIN (SELECT dag_id, max(coalesce(logical_date, run_after)) AS newest FROM dag_run GROUP BY dag_id) n \
           ON n.dag_id = r.dag_id \
         WHERE r.state IN ('success', 'failed') AND coalesce(r.end_date, r.run_after) < $1 \
           AND coalesce(r.logical_date, r.run_after) < n.newest"
    };
}

/// Events of assets that no DAG still waits with.
macro_rules! old_asset_events {
    () => {
        "FROM asset_event WHERE happened_at < $1 AND event_id NOT IN (SELECT event_id FROM asset_queue)"
    };
}

/// Processes that are gone and have nothing left to do or to hear.
macro_rules! old_jobs {
    () => {
        "FROM job WHERE state <> 'running' AND latest_heartbeat < $1 \
           AND job_id NOT IN (SELECT job_id FROM assignment) AND job_id NOT IN (SELECT job_id FROM ask)"
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    OLD_RUNS = Sql::new(concat!(
        "SELECT r.dag_id, r.run_id ",
        old_runs!(),
        " ORDER BY r.dag_id, r.run_id LIMIT $2"
    ));
    DELETE_RUNS = Sql::new(
        "DELETE FROM dag_run \
         WHERE (dag_id, run_id) IN (SELECT dag_id, run_id FROM {batch}) AND state IN ('success', 'failed')",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
    COUNT_RUNS = Sql::new(concat!("SELECT count(*) AS number ", old_runs!()));
    COUNT_LOG = Sql::new("SELECT count(*) AS number FROM event_log WHERE happened_at < $1");
    DELETE_LOG = Sql::new("DELETE FROM event_log WHERE happened_at < $1");
    COUNT_ASSET_EVENTS = Sql::new(concat!("SELECT count(*) AS number ", old_asset_events!()));
    DELETE_ASSET_EVENTS = Sql::new(concat!("DELETE ", old_asset_events!()));
    COUNT_JOBS = Sql::new(concat!("SELECT count(*) AS number ", old_jobs!()));
    DELETE_JOBS = Sql::new(concat!("DELETE ", old_jobs!()));
    COUNT_SESSIONS = Sql::new("SELECT count(*) AS number FROM session WHERE expires_at < $1");
    DELETE_SESSIONS = Sql::new("DELETE FROM session WHERE expires_at < $1");
}

/// What can be deleted when it is old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Old {
    /// Runs that ended, with their tasks, tries, values, deadlines and callbacks.
    Runs,
    /// Entries of the event log.
    Log,
    /// Events of assets that nobody waits for the others of.
    AssetEvents,
    /// Processes that ran attempts and are gone.
    Jobs,
    /// Logins that are over.
    Sessions,
}

impl Old {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Runs,
        Self::Log,
        Self::AssetEvents,
        Self::Jobs,
        Self::Sessions,
    ];

    /// The name of Airflow's table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Runs => "dag_run",
            Self::Log => "log",
            Self::AssetEvents => "asset_event",
            Self::Jobs => "job",
            Self::Sessions => "session",
        }
    }

    const fn count(self) -> &'static Sql {
        match self {
            Self::Runs => &COUNT_RUNS,
            Self::Log => &COUNT_LOG,
            Self::AssetEvents => &COUNT_ASSET_EVENTS,
            Self::Jobs => &COUNT_JOBS,
            Self::Sessions => &COUNT_SESSIONS,
        }
    }
}

impl Store {
    /// How much there is of it that is older.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn count_old(&self, what: Old, before: Timestamp) -> Result<u64, StoreError> {
        let row = self.db.fetch_one(what.count().bind(before)).await?;
        let row = TableRow {
            table: what.as_str(),
            row: &row,
        };
        row.number("number")
    }

    /// Some runs that ended earlier and are not the newest of their DAGs.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn old_runs(&self, before: Timestamp, limit: u32) -> Result<Vec<RunKey>, StoreError> {
        let query = OLD_RUNS.bind(before).bind(i64::from(limit));
        let rows = self.db.fetch_all(query).await?;
        let key = |row| {
            let row = TableRow {
                table: "dag_run",
                row,
            };
            row.run_key()
        };
        rows.iter().map(key).collect()
    }

    /// Deletes those of the runs that are over, with all that belongs to them. Returns how many.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was deleted then.
    pub async fn delete_runs(&self, runs: &[RunKey]) -> Result<u64, StoreError> {
        let rows = runs
            .iter()
            .map(|run| row![run.dag_id.as_str(), run.run_id.as_str()]);
        self.delete_noted("dag_run", DELETE_RUNS.rows(rows)).await
    }

    /// Deletes all of it that is older. Returns how much that was.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was deleted then, of runs some may have been.
    pub async fn delete_old(&self, what: Old, before: Timestamp) -> Result<u64, StoreError> {
        let delete = match what {
            Old::Runs => return self.delete_old_runs(before).await,
            Old::Log => &DELETE_LOG,
            Old::AssetEvents => &DELETE_ASSET_EVENTS,
            Old::Jobs => &DELETE_JOBS,
            Old::Sessions => &DELETE_SESSIONS,
        };
        self.delete_noted(what.as_str(), delete.bind(before)).await
    }

    /// In pieces, so that nobody waits long.
    async fn delete_old_runs(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut deleted = 0;
        loop {
            let runs = self.old_runs(before, RUNS_AT_ONCE).await?;
            if runs.is_empty() {
                return Ok(deleted);
            }
            let now_deleted = self.delete_runs(&runs).await?;
            if now_deleted == 0 {
                return Ok(deleted);
            }
            deleted += now_deleted;
        }
    }

    async fn delete_noted(&self, table: &str, delete: Query<'_>) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let deleted = tx.execute(delete).await?;
        if deleted > 0 {
            self.note(&mut tx, Note::of(json!({ "table": table, "deleted": deleted })))
                .await?;
        }
        tx.commit().await?;
        Ok(deleted)
    }
}

/// So many runs are deleted in one transaction.
const RUNS_AT_ONCE: u32 = 500;
