//! From the description to the DAG that a bundle serves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use jiff::tz::TimeZone;
use updraft_model::{
    Asset, AssetAlias, CallbackEvent, DagId, DagSpec, Schedule, TaskGroupId, TaskGroupSpec, TaskId, TaskSpec,
    ValidDag,
};
use updraft_protocol::defaults::DagDefaults;

use super::builder::{Draft, Settings};
use super::mapping::{self, ArgumentDraft, ExpandDraft, Fixed, MapFunction};
use super::order::{Edge, Node};
use super::{
    Arguments, Dag, DagError, DagErrors, DateArgument, ScheduleArgument, TimetableArgument, empty_groups,
};
use crate::task::{CallbackFunction, Callbacks, Work};

/// A task under construction.
#[derive(Debug)]
pub(crate) struct TaskDraft {
    /// The id without the prefix of its group.
    pub(crate) name: String,
    pub(crate) place: &'static Location<'static>,
    pub(crate) group: Option<usize>,
    pub(crate) arguments: Arguments,
    pub(crate) is_setup: bool,
    pub(crate) is_teardown: bool,
    pub(crate) on_failure_fail_dagrun: bool,
    /// Its arguments that are the same for all copies.
    pub(crate) partial: Vec<(String, ArgumentDraft)>,
    pub(crate) expand: Option<ExpandDraft>,
    pub(crate) map_index_template: Option<String>,
    pub(crate) outlets: Vec<Asset>,
    pub(crate) inlets: Vec<Asset>,
    pub(crate) outlet_aliases: Vec<AssetAlias>,
    pub(crate) inlet_aliases: Vec<AssetAlias>,
    pub(crate) work: Work,
}

impl TaskDraft {
    #[track_caller]
    pub(crate) fn new(name: String, group: Option<usize>, work: Work) -> Self {
        Self {
            name,
            place: Location::caller(),
            group,
            arguments: Arguments::default(),
            is_setup: false,
            is_teardown: false,
            on_failure_fail_dagrun: false,
            partial: Vec::new(),
            expand: None,
            map_index_template: None,
            outlets: Vec::new(),
            inlets: Vec::new(),
            outlet_aliases: Vec::new(),
            inlet_aliases: Vec::new(),
            work,
        }
    }
}

/// A group under construction.
#[derive(Debug)]
pub(crate) struct GroupDraft {
    /// The id without the prefix of the group around it.
    name: String,
    place: &'static Location<'static>,
    parent: Option<usize>,
    pub(crate) prefix_group_id: bool,
    pub(crate) tooltip: String,
    pub(crate) expand: Option<ExpandDraft>,
}

impl GroupDraft {
    #[track_caller]
    pub(crate) fn new(name: String, parent: Option<usize>) -> Self {
        Self {
            name,
            place: Location::caller(),
            parent,
            prefix_group_id: true,
            tooltip: String::new(),
            expand: None,
        }
    }
}

/// A DAG that was checked: its description for the engine, and its functions.
#[derive(Clone)]
pub struct BuiltDag {
    dag: Arc<ValidDag>,
    work: Arc<BTreeMap<TaskId, Work>>,
    /// The arguments of tasks that are the same for all copies.
    fixed: Arc<BTreeMap<TaskId, Vec<(String, Fixed)>>>,
    callables: Arc<Vec<MapFunction>>,
    /// Those of tasks, and under `None` those of the DAG itself.
    callbacks: Arc<BTreeMap<Option<TaskId>, Callbacks>>,
    /// The timetable of its own that it follows.
    timetable: Option<TimetableArgument>,
    /// What works but should be changed.
    warnings: Vec<DagError>,
    place: &'static Location<'static>,
}

impl BuiltDag {
    /// The description that the engine gets.
    pub fn spec(&self) -> &DagSpec {
        self.dag.spec()
    }

    /// What works but should be changed.
    pub(crate) fn warnings(&self) -> &[DagError] {
        &self.warnings
    }

    pub(crate) fn valid(&self) -> &ValidDag {
        &self.dag
    }

    /// The timetable of its own that it follows.
    pub(crate) fn timetable(&self) -> Option<&TimetableArgument> {
        self.timetable.as_ref()
    }

    /// Where in the program it is described.
    pub(crate) fn place(&self) -> &'static Location<'static> {
        self.place
    }

    pub(crate) fn fixed_arguments(&self, task_id: &TaskId) -> &[(String, Fixed)] {
        self.fixed.get(task_id).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn callable(&self, number: u32) -> Option<&MapFunction> {
        self.callables.get(number as usize)
    }

    /// The callbacks of a task, or of the DAG itself, for an event.
    pub(crate) fn callbacks(&self, task_id: Option<&TaskId>, event: CallbackEvent) -> &[CallbackFunction] {
        let of = self.callbacks.get(&task_id.cloned());
        of.and_then(|of| of.get(&event)).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn work(&self, task_id: &str) -> Option<&Work> {
        self.work.get(task_id)
    }
}

impl fmt::Debug for BuiltDag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BuiltDag")
            .field("spec", self.spec())
            .finish_non_exhaustive()
    }
}

pub(super) fn build(dag: Dag, defaults: DagDefaults) -> Result<BuiltDag, DagErrors> {
    let Dag { mut settings, draft } = dag;
    let mut draft = draft.into_inner();
    let mut errors = std::mem::take(&mut draft.errors);
    let level = *settings.compat.get_or_insert(defaults.compat);
    settings
        .catchup
        .get_or_insert_with(|| defaults.catchup.unwrap_or(level.catches_up()));
    let warnings = empty_groups::pass_through(&mut draft, level);
    let spec = describe(&settings, &draft, &mut errors);
    let (Some(spec), true) = (spec, errors.is_empty()) else {
        return Err(DagErrors(errors));
    };
    let dag = Arc::new(spec)
        .validate()
        .map_err(|error| DagErrors(vec![DagError::at(settings.place, error.to_string())]))?;
    let tasks = &dag.spec().tasks;
    let fixed = draft.tasks.iter().zip(tasks);
    let fixed = fixed
        .filter(|(task, _)| !task.partial.is_empty())
        .map(|(task, spec)| (spec.task_id.clone(), mapping::fixed(&task.partial, tasks)))
        .collect();
    let callbacks = callbacks(&settings, &draft, tasks);
    let work = draft.tasks.into_iter().zip(tasks);
    let work = work
        .map(|(task, spec)| (spec.task_id.clone(), task.work))
        .collect();
    Ok(BuiltDag {
        dag: Arc::new(dag),
        work: Arc::new(work),
        fixed: Arc::new(fixed),
        callables: Arc::new(draft.callables),
        callbacks: Arc::new(callbacks),
        timetable: settings
            .schedule
            .as_ref()
            .and_then(ScheduleArgument::timetable)
            .cloned(),
        warnings,
        place: settings.place,
    })
}

/// The callbacks of each task, and under `None` those of the DAG. What a task is given goes before `default_args`.
fn callbacks(settings: &Settings, draft: &Draft, tasks: &[TaskSpec]) -> BTreeMap<Option<TaskId>, Callbacks> {
    let defaults = &settings.default_args.arguments.callbacks;
    let of_tasks = draft.tasks.iter().zip(tasks).map(|(task, spec)| {
        let mut callbacks = defaults.clone();
        callbacks.extend(task.arguments.callbacks.clone());
        (Some(spec.task_id.clone()), callbacks)
    });
    of_tasks.chain([(None, settings.callbacks.clone())]).collect()
}

/// The description; `None` if not even the ids are right.
fn describe(settings: &Settings, draft: &Draft, errors: &mut Vec<DagError>) -> Option<DagSpec> {
    let dag_id = keep(DagId::parse(&settings.dag_id), settings.place, errors);
    let groups = groups(draft, errors);
    let tasks = tasks(settings, draft, errors);
    let (mut dag, groups, mut tasks) = (DagSpec::new(dag_id?), groups?, tasks?);
    for (task, draft) in tasks.iter_mut().zip(&draft.tasks) {
        task.task_group = draft
            .group
            .and_then(|index| groups.get(index))
            .map(|group| group.group_id.clone());
    }
    connect(draft, &mut tasks);
    dag.task_groups = groups;
    describe_mapping(draft, &mut tasks, &mut dag.task_groups, errors);
    dag.tasks = tasks;
    describe_schedule(settings, &mut dag, errors);
    dag.description.clone_from(&settings.description);
    dag.doc_md.clone_from(&settings.doc_md);
    dag.compat = settings.compat.unwrap_or_default();
    dag.catchup = settings.catchup.unwrap_or(dag.catchup);
    let limit = dag
        .schedule
        .custom()
        .and_then(|timetable| timetable.active_runs_limit);
    let default = limit.map_or(dag.max_active_runs, |limit| limit.min(dag.max_active_runs));
    dag.max_active_runs = settings.max_active_runs.unwrap_or(default);
    dag.max_active_tasks = settings.max_active_tasks.unwrap_or(dag.max_active_tasks);
    dag.dagrun_timeout = settings.dagrun_timeout;
    dag.tags = settings.tags.iter().cloned().collect();
    dag.is_paused_upon_creation = settings.is_paused_upon_creation;
    dag.fail_fast = settings.fail_fast;
    dag.callbacks = settings.callbacks.keys().copied().collect();
    dag.callbacks.remove(&CallbackEvent::Deadline);
    dag.deadlines.clone_from(&settings.deadlines);
    settings.place.file().clone_into(&mut dag.fileloc);
    describe_params(settings, &mut dag, errors);
    Some(dag)
}

/// What tasks and groups are mapped over.
fn describe_mapping(
    draft: &Draft,
    tasks: &mut [TaskSpec],
    groups: &mut [TaskGroupSpec],
    errors: &mut Vec<DagError>,
) {
    let inputs: Vec<_> = draft
        .tasks
        .iter()
        .map(|task| task.expand.as_ref().and_then(|expand| expand.input(tasks)))
        .collect();
    for (group, draft) in groups.iter_mut().zip(&draft.groups) {
        group.expand_input = draft.expand.as_ref().and_then(|expand| expand.input(tasks));
    }
    for ((task, draft), input) in tasks.iter_mut().zip(&draft.tasks).zip(inputs) {
        task.expand_input = input;
        task.map_index_template.clone_from(&draft.map_index_template);
        if let Some(problem) = mapping::repeated(&task.task_id, &draft.partial, draft.expand.as_ref()) {
            errors.push(DagError::at(draft.place, problem));
        }
    }
}

/// A parameter that is given twice is the second one.
fn describe_params(settings: &Settings, dag: &mut DagSpec, errors: &mut Vec<DagError>) {
    for (name, param) in &settings.params {
        dag.params.remove(name);
        dag.param_specs.remove(name);
        let default = param.default.clone().transpose();
        let default = default.map_err(|error| format!("param `{name}` cannot be written as JSON: {error}"));
        if let Some(Some(default)) = keep(default, settings.place, errors) {
            dag.params.insert(name.clone(), default);
        }
        let spec = param.spec().map_err(|error| format!("param `{name}` {error}"));
        if let Some(Some(spec)) = keep(spec, settings.place, errors) {
            dag.param_specs.insert(name.clone(), spec);
        }
    }
}

fn keep<T, E: fmt::Display>(
    result: Result<T, E>,
    place: &Location<'static>,
    errors: &mut Vec<DagError>,
) -> Option<T> {
    result
        .map_err(|error| errors.push(DagError::at(place, error.to_string())))
        .ok()
}

fn describe_schedule(settings: &Settings, dag: &mut DagSpec, errors: &mut Vec<DagError>) {
    if let Some(name) = &settings.timezone {
        dag.timezone.clone_from(name);
    }
    // An unknown zone is reported by the check of the whole description.
    let zone = TimeZone::get(&dag.timezone).unwrap_or(TimeZone::UTC);
    let defaults = &settings.default_args;
    let mut date = |own: &Option<DateArgument>, default: &Option<DateArgument>| {
        let given = own.as_ref().or(default.as_ref())?;
        keep(given.resolve(&zone), settings.place, errors)
    };
    dag.start_date = date(&settings.start_date, &defaults.start_date);
    dag.end_date = date(&settings.end_date, &defaults.end_date);
    let level = settings.compat.unwrap_or_default();
    dag.schedule = match settings.schedule.clone() {
        Some(schedule) => {
            let schedule = schedule.resolve(level.schedule_kind(), &zone);
            keep(schedule, settings.place, errors).unwrap_or_default()
        }
        // Airflow 2 refuses a DAG without either; here it runs when somebody triggers it.
        None if dag.start_date.is_none() => Schedule::None,
        None => level.default_schedule(),
    };
}

/// The id of a group, or of a task in it, with the prefixes of the groups around it.
fn full_name(draft: &Draft, name: &str, group: Option<usize>) -> String {
    match group.and_then(|index| draft.groups.get(index)) {
        Some(group) if group.prefix_group_id => {
            format!("{}.{name}", full_name(draft, &group.name, group.parent))
        }
        Some(_) | None => name.to_owned(),
    }
}

fn groups(draft: &Draft, errors: &mut Vec<DagError>) -> Option<Vec<TaskGroupSpec>> {
    let id = |index: usize| {
        let group = draft.groups.get(index)?;
        TaskGroupId::parse(&full_name(draft, &group.name, group.parent)).ok()
    };
    let specs = draft.groups.iter().map(|group| {
        let name = full_name(draft, &group.name, group.parent);
        let group_id = keep(TaskGroupId::parse(&name), group.place, errors)?;
        Some(TaskGroupSpec {
            parent: group.parent.and_then(id),
            prefix_group_id: group.prefix_group_id,
            tooltip: group.tooltip.clone(),
            ..TaskGroupSpec::new(group_id)
        })
    });
    let specs: Vec<Option<TaskGroupSpec>> = specs.collect();
    specs.into_iter().collect()
}

fn tasks(settings: &Settings, draft: &Draft, errors: &mut Vec<DagError>) -> Option<Vec<TaskSpec>> {
    let mut seen = BTreeMap::new();
    let specs = draft.tasks.iter().map(|task| {
        let name = full_name(draft, &task.name, task.group);
        let task_id = keep(TaskId::parse(&name), task.place, errors)?;
        if let Some(first) = seen.insert(task_id.clone(), task.place) {
            let message = format!(
                "task_id `{task_id}` is taken, another task got it in line {}",
                first.line()
            );
            errors.push(DagError::at(task.place, message));
        }
        let mut spec = TaskSpec::new(task_id, task.work.operator());
        let level = settings.compat.unwrap_or_default();
        spec.ignore_first_depends_on_past = level.ignores_first_depends_on_past();
        settings.default_args.arguments.apply(&mut spec);
        task.arguments.apply(&mut spec);
        if !level.has_rule(spec.trigger_rule) {
            let message = format!(
                "trigger rule `{}` is one of compat level 3, this DAG has level 2",
                spec.trigger_rule
            );
            errors.push(DagError::at(task.place, message));
        }
        let has = |event| spec.callbacks.contains(&event);
        // What is to be called needs an attempt.
        let is_called = has(CallbackEvent::Execute) || has(CallbackEvent::Success);
        spec.is_empty = matches!(task.work, Work::Nothing) && !is_called;
        spec.outlets.clone_from(&task.outlets);
        spec.inlets.clone_from(&task.inlets);
        spec.outlet_aliases.clone_from(&task.outlet_aliases);
        spec.inlet_aliases.clone_from(&task.inlet_aliases);
        spec.is_setup = task.is_setup;
        spec.is_teardown = task.is_teardown;
        spec.on_failure_fail_dagrun = task.on_failure_fail_dagrun;
        spec.depends_on_past |= spec.wait_for_downstream;
        Some(spec)
    });
    let specs: Vec<Option<TaskSpec>> = specs.collect();
    specs.into_iter().collect()
}

/// Draws the arrows: first those between tasks, then those of groups, the innermost first, since what a group's first
/// and last tasks are depends on the arrows inside it.
fn connect(draft: &Draft, tasks: &mut [TaskSpec]) {
    let mut edges: Vec<&Edge> = draft.edges.iter().collect();
    let depth = |node: Node| match node {
        Node::Task(_) => 0,
        Node::Group(index) => 1 + height(draft, index),
    };
    edges.sort_by_key(|edge| depth(edge.from).max(depth(edge.to)));
    for edge in edges {
        let last = ends(draft, tasks, edge.from, End::Last);
        let first = ends(draft, tasks, edge.to, End::First);
        let last: Vec<TaskId> = last
            .iter()
            .filter_map(|index| tasks.get(*index))
            .map(|task| task.task_id.clone())
            .collect();
        for index in first {
            if let Some(task) = tasks.get_mut(index) {
                task.upstream_task_ids.extend(last.iter().cloned());
            }
        }
    }
}

/// How many levels of groups are inside a group.
fn height(draft: &Draft, group: usize) -> usize {
    let inside = draft
        .groups
        .iter()
        .enumerate()
        .filter(|(_, inner)| inner.parent == Some(group));
    inside
        .map(|(index, _)| 1 + height(draft, index))
        .max()
        .unwrap_or(0)
}

#[derive(Clone, Copy)]
enum End {
    First,
    Last,
}

/// The tasks at one end of a node: the task itself, or those in the group without neighbours on that side in it. What
/// follows on a group follows on its work, not on its teardowns.
fn ends(draft: &Draft, tasks: &[TaskSpec], node: Node, end: End) -> Vec<usize> {
    let group = match node {
        Node::Task(index) => return vec![index],
        Node::Group(group) => group,
    };
    let inside: BTreeMap<&TaskId, usize> = tasks
        .iter()
        .enumerate()
        .filter(|(index, _)| contains(draft, group, *index))
        .map(|(index, task)| (&task.task_id, index))
        .collect();
    let before = |index: usize| {
        tasks
            .get(index)
            .into_iter()
            .flat_map(|task| &task.upstream_task_ids)
    };
    let is_first = |index: &usize| !before(*index).any(|upstream| inside.contains_key(upstream));
    let mut found: BTreeSet<usize> = match end {
        End::First => inside.values().copied().filter(is_first).collect(),
        End::Last => last_work(tasks, &inside),
    };
    if found.is_empty() {
        // A group of nothing but teardowns.
        found = inside.values().copied().collect();
    }
    found.into_iter().collect()
}

/// The tasks of a group that nothing but teardowns follows in it; setups that only a teardown follows do not count.
/// Source: `TaskGroup.get_leaves` of Airflow 2.11.
fn last_work(tasks: &[TaskSpec], inside: &BTreeMap<&TaskId, usize>) -> BTreeSet<usize> {
    let members = || inside.values().filter_map(|index| tasks.get(*index));
    let followers = |task: &TaskSpec| -> Vec<&TaskSpec> {
        members()
            .filter(|other| other.upstream_task_ids.contains(&task.task_id))
            .collect()
    };
    let is_last = |task: &TaskSpec| {
        let followers = followers(task);
        let has_teardown = !followers.is_empty();
        !task.is_teardown
            && followers.iter().all(|other| other.is_teardown)
            && !(task.is_setup && has_teardown)
    };
    let last = inside
        .iter()
        .filter(|(_, index)| tasks.get(**index).is_some_and(is_last));
    last.map(|(_, index)| *index).collect()
}

pub(super) fn contains(draft: &Draft, group: usize, task: usize) -> bool {
    let mut around = draft.tasks.get(task).and_then(|task| task.group);
    while let Some(index) = around {
        if index == group {
            return true;
        }
        around = draft.groups.get(index).and_then(|inner| inner.parent);
    }
    false
}
