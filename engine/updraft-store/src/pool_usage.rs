//! How many slots of each pool tasks take or wait for.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::TaskInstanceState;
use updraft_sql::{Sql, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    // A row of a mapped task with index -1 stands for all copies without a row of their own.
    UNFINISHED = Sql::new(
        "SELECT r.version_id, t.task_id, t.state, \
                CAST(sum(CASE WHEN t.mapped_length IS NULL THEN 1 \
                         ELSE t.mapped_length - (SELECT count(*) FROM task_instance c \
                                                 WHERE c.dag_id = t.dag_id AND c.run_id = t.run_id \
                                                   AND c.task_id = t.task_id AND c.map_index >= 0) END) AS BIGINT) AS number \
         FROM dag_run r JOIN task_instance t ON t.dag_id = r.dag_id AND t.run_id = r.run_id \
         WHERE r.state IN ('queued', 'running') AND t.state IN ('scheduled', 'queued', 'running', 'restarting', 'deferred') \
         GROUP BY r.version_id, t.task_id, t.state",
    );
}

/// Slots of a pool, by what the tasks do that take or want them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolUsage {
    /// Of tasks that run.
    pub running: u64,
    /// Of tasks that have an attempt which has not begun.
    pub queued: u64,
    /// Of tasks that may run as soon as there is room.
    pub scheduled: u64,
    /// Of tasks that wait for an event.
    pub deferred: u64,
}

impl Store {
    /// What tasks take or want of each pool; pools without any are left out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn pool_usage(&self) -> Result<BTreeMap<String, PoolUsage>, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(UNFINISHED.query()).await?;
        let row_of = |row| TableRow {
            table: "task_instance",
            row,
        };
        let versions: Result<BTreeSet<_>, _> = rows.iter().map(|row| row_of(row).version()).collect();
        let specs = self.specs(&mut tx, versions?).await?;
        tx.rollback().await?;
        let mut usage: BTreeMap<String, PoolUsage> = BTreeMap::new();
        for row in &rows {
            let row = row_of(row);
            let task_id = row.task_id()?;
            let spec = specs.get(&row.version()?);
            // A task that its version does not have any more runs in no pool.
            let Some(task) = spec.and_then(|spec| spec.tasks.iter().find(|task| task.task_id == task_id))
            else {
                continue;
            };
            let slots = row.number::<u64>("number")? * u64::from(task.pool_slots);
            let of_pool = usage.entry(task.pool.clone()).or_default();
            match row.task_state("state")? {
                Some(TaskInstanceState::Running | TaskInstanceState::Restarting) => of_pool.running += slots,
                Some(TaskInstanceState::Queued) => of_pool.queued += slots,
                Some(TaskInstanceState::Scheduled) => of_pool.scheduled += slots,
                _ => of_pool.deferred += slots,
            }
        }
        Ok(usage)
    }
}
