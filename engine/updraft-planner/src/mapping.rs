//! How many copies a mapped task has, and what becomes of them when that changes.

use std::collections::BTreeMap;
use std::ops::Range;

use updraft_model::{COPIES_MAX, Returned, TaskId, TaskIndex, TaskInstanceState, TriggerDecision};

use crate::RunSnapshot;
use crate::ranges::Ranges;
use crate::run::{Run, Task, is_finished};
use crate::settle::Look;
use crate::span::{Instance, Span};

/// How far the tasks are that a task, or its group, is mapped over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sources {
    /// This one has not ended.
    Unfinished(TaskIndex),
    /// This one was skipped.
    Skipped(TaskIndex),
    /// This one failed, or could not run.
    Failed(TaskIndex),
    /// This one has returned nothing that can be mapped over.
    Unmappable(TaskIndex),
    /// There are so many combinations of items, which is more than can be counted.
    TooMany(u64),
    /// There is a copy for each item.
    Copies(u32),
}

impl Sources {
    /// What follows for a task, given what the tasks before it say.
    pub(crate) fn decide(self, by_tasks: TriggerDecision) -> TriggerDecision {
        use TriggerDecision::{Run, Skipped, UpstreamFailed, Wait};
        match (by_tasks, self) {
            (Skipped | UpstreamFailed, _) => by_tasks,
            (Run | Wait, Self::Skipped(_)) => Skipped,
            (Run | Wait, Self::Failed(_) | Self::Unmappable(_) | Self::TooMany(_)) => UpstreamFailed,
            (Run, Self::Copies(0)) => Skipped,
            (Run, Self::Copies(_)) => Run,
            (Run, Self::Unfinished(_)) | (Wait, Self::Unfinished(_) | Self::Copies(_)) => Wait,
        }
    }
}

impl Run {
    /// How far the tasks are that a task is mapped over. Source: `MappedTaskUpstreamDep` and `expand_mapped_task` of
    /// Airflow 2.11.
    pub(crate) fn sources(&self, task: TaskIndex) -> Sources {
        use TaskInstanceState as S;

        let dag = &self.dag;
        let sources = dag.mapping().sources(task);
        let state_of = |source: &TaskIndex| match self.length(*source) {
            // Copies that failed return nothing, and all others count.
            Some(_) => (self.unfinished_of(*source) == 0).then_some(S::Success),
            None => self.tasks[source.at()].state,
        };
        let in_state = |wanted: &[S]| {
            let mut found = sources
                .iter()
                .filter(|source| state_of(source).is_some_and(|state| wanted.contains(&state)));
            found.next().copied()
        };
        if let Some(source) = in_state(&[S::Failed, S::UpstreamFailed, S::Removed]) {
            return Sources::Failed(source);
        }
        if let Some(source) = in_state(&[S::Skipped]) {
            return Sources::Skipped(source);
        }
        if let Some(source) = sources.iter().find(|source| !is_finished(state_of(source))) {
            return Sources::Unfinished(*source);
        }
        if let Some(source) = sources.iter().find(|source| self.items(**source).is_none()) {
            return Sources::Unmappable(*source);
        }
        let length_of = |task_id: &TaskId| self.items(dag.graph().index(task_id)?);
        let input = dag.mapping().input(dag.spec(), task);
        let copies = input.and_then(|input| input.copies(&length_of)).unwrap_or(0);
        match u32::try_from(copies) {
            Ok(copies) if copies <= COPIES_MAX => Sources::Copies(copies),
            _ => Sources::TooMany(copies),
        }
    }

    /// How many items a task has returned; `None` if nothing that can be mapped over.
    fn items(&self, source: TaskIndex) -> Option<u32> {
        match self.copies.get(&source).filter(|copies| copies.length.is_some()) {
            Some(copies) => Some(copies.returned),
            None => self.tasks[source.at()].returned.and_then(Returned::items),
        }
    }

    /// How many items each of the tasks has returned that a task is mapped over.
    pub(crate) fn map_lengths(&self, task: TaskIndex) -> BTreeMap<TaskId, u32> {
        let sources = self.dag.mapping().sources(task).iter();
        let known =
            sources.filter_map(|source| Some((self.spec(*source).task_id.clone(), self.items(*source)?)));
        known.collect()
    }

    /// Whether tasks are mapped over what a task, or its copies, return.
    pub(crate) fn is_mapped_over(&self, task: TaskIndex) -> bool {
        !self.dag.mapping().dependants(task).is_empty()
    }

    /// The number of copies that a mapped task is to have from now on, if that is another one than before; 0: none, as if
    /// it never had any.
    ///
    /// A task gets its copies when it may be scheduled. Later it has more or fewer as soon as what it is mapped over has
    /// returned more or fewer items.
    pub(crate) fn new_length(&self, task: TaskIndex, look: Look) -> Option<u32> {
        let length = self.copies.get(&task)?.length;
        let whole = Instance::whole(task);
        let Sources::Copies(copies) = self.sources(task) else {
            return None;
        };
        match length {
            Some(known) => (known != copies).then_some(copies),
            None => {
                let is_open = self.task(whole).state.is_none() && look.may_schedule && look.past_allows;
                let may_run = is_open && self.verdict(whole) == TriggerDecision::Run;
                may_run.then_some(copies)
            }
        }
    }

    /// The copies that there are no more when there are so many.
    pub(crate) fn beyond(&self, task: TaskIndex, length: u32) -> Vec<Span> {
        let spans = self.spans_of(task).filter_map(|span| {
            let copies = span.copies?;
            let beyond = copies.start.max(length)..copies.end;
            (!beyond.is_empty()).then(|| Span::copies(task, beyond))
        });
        spans
            .filter(|span| self.task(span.first()).state != Some(TaskInstanceState::Removed))
            .collect()
    }

    /// Gives a mapped task so many copies. Those that are there stay as they are; those beyond, which have no attempts
    /// any more, are removed, and others that were removed before come back.
    pub(crate) fn resize(&mut self, task: TaskIndex, end: u32) {
        let counted = self.unfinished_of(task);
        let (stored, max_tries) = (self.tasks[task.at()].stored, self.spec(task).retries);
        // As long as no copy has begun, the row of the task is that of all of them.
        let fresh = Task {
            stored,
            ..Task::new(max_tries)
        };
        let Some(copies) = self.copies.get_mut(&task) else {
            return;
        };
        copies.length = (end > 0).then_some(end);
        let known: Vec<(Range<u32>, Task)> = copies
            .cells
            .iter()
            .map(|(range, cell)| (range, cell.clone()))
            .collect();
        copies.cells = Ranges::default();
        if end > 0 {
            copies.cells.set(0..end, fresh.clone());
            if fresh.stored.is_some() {
                copies.unwritten.set(0..end, ());
            }
        }
        for (range, cell) in known {
            let within = range.start..range.end.min(end);
            let beyond = range.start.max(end)..range.end;
            if !within.is_empty() {
                let is_back = cell.state == Some(TaskInstanceState::Removed);
                let state = if is_back { None } else { cell.state };
                copies.unwritten.set(within.clone(), ());
                copies.cells.set(
                    within,
                    Task {
                        state,
                        ..cell.clone()
                    },
                );
            }
            if !beyond.is_empty() && cell.has_row {
                // What it has left goes with it.
                let removed = Task {
                    state: Some(TaskInstanceState::Removed),
                    returned: None,
                    skip_decision: None,
                    ..cell
                };
                copies.unwritten.set(beyond.clone(), ());
                copies.cells.set(beyond, removed);
            }
        }
        self.tasks[task.at()].state = None;
        self.count_changed_copies(&[(task, counted)]);
        if self.has_past_tasks {
            // Those that are left may all have ended.
            self.ended.push(task);
        }
        for other in self.dag.mapping().dependants(task).to_vec() {
            self.mark(other);
        }
    }
}

/// How many items each of the tasks of a run has returned that a task is mapped over. Empty if it is not mapped, or the
/// DAG cannot be understood.
pub fn map_lengths(run: &RunSnapshot, task_id: &TaskId) -> BTreeMap<TaskId, u32> {
    let Ok(dag) = run.spec.clone().validate() else {
        return BTreeMap::new();
    };
    let run = Run::new(run, dag.into());
    let task = run.dag.graph().index(task_id);
    task.map_or_else(BTreeMap::new, |task| run.map_lengths(task))
}
