//! Runs that go over to another version of their DAG: tasks that are not there any more are removed, new ones come.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use updraft_model::{
    DagVersionId, MapIndex, RunKey, TaskEvent, TaskId, TaskInstanceState, TaskKey, ValidDag, transition,
};
use updraft_sql::{ColumnType, Sql, Tx, row, statements};

use crate::attempts::expect_rows;
use crate::choose::{ChoosableRun, ChoosableTask};
use crate::error::StoreError;
use crate::mark::record_given_up;
use crate::plan::{NewTask, insert_tasks};
use crate::store::Store;
use crate::table::{state_text, task_row};
use crate::trigger::new_tasks;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    SET_VERSION = Sql::new(
        "UPDATE dag_run AS r SET version_id = $1 \
         FROM {batch} \
         WHERE r.dag_id = batch.dag_id AND r.run_id = batch.run_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
    // Retries are given to what is there again; what is removed keeps what it had.
    CHANGE_TASKS = Sql::new(
        "UPDATE task_instance AS t \
         SET state = batch.to_state, mapped_length = batch.mapped_length, lost_in_row = 0, next_try_at = NULL, \
             returned_length = NULL, \
             max_tries = CASE WHEN batch.retries IS NULL THEN t.max_tries ELSE t.try_number + batch.retries END, \
             start_date = CASE WHEN batch.retries IS NULL THEN t.start_date ELSE NULL END, \
             end_date = CASE WHEN batch.retries IS NULL THEN coalesce(t.end_date, $1) ELSE NULL END, \
             outcome = CASE WHEN batch.retries IS NULL THEN t.outcome ELSE NULL END \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.map_index = batch.map_index",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("map_index", ColumnType::I64),
        ("to_state", ColumnType::Text),
        ("mapped_length", ColumnType::I64),
        ("retries", ColumnType::I64),
    ]);
    SET_OPERATORS = Sql::new(
        "UPDATE task_instance AS t SET operator = batch.operator \
         FROM {batch} \
         WHERE t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
           AND t.operator <> batch.operator",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
        ("operator", ColumnType::Text),
    ]);
}

/// A run that went over to another version of its DAG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedRun {
    /// The run.
    pub key: RunKey,
    /// Tasks that are not there any more, or not mapped any more. Their attempts count no more, and the scheduler kills them.
    pub removed: Vec<TaskKey>,
    /// Tasks that it did not have before, or that are mapped now and were not, or the other way round: they have no state.
    pub added: Vec<TaskId>,
}

/// A version of a DAG.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version<'a> {
    pub(crate) id: DagVersionId,
    pub(crate) dag: &'a ValidDag,
}

/// What becomes of a row.
struct Change {
    key: TaskKey,
    to: Option<TaskInstanceState>,
    has_attempt: bool,
    mapped_length: Option<u32>,
    /// Of a task that begins anew.
    retries: Option<u32>,
}

impl Store {
    /// Has runs go over to a version. Those that have it already are to be left out.
    pub(crate) async fn move_runs(
        &self,
        tx: &mut Tx,
        runs: &[&ChoosableRun],
        to: Version<'_>,
        now: Timestamp,
    ) -> Result<Vec<MovedRun>, StoreError> {
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let mapped = self.mapped_tasks(tx, runs).await?;
        let all_tasks = new_tasks(to.dag);
        let (mut changes, mut new, mut moved) = (Vec::new(), Vec::new(), Vec::new());
        for run in runs {
            let was_mapped =
                |task_id: &TaskId| mapped.get(&run.version).is_some_and(|ids| ids.contains(task_id));
            let of_run: Vec<Change> = run
                .tasks
                .iter()
                .filter_map(|task| change(&run.key, task, to.dag, was_mapped(&task.task_id)))
                .collect();
            let has = |task: &NewTask| run.tasks.iter().any(|row| row.task_id == task.task_id);
            let of_new: Vec<&NewTask> = all_tasks.iter().filter(|task| !has(task)).collect();
            let (begun, removed): (Vec<&Change>, Vec<&Change>) =
                of_run.iter().partition(|change| change.to.is_none());
            let begun = begun.into_iter().map(|change| change.key.task_id.clone());
            moved.push(MovedRun {
                key: run.key.clone(),
                removed: removed.into_iter().map(|change| change.key.clone()).collect(),
                added: of_new
                    .iter()
                    .map(|task| task.task_id.clone())
                    .chain(begun)
                    .collect(),
            });
            changes.extend(of_run);
            new.extend(of_new.into_iter().map(|task| (&run.key, task)));
        }
        let given_up = changes.iter().filter(|change| change.has_attempt);
        let given_up: Vec<&TaskKey> = given_up.map(|change| &change.key).collect();
        let outcome = "killed because its DAG does not have the task any more";
        record_given_up(tx, &given_up, TaskInstanceState::Failed, (outcome, now)).await?;
        let rows = changes.iter().map(|change| {
            let to = state_text(change.to);
            task_row!(change.key, to, change.mapped_length, change.retries)
        });
        expect_rows(tx, CHANGE_TASKS.bind(now).rows(rows), changes.len()).await?;
        insert_tasks(tx, new).await?;
        let keys = || runs.iter().map(|run| &run.key);
        let operators = keys().flat_map(|key| {
            let row = move |task: &NewTask| {
                let operator = task.operator.clone();
                row![
                    key.dag_id.as_str(),
                    key.run_id.as_str(),
                    task.task_id.as_str().to_owned(),
                    operator
                ]
            };
            all_tasks.iter().map(row)
        });
        tx.execute(SET_OPERATORS.rows(operators)).await?;
        let rows = keys().map(|key| row![key.dag_id.as_str(), key.run_id.as_str()]);
        expect_rows(tx, SET_VERSION.bind(to.id.0).rows(rows), runs.len()).await?;
        Ok(moved)
    }

    /// The tasks that are mapped in the versions that runs have now.
    async fn mapped_tasks(
        &self,
        tx: &mut Tx,
        runs: &[&ChoosableRun],
    ) -> Result<BTreeMap<DagVersionId, BTreeSet<TaskId>>, StoreError> {
        let versions = runs.iter().map(|run| run.version).collect();
        let mut mapped = BTreeMap::new();
        for (version, spec) in self.specs(tx, versions).await? {
            // Of a version that cannot be understood any more every task begins anew that is mapped now.
            if let Ok(dag) = spec.validate() {
                mapped.insert(version, mapped_in(&dag));
            }
        }
        Ok(mapped)
    }
}

fn mapped_in(dag: &ValidDag) -> BTreeSet<TaskId> {
    let tasks = dag.spec().tasks.iter().zip(dag.graph().tasks());
    let mapped = tasks.filter(|(_, index)| dag.mapping().is_mapped(*index));
    mapped.map(|(task, _)| task.task_id.clone()).collect()
}

/// What becomes of a row in another version of the DAG; `None`: nothing.
fn change(run: &RunKey, row: &ChoosableTask, dag: &ValidDag, was_mapped: bool) -> Option<Change> {
    let index = dag.graph().index(&row.task_id);
    let is_mapped = index.is_some_and(|index| dag.mapping().is_mapped(index));
    let is_copy = row.map_index != MapIndex::UNMAPPED;
    let is_gone = index.is_none() || (is_copy && !is_mapped);
    let begins_anew = !is_copy && (is_mapped != was_mapped || row.state == Some(TaskInstanceState::Removed));
    let change = |to, mapped_length, retries| Change {
        key: run.task(row.task_id.clone(), row.map_index),
        to,
        has_attempt: row.state.is_some_and(TaskInstanceState::has_attempt),
        mapped_length,
        retries,
    };
    if is_gone {
        // Only what is removed already cannot be.
        let removed = transition(row.state, TaskEvent::Remove).ok()?;
        return Some(change(removed, row.mapped_length, None));
    }
    let index = index.filter(|_| begins_anew)?;
    let removed = transition(row.state, TaskEvent::Remove).unwrap_or(row.state);
    let anew = transition(removed, TaskEvent::Restore).ok()?;
    let retries = dag.spec().tasks.get(index.at()).map(|task| task.retries);
    Some(change(anew, dag.mapping().literal_copies(index), retries))
}
