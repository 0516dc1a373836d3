//! Copies of mapped tasks. Those that nothing ever happened to alone have no rows: the row of their task, with map index
//! -1, tells how many copies there are, and is that of all which have none of their own.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::{MapIndex, TaskKey};
use updraft_sql::{ColumnType, Sql, SqlError, Tx, statements};

use crate::plan::{CommitError, Expansion, execute_all};
use crate::table::task_row;
use crate::tasks::TaskInstanceRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    MAKE_ROWS = Sql::new(
        "INSERT INTO task_instance (dag_id, run_id, task_id, map_index, operator, state, max_tries, scheduled_at, \
                                    start_date, end_date, outcome) \
         SELECT t.dag_id, t.run_id, t.task_id, batch.map_index, t.operator, t.state, t.max_tries, t.scheduled_at, \
                t.start_date, t.end_date, t.outcome \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
                             AND t.map_index = -1 AND t.mapped_length > batch.map_index \
         WHERE TRUE \
         ON CONFLICT (dag_id, run_id, task_id, map_index) DO NOTHING",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
    ]);
    RESIZE = Sql::new(
        "UPDATE task_instance AS t SET mapped_length = batch.mapped_length \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.map_index = batch.map_index",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("mapped_length", ColumnType::I64),
    ]);
}

/// Gives the copies among these tasks rows of their own, like the one that they have shared; those that have one keep it.
pub(crate) async fn make_rows<'k>(
    tx: &mut Tx,
    tasks: impl IntoIterator<Item = &'k TaskKey>,
) -> Result<(), SqlError> {
    let is_copy = |key: &&TaskKey| key.map_index != MapIndex::UNMAPPED;
    let copies: BTreeSet<&TaskKey> = tasks.into_iter().filter(is_copy).collect();
    if !copies.is_empty() {
        tx.execute(MAKE_ROWS.rows(copies.iter().map(|key| task_row!(key))))
            .await?;
    }
    Ok(())
}

/// Writes how many copies tasks have. The last word on a task counts.
pub(crate) async fn resize(tx: &mut Tx, expansions: &[Expansion]) -> Result<(), CommitError> {
    let last: BTreeMap<&TaskKey, Option<u32>> = expansions.iter().map(|one| (&one.key, one.length)).collect();
    let rows = last.iter().map(|(key, length)| task_row!(key, *length));
    execute_all(tx, RESIZE.rows(rows), last.len(), "tasks").await
}

/// A row for each copy, in the place of those that several share.
pub(crate) fn with_each_copy(rows: Vec<TaskInstanceRow>) -> Vec<TaskInstanceRow> {
    let mut all = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        let Some(length) = row.mapped_length else {
            all.push(row);
            continue;
        };
        // Rows come by task and map index, that of the task itself first.
        let mut own = BTreeMap::new();
        while let Some(copy) = rows.next_if(|copy| copy.key.task_id == row.key.task_id) {
            own.insert(copy.key.map_index, copy);
        }
        let indexes = (0..i32::try_from(length).unwrap_or(i32::MAX)).map(MapIndex);
        for map_index in indexes {
            all.push(own.remove(&map_index).unwrap_or_else(|| row.copy(map_index)));
        }
        // Those that were removed.
        all.extend(own.into_values());
    }
    all
}

impl TaskInstanceRow {
    /// A copy that shares this row.
    pub(crate) fn copy(&self, map_index: MapIndex) -> Self {
        let mut copy = self.clone();
        copy.key.map_index = map_index;
        copy.mapped_length = None;
        copy
    }
}
