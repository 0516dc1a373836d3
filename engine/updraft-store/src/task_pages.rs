//! Pages of tasks of many runs in the order of their keys, which the primary key has: by their place, or after the last task of
//! another page.
//!
//! Copies of mapped tasks that share a row are made of that row here, and only those that stand on the page.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::{DagId, MapIndex, TaskInstanceState, TaskKey};
use updraft_sql::{Query, Row, Sql, Tx, statements};

use crate::error::StoreError;
use crate::run_pages::LAST_ID;
use crate::store::Store;
use crate::table::TableRow;
use crate::task_list::{TaskOrder, TaskPage, TaskPageRows, meant_tasks, tasks_of_version};
use crate::tasks::{TaskInstanceRow, task_instance};
use crate::wanted::{self, Conditions, among, among_numbers, like, wanted, within};

/// A page that is found by its place has at most so many before it; whoever wants more goes from page to page.
const OFFSET_MAX: u32 = 10_000;

/// Rows as they are stored.
macro_rules! rows {
    ($backend:ident, $scope:expr) => {
        concat!(
            wanted!(),
            "SELECT i.dag_id, i.run_id, i.task_id, i.map_index, i.operator, i.state, i.max_tries, i.next_try_at, \
                    i.priority_weight, i.attempt_id, i.try_number, i.scheduled_at, i.queued_at, i.start_date, i.end_date, \
                    i.hostname, i.unixname, i.pid, i.heartbeat_at, i.progress, i.outcome, i.mapped_length, \
                    i.rendered_map_index, i.note \
             FROM task_instance i CROSS JOIN dag_run r CROSS JOIN dag_version v \
             WHERE r.dag_id = i.dag_id AND r.run_id = i.run_id AND v.version_id = r.version_id AND ",
            $scope,
            " AND ",
            meant_tasks!($backend)
        )
    };
}

/// Rows after a key, `$1` to `$4`, of DAGs up to `$5` or from there on: the one that bounds the other end.
macro_rules! page {
    ($backend:ident, $compare:literal, $end:literal, $direction:literal, $scope:expr) => {
        concat!(
            rows!(
                $backend,
                concat!(
                    "(i.dag_id, i.run_id, i.task_id, i.map_index) ",
                    $compare,
                    " ($1, $2, $3, $4) AND i.dag_id ",
                    $end,
                    " $5",
                    $scope
                )
            ),
            " AND ",
            among!("dag", "i.dag_id"),
            " AND ",
            among!("run", "i.run_id"),
            " ORDER BY i.dag_id ",
            $direction,
            ", i.run_id ",
            $direction,
            ", i.task_id ",
            $direction,
            ", i.map_index ",
            $direction,
            " LIMIT $6"
        )
    };
}

/// The states that an index has the tasks of.
macro_rules! live {
    () => {
        " AND i.state IN ('queued', 'running', 'restarting')"
    };
}

/// How many tasks there are: of a row that copies share, so many as have no row of their own.
macro_rules! count {
    ($backend:ident) => {
        concat!(
            wanted!(),
            "SELECT CAST(coalesce(sum(CASE WHEN i.mapped_length IS NULL THEN 1 ELSE i.mapped_length - ( \
                 SELECT count(*) FROM task_instance own \
                 WHERE own.dag_id = i.dag_id AND own.run_id = i.run_id AND own.task_id = i.task_id \
                   AND own.map_index >= 0 AND own.map_index < i.mapped_length) END), 0) AS BIGINT) AS number \
             FROM task_instance i CROSS JOIN dag_run r CROSS JOIN dag_version v \
             WHERE r.dag_id = i.dag_id AND r.run_id = i.run_id AND v.version_id = r.version_id \
               AND i.dag_id >= $1 AND i.dag_id <= $2 AND ",
            among!("dag", "i.dag_id"), " AND ", among!("run", "i.run_id"), " AND ",
            meant_tasks!($backend)
        )
    };
}

/// The row that the copies of a task share, if it is meant.
macro_rules! shared {
    () => {
        "i.dag_id = $1 AND i.run_id = $2 AND i.task_id = $3 AND i.map_index = -1 AND i.mapped_length IS NOT NULL"
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // See `tasks_of_version`.
    RISING = Sql::per_backend(page!(postgres, ">", "<=", "ASC", ""), page!(sqlite, ">", "<=", "ASC", "")).batch(wanted::COLUMNS);
    FALLING = Sql::per_backend(page!(postgres, "<", ">=", "DESC", ""), page!(sqlite, "<", ">=", "DESC", "")).batch(wanted::COLUMNS);
    RISING_LIVE = Sql::per_backend(page!(postgres, ">", "<=", "ASC", live!()), page!(sqlite, ">", "<=", "ASC", live!()))
        .batch(wanted::COLUMNS);
    FALLING_LIVE = Sql::per_backend(page!(postgres, "<", ">=", "DESC", live!()), page!(sqlite, "<", ">=", "DESC", live!()))
        .batch(wanted::COLUMNS);
    SHARED = Sql::per_backend(rows!(postgres, shared!()), rows!(sqlite, shared!())).batch(wanted::COLUMNS);
    COUNT = Sql::per_backend(count!(postgres), count!(sqlite)).batch(wanted::COLUMNS);
    // Copies without a row of their own, from one on or down from it.
    COPIES_UP = Sql::new(
        "WITH RECURSIVE place (place) AS (SELECT CAST($4 AS BIGINT) UNION ALL SELECT place + 1 FROM place WHERE place + 1 < $5) \
         SELECT p.place FROM place p \
         WHERE p.place < $5 AND NOT EXISTS (SELECT 1 FROM task_instance own \
             WHERE own.dag_id = $1 AND own.run_id = $2 AND own.task_id = $3 AND own.map_index = p.place) \
         LIMIT $6",
    );
    COPIES_DOWN = Sql::new(
        "WITH RECURSIVE place (place) AS (SELECT CAST($4 AS BIGINT) UNION ALL SELECT place - 1 FROM place WHERE place > 0) \
         SELECT p.place FROM place p \
         WHERE p.place >= 0 AND p.place < $5 AND NOT EXISTS (SELECT 1 FROM task_instance own \
             WHERE own.dag_id = $1 AND own.run_id = $2 AND own.task_id = $3 AND own.map_index = p.place) \
         LIMIT $6",
    );
}

impl TaskPage {
    /// Whether the primary key finds it: it is of many runs, in the order of keys, and what it asks a row that several copies share
    /// holds for all of them.
    pub fn is_by_key(&self) -> bool {
        let asks_of_copies = self.only_copies
            || !self.map_indexes.is_empty()
            || !self.rendered_map_index.patterns.is_empty()
            || !self.rendered_map_index.prefixes.is_empty();
        self.order == TaskOrder::Key && self.run.is_none() && !asks_of_copies && self.offset <= OFFSET_MAX
    }

    /// Its only DAG, if it is of one.
    fn dag(&self) -> Option<&DagId> {
        let dags = self.dags.as_ref()?;
        dags.first().filter(|_| dags.len() == 1)
    }

    fn is_live(&self) -> bool {
        use TaskInstanceState::{Queued, Restarting, Running};
        let live = |state: &Option<TaskInstanceState>| matches!(state, Some(Queued | Running | Restarting));
        self.states
            .as_ref()
            .is_some_and(|states| !states.is_empty() && states.iter().all(live))
    }

    /// The statement for so many rows after a key.
    fn rows_after<'q>(&'q self, key: Option<&'q TaskKey>, limit: u32) -> Query<'q> {
        let list = match (self.is_descending, self.is_live()) {
            (false, false) => &RISING,
            (true, false) => &FALLING,
            (false, true) => &RISING_LIVE,
            (true, true) => &FALLING_LIVE,
        };
        let dag = self.dag().map(DagId::as_str);
        let query = match (key, self.is_descending) {
            (Some(key), _) => {
                let query = list.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
                query.bind(key.task_id.as_str()).bind(key.map_index.0)
            }
            (None, false) => list.bind(dag.unwrap_or("")).bind("").bind("").bind(i32::MIN),
            (None, true) => {
                let query = list.bind(dag.unwrap_or(LAST_ID)).bind(LAST_ID);
                query.bind(LAST_ID).bind(i32::MAX)
            }
        };
        let end = dag.unwrap_or(if self.is_descending { "" } else { LAST_ID });
        query.bind(end).bind(limit)
    }
}

/// Tasks of a page, in the making.
struct Gathered<'p> {
    page: &'p TaskPage,
    wanted: &'p Conditions,
    /// What it follows.
    after: Option<&'p TaskKey>,
    /// How many tasks are enough.
    enough: usize,
    tasks: BTreeMap<TaskKey, TaskInstanceRow>,
    /// Tasks whose copies were looked at.
    looked_at: BTreeSet<TaskKey>,
}

impl Gathered<'_> {
    /// Gathers tasks until there are enough of which it is known that none stands before them.
    async fn gather(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let limit = u32::try_from(self.enough).unwrap_or(u32::MAX);
        let mut last = self.after.cloned();
        if let Some(after) = self.after {
            self.add_copies(tx, after).await?;
        }
        loop {
            let query = self.page.rows_after(last.as_ref(), limit);
            let rows = tx.fetch_all(query.rows(self.wanted.rows())).await?;
            for row in &rows {
                let row = read(row)?;
                last = Some(row.key.clone());
                if row.mapped_length.is_some() || row.key.map_index != MapIndex::UNMAPPED {
                    self.add_copies(tx, &row.key).await?;
                }
                if row.mapped_length.is_none() {
                    self.tasks.insert(row.key.clone(), row);
                }
            }
            if rows.len() < self.enough {
                return Ok(());
            }
            if let Some(last) = &last
                && self.known_up_to(last) >= self.enough
            {
                self.cut_at(last);
                return Ok(());
            }
        }
    }

    /// Adds the copies of a task that share a row, if that row is meant.
    async fn add_copies(&mut self, tx: &mut Tx, key: &TaskKey) -> Result<(), StoreError> {
        let task = TaskKey {
            map_index: MapIndex::UNMAPPED,
            ..key.clone()
        };
        if !self.looked_at.insert(task.clone()) {
            return Ok(());
        }
        let query = of_task(&SHARED, &task).rows(self.wanted.rows());
        let Some(row) = tx.fetch_optional(query).await? else {
            return Ok(());
        };
        let shared = read(&row)?;
        let length = i64::from(shared.mapped_length.unwrap_or(0));
        // Of the task that the page follows only the copies behind it count.
        let before = self
            .after
            .filter(|after| {
                (&after.dag_id, &after.run_id, &after.task_id) == (&task.dag_id, &task.run_id, &task.task_id)
            })
            .map(|after| i64::from(after.map_index.0));
        let (list, from) = if self.page.is_descending {
            (&COPIES_DOWN, before.map_or(length, |before| before) - 1)
        } else {
            (&COPIES_UP, before.map_or(0, |before| before + 1))
        };
        let query = of_task(list, &task).bind(from).bind(length);
        for place in tx.fetch_all(query.bind(self.enough as i64)).await? {
            let place: i64 = place.get("place")?;
            let copy = shared.copy(MapIndex(i32::try_from(place).unwrap_or(i32::MAX)));
            self.tasks.insert(copy.key.clone(), copy);
        }
        Ok(())
    }

    /// How many tasks stand up to a key, in the order of the page.
    fn known_up_to(&self, key: &TaskKey) -> usize {
        if self.page.is_descending {
            self.tasks.range(key..).count()
        } else {
            self.tasks.range(..=key).count()
        }
    }

    /// Forgets tasks behind a key: others may stand between them.
    fn cut_at(&mut self, key: &TaskKey) {
        let is_known = |task: &TaskKey| {
            if self.page.is_descending {
                task >= key
            } else {
                task <= key
            }
        };
        self.tasks.retain(|task, _| is_known(task));
    }

    fn in_order(self) -> Vec<TaskInstanceRow> {
        let (is_descending, enough) = (self.page.is_descending, self.enough);
        let tasks = self.tasks.into_values();
        if is_descending {
            tasks.rev().take(enough).collect()
        } else {
            tasks.take(enough).collect()
        }
    }
}

fn of_task<'q>(sql: &'static Sql, task: &'q TaskKey) -> Query<'q> {
    let query = sql.bind(task.dag_id.as_str()).bind(task.run_id.as_str());
    query.bind(task.task_id.as_str())
}

fn read(row: &Row) -> Result<TaskInstanceRow, StoreError> {
    task_instance(&TableRow {
        table: "task_instance",
        row,
    })
}

impl Store {
    /// The tasks of a list in the order of their keys that come after one of them, or the first ones, with their runs. It costs the same
    /// wherever that is. The list is one of many runs; what the page says of its order counts not, but for the direction. Conditions
    /// on copies by their number or name are not known here.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tasks_after(
        &self,
        page: &TaskPage,
        key: Option<&TaskKey>,
    ) -> Result<TaskPageRows, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let tasks = by_key(&mut tx, page, key).await?;
        let runs = self.runs_of(&mut tx, &tasks).await?;
        tx.rollback().await?;
        Ok(TaskPageRows {
            tasks,
            runs,
            total: 0,
        })
    }

    /// How many tasks a list of many runs has on all its pages.
    pub(crate) async fn task_total(&self, tx: &mut Tx, page: &TaskPage) -> Result<u64, StoreError> {
        let wanted = page.conditions();
        let dag = page.dag().map(DagId::as_str);
        let query = COUNT.bind(dag.unwrap_or("")).bind(dag.unwrap_or(LAST_ID));
        self.totals
            .read(tx, "task_instance", query.rows(wanted.rows()), &wanted)
            .await
    }
}

/// A page by key: what follows a task, or the place that the page names.
pub(crate) async fn by_key(
    tx: &mut Tx,
    page: &TaskPage,
    after: Option<&TaskKey>,
) -> Result<Vec<TaskInstanceRow>, StoreError> {
    let wanted = page.conditions();
    let skipped = if after.is_none() { page.offset as usize } else { 0 };
    let mut gathered = Gathered {
        page,
        wanted: &wanted,
        after,
        enough: skipped + page.limit as usize,
        tasks: BTreeMap::new(),
        looked_at: BTreeSet::new(),
    };
    if gathered.enough > skipped {
        gathered.gather(tx).await?;
    }
    Ok(gathered.in_order().into_iter().skip(skipped).collect())
}
