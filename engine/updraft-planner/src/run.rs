//! One unfinished run: the state of each task, and how many of its upstreams have ended in which way.
//!
//! The counters make the end of a task cost as much as it has downstreams, however large the DAG is.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, AttemptOutcome, DagRunState, DagVersionId, InvalidTransition, MapIndex, RunKey, RunType,
    SkipDecision, TaskEvent, TaskId, TaskIndex, TaskInstanceState, TaskKey, TaskSpec, TriggerDecision,
    TriggerRule, UpstreamCounts, ValidDag, evaluate, retry_delay, transition,
};

use crate::room::{Claim, ReadyTask, Seat};
use crate::{AttemptEffect, AttemptEnd, Limits, PastRun, RunSnapshot, TaskSnapshot};

/// A task of a run.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) state: Option<TaskInstanceState>,
    /// The state the store holds: another one only while a plan is being made.
    pub(crate) stored: Option<TaskInstanceState>,
    /// How far its upstreams are.
    pub(crate) counts: UpstreamCounts,
    /// How far the setups are that it waits for beside those.
    pub(crate) setups: UpstreamCounts,
    /// What it decided about the tasks after it; holds while it is over.
    pub(crate) skip_decision: Option<SkipDecision>,
    pub(crate) try_number: u32,
    pub(crate) max_tries: u32,
    pub(crate) lost_in_row: u32,
    /// The live attempt.
    pub(crate) attempt: Option<AttemptId>,
    /// Since when it is scheduled; stays until it is scheduled again.
    pub(crate) scheduled_at: Option<Timestamp>,
    /// When it may be tried or looked at again.
    pub(crate) next_try_at: Option<Timestamp>,
}

/// An unfinished run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) key: RunKey,
    pub(crate) version: DagVersionId,
    pub(crate) dag: Arc<ValidDag>,
    pub(crate) state: DagRunState,
    pub(crate) run_type: RunType,
    pub(crate) logical_date: Timestamp,
    pub(crate) run_after: Timestamp,
    pub(crate) start_date: Option<Timestamp>,
    pub(crate) previous: Option<PastRun>,
    /// It was made by a plan, and what came before it has not been read yet.
    pub(crate) awaits_previous: bool,
    pub(crate) tasks: Vec<Task>,
    /// How many tasks have not ended.
    pub(crate) unfinished: usize,
    /// Slots that tasks took or left since the pools were told.
    seat_changes: Vec<SeatChange>,
    /// Tasks to be looked at, upstreams first.
    dirty: BTreeSet<(u32, TaskIndex)>,
    /// Tasks of which the store does not know when they may be tried again.
    pub(crate) unannounced_retries: Vec<TaskIndex>,
    /// A task failed and the DAG is `fail_fast`: the others are to be stopped.
    pub(crate) must_stop: bool,
    /// A task has decided about tasks after it.
    has_skip_decisions: bool,
    /// A task has `depends_on_past`.
    has_past_tasks: bool,
    /// Tasks that ended since later runs were told; only with `has_past_tasks`.
    ended: Vec<TaskIndex>,
}

/// A task takes or leaves slots.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeatChange {
    pub(crate) task: TaskIndex,
    pub(crate) from: Seat,
    pub(crate) to: Seat,
}

/// What became of a task that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// It may run: it belongs among the ready ones.
    Ready,
    /// It was ready and may not run any more, or it ended.
    NotReady,
}

impl Run {
    pub(crate) fn new(snapshot: &RunSnapshot, dag: Arc<ValidDag>) -> Self {
        let graph = dag.graph();
        let new_task = |task: TaskIndex| Task {
            state: None,
            stored: None,
            counts: graph.expected_upstreams(task),
            setups: graph.expected_setups(task),
            skip_decision: None,
            try_number: 0,
            max_tries: dag.spec().tasks[task.at()].retries,
            lost_in_row: 0,
            attempt: None,
            scheduled_at: None,
            next_try_at: None,
        };
        let mut run = Self {
            key: snapshot.key.clone(),
            version: snapshot.version,
            state: snapshot.state,
            run_type: snapshot.run_type,
            logical_date: snapshot.logical_date,
            run_after: snapshot.run_after,
            start_date: snapshot.start_date,
            previous: snapshot.previous.clone(),
            awaits_previous: false,
            tasks: graph.tasks().map(new_task).collect(),
            unfinished: graph.len(),
            seat_changes: Vec::new(),
            dirty: BTreeSet::new(),
            unannounced_retries: Vec::new(),
            must_stop: false,
            has_skip_decisions: false,
            has_past_tasks: dag.spec().looks_back(),
            ended: Vec::new(),
            dag,
        };
        for task in &snapshot.tasks {
            run.load(task);
        }
        // What already happened is not an event of now: tasks that were cleared after a failure are to run.
        run.must_stop = false;
        run.ended.clear();
        run.mark_all_unfinished();
        run
    }

    /// Takes over a task as the store has it. Tasks that the DAG does not have are left alone.
    fn load(&mut self, snapshot: &TaskSnapshot) {
        let known = Some(snapshot).filter(|task| task.map_index == MapIndex::UNMAPPED);
        let Some(index) = known.and_then(|task| self.dag.graph().index(&task.task_id)) else {
            return;
        };
        let delay = self.retry_delay(index, snapshot.try_number);
        let task = &mut self.tasks[index.at()];
        task.stored = snapshot.state;
        task.try_number = snapshot.try_number;
        task.max_tries = snapshot.max_tries;
        task.lost_in_row = snapshot.lost_in_row;
        task.attempt = snapshot.attempt.filter(|_| has_attempt(snapshot.state));
        task.next_try_at = snapshot.next_try_at;
        task.skip_decision.clone_from(&snapshot.skip_decision);
        self.has_skip_decisions |= snapshot.skip_decision.is_some();
        let waits_for_retry = snapshot.state == Some(TaskInstanceState::UpForRetry);
        if waits_for_retry && snapshot.next_try_at.is_none() {
            task.next_try_at = snapshot.end_date.and_then(|end| end.checked_add(delay).ok());
            self.unannounced_retries.push(index);
        }
        task.scheduled_at = snapshot.scheduled_at;
        self.set(index, restored(snapshot));
    }

    pub(crate) fn spec(&self, task: TaskIndex) -> &TaskSpec {
        &self.dag.spec().tasks[task.at()]
    }

    pub(crate) fn task(&self, task: TaskIndex) -> &Task {
        &self.tasks[task.at()]
    }

    pub(crate) fn task_mut(&mut self, task: TaskIndex) -> &mut Task {
        &mut self.tasks[task.at()]
    }

    pub(crate) fn index(&self, key: &TaskKey) -> Option<TaskIndex> {
        Some(key)
            .filter(|key| key.map_index == MapIndex::UNMAPPED)
            .and_then(|key| self.dag.graph().index(&key.task_id))
    }

    pub(crate) fn task_key(&self, task: TaskIndex) -> TaskKey {
        self.key.task(self.spec(task).task_id.clone(), MapIndex::UNMAPPED)
    }

    pub(crate) fn ready_task(&self, task: TaskIndex) -> ReadyTask {
        let graph = self.dag.graph();
        ReadyTask::new(Claim {
            // Only a task of a damaged row has no such time.
            since: self.task(task).scheduled_at.unwrap_or(self.run_after),
            weight: graph.priority_weight(task),
            run_after: self.run_after,
            run_id: self.key.run_id.clone(),
            rank: graph.rank(task),
            task,
        })
    }

    /// What the pools are to be told.
    pub(crate) fn take_seat_changes(&mut self) -> Vec<SeatChange> {
        std::mem::take(&mut self.seat_changes)
    }

    /// The run goes out of the picture: its tasks leave their seats.
    pub(crate) fn leave_seats(&mut self) {
        for task in self.dag.graph().tasks() {
            let from = seat(self.task(task).state);
            if from != Seat::None {
                let to = Seat::None;
                self.seat_changes.push(SeatChange { task, from, to });
            }
        }
    }

    /// When the run is over its `dagrun_timeout`.
    pub(crate) fn times_out_at(&self) -> Option<Timestamp> {
        let (start, timeout) = self.start_date.zip(self.dag.spec().dagrun_timeout)?;
        start.checked_add(timeout).ok()
    }

    /// The state that the leaves give the run, once nothing is unfinished.
    pub(crate) fn final_state(&self) -> DagRunState {
        use TaskInstanceState::{Failed, UpstreamFailed};
        let is_bad = |leaf: &TaskIndex| matches!(self.task(*leaf).state, Some(Failed | UpstreamFailed));
        if self.dag.graph().leaves().iter().any(is_bad) {
            DagRunState::Failed
        } else {
            DagRunState::Success
        }
    }

    /// What later runs may want to know of this one.
    pub(crate) fn as_past(&self) -> PastRun {
        let graph = self.dag.graph();
        let (successful, unsuccessful): (Vec<TaskIndex>, Vec<TaskIndex>) =
            graph.tasks().partition(|task| self.ended_well(*task));
        let ids = |tasks: Vec<TaskIndex>| {
            let ids = tasks.into_iter().map(|task| self.spec(task).task_id.clone());
            ids.collect()
        };
        PastRun {
            run_id: self.key.run_id.clone(),
            logical_date: self.logical_date,
            successful: ids(successful),
            unsuccessful: ids(unsuccessful),
        }
    }

    pub(crate) fn ended_well(&self, task: TaskIndex) -> bool {
        matches!(
            self.task(task).state,
            Some(TaskInstanceState::Success | TaskInstanceState::Skipped)
        )
    }

    pub(crate) fn has_past_tasks(&self) -> bool {
        self.has_past_tasks
    }

    /// The tasks that ended since this was asked last.
    pub(crate) fn take_ended(&mut self) -> Vec<TaskIndex> {
        std::mem::take(&mut self.ended)
    }

    pub(crate) fn unfinished_tasks(&self) -> impl Iterator<Item = TaskIndex> {
        self.dag
            .graph()
            .tasks()
            .filter(|task| !is_finished(self.task(*task).state))
    }

    /// The live attempts, in the order of the tasks.
    pub(crate) fn live_attempts(&self) -> impl Iterator<Item = (TaskIndex, AttemptId)> {
        let live = |task: TaskIndex| {
            let of = self.task(task);
            of.attempt
                .filter(|_| has_attempt(of.state))
                .map(|attempt| (task, attempt))
        };
        self.dag.graph().tasks().filter_map(live)
    }

    pub(crate) fn mark(&mut self, task: TaskIndex) {
        self.dirty.insert((self.dag.graph().rank(task), task));
    }

    /// A task ended in an earlier run: what waits for that here is to be looked at.
    pub(crate) fn mark_waiting_for_past(&mut self, task_id: &TaskId) {
        let dag = Arc::clone(&self.dag);
        let Some(same) = dag.graph().index(task_id) else {
            return;
        };
        self.mark(same);
        for before in dag.graph().upstreams(same) {
            if self.spec(*before).wait_for_downstream {
                self.mark(*before);
            }
        }
    }

    pub(crate) fn mark_all_unfinished(&mut self) {
        let graph = self.dag.graph();
        let tasks = graph
            .tasks()
            .filter(|task| !is_finished(self.tasks[task.at()].state));
        self.dirty = tasks.map(|task| (graph.rank(task), task)).collect();
    }

    pub(crate) fn pop_dirty(&mut self) -> Option<TaskIndex> {
        self.dirty.pop_first().map(|(_, task)| task)
    }

    /// What the tasks before it say about a task: branches and short circuits first, then the setups in whose scope it
    /// is, then its trigger rule. Sources: `NotPreviouslySkippedDep` and `TriggerRuleDep` of Airflow 2.11.
    pub(crate) fn verdict(&self, task: TaskIndex) -> TriggerDecision {
        if self.passed_over_by(task).is_some() {
            return TriggerDecision::Skipped;
        }
        let of = self.task(task);
        let by_rule = || evaluate(self.spec(task).trigger_rule, &of.counts);
        match evaluate(TriggerRule::AllSuccess, &of.setups) {
            TriggerDecision::Run => by_rule(),
            TriggerDecision::Wait if by_rule() == TriggerDecision::Run => TriggerDecision::Wait,
            TriggerDecision::Wait => by_rule(),
            decided @ (TriggerDecision::Skipped | TriggerDecision::UpstreamFailed) => decided,
        }
    }

    /// The task directly before it that has decided to pass it over.
    pub(crate) fn passed_over_by(&self, task: TaskIndex) -> Option<TaskIndex> {
        if !self.has_skip_decisions {
            return None;
        }
        let task_id = &self.spec(task).task_id;
        let passes_over = |upstream: &&TaskIndex| {
            let of = self.task(**upstream);
            let decision = of.skip_decision.as_ref().filter(|_| is_finished(of.state));
            decision.is_some_and(|decision| decision.passes_over(task_id))
        };
        self.dag.graph().upstreams(task).iter().find(passes_over).copied()
    }

    /// Looks at a task: may it run at `now`, and if not, is its state decided? `may_schedule` is false while the DAG
    /// is paused, `past_allows` while `depends_on_past` holds the task.
    pub(crate) fn settle(
        &mut self,
        task: TaskIndex,
        now: Timestamp,
        may_schedule: bool,
        past_allows: bool,
    ) -> Settled {
        use TaskInstanceState::{Scheduled, UpForReschedule, UpForRetry};

        let of = self.task(task);
        let is_due = of.next_try_at.is_none_or(|at| at <= now);
        let is_scheduled = of.state == Some(Scheduled);
        match of.state {
            None | Some(Scheduled) => {}
            Some(UpForRetry | UpForReschedule) if is_due => {}
            _ => return Settled::NotReady,
        }
        match self.verdict(task) {
            TriggerDecision::Run if is_scheduled && past_allows => return Settled::Ready,
            // The run before was cleared after the task had become ready, or came to be only then.
            TriggerDecision::Run if is_scheduled => self.happens(task, TaskEvent::Clear),
            TriggerDecision::Run if !past_allows || !may_schedule => {}
            TriggerDecision::Run => {
                self.happens(task, TaskEvent::Schedule);
                self.task_mut(task).scheduled_at = Some(now);
                if !self.spec(task).is_empty {
                    return Settled::Ready;
                }
                self.happens(task, TaskEvent::Bypass);
            }
            // An upstream was cleared after the task had become ready.
            TriggerDecision::Wait if is_scheduled => self.happens(task, TaskEvent::Clear),
            TriggerDecision::Wait => {}
            TriggerDecision::Skipped
                if !past_allows && self.spec(task).wait_for_past_depends_before_skipping =>
            {
                if is_scheduled {
                    self.happens(task, TaskEvent::Clear);
                }
            }
            TriggerDecision::Skipped => self.happens(task, TaskEvent::Skip),
            TriggerDecision::UpstreamFailed => self.happens(task, TaskEvent::UpstreamFail),
        }
        Settled::NotReady
    }

    /// Changes a task's state by the one function for that.
    ///
    /// # Panics
    /// The event cannot happen in the task's state, which would be a bug of the planner.
    pub(crate) fn happens(&mut self, task: TaskIndex, event: TaskEvent) {
        let from = self.task(task).state;
        let to = transition(from, event).expect("the planner decides only what the state allows");
        self.set(task, to);
    }

    /// The task gets a new attempt.
    pub(crate) fn queue(&mut self, task: TaskIndex, attempt: AttemptId) {
        self.happens(task, TaskEvent::Queue);
        let task = self.task_mut(task);
        task.attempt = Some(attempt);
        task.try_number += 1;
        task.next_try_at = None;
    }

    /// The live attempt was claimed; the store has it so.
    pub(crate) fn start_attempt(&mut self, task: TaskIndex) -> Result<(), InvalidTransition> {
        let state = transition(self.task(task).state, TaskEvent::Start)?;
        let task = self.task_mut(task);
        (task.state, task.stored) = (state, state);
        // The XComs of the try before go, its decision among them.
        task.skip_decision = None;
        Ok(())
    }

    /// The running attempt left a decision about the tasks after it.
    pub(crate) fn decide_skips(&mut self, task: TaskIndex, decision: Option<SkipDecision>) {
        self.has_skip_decisions |= decision.is_some();
        self.task_mut(task).skip_decision = decision;
    }

    /// What the end of the live attempt makes of the task.
    pub(crate) fn effect(
        &self,
        task: TaskIndex,
        end: &AttemptEnd,
        limits: &Limits,
    ) -> Result<AttemptEffect, InvalidTransition> {
        let AttemptEnd { outcome, at, .. } = *end;
        let of = self.task(task);
        let is_lost_too_often =
            outcome == AttemptOutcome::Lost && of.lost_in_row >= limits.lost_attempts_in_row_max;
        let outcome = if is_lost_too_often {
            AttemptOutcome::Failed { retryable: true }
        } else {
            outcome
        };
        let state = outcome.ends(of.state, of.try_number, of.max_tries)?;
        let is_lost = state == Some(TaskInstanceState::Scheduled);
        let next_try_at = (state == Some(TaskInstanceState::UpForRetry)).then(|| {
            at.checked_add(self.retry_delay(task, of.try_number))
                .unwrap_or(Timestamp::MAX)
        });
        Ok(AttemptEffect {
            state,
            max_tries: of.max_tries + u32::from(is_lost),
            lost_in_row: if is_lost { of.lost_in_row + 1 } else { 0 },
            next_try_at,
            skipped: self.skipped_at_end(state, &end.skipped),
        })
    }

    /// Of the tasks that an attempt wants skipped, those that can be.
    fn skipped_at_end(&self, state: Option<TaskInstanceState>, wanted: &[TaskId]) -> Vec<TaskKey> {
        if state != Some(TaskInstanceState::Success) {
            return Vec::new();
        }
        let known = wanted
            .iter()
            .filter_map(|task_id| self.dag.graph().index(task_id));
        let is_open = |task: &TaskIndex| {
            let state = self.task(*task).state;
            !has_attempt(state) && transition(state, TaskEvent::Skip).is_ok()
        };
        let open: BTreeSet<TaskIndex> = known.filter(is_open).collect();
        open.into_iter().map(|task| self.task_key(task)).collect()
    }

    /// A task becomes skipped with the end of an attempt at another one; the store has it so.
    pub(crate) fn skip_at_end(&mut self, task: TaskIndex) {
        self.happens(task, TaskEvent::Skip);
        let of = self.task_mut(task);
        of.stored = of.state;
    }

    /// Takes over what the store wrote at the end of the live attempt.
    pub(crate) fn end_attempt(&mut self, task: TaskIndex, effect: &AttemptEffect, at: Timestamp) {
        let of = self.task_mut(task);
        of.attempt = None;
        of.stored = effect.state;
        of.max_tries = effect.max_tries;
        of.lost_in_row = effect.lost_in_row;
        of.next_try_at = effect.next_try_at;
        if effect.state == Some(TaskInstanceState::Scheduled) {
            of.scheduled_at = Some(at);
        }
        self.set(task, effect.state);
        self.mark(task);
    }

    fn set(&mut self, task: TaskIndex, to: Option<TaskInstanceState>) {
        let from = std::mem::replace(&mut self.tasks[task.at()].state, to);
        if seat(from) != seat(to) {
            let (from, to) = (seat(from), seat(to));
            self.seat_changes.push(SeatChange { task, from, to });
        }
        let Some(state) = to.filter(|_| is_finished(to)) else {
            return;
        };
        self.unfinished -= 1;
        if self.has_past_tasks {
            self.ended.push(task);
        }
        self.must_stop |= state == TaskInstanceState::Failed && self.dag.spec().fail_fast;
        let graph = self.dag.graph();
        let is_setup = self.dag.spec().tasks[task.at()].is_setup;
        for dependant in graph.setup_dependants(task) {
            self.tasks[dependant.at()].setups.record(state, true);
            self.dirty.insert((graph.rank(*dependant), *dependant));
        }
        for downstream in graph.downstreams(task) {
            self.tasks[downstream.at()].counts.record(state, is_setup);
            self.dirty.insert((graph.rank(*downstream), *downstream));
        }
    }

    fn retry_delay(&self, task: TaskIndex, try_number: u32) -> std::time::Duration {
        retry_delay(self.spec(task), &self.key.dag_id, self.logical_date, try_number)
    }
}

/// The state to go on from: a task that is in the DAG again has none, nor has a cleared one whose attempt is gone; one
/// that lost its attempt is ready again.
fn restored(snapshot: &TaskSnapshot) -> Option<TaskInstanceState> {
    let event = match (snapshot.state, snapshot.attempt) {
        (Some(TaskInstanceState::Removed), _) => TaskEvent::Restore,
        (Some(TaskInstanceState::Restarting), None) => TaskEvent::Restarted,
        (Some(TaskInstanceState::Queued | TaskInstanceState::Running), None) => TaskEvent::Lose,
        (state, _) => return state,
    };
    transition(snapshot.state, event).unwrap_or(snapshot.state)
}

/// What a task in that state takes of its pool.
fn seat(state: Option<TaskInstanceState>) -> Seat {
    match state {
        Some(state) if state.has_attempt() => Seat::Attempt,
        Some(TaskInstanceState::Deferred) => Seat::Deferred,
        _ => Seat::None,
    }
}

pub(crate) fn has_attempt(state: Option<TaskInstanceState>) -> bool {
    state.is_some_and(TaskInstanceState::has_attempt)
}

pub(crate) fn is_finished(state: Option<TaskInstanceState>) -> bool {
    state.is_some_and(TaskInstanceState::is_finished)
}
