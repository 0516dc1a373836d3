//! Runs of all DAGs, the newest first, a page after the other.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{DagId, DagRunState, RunType};
use updraft_sql::{Query, Sql, statements};

use super::columns::{WANTED, Wanted, among, anywhere, date, run_columns, wanted};
use crate::error::StoreError;
use crate::run_list::TimeSpan;
use crate::runs::{RunRow, run_row};
use crate::store::Store;
use crate::table::TableRow;

/// The runs that are meant: `$1` a text, `$2` and `$3` the span of their dates.
macro_rules! meant {
    () => {
        concat!(
            "FROM dag_run r JOIN dag_version v ON v.version_id = r.version_id WHERE ",
            among!("dag", "r.dag_id"), " AND ", among!("only", "r.dag_id"), " AND ", among!("state", "r.state"), " AND ",
            among!("type", "r.run_type"),
            " AND (lower(r.run_id) LIKE $1 ESCAPE '\\' OR lower(r.dag_id) LIKE $1 ESCAPE '\\' OR $1 IS NULL) AND (",
            date!("r"), " >= $2 OR $2 IS NULL) AND (", date!("r"), " <= $3 OR $3 IS NULL) "
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        wanted!(), "SELECT ", run_columns!(), " ", meant!(),
        "AND ((", date!("r"), ", r.dag_id, r.run_id) < ($4, $5, $6) OR $4 IS NULL) \
         ORDER BY ", date!("r"), " DESC, r.dag_id DESC, r.run_id DESC LIMIT $7",
    ))
    .batch(WANTED);
    TOTAL = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!())).batch(WANTED);
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
        wanted.add("only", &self.dag);
        wanted.add("state", self.states.iter().map(|state| state.as_str()));
        wanted.add("type", self.run_type.map(RunType::as_str));
        wanted
    }

    /// Binds `$1` to `$3`.
    fn bind<'q>(&self, query: Query<'q>) -> Query<'q> {
        let query = query.bind(self.text.as_deref().map(anywhere));
        query.bind(self.dated.from).bind(self.dated.until)
    }
}

impl Store {
    /// A page of runs, the newest first, and on the first page how many there are on all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn browse_runs(&self, browse: &RunBrowse) -> Result<(Vec<RunRow>, Option<u64>), StoreError> {
        let wanted = browse.wanted();
        let after = browse.after.as_ref();
        let query = browse.bind(PAGE.query()).bind(after.map(|after| after.date));
        let query = query.bind(after.map(|after| after.dag_id.as_str()));
        let query = query
            .bind(after.map(|after| after.run_id.as_str()))
            .bind(i64::from(browse.limit));
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(query.rows(wanted.rows())).await?;
        let total = match after {
            None => Some(
                tx.fetch_one(browse.bind(TOTAL.query()).rows(wanted.rows()))
                    .await?,
            ),
            Some(_) => None,
        };
        tx.rollback().await?;
        let of = |row| TableRow {
            table: "dag_run",
            row,
        };
        let total = total.as_ref().map(|row| of(row).number("number")).transpose()?;
        let runs: Result<Vec<RunRow>, StoreError> = rows.iter().map(|row| run_row(&of(row))).collect();
        Ok((runs?, total))
    }
}
