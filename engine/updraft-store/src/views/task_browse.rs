//! Tasks of runs of all DAGs, those of the newest runs first, a page after the other.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{DagId, MapIndex, TaskInstanceState};
use updraft_sql::{Query, Sql, statements};

use super::columns::{WANTED, Wanted, among, anywhere, date, wanted};
use crate::error::StoreError;
use crate::run_list::TimeSpan;
use crate::store::Store;
use crate::table::TableRow;
use crate::tasks::{TaskInstanceRow, task_instance};

/// The tasks that are meant: `$1` a text, `$2` and `$3` the span of the dates of their runs.
macro_rules! meant {
    () => {
        concat!(
            "FROM task_instance t JOIN dag_run r ON r.dag_id = t.dag_id AND r.run_id = t.run_id WHERE ",
            among!("dag", "t.dag_id"),
            " AND ",
            among!("only", "t.dag_id"),
            " AND ",
            among!("run", "t.run_id"),
            " AND ",
            among!("task", "t.task_id"),
            " AND ",
            among!("operator", "t.operator"),
            " AND ",
            among!("state", "coalesce(t.state, 'none')"),
            " AND (lower(t.task_id) LIKE $1 ESCAPE '\\' OR lower(t.run_id) LIKE $1 ESCAPE '\\' \
                   OR lower(t.dag_id) LIKE $1 ESCAPE '\\' OR $1 IS NULL) AND (",
            date!("r"),
            " >= $2 OR $2 IS NULL) AND (",
            date!("r"),
            " <= $3 OR $3 IS NULL) "
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        wanted!(),
        "SELECT t.dag_id, t.run_id, t.task_id, t.map_index, t.operator, t.state, t.max_tries, t.next_try_at, t.priority_weight, \
                t.attempt_id, t.try_number, t.queued_at, t.start_date, t.end_date, t.hostname, t.unixname, t.pid, t.heartbeat_at, \
                t.progress, t.outcome, t.mapped_length, t.rendered_map_index, t.scheduled_at, t.note, r.logical_date, r.run_after ",
        meant!(),
        "AND ((", date!("r"), ", t.dag_id, t.run_id, t.task_id, t.map_index) < ($4, $5, $6, $7, $8) OR $4 IS NULL) \
         ORDER BY ", date!("r"), " DESC, t.dag_id DESC, t.run_id DESC, t.task_id DESC, t.map_index DESC LIMIT $9",
    ))
    .batch(WANTED);
    TOTAL = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!())).batch(WANTED);
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
        wanted.add("only", &self.dag);
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

    /// Binds `$1` to `$3`.
    fn bind<'q>(&self, query: Query<'q>) -> Query<'q> {
        let query = query.bind(self.text.as_deref().map(anywhere));
        query.bind(self.dated.from).bind(self.dated.until)
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
        let after = browse.after.as_ref();
        let query = browse.bind(PAGE.query()).bind(after.map(|after| after.date));
        let query = query.bind(after.map(|after| after.dag_id.as_str()));
        let query = query.bind(after.map(|after| after.run_id.as_str()));
        let query = query.bind(after.map(|after| after.task_id.as_str()));
        let query = query
            .bind(after.map(|after| after.map_index.0))
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
            table: "task_instance",
            row,
        };
        let total = total.as_ref().map(|row| of(row).number("number")).transpose()?;
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
