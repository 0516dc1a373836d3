//! The shell around the planner, in memory: what the real scheduler does, without waiting and without processes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use updraft_model::{
    AssetExpression, AttemptId, AttemptOutcome, BackfillDates, BackfillId, BackfillPlace, DagId, DagRunState,
    DagSpec, DagVersionId, DataInterval, IdSource, Pool, QueuedAssetEvent, ReprocessBehavior, Returned,
    RunEvent, RunId, RunKey, RunType, Skips, TaskEvent, TaskId, TaskInstanceState, TaskKey, ValidDag,
    WaitEnd,
};
use updraft_planner::{
    AttemptEnd, BackfillSnapshot, DagSnapshot, Decision, Plan, Planner, PlannerEvent, RunSnapshot,
    TaskSnapshot,
};
use uuid::Uuid;

use crate::store::{Store, is_structural};

/// Ids that count.
#[derive(Debug, Default)]
pub(crate) struct CountingIds(AtomicU64);

impl CountingIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::Relaxed) + 1))
    }

    /// Ids that go on where these are now.
    pub(crate) fn fork(&self) -> Self {
        Self(AtomicU64::new(self.0.load(Ordering::Relaxed)))
    }
}

impl IdSource for CountingIds {
    fn attempt_id(&self) -> AttemptId {
        AttemptId(self.next())
    }

    fn version_id(&self) -> DagVersionId {
        DagVersionId(self.next())
    }
}

/// A planner, its store and the time.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) planner: Planner,
    pub(crate) store: Store,
    pub(crate) ids: CountingIds,
    versions: CountingIds,
    /// Attempts that the executor was told to end.
    pub(crate) killed: BTreeSet<AttemptId>,
    /// DAGs whose source cannot be read.
    pub(crate) unreadable: BTreeSet<DagId>,
    /// How waits have ended; whoever looks again finds the same.
    wait_ends: BTreeMap<AttemptId, (TaskKey, WaitEnd)>,
}

impl World {
    pub(crate) fn new(now: Timestamp) -> Self {
        let mut store = Store::default();
        store
            .pools
            .insert(Pool::DEFAULT.to_owned(), pool(Pool::DEFAULT, 128));
        Self {
            now,
            planner: Planner::new(&store.snapshot()),
            store,
            ids: CountingIds::default(),
            versions: CountingIds::default(),
            killed: BTreeSet::new(),
            wait_ends: BTreeMap::new(),
            unreadable: BTreeSet::new(),
        }
    }

    /// A planner that knows what the shell knows.
    pub(crate) fn fresh_planner(&self) -> Planner {
        let mut planner = Planner::new(&self.store.snapshot());
        planner.hold_unreadable(|dag_id| !self.unreadable.contains(dag_id));
        look_again(&mut planner, &self.wait_ends);
        planner
    }

    /// What a deferred task waits for is there, or cannot be waited for.
    pub(crate) fn end_wait(&mut self, key: &TaskKey, end: WaitEnd) {
        let wait = self.store.task(key).wait.expect("the task is deferred").id;
        let event = PlannerEvent::WaitEnded {
            key: key.clone(),
            wait,
            end: end.clone(),
        };
        self.planner.apply(&event).expect("the wait is open");
        self.wait_ends.insert(wait, (key.clone(), end));
    }

    /// The source of a DAG can be read from now on, or cannot.
    pub(crate) fn set_readable(&mut self, dag_id: DagId, is_readable: bool) {
        if is_readable {
            self.unreadable.remove(&dag_id);
        } else {
            self.unreadable.insert(dag_id);
        }
        let unreadable = &self.unreadable;
        self.planner
            .hold_unreadable(|dag_id| !unreadable.contains(dag_id));
    }

    /// A new or changed DAG was parsed.
    pub(crate) fn add_dag(&mut self, spec: DagSpec, is_paused: bool) {
        let dag_id = spec.dag_id.clone();
        let known = self.store.dags.get(&dag_id);
        let last_scheduled = known.and_then(|dag| dag.last_scheduled);
        let backfills = known.map_or_else(Vec::new, |dag| dag.backfills.clone());
        let waits_for = |event: &QueuedAssetEvent| waits_for(&spec, &event.uri);
        let mut asset_queue = known.map_or_else(Vec::new, |dag| dag.asset_queue.clone());
        asset_queue.retain(waits_for);
        let last_asset_date = known.and_then(|dag| dag.last_asset_date);
        let dag = DagSnapshot {
            dag_id: dag_id.clone(),
            version: self.versions.version_id(),
            spec: Arc::new(spec),
            is_paused,
            is_active: true,
            last_scheduled,
            backfills,
            asset_queue,
            last_asset_date,
            runtimes: known.map_or_else(Vec::new, |dag| dag.runtimes.clone()),
            timetable_answer: known.and_then(|dag| dag.timetable_answer.clone()),
        };
        self.store.dags.insert(dag_id.clone(), dag);
        self.planner.replace_dag(&self.store.dags[&dag_id]);
    }

    pub(crate) fn change_dag(&mut self, dag_id: &DagId, change: impl FnOnce(&mut DagSnapshot)) {
        change(self.store.dags.get_mut(dag_id).expect("the dag exists"));
        self.planner.replace_dag(&self.store.dags[dag_id]);
    }

    /// An asset was updated, by a run about this data or from outside.
    pub(crate) fn update_asset(&mut self, uri: &str, data_interval: Option<DataInterval>) {
        let event = self.store.next_asset_event();
        for dag in self.store.dags.values_mut() {
            if !dag.is_active || !waits_for(&dag.spec, uri) {
                continue;
            }
            let queued = QueuedAssetEvent {
                event,
                name: uri.to_owned(),
                uri: uri.to_owned(),
                aliases: Vec::new(),
                counts: !dag.is_paused,
                at: self.now,
                data_interval,
            };
            dag.asset_queue.push(queued.clone());
            self.planner.queue_asset_event(&dag.dag_id, queued);
        }
    }

    /// Somebody triggers a run.
    pub(crate) fn trigger(
        &mut self,
        dag_id: &DagId,
        run_id: Option<RunId>,
        date: Option<Timestamp>,
    ) -> RunKey {
        let dag = &self.store.dags[dag_id];
        let valid = dag.spec.clone().validate().expect("the dag is valid");
        let manual = valid
            .manual_run(date, self.now)
            .expect("there is a data interval");
        // Scripts have runs of Airflow 2 wait for a date that is still to come.
        let starts_with_date = manual.logical_date.filter(|_| dag.spec.compat.dates_every_run());
        let key = RunKey {
            dag_id: dag_id.clone(),
            run_id: run_id.unwrap_or(manual.run_id),
        };
        let run = RunSnapshot {
            key: key.clone(),
            version: dag.version,
            spec: dag.spec.clone(),
            state: DagRunState::Queued,
            run_type: RunType::Manual,
            logical_date: manual.logical_date,
            data_interval: manual.data_interval,
            run_after: starts_with_date.unwrap_or(manual.run_after),
            backfill: None,
            queued_at: Some(self.now),
            start_date: None,
            previous: None,
            deadlines: Vec::new(),
            tasks: new_tasks(&valid),
        };
        self.store.runs.insert(key.clone(), run);
        self.reload(&key);
        key
    }

    /// Somebody asks for a backfill. Gives its new runs and those that run again.
    pub(crate) fn backfill(
        &mut self,
        dag_id: &DagId,
        dates: &BackfillDates,
        reprocess: ReprocessBehavior,
        max_active_runs: u32,
    ) -> Vec<RunKey> {
        let dag = self.store.dags.get_mut(dag_id).expect("the dag exists");
        let id = BackfillId(self.store.backfills + 1);
        self.store.backfills += 1;
        dag.backfills.push(BackfillSnapshot {
            id,
            is_paused: false,
            max_active_runs,
        });
        let (version, spec) = (dag.version, Arc::clone(&dag.spec));
        let valid = spec.clone().validate().expect("the dag is valid");
        let infos = valid
            .backfill(dates, reprocess, self.now)
            .expect("it can be backfilled");
        let mut taken = Vec::new();
        for (place, info) in (1..).zip(infos) {
            let backfill = Some(BackfillPlace { id, place });
            let of_date =
                |run: &&RunSnapshot| run.key.dag_id == *dag_id && run.logical_date == Some(info.logical_date);
            let existing = self.store.runs.values().find(of_date);
            let existing = existing.map(|run| (run.key.clone(), run.state));
            if let Some((key, state)) = existing {
                if reprocess.takes(state) {
                    let all: Vec<TaskId> = spec.tasks.iter().map(|task| task.task_id.clone()).collect();
                    let run = self.store.runs.get_mut(&key).expect("the run exists");
                    (run.backfill, run.run_type) = (backfill, RunType::Backfill);
                    self.clear(&key, &all);
                    taken.push(key);
                }
                continue;
            }
            let key = RunKey {
                dag_id: dag_id.clone(),
                run_id: RunType::Backfill.run_id(info.logical_date),
            };
            let run = RunSnapshot {
                key: key.clone(),
                version,
                spec: spec.clone(),
                state: DagRunState::Queued,
                run_type: RunType::Backfill,
                logical_date: Some(info.logical_date),
                data_interval: Some(info.data_interval),
                run_after: info.run_after,
                backfill,
                queued_at: Some(self.now),
                start_date: None,
                previous: None,
                deadlines: Vec::new(),
                tasks: new_tasks(&valid),
            };
            self.store.runs.insert(key.clone(), run);
            self.reload(&key);
            taken.push(key);
        }
        self.planner.replace_dag(&self.store.dags[dag_id]);
        taken
    }

    /// Somebody gives up the backfill of a DAG.
    pub(crate) fn cancel_backfill(&mut self, dag_id: &DagId) {
        let dag = self.store.dags.get_mut(dag_id).expect("the dag exists");
        let id = dag.backfills.pop().expect("it has a backfill").id;
        self.planner.replace_dag(&self.store.dags[dag_id]);
        let is_its = |run: &&RunSnapshot| run.backfill.is_some_and(|place| place.id == id);
        let runs = self.store.runs.values().filter(is_its);
        let keys: Vec<RunKey> = runs.map(|run| run.key.clone()).collect();
        for key in keys {
            let run = self.store.runs.get_mut(&key).expect("the run exists");
            run.backfill = None;
            if run.state == DagRunState::Queued {
                run.state = self.store.coverage.run(run.state, RunEvent::Fail);
                for task in run.tasks.iter_mut().filter(|task| task.attempt.is_some()) {
                    let failed = TaskEvent::Mark(TaskInstanceState::Failed);
                    (task.state, task.attempt) = (self.store.coverage.task(task.state, failed), None);
                }
            }
            self.reload(&key);
        }
    }

    /// Plans and commits; once more if runs were made whose DAG looks back, as the shell does.
    pub(crate) fn tick(&mut self, free_slots: usize) -> Plan {
        let mut plan = self.plan_once(free_slots);
        if self.hand_back(&plan) {
            let queued = |decision: &&Decision| matches!(decision, Decision::Queue { .. });
            let queued = plan.decisions.iter().filter(queued).count();
            let more = self.tick(free_slots.saturating_sub(queued));
            plan.decisions.extend(more.decisions);
            plan.report.problems.extend(more.report.problems);
        }
        plan
    }

    /// Hands runs that were made back to the planner if their DAG looks back. Gives whether there are any.
    pub(crate) fn hand_back(&mut self, plan: &Plan) -> bool {
        let looks_back = |decision: &Decision| match decision {
            Decision::CreateRun(run) => run.spec.looks_back().then(|| run.key.clone()),
            _ => None,
        };
        let made: Vec<RunKey> = plan.decisions.iter().filter_map(looks_back).collect();
        for key in &made {
            self.reload(key);
        }
        !made.is_empty()
    }

    pub(crate) fn plan_once(&mut self, free_slots: usize) -> Plan {
        let plan = self.planner.plan(self.now, &self.ids, free_slots);
        self.store.make_rows(&plan.decisions);
        for decision in &plan.decisions {
            if let Decision::Kill { attempt, .. } | Decision::Abandon { attempt, .. } = decision {
                self.killed.insert(*attempt);
            }
            if !is_structural(decision) {
                self.store.check(decision);
                self.store.commit(decision);
            }
        }
        self.store.check_limits();
        plan
    }

    /// The live attempt of a task, claimed if it was only queued.
    pub(crate) fn start(&mut self, key: &TaskKey) -> AttemptId {
        let attempt = self
            .store
            .task(key)
            .attempt
            .unwrap_or_else(|| panic!("{key} has no attempt"));
        if self.store.task(key).state == Some(TaskInstanceState::Queued) {
            let state = self
                .store
                .coverage
                .task(self.store.task(key).state, TaskEvent::Start);
            let (now, task) = (self.now, self.store.task_mut(key));
            task.state = state;
            if task.reschedules == 0 {
                (task.skip_decision, task.returned) = (None, None);
                task.began_at = Some(now);
            }
            let event = PlannerEvent::AttemptStarted {
                key: key.clone(),
                attempt,
                at: self.now,
            };
            self.planner.apply(&event).expect("the attempt can start");
        }
        attempt
    }

    /// The live attempt of a task ends.
    pub(crate) fn end(&mut self, key: &TaskKey, outcome: AttemptOutcome) {
        self.end_with(key, outcome, Vec::new());
    }

    /// The live attempt of a task leaves what it returns.
    pub(crate) fn returns(&mut self, key: &TaskKey, returned: Returned) {
        let attempt = self.start(key);
        self.store.task_mut(key).returned = Some(returned);
        let event = PlannerEvent::Returned {
            key: key.clone(),
            attempt,
            returned: Some(returned),
        };
        self.planner.apply(&event).expect("a running attempt can return");
    }

    /// The live attempt of a branch or short circuit ends well; it has left its decision before.
    /// Gives the tasks that were skipped with its end.
    pub(crate) fn end_deciding(&mut self, key: &TaskKey, skips: Skips) -> Vec<TaskKey> {
        let attempt = self.start(key);
        let decision = Some(skips.decision);
        self.store.task_mut(key).skip_decision.clone_from(&decision);
        let event = PlannerEvent::SkipDecided {
            key: key.clone(),
            attempt,
            decision,
        };
        self.planner.apply(&event).expect("a running attempt can decide");
        self.end_with(key, AttemptOutcome::Success, skips.tasks)
    }

    fn end_with(&mut self, key: &TaskKey, outcome: AttemptOutcome, skipped: Vec<TaskId>) -> Vec<TaskKey> {
        let attempt = match outcome {
            AttemptOutcome::Lost => self.store.task(key).attempt.expect("there is an attempt to lose"),
            AttemptOutcome::Success
            | AttemptOutcome::Skipped
            | AttemptOutcome::Failed { .. }
            | AttemptOutcome::Rescheduled { .. }
            | AttemptOutcome::Deferred(_) => self.start(key),
        };
        let end = AttemptEnd {
            key: key.clone(),
            attempt,
            outcome,
            skipped,
            retry_delay: None,
            at: self.now,
        };
        let effect = self
            .planner
            .end_of_attempt(&end)
            .unwrap_or_else(|error| panic!("{error}"));
        self.store.end_attempt(key, &effect, self.now);
        self.planner
            .apply(&PlannerEvent::AttemptEnded(end))
            .expect("what could be asked can be applied");
        if effect.state == Some(TaskInstanceState::Success) {
            let run = &self.store.runs[&key.run_key()];
            let interval = run.data_interval;
            let task = run.spec.task(&key.task_id).expect("the dag has the task").clone();
            for outlet in &task.outlets {
                self.update_asset(&outlet.uri, interval);
            }
        }
        effect.skipped
    }

    /// The checked DAG of a run.
    pub(crate) fn valid_dag(&self, key: &RunKey) -> ValidDag {
        let spec = Arc::clone(&self.store.runs[key].spec);
        spec.validate().expect("the dag is valid")
    }

    /// Somebody clears tasks with all their copies: they are to run again.
    pub(crate) fn clear(&mut self, key: &RunKey, tasks: &[TaskId]) {
        self.clear_if(key, |task| tasks.contains(&task.task_id));
    }

    /// Somebody clears one copy of a task.
    pub(crate) fn clear_copy(&mut self, key: &TaskKey) {
        self.store.task_mut(key);
        self.clear_if(&key.run_key(), |task| {
            task.task_id == key.task_id && task.map_index == key.map_index
        });
    }

    fn clear_if(&mut self, key: &RunKey, is_wanted: impl Fn(&TaskSnapshot) -> bool) {
        let (runs, coverage) = (&mut self.store.runs, &mut self.store.coverage);
        let run = runs.get_mut(key).expect("the run exists");
        if run.state.is_finished() {
            (run.queued_at, run.start_date) = (Some(self.now), None);
        }
        let is_there = |task: &TaskSnapshot| task.state != Some(TaskInstanceState::Removed);
        for task in run
            .tasks
            .iter_mut()
            .filter(|task| is_wanted(task) && is_there(task))
        {
            task.state = coverage.task(task.state, TaskEvent::Clear);
            let retries = run.spec.task(&task.task_id).map_or(0, |spec| spec.retries);
            task.max_tries = task.try_number + retries;
            (task.next_try_at, task.reschedules, task.began_at) = (None, 0, None);
            (task.wait, task.resumes) = (None, false);
        }
        run.state = coverage.run(run.state, RunEvent::Clear);
        self.reload(key);
    }

    /// Somebody sets a task's state.
    pub(crate) fn mark(&mut self, key: &TaskKey, state: TaskInstanceState) {
        let state = self
            .store
            .coverage
            .task(self.store.task(key).state, TaskEvent::Mark(state));
        let task = self.store.task_mut(key);
        task.state = state;
        (task.attempt, task.wait) = (None, None);
        self.reload(&key.run_key());
    }

    /// Somebody sets the state of a run, and of its tasks with it.
    pub(crate) fn mark_run(&mut self, key: &RunKey, state: DagRunState) {
        use TaskInstanceState::{Failed, Removed, Skipped, Success};

        let run = self.store.runs.get_mut(key).expect("the run exists");
        let is_over = |task: &TaskSnapshot| task.state.is_some_and(TaskInstanceState::is_finished);
        let spec = Arc::clone(&run.spec);
        let is_teardown = |task: &TaskSnapshot| spec.task(&task.task_id).is_some_and(|task| task.is_teardown);
        let mut open = run.tasks.iter().filter(|task| !is_over(task));
        let goes_on = state == DagRunState::Failed && open.clone().any(is_teardown) && !open.all(is_teardown);
        for task in &mut run.tasks {
            let to = match state {
                DagRunState::Success if task.state != Some(Removed) => Success,
                DagRunState::Failed if is_over(task) || (goes_on && is_teardown(task)) => continue,
                DagRunState::Failed if goes_on || task.attempt.is_some() => Failed,
                DagRunState::Failed => Skipped,
                _ => continue,
            };
            task.state = self.store.coverage.task(task.state, TaskEvent::Mark(to));
            (task.attempt, task.wait) = (None, None);
        }
        if !goes_on {
            run.state = self.store.coverage.run(run.state, RunEvent::Mark(state));
            run.start_date = run.start_date.filter(|_| state != DagRunState::Queued);
        }
        self.reload(key);
    }

    /// A run goes over to the newest version of its DAG. Mapped tasks are left as they are.
    pub(crate) fn move_to_latest(&mut self, key: &RunKey) {
        let dag = &self.store.dags[&key.dag_id];
        let (version, spec) = (dag.version, Arc::clone(&dag.spec));
        let new = new_tasks(&spec.clone().validate().expect("the dag is valid"));
        let (runs, coverage) = (&mut self.store.runs, &mut self.store.coverage);
        let run = runs.get_mut(key).expect("the run exists");
        (run.version, run.spec) = (version, spec);
        for task in &mut run.tasks {
            let is_there = run.spec.task(&task.task_id).is_some();
            let is_removed = task.state == Some(TaskInstanceState::Removed);
            if is_there == is_removed {
                let event = if is_there {
                    TaskEvent::Restore
                } else {
                    TaskEvent::Remove
                };
                task.state = coverage.task(task.state, event);
                (task.attempt, task.wait) = (None, None);
            }
        }
        let is_missing = |task: &TaskSnapshot| !run.tasks.iter().any(|row| row.task_id == task.task_id);
        let missing: Vec<TaskSnapshot> = new.into_iter().filter(is_missing).collect();
        run.tasks.extend(missing);
        self.reload(key);
    }

    /// Somebody makes or changes a pool.
    pub(crate) fn set_pool(&mut self, pool: Pool) {
        self.store.pools.insert(pool.name.clone(), pool);
        self.reload_pools();
    }

    /// The planner hears that pools were changed from outside.
    pub(crate) fn reload_pools(&mut self) {
        let pools: Vec<Pool> = self.store.pools.values().cloned().collect();
        self.planner.replace_pools(&pools);
    }

    /// The store has a task in this state, however it came there.
    pub(crate) fn force(&mut self, key: &TaskKey, state: TaskInstanceState) {
        self.store.task_mut(key).state = Some(state);
        self.reload(&key.run_key());
    }

    /// The planner hears that a run was changed from outside.
    pub(crate) fn reload(&mut self, key: &RunKey) {
        let ended = self.planner.replace_run(&self.store.run(key));
        self.killed.extend(ended);
        look_again(&mut self.planner, &self.wait_ends);
    }

    /// The scheduler is started anew on what the store has.
    pub(crate) fn restart(&mut self) {
        self.planner = self.fresh_planner();
    }
}

/// What is waited for is looked at again, for a planner that may not know of it.
fn look_again(planner: &mut Planner, wait_ends: &BTreeMap<AttemptId, (TaskKey, WaitEnd)>) {
    for (wait, (key, end)) in wait_ends {
        let (key, wait, end) = (key.clone(), *wait, end.clone());
        // Most of these waits are over.
        let _ = planner.apply(&PlannerEvent::WaitEnded { key, wait, end });
    }
}

fn waits_for(spec: &DagSpec, uri: &str) -> bool {
    let assets = spec
        .schedule
        .assets()
        .map_or_else(Vec::new, AssetExpression::assets);
    assets.iter().any(|asset| asset.uri == uri)
}

/// A pool that leaves deferred tasks out.
pub(crate) fn pool(name: &str, slots: i32) -> Pool {
    Pool {
        name: name.to_owned(),
        slots,
        description: String::new(),
        include_deferred: false,
    }
}

fn new_tasks(dag: &ValidDag) -> Vec<TaskSnapshot> {
    let tasks = dag.spec().tasks.iter().zip(dag.graph().tasks());
    let new = tasks.map(|(task, index)| TaskSnapshot {
        mapped_length: dag.mapping().literal_copies(index),
        ..TaskSnapshot::new(task.task_id.clone(), task.retries)
    });
    new.collect()
}
