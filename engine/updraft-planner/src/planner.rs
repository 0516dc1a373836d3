//! The planner's picture of the world and how it is kept up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, DagError, DagId, DagRunState, DagSpec, DagVersionId, Pool, QueuedAssetEvent, RunInfo, RunKey,
    TaskId, TaskInstanceState, TaskKey, ValidDag, WaitEnd,
};

use crate::assets::AssetQueue;
use crate::dag::{Dag, Definition};
use crate::deadlines::Deadlines;
use crate::room::Room;
use crate::run::Run;
use crate::span::Instance;
use crate::timers::{Timer, Timers};
use crate::{
    ApplyError, AttemptEffect, AttemptEnd, DagSnapshot, Limits, PlannerEvent, Problem, RunSnapshot, Snapshot,
};

/// The pure scheduler: it is told what happened, and asked what to do.
///
/// It holds active DAGs and unfinished runs, with a counter of unmet upstreams per task, so that what follows from one
/// event costs as much as that event touches. It reads no clock and does no IO.
///
/// It changes its picture while it plans. If the shell cannot commit a plan, it drops the planner and makes a new one
/// from what the store has; that one decides the same.
#[derive(Debug)]
pub struct Planner {
    pub(crate) limits: Limits,
    pub(crate) dags: BTreeMap<DagId, Dag>,
    /// Every version that a definition or a run uses.
    versions: BTreeMap<DagVersionId, Arc<ValidDag>>,
    pub(crate) timers: Timers,
    pub(crate) deadlines: Deadlines,
    /// Pools, and how much of everything is taken.
    pub(crate) room: Room,
    /// DAGs that may have runs to make or to start.
    pub(crate) dirty_dags: BTreeSet<DagId>,
    /// DAGs whose program is to be asked for the next run.
    pub(crate) unanswered: BTreeSet<DagId>,
    /// Runs with tasks to look at.
    pub(crate) dirty_runs: BTreeSet<RunKey>,
    /// Attempts that the next plan asks to end.
    pub(crate) kills: Vec<(TaskKey, AttemptId)>,
    /// What the next plan reports.
    pub(crate) problems: Vec<Problem>,
}

/// Who wants to know what a task returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WantsReturned {
    /// No task is mapped over it.
    Nobody,
    /// Tasks are mapped over its items, so that it must be a list or dict.
    Items,
    /// Tasks are mapped over what all its copies return together, so that it may be anything.
    OfEachCopy,
}

impl Planner {
    /// A planner that knows what the store has.
    pub fn new(snapshot: &Snapshot) -> Self {
        let mut planner = Self {
            limits: snapshot.limits,
            dags: BTreeMap::new(),
            versions: BTreeMap::new(),
            timers: Timers::default(),
            deadlines: Deadlines::default(),
            room: Room::default(),
            dirty_dags: BTreeSet::new(),
            unanswered: BTreeSet::new(),
            dirty_runs: BTreeSet::new(),
            kills: Vec::new(),
            problems: Vec::new(),
        };
        planner.replace_pools(&snapshot.pools);
        for dag in &snapshot.dags {
            planner.replace_dag(dag);
        }
        for run in &snapshot.runs {
            planner.insert_run(run);
            let restarting = planner.restarting(&run.key);
            planner.kills.extend(restarting);
        }
        for (key, deadline) in &snapshot.late {
            planner.deadlines.reopen(key, deadline, &mut planner.timers);
        }
        for (dag_id, dag) in &mut planner.dags {
            dag.refresh_heads(dag_id, &mut planner.room.pools);
        }
        planner
    }

    /// Takes over how many tasks may be queued or running at once. What runs goes on, also if it has become too many.
    pub fn set_parallelism(&mut self, parallelism: usize) {
        self.limits.parallelism = parallelism;
    }

    /// Takes over all pools as they are now. What runs goes on, also in a pool that has become too small.
    pub fn replace_pools(&mut self, pools: &[Pool]) {
        self.room.pools.replace(pools);
    }

    /// Takes over how a DAG is defined now: it was parsed again, paused or unpaused. Its runs keep their versions.
    pub fn replace_dag(&mut self, snapshot: &DagSnapshot) {
        let dag_id = &snapshot.dag_id;
        let valid = self.compile(dag_id, snapshot.version, &snapshot.spec);
        let dag = self.dags.entry(dag_id.clone()).or_default();
        let old_version = dag.definition.as_ref().map(|old| old.version);
        dag.definition = valid.map(|valid| Definition {
            version: snapshot.version,
            dag: valid,
            is_paused: snapshot.is_paused,
            is_active: snapshot.is_active,
            last_scheduled: snapshot.last_scheduled,
            next: None,
            asset_queue: AssetQueue::new(snapshot),
            answer: snapshot.timetable_answer.clone(),
            is_broken: false,
            runtimes: snapshot.runtimes.iter().copied().collect(),
        });
        dag.lines.replace_backfills(&snapshot.backfills);
        self.release(old_version);
        self.look_again(dag_id);
    }

    /// Holds every DAG whose source cannot be read, as if it was paused: nothing of it could be run. What runs goes on. A new
    /// planner holds none.
    pub fn hold_unreadable(&mut self, is_readable: impl Fn(&DagId) -> bool) {
        let mut changed = Vec::new();
        for (dag_id, dag) in &mut self.dags {
            let is_unreadable = !is_readable(dag_id);
            if dag.is_unreadable != is_unreadable {
                dag.is_unreadable = is_unreadable;
                changed.push(dag_id.clone());
            }
        }
        for dag_id in changed {
            self.look_again(&dag_id);
        }
    }

    /// Everything of a DAG is to be looked at again: whether it goes on has changed.
    fn look_again(&mut self, dag_id: &DagId) {
        let Some(dag) = self.dags.get_mut(dag_id) else {
            return;
        };
        for run in dag.runs.values_mut() {
            run.mark_all_unfinished();
            self.dirty_runs.insert(run.key.clone());
        }
        self.dirty_dags.insert(dag_id.clone());
        self.refresh_heads(dag_id);
    }

    /// An asset event waits for the next run of a DAG from now on; the store has it so.
    pub fn queue_asset_event(&mut self, dag_id: &DagId, event: QueuedAssetEvent) {
        let definition = self.dags.get_mut(dag_id).and_then(|dag| dag.definition.as_mut());
        if let Some(definition) = definition {
            definition.asset_queue.add(event);
            self.dirty_dags.insert(dag_id.clone());
        }
    }

    /// Forgets a DAG whose source is gone. Its runs stay as they are until it comes back.
    pub fn remove_dag(&mut self, dag_id: &DagId) {
        let Some(dag) = self.dags.get_mut(dag_id) else {
            return;
        };
        let version = dag.definition.take().map(|definition| definition.version);
        self.unanswered.remove(dag_id);
        self.release(version);
        self.refresh_heads(dag_id);
        self.drop_if_empty(dag_id);
    }

    /// Takes over a run that was changed from outside: triggered, cleared, marked, killed. Gives the attempts that were
    /// live and are no longer, and those of cleared tasks; the executor is to end them.
    pub fn replace_run(&mut self, snapshot: &RunSnapshot) -> Vec<AttemptId> {
        let key = &snapshot.key;
        let mut ended = self.remove_run(key);
        if snapshot.state.is_finished() {
            self.deadlines.take_over_finished(snapshot, &mut self.timers);
            self.remember_finished(snapshot);
        } else {
            self.insert_run(snapshot);
            let live = self.run(key).map_or_else(Vec::new, live_attempts);
            ended.retain(|attempt| !live.contains(attempt));
            ended.extend(self.restarting(key).into_iter().map(|(_, attempt)| attempt));
        }
        self.mark_later_runs(snapshot);
        self.refresh_heads(&key.dag_id);
        ended
    }

    /// Forgets a run that was deleted. Gives its live attempts, which the executor is to end.
    pub fn remove_run(&mut self, key: &RunKey) -> Vec<AttemptId> {
        self.deadlines.forget(key, &mut self.timers);
        let Some(run) = self.take_run(key) else {
            return Vec::new();
        };
        let (ended, version) = (live_attempts(&run), run.version);
        drop(run);
        self.release(Some(version));
        self.dirty_dags.insert(key.dag_id.clone());
        self.refresh_heads(&key.dag_id);
        ended
    }

    /// What the end of a live attempt makes of its task, so that the shell can write both at once.
    ///
    /// # Errors
    /// The attempt is not the live one, or cannot end so.
    pub fn end_of_attempt(&self, end: &AttemptEnd) -> Result<AttemptEffect, ApplyError> {
        let (run, task) = self.live_task(&end.key, end.attempt)?;
        run.effect(task, end, &self.limits)
            .map_err(|source| ApplyError::Transition {
                key: end.key.clone(),
                source,
            })
    }

    /// Takes over an event that the store accepted. Costs as much as the task has downstreams.
    ///
    /// # Errors
    /// The event does not fit the picture, which is left as it was.
    pub fn apply(&mut self, event: &PlannerEvent) -> Result<(), ApplyError> {
        match event {
            PlannerEvent::AttemptStarted { key, attempt, at } => {
                let (_, task) = self.live_task(key, *attempt)?;
                let run = self.run_mut(&key.run_key()).ok_or_else(|| unknown(key))?;
                run.start_attempt(task, *at)
                    .map_err(|source| ApplyError::Transition {
                        key: key.clone(),
                        source,
                    })
            }
            PlannerEvent::SkipDecided {
                key,
                attempt,
                decision,
            } => {
                let (_, task) = self.live_task(key, *attempt)?;
                let run = self.run_mut(&key.run_key()).ok_or_else(|| unknown(key))?;
                run.decide_skips(task, decision.as_ref());
                Ok(())
            }
            PlannerEvent::Returned {
                key,
                attempt,
                returned,
            } => {
                let (_, task) = self.live_task(key, *attempt)?;
                let run = self.run_mut(&key.run_key()).ok_or_else(|| unknown(key))?;
                run.returns(task, *returned);
                Ok(())
            }
            PlannerEvent::AttemptEnded(end) => {
                let effect = self.end_of_attempt(end)?;
                self.end_attempt(end, &effect);
                Ok(())
            }
            PlannerEvent::WaitEnded { key, wait, end } => self.end_wait(key, *wait, end),
        }
    }

    /// The waits of a run that have not ended.
    pub fn open_waits(&self, key: &RunKey) -> BTreeSet<AttemptId> {
        let run = self.run(key);
        let spans = run
            .into_iter()
            .flat_map(|run| run.spans().map(move |span| (run, span)));
        spans
            .filter_map(|(run, span)| Some(run.open_wait(span.first())?.id))
            .collect()
    }

    /// Who wants to know what a task returns.
    pub fn wants_returned(&self, key: &TaskKey) -> WantsReturned {
        let run = self.run(&key.run_key());
        let task = run.and_then(|run| Some((run, run.index(key)?)));
        match task {
            Some((run, task)) if run.is_mapped_over(task.task) && task.copy.is_some() => {
                WantsReturned::OfEachCopy
            }
            Some((run, task)) if run.is_mapped_over(task.task) => WantsReturned::Items,
            _ => WantsReturned::Nobody,
        }
    }

    /// How many items each of the tasks has returned that a task is mapped over.
    pub fn map_lengths(&self, key: &TaskKey) -> BTreeMap<TaskId, u32> {
        let run = self.run(&key.run_key());
        let task = run.and_then(|run| Some((run, run.index(key)?)));
        task.map_or_else(BTreeMap::new, |(run, task)| run.map_lengths(task.task))
    }

    /// When the planner should be asked again although nothing happened: a run is due, a retry, a timeout. `None` when
    /// it only waits for events. A time that has passed means at once.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// The next scheduled run of a DAG, as far as the last plan worked it out.
    pub fn next_run(&self, dag_id: &DagId) -> Option<RunInfo> {
        self.dags.get(dag_id)?.definition.as_ref()?.next
    }

    /// How many tasks could run but found no room: a limit of their DAG or of the installation, or no free slot. Those
    /// of paused DAGs included.
    pub fn waiting_for_room(&self) -> usize {
        self.dags.values().map(|dag| dag.ready.len()).sum()
    }

    /// Every live attempt with its task and state: what the executor should be running.
    pub fn live_attempts(&self) -> impl Iterator<Item = (TaskKey, AttemptId, TaskInstanceState)> {
        self.dags
            .values()
            .flat_map(|dag| dag.runs.values())
            .flat_map(|run| {
                run.live_attempts()
                    .filter_map(|(task, attempt)| Some((run.key_of(task), attempt, run.task(task).state?)))
            })
    }

    pub(crate) fn run(&self, key: &RunKey) -> Option<&Run> {
        self.dags.get(&key.dag_id)?.runs.get(&key.run_id)
    }

    pub(crate) fn run_mut(&mut self, key: &RunKey) -> Option<&mut Run> {
        self.dags.get_mut(&key.dag_id)?.runs.get_mut(&key.run_id)
    }

    /// Enters the DAG's first tasks in the pools, or takes them out, as its limits and pause have it now.
    pub(crate) fn refresh_heads(&mut self, dag_id: &DagId) {
        if let Some(dag) = self.dags.get_mut(dag_id) {
            dag.refresh_heads(dag_id, &mut self.room.pools);
        }
    }

    /// Lets go of a version that nothing uses any more.
    pub(crate) fn release(&mut self, version: Option<DagVersionId>) {
        let Some(version) = version else { return };
        if self
            .versions
            .get(&version)
            .is_some_and(|dag| Arc::strong_count(dag) == 1)
        {
            self.versions.remove(&version);
        }
    }

    /// Lets go of a DAG of which nothing is left.
    pub(crate) fn drop_if_empty(&mut self, dag_id: &DagId) {
        if self
            .dags
            .get(dag_id)
            .is_some_and(|dag| dag.definition.is_none() && dag.runs.is_empty())
        {
            self.dags.remove(dag_id);
        }
    }

    /// Takes a run in that the store has.
    pub(crate) fn insert_run(&mut self, snapshot: &RunSnapshot) {
        let Some(valid) = self.compile(&snapshot.key.dag_id, snapshot.version, &snapshot.spec) else {
            return;
        };
        let mut run = Run::new(snapshot, valid);
        for span in run.unfinished_spans() {
            let of = run.task(span.first());
            let Some(at) = of.next_try_at.or_else(|| of.wait?.times.next()) else {
                continue;
            };
            for instance in span.instances() {
                self.timers.set(at, Timer::Task(run.key.clone(), instance));
            }
        }
        let dag = self.dags.entry(run.key.dag_id.clone()).or_default();
        let runtimes = dag
            .definition
            .as_ref()
            .map(Definition::runtimes)
            .unwrap_or_default();
        self.deadlines.take_over(snapshot, &runtimes, &mut self.timers);
        match run.state {
            DagRunState::Queued => {}
            DagRunState::Running | DagRunState::Success | DagRunState::Failed => {
                if let Some(at) = run.times_out_at() {
                    self.timers.set(at, Timer::RunTimeout(run.key.clone()));
                }
            }
        }
        dag.lines.enter(&run);
        dag.settle_seats(&mut run, &mut self.room);
        for span in run.unfinished_spans() {
            let is_scheduled = run.task(span.first()).state == Some(TaskInstanceState::Scheduled);
            if run.state == DagRunState::Running && is_scheduled {
                dag.add_ready(&run, &span);
            }
        }
        self.dirty_runs.insert(run.key.clone());
        self.dirty_dags.insert(run.key.dag_id.clone());
        dag.runs.insert(run.key.run_id.clone(), run);
    }

    /// Takes a run out, with all that the picture has of it.
    pub(crate) fn take_run(&mut self, key: &RunKey) -> Option<Run> {
        let dag = self.dags.get_mut(&key.dag_id)?;
        let mut run = dag.runs.remove(&key.run_id)?;
        dag.lines.leave(&run);
        for span in run.unfinished_spans() {
            dag.remove_ready(&run, &span);
            if let Some(at) = run.open_wait(span.first()).and_then(|wait| wait.times.next()) {
                self.timers.cancel(at, Timer::Task(key.clone(), span.first()));
            }
        }
        run.leave_seats();
        dag.settle_seats(&mut run, &mut self.room);
        if let Some(at) = run.times_out_at() {
            self.timers.cancel(at, Timer::RunTimeout(key.clone()));
        }
        Some(run)
    }

    fn end_attempt(&mut self, end: &AttemptEnd, effect: &AttemptEffect) {
        let key = &end.key;
        let run_key = key.run_key();
        let Some(dag) = self.dags.get_mut(&key.dag_id) else {
            return;
        };
        let Some(mut run) = dag.runs.remove(&key.run_id) else {
            return;
        };
        if let Some(task) = run.index(key) {
            run.end_attempt(task, effect, end.at);
            for key in &effect.skipped {
                let skipped = run.skipped_spans(key);
                for span in &skipped {
                    dag.remove_ready(&run, span);
                }
                run.skip_at_end(key, &skipped);
            }
            dag.settle_seats(&mut run, &mut self.room);
            let wakes_at = effect.next_try_at.or_else(|| effect.wait?.next());
            if let Some(at) = wakes_at {
                self.timers.set(at, Timer::Task(run_key.clone(), task));
            }
        }
        dag.runs.insert(key.run_id.clone(), run);
        self.dirty_runs.insert(run_key);
        self.refresh_heads(&key.dag_id);
    }

    /// What a task waits for is there, or cannot be waited for: the next plan says so.
    fn end_wait(&mut self, key: &TaskKey, wait: AttemptId, end: &WaitEnd) -> Result<(), ApplyError> {
        let run_key = key.run_key();
        let run = self.run_mut(&run_key).ok_or_else(|| unknown(key))?;
        let task = run.index(key).ok_or_else(|| unknown(key))?;
        if run.open_wait(task).is_none_or(|open| open.id != wait) {
            return Err(ApplyError::NotLive {
                key: key.clone(),
                attempt: wait,
            });
        }
        run.wait_ends.insert(task, (wait, end.clone()));
        run.mark_span(&task.into());
        self.dirty_runs.insert(run_key);
        Ok(())
    }

    fn live_task(&self, key: &TaskKey, attempt: AttemptId) -> Result<(&Run, Instance), ApplyError> {
        let run = self.run(&key.run_key()).ok_or_else(|| unknown(key))?;
        let task = run.index(key).ok_or_else(|| unknown(key))?;
        if run.task(task).attempt == Some(attempt) {
            Ok((run, task))
        } else {
            Err(ApplyError::NotLive {
                key: key.clone(),
                attempt,
            })
        }
    }

    /// The attempts of cleared tasks that have not ended yet.
    fn restarting(&self, key: &RunKey) -> Vec<(TaskKey, AttemptId)> {
        let Some(run) = self.run(key) else {
            return Vec::new();
        };
        run.live_attempts()
            .filter(|(task, _)| run.task(*task).state == Some(TaskInstanceState::Restarting))
            .map(|(task, attempt)| (run.key_of(task), attempt))
            .collect()
    }

    /// A finished run changed: what later runs remember of it changes with it.
    fn remember_finished(&mut self, snapshot: &RunSnapshot) {
        if self
            .dags
            .get(&snapshot.key.dag_id)
            .is_none_or(|dag| !dag.runs.values().any(Run::has_past_tasks))
        {
            return;
        }
        let Some(valid) = self.compile(&snapshot.key.dag_id, snapshot.version, &snapshot.spec) else {
            return;
        };
        let run = Run::new(snapshot, valid);
        if let Some(dag) = self.dags.get_mut(&snapshot.key.dag_id) {
            dag.remember(&run);
        }
        drop(run);
        self.release(Some(snapshot.version));
    }

    /// A run changed: what `depends_on_past` says of later ones may have changed with it.
    pub(crate) fn mark_later_runs(&mut self, changed: &RunSnapshot) {
        let Some(dag) = self.dags.get_mut(&changed.key.dag_id) else {
            return;
        };
        for run in dag.runs.values_mut() {
            if run.has_past_tasks() && run.order_date > changed.order_date() {
                run.mark_all_unfinished();
                self.dirty_runs.insert(run.key.clone());
            }
        }
    }

    /// The compiled DAG of a version; a version is compiled once.
    fn compile(
        &mut self,
        dag_id: &DagId,
        version: DagVersionId,
        spec: &Arc<DagSpec>,
    ) -> Option<Arc<ValidDag>> {
        if let Some(known) = self.versions.get(&version) {
            return Some(known.clone());
        }
        match Arc::clone(spec).validate() {
            Ok(valid) => Some(self.versions.entry(version).or_insert(Arc::new(valid)).clone()),
            Err(error) => {
                self.problems.push(invalid(dag_id, &error));
                None
            }
        }
    }
}

/// The attempts of a run that may still write; those of cleared tasks may not.
fn live_attempts(run: &Run) -> Vec<AttemptId> {
    let is_wanted = |task: Instance| run.task(task).state != Some(TaskInstanceState::Restarting);
    run.live_attempts()
        .filter(|(task, _)| is_wanted(*task))
        .map(|(_, attempt)| attempt)
        .collect()
}

fn unknown(key: &TaskKey) -> ApplyError {
    ApplyError::UnknownTask { key: key.clone() }
}

fn invalid(dag_id: &DagId, error: &DagError) -> Problem {
    Problem {
        dag_id: dag_id.clone(),
        message: format!("{error}; it is left alone until its source changes"),
    }
}
