//! A group of tasks in a DAG under construction.

use std::fmt;
use std::panic::Location;

use serde::Serialize;
use updraft_model::Trigger;

use super::build::{GroupDraft, TaskDraft};
use super::mapping::{ExpandDraft, draft, expand, expand_kwargs};
use super::order::Node;
use super::{Dag, DagError, IntoArgument, TaskRef, TaskSet};
use crate::task::{Branch, Context, Poke, Sensor, TaskFunction, TaskResult, Work};

/// A named group of tasks. `a >> group` puts `a` before its first tasks, `group >> b` puts its last tasks before `b`.
#[derive(Clone, Copy)]
pub struct TaskGroup<'dag> {
    dag: &'dag Dag,
    index: usize,
}

impl<'dag> TaskGroup<'dag> {
    pub(crate) const fn new(dag: &'dag Dag, index: usize) -> Self {
        Self { dag, index }
    }

    /// A sentence shown with the group.
    pub fn tooltip(self, tooltip: impl Into<String>) -> Self {
        self.dag.draft.borrow_mut().groups[self.index].tooltip = tooltip.into();
        self
    }

    /// Whether ids of tasks in the group begin with the group's id. Default: yes.
    pub fn prefix_group_id(self, prefix: bool) -> Self {
        self.dag.draft.borrow_mut().groups[self.index].prefix_group_id = prefix;
        self
    }

    /// Maps the group over an argument: each of its tasks has a copy for each item of the list or dict, or of what a task
    /// outside returns, and gets it by [`Context::argument`](crate::Context::argument). In the group the copies of an item
    /// wait only for each other; what follows on the group waits for all of them. Several of these make a copy for
    /// each combination; the last one varies fastest.
    #[track_caller]
    pub fn expand(self, name: impl Into<String>, over: impl IntoArgument<'dag>) -> Self {
        let place = Location::caller();
        if let Some(source) = draft(self.dag, Node::Group(self.index), over.into_argument(), place) {
            self.set_expand(place, |known| expand(known, name.into(), source));
        }
        self
    }

    /// Maps the group over a list of dicts, or over what a task outside returns: each of them holds the arguments of all
    /// copies of its index.
    #[track_caller]
    pub fn expand_kwargs(self, over: impl IntoArgument<'dag>) -> Self {
        let place = Location::caller();
        if let Some(source) = draft(self.dag, Node::Group(self.index), over.into_argument(), place) {
            self.set_expand(place, |known| expand_kwargs(known.as_ref(), source));
        }
        self
    }

    fn set_expand(
        self,
        place: &'static Location<'static>,
        set: impl FnOnce(Option<ExpandDraft>) -> Result<ExpandDraft, &'static str>,
    ) {
        let draft = &mut self.dag.draft.borrow_mut();
        let known = draft
            .groups
            .get(self.index)
            .and_then(|group| group.expand.clone());
        match set(known) {
            Ok(expand) => {
                if let Some(group) = draft.groups.get_mut(self.index) {
                    group.expand = Some(expand);
                }
            }
            Err(problem) => draft.errors.push(DagError::at(place, problem)),
        }
    }

    /// Adds a task that runs an async function; see [`Dag::task`].
    #[track_caller]
    pub fn task<F, Fut, T>(self, task_id: impl Into<String>, function: F) -> TaskRef<'dag>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<T>> + Send + 'static,
        T: Serialize + 'static,
    {
        let work = Work::Function(TaskFunction::from_async(function));
        self.dag
            .add_task(TaskDraft::new(task_id.into(), Some(self.index), work))
    }

    /// Adds a task that runs a blocking function; see [`Dag::blocking_task`].
    #[track_caller]
    pub fn blocking_task<F, T>(self, task_id: impl Into<String>, function: F) -> TaskRef<'dag>
    where
        F: Fn(Context) -> TaskResult<T> + Send + Sync + 'static,
        T: Serialize + 'static,
    {
        let work = Work::Function(TaskFunction::from_blocking(function));
        self.dag
            .add_task(TaskDraft::new(task_id.into(), Some(self.index), work))
    }

    /// Adds a task that does nothing; see [`Dag::empty_task`].
    #[track_caller]
    pub fn empty_task(self, task_id: impl Into<String>) -> TaskRef<'dag> {
        self.dag
            .add_task(TaskDraft::new(task_id.into(), Some(self.index), Work::Nothing))
    }

    /// Adds a task that chooses how to go on; see [`Dag::branch`]. Its function names tasks by their full ids.
    #[track_caller]
    pub fn branch<F, Fut, B>(self, task_id: impl Into<String>, function: F) -> TaskRef<'dag>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<B>> + Send + 'static,
        B: Into<Branch> + 'static,
    {
        let work = Work::Branch(TaskFunction::from_branch(function));
        self.dag
            .add_task(TaskDraft::new(task_id.into(), Some(self.index), work))
    }

    /// Adds a task that may stop the run; see [`Dag::short_circuit`].
    #[track_caller]
    pub fn short_circuit<F, Fut>(self, task_id: impl Into<String>, condition: F) -> TaskRef<'dag>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<bool>> + Send + 'static,
    {
        let work = Work::short_circuit(condition);
        self.dag
            .add_task(TaskDraft::new(task_id.into(), Some(self.index), work))
    }

    /// Adds a task after which only the newest run goes on; see [`Dag::latest_only`].
    #[track_caller]
    pub fn latest_only(self, task_id: impl Into<String>) -> TaskRef<'dag> {
        self.dag
            .add_task(TaskDraft::new(task_id.into(), Some(self.index), Work::LatestOnly))
    }

    /// Adds a task that waits; see [`Dag::sensor`].
    #[track_caller]
    pub fn sensor<F, Fut, P>(self, task_id: impl Into<String>, poke: F) -> TaskRef<'dag>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<P>> + Send + 'static,
        P: Into<Poke> + 'static,
    {
        let work = Work::Sensor(Sensor::new(TaskFunction::from_poke(poke)));
        self.dag
            .add_task(TaskDraft::new(task_id.into(), Some(self.index), work))
    }

    /// Adds a sensor that waits in the engine; see [`Dag::deferrable_sensor`].
    #[track_caller]
    pub fn deferrable_sensor<F, Fut>(self, task_id: impl Into<String>, trigger: F) -> TaskRef<'dag>
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = TaskResult<Trigger>> + Send + 'static,
    {
        let work = Work::Sensor(Sensor::deferrable(TaskFunction::from_trigger(trigger)));
        self.dag
            .add_task(TaskDraft::new(task_id.into(), Some(self.index), work))
    }

    /// Adds a group inside this one.
    #[track_caller]
    pub fn task_group(self, group_id: impl Into<String>) -> TaskGroup<'dag> {
        self.dag
            .add_group(GroupDraft::new(group_id.into(), Some(self.index)))
    }
}

impl fmt::Debug for TaskGroup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TaskGroup").field(&self.index).finish()
    }
}

impl<'dag> From<TaskGroup<'dag>> for TaskSet<'dag> {
    fn from(group: TaskGroup<'dag>) -> Self {
        Self::one(group.dag, Node::Group(group.index))
    }
}
