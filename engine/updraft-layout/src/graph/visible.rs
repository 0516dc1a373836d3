//! What of a DAG is shown: tasks in the focus, groups open or closed, and the edges between these.

use std::collections::{BTreeMap, BTreeSet};

use updraft_model::{DagSpec, TaskGroupSpec, TaskSpec};

use super::view::{Focus, GraphError, GraphView};

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// A task.
    Task,
    /// A closed group.
    Group,
    /// An open group: a box around what is in it.
    OpenGroup,
}

/// A task, or a closed group.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    pub(super) id: &'a str,
    pub(super) label: &'a str,
    pub(super) kind: NodeKind,
    /// The open group around it.
    pub(super) group: Option<usize>,
    /// Of a task: what it is.
    pub(super) task: Option<&'a TaskSpec>,
    /// How many tasks it stands for.
    pub(super) count: u32,
    /// Whether it has copies.
    pub(super) is_mapped: bool,
}

/// A group around others.
#[derive(Debug)]
pub(super) struct OpenGroup<'a> {
    pub(super) id: &'a str,
    pub(super) label: &'a str,
    /// The one around it; always an earlier one.
    pub(super) parent: Option<usize>,
    pub(super) count: u32,
    pub(super) is_mapped: bool,
}

/// One edge from leaf to leaf, in the direction in which it is drawn forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it is one from a setup to its teardown.
    pub(super) is_setup: bool,
    /// Whether the DAG has it the other way round. A closed group that both precedes and follows a task makes such edges.
    pub(super) is_back: bool,
}

/// What is shown.
#[derive(Debug)]
pub(super) struct Visible<'a> {
    pub(super) leaves: Vec<Leaf<'a>>,
    pub(super) groups: Vec<OpenGroup<'a>>,
    pub(super) edges: Vec<Edge>,
}

/// What a group of the DAG is shown as.
#[derive(Debug, Clone, Copy)]
enum Shown {
    /// A box of its own: what is in it is in this open group.
    Open(usize),
    /// A part of this closed group, which may be itself.
    Closed(usize),
}

impl<'a> Visible<'a> {
    pub(super) fn of(spec: &'a DagSpec, view: &GraphView) -> Result<Self, GraphError> {
        let kept = match &view.focus {
            Some(focus) => in_focus(spec, focus)?,
            None => vec![true; spec.tasks.len()],
        };
        let mut shown = Self {
            leaves: Vec::new(),
            groups: Vec::new(),
            edges: Vec::new(),
        };
        let leaf_of = shown.add_nodes(spec, view, &kept);
        shown.add_edges(spec, &leaf_of);
        shown.turn_back_edges();
        Ok(shown)
    }

    /// Adds open groups and leaves; gives each task's leaf, if it is shown.
    fn add_nodes(&mut self, spec: &'a DagSpec, view: &GraphView, kept: &[bool]) -> Vec<Option<usize>> {
        let group_of: BTreeMap<&str, usize> = spec
            .task_groups
            .iter()
            .enumerate()
            .map(|(at, group)| (group.group_id.as_str(), at))
            .collect();
        let counts = counts(spec, kept, &group_of);
        let mut shown: Vec<Option<Shown>> = Vec::with_capacity(spec.task_groups.len());
        for (at, group) in spec.task_groups.iter().enumerate() {
            let parent = parent_of(group, &group_of)
                .and_then(|parent| shown.get(parent).copied())
                .flatten();
            shown.push(self.show(at, group, (parent, counts[at]), view));
        }
        let mut closed: BTreeMap<usize, usize> = BTreeMap::new();
        let mut leaf_of = Vec::with_capacity(spec.tasks.len());
        for (task, is_kept) in spec.tasks.iter().zip(kept) {
            let group = task
                .task_group
                .as_ref()
                .and_then(|id| group_of.get(id.as_str()).copied());
            let leaf = is_kept.then(|| match group.and_then(|group| shown[group]) {
                Some(Shown::Closed(group)) => *closed.entry(group).or_insert_with(|| {
                    let spec = (&spec.task_groups[group], counts[group]);
                    let parent = parent_of(spec.0, &group_of).and_then(|parent| shown[parent]);
                    self.add_closed(spec, parent)
                }),
                Some(Shown::Open(open)) => self.add_task(task, Some(open)),
                None => self.add_task(task, None),
            });
            leaf_of.push(leaf);
        }
        leaf_of
    }

    fn show(
        &mut self,
        at: usize,
        group: &'a TaskGroupSpec,
        (parent, count): (Option<Shown>, u32),
        view: &GraphView,
    ) -> Option<Shown> {
        match parent {
            Some(closed @ Shown::Closed(_)) => Some(closed),
            _ if !view.open.contains(group.group_id.as_str()) => Some(Shown::Closed(at)),
            // A box around nothing is not drawn.
            _ if count == 0 => None,
            parent => {
                let parent = open(parent);
                self.groups.push(OpenGroup {
                    id: group.group_id.as_str(),
                    label: label(
                        group.group_id.as_str(),
                        parent.map(|parent| self.groups[parent].id),
                    ),
                    parent,
                    count,
                    is_mapped: group.expand_input.is_some(),
                });
                Some(Shown::Open(self.groups.len() - 1))
            }
        }
    }

    fn add_closed(&mut self, (group, count): (&'a TaskGroupSpec, u32), parent: Option<Shown>) -> usize {
        let parent = open(parent);
        self.leaves.push(Leaf {
            id: group.group_id.as_str(),
            label: label(
                group.group_id.as_str(),
                parent.map(|parent| self.groups[parent].id),
            ),
            kind: NodeKind::Group,
            group: parent,
            task: None,
            count,
            is_mapped: group.expand_input.is_some(),
        });
        self.leaves.len() - 1
    }

    fn add_task(&mut self, task: &'a TaskSpec, group: Option<usize>) -> usize {
        self.leaves.push(Leaf {
            id: task.task_id.as_str(),
            label: label(task.task_id.as_str(), group.map(|group| self.groups[group].id)),
            kind: NodeKind::Task,
            group,
            task: Some(task),
            count: 1,
            is_mapped: task.expand_input.is_some(),
        });
        self.leaves.len() - 1
    }

    fn add_edges(&mut self, spec: &DagSpec, leaf_of: &[Option<usize>]) {
        let task_of: BTreeMap<&str, usize> = spec
            .tasks
            .iter()
            .enumerate()
            .map(|(at, task)| (task.task_id.as_str(), at))
            .collect();
        // Edges that closed groups make one are a setup's only if all of them are.
        let mut edges: BTreeMap<(usize, usize), bool> = BTreeMap::new();
        for (at, task) in spec.tasks.iter().enumerate() {
            for upstream in &task.upstream_task_ids {
                let Some(upstream) = task_of.get(upstream.as_str()).copied() else {
                    continue;
                };
                if let (Some(from), Some(to)) = (leaf_of[upstream], leaf_of[at])
                    && from != to
                {
                    let is_setup = spec.tasks[upstream].is_setup && task.is_teardown;
                    let all = edges.entry((from, to)).or_insert(true);
                    *all &= is_setup;
                }
            }
        }
        let edge = |((from, to), is_setup)| Edge {
            from,
            to,
            is_setup,
            is_back: false,
        };
        self.edges = edges.into_iter().map(edge).collect();
    }

    /// Turns edges so that there is no cycle: those that lead back to where a depth-first walk came from.
    fn turn_back_edges(&mut self) {
        #[derive(Clone, Copy, PartialEq, Eq)]
        enum Seen {
            No,
            Open,
            Done,
        }
        let mut after = vec![Vec::new(); self.leaves.len()];
        for (at, edge) in self.edges.iter().enumerate() {
            after[edge.from].push(at);
        }
        let has_before: BTreeSet<usize> = self.edges.iter().map(|edge| edge.to).collect();
        // What nothing leads to goes first, so that of a cycle the part near the beginning stays forward.
        let all = 0..self.leaves.len();
        let (starts, others): (Vec<usize>, Vec<usize>) = all.partition(|leaf| !has_before.contains(leaf));
        let mut seen = vec![Seen::No; self.leaves.len()];
        let mut back = Vec::new();
        for start in starts.into_iter().chain(others) {
            if seen[start] != Seen::No {
                continue;
            }
            seen[start] = Seen::Open;
            let mut path = vec![(start, 0)];
            while let Some((leaf, next)) = path.last_mut() {
                let Some(edge) = after[*leaf].get(*next).copied() else {
                    seen[*leaf] = Seen::Done;
                    path.pop();
                    continue;
                };
                *next += 1;
                let to = self.edges[edge].to;
                match seen[to] {
                    Seen::No => {
                        seen[to] = Seen::Open;
                        path.push((to, 0));
                    }
                    Seen::Open => back.push(edge),
                    Seen::Done => {}
                }
            }
        }
        for edge in back {
            let edge = &mut self.edges[edge];
            (edge.from, edge.to, edge.is_back) = (edge.to, edge.from, true);
        }
    }
}

fn open(shown: Option<Shown>) -> Option<usize> {
    match shown {
        Some(Shown::Open(group)) => Some(group),
        Some(Shown::Closed(_)) | None => None,
    }
}

/// An id without that of the group around it, which is shown anyway.
fn label<'a>(id: &'a str, around: Option<&str>) -> &'a str {
    let rest = around.and_then(|around| id.strip_prefix(around)?.strip_prefix('.'));
    rest.filter(|rest| !rest.is_empty()).unwrap_or(id)
}

fn parent_of(group: &TaskGroupSpec, group_of: &BTreeMap<&str, usize>) -> Option<usize> {
    let parent = group.parent.as_ref()?;
    group_of.get(parent.as_str()).copied()
}

/// How many of the tasks that are shown each group has, those of groups in it included.
fn counts(spec: &DagSpec, kept: &[bool], group_of: &BTreeMap<&str, usize>) -> Vec<u32> {
    let mut counts = vec![0; spec.task_groups.len()];
    for (task, _) in spec.tasks.iter().zip(kept).filter(|(_, is_kept)| **is_kept) {
        if let Some(group) = task.task_group.as_ref().and_then(|id| group_of.get(id.as_str())) {
            counts[*group] += 1;
        }
    }
    // Parents come before children.
    for (at, group) in spec.task_groups.iter().enumerate().rev() {
        if let Some(parent) = parent_of(group, group_of) {
            counts[parent] += counts[at];
        }
    }
    counts
}

/// Which tasks the focus shows.
fn in_focus(spec: &DagSpec, focus: &Focus) -> Result<Vec<bool>, GraphError> {
    let root: BTreeSet<&str> = spec
        .tasks
        .iter()
        .map(|task| task.task_id.as_str())
        .filter(|id| *id == focus.root)
        .collect();
    let inside = spec
        .task_groups
        .iter()
        .find(|group| group.group_id.as_str() == focus.root)
        .and_then(|group| spec.tasks_of_group(&group.group_id));
    if root.is_empty() && inside.is_none() {
        return Err(GraphError::UnknownRoot {
            root: focus.root.clone(),
        });
    }
    let inside = inside.unwrap_or_default();
    let start: BTreeSet<usize> = (0..spec.tasks.len())
        .filter(|at| {
            let id = &spec.tasks[*at].task_id;
            root.contains(id.as_str()) || inside.contains(id)
        })
        .collect();
    let (before, after) = neighbours(spec);
    let mut kept = vec![false; spec.tasks.len()];
    for (steps, next) in [(focus.up, &before), (focus.down, &after)] {
        for task in reached(&start, steps, next) {
            kept[task] = true;
        }
    }
    Ok(kept)
}

/// Of each task those directly before it, and those directly after it.
fn neighbours(spec: &DagSpec) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let task_of: BTreeMap<&str, usize> = spec
        .tasks
        .iter()
        .enumerate()
        .map(|(at, task)| (task.task_id.as_str(), at))
        .collect();
    let mut before = vec![Vec::new(); spec.tasks.len()];
    let mut after = vec![Vec::new(); spec.tasks.len()];
    for (at, task) in spec.tasks.iter().enumerate() {
        for upstream in &task.upstream_task_ids {
            if let Some(upstream) = task_of.get(upstream.as_str()) {
                before[at].push(*upstream);
                after[*upstream].push(at);
            }
        }
    }
    (before, after)
}

fn reached(start: &BTreeSet<usize>, steps: Option<u32>, next: &[Vec<usize>]) -> BTreeSet<usize> {
    let mut reached = start.clone();
    let mut ahead: Vec<usize> = start.iter().copied().collect();
    let mut left = steps.unwrap_or(u32::MAX);
    while left > 0 && !ahead.is_empty() {
        let found: BTreeSet<usize> = ahead.iter().flat_map(|task| &next[*task]).copied().collect();
        ahead = found.into_iter().filter(|task| reached.insert(*task)).collect();
        left -= 1;
    }
    reached
}
