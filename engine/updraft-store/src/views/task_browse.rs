//! Tasks of runs of all DAGs, those of the newest runs first, a page after the other.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{DagId, MapIndex, TaskInstanceState};
use updraft_sql::{Query, Sql, statements};

use super::columns::{WANTED, Wanted, among, anywhere, bind_span, date, of_dag, wanted};
use crate::error::StoreError;
use crate::run_list::TimeSpan;
use crate::run_pages::LAST_ID;
use crate::store::Store;
use crate::table::TableRow;
use crate::tasks::{TaskInstanceRow, task_instance};

/// The tasks that are meant: `$1` a text, `$2` and `$3` the span of the dates of their runs. SQLite goes through the runs first, in the
/// order of the list.
macro_rules! meant {
    ($scope:expr) => {
        concat!(
            "FROM dag_run r CROSS JOIN task_instance t WHERE t.dag_id = r.dag_id AND t.run_id = r.run_id AND ",
            $scope,
            " AND ",
            among!("dag", "t.dag_id"),
            " AND ",
            among!("run", "t.run_id"),
            " AND ",
            among!("task", "t.task_id"),
            " AND ",
            among!("operator", "t.operator"),
            " AND ",
            among!("state", "coalesce(t.state, 'none')"),
            " AND (lower(t.task_id) LIKE $1 ESCAPE '\\' OR lower(t.run_id) LIKE $1 ESCAPE '\\' \
                   OR lower(t.dag_id) LIKE $1 ESCAPE '\\' OR $1 IS NULL) AND ",
            date!("r"),
            " >= $2 AND ",
            date!("r"),
            " <= $3 "
        )
    };
}

/// Those of a page: `$4` to `$7` with `$3` are the task that it follows.
macro_rules! page {
    ($scope:expr) => {
        concat!(
            wanted!(),
            "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.operator, t.state, t.max_tries, t.next_try_at, t.priority_weight, \
                    t.attempt_id, t.try_number, t.queued_at, t.start_date, t.end_date, t.hostname, t.unixname, t.pid, \
                    t.heartbeat_at, t.progress, t.outcome, t.mapped_length, t.rendered_map_index, t.scheduled_at, t.note, \
                    r.logical_date, r.run_after ",
            meant!($scope),
            "AND (", date!("r"), ", t.dag_id, t.run_id, t.task_id, t.map_index) < ($3, $4, $5, $6, $7) \
             ORDER BY ", date!("r"), " DESC, r.dag_id DESC, r.run_id DESC, t.task_id DESC, t.map_index DESC LIMIT $8"
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(page!(among!("dag", "r.dag_id"))).batch(WANTED);
    PAGE_OF_DAG = Sql::new(page!("r.dag_id = $9")).batch(WANTED);
    TOTAL = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!(among!("dag", "r.dag_id")))).batch(WANTED);
    TOTAL_OF_DAG = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!("r.dag_id = $4"))).batch(WANTED);
}

/// Which tasks, and which page of them. Copies of mapped tasks to which nothing has happened alone are one, with map index -1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskBrowse {
    /// Of these DAGs; `None`: of all.
    pub dags: Option<BTreeSet<DagId>>,
    /// Of this one.
    pub dag: Option<String>,
    /// Of runs of this id.
    pub run: Option<String>,
    /// Of this id.
    pub task: Option<String>,
    /// Of this class or kind.
    pub operator: Option<String>,
    /// With this in the id of task, run or DAG.
    pub text: Option<String>,
    /// In one of these states, if any is named.
    pub states: Vec<Option<TaskInstanceState>>,
    /// By the date of the run.
    pub dated: TimeSpan,
    /// Those after this one.
    pub after: Option<TaskCursor>,
    /// At most so many.
    pub limit: u32,
}

/// The last task of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskCursor {
    /// The date of its run.
    pub date: Timestamp,
    /// Its DAG.
    pub dag_id: String,
    /// Its run.
    pub run_id: String,
    /// Its id.
    pub task_id: String,
    /// Which copy.
    pub map_index: MapIndex,
}

impl TaskBrowse {
    fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        wanted.dags(self.dags.as_ref());
        wanted.add("run", &self.run);
        wanted.add("task", &self.task);
        wanted.add("operator", &self.operator);
        let states = self
            .states
            .iter()
            .map(|state| state.map_or("none", TaskInstanceState::as_str));
        wanted.add("state", states);
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
        let query = query.bind(after.map_or(LAST_ID, |after| after.task_id.as_str()));
        let query = query.bind(after.map_or(i32::MAX, |after| after.map_index.0));
        of_dag(query.bind(i64::from(self.limit)), self.dag.as_deref())
    }

    fn total(&self) -> Query<'_> {
        let count = if self.dag.is_some() { &TOTAL_OF_DAG } else { &TOTAL };
        of_dag(self.bind(count.query(), None), self.dag.as_deref())
    }
}

/// A task with the logical date of its run, and when that may start.
type Dated = (TaskInstanceRow, Option<Timestamp>, Timestamp);

impl Store {
    /// A page of tasks, those of the newest runs first, each with the logical date of its run and when that may start; and on the first page
    /// how many there are on all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn browse_tasks(&self, browse: &TaskBrowse) -> Result<(Vec<Dated>, Option<u64>), StoreError> {
        let wanted = browse.wanted();
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(browse.page().rows(wanted.rows())).await?;
        let total = match &browse.after {
            None => {
                let all = TaskBrowse {
                    limit: 0,
                    ..browse.clone()
                };
                let query = browse.total().rows(wanted.rows());
                Some(self.totals.read(&mut tx, "task_instance", query, all).await?)
            }
            Some(_) => None,
        };
        tx.rollback().await?;
        let of = |row| TableRow {
            table: "task_instance",
            row,
        };
        let task = |row| {
            let row = of(row);
            Ok((
                task_instance(&row)?,
                row.optional_time("logical_date")?,
                row.time("run_after")?,
            ))
        };
        let tasks: Result<Vec<Dated>, StoreError> = rows.iter().map(task).collect();
        Ok((tasks?, total))
    }
}
