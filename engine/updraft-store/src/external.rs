//! What tasks wait for in other runs: all that many waits ask for, at one moment and with a statement for all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use updraft_model::{
    DagId, DagSpec, DagVersionId, ExternalPicture, ExternalRun, ExternalWait, RunKey, RunReference, TaskId,
    TaskInstanceState,
};
use updraft_sql::{ColumnType, Row, Sql, Tx, row, statements};

use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    RUNS_BY_ID = Sql::new(
        "SELECT r.dag_id, r.run_id, r.logical_date, r.state, r.version_id \
         FROM {batch} JOIN dag_run r ON r.dag_id = batch.dag_id AND r.run_id = batch.run_id",
    )
    .batch(&[("dag_id", ColumnType::Text), ("run_id", ColumnType::Text)]);
    RUNS_BY_DATE = Sql::new(
        "SELECT r.dag_id, r.run_id, r.logical_date, r.state, r.version_id \
         FROM {batch} JOIN dag_run r ON r.dag_id = batch.dag_id AND r.logical_date = batch.logical_date",
    )
    .batch(&[("dag_id", ColumnType::Text), ("logical_date", ColumnType::I64)]);
    // The row of a mapped task counts as long as copies share it, or if it has none.
    TASK_STATES = Sql::new(
        "SELECT t.dag_id, t.run_id, t.task_id, t.state, max(t.mapped_length) AS mapped_length, \
                count(CASE WHEN t.map_index < 0 THEN 1 END) AS shared_rows, \
                count(CASE WHEN t.map_index >= 0 THEN 1 END) AS copies \
         FROM {batch} \
         JOIN task_instance t ON t.dag_id = batch.dag_id AND t.run_id = batch.run_id AND t.task_id = batch.task_id \
         GROUP BY t.dag_id, t.run_id, t.task_id, t.state",
    )
    .batch(&[
        ("dag_id", ColumnType::Text),
        ("run_id", ColumnType::Text),
        ("task_id", ColumnType::Text),
    ]);
}

/// A run that was asked for, and what it is called there.
struct Found {
    version: DagVersionId,
    references: BTreeSet<RunReference>,
    run: ExternalRun,
}

/// The rows of one task in one run, by their state.
#[derive(Default)]
struct TaskStates {
    mapped_length: Option<u32>,
    /// The state of the task's own row, of which there is one at most.
    shared: Vec<Option<TaskInstanceState>>,
    copies: u32,
    states: Vec<Option<TaskInstanceState>>,
}

impl Store {
    /// What these waits are for, as it all is at one moment.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn external_picture(&self, waits: &[&ExternalWait]) -> Result<ExternalPicture, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let mut found = find_runs(&mut tx, waits).await?;
        let specs = self.specs_with_groups(&mut tx, waits, &found).await?;
        read_tasks(&mut tx, waits, &specs, &mut found).await?;
        tx.rollback().await?;
        let mut picture = ExternalPicture::default();
        for (key, found) in found {
            let run = Arc::new(found.run);
            for reference in found.references {
                picture.insert(key.dag_id.clone(), reference, Arc::clone(&run));
            }
        }
        Ok(picture)
    }

    /// The versions of the runs in which task groups are waited for.
    async fn specs_with_groups(
        &self,
        tx: &mut Tx,
        waits: &[&ExternalWait],
        found: &BTreeMap<RunKey, Found>,
    ) -> Result<BTreeMap<DagVersionId, Arc<DagSpec>>, StoreError> {
        let with_groups = waits.iter().filter(|wait| wait.task_group().is_some());
        let dags: BTreeSet<&DagId> = with_groups.map(|wait| &wait.dag_id).collect();
        let runs = found.iter().filter(|(key, _)| dags.contains(&key.dag_id));
        let versions: BTreeSet<DagVersionId> = runs.map(|(_, found)| found.version).collect();
        if versions.is_empty() {
            return Ok(BTreeMap::new());
        }
        self.specs(tx, versions).await
    }
}

async fn find_runs(tx: &mut Tx, waits: &[&ExternalWait]) -> Result<BTreeMap<RunKey, Found>, StoreError> {
    let asked = waits
        .iter()
        .flat_map(|wait| wait.runs.iter().map(|run| (&wait.dag_id, run)));
    let asked: BTreeSet<(&DagId, &RunReference)> = asked.collect();
    let ids = asked.iter().filter_map(|(dag_id, run)| match run {
        RunReference::Id(run_id) => Some(row![dag_id.as_str(), run_id.as_str()]),
        RunReference::Date(_) => None,
    });
    let dates = asked.iter().filter_map(|(dag_id, run)| match run {
        RunReference::Id(_) => None,
        RunReference::Date(at) => Some(row![dag_id.as_str(), *at]),
    });
    let (ids, dates): (Vec<_>, Vec<_>) = (ids.collect(), dates.collect());
    let mut found: BTreeMap<RunKey, Found> = BTreeMap::new();
    if !ids.is_empty() {
        for row in tx.fetch_all(RUNS_BY_ID.rows(ids)).await? {
            let (key, run) = read_run(&row)?;
            let reference = RunReference::from(&key.run_id);
            found.entry(key).or_insert(run).references.insert(reference);
        }
    }
    if !dates.is_empty() {
        for row in tx.fetch_all(RUNS_BY_DATE.rows(dates)).await? {
            let (key, run) = read_run(&row)?;
            let reference = RunReference::Date(row.timestamp("logical_date")?);
            found.entry(key).or_insert(run).references.insert(reference);
        }
    }
    Ok(found)
}

fn read_run(row: &Row) -> Result<(RunKey, Found), StoreError> {
    let row = TableRow {
        table: "dag_run",
        row,
    };
    let key = row.run_key()?;
    let run = ExternalRun {
        run_id: key.run_id.clone(),
        state: row.parsed("state")?,
        tasks: BTreeMap::new(),
        groups: BTreeMap::new(),
    };
    let found = Found {
        version: row.version()?,
        references: BTreeSet::new(),
        run,
    };
    Ok((key, found))
}

/// Adds what the waits are for in the runs: their tasks, and which belong to their groups.
async fn read_tasks(
    tx: &mut Tx,
    waits: &[&ExternalWait],
    specs: &BTreeMap<DagVersionId, Arc<DagSpec>>,
    found: &mut BTreeMap<RunKey, Found>,
) -> Result<(), StoreError> {
    let names: BTreeMap<(DagId, RunReference), RunKey> = found
        .iter()
        .flat_map(|(key, found)| {
            let references = found.references.iter();
            references.map(|reference| ((key.dag_id.clone(), reference.clone()), key.clone()))
        })
        .collect();
    let mut asked: BTreeSet<(&RunKey, TaskId)> = BTreeSet::new();
    for wait in waits {
        if wait.task_ids().is_empty() && wait.task_group().is_none() {
            continue;
        }
        for reference in &wait.runs {
            let Some(key) = names.get(&(wait.dag_id.clone(), reference.clone())) else {
                continue;
            };
            asked.extend(wait.task_ids().iter().map(|task_id| (key, task_id.clone())));
            let run = found.get_mut(key);
            if let (Some(group_id), Some(run)) = (wait.task_group(), run)
                && !run.run.groups.contains_key(group_id)
                && let Some(spec) = specs.get(&run.version)
                && let Some(task_ids) = spec.tasks_of_group(group_id)
            {
                asked.extend(task_ids.iter().map(|task_id| (key, task_id.clone())));
                run.run.groups.insert(group_id.clone(), task_ids);
            }
        }
    }
    if asked.is_empty() {
        return Ok(());
    }
    let rows = asked
        .iter()
        .map(|(key, task_id)| row![key.dag_id.as_str(), key.run_id.as_str(), task_id.as_str()]);
    let mut tasks: BTreeMap<(RunKey, TaskId), TaskStates> = BTreeMap::new();
    for row in tx.fetch_all(TASK_STATES.rows(rows)).await? {
        let row = TableRow {
            table: "task_instance",
            row: &row,
        };
        let states = tasks.entry((row.run_key()?, row.task_id()?)).or_default();
        states.add(&row)?;
    }
    for ((key, task_id), states) in tasks {
        if let Some(found) = found.get_mut(&key) {
            found.run.tasks.insert(task_id, states.of_copies());
        }
    }
    Ok(())
}

impl TaskStates {
    fn add(&mut self, row: &TableRow<'_>) -> Result<(), StoreError> {
        let state = row.task_state("state")?;
        let copies: u32 = row.number("copies")?;
        self.mapped_length = self.mapped_length.or(row.optional_number("mapped_length")?);
        if row.number::<u32>("shared_rows")? > 0 {
            self.shared.push(state);
        }
        if copies > 0 && state != Some(TaskInstanceState::Removed) {
            self.copies += copies;
            self.states.push(state);
        }
        Ok(())
    }

    /// The states of its copies, each once; that of the task itself if it has none.
    fn of_copies(mut self) -> Vec<Option<TaskInstanceState>> {
        let others_share = self.mapped_length.is_some_and(|length| length > self.copies);
        if self.copies == 0 || others_share {
            self.states.extend(self.shared);
        }
        self.states.sort();
        self.states.dedup();
        self.states
    }
}
