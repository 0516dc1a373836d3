//! Runs of many DAGs, as programs page through them, and remarks on runs.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{DagId, DagRunState, RunKey};
use updraft_sql::{ColumnType, Query, Sql, row, statements};

use crate::error::StoreError;
use crate::runs::{RunRow, run_row};
use crate::store::Store;
use crate::table::{TableRow, storable};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // Each database has a function of its own that finds a text in another. The order is one of numbers, which a factor of -1
    // turns round.
    PAGE = Sql::per_backend(
        "SELECT r.dag_id, r.run_id, r.version_id, v.version_number, r.state, r.run_type, r.logical_date, r.data_interval_start, \
                r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.end_date, r.clear_number, \
                r.triggered_by, r.backfill_id, r.note \
         FROM dag_run r JOIN dag_version v ON v.version_id = r.version_id \
         WHERE ($1 OR r.dag_id IN (SELECT dag_id FROM {batch})) \
           AND (coalesce(r.logical_date, r.run_after) >= $2 OR $2 IS NULL) \
           AND (coalesce(r.logical_date, r.run_after) <= $3 OR $3 IS NULL) \
           AND (r.start_date >= $4 OR $4 IS NULL) AND (r.start_date <= $5 OR $5 IS NULL) \
           AND (r.end_date >= $6 OR $6 IS NULL) AND (r.end_date <= $7 OR $7 IS NULL) \
           AND (strpos($8, ',' || r.state || ',') > 0 OR $8 IS NULL) \
           AND (coalesce(r.end_date, r.start_date, r.queued_at) >= $9 OR $9 IS NULL) \
           AND (coalesce(r.end_date, r.start_date, r.queued_at) <= $10 OR $10 IS NULL) \
         ORDER BY $11 * CASE $12 WHEN 'start' THEN r.start_date WHEN 'end' THEN r.end_date \
                                ELSE coalesce(r.logical_date, r.run_after) END NULLS LAST, r.dag_id, r.run_id \
         LIMIT $13 OFFSET $14",
        "SELECT r.dag_id, r.run_id, r.version_id, v.version_number, r.state, r.run_type, r.logical_date, r.data_interval_start, \
                r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.end_date, r.clear_number, \
                r.triggered_by, r.backfill_id, r.note \
         FROM dag_run r JOIN dag_version v ON v.version_id = r.version_id \
         WHERE ($1 OR r.dag_id IN (SELECT dag_id FROM {batch})) \
           AND (coalesce(r.logical_date, r.run_after) >= $2 OR $2 IS NULL) \
           AND (coalesce(r.logical_date, r.run_after) <= $3 OR $3 IS NULL) \
           AND (r.start_date >= $4 OR $4 IS NULL) AND (r.start_date <= $5 OR $5 IS NULL) \
           AND (r.end_date >= $6 OR $6 IS NULL) AND (r.end_date <= $7 OR $7 IS NULL) \
           AND (instr($8, ',' || r.state || ',') > 0 OR $8 IS NULL) \
           AND (coalesce(r.end_date, r.start_date, r.queued_at) >= $9 OR $9 IS NULL) \
           AND (coalesce(r.end_date, r.start_date, r.queued_at) <= $10 OR $10 IS NULL) \
         ORDER BY $11 * CASE $12 WHEN 'start' THEN r.start_date WHEN 'end' THEN r.end_date \
                                ELSE coalesce(r.logical_date, r.run_after) END NULLS LAST, r.dag_id, r.run_id \
         LIMIT $13 OFFSET $14",
    )
    .batch(&[("dag_id", ColumnType::Text)]);
    COUNT = Sql::per_backend(
        "SELECT count(*) AS number \
         FROM dag_run r \
         WHERE ($1 OR r.dag_id IN (SELECT dag_id FROM {batch})) \
           AND (coalesce(r.logical_date, r.run_after) >= $2 OR $2 IS NULL) \
           AND (coalesce(r.logical_date, r.run_after) <= $3 OR $3 IS NULL) \
           AND (r.start_date >= $4 OR $4 IS NULL) AND (r.start_date <= $5 OR $5 IS NULL) \
           AND (r.end_date >= $6 OR $6 IS NULL) AND (r.end_date <= $7 OR $7 IS NULL) \
           AND (strpos($8, ',' || r.state || ',') > 0 OR $8 IS NULL) \
           AND (coalesce(r.end_date, r.start_date, r.queued_at) >= $9 OR $9 IS NULL) \
           AND (coalesce(r.end_date, r.start_date, r.queued_at) <= $10 OR $10 IS NULL)",
        "SELECT count(*) AS number \
         FROM dag_run r \
         WHERE ($1 OR r.dag_id IN (SELECT dag_id FROM {batch})) \
           AND (coalesce(r.logical_date, r.run_after) >= $2 OR $2 IS NULL) \
           AND (coalesce(r.logical_date, r.run_after) <= $3 OR $3 IS NULL) \
           AND (r.start_date >= $4 OR $4 IS NULL) AND (r.start_date <= $5 OR $5 IS NULL) \
           AND (r.end_date >= $6 OR $6 IS NULL) AND (r.end_date <= $7 OR $7 IS NULL) \
           AND (instr($8, ',' || r.state || ',') > 0 OR $8 IS NULL) \
           AND (coalesce(r.end_date, r.start_date, r.queued_at) >= $9 OR $9 IS NULL) \
           AND (coalesce(r.end_date, r.start_date, r.queued_at) <= $10 OR $10 IS NULL)",
    )
    .batch(&[("dag_id", ColumnType::Text)]);
    SET_NOTE = Sql::new("UPDATE dag_run SET note = $3 WHERE dag_id = $1 AND run_id = $2");
}

/// A span of time, both ends included; without an end there is no limit there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeSpan {
    /// The earliest time.
    pub from: Option<Timestamp>,
    /// The latest time.
    pub until: Option<Timestamp>,
}

/// Which runs a page is of, and which page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunPage {
    /// Runs of these DAGs; `None`: of all.
    pub dags: Option<BTreeSet<DagId>>,
    /// By logical date; for a run without one it is when it may start.
    pub dated: TimeSpan,
    /// By when they started, last time.
    pub started: TimeSpan,
    /// By when they ended, last time.
    pub ended: TimeSpan,
    /// By when their state changed last.
    pub changed: TimeSpan,
    /// In one of these states; `None`: in any.
    pub states: Option<Vec<DagRunState>>,
    /// What they are sorted by.
    pub order: RunOrder,
    /// Whether the latest come first.
    pub is_descending: bool,
    /// At most so many.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

/// What runs are sorted by. Those without such a time come last; those that are equal are sorted by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunOrder {
    /// By logical date; for a run without one it is when it may start.
    #[default]
    Date,
    /// By when they started, last time.
    Start,
    /// By when they ended, last time.
    End,
}

impl RunOrder {
    /// Its name in the statement.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

impl Store {
    /// A page of runs, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_page(&self, page: &RunPage) -> Result<(Vec<RunRow>, u64), StoreError> {
        let sign = if page.is_descending { -1 } else { 1 };
        let mut tx = self.db.begin_read().await?;
        let query = conditions(PAGE.query(), page)
            .bind(sign)
            .bind(page.order.as_str());
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let rows = tx.fetch_all(with_dags(query, page)).await?;
        let total = tx
            .fetch_one(with_dags(conditions(COUNT.query(), page), page))
            .await?;
        tx.rollback().await?;
        let row_of = |row| TableRow {
            table: "dag_run",
            row,
        };
        let total = row_of(&total).number("number")?;
        let runs: Result<Vec<RunRow>, StoreError> = rows.iter().map(|row| run_row(&row_of(row))).collect();
        Ok((runs?, total))
    }

    /// Sets the remark on a run; false if there is no such run.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn set_run_note(&self, key: &RunKey, note: Option<&str>) -> Result<bool, StoreError> {
        let query = SET_NOTE.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
        Ok(self.db.execute(query.bind(note.map(storable))).await? > 0)
    }
}

/// Binds `$1` to `$10`.
fn conditions<'p>(query: Query<'p>, page: &'p RunPage) -> Query<'p> {
    // Between commas each state is found as a whole.
    let states = page.states.as_ref().map(|states| {
        let states: Vec<&str> = states.iter().map(|state| state.as_str()).collect();
        format!(",{},", states.join(","))
    });
    let query = query
        .bind(page.dags.is_none())
        .bind(page.dated.from)
        .bind(page.dated.until);
    let query = query.bind(page.started.from).bind(page.started.until);
    let query = query.bind(page.ended.from).bind(page.ended.until).bind(states);
    query.bind(page.changed.from).bind(page.changed.until)
}

fn with_dags<'p>(query: Query<'p>, page: &'p RunPage) -> Query<'p> {
    query.rows(page.dags.iter().flatten().map(|dag_id| row![dag_id.as_str()]))
}
