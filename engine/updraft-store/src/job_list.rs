//! Processes that run attempts, as programs page through them, also those that are gone.

use jiff::Timestamp;
use updraft_sql::{Query, Row, Sql, statements};

use crate::error::StoreError;
use crate::order::{Paging, counted, sorted_by};
use crate::store::Store;
use crate::table::TableRow;

macro_rules! meant {
    () => {
        "FROM job j \
         WHERE (j.state = $1 OR $1 IS NULL) AND (j.hostname = $2 OR $2 IS NULL) \
           AND ((j.state = 'running' AND j.latest_heartbeat >= $3) OR $3 IS NULL) \
           AND (j.state <> 'running' OR j.latest_heartbeat < $4 OR $4 IS NULL) \
           AND (j.start_date >= $5 OR $5 IS NULL) AND (j.start_date > $6 OR $6 IS NULL) \
           AND (j.start_date <= $7 OR $7 IS NULL) AND (j.start_date < $8 OR $8 IS NULL) \
           AND (j.end_date >= $9 OR $9 IS NULL) AND (j.end_date > $10 OR $10 IS NULL) \
           AND (j.end_date <= $11 OR $11 IS NULL) AND (j.end_date < $12 OR $12 IS NULL) "
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        "SELECT j.job_id, j.state, j.hostname, j.start_date, j.end_date, j.latest_heartbeat ",
        meant!(),
        "ORDER BY ",
        sorted_by!(
            "$13", "$14";
            "id" => "j.job_id",
            "state" => "j.state",
            "hostname" => "j.hostname",
            "start_date" => "j.start_date",
            "end_date" => "j.end_date",
            "latest_heartbeat" => "j.latest_heartbeat",
        ),
        "j.job_id LIMIT $15 OFFSET $16"
    ));
    COUNT = Sql::new(concat!("SELECT count(*) AS number ", meant!()));
}

/// A process that runs attempts, or has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its number.
    pub job_id: i64,
    /// `running`, `success` (it has left) or `failed` (it gave no sign of life).
    pub state: String,
    /// Where.
    pub hostname: String,
    /// Since when.
    pub start_date: Timestamp,
    /// Until when.
    pub end_date: Option<Timestamp>,
    /// Its last sign of life.
    pub latest_heartbeat: Timestamp,
}

/// Some times: bounds that count, and bounds that do not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeBounds {
    /// This time or a later one.
    pub from: Option<Timestamp>,
    /// A later time.
    pub after: Option<Timestamp>,
    /// This time or an earlier one.
    pub until: Option<Timestamp>,
    /// An earlier time.
    pub before: Option<Timestamp>,
}

impl TimeBounds {
    /// Binds four parameters, in the order of the fields.
    pub(crate) fn bind<'b>(&self, query: Query<'b>) -> Query<'b> {
        query
            .bind(self.from)
            .bind(self.after)
            .bind(self.until)
            .bind(self.before)
    }
}

/// Which processes are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only those in this state.
    pub state: Option<String>,
    /// Only those on this machine.
    pub hostname: Option<String>,
    /// Only those that run and have given a sign of life since.
    pub alive_since: Option<Timestamp>,
    /// Only those that have ended, or given no sign of life since.
    pub dead_since: Option<Timestamp>,
    /// Only those that started then.
    pub started: TimeBounds,
    /// Only those that ended then.
    pub ended: TimeBounds,
}

impl Store {
    /// A page of processes, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn job_page(
        &self,
        filter: &JobFilter,
        paging: &Paging,
    ) -> Result<(Vec<JobRow>, u64), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(paging.bind(bind(PAGE.query(), filter))).await?;
        let total = tx.fetch_one(bind(COUNT.query(), filter)).await?;
        tx.rollback().await?;
        let rows: Result<Vec<JobRow>, StoreError> = rows.iter().map(read).collect();
        Ok((rows?, counted("job", &total)?))
    }
}

/// Binds `$1` to `$12`.
fn bind<'f>(query: Query<'f>, filter: &'f JobFilter) -> Query<'f> {
    let query = query
        .bind(filter.state.as_deref())
        .bind(filter.hostname.as_deref())
        .bind(filter.alive_since)
        .bind(filter.dead_since);
    filter.ended.bind(filter.started.bind(query))
}

fn read(row: &Row) -> Result<JobRow, StoreError> {
    let row = TableRow { table: "job", row };
    Ok(JobRow {
        job_id: row.get("job_id")?,
        state: row.get("state")?,
        hostname: row.get("hostname")?,
        start_date: row.time("start_date")?,
        end_date: row.optional_time("end_date")?,
        latest_heartbeat: row.time("latest_heartbeat")?,
    })
}
