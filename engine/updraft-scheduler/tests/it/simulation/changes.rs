//! Changes of whole runs in the simulated database: to another version of their DAG, or to another state by hand.

use jiff::Timestamp;
use updraft_model::{
    DagRunState, RunEvent, RunKey, TaskEvent, TaskId, TaskInstanceState, TaskSpec, transition, transition_run,
};
use updraft_store::{Change, StoredDag, StoredTask};

use super::database::{Database, new_task};

impl Database {
    /// A run goes over to the newest version of its DAG. Nothing is mapped here, and no task comes back.
    pub(crate) fn move_run(&mut self, key: &RunKey, now: Timestamp) {
        let Some(run) = self.runs.get_mut(key) else { return };
        let dag = &self.dags[&key.dag_id];
        if run.version == dag.version {
            return;
        }
        (run.version, run.spec) = (dag.version, dag.spec.clone());
        let spec = dag.spec.clone();
        let mut given_up = Vec::new();
        for task in &mut run.tasks {
            let of_task = key.task(task.task_id.clone(), task.map_index);
            if spec.task(&task.task_id).is_none() {
                given_up.extend(remove(task, now).map(|attempt| (attempt, of_task)));
            }
        }
        let is_new = |task: &&TaskSpec| !run.tasks.iter().any(|row| row.task_id == task.task_id);
        let new: Vec<StoredTask> = spec
            .tasks
            .iter()
            .filter(is_new)
            .map(|task| new_task(task.task_id.clone(), task.retries))
            .collect();
        run.tasks.extend(new);
        for (attempt, of_task) in given_up {
            self.give_up(attempt, of_task, TaskInstanceState::Failed);
        }
        self.feed.insert(Change::Run(key.clone()));
    }

    /// Unfinished runs of a DAG that want a task which it has no more go over to its newest version.
    pub(crate) fn move_runs_that_lack_tasks(&mut self, dag: &StoredDag, now: Timestamp) {
        let is_open = |task: &&StoredTask| !task.state.is_some_and(TaskInstanceState::is_finished);
        let lacks = |task: &StoredTask| dag.spec.task(&task.task_id).is_none();
        let of_dag = self.runs.values().filter(|run| run.key.dag_id == dag.dag_id);
        let wants_missing =
            of_dag.filter(|run| !run.state.is_finished() && run.tasks.iter().filter(is_open).any(lacks));
        let keys: Vec<RunKey> = wants_missing.map(|run| run.key.clone()).collect();
        for key in keys {
            self.move_run(&key, now);
        }
    }

    /// Somebody clears some tasks of a run in the newest version of the DAG.
    pub(crate) fn clear_on_latest(&mut self, key: &RunKey, tasks: &[TaskId], now: Timestamp) {
        let (Some(run), Some(dag)) = (self.runs.get(key), self.dags.get(&key.dag_id)) else {
            return;
        };
        let is_meant = |task: &StoredTask| {
            let can_be = !matches!(task.state, None | Some(TaskInstanceState::Removed));
            can_be && tasks.contains(&task.task_id) && dag.spec.task(&task.task_id).is_some()
        };
        let has = |task_id: &TaskId| run.tasks.iter().any(|task| task.task_id == *task_id);
        let gets_new = tasks.iter().any(|id| dag.spec.task(id).is_some() && !has(id));
        let moves = run.version != dag.version && (gets_new || run.tasks.iter().any(is_meant));
        if moves {
            self.move_run(key, now);
        }
        let run = &self.runs[key];
        let is_wanted = |task: &&StoredTask| task.state.is_some() && tasks.contains(&task.task_id);
        let wanted = run.tasks.iter().filter(is_wanted);
        let wanted: Vec<_> = wanted.map(|task| super::database::task_key(key, task)).collect();
        if !self.clear(key, &wanted, now) && moves {
            self.run_again(key, now);
        }
    }

    /// Somebody sets the state of a run, and of its tasks with it.
    pub(crate) fn mark_run(&mut self, key: &RunKey, state: DagRunState, now: Timestamp) {
        use TaskInstanceState::{Failed, Skipped, Success};

        let Some(run) = self.runs.get_mut(key) else { return };
        let is_open = |task: &&StoredTask| !task.state.is_some_and(TaskInstanceState::is_finished);
        let spec = run.spec.clone();
        let is_teardown = |task: &StoredTask| spec.task(&task.task_id).is_some_and(|task| task.is_teardown);
        let open = || run.tasks.iter().filter(is_open);
        let goes_on = state == DagRunState::Failed && open().any(is_teardown) && !open().all(is_teardown);
        let mut given_up = Vec::new();
        for task in &mut run.tasks {
            let to = match state {
                DagRunState::Success if task.state != Some(Success) => Success,
                DagRunState::Failed if !is_open(&&*task) || (goes_on && is_teardown(task)) => continue,
                DagRunState::Failed if goes_on || task.attempt.is_some() => Failed,
                DagRunState::Failed => Skipped,
                _ => continue,
            };
            let Ok(marked) = transition(task.state, TaskEvent::Mark(to)) else {
                continue;
            };
            let of_task = key.task(task.task_id.clone(), task.map_index);
            given_up.extend(task.attempt.take().map(|attempt| (attempt, of_task, to)));
            (task.state, task.lost_in_row, task.next_try_at, task.end_date) = (marked, 0, None, Some(now));
        }
        if !goes_on {
            run.state = transition_run(run.state, RunEvent::Mark(state)).expect("it can be set");
            if state == DagRunState::Queued {
                run.clear_number += 1;
                (run.queued_at, run.start_date) = (Some(now), None);
            }
        }
        for (attempt, of_task, to) in given_up {
            self.give_up(attempt, of_task, to);
        }
        self.feed.insert(Change::Run(key.clone()));
    }
}

/// Gives the attempt that counts no more.
fn remove(task: &mut StoredTask, now: Timestamp) -> Option<updraft_model::AttemptId> {
    task.state = transition(task.state, TaskEvent::Remove).ok()?;
    (task.lost_in_row, task.next_try_at, task.returned) = (0, None, None);
    task.end_date = task.end_date.or(Some(now));
    task.attempt.take()
}
