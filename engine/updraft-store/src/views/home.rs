//! What has happened in the last hours.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::DagId;
use updraft_sql::{Sql, statements};

use super::columns::{WANTED, Wanted, among, wanted};
use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    OUTCOMES = Sql::new(concat!(
        wanted!(),
        "SELECT (r.end_date - $1) / 3600000000 AS hour, count(CASE WHEN r.state = 'success' THEN 1 END) AS success, \
                count(CASE WHEN r.state = 'failed' THEN 1 END) AS failed \
         FROM dag_run r \
         WHERE r.end_date >= $1 AND r.state IN ('success', 'failed') AND ",
        among!("dag", "r.dag_id"),
        " GROUP BY (r.end_date - $1) / 3600000000 ORDER BY hour",
    ))
    .batch(WANTED);
}

/// How many runs ended in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HourOutcome {
    /// Hours since the first one.
    pub hour: u32,
    /// With success.
    pub success: u64,
    /// Otherwise.
    pub failed: u64,
}

impl Store {
    /// How runs of these DAGs (`None`: of all) have ended since then, by hour; hours in which none did are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outcomes_by_hour(
        &self,
        dags: Option<&BTreeSet<DagId>>,
        since: Timestamp,
    ) -> Result<Vec<HourOutcome>, StoreError> {
        let mut wanted = Wanted::default();
        wanted.dags(dags);
        let rows = self
            .db
            .fetch_all(OUTCOMES.bind(since).rows(wanted.rows()))
            .await?;
        let outcome = |row| {
            let row = TableRow {
                table: "dag_run",
                row,
            };
            Ok(HourOutcome {
                hour: row.number("hour")?,
                success: row.number("success")?,
                failed: row.number("failed")?,
            })
        };
        rows.iter().map(outcome).collect()
    }
}
