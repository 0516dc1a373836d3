//! Backfills in the simulated database, and what people do about them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Map;
use updraft_model::{
    BackfillDates, BackfillEvent, BackfillId, BackfillPlace, BackfillState, Clock, DagId, DagRunState,
    ReprocessBehavior, RunEvent, RunInfo, RunKey, RunType, TaskInstanceState, TaskKey, ValidDag,
    transition_backfill, transition_run,
};
use updraft_store::{Change, NewBackfill, NewRun, NewTask, OpenBackfill, RunVersion, StoredDag};

use super::database::{Database, task_key};
use super::record::Done;
use super::world::World;

impl Database {
    /// Somebody asks for a backfill. Gives whether it was made.
    pub(crate) fn create_backfill(&mut self, new: &NewBackfill, now: Timestamp) -> bool {
        let dag = self.dags[&new.dag_id].clone();
        let valid = Arc::clone(&dag.spec)
            .validate()
            .expect("the dags of the simulation are valid");
        let Ok(infos) = valid.backfill(&new.dates, new.reprocess, now) else {
            return false;
        };
        let taken: Vec<(u32, RunInfo)> = (1..)
            .zip(infos)
            .filter(|(_, info)| self.is_taken(new, info.logical_date))
            .collect();
        if !dag.backfills.is_empty() || taken.is_empty() {
            return false;
        }
        self.backfills += 1;
        let id = BackfillId(self.backfills);
        let open = OpenBackfill {
            id,
            is_paused: false,
            max_active_runs: new.max_active_runs,
        };
        let known = self.dags.get_mut(&new.dag_id).expect("the dag is there");
        known.backfills.push(open);
        for (place, info) in taken {
            self.take_date((&dag, &valid), BackfillPlace { id, place }, info, now);
        }
        self.feed.insert(Change::Dag(new.dag_id.clone()));
        true
    }

    fn run_of(&self, dag_id: &DagId, date: Timestamp) -> Option<&RunKey> {
        let mut runs = self.runs.values();
        let is_it =
            |run: &&updraft_store::StoredRun| run.key.dag_id == *dag_id && run.logical_date == Some(date);
        runs.find(is_it).map(|run| &run.key)
    }

    /// Whether a date has no run, or one that runs again.
    fn is_taken(&self, new: &NewBackfill, date: Timestamp) -> bool {
        let run = self.run_of(&new.dag_id, date);
        run.is_none_or(|key| new.reprocess.takes(self.runs[key].state))
    }

    fn take_date(
        &mut self,
        (dag, valid): (&StoredDag, &ValidDag),
        place: BackfillPlace,
        info: RunInfo,
        now: Timestamp,
    ) {
        let existing = self.run_of(&dag.dag_id, info.logical_date).cloned();
        let Some(key) = existing else {
            let run = new_run(dag, valid, (place, info), now);
            self.insert_run(&run).expect("the date is free");
            self.feed.insert(Change::Run(run.key));
            return;
        };
        let is_decided = |state| !matches!(state, None | Some(TaskInstanceState::Removed));
        let tasks = self.runs[&key].tasks.iter().filter(|task| is_decided(task.state));
        let tasks: Vec<TaskKey> = tasks.map(|task| task_key(&key, task)).collect();
        if !self.clear(&key, &tasks, now) {
            self.run_again(&key, now);
        }
        let run = self.runs.get_mut(&key).expect("it was found above");
        (run.run_type, run.backfill) = (RunType::Backfill, Some(place));
    }

    /// Somebody pauses a backfill, lets it go on, or gives it up.
    pub(crate) fn change_backfill(&mut self, dag_id: &DagId, event: BackfillEvent, now: Timestamp) {
        let dag = self.dags.get_mut(dag_id).expect("the dag is there");
        let Some(open) = dag.backfills.first_mut() else {
            return;
        };
        let state = if open.is_paused {
            BackfillState::Paused
        } else {
            BackfillState::Active
        };
        let state = transition_backfill(state, event).expect("it is open");
        open.is_paused = state == BackfillState::Paused;
        let id = open.id;
        if state == BackfillState::Cancelled {
            dag.backfills.clear();
            self.give_up_runs(id, now);
        }
        self.feed.insert(Change::Dag(dag_id.clone()));
    }

    fn give_up_runs(&mut self, id: BackfillId, now: Timestamp) {
        for key in self.close(id) {
            let run = self.runs.get_mut(&key).expect("it was found above");
            if run.state.is_finished() {
                continue;
            }
            self.feed.insert(Change::Run(key.clone()));
            if run.state != DagRunState::Queued {
                continue;
            }
            run.state = transition_run(run.state, RunEvent::Fail).expect("a queued run can fail");
            let live = run.tasks.iter().filter(|task| task.attempt.is_some());
            let live: Vec<TaskKey> = live.map(|task| task_key(&key, task)).collect();
            for task in &live {
                self.mark(task, TaskInstanceState::Failed, now);
            }
        }
    }

    /// The last run of a backfill is over.
    pub(crate) fn complete_backfill(&mut self, id: BackfillId) -> Result<(), &'static str> {
        let is_its = |run: &updraft_store::StoredRun| run.backfill.is_some_and(|place| place.id == id);
        if self
            .runs
            .values()
            .any(|run| is_its(run) && !run.state.is_finished())
        {
            return Err("backfills");
        }
        let mut dags = self.dags.values_mut();
        let has_it = |dag: &&mut StoredDag| dag.backfills.iter().any(|open| open.id == id);
        let dag = dags.find(has_it).ok_or("backfills")?;
        dag.backfills.clear();
        self.close(id);
        Ok(())
    }

    /// The runs of a backfill are runs like others from now on. Gives them.
    fn close(&mut self, id: BackfillId) -> Vec<RunKey> {
        let mut closed = Vec::new();
        for run in self.runs.values_mut() {
            if run.backfill.is_some_and(|place| place.id == id) {
                run.backfill = None;
                closed.push(run.key.clone());
            }
        }
        closed
    }
}

fn new_run(
    dag: &StoredDag,
    valid: &ValidDag,
    (place, info): (BackfillPlace, RunInfo),
    now: Timestamp,
) -> NewRun {
    let task = |task: &updraft_model::TaskSpec| NewTask {
        task_id: task.task_id.clone(),
        map_index: updraft_model::MapIndex::UNMAPPED,
        operator: task.operator.clone(),
        max_tries: task.retries,
        mapped_length: None,
    };
    NewRun {
        key: RunKey {
            dag_id: dag.dag_id.clone(),
            run_id: RunType::Backfill.run_id(info.logical_date),
        },
        version: dag.version,
        run_type: RunType::Backfill,
        logical_date: Some(info.logical_date),
        data_interval: Some(info.data_interval),
        run_after: info.run_after,
        queued_at: now,
        conf: Map::new(),
        triggered_by: None,
        backfill: Some(place),
        tasks: valid.spec().tasks.iter().map(task).collect(),
    }
}

/// Somebody asks for a backfill of dates before those of the schedule.
pub(crate) fn create(world: &World) {
    let mut database = world.database();
    let dags: Vec<DagId> = database.dags.keys().cloned().collect();
    let Some(dag_id) = world.pick(&dags) else { return };
    let start = database.dags[&dag_id].spec.start_date.expect("every dag has one");
    let new = NewBackfill {
        dag_id,
        dates: BackfillDates {
            from: start - SignedDuration::from_mins(2 * (1 + world.below(4) as i64)),
            until: start - SignedDuration::from_mins(1),
            backwards: world.one_in(2),
        },
        max_active_runs: 1 + world.below(2) as u32,
        reprocess: ReprocessBehavior::ALL[world.below(3)],
        version: RunVersion::Same,
        conf: None,
        triggered_by: None,
        told: None,
    };
    if database.create_backfill(&new, world.now()) {
        world.note(|| format!("somebody asks for {new:?}"));
        world.record(|| Done::Backfill(new, world.now()));
    }
}

/// Somebody pauses a backfill, lets it go on, or gives it up.
pub(crate) fn change(world: &World) {
    let event = [
        BackfillEvent::Pause,
        BackfillEvent::Unpause,
        BackfillEvent::Cancel,
    ][world.below(3)];
    change_all(world, event);
}

/// The same with every backfill that is not over.
pub(crate) fn change_all(world: &World, event: BackfillEvent) {
    let mut database = world.database();
    let open = database.dags.values();
    let open = open.filter_map(|dag| Some((dag.dag_id.clone(), dag.backfills.first()?.id)));
    let open: Vec<(DagId, BackfillId)> = open.collect();
    for (dag_id, id) in open {
        world.note(|| format!("somebody has backfill {id} {event}"));
        database.change_backfill(&dag_id, event, world.now());
        world.record(|| Done::ChangeBackfill(id, event, world.now()));
    }
}
