//! Runs of all DAGs, the newest first, a page after the other.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{DagId, DagRunState, RunType};
use updraft_sql::{Query, Sql, statements};

use super::columns::{WANTED, Wanted, among, anywhere, bind_span, date, of_dag, run_columns, wanted};
use crate::error::StoreError;
use crate::run_list::TimeSpan;
use crate::run_pages::LAST_ID;
use crate::runs::{RunRow, run_row};
use crate::store::Store;
use crate::table::TableRow;

/// The runs that are meant: `$1` a text, `$2` and `$3` the span of their dates.
macro_rules! meant {
    ($scope:expr) => {
        concat!(
            "FROM dag_run r CROSS JOIN dag_version v WHERE v.version_id = r.version_id AND ",
            $scope, " AND ", among!("dag", "r.dag_id"), " AND ", among!("state", "r.state"), " AND ",
            among!("type", "r.run_type"),
            " AND (lower(r.run_id) LIKE $1 ESCAPE '\\' OR lower(r.dag_id) LIKE $1 ESCAPE '\\' OR $1 IS NULL) AND ",
            date!("r"), " >= $2 AND ", date!("r"), " <= $3 "
        )
    };
}

/// Those of a page: `$4` and `$5` with `$3` are the run that it follows.
macro_rules! page {
    ($scope:expr) => {
        concat!(
            wanted!(),
            "SELECT ",
            run_columns!(),
            " ",
            meant!($scope),
            "AND (",
            date!("r"),
            ", r.dag_id, r.run_id) < ($3, $4, $5) \
             ORDER BY ",
            date!("r"),
            " DESC, r.dag_id DESC, r.run_id DESC LIMIT $6"
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(page!("TRUE")).batch(WANTED);
    PAGE_OF_DAG = Sql::new(page!("r.dag_id = $7")).batch(WANTED);
    TOTAL = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!("TRUE"))).batch(WANTED);
    TOTAL_OF_DAG = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!("r.dag_id = $4"))).batch(WANTED);
}

/// Which runs, and which page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunBrowse {
    /// Of these DAGs; `None`: of all.
    pub dags: Option<BTreeSet<DagId>>,
    /// Of this one.
    pub dag: Option<String>,
    /// With this in their id or that of their DAG.
    pub text: Option<String>,
    /// In one of these states, if any is named.
    pub states: Vec<DagRunState>,
    /// Of this type.
    pub run_type: Option<RunType>,
    /// By date.
    pub dated: TimeSpan,
    /// Those after this one.
    pub after: Option<RunCursor>,
    /// At most so many.
    pub limit: u32,
}

/// The last run of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCursor {
    /// Its date.
    pub date: Timestamp,
    /// Its DAG.
    pub dag_id: String,
    /// Its id.
    pub run_id: String,
}

impl RunCursor {
    /// The place of a run.
    pub fn of(run: &RunRow) -> Self {
        Self {
            date: run.logical_date.unwrap_or(run.run_after),
            dag_id: run.key.dag_id.to_string(),
            run_id: run.key.run_id.to_string(),
        }
    }
}

impl RunBrowse {
    fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        wanted.dags(self.dags.as_ref());
        wanted.add("state", self.states.iter().map(|state| state.as_str()));
        wanted.add("type", self.run_type.map(RunType::as_str));
        wanted
    }

    /// Binds `$1` to `$3`; nothing later than `latest`.
    fn bind<'q>(&self, query: Query<'q>, latest: Option<Timestamp>) -> Query<'q> {
        let query = query.bind(self.text.as_deref().map(anywhere));
        bind_span(query, self.dated, latest)
    }

    fn page(&self) -> Query<'_> {
        let list = if self.dag.is_some() { &PAGE_OF_DAG } else { &PAGE };
        let after = self.after.as_ref();
        let query = self.bind(list.query(), after.map(|after| after.date));
        let query = query.bind(after.map_or(LAST_ID, |after| after.dag_id.as_str()));
        let query = query.bind(after.map_or(LAST_ID, |after| after.run_id.as_str()));
        of_dag(query.bind(i64::from(self.limit)), self.dag.as_deref())
    }

    fn total(&self) -> Query<'_> {
        let count = if self.dag.is_some() { &TOTAL_OF_DAG } else { &TOTAL };
        of_dag(self.bind(count.query(), None), self.dag.as_deref())
    }
}

impl Store {
    /// A page of runs, the newest first, and on the first page how many there are on all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn browse_runs(&self, browse: &RunBrowse) -> Result<(Vec<RunRow>, Option<u64>), StoreError> {
        let wanted = browse.wanted();
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(browse.page().rows(wanted.rows())).await?;
        let total = match &browse.after {
            None => {
                let all = RunBrowse {
                    limit: 0,
                    ..browse.clone()
                };
                let query = browse.total().rows(wanted.rows());
                Some(self.totals.read(&mut tx, "dag_run", query, all).await?)
            }
            Some(_) => None,
        };
        tx.rollback().await?;
        let of = |row| TableRow {
            table: "dag_run",
            row,
        };
        let runs: Result<Vec<RunRow>, StoreError> = rows.iter().map(|row| run_row(&of(row))).collect();
        Ok((runs?, total))
    }
}
