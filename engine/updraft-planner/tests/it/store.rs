//! A store in memory: it does what plans say and refuses what does not fit, as the real one does.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use updraft_model::{
    AssetEventId, AttemptId, BackfillId, DagId, DagRunState, DagSpec, MapIndex, OpenWait, Pool, RunEvent,
    RunKey, RunType, TaskEvent, TaskId, TaskInstanceState, TaskKey, TaskSpec, TriggerDecision, WaitEnd,
    evaluate,
};
use updraft_planner::{
    AttemptEffect, DagSnapshot, DeadlineSnapshot, Decision, FinishReason, Limits, PastRun, RunSnapshot,
    Snapshot, TaskSnapshot,
};

use crate::coverage::Coverage;
use crate::naive;

/// What a database would hold; finished runs stay.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) dags: BTreeMap<DagId, DagSnapshot>,
    pub(crate) runs: BTreeMap<RunKey, RunSnapshot>,
    pub(crate) limits: Limits,
    pub(crate) pools: BTreeMap<String, Pool>,
    /// How many backfills there ever were.
    pub(crate) backfills: i64,
    /// What has happened to tasks and runs.
    pub(crate) coverage: Coverage,
    /// The number of the newest asset event.
    asset_events: i64,
    /// Every attempt that was ever handed out.
    attempts: BTreeSet<AttemptId>,
    /// Every wait that has ended with an attempt going on.
    resumed: BTreeSet<AttemptId>,
}

impl Store {
    /// What a new planner starts from.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let unfinished = self.runs.values().filter(|run| !run.state.is_finished());
        Snapshot {
            dags: self.dags.values().cloned().collect(),
            runs: unfinished.map(|run| self.run(&run.key)).collect(),
            late: self.late(),
            pools: self.pools.values().cloned().collect(),
            limits: self.limits,
        }
    }

    /// Open deadlines of runs that are over.
    fn late(&self) -> Vec<(RunKey, DeadlineSnapshot)> {
        let finished = self.runs.values().filter(|run| run.state.is_finished());
        let open = finished.flat_map(|run| {
            let open = run.deadlines.iter().filter(|deadline| deadline.is_open);
            open.map(|deadline| (run.key.clone(), deadline.clone()))
        });
        open.collect()
    }

    /// The number of a new asset event.
    pub(crate) fn next_asset_event(&mut self) -> AssetEventId {
        self.asset_events += 1;
        AssetEventId(self.asset_events)
    }

    /// A run with what is only known from other runs.
    pub(crate) fn run(&self, key: &RunKey) -> RunSnapshot {
        let mut run = self.runs[key].clone();
        let before = self
            .finished(&key.dag_id, run.spec.catchup)
            .filter(|other| other.order_date() < run.order_date());
        if run.spec.looks_back() {
            run.previous = before.max_by_key(|other| other.order_date()).map(past);
        }
        run
    }

    /// The row that copies without one of their own share, if the task has copies.
    fn row_of_copies(&mut self, key: &TaskKey) -> Option<&mut TaskSnapshot> {
        Some(self.row_of(key)).filter(|row| row.mapped_length.is_some())
    }

    /// The row of a task as a whole.
    fn row_of(&mut self, key: &TaskKey) -> &mut TaskSnapshot {
        let run = self.runs.get_mut(&key.run_key()).expect("the run exists");
        let is_it =
            |task: &&mut TaskSnapshot| task.task_id == key.task_id && task.map_index == MapIndex::UNMAPPED;
        run.tasks.iter_mut().find(is_it).expect("the run has the task")
    }

    fn finished<'a>(
        &'a self,
        dag_id: &'a DagId,
        without_manual: bool,
    ) -> impl Iterator<Item = &'a RunSnapshot> {
        let counts = move |run: &&RunSnapshot| {
            run.key.dag_id == *dag_id
                && run.state.is_finished()
                && (!without_manual || run.run_type != RunType::Manual)
        };
        self.runs.values().filter(counts)
    }

    /// A task, or a copy of one.
    pub(crate) fn task(&self, key: &TaskKey) -> TaskSnapshot {
        let run = &self.runs[&key.run_key()];
        naive::instance(run, key).unwrap_or_else(|| panic!("the run has no {key}"))
    }

    /// The row of a task, or that of a copy, which is made if there is none.
    pub(crate) fn task_mut(&mut self, key: &TaskKey) -> &mut TaskSnapshot {
        let run = self.runs.get_mut(&key.run_key()).expect("the run exists");
        let is_it = |task: &TaskSnapshot| task.task_id == key.task_id && task.map_index == key.map_index;
        if !run.tasks.iter().any(is_it) {
            let copy = naive::instance(run, key).unwrap_or_else(|| panic!("the run has no {key}"));
            run.tasks.push(copy);
        }
        run.tasks
            .iter_mut()
            .find(|task| is_it(task))
            .expect("it was put in above")
    }

    /// The live attempts of all runs, of unfinished ones and of others.
    pub(crate) fn live(&self) -> impl Iterator<Item = (TaskKey, AttemptId, TaskInstanceState)> {
        self.runs.values().flat_map(|run| {
            let live = run.tasks.iter().filter_map(|task| {
                Some((
                    task,
                    task.attempt?,
                    task.state.filter(|state| state.has_attempt())?,
                ))
            });
            live.map(|(task, attempt, state)| {
                (run.key.task(task.task_id.clone(), task.map_index), attempt, state)
            })
        })
    }

    /// What must hold before a decision is written, worked out from the descriptions of the DAGs alone.
    pub(crate) fn check(&self, decision: &Decision) {
        match decision {
            Decision::Queue { key, .. } => {
                let (run, dag) = (&self.runs[&key.run_key()], &self.dags[&key.dag_id]);
                assert_eq!(run.state, DagRunState::Running, "{key} is queued");
                assert!(!dag.is_paused, "{key} is queued while its dag is paused");
                check_may_run(run, key);
                self.check_past(run, key);
            }
            Decision::Expand { key, length } => {
                let run = &self.runs[&key.run_key()];
                let copies = naive::copies(run, &key.task_id);
                assert_eq!(copies, Some(length.map_or(0, u64::from)), "{key} is expanded");
                let row = run.tasks.iter().find(|task| task.task_id == key.task_id);
                assert_ne!(
                    row.and_then(|row| row.mapped_length),
                    *length,
                    "{key} is expanded again"
                );
            }
            Decision::FinishRun {
                key, state, reason, ..
            } => {
                let run = &self.runs[key];
                let is_over = |task: &TaskSnapshot| task.state.is_some_and(TaskInstanceState::is_finished);
                let all = naive::instances(run);
                assert!(all.iter().all(is_over), "{key} ends with unfinished tasks");
                if *reason != FinishReason::TimedOut {
                    assert_eq!(*state, state_by_leaves(run), "{key} ends");
                }
            }
            Decision::Resume { key, end, at, .. } => self.check_resume(key, end, *at),
            Decision::CompleteBackfill { backfill, .. } => self.check_complete(*backfill),
            Decision::StartRun { key, .. } => {
                let (run, dag) = (&self.runs[key], &self.dags[&key.dag_id]);
                let is_its = |id| run.backfill.is_some_and(|place| place.id == id);
                let mut backfills = dag.backfills.iter().filter(|backfill| is_its(backfill.id));
                assert!(
                    backfills.all(|backfill| !backfill.is_paused),
                    "{key} starts in a paused backfill"
                );
            }
            Decision::ConsumeAssets {
                key,
                logical_date,
                events,
            } => {
                let dag = &self.dags[&key.dag_id];
                let waiting: Vec<AssetEventId> = dag.asset_queue.iter().map(|event| event.event).collect();
                assert_eq!(waiting, *events, "{key} consumes what waits");
                let counts = dag.asset_queue.iter().collect();
                let assets = dag.spec.schedule.assets().expect("the dag waits for assets");
                assert!(assets.is_met(&counts), "{key} is made too early");
                assert!(Some(*logical_date) > dag.last_asset_date, "{key} comes later");
            }
            Decision::MissDeadline { key, due, at, .. } => self.check_missed(key, *due, *at),
            Decision::CreateRun(_)
            | Decision::SetDeadline { .. }
            | Decision::MeetDeadline { .. }
            | Decision::AdvanceDag { .. }
            | Decision::SetTask { .. }
            | Decision::Retry { .. }
            | Decision::Abandon { .. }
            | Decision::Kill { .. } => {}
        }
    }

    /// A wait takes too long only when it has.
    fn check_resume(&self, key: &TaskKey, end: &WaitEnd, at: Timestamp) {
        let wait = self.task(key).wait.expect("the task is deferred");
        let is_over = wait.times.times_out_at.is_some_and(|time| time <= at);
        assert!(*end != WaitEnd::TimedOut || is_over, "{key} has time left");
    }

    fn check_missed(&self, key: &RunKey, due: Timestamp, at: Timestamp) {
        assert!(due <= at, "{key} misses a deadline before it");
        assert_ne!(
            self.runs[key].state,
            DagRunState::Success,
            "{key} misses a deadline"
        );
    }

    fn check_complete(&self, backfill: BackfillId) {
        let is_left = |run: &RunSnapshot| {
            run.backfill.is_some_and(|place| place.id == backfill) && !run.state.is_finished()
        };
        let left = self.runs.values().any(is_left);
        assert!(!left, "backfill {backfill} completes with runs");
    }

    fn check_past(&self, run: &RunSnapshot, key: &TaskKey) {
        assert!(
            self.past_allows(run, key),
            "{key} is queued although the run before holds it"
        );
    }

    /// Whether the run before, as `depends_on_past` counts it, lets a task run.
    pub(crate) fn past_allows(&self, run: &RunSnapshot, key: &TaskKey) -> bool {
        let spec = run.spec.task(&key.task_id).expect("the dag has the task");
        if !spec.looks_back() {
            return true;
        }
        let counts = |other: &&RunSnapshot| {
            let is_of_dag = other.key.dag_id == key.dag_id && other.order_date() < run.order_date();
            is_of_dag && (!run.spec.catchup || other.run_type != RunType::Manual)
        };
        let Some(before) = self
            .runs
            .values()
            .filter(counts)
            .max_by_key(|other| other.order_date())
        else {
            return true;
        };
        let there = |task_id: &TaskId| all_ended_well(before, task_id);
        let same = there(&key.task_id).unwrap_or(spec.ignore_first_depends_on_past);
        let after = run
            .spec
            .tasks
            .iter()
            .filter(|task| task.upstream_task_ids.contains(&key.task_id));
        let mut after = after.filter(|_| spec.wait_for_downstream);
        same && after.all(|task| there(&task.task_id).unwrap_or(true))
    }

    /// How many runs of a DAG are running, those of a backfill or those of none.
    pub(crate) fn running(&self, dag_id: &DagId, backfill: Option<BackfillId>) -> usize {
        let is_of_line = |run: &&RunSnapshot| run.backfill.map(|place| place.id) == backfill;
        let runs = self.runs.values().filter(|run| run.key.dag_id == *dag_id);
        runs.filter(|run| run.state == DagRunState::Running)
            .filter(is_of_line)
            .count()
    }

    /// How many slots of a pool are taken.
    pub(crate) fn taken(&self, pool: &str) -> u32 {
        let spec = |key: &TaskKey| {
            let run = &self.runs[&key.run_key()];
            run.spec.task(&key.task_id).expect("the dag has the task").clone()
        };
        let live = self.live().map(|(key, ..)| spec(&key));
        let includes_deferred = self.pools.get(pool).is_some_and(|pool| pool.include_deferred);
        let deferred = self
            .deferred()
            .filter(|_| includes_deferred)
            .map(|(key, _)| spec(&key));
        live.chain(deferred)
            .filter(|task| task.pool == pool)
            .map(|task| task.pool_slots)
            .sum()
    }

    /// Every task of an unfinished run that waits, with its wait.
    pub(crate) fn deferred(&self) -> impl Iterator<Item = (TaskKey, AttemptId)> {
        let unfinished = self.runs.values().filter(|run| !run.state.is_finished());
        unfinished.flat_map(|run| {
            let waiting = run.tasks.iter().filter_map(|task| Some((task, task.wait?.id)));
            waiting.map(|(task, wait)| (run.key.task(task.task_id.clone(), task.map_index), wait))
        })
    }

    /// How many attempts a task has in all runs.
    pub(crate) fn attempts_at(&self, key: &TaskKey) -> usize {
        let is_same = |other: &TaskKey| other.dag_id == key.dag_id && other.task_id == key.task_id;
        self.live().filter(|(other, ..)| is_same(other)).count()
    }

    /// How many attempts a task has in its run.
    pub(crate) fn attempts_in_run(&self, key: &TaskKey) -> usize {
        let is_same = |other: &TaskKey| other.run_key() == key.run_key() && other.task_id == key.task_id;
        self.live().filter(|(other, ..)| is_same(other)).count()
    }

    /// No limit is exceeded, by what is running now.
    pub(crate) fn check_limits(&self) {
        assert!(
            self.live().count() <= self.limits.parallelism,
            "parallelism is exceeded"
        );
        let spec = |key: &TaskKey| {
            let run = &self.runs[&key.run_key()];
            run.spec.task(&key.task_id).expect("the dag has the task")
        };
        for (name, pool) in &self.pools {
            let (taken, capacity) = (self.taken(name), pool.capacity().unwrap_or(u64::MAX));
            assert!(
                u64::from(taken) <= capacity,
                "pool {name} has {taken} slots taken"
            );
        }
        for (key, ..) in self.live() {
            let limit = spec(&key).max_active_tis_per_dag.unwrap_or(u32::MAX);
            let attempts = self.attempts_at(&key);
            assert!(
                attempts <= limit as usize,
                "max_active_tis_per_dag of {key} is exceeded"
            );
            let limit = spec(&key).max_active_tis_per_dagrun.unwrap_or(u32::MAX);
            assert!(
                self.attempts_in_run(&key) <= limit as usize,
                "max_active_tis_per_dagrun of {key} is exceeded"
            );
        }
        for (dag_id, dag) in &self.dags {
            let live = self.live().filter(|(key, ..)| key.dag_id == *dag_id).count();
            assert!(
                live <= dag.spec.max_active_tasks as usize,
                "max_active_tasks of {dag_id} is exceeded"
            );
        }
    }

    /// Runs are made, tasks get their copies, and copies that decisions name get rows of their own.
    pub(crate) fn make_rows(&mut self, decisions: &[Decision]) {
        for decision in decisions.iter().filter(|decision| is_structural(decision)) {
            self.check(decision);
            self.commit(decision);
        }
        for decision in decisions {
            let (Decision::SetTask { key, .. } | Decision::Queue { key, .. }) = decision else {
                continue;
            };
            if key.map_index != MapIndex::UNMAPPED {
                self.task_mut(key);
            }
        }
    }

    /// Writes one decision, and panics where the real store would refuse it.
    pub(crate) fn commit(&mut self, decision: &Decision) {
        match decision {
            Decision::CreateRun(run) => {
                let old = self.runs.insert(run.key.clone(), (**run).clone());
                assert!(old.is_none(), "run {} is made twice", run.key);
            }
            Decision::AdvanceDag { dag_id, last, .. } => {
                self.dags.get_mut(dag_id).expect("the dag exists").last_scheduled = Some(*last);
            }
            Decision::CompleteBackfill { dag_id, backfill, .. } => self.complete_backfill(dag_id, *backfill),
            Decision::ConsumeAssets {
                key, logical_date, ..
            } => self.consume(key, *logical_date),
            Decision::SetDeadline { .. } | Decision::MeetDeadline { .. } | Decision::MissDeadline { .. } => {
                self.change_deadline(decision);
            }
            Decision::StartRun { key, at } => {
                let run = self.runs.get_mut(key).expect("the run exists");
                run.state = self.coverage.run(run.state, RunEvent::Start);
                run.start_date = Some(*at);
            }
            Decision::FinishRun { key, state, at, .. } => self.finish(key, *state, *at),
            Decision::Expand { key, length } => self.row_of(key).mapped_length = *length,
            Decision::SetTask { key, from, to, at } => self.set_task(key, (*from, *to), *at),
            Decision::Abandon {
                key,
                from,
                to,
                attempt,
                ..
            } => {
                let event = if *to == TaskInstanceState::Removed {
                    TaskEvent::Remove
                } else {
                    TaskEvent::Mark(*to)
                };
                self.coverage.task(Some(*from), event);
                let task = self.task_mut(key);
                assert_eq!(
                    (task.state, task.attempt),
                    (Some(*from), Some(*attempt)),
                    "{key} is given up"
                );
                (task.state, task.attempt) = (Some(*to), None);
                forget_if_removed(task);
            }
            Decision::Queue {
                key,
                from,
                attempt,
                try_number,
                ..
            } => {
                self.coverage.path(*from, Some(TaskInstanceState::Queued));
                assert!(self.attempts.insert(*attempt), "attempt {attempt} is used twice");
                let task = self.task_mut(key);
                assert_eq!(task.state, *from, "{key} is queued");
                assert!(!task.resumes || task.reschedules > 0, "{key} goes on with no try");
                let is_new = u32::from(task.reschedules == 0);
                assert_eq!(task.try_number + is_new, *try_number, "{key} is queued");
                task.state = Some(TaskInstanceState::Queued);
                task.attempt = Some(*attempt);
                task.try_number = *try_number;
                task.next_try_at = None;
            }
            Decision::Resume { key, wait, at, .. } => self.resume(key, *wait, *at),
            Decision::Retry { key, next_try_at } => self.task_mut(key).next_try_at = Some(*next_try_at),
            Decision::Kill { .. } => {}
        }
    }

    fn resume(&mut self, key: &TaskKey, wait: AttemptId, at: Timestamp) {
        assert!(self.resumed.insert(wait), "wait {wait} of {key} ends twice");
        let state = self.coverage.task(self.task(key).state, TaskEvent::Resume);
        let task = self.task_mut(key);
        let open = task.wait.take().map(|open| open.id);
        assert_eq!(open, Some(wait), "{key} goes on");
        (task.state, task.scheduled_at, task.resumes) = (state, Some(at), true);
    }

    fn change_deadline(&mut self, decision: &Decision) {
        match decision {
            Decision::SetDeadline {
                key,
                name,
                at,
                is_called,
            } => {
                let run = self.runs.get_mut(key).expect("the run exists");
                run.deadlines.retain(|known| known.name != *name);
                run.deadlines.push(DeadlineSnapshot {
                    name: name.clone(),
                    at: *at,
                    is_open: true,
                    is_called: *is_called,
                });
            }
            Decision::MeetDeadline { key, name, due, .. } | Decision::MissDeadline { key, name, due, .. } => {
                let run = self.runs.get_mut(key).expect("the run exists");
                let known = run.deadlines.iter_mut().find(|known| known.name == *name);
                let known = known.expect("the run has the deadline");
                assert!(known.is_open && known.at.due == *due, "{key} {name} is open");
                known.is_open = false;
            }
            other => panic!("{other:?} is about no deadline"),
        }
    }

    fn finish(&mut self, key: &RunKey, state: DagRunState, at: Timestamp) {
        let run = self.runs.get_mut(key).expect("the run exists");
        if let Some((start, dag)) = run.start_date.zip(self.dags.get_mut(&key.dag_id)) {
            let runtime = at.duration_since(start).unsigned_abs();
            dag.runtimes.insert(0, runtime);
            dag.runtimes.truncate(dag.spec.runtimes_needed() as usize);
        }
        let event = if state == DagRunState::Success {
            RunEvent::Succeed
        } else {
            RunEvent::Fail
        };
        run.state = self.coverage.run(run.state, event);
    }

    /// Its runs are runs of the DAG from now on.
    fn complete_backfill(&mut self, dag_id: &DagId, id: BackfillId) {
        let open = &mut self.dags.get_mut(dag_id).expect("the dag exists").backfills;
        let place = open.iter().position(|other| other.id == id);
        open.remove(place.expect("an open backfill completes"));
        for run in self.runs.values_mut() {
            run.backfill = run.backfill.filter(|place| place.id != id);
        }
    }

    fn consume(&mut self, key: &RunKey, logical_date: Timestamp) {
        let dag = self.dags.get_mut(&key.dag_id).expect("the dag exists");
        dag.asset_queue.clear();
        dag.last_asset_date = Some(logical_date);
    }

    fn set_task(
        &mut self,
        key: &TaskKey,
        (from, to): (Option<TaskInstanceState>, Option<TaskInstanceState>),
        at: Timestamp,
    ) {
        self.coverage.path(from, to);
        let is_rest = key.map_index == MapIndex::UNMAPPED;
        if is_rest && let Some(row) = self.row_of_copies(key) {
            assert_eq!(row.state, from, "the rest of {key} becomes {to:?}");
            row.state = to;
            row.scheduled_at = (to == Some(TaskInstanceState::Scheduled)).then_some(at);
            return;
        }
        let task = self.task_mut(key);
        assert_eq!(task.state, from, "{key} becomes {to:?}");
        task.state = to;
        task.scheduled_at = (to == Some(TaskInstanceState::Scheduled)).then_some(at);
        task.attempt = task
            .attempt
            .filter(|_| to.is_some_and(TaskInstanceState::has_attempt));
        task.wait = None;
        forget_if_removed(task);
    }

    /// Writes the end of an attempt.
    pub(crate) fn end_attempt(&mut self, key: &TaskKey, effect: &AttemptEffect, at: Timestamp) {
        for skipped in &effect.skipped {
            if skipped.map_index == MapIndex::UNMAPPED
                && let Some(row) = self.row_of_copies(skipped)
            {
                (row.state, row.scheduled_at) = (Some(TaskInstanceState::Skipped), None);
                continue;
            }
            let state = self.coverage.task(self.task(skipped).state, TaskEvent::Skip);
            let task = self.task_mut(skipped);
            assert_eq!(task.attempt, None, "{skipped} is skipped while it has an attempt");
            task.state = state;
            task.next_try_at = None;
        }
        self.coverage.end(self.task(key).state, effect.state);
        let task = self.task_mut(key);
        let ended = task.attempt.take();
        let wait = ended.zip(effect.wait).map(|(id, times)| OpenWait { id, times });
        task.wait = wait;
        task.resumes &= effect.state == Some(TaskInstanceState::Scheduled);
        task.state = effect.state;
        task.max_tries = effect.max_tries;
        task.lost_in_row = effect.lost_in_row;
        task.next_try_at = effect.next_try_at;
        task.reschedules = effect.reschedules;
        task.began_at = task.began_at.filter(|_| effect.reschedules > 0);
        task.scheduled_at = (effect.state == Some(TaskInstanceState::Scheduled)).then_some(at);
    }
}

/// What a copy has left that is not mapped any more goes with it.
fn forget_if_removed(task: &mut TaskSnapshot) {
    if task.state == Some(TaskInstanceState::Removed) {
        (task.returned, task.skip_decision) = (None, None);
    }
}

/// Whether a decision is written before the others.
pub(crate) const fn is_structural(decision: &Decision) -> bool {
    matches!(decision, Decision::CreateRun(_) | Decision::Expand { .. })
}

/// The rule of a task is met, its setups have succeeded, no branch passes it over, and what it is mapped over is known.
fn check_may_run(run: &RunSnapshot, key: &TaskKey) {
    let spec = run.spec.task(&key.task_id).expect("the dag has the task");
    let counts = naive::upstreams(run, key);
    let rule = spec.trigger_rule;
    assert_eq!(
        evaluate(rule, &counts),
        TriggerDecision::Run,
        "{key} is queued: {rule} {counts:?}"
    );
    for upstream in spec
        .upstream_task_ids
        .iter()
        .flat_map(|id| naive::before(run, key, id))
    {
        let decision = upstream.skip_decision.as_ref().filter(|_| is_over(&upstream));
        let passes_over = decision.is_some_and(|decision| decision.passes_over(&key.task_id));
        assert!(
            !passes_over,
            "{key} is queued although `{}` passes it over",
            upstream.task_id
        );
    }
    let setups = setups_for(&run.spec, spec);
    for setup in setups.into_iter().flat_map(|id| naive::before(run, key, id)) {
        let state = setup.state;
        assert_eq!(
            state,
            Some(TaskInstanceState::Success),
            "{key} is queued before `{}`",
            setup.task_id
        );
    }
    if let MapIndex(copy @ 0..) = key.map_index {
        let copies = naive::copies(run, &key.task_id);
        assert!(
            copies.is_some_and(|copies| (copy as u64) < copies),
            "{key} is queued of {copies:?}"
        );
    }
}

/// The setups in whose scope a task is: those before it that have no teardown, or one after the task.
pub(crate) fn setups_for<'a>(dag: &'a DagSpec, task: &TaskSpec) -> Vec<&'a TaskId> {
    let comes_before = |before: &TaskId, after: &TaskSpec| {
        let mut ahead: Vec<&TaskId> = after.upstream_task_ids.iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = ahead.pop() {
            if seen.insert(id) {
                ahead.extend(&dag.task(id).expect("an upstream is in the dag").upstream_task_ids);
            }
        }
        seen.contains(before)
    };
    let is_for_it = |setup: &&TaskSpec| {
        let directly_after =
            |other: &&TaskSpec| other.is_teardown && other.upstream_task_ids.contains(&setup.task_id);
        let teardowns: Vec<&TaskSpec> = dag.tasks.iter().filter(directly_after).collect();
        let has_one_after = teardowns
            .iter()
            .any(|teardown| comes_before(&task.task_id, teardown));
        comes_before(&setup.task_id, task) && (teardowns.is_empty() || has_one_after)
    };
    let setups = dag
        .tasks
        .iter()
        .filter(|other| other.is_setup && !task.is_teardown);
    setups.filter(is_for_it).map(|setup| &setup.task_id).collect()
}

fn is_over(task: &TaskSnapshot) -> bool {
    task.state.is_some_and(TaskInstanceState::is_finished)
}

pub(crate) fn ended_well(task: &TaskSnapshot) -> bool {
    matches!(
        task.state,
        Some(TaskInstanceState::Success | TaskInstanceState::Skipped)
    )
}

/// Failed if a task failed that nothing follows; teardowns neither follow nor fail, unless they are all there is.
fn state_by_leaves(run: &RunSnapshot) -> DagRunState {
    use TaskInstanceState::{Failed, UpstreamFailed};
    let counts = |task: &&TaskSpec| !task.is_teardown || task.on_failure_fail_dagrun;
    let is_followed = |task: &TaskSpec, by: &dyn Fn(&&TaskSpec) -> bool| {
        let mut others = run.spec.tasks.iter().filter(by);
        others.any(|other| other.upstream_task_ids.contains(&task.task_id))
    };
    let is_leaf = |task: &&TaskSpec| counts(task) && !is_followed(task, &counts);
    let is_last = |task: &&TaskSpec| !is_followed(task, &|_| true);
    let mut leaves: Vec<&TaskSpec> = run.spec.tasks.iter().filter(is_leaf).collect();
    if leaves.is_empty() {
        leaves = run.spec.tasks.iter().filter(is_last).collect();
    }
    let has_failed = |task: &TaskSnapshot| matches!(task.state, Some(Failed | UpstreamFailed));
    let is_bad =
        |task: &TaskSnapshot| has_failed(task) && leaves.iter().any(|leaf| leaf.task_id == task.task_id);
    if naive::instances(run).iter().any(is_bad) {
        DagRunState::Failed
    } else {
        DagRunState::Success
    }
}

/// Whether a task with all its copies ended well; `None` if the run does not have it.
pub(crate) fn all_ended_well(run: &RunSnapshot, task_id: &TaskId) -> Option<bool> {
    let all = naive::instances(run);
    let of_task: Vec<&TaskSnapshot> = all.iter().filter(|task| task.task_id == *task_id).collect();
    let is_removed_copy = |task: &TaskSnapshot| {
        task.map_index != MapIndex::UNMAPPED && task.state == Some(TaskInstanceState::Removed)
    };
    let well = of_task
        .iter()
        .all(|task| ended_well(task) || is_removed_copy(task));
    (!of_task.is_empty()).then_some(well)
}

fn past(run: &RunSnapshot) -> PastRun {
    let ids: BTreeSet<TaskId> = run.tasks.iter().map(|task| task.task_id.clone()).collect();
    // What was removed with a change of the version is not there any more.
    let there = ids
        .into_iter()
        .filter(|task_id| all_ended_well(run, task_id).is_some());
    let (successful, unsuccessful) = there.partition(|task_id| all_ended_well(run, task_id) == Some(true));
    PastRun {
        run_id: run.key.run_id.clone(),
        order_date: run.order_date(),
        successful,
        unsuccessful,
    }
}
