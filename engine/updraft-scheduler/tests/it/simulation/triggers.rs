//! Runs that simulated tasks ask for: an attempt that asks gets one, however often it asks and whatever breaks in between.

use jiff::{Timestamp, ToSpan};
use updraft_model::{AttemptId, RunId, RunKey, TaskInstanceState};
use updraft_protocol::message::{ErrorType, TriggerDagRun};
use updraft_store::{Change, TaskTrigger, TaskTriggerError, TriggerError};
use updraft_worker::ApiError;

use super::database::Database;
use super::people::new_run;
use super::world::World;

impl Database {
    /// Makes a run for a task, as the store does.
    pub(crate) fn trigger_for_task(
        &mut self,
        wanted: &TaskTrigger,
        now: Timestamp,
    ) -> Result<RunKey, TaskTriggerError> {
        let attempt = wanted.attempt;
        if !self.is_running(attempt) {
            return Err(TaskTriggerError::NotLive { attempt });
        }
        let (dag_id, run_id) = (wanted.dag_id.clone(), wanted.run_id.clone());
        let key = RunKey {
            dag_id: dag_id.clone(),
            run_id: run_id.clone(),
        };
        if self.runs.contains_key(&key) {
            let is_own = self.asked_by.get(&key) == Some(&attempt);
            let exists = TriggerError::RunExists { dag_id, run_id };
            return if is_own { Ok(key) } else { Err(exists.into()) };
        }
        let Some(dag) = self.dags.get(&dag_id).cloned() else {
            return Err(TriggerError::UnknownDag { dag_id }.into());
        };
        let valid = dag.spec.clone().validate();
        let valid = valid.expect("the dags of the simulation are valid");
        let mut at = now;
        loop {
            let manual = valid.manual_run(None, at)?;
            let mut run = new_run(&dag, manual, now);
            run.key = key.clone();
            run.run_type = dag.spec.compat.type_of_runs_for_tasks();
            if self.insert_run(&run).is_ok() {
                break;
            }
            // Another run has that date.
            at += 1.microsecond();
        }
        self.asked_by.insert(key.clone(), attempt);
        self.feed.insert(Change::Run(key.clone()));
        Ok(key)
    }

    fn is_running(&self, attempt: AttemptId) -> bool {
        let is_of = |of: &Option<AttemptId>| *of == Some(attempt);
        let mut tasks = self.runs.values().flat_map(|run| &run.tasks);
        tasks.any(|task| is_of(&task.attempt) && task.state == Some(TaskInstanceState::Running))
    }
}

/// What an attempt asks for: a run of some DAG, with a name of its own.
pub(crate) fn request(world: &World, attempt: AttemptId) -> Option<TriggerDagRun> {
    let dags: Vec<_> = world.database().dags.keys().cloned().collect();
    let run_id = RunId::parse(&format!("asked__{attempt}")).expect("a run id");
    world.pick(&dags).map(|dag_id| TriggerDagRun::new(dag_id, run_id))
}

/// Demands that the answer is none that only another attempt may get, and that the run is there if it says so.
pub(crate) fn check(world: &World, request: &TriggerDagRun, answer: &Result<(), ApiError>) {
    let key = RunKey {
        dag_id: request.dag_id.clone(),
        run_id: request.run_id.clone(),
    };
    match answer {
        Ok(()) => assert!(world.database().runs.contains_key(&key), "{key} was promised"),
        Err(ApiError::Answered(error)) => {
            assert_ne!(error.error, ErrorType::DagRunAlreadyExists, "{key} is its own");
        }
        Err(ApiError::NotLive(_) | ApiError::Refused(_) | ApiError::Unavailable(_)) => {}
    }
}
