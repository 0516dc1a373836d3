//! Tasks of many runs, as programs page through them: of mapped tasks each copy, also those that share a row.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::{DagId, RunKey, TaskInstanceState};
use updraft_sql::{ColumnType, Query, Sql, Tx, row, statements};

use crate::error::StoreError;
use crate::run_list::TimeSpan;
use crate::runs::{RunRow, run_row};
use crate::store::Store;
use crate::table::TableRow;
use crate::task_pages;
use crate::tasks::{TaskInstanceRow, task_instance};
use crate::wanted::{self, Conditions, NumberSpan, TextSearch, among, among_numbers, like, sorted, within};

/// The columns of a task, with the given map index.
macro_rules! columns {
    ($map_index:literal) => {
        concat!(
            "t.dag_id, t.run_id, t.task_id, ", $map_index, " AS map_index, t.operator, t.state, t.max_tries, t.next_try_at, \
             t.priority_weight, t.attempt_id, t.try_number, t.scheduled_at, t.queued_at, t.start_date, t.end_date, t.hostname, \
             t.unixname, t.pid, t.heartbeat_at, t.progress, t.outcome, CAST(NULL AS BIGINT) AS mapped_length, \
             t.rendered_map_index, t.note"
        )
    };
}

/// All tasks of a scope: rows of their own, and for a row that copies share one for each copy that has none.
macro_rules! instances {
    ($scope:expr) => {
        concat!(
            "WITH RECURSIVE wanted AS (SELECT kind, word, number FROM {batch}), \
             place (place) AS (SELECT 0 UNION ALL SELECT place + 1 FROM place \
                WHERE place + 1 < (SELECT max(t.mapped_length) FROM task_instance t WHERE ",
            $scope,
            ")), \
             instance AS (SELECT ",
            columns!("t.map_index"),
            " FROM task_instance t \
                WHERE t.mapped_length IS NULL AND ",
            $scope,
            " \
                UNION ALL SELECT ",
            columns!("p.place"),
            " FROM task_instance t JOIN place p ON p.place < t.mapped_length \
                WHERE ",
            $scope,
            " AND NOT EXISTS (SELECT 1 FROM task_instance own \
                    WHERE own.dag_id = t.dag_id AND own.run_id = t.run_id AND own.task_id = t.task_id \
                      AND own.map_index = p.place)) "
        )
    };
}

/// The tasks of a version of a DAG as `one (task)`, by functions that each database has of its own.
macro_rules! tasks_of_version {
    (postgres) => {
        "jsonb_array_elements(v.spec::JSONB -> 'tasks') AS one (task)"
    };
    (sqlite) => {
        "(SELECT value AS task FROM json_each(v.spec -> 'tasks')) AS one"
    };
}

/// The tasks that are meant.
macro_rules! meant {
    ($backend:ident) => {
        concat!(
            "FROM instance i JOIN dag_run r ON r.dag_id = i.dag_id AND r.run_id = i.run_id \
             JOIN dag_version v ON v.version_id = r.version_id WHERE ",
            meant_tasks!($backend)
        )
    };
}

/// What is asked of a task `i` of a run `r` of a version `v`.
macro_rules! meant_tasks {
    ($backend:ident) => {
        concat!(
            among!("task", "i.task_id"),
            " AND ", like!("task_id", "i.task_id"),
            " AND ", like!("dag_id", "i.dag_id"),
            " AND ", like!("run_id", "i.run_id"),
            " AND ", among!("state", "coalesce(i.state, 'none')"),
            " AND ", among!("operator", "i.operator"),
            " AND ", like!("operator_name", "i.operator"),
            " AND ", like!("rendered", "i.rendered_map_index"),
            " AND ", among_numbers!("map_index", "i.map_index"),
            " AND ", within!("copy", "i.map_index"),
            " AND ", among_numbers!("try_number", "i.try_number"),
            " AND ", among_numbers!("version", "v.version_number"),
            " AND ", within!("dated", "coalesce(r.logical_date, r.run_after)"),
            " AND ", within!("logical", "r.logical_date"),
            " AND ", within!("run_after", "r.run_after"),
            " AND ", within!("start", "i.start_date"),
            " AND ", within!("end", "i.end_date"),
            " AND ", within!("changed", "coalesce(i.end_date, i.start_date, i.queued_at)"),
            " AND ", within!("duration", "(i.end_date - i.start_date)"),
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind IN ('pool', 'pool_name', 'pool_name^', 'queue', 'queue_name', \
                                                                   'queue_name^')) \
                   OR EXISTS (SELECT 1 FROM ", tasks_of_version!($backend), " WHERE one.task ->> 'task_id' = i.task_id AND ",
            among!("pool", "coalesce(one.task ->> 'pool', 'default_pool')"),
            " AND ", like!("pool_name", "coalesce(one.task ->> 'pool', 'default_pool')"),
            " AND ", among!("queue", "coalesce(one.task ->> 'queue', 'default')"),
            " AND ", like!("queue_name", "coalesce(one.task ->> 'queue', 'default')"), "))"
        )
    };
}

pub(crate) use {meant_tasks, tasks_of_version};

/// A page of a scope.
macro_rules! page {
    ($backend:ident, $scope:expr) => {
        concat!(
            instances!($scope),
            "SELECT * FROM (SELECT i.*, \
                    CASE $2 WHEN 'state' THEN i.state WHEN 'operator' THEN i.operator WHEN 'task_id' THEN i.task_id \
                            WHEN 'dag_id' THEN i.dag_id WHEN 'run_id' THEN i.run_id \
                            WHEN 'rendered' THEN i.rendered_map_index END AS sort_word, \
                    CASE $2 WHEN 'map_index' THEN i.map_index WHEN 'try_number' THEN i.try_number \
                            WHEN 'start' THEN i.start_date WHEN 'end' THEN i.end_date WHEN 'queued' THEN i.queued_at \
                            WHEN 'duration' THEN i.end_date - i.start_date WHEN 'logical' THEN r.logical_date \
                            WHEN 'run_after' THEN r.run_after WHEN 'interval_start' THEN r.data_interval_start \
                            WHEN 'interval_end' THEN r.data_interval_end END AS sort_number ",
            meant!($backend),
            ") AS list ",
            sorted!(),
            ", dag_id, run_id, task_id, map_index LIMIT $3 OFFSET $4"
        )
    };
}

/// How many there are.
macro_rules! count {
    ($backend:ident, $scope:expr) => {
        concat!(instances!($scope), "SELECT count(*) AS number ", meant!($backend))
    };
}

/// The tasks of one run.
macro_rules! of_run {
    ($dag:literal, $run:literal) => {
        concat!("t.dag_id = ", $dag, " AND t.run_id = ", $run)
    };
}

/// Those of many.
macro_rules! of_many {
    () => {
        concat!(among!("dag", "t.dag_id"), " AND ", among!("run", "t.run_id"))
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // See `tasks_of_version`.
    PAGE_OF_RUN = Sql::per_backend(page!(postgres, of_run!("$5", "$6")), page!(sqlite, of_run!("$5", "$6"))).batch(wanted::COLUMNS);
    COUNT_OF_RUN = Sql::per_backend(count!(postgres, of_run!("$1", "$2")), count!(sqlite, of_run!("$1", "$2"))).batch(wanted::COLUMNS);
    PAGE_OF_MANY = Sql::per_backend(page!(postgres, of_many!()), page!(sqlite, of_many!())).batch(wanted::COLUMNS);
    COUNT_OF_MANY = Sql::per_backend(count!(postgres, of_many!()), count!(sqlite, of_many!())).batch(wanted::COLUMNS);
    RUNS = Sql::new(
        "SELECT r.dag_id, r.run_id, r.version_id, v.version_number, r.state, r.run_type, r.logical_date, r.data_interval_start, \
                r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.end_date, r.clear_number, \
                r.triggered_by, r.backfill_id, r.note \
         FROM {batch} JOIN dag_run r ON r.dag_id = batch.dag_id AND r.run_id = batch.run_id \
         JOIN dag_version v ON v.version_id = r.version_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
}

/// Which tasks a page is of, and which page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskPage {
    /// Of this run; `None`: of all runs that `dags` and `run_ids` name.
    pub run: Option<RunKey>,
    /// Of runs of these DAGs; `None`: of all.
    pub dags: Option<BTreeSet<DagId>>,
    /// Of runs with one of these ids; empty: with any.
    pub run_ids: Vec<String>,
    /// Tasks with one of these ids; `None`: with any.
    pub task_ids: Option<Vec<String>>,
    /// By their id.
    pub task_id: TextSearch,
    /// By the id of their DAG.
    pub dag_id: TextSearch,
    /// By the id of their run.
    pub run_id: TextSearch,
    /// In one of these states (`None` in it is no state); `None`: in any.
    pub states: Option<BTreeSet<Option<TaskInstanceState>>>,
    /// Of one of these pools, if any is named.
    pub pools: Vec<String>,
    /// By the name of their pool.
    pub pool: TextSearch,
    /// In one of these queues, if any is named.
    pub queues: Vec<String>,
    /// By the name of their queue.
    pub queue: TextSearch,
    /// Of one of these classes, if any is named.
    pub operators: Vec<String>,
    /// By the name of their class.
    pub operator: TextSearch,
    /// By what copies are called.
    pub rendered_map_index: TextSearch,
    /// These copies, if any is named; -1: what is no copy.
    pub map_indexes: Vec<i64>,
    /// Only copies of mapped tasks.
    pub only_copies: bool,
    /// At one of these tries, if any is named.
    pub try_numbers: Vec<i64>,
    /// Of runs with one of these numbers of versions of their DAG, if any is named.
    pub versions: Vec<i64>,
    /// By the logical date of their run; for a run without one it is when it may start.
    pub dated: TimeSpan,
    /// By the logical date of their run.
    pub logical_date: TimeSpan,
    /// By when their run may start.
    pub run_after: TimeSpan,
    /// By when their newest attempt started.
    pub started: TimeSpan,
    /// By when it ended.
    pub ended: TimeSpan,
    /// By when their state changed last.
    pub changed: TimeSpan,
    /// By how long their newest attempt took, in microseconds.
    pub duration_us: NumberSpan,
    /// What they are sorted by.
    pub order: TaskOrder,
    /// Whether the last come first.
    pub is_descending: bool,
    /// At most so many.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

/// What tasks of runs are sorted by. Those without such a value come last; those that are equal are sorted by DAG, run, task and copy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TaskOrder {
    /// By DAG, run, task and copy alone.
    #[default]
    Key,
    /// By task id.
    TaskId,
    /// By the id of their DAG.
    DagId,
    /// By the id of their run.
    RunId,
    /// By map index.
    MapIndex,
    /// By what copies are called.
    Rendered,
    /// By state.
    State,
    /// By class.
    Operator,
    /// By try.
    TryNumber,
    /// By when the newest attempt was queued.
    Queued,
    /// By when it started.
    Start,
    /// By when it ended.
    End,
    /// By how long it took.
    Duration,
    /// By the logical date of the run.
    LogicalDate,
    /// By when the run may start.
    RunAfter,
    /// By the beginning of the run's data.
    IntervalStart,
    /// By the end of the run's data.
    IntervalEnd,
}

impl TaskOrder {
    /// Its name in the statement.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::TaskId => "task_id",
            Self::DagId => "dag_id",
            Self::RunId => "run_id",
            Self::MapIndex => "map_index",
            Self::Rendered => "rendered",
            Self::State => "state",
            Self::Operator => "operator",
            Self::TryNumber => "try_number",
            Self::Queued => "queued",
            Self::Start => "start",
            Self::End => "end",
            Self::Duration => "duration",
            Self::LogicalDate => "logical",
            Self::RunAfter => "run_after",
            Self::IntervalStart => "interval_start",
            Self::IntervalEnd => "interval_end",
        }
    }
}

impl TaskPage {
    pub(crate) fn conditions(&self) -> Conditions {
        let mut wanted = Conditions::default();
        wanted.among(
            "dag",
            self.dags.as_ref().map(|dags| dags.iter().map(DagId::as_str)),
        );
        wanted.some_of("run", &self.run_ids);
        wanted.among(
            "task",
            self.task_ids.as_ref().map(|ids| ids.iter().map(String::as_str)),
        );
        wanted.search("task_id", &self.task_id);
        wanted.search("dag_id", &self.dag_id);
        wanted.search("run_id", &self.run_id);
        let text = |state: &Option<TaskInstanceState>| state.map_or("none", TaskInstanceState::as_str);
        wanted.among(
            "state",
            self.states.as_ref().map(|states| states.iter().map(text)),
        );
        wanted.some_of("pool", &self.pools);
        wanted.search("pool_name", &self.pool);
        wanted.some_of("queue", &self.queues);
        wanted.search("queue_name", &self.queue);
        wanted.some_of("operator", &self.operators);
        wanted.search("operator_name", &self.operator);
        wanted.search("rendered", &self.rendered_map_index);
        wanted.numbers("map_index", &self.map_indexes);
        let copies = NumberSpan {
            from: self.only_copies.then_some(0),
            until: None,
        };
        wanted.within("copy", copies);
        wanted.numbers("try_number", &self.try_numbers);
        wanted.numbers("version", &self.versions);
        wanted.within("dated", self.dated);
        wanted.within("logical", self.logical_date);
        wanted.within("run_after", self.run_after);
        wanted.within("start", self.started);
        wanted.within("end", self.ended);
        wanted.within("changed", self.changed);
        wanted.within("duration", self.duration_us);
        wanted
    }
}

/// A page of tasks of runs.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskPageRows {
    /// The tasks.
    pub tasks: Vec<TaskInstanceRow>,
    /// Their runs.
    pub runs: BTreeMap<RunKey, RunRow>,
    /// How many tasks there are on all pages.
    pub total: u64,
}

impl Store {
    /// A page of tasks of runs, of mapped tasks each copy. A total of 10,000 tasks and more may be up to a
    /// minute old.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn task_page(&self, page: &TaskPage) -> Result<TaskPageRows, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let (tasks, total) = if page.is_by_key() {
            let tasks = task_pages::by_key(&mut tx, page, None).await?;
            (tasks, self.task_total(&mut tx, page).await?)
        } else {
            self.sorted_page(&mut tx, page).await?
        };
        let runs = self.runs_of(&mut tx, &tasks).await?;
        tx.rollback().await?;
        Ok(TaskPageRows { tasks, runs, total })
    }

    /// A page that the database sorts, and how many tasks there are on all.
    async fn sorted_page(
        &self,
        tx: &mut Tx,
        page: &TaskPage,
    ) -> Result<(Vec<TaskInstanceRow>, u64), StoreError> {
        let wanted = page.conditions();
        let sign = if page.is_descending { -1 } else { 1 };
        let (list, count) = match &page.run {
            Some(_) => (&PAGE_OF_RUN, &COUNT_OF_RUN),
            None => (&PAGE_OF_MANY, &COUNT_OF_MANY),
        };
        let query = list.bind(sign).bind(page.order.as_str());
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let rows = tx.fetch_all(of(query, page).rows(wanted.rows())).await?;
        let count = of(count.query(), page).rows(wanted.rows());
        let total = self
            .totals
            .read(tx, "task_instance", count, (&page.run, &wanted))
            .await?;
        let task = |row| {
            task_instance(&TableRow {
                table: "task_instance",
                row,
            })
        };
        let tasks: Result<Vec<TaskInstanceRow>, StoreError> = rows.iter().map(task).collect();
        Ok((tasks?, total))
    }

    /// The runs that tasks belong to.
    pub(crate) async fn runs_of(
        &self,
        tx: &mut Tx,
        tasks: &[TaskInstanceRow],
    ) -> Result<BTreeMap<RunKey, RunRow>, StoreError> {
        let keys: BTreeSet<RunKey> = tasks.iter().map(|task| task.key.run_key()).collect();
        let keys = keys
            .iter()
            .map(|key| row![key.dag_id.as_str(), key.run_id.as_str()]);
        let mut runs = BTreeMap::new();
        for row in tx.fetch_all(RUNS.rows(keys)).await? {
            let run = run_row(&TableRow {
                table: "dag_run",
                row: &row,
            })?;
            runs.insert(run.key.clone(), run);
        }
        Ok(runs)
    }
}

/// Binds the run of a page of one.
fn of<'q>(query: Query<'q>, page: &'q TaskPage) -> Query<'q> {
    match &page.run {
        Some(run) => query.bind(run.dag_id.as_str()).bind(run.run_id.as_str()),
        None => query,
    }
}
