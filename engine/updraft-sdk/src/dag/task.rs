//! A task of a DAG under construction, as a handle that can be copied.

use std::borrow::Borrow;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

use updraft_model::{Asset, AssetAlias, TriggerRule};

use super::build::TaskDraft;
use super::mapping::{ExpandDraft, draft, expand, expand_kwargs};
use super::order::Node;
use super::{Arguments, Dag, DagError, IntoArgument, Output, TaskArguments, TaskSet};
use crate::task::{Sensor, SensorMode, Work};

/// A task of a [`Dag`]. Its arguments are set by the methods of [`TaskArguments`], its place by `>>`.
#[derive(Clone, Copy)]
pub struct TaskRef<'dag> {
    dag: &'dag Dag,
    index: usize,
}

impl<'dag> TaskRef<'dag> {
    pub(crate) const fn new(dag: &'dag Dag, index: usize) -> Self {
        Self { dag, index }
    }

    /// What the task returns, as an argument of other tasks.
    pub const fn output(self) -> Output<'dag> {
        Output::of(self.dag, self.index)
    }

    /// Gives the task an argument; one that is mapped has it in all its copies. If it is what another task returns, that
    /// one comes before this: of a mapped task it is the list of what its copies return, and in one mapped group what
    /// the copy of the same index returns.
    #[track_caller]
    pub fn partial(self, name: impl Into<String>, argument: impl IntoArgument<'dag>) -> Self {
        let place = Location::caller();
        let node = Node::Task(self.index);
        if let Some(argument) = draft(self.dag, node, argument.into_argument(), place) {
            self.change_draft(|task| task.partial.push((name.into(), argument)));
        }
        self
    }

    /// Maps the task over an argument: each item of the list or dict, or of what another task returns, goes to a copy of
    /// its own, which gets it by [`Context::argument`](crate::Context::argument). An item of a dict is a pair of key and
    /// value. Several of these make a copy for each combination; the last one varies fastest.
    #[track_caller]
    pub fn expand(self, name: impl Into<String>, over: impl IntoArgument<'dag>) -> Self {
        let place = Location::caller();
        let node = Node::Task(self.index);
        if let Some(source) = draft(self.dag, node, over.into_argument(), place) {
            self.set_expand(place, |known| expand(known, name.into(), source));
        }
        self
    }

    /// Maps the task over a list of dicts, or over what another task returns: each of them holds the arguments of a copy.
    #[track_caller]
    pub fn expand_kwargs(self, over: impl IntoArgument<'dag>) -> Self {
        let place = Location::caller();
        let node = Node::Task(self.index);
        if let Some(source) = draft(self.dag, node, over.into_argument(), place) {
            self.set_expand(place, |known| expand_kwargs(known.as_ref(), source));
        }
        self
    }

    /// Gives the copies of the mapped task names: a text in which `{{ name }}` stands for an argument, or for what the
    /// task has set by [`Context::map_index_variable`](crate::Context::map_index_variable).
    pub fn map_index_template(self, template: impl Into<String>) -> Self {
        self.change_draft(|task| task.map_index_template = Some(template.into()));
        self
    }

    /// The assets that the task updates: each of its successes, of a mapped task that of each copy, is an event of each of
    /// them. [`Context::set_event_extra`](crate::Context::set_event_extra) says more about it.
    pub fn outlets(self, assets: impl IntoIterator<Item = impl Borrow<Asset>>) -> Self {
        let assets: Vec<Asset> = assets.into_iter().map(|asset| asset.borrow().clone()).collect();
        self.change_draft(|task| task.outlets.extend(assets));
        self
    }

    /// The aliases by which the task may say what it has updated, with [`Context::add_asset`](crate::Context::add_asset).
    ///
    /// ```
    /// use serde_json::json;
    /// use updraft_sdk::{Asset, AssetAlias, Context, Dag, TaskResult};
    ///
    /// async fn export(context: Context) -> TaskResult {
    ///     let day = context.ds();
    ///     let file = Asset::new(format!("export {day}"), format!("s3://lake/{day}.csv"));
    ///     context.add_asset(&AssetAlias::new("exports"), &file, json!({ "rows": 42 }))?;
    ///     Ok(())
    /// }
    ///
    /// let producer = Dag::new("export");
    /// producer.task("write", export).outlet_aliases([AssetAlias::new("exports")]);
    /// let consumer = Dag::new("import").schedule(AssetAlias::new("exports"));
    /// ```
    pub fn outlet_aliases(self, aliases: impl IntoIterator<Item = impl Borrow<AssetAlias>>) -> Self {
        let aliases: Vec<AssetAlias> = aliases.into_iter().map(|alias| alias.borrow().clone()).collect();
        self.change_draft(|task| task.outlet_aliases.extend(aliases));
        self
    }

    /// The aliases whose assets the task reads, for people.
    pub fn inlet_aliases(self, aliases: impl IntoIterator<Item = impl Borrow<AssetAlias>>) -> Self {
        let aliases: Vec<AssetAlias> = aliases.into_iter().map(|alias| alias.borrow().clone()).collect();
        self.change_draft(|task| task.inlet_aliases.extend(aliases));
        self
    }

    /// The assets that the task reads, for people.
    pub fn inlets(self, assets: impl IntoIterator<Item = impl Borrow<Asset>>) -> Self {
        let assets: Vec<Asset> = assets.into_iter().map(|asset| asset.borrow().clone()).collect();
        self.change_draft(|task| task.inlets.extend(assets));
        self
    }

    fn change_draft(self, change: impl FnOnce(&mut TaskDraft)) {
        if let Some(task) = self.dag.draft.borrow_mut().tasks.get_mut(self.index) {
            change(task);
        }
    }

    fn set_expand(
        self,
        place: &'static Location<'static>,
        set: impl FnOnce(Option<ExpandDraft>) -> Result<ExpandDraft, &'static str>,
    ) {
        let known = self
            .dag
            .draft
            .borrow()
            .tasks
            .get(self.index)
            .and_then(|task| task.expand.clone());
        match set(known) {
            Ok(expand) => self.change_draft(|task| task.expand = Some(expand)),
            Err(problem) => self
                .dag
                .draft
                .borrow_mut()
                .errors
                .push(DagError::at(place, problem)),
        }
    }

    /// Marks the task as one that prepares something which a teardown takes away.
    pub fn as_setup(self) -> Self {
        self.dag.draft.borrow_mut().tasks[self.index].is_setup = true;
        self
    }

    /// Marks the task as one that takes away what a setup prepared; the run's state does not depend on it. Its trigger rule
    /// becomes [`TriggerRule::AllDoneSetupSuccess`], unless it is given another one after this.
    pub fn as_teardown(self) -> Self {
        self.dag.draft.borrow_mut().tasks[self.index].is_teardown = true;
        self.trigger_rule(TriggerRule::AllDoneSetupSuccess)
    }

    /// Marks the task as the teardown of these tasks, which become setups and come before it; Airflow's
    /// `as_teardown(setups=..)`. What lies between a setup and its teardown runs only if the setup succeeded, and is
    /// cleared together with both.
    #[track_caller]
    pub fn teardown_of(self, setups: impl Into<TaskSet<'dag>>) -> Self {
        let setups = setups.into();
        setups.before(&TaskSet::from(self));
        setups.mark_setups(Location::caller());
        self.as_teardown()
    }

    /// Of a teardown: whether its failure fails the run all the same. Default: no.
    pub fn on_failure_fail_dagrun(self, fail: bool) -> Self {
        self.dag.draft.borrow_mut().tasks[self.index].on_failure_fail_dagrun = fail;
        self
    }

    /// Of a short circuit: whether it skips everything after it, whatever the trigger rules say. Otherwise it skips what
    /// comes directly after it, and the rest follows by trigger rules. Default: yes. Means nothing for other tasks.
    pub fn ignore_downstream_trigger_rules(self, ignore: bool) -> Self {
        if let Work::ShortCircuit {
            ignore_downstream_trigger_rules,
            ..
        } = &mut self.dag.draft.borrow_mut().tasks[self.index].work
        {
            *ignore_downstream_trigger_rules = ignore;
        }
        self
    }

    /// Of a sensor: how long it waits between two looks. Default: 1 minute. Means nothing for other tasks, like the three
    /// methods below.
    pub fn poke_interval(self, interval: Duration) -> Self {
        self.change_sensor(|sensor| sensor.poke_interval = interval)
    }

    /// Of a sensor: how long it looks at most, counted over all looks of a try. When the time is up the task fails and is not
    /// tried again. Default: 7 days; none for a deferrable sensor that waits for a moment.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.change_sensor(|sensor| sensor.timeout = Some(timeout))
    }

    /// Of a sensor: whether it keeps its slot between two looks. Default: [`SensorMode::Poke`]. A deferrable sensor keeps none.
    pub fn mode(self, mode: SensorMode) -> Self {
        self.change_sensor(|sensor| sensor.mode = mode)
    }

    /// Of a sensor: whether it is skipped when its time is up, in the place of failing. Default: no.
    pub fn soft_fail(self, soft: bool) -> Self {
        self.change_sensor(|sensor| sensor.soft_fail = soft)
    }

    fn change_sensor(self, change: impl FnOnce(&mut Sensor)) -> Self {
        self.change_draft(|task| {
            if let Work::Sensor(sensor) = &mut task.work {
                change(sensor);
            }
        });
        self
    }

    /// Puts this task before others: `task.set_downstream(others)` is `task >> others`.
    #[track_caller]
    pub fn set_downstream(self, others: impl Into<TaskSet<'dag>>) {
        TaskSet::from(self).before(&others.into());
    }

    /// Puts this task after others: `task.set_upstream(others)` is `others >> task`.
    #[track_caller]
    pub fn set_upstream(self, others: impl Into<TaskSet<'dag>>) {
        others.into().before(&TaskSet::from(self));
    }
}

impl TaskArguments for TaskRef<'_> {
    fn change(self, change: impl FnOnce(&mut Arguments)) -> Self {
        change(&mut self.dag.draft.borrow_mut().tasks[self.index].arguments);
        self
    }
}

impl fmt::Debug for TaskRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TaskRef").field(&self.index).finish()
    }
}

impl<'dag> From<TaskRef<'dag>> for TaskSet<'dag> {
    fn from(task: TaskRef<'dag>) -> Self {
        Self::one(task.dag, Node::Task(task.index))
    }
}
