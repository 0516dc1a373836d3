//! How the data quality checks came out, run after run, and the records behind them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_sql::{Row, Sql, SqlError, statements};

use crate::rows::{count, id, word};
use crate::{EntityId, EntityKind, ReferralStore, StoreError};

/// A run of the checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityRun {
    /// Its id.
    pub run_id: String,
    /// When it ended.
    pub ended_at: Timestamp,
}

/// How a check came out in one of the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrendPoint {
    /// The run.
    pub run_id: String,
    /// The check.
    pub name: String,
    /// Rows that were asked.
    pub checked: u64,
    /// Rows that failed.
    pub failed: u64,
    /// Whether no more failed than may.
    pub passed: bool,
}

/// How many records a check keeps out of matching now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithheldCount {
    /// What they are.
    pub kind: EntityKind,
    /// The check.
    pub check: String,
    /// How many.
    pub records: u64,
}

/// A record that a sync could not use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// What it was.
    pub kind: EntityKind,
    /// Its id; 0 if it had none.
    pub id: EntityId,
    /// Why.
    pub reason: String,
    /// The run that rejected it.
    pub run_id: String,
    /// When.
    pub rejected_at: Timestamp,
}

statements! {
    /// Statements about the history of data quality.
    pub(crate) STATEMENTS;

    RUNS = Sql::new("SELECT run_id, ended_at FROM quality_run ORDER BY ended_at DESC, run_id DESC LIMIT $1");

    TREND = Sql::new(
        "SELECT run_id, name, checked, failed, passed FROM quality_result WHERE run_id IN \
         (SELECT run_id FROM quality_run ORDER BY ended_at DESC, run_id DESC LIMIT $1) ORDER BY name, run_id",
    );

    FIRST_FAILED = Sql::new(
        "SELECT r.name, min(q.ended_at) AS ended_at FROM quality_result r JOIN quality_run q ON q.run_id = r.run_id \
         WHERE r.failed > 0 GROUP BY r.name",
    );

    WITHHELD = Sql::new(
        "SELECT kind, check_name, count(*) AS records FROM quality_withheld GROUP BY kind, check_name \
         ORDER BY kind, check_name",
    );

    WITHHELD_BY = Sql::new(
        "SELECT entity_id FROM quality_withheld WHERE check_name = $1 ORDER BY entity_id LIMIT $2",
    );

    REJECTED = Sql::new(
        "SELECT entity, entity_id, reason, run_id, quarantined_at FROM quarantine \
         ORDER BY quarantined_at DESC, entity, entity_id LIMIT $1",
    );
}

impl ReferralStore {
    /// The newest runs of the checks, newest first.
    pub async fn quality_runs(&self, limit: u32) -> Result<Vec<QualityRun>, StoreError> {
        let rows = self.db.fetch_all(RUNS.bind(limit)).await?;
        let read = |row: &Row| {
            Ok::<_, StoreError>(QualityRun {
                run_id: row.get("run_id")?,
                ended_at: row.timestamp("ended_at")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// How every check came out in the newest runs, by check.
    pub async fn quality_trend(&self, runs: u32) -> Result<Vec<TrendPoint>, StoreError> {
        let rows = self.db.fetch_all(TREND.bind(runs)).await?;
        rows.iter().map(|row| Ok(read_point(row)?)).collect()
    }

    /// When each check first had failing rows.
    pub async fn quality_first_failed(&self) -> Result<BTreeMap<String, Timestamp>, StoreError> {
        let rows = self.db.fetch_all(FIRST_FAILED.query()).await?;
        let pair = |row: &Row| Ok::<_, StoreError>((row.get("name")?, row.timestamp("ended_at")?));
        rows.iter().map(pair).collect()
    }

    /// How many records each check keeps out of matching.
    pub async fn withheld_counts(&self) -> Result<Vec<WithheldCount>, StoreError> {
        let rows = self.db.fetch_all(WITHHELD.query()).await?;
        let read = |row: &Row| {
            Ok::<_, StoreError>(WithheldCount {
                kind: word(row, "kind")?,
                check: row.get("check_name")?,
                records: count(row, "records")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Records that a check keeps out of matching, by id.
    pub async fn withheld_by(&self, check: &str, limit: u32) -> Result<Vec<EntityId>, StoreError> {
        let rows = self.db.fetch_all(WITHHELD_BY.bind(check).bind(limit)).await?;
        rows.iter().map(|row| Ok(id(row, "entity_id")?)).collect()
    }

    /// Records that syncs could not use, newest first.
    pub async fn rejected(&self, limit: u32) -> Result<Vec<Rejected>, StoreError> {
        let rows = self.db.fetch_all(REJECTED.bind(limit)).await?;
        let read = |row: &Row| {
            Ok::<_, StoreError>(Rejected {
                kind: word(row, "entity")?,
                id: id(row, "entity_id")?,
                reason: row.get("reason")?,
                run_id: row.get("run_id")?,
                rejected_at: row.timestamp("quarantined_at")?,
            })
        };
        rows.iter().map(read).collect()
    }
}

fn read_point(row: &Row) -> Result<TrendPoint, SqlError> {
    Ok(TrendPoint {
        run_id: row.get("run_id")?,
        name: row.get("name")?,
        checked: count(row, "checked")?,
        failed: count(row, "failed")?,
        passed: row.get("passed")?,
    })
}
