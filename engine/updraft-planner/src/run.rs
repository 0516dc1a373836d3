//! One unfinished run: the state of each task, and how many of its upstreams have ended in which way.
//!
//! The counters make the end of a task cost as much as it has downstreams, however large the DAG is.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, AttemptOutcome, DagRunState, DagVersionId, InvalidTransition, MapIndex, RunId, RunKey,
    RunType, TaskEvent, TaskIndex, TaskInstanceState, TaskKey, TaskSpec, TriggerDecision, UpstreamCounts,
    ValidDag, evaluate, retry_delay, transition,
};

use crate::dag::looks_back;
use crate::{AttemptEffect, Limits, PastRun, RunSnapshot, TaskSnapshot};

/// A task of a run.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub(crate) state: Option<TaskInstanceState>,
    /// The state the store holds: another one only while a plan is being made.
    pub(crate) stored: Option<TaskInstanceState>,
    /// How far its upstreams are.
    pub(crate) counts: UpstreamCounts,
    pub(crate) try_number: u32,
    pub(crate) max_tries: u32,
    pub(crate) lost_in_row: u32,
    /// The live attempt.
    pub(crate) attempt: Option<AttemptId>,
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
    pub(crate) tasks: Vec<Task>,
    /// How many tasks have not ended.
    pub(crate) unfinished: usize,
    /// How many tasks have a live attempt.
    pub(crate) live: usize,
    /// Tasks to be looked at, upstreams first.
    dirty: BTreeSet<(u32, TaskIndex)>,
    /// Tasks of which the store does not know when they may be tried again.
    pub(crate) unannounced_retries: Vec<TaskIndex>,
    /// A task failed and the DAG is `fail_fast`: the others are to be stopped.
    pub(crate) must_stop: bool,
    /// A task has `depends_on_past`.
    has_past_tasks: bool,
    /// Tasks that ended since later runs were told; only with `has_past_tasks`.
    ended: Vec<TaskIndex>,
}

/// A task that may run and waits for room; they order as they get it: highest priority first, then the older run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ReadyTask {
    weight: Reverse<i64>,
    run_after: Timestamp,
    pub(crate) run_id: RunId,
    rank: u32,
    pub(crate) task: TaskIndex,
}

impl ReadyTask {
    pub(crate) fn priority_weight(&self) -> i64 {
        self.weight.0
    }
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
            try_number: 0,
            max_tries: dag.spec().tasks[task.at()].retries,
            lost_in_row: 0,
            attempt: None,
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
            tasks: graph.tasks().map(new_task).collect(),
            unfinished: graph.len(),
            live: 0,
            dirty: BTreeSet::new(),
            unannounced_retries: Vec::new(),
            must_stop: false,
            has_past_tasks: looks_back(&dag),
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
        let waits_for_retry = snapshot.state == Some(TaskInstanceState::UpForRetry);
        if waits_for_retry && snapshot.next_try_at.is_none() {
            task.next_try_at = snapshot.end_date.and_then(|end| end.checked_add(delay).ok());
            self.unannounced_retries.push(index);
        }
        let state = restored(snapshot);
        self.live += usize::from(has_attempt(state));
        self.set(index, state);
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
        ReadyTask {
            weight: Reverse(graph.priority_weight(task)),
            run_after: self.run_after,
            run_id: self.key.run_id.clone(),
            rank: graph.rank(task),
            task,
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
        let unsuccessful = graph.tasks().filter(|task| !self.ended_well(*task));
        PastRun {
            run_id: self.key.run_id.clone(),
            logical_date: self.logical_date,
            unsuccessful: unsuccessful.map(|task| self.spec(task).task_id.clone()).collect(),
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
        match evaluate(self.spec(task).trigger_rule, &of.counts) {
            TriggerDecision::Run if is_scheduled => return Settled::Ready,
            TriggerDecision::Run if !past_allows || !may_schedule => {}
            TriggerDecision::Run => {
                self.happens(task, TaskEvent::Schedule);
                if !self.spec(task).is_empty {
                    return Settled::Ready;
                }
                self.happens(task, TaskEvent::Bypass);
            }
            // An upstream was cleared after the task had become ready.
            TriggerDecision::Wait if is_scheduled => self.happens(task, TaskEvent::Clear),
            TriggerDecision::Wait => {}
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
        self.live = self.live + usize::from(has_attempt(to)) - usize::from(has_attempt(from));
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
        Ok(())
    }

    /// What the end of the live attempt makes of the task.
    pub(crate) fn effect(
        &self,
        task: TaskIndex,
        outcome: AttemptOutcome,
        at: Timestamp,
        limits: &Limits,
    ) -> Result<AttemptEffect, InvalidTransition> {
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
        })
    }

    /// Takes over what the store wrote at the end of the live attempt.
    pub(crate) fn end_attempt(&mut self, task: TaskIndex, effect: &AttemptEffect) {
        self.live -= usize::from(has_attempt(self.task(task).state));
        let of = self.task_mut(task);
        of.attempt = None;
        of.stored = effect.state;
        of.max_tries = effect.max_tries;
        of.lost_in_row = effect.lost_in_row;
        of.next_try_at = effect.next_try_at;
        self.set(task, effect.state);
        self.mark(task);
    }

    fn set(&mut self, task: TaskIndex, to: Option<TaskInstanceState>) {
        self.tasks[task.at()].state = to;
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

pub(crate) fn has_attempt(state: Option<TaskInstanceState>) -> bool {
    state.is_some_and(TaskInstanceState::has_attempt)
}

pub(crate) fn is_finished(state: Option<TaskInstanceState>) -> bool {
    state.is_some_and(TaskInstanceState::is_finished)
}
