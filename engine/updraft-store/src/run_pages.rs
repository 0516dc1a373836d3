//! Pages of runs in the order of their dates, which an index has: by their place, or after the last run of another page.

use jiff::Timestamp;
use updraft_model::RunKey;
use updraft_sql::{Query, Row, Sql, statements};

use crate::error::StoreError;
use crate::run_list::{RunOrder, RunPage, meant, of_many};
use crate::runs::{RunRow, run_row};
use crate::store::Store;
use crate::table::TableRow;
use crate::wanted::{self, among, among_numbers, like, wanted, within};

/// Behind every id there can be.
pub(crate) const LAST_ID: &str = "\u{10ffff}";

/// A page: `$1` to `$3` are the run that it follows. What is compared alone is what the index is entered by.
macro_rules! page {
    ($scope:expr, $compare:literal, $direction:literal) => {
        concat!(
            wanted!(),
            "SELECT r.dag_id, r.run_id, r.version_id, v.version_number, r.state, r.run_type, r.logical_date, \
                    r.data_interval_start, r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.end_date, \
                    r.clear_number, r.triggered_by, r.backfill_id, r.note ",
            meant!($scope),
            " AND coalesce(r.logical_date, r.run_after) ", $compare, "= $1 \
              AND (coalesce(r.logical_date, r.run_after), r.dag_id, r.run_id) ", $compare, " ($1, $2, $3) \
             ORDER BY coalesce(r.logical_date, r.run_after) ", $direction, ", r.dag_id ", $direction, ", r.run_id ", $direction, " \
             LIMIT $4 OFFSET $5"
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    RISING = Sql::new(page!(of_many!(), ">", "ASC")).batch(wanted::COLUMNS);
    FALLING = Sql::new(page!(of_many!(), "<", "DESC")).batch(wanted::COLUMNS);
    RISING_OF_DAG = Sql::new(page!("r.dag_id = $6", ">", "ASC")).batch(wanted::COLUMNS);
    FALLING_OF_DAG = Sql::new(page!("r.dag_id = $6", "<", "DESC")).batch(wanted::COLUMNS);
}

/// A run, and where it stands in the order of dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPlace {
    /// Its logical date; for a run without one it is when it may start.
    pub date: Timestamp,
    /// The run.
    pub key: RunKey,
}

impl RunPlace {
    /// The place of a run.
    pub fn of(run: &RunRow) -> Self {
        Self {
            date: run.logical_date.unwrap_or(run.run_after),
            key: run.key.clone(),
        }
    }
}

/// The statement that finds a page by an index, if the order is one of an index.
pub(crate) fn indexed(page: &RunPage) -> Option<Query<'_>> {
    (page.order == RunOrder::Date).then(|| after(page, None))
}

fn after<'q>(page: &'q RunPage, place: Option<&'q RunPlace>) -> Query<'q> {
    let list = match (page.dag(), page.is_descending) {
        (None, false) => &RISING,
        (None, true) => &FALLING,
        (Some(_), false) => &RISING_OF_DAG,
        (Some(_), true) => &FALLING_OF_DAG,
    };
    let query = match (place, page.is_descending) {
        (Some(RunPlace { date, key }), _) => {
            let query = list.bind(*date);
            query.bind(key.dag_id.as_str()).bind(key.run_id.as_str())
        }
        (None, false) => list.bind(i64::MIN).bind("").bind(""),
        (None, true) => list.bind(i64::MAX).bind(LAST_ID).bind(LAST_ID),
    };
    let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
    match page.dag() {
        Some(dag) => query.bind(dag.as_str()),
        None => query,
    }
}

/// Reads rows as runs.
pub(crate) fn read(rows: &[Row]) -> Result<Vec<RunRow>, StoreError> {
    let run = |row| {
        run_row(&TableRow {
            table: "dag_run",
            row,
        })
    };
    rows.iter().map(run).collect()
}

impl Store {
    /// The runs of a list in the order of dates that come after one of them, or the first ones. It costs the same wherever that is.
    /// What the page says of its order counts not, but for the direction.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn runs_after(
        &self,
        page: &RunPage,
        place: Option<&RunPlace>,
    ) -> Result<Vec<RunRow>, StoreError> {
        let wanted = page.conditions();
        let rows = self.db.fetch_all(after(page, place).rows(wanted.rows())).await?;
        read(&rows)
    }
}
