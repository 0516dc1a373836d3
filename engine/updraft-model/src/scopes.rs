//! Which tasks are mapped, over what, and which of them share their indexes.

use std::collections::BTreeMap;

use crate::mapping::{COPIES_MAX, ExpandInput, MapSource, mappable_length, type_name};
use crate::{DagError, DagGraph, DagSpec, TaskGroupId, TaskIndex};

/// The mapped tasks of a DAG. A mapped task is a scope of its own; the tasks of a mapped group are one together: the
/// copies of an index belong together, and wait for each other only.
#[derive(Debug, Clone, Default)]
pub struct MapScopes {
    scopes: Vec<MapScope>,
    /// By task: its scope. Empty if no task is mapped.
    scope_of: Vec<Option<u32>>,
    /// By task that others are mapped over: those others.
    dependants: BTreeMap<TaskIndex, Vec<TaskIndex>>,
}

/// Tasks that are mapped together.
#[derive(Debug, Clone)]
struct MapScope {
    owner: Owner,
    /// The tasks whose results it is mapped over.
    sources: Vec<TaskIndex>,
    /// The number of copies where no task decides about it.
    literal_copies: Option<u32>,
}

/// What has the `expand`.
#[derive(Debug, Clone, Copy)]
enum Owner {
    Task(TaskIndex),
    /// A group, by its place in the DAG's list.
    Group(usize),
}

impl MapScopes {
    /// Finds the scopes and checks what is mapped over what.
    pub(crate) fn find(spec: &DagSpec, graph: &DagGraph) -> Result<Self, DagError> {
        let mut found = Self::default();
        let groups = mapped_groups(spec)?;
        let mut scope_of_group: BTreeMap<&TaskGroupId, u32> = BTreeMap::new();
        for (task, index) in spec.tasks.iter().zip(graph.tasks()) {
            let group = task.task_group.as_ref().and_then(|id| groups.get(id)).copied();
            let (owner, scope) = match (&task.expand_input, group) {
                (None, None) => continue,
                (Some(_), Some(at)) => return Err(nested(spec, task.task_id.as_str(), at)),
                (Some(_), None) => (Owner::Task(index), None),
                (None, Some(at)) => {
                    let id = &spec.task_groups[at].group_id;
                    (Owner::Group(at), scope_of_group.get(id).copied())
                }
            };
            let scope = match scope {
                Some(scope) => scope,
                None => found.add(spec, graph, owner)?,
            };
            if let Owner::Group(at) = owner {
                scope_of_group.insert(&spec.task_groups[at].group_id, scope);
            }
            found.scope_of.resize(spec.tasks.len(), None);
            found.scope_of[index.at()] = Some(scope);
        }
        found.check_order(spec, graph)?;
        Ok(found)
    }

    fn add(&mut self, spec: &DagSpec, graph: &DagGraph, owner: Owner) -> Result<u32, DagError> {
        let (name, input) = owner.of(spec);
        check(spec, &name, input)?;
        let sources = input.tasks().into_iter().map(|task_id| {
            graph.index(task_id).ok_or_else(|| DagError::UnknownMapSource {
                dag_id: spec.dag_id.clone(),
                owner: name.clone(),
                source_task: task_id.clone(),
            })
        });
        let sources = sources.collect::<Result<Vec<_>, _>>()?;
        let copies = input.copies(&|_| None);
        let literal_copies = copies
            .map(|copies| {
                u32::try_from(copies)
                    .ok()
                    .filter(|copies| *copies <= COPIES_MAX)
                    .ok_or_else(|| DagError::TooManyCopies {
                        dag_id: spec.dag_id.clone(),
                        owner: name.clone(),
                        copies,
                    })
            })
            .transpose()?;
        self.scopes.push(MapScope {
            owner,
            sources,
            literal_copies,
        });
        Ok(self.scopes.len() as u32 - 1)
    }

    /// What is mapped over the result of a task comes directly after it, or after others that do in its group.
    fn check_order(&mut self, spec: &DagSpec, graph: &DagGraph) -> Result<(), DagError> {
        for task in graph.tasks() {
            let sources = self.sources(task).to_vec();
            let is_first = !graph
                .upstreams(task)
                .iter()
                .any(|before| self.are_together(*before, task));
            for source in &sources {
                if is_first && !graph.upstreams(task).contains(source) {
                    return Err(DagError::NotAfterMapSource {
                        dag_id: spec.dag_id.clone(),
                        task_id: spec.tasks[task.at()].task_id.clone(),
                        source_task: spec.tasks[source.at()].task_id.clone(),
                    });
                }
                self.dependants.entry(*source).or_default().push(task);
            }
        }
        Ok(())
    }

    fn scope(&self, task: TaskIndex) -> Option<&MapScope> {
        let scope = self.scope_of.get(task.at()).copied().flatten()?;
        self.scopes.get(scope as usize)
    }

    /// Whether a task has copies: it is mapped, or in a mapped group.
    pub fn is_mapped(&self, task: TaskIndex) -> bool {
        self.scope(task).is_some()
    }

    /// Whether two tasks are in the same mapped group, so that the copies of one index belong together.
    pub fn are_together(&self, one: TaskIndex, other: TaskIndex) -> bool {
        let scope = |task: TaskIndex| self.scope_of.get(task.at()).copied().flatten();
        scope(one).is_some_and(|scope_of_one| scope(other) == Some(scope_of_one))
    }

    /// The tasks whose results a task, or its group, is mapped over.
    pub fn sources(&self, task: TaskIndex) -> &[TaskIndex] {
        self.scope(task).map_or(&[], |scope| &scope.sources)
    }

    /// The tasks that are mapped over the result of a task, themselves or with their group.
    pub fn dependants(&self, source: TaskIndex) -> &[TaskIndex] {
        self.dependants.get(&source).map_or(&[], Vec::as_slice)
    }

    /// What a task, or its group, is mapped over.
    pub fn input<'a>(&self, spec: &'a DagSpec, task: TaskIndex) -> Option<&'a ExpandInput> {
        Some(self.scope(task)?.owner.of(spec).1)
    }

    /// How many copies a task has from the start, since only literals decide about that; none is `None` as well.
    pub fn literal_copies(&self, task: TaskIndex) -> Option<u32> {
        self.scope(task)?.literal_copies.filter(|copies| *copies > 0)
    }
}

impl Owner {
    /// What it is called in errors, and what it is mapped over.
    fn of(self, spec: &DagSpec) -> (String, &ExpandInput) {
        let (name, input) = match self {
            Self::Task(task) => {
                let task = &spec.tasks[task.at()];
                (format!("task `{}`", task.task_id), &task.expand_input)
            }
            Self::Group(at) => {
                let group = &spec.task_groups[at];
                (format!("task group `{}`", group.group_id), &group.expand_input)
            }
        };
        (name, input.as_ref().expect("only what is mapped owns a scope"))
    }
}

/// The mapped group around each group that has one, which may be itself.
fn mapped_groups(spec: &DagSpec) -> Result<BTreeMap<&TaskGroupId, usize>, DagError> {
    let mut found: BTreeMap<&TaskGroupId, usize> = BTreeMap::new();
    // Parents stand before their children.
    for (at, group) in spec.task_groups.iter().enumerate() {
        let around = group
            .parent
            .as_ref()
            .and_then(|parent| found.get(parent))
            .copied();
        match (&group.expand_input, around) {
            (Some(_), Some(around)) => return Err(nested(spec, group.group_id.as_str(), around)),
            (Some(_), None) => drop(found.insert(&group.group_id, at)),
            (None, Some(around)) => drop(found.insert(&group.group_id, around)),
            (None, None) => {}
        }
    }
    Ok(found)
}

fn nested(spec: &DagSpec, member: &str, group: usize) -> DagError {
    DagError::NestedMapping {
        dag_id: spec.dag_id.clone(),
        member: member.to_owned(),
        group_id: spec.task_groups[group].group_id.clone(),
    }
}

/// Source: `ensure_arg_is_mappable` and its like of Airflow 2.11.
fn check(spec: &DagSpec, owner: &str, input: &ExpandInput) -> Result<(), DagError> {
    let nothing = || DagError::MapsNothing {
        dag_id: spec.dag_id.clone(),
        owner: owner.to_owned(),
    };
    let wrong = |argument: &str, found: &'static str, wanted: &'static str| DagError::NotMappable {
        dag_id: spec.dag_id.clone(),
        owner: owner.to_owned(),
        argument: argument.to_owned(),
        found,
        wanted,
    };
    match input {
        ExpandInput::DictOfLists(arguments) => {
            if arguments.is_empty() {
                return Err(nothing());
            }
            for (at, (name, source)) in arguments.iter().enumerate() {
                if arguments.iter().take(at).any(|(other, _)| other == name) {
                    return Err(DagError::MapsTwice {
                        dag_id: spec.dag_id.clone(),
                        owner: owner.to_owned(),
                        argument: name.clone(),
                    });
                }
                if let MapSource::Literal(value) = source
                    && mappable_length(value).is_none()
                {
                    return Err(wrong(
                        name,
                        type_name(value),
                        "a list, a dict or the output of a task",
                    ));
                }
            }
        }
        ExpandInput::ListOfDicts(MapSource::Literal(value)) => {
            let wanted = "a list of dicts or the output of a task";
            let items = value.as_array();
            let items = items.ok_or_else(|| wrong("expand_kwargs", type_name(value), wanted))?;
            if let Some(item) = items.iter().find(|item| !item.is_object()) {
                return Err(wrong("expand_kwargs", type_name(item), wanted));
            }
        }
        ExpandInput::ListOfDicts(MapSource::XCom(_)) => {}
    }
    Ok(())
}
