//! One unfinished run: the state of each task, and how many of its upstreams have ended in which way.
//!
//! The counters make the end of a task cost as much as it has downstreams, however large the DAG is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, BackfillPlace, DagRunState, DagVersionId, MapIndex, OpenWait, Returned, RunKey, RunType,
    SkipDecision, TaskEvent, TaskId, TaskIndex, TaskInstanceState, TaskKey, TaskSpec, UpstreamCounts,
    ValidDag, WaitEnd, retry_delay, transition,
};

use crate::copies::Copies;
use crate::ranges::Ranges;
use crate::room::{Claim, ReadyTask, Seat};
use crate::span::{Instance, Span};
use crate::{PastRun, RunSnapshot, TaskSnapshot};

/// A task of a run, or a copy of a mapped one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) state: Option<TaskInstanceState>,
    /// The state the store holds: another one only while a plan is being made.
    pub(crate) stored: Option<TaskInstanceState>,
    /// Of a copy: whether the store has a row of its own for it.
    pub(crate) has_row: bool,
    /// How far its upstreams are. Of a copy only those of its own index; the task has all others, for all copies.
    pub(crate) counts: UpstreamCounts,
    /// How far the setups are that it waits for beside those; of a copy likewise.
    pub(crate) setups: UpstreamCounts,
    /// What it decided about the tasks after it; holds while it is over.
    pub(crate) skip_decision: Option<SkipDecision>,
    /// What it has returned, if tasks are mapped over that.
    pub(crate) returned: Option<Returned>,
    pub(crate) try_number: u32,
    pub(crate) max_tries: u32,
    pub(crate) lost_in_row: u32,
    /// The live attempt.
    pub(crate) attempt: Option<AttemptId>,
    /// Since when it is scheduled, while it waits.
    pub(crate) scheduled_at: Option<Timestamp>,
    /// When it may be tried or looked at again.
    pub(crate) next_try_at: Option<Timestamp>,
    /// How often its newest try was put off; as long as it is, the next attempt goes on with that try.
    pub(crate) reschedules: u32,
    /// When the newest try began, while it lasts.
    pub(crate) began_at: Option<Timestamp>,
    /// Its wait, while it is deferred.
    pub(crate) wait: Option<OpenWait>,
    /// Whether its next or live attempt goes on with what a wait has ended with.
    pub(crate) resumes: bool,
}

impl Task {
    pub(crate) const fn new(max_tries: u32) -> Self {
        Self {
            state: None,
            stored: None,
            has_row: false,
            counts: UpstreamCounts::NONE,
            setups: UpstreamCounts::NONE,
            skip_decision: None,
            returned: None,
            try_number: 0,
            max_tries,
            lost_in_row: 0,
            attempt: None,
            scheduled_at: None,
            next_try_at: None,
            reschedules: 0,
            began_at: None,
            wait: None,
            resumes: false,
        }
    }
}

/// An unfinished run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) key: RunKey,
    pub(crate) version: DagVersionId,
    pub(crate) dag: Arc<ValidDag>,
    pub(crate) state: DagRunState,
    pub(crate) run_type: RunType,
    /// Where it stands in the order of its DAG's runs.
    pub(crate) order_date: Timestamp,
    pub(crate) run_after: Timestamp,
    /// Its place in a backfill that is not over.
    pub(crate) backfill: Option<BackfillPlace>,
    pub(crate) start_date: Option<Timestamp>,
    pub(crate) previous: Option<PastRun>,
    /// It was made by a plan, and what came before it has not been read yet.
    pub(crate) awaits_previous: bool,
    /// Each task; of one with copies what they share.
    pub(crate) tasks: Vec<Task>,
    /// The copies of mapped tasks.
    pub(crate) copies: BTreeMap<TaskIndex, Copies>,
    /// How many tasks and copies have not ended.
    pub(crate) unfinished: u64,
    /// Slots that tasks took or left since the pools were told.
    pub(crate) seat_changes: Vec<SeatChange>,
    /// Tasks to be looked at, upstreams first, and which copies of those that have some.
    pub(crate) dirty: BTreeMap<(u32, TaskIndex), Ranges<()>>,
    /// Tasks of which the store does not know when they may be tried again.
    pub(crate) unannounced_retries: Vec<Instance>,
    /// How waits have ended that no plan has said so of, each with its name.
    pub(crate) wait_ends: BTreeMap<Instance, (AttemptId, WaitEnd)>,
    /// A task failed and the DAG is `fail_fast`: the others are to be stopped.
    pub(crate) must_stop: bool,
    /// A task has decided about tasks after it.
    pub(crate) has_skip_decisions: bool,
    /// A task has `depends_on_past`.
    pub(crate) has_past_tasks: bool,
    /// Tasks that ended since later runs were told; only with `has_past_tasks`.
    pub(crate) ended: Vec<TaskIndex>,
}

/// A task takes or leaves slots.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SeatChange {
    pub(crate) task: TaskIndex,
    pub(crate) from: Seat,
    pub(crate) to: Seat,
}

impl Run {
    pub(crate) fn new(snapshot: &RunSnapshot, dag: Arc<ValidDag>) -> Self {
        let (graph, mapping) = (dag.graph(), dag.mapping());
        let new_task = |task: TaskIndex| Task {
            counts: graph.expected_upstreams(task),
            setups: graph.expected_setups(task),
            ..Task::new(dag.spec().tasks[task.at()].retries)
        };
        let mapped = graph.tasks().filter(|task| mapping.is_mapped(*task));
        let mut run = Self {
            key: snapshot.key.clone(),
            version: snapshot.version,
            state: snapshot.state,
            run_type: snapshot.run_type,
            order_date: snapshot.order_date(),
            run_after: snapshot.run_after,
            backfill: snapshot.backfill,
            start_date: snapshot.start_date,
            previous: snapshot.previous.clone(),
            awaits_previous: false,
            tasks: graph.tasks().map(new_task).collect(),
            copies: mapped.map(|task| (task, Copies::default())).collect(),
            unfinished: graph.len() as u64,
            seat_changes: Vec::new(),
            dirty: BTreeMap::new(),
            unannounced_retries: Vec::new(),
            wait_ends: BTreeMap::new(),
            must_stop: false,
            has_skip_decisions: false,
            has_past_tasks: dag.spec().looks_back(),
            ended: Vec::new(),
            dag,
        };
        run.load(&snapshot.tasks);
        // What already happened is not an event of now: tasks that were cleared after a failure are to run.
        run.must_stop = false;
        run.ended.clear();
        run.mark_all_unfinished();
        run
    }

    /// Takes over the tasks as the store has them. Those that the DAG does not have are left alone.
    fn load(&mut self, snapshots: &[TaskSnapshot]) {
        let dag = Arc::clone(&self.dag);
        let index = |snapshot: &TaskSnapshot| dag.graph().index(&snapshot.task_id);
        let is_copy = |snapshot: &&TaskSnapshot| snapshot.map_index != MapIndex::UNMAPPED;
        for snapshot in snapshots.iter().filter(|snapshot| !is_copy(snapshot)) {
            let Some(task) = index(snapshot) else { continue };
            let (loaded, state) = self.loaded(Instance::whole(task), snapshot);
            let of = &mut self.tasks[task.at()];
            *of = Task {
                counts: of.counts,
                setups: of.setups,
                ..loaded
            };
            match self.copies.get_mut(&task).zip(snapshot.mapped_length) {
                Some((copies, length)) => {
                    copies.length = Some(length);
                    let rest = Task {
                        state,
                        counts: UpstreamCounts::NONE,
                        setups: UpstreamCounts::NONE,
                        ..self.tasks[task.at()].clone()
                    };
                    copies.cells.set(0..length, rest);
                }
                None => self.set(&Span::whole(task), state),
            }
        }
        for snapshot in snapshots.iter().filter(is_copy) {
            let copy = u32::try_from(snapshot.map_index.0).ok();
            let Some((task, copy)) = index(snapshot).zip(copy) else {
                continue;
            };
            let (loaded, state) = self.loaded(
                Instance {
                    task,
                    copy: Some(copy),
                },
                snapshot,
            );
            let Some(copies) = self.copies.get_mut(&task) else {
                continue;
            };
            // What was removed is back only if there are so many copies again.
            let is_beyond = copies.length.is_none_or(|length| copy >= length);
            let state = if is_beyond { snapshot.state } else { state };
            let was_removed = snapshot.state == Some(TaskInstanceState::Removed);
            let cell = Task {
                state,
                has_row: true,
                returned: loaded.returned.filter(|_| !was_removed),
                skip_decision: loaded.skip_decision.clone().filter(|_| !was_removed),
                ..loaded
            };
            copies.cells.set(copy..copy + 1, cell);
        }
        self.count_copies();
    }

    /// A task as the store has it, but for its state, and the state to go on from.
    fn loaded(&mut self, instance: Instance, snapshot: &TaskSnapshot) -> (Task, Option<TaskInstanceState>) {
        let mut task = Task {
            stored: snapshot.state,
            try_number: snapshot.try_number,
            lost_in_row: snapshot.lost_in_row,
            attempt: snapshot.attempt.filter(|_| has_attempt(snapshot.state)),
            next_try_at: snapshot.next_try_at,
            reschedules: snapshot.reschedules,
            began_at: snapshot.began_at,
            wait: snapshot
                .wait
                .filter(|_| snapshot.state == Some(TaskInstanceState::Deferred)),
            resumes: snapshot.resumes,
            scheduled_at: snapshot.scheduled_at,
            returned: snapshot.returned,
            skip_decision: snapshot.skip_decision.clone(),
            ..Task::new(snapshot.max_tries)
        };
        self.has_skip_decisions |= snapshot.skip_decision.is_some();
        let waits_for_retry = snapshot.state == Some(TaskInstanceState::UpForRetry);
        if waits_for_retry && snapshot.next_try_at.is_none() {
            let delay = self.retry_delay(instance.task, snapshot.try_number);
            task.next_try_at = snapshot.end_date.and_then(|end| end.checked_add(delay).ok());
            self.unannounced_retries.push(instance);
        }
        (task, restored(snapshot))
    }

    /// Whether there is a task of that index.
    pub(crate) fn has(&self, task: TaskIndex) -> bool {
        task.at() < self.tasks.len()
    }

    pub(crate) fn spec(&self, task: TaskIndex) -> &TaskSpec {
        &self.dag.spec().tasks[task.at()]
    }

    /// A task, or a copy of one.
    pub(crate) fn task(&self, instance: Instance) -> &Task {
        self.get(instance)
            .expect("only copies that there are are asked for")
    }

    fn get(&self, instance: Instance) -> Option<&Task> {
        match instance.copy {
            None => self.tasks.get(instance.task.at()),
            Some(copy) => self.copies.get(&instance.task)?.cells.get(copy),
        }
    }

    /// How many copies a task has; `None` if it is not mapped, or that is not known yet.
    pub(crate) fn length(&self, task: TaskIndex) -> Option<u32> {
        self.copies.get(&task)?.length
    }

    /// The task that a key names; `None` if the run has no such task or copy.
    pub(crate) fn index(&self, key: &TaskKey) -> Option<Instance> {
        let task = self.dag.graph().index(&key.task_id)?;
        let copy = match key.map_index {
            MapIndex::UNMAPPED => None,
            MapIndex(index) => Some(u32::try_from(index).ok()?),
        };
        let instance = Instance { task, copy };
        let is_whole = copy.is_some() || self.length(task).is_none();
        self.get(instance).filter(|_| is_whole).map(|_| instance)
    }

    pub(crate) fn key_of(&self, instance: Instance) -> TaskKey {
        let task_id = self.spec(instance.task).task_id.clone();
        self.key.task(task_id, instance.map_index())
    }

    /// The task with all its copies, as ranges of those that do not differ.
    pub(crate) fn spans_of(&self, task: TaskIndex) -> impl Iterator<Item = Span> {
        let copies = self.copies.get(&task);
        let length = copies.and_then(|copies| copies.length);
        let whole = length.is_none().then(|| Span::whole(task));
        let cells = copies.into_iter().flat_map(|copies| copies.cells.iter());
        whole
            .into_iter()
            .chain(cells.map(move |(range, _)| Span::copies(task, range)))
    }

    /// All tasks with all their copies.
    pub(crate) fn spans(&self) -> impl Iterator<Item = Span> {
        self.dag.graph().tasks().flat_map(|task| self.spans_of(task))
    }

    /// The copies of a task that have no row of their own.
    pub(crate) fn rest_of(&self, task: TaskIndex) -> Vec<Span> {
        let rest = self.copies.get(&task).into_iter().flat_map(Copies::rest);
        rest.map(|(range, _)| Span::copies(task, range)).collect()
    }

    pub(crate) fn ready_task(&self, instance: Instance) -> ReadyTask {
        let (graph, task) = (self.dag.graph(), instance.task);
        ReadyTask::new(Claim {
            // Only a task of a damaged row has no such time.
            since: self.task(instance).scheduled_at.unwrap_or(self.run_after),
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
        let mut left = Vec::new();
        for span in self.spans() {
            let from = seat(self.task(span.first()).state);
            if from != Seat::None {
                let (task, to) = (span.task, Seat::None);
                left.extend((0..span.len()).map(|_| SeatChange { task, from, to }));
            }
        }
        self.seat_changes.extend(left);
    }

    /// When the run is over its `dagrun_timeout`.
    pub(crate) fn times_out_at(&self) -> Option<Timestamp> {
        let (start, timeout) = self.start_date.zip(self.dag.spec().dagrun_timeout)?;
        start.checked_add(timeout).ok()
    }

    /// The state that the leaves give the run, once nothing is unfinished.
    pub(crate) fn final_state(&self) -> DagRunState {
        use TaskInstanceState::{Failed, UpstreamFailed};
        let is_bad = |span: Span| matches!(self.task(span.first()).state, Some(Failed | UpstreamFailed));
        let leaves = self.dag.graph().leaves().iter();
        if leaves.flat_map(|leaf| self.spans_of(*leaf)).any(is_bad) {
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
            order_date: self.order_date,
            successful: ids(successful),
            unsuccessful: ids(unsuccessful),
        }
    }

    /// Whether a task, with all its copies, succeeded or was skipped.
    pub(crate) fn ended_well(&self, task: TaskIndex) -> bool {
        use TaskInstanceState::{Removed, Skipped, Success};
        self.spans_of(task).all(|span| {
            let state = self.task(span.first()).state;
            matches!(state, Some(Success | Skipped)) || (span.copies.is_some() && state == Some(Removed))
        })
    }

    pub(crate) fn has_past_tasks(&self) -> bool {
        self.has_past_tasks
    }

    /// The tasks that ended since this was asked last.
    pub(crate) fn take_ended(&mut self) -> Vec<TaskIndex> {
        std::mem::take(&mut self.ended)
    }

    pub(crate) fn unfinished_spans(&self) -> impl Iterator<Item = Span> {
        self.spans()
            .filter(|span| !is_finished(self.task(span.first()).state))
    }

    /// The live attempts, in the order of the tasks.
    pub(crate) fn live_attempts(&self) -> impl Iterator<Item = (Instance, AttemptId)> {
        self.spans().filter_map(|span| {
            let of = self.task(span.first());
            let attempt = of.attempt.filter(|_| has_attempt(of.state));
            attempt.map(|attempt| (span.first(), attempt))
        })
    }

    /// A task is to be looked at, with all its copies.
    pub(crate) fn mark(&mut self, task: TaskIndex) {
        let copies = self.length(task).map_or(0..0, |length| 0..length);
        self.mark_copies(task, copies);
    }

    pub(crate) fn mark_span(&mut self, span: &Span) {
        self.mark_copies(span.task, span.copies.clone().unwrap_or(0..0));
    }

    fn mark_copies(&mut self, task: TaskIndex, copies: Range<u32>) {
        let rank = self.dag.graph().rank(task);
        self.dirty.entry((rank, task)).or_default().set(copies, ());
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
        let unfinished: BTreeSet<TaskIndex> = self.unfinished_spans().map(|span| span.task).collect();
        // What is mapped may have to change its length although all its copies are over.
        let mapped: Vec<TaskIndex> = self.copies.keys().copied().collect();
        self.dirty.clear();
        for task in unfinished.into_iter().chain(mapped) {
            self.mark(task);
        }
    }

    pub(crate) fn pop_dirty(&mut self) -> Option<(TaskIndex, Ranges<()>)> {
        self.dirty.pop_first().map(|((_, task), copies)| (task, copies))
    }

    pub(crate) fn retry_delay(&self, task: TaskIndex, try_number: u32) -> std::time::Duration {
        retry_delay(self.spec(task), &self.key.dag_id, self.order_date, try_number)
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
pub(crate) fn seat(state: Option<TaskInstanceState>) -> Seat {
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
