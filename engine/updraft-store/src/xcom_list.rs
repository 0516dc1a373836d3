//! Values of tasks, as programs page through them. What they are is read one by one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{DagId, RunKey, TaskKey};
use updraft_sql::{Query, Sql, statements};

use crate::error::StoreError;
use crate::run_list::TimeSpan;
use crate::run_pages::LAST_ID;
use crate::store::Store;
use crate::table::TableRow;
use crate::wanted::{self, Conditions, TextSearch, among, among_numbers, like, sorted, wanted, within};

/// The values of a scope that are meant. What branches and short circuits leave for the engine is none of them.
macro_rules! meant {
    ($scope:expr) => {
        concat!(
            "FROM xcom x CROSS JOIN dag_run r WHERE r.dag_id = x.dag_id AND r.run_id = x.run_id AND ",
            $scope,
            " AND ",
            among!("task", "x.task_id"),
            " AND ",
            among!("key", "x.key"),
            " AND ",
            like!("xcom_key", "x.key"),
            " AND ",
            like!("dag_id", "x.dag_id"),
            " AND ",
            like!("run_id", "x.run_id"),
            " AND ",
            like!("task_id", "x.task_id"),
            " AND ",
            among_numbers!("map_index", "x.map_index"),
            " AND ",
            within!("logical", "r.logical_date"),
            " AND ",
            within!("run_after", "r.run_after")
        )
    };
}

/// A page of a scope.
macro_rules! page {
    ($scope:expr) => {
        concat!(
            wanted!(),
            "SELECT * FROM (SELECT x.dag_id, x.run_id, x.task_id, x.map_index, x.key, x.set_at, r.logical_date, r.run_after, \
                    CASE $2 WHEN 'key' THEN x.key WHEN 'dag_id' THEN x.dag_id WHEN 'run_id' THEN x.run_id \
                            WHEN 'task_id' THEN x.task_id END AS sort_word, \
                    CASE $2 WHEN 'map_index' THEN x.map_index WHEN 'set_at' THEN x.set_at \
                            WHEN 'logical' THEN r.logical_date WHEN 'run_after' THEN r.run_after END AS sort_number ",
            meant!($scope),
            ") AS list ",
            sorted!(),
            ", dag_id, run_id, task_id, map_index, key LIMIT $3 OFFSET $4"
        )
    };
}

/// A page in the order of keys, which the primary key has; `$1` and `$2` are the first and the last DAG.
macro_rules! by_key {
    ($direction:literal) => {
        concat!(
            wanted!(),
            "SELECT x.dag_id, x.run_id, x.task_id, x.map_index, x.key, x.set_at, r.logical_date, r.run_after ",
            meant!(of_many!()),
            " AND x.dag_id >= $1 AND x.dag_id <= $2 \
             ORDER BY x.dag_id ", $direction, ", x.run_id ", $direction, ", x.task_id ", $direction, ", x.map_index ", $direction,
            ", x.key ", $direction, " LIMIT $3 OFFSET $4"
        )
    };
}

/// The values of many runs.
macro_rules! of_many {
    () => {
        concat!(among!("dag", "x.dag_id"), " AND ", among!("run", "x.run_id"))
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE_OF_RUN = Sql::new(page!("x.dag_id = $5 AND x.run_id = $6")).batch(wanted::COLUMNS);
    COUNT_OF_RUN = Sql::new(concat!(
        wanted!(),
        "SELECT count(*) AS number ",
        meant!("x.dag_id = $1 AND x.run_id = $2")
    ))
    .batch(wanted::COLUMNS);
    PAGE_OF_MANY = Sql::new(page!(of_many!())).batch(wanted::COLUMNS);
    RISING = Sql::new(by_key!("ASC")).batch(wanted::COLUMNS);
    FALLING = Sql::new(by_key!("DESC")).batch(wanted::COLUMNS);
    COUNT_OF_MANY = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!(of_many!()))).batch(wanted::COLUMNS);
}

/// A value in a list, without what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedXCom {
    /// The task that left it.
    pub task: TaskKey,
    /// Its key.
    pub key: String,
    /// When it was written.
    pub set_at: Timestamp,
    /// The date that the run is about.
    pub logical_date: Option<Timestamp>,
    /// When the run may start.
    pub run_after: Timestamp,
}

/// Which values a page is of, and which page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XComPage {
    /// Of this run; `None`: of all runs that `dags` and `run_ids` name.
    pub run: Option<RunKey>,
    /// Of runs of these DAGs; `None`: of all.
    pub dags: Option<BTreeSet<DagId>>,
    /// Of runs with one of these ids; empty: with any.
    pub run_ids: Vec<String>,
    /// Of one of these tasks; empty: of any.
    pub task_ids: Vec<String>,
    /// With one of these keys; empty: with any.
    pub keys: Vec<String>,
    /// Of these copies, if any is named.
    pub map_indexes: Vec<i64>,
    /// By their key.
    pub key: TextSearch,
    /// By the id of their DAG.
    pub dag_id: TextSearch,
    /// By the id of their run.
    pub run_id: TextSearch,
    /// By the id of their task.
    pub task_id: TextSearch,
    /// By the logical date of their run.
    pub logical_date: TimeSpan,
    /// By when their run may start.
    pub run_after: TimeSpan,
    /// What they are sorted by.
    pub order: XComOrder,
    /// Whether the last come first.
    pub is_descending: bool,
    /// At most so many.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

/// What values are sorted by; those that are equal are sorted by task and key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum XComOrder {
    /// By task and key alone.
    #[default]
    Task,
    /// By key.
    Key,
    /// By the id of their DAG.
    DagId,
    /// By the id of their run.
    RunId,
    /// By the id of their task.
    TaskId,
    /// By map index.
    MapIndex,
    /// By when they were written.
    SetAt,
    /// By the logical date of their run.
    LogicalDate,
    /// By when their run may start.
    RunAfter,
}

impl XComOrder {
    /// Its name in the statement.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Key => "key",
            Self::DagId => "dag_id",
            Self::RunId => "run_id",
            Self::TaskId => "task_id",
            Self::MapIndex => "map_index",
            Self::SetAt => "set_at",
            Self::LogicalDate => "logical",
            Self::RunAfter => "run_after",
        }
    }
}

impl XComPage {
    fn conditions(&self) -> Conditions {
        let mut wanted = Conditions::default();
        wanted.among(
            "dag",
            self.dags.as_ref().map(|dags| dags.iter().map(DagId::as_str)),
        );
        wanted.some_of("run", &self.run_ids);
        wanted.some_of("task", &self.task_ids);
        wanted.some_of("key", &self.keys);
        wanted.numbers("map_index", &self.map_indexes);
        wanted.search("xcom_key", &self.key);
        wanted.search("dag_id", &self.dag_id);
        wanted.search("run_id", &self.run_id);
        wanted.search("task_id", &self.task_id);
        wanted.within("logical", self.logical_date);
        wanted.within("run_after", self.run_after);
        wanted
    }
}

impl Store {
    /// A page of values of tasks, and how many there are on all pages. A total of 10,000 and more may be up
    /// to a minute old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn xcom_page(&self, page: &XComPage) -> Result<(Vec<ListedXCom>, u64), StoreError> {
        let wanted = page.conditions();
        let sign = if page.is_descending { -1 } else { 1 };
        let (list, count) = match &page.run {
            Some(_) => (&PAGE_OF_RUN, &COUNT_OF_RUN),
            None => (&PAGE_OF_MANY, &COUNT_OF_MANY),
        };
        let query = if page.run.is_none() && page.order == XComOrder::Task {
            let dags = page.dags.as_ref().filter(|dags| dags.len() == 1);
            let dag = dags.and_then(BTreeSet::first).map(DagId::as_str);
            let list = if page.is_descending { &FALLING } else { &RISING };
            list.bind(dag.unwrap_or("")).bind(dag.unwrap_or(LAST_ID))
        } else {
            list.bind(sign).bind(page.order.as_str())
        };
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(of(query, page).rows(wanted.rows())).await?;
        let count = of(count.query(), page).rows(wanted.rows());
        let total = self
            .totals
            .read(&mut tx, "xcom", count, (&page.run, &wanted))
            .await?;
        tx.rollback().await?;
        let row_of = |row| TableRow { table: "xcom", row };
        let xcoms: Result<Vec<ListedXCom>, StoreError> = rows
            .iter()
            .map(|row| {
                let row = row_of(row);
                Ok(ListedXCom {
                    task: row.task_key()?,
                    key: row.get("key")?,
                    set_at: row.time("set_at")?,
                    logical_date: row.optional_time("logical_date")?,
                    run_after: row.time("run_after")?,
                })
            })
            .collect();
        Ok((xcoms?, total))
    }
}

/// Binds the run of a page of one.
fn of<'q>(query: Query<'q>, page: &'q XComPage) -> Query<'q> {
    match &page.run {
        Some(run) => query.bind(run.dag_id.as_str()).bind(run.run_id.as_str()),
        None => query,
    }
}
