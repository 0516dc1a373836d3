//! Runs that a person or a program asks for.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use updraft_model::{DagError, DagId, DataInterval, MapIndex, ParamError, RunId, RunKey, RunType, ValidDag};
use updraft_sql::{Conflict, Sql, Tx, retry_conflicts, statements};

use crate::author::Note;
use crate::changes::Change;
use crate::dags::StoredDag;
use crate::error::{StoreError, from_sql};
use crate::plan::{NewRun, NewTask, insert_runs};
use crate::run_list;
use crate::store::Store;
use crate::table::{TableRow, storable};

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    IN_THE_WAY = Sql::new(
        "SELECT run_id FROM dag_run WHERE dag_id = $1 AND (run_id = $2 OR logical_date = $3) ORDER BY run_id",
    );
}

/// A run that somebody asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// The DAG.
    pub dag_id: DagId,
    /// The name of the run, unique in its DAG.
    pub run_id: RunId,
    /// Why it exists; usually [`RunType::Manual`].
    pub run_type: RunType,
    /// The date it is about, unique in its DAG; kept to the microsecond.
    pub logical_date: Option<Timestamp>,
    /// The span of data it is about.
    pub data_interval: Option<DataInterval>,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// What its tasks are told.
    pub conf: Map<String, Value>,
    /// Who asks.
    pub triggered_by: Option<String>,
}

impl Trigger {
    fn key(&self) -> RunKey {
        RunKey {
            dag_id: self.dag_id.clone(),
            run_id: self.run_id.clone(),
        }
    }
}

/// Why there is no such run now.
#[derive(Debug, thiserror::Error)]
pub enum TriggerError {
    /// There is no DAG of that id, or no source defines it any more. Final.
    #[error("there is no DAG `{dag_id}`")]
    UnknownDag {
        /// The id.
        dag_id: DagId,
    },
    /// The DAG's newest version cannot run. Final.
    #[error(transparent)]
    Dag(#[from] DagError),
    /// The `conf` does not fit the parameters of the DAG's newest version. Final.
    #[error(transparent)]
    Params(#[from] ParamError),
    /// The DAG has a run of that id. Final.
    #[error("DAG `{dag_id}` already has a run `{run_id}`; give the new one another id")]
    RunExists {
        /// The DAG.
        dag_id: DagId,
        /// The run.
        run_id: RunId,
    },
    /// The DAG has a run with that logical date. Final.
    #[error(
        "DAG `{dag_id}` already has run `{run_id}` for the logical date `{logical_date}`; give the new one another date"
    )]
    DateTaken {
        /// The DAG.
        dag_id: DagId,
        /// The run that has the date.
        run_id: RunId,
        /// The date.
        logical_date: Timestamp,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

from_sql!(TriggerError);

impl Conflict for TriggerError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_conflict())
    }
}

impl Store {
    /// Makes a run of the DAG's newest version, queued; the scheduler starts it as soon as limits allow and the DAG is not
    /// paused.
    ///
    /// # Errors
    /// [`TriggerError`]; there is no such run then.
    pub async fn trigger_run(&self, trigger: &Trigger, now: Timestamp) -> Result<RunKey, TriggerError> {
        self.trigger_noted_run(trigger, None, now).await
    }

    /// The same, with a remark on the run.
    ///
    /// # Errors
    /// As [`Store::trigger_run`].
    pub async fn trigger_noted_run(
        &self,
        trigger: &Trigger,
        note: Option<&str>,
        now: Timestamp,
    ) -> Result<RunKey, TriggerError> {
        match retry_conflicts(|| self.try_trigger(trigger, note, now)).await {
            Err(TriggerError::Store(StoreError::Sql(error))) if error.is_duplicate() => {
                let in_the_way = self
                    .what_is_in_the_way(&trigger.key(), trigger.logical_date)
                    .await?;
                Err(in_the_way.unwrap_or(TriggerError::Store(error.into())))
            }
            result => result,
        }
    }

    async fn try_trigger(
        &self,
        trigger: &Trigger,
        note: Option<&str>,
        now: Timestamp,
    ) -> Result<RunKey, TriggerError> {
        let mut tx = self.db.begin().await?;
        let dag = self.dag_to_trigger(&mut tx, &trigger.dag_id).await?;
        self.insert_triggered(&mut tx, &dag, trigger, now).await?;
        let key = trigger.key();
        if note.is_some() {
            run_list::write_note(&mut tx, &key, note).await?;
        }
        let told = json!({
            "note": note,
            "run_type": trigger.run_type.as_str(),
            "logical_date": trigger.logical_date.map(|date| date.to_string()),
            "conf_keys": trigger.conf.keys().collect::<Vec<_>>(),
        });
        self.note(&mut tx, Note::of_run(&key).telling(told)).await?;
        self.commit_with_changes(tx, [Change::of_run(&key)]).await?;
        Ok(key)
    }

    /// A DAG of which runs can be made.
    pub(crate) async fn dag_to_trigger(
        &self,
        tx: &mut Tx,
        dag_id: &DagId,
    ) -> Result<StoredDag, TriggerError> {
        let dags = self.some_dags(tx, [dag_id]).await?;
        let active = dags.into_iter().find(|dag| dag.is_active);
        active.ok_or_else(|| TriggerError::UnknownDag {
            dag_id: dag_id.clone(),
        })
    }

    /// Inserts the run, if its `conf` fits the DAG.
    pub(crate) async fn insert_triggered(
        &self,
        tx: &mut Tx,
        dag: &StoredDag,
        trigger: &Trigger,
        now: Timestamp,
    ) -> Result<(), TriggerError> {
        dag.spec.params_with(&trigger.conf)?;
        let tasks = new_tasks(&Arc::clone(&dag.spec).validate()?);
        let run = NewRun {
            key: trigger.key(),
            version: dag.version,
            run_type: trigger.run_type,
            logical_date: trigger.logical_date,
            data_interval: trigger.data_interval,
            run_after: trigger.run_after,
            queued_at: now,
            conf: trigger.conf.clone(),
            triggered_by: trigger.triggered_by.as_deref().map(storable),
            backfill: None,
            tasks,
        };
        Ok(insert_runs(tx, &[run]).await?)
    }

    /// Why a run cannot be inserted: another one has its id, or its date.
    pub(crate) async fn what_is_in_the_way(
        &self,
        key: &RunKey,
        logical_date: Option<Timestamp>,
    ) -> Result<Option<TriggerError>, StoreError> {
        let query = IN_THE_WAY.bind(key.dag_id.as_str()).bind(key.run_id.as_str());
        let rows = self.db.fetch_all(query.bind(logical_date)).await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            found.push(
                TableRow {
                    table: "dag_run",
                    row,
                }
                .run_id()?,
            );
        }
        let RunKey { dag_id, run_id } = key.clone();
        if found.contains(&run_id) {
            return Ok(Some(TriggerError::RunExists { dag_id, run_id }));
        }
        let by_date = found.into_iter().next().zip(logical_date);
        Ok(by_date.map(|(run_id, logical_date)| TriggerError::DateTaken {
            dag_id,
            run_id,
            logical_date,
        }))
    }
}

/// The tasks of a new run.
pub(crate) fn new_tasks(dag: &ValidDag) -> Vec<NewTask> {
    let tasks = dag.spec().tasks.iter().zip(dag.graph().tasks());
    let new = tasks.map(|(task, index)| NewTask {
        task_id: task.task_id.clone(),
        map_index: MapIndex::UNMAPPED,
        operator: task.operator.clone(),
        max_tries: task.retries,
        mapped_length: dag.mapping().literal_copies(index),
    });
    new.collect()
}
