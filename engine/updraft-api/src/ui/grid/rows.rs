//! The rows of a grid: tasks after what they follow, in their groups.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use updraft_model::{DagSpec, TaskGroupId, TaskGroupSpec, TaskSpec};

use crate::ui::dags::{label, within};

/// A task or a group.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GridRow {
    id: String,
    label: String,
    kind: RowKind,
    /// How many groups stand around it.
    depth: usize,
    /// The group around it.
    parent: Option<String>,
    operator: Option<String>,
    mapped: bool,
    setup: bool,
    teardown: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum RowKind {
    Task,
    Group,
}

impl GridRow {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn parent(&self) -> Option<&str> {
        self.parent.as_deref()
    }
}

/// Something in a group.
#[derive(Clone, Copy)]
enum Child<'s> {
    Task(&'s TaskSpec),
    Group(&'s TaskGroupSpec),
}

/// All rows, or those within a group.
pub(super) fn rows(spec: &DagSpec, root: Option<&str>) -> Vec<GridRow> {
    let mut children: BTreeMap<Option<&str>, Vec<(usize, Child<'_>)>> = BTreeMap::new();
    let places = places(spec);
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let parents: BTreeMap<&str, Option<&str>> = spec
        .task_groups
        .iter()
        .map(|group| {
            (
                group.group_id.as_str(),
                group.parent.as_ref().map(TaskGroupId::as_str),
            )
        })
        .collect();
    for task in &spec.tasks {
        let place = places.get(task.task_id.as_str()).copied().unwrap_or(usize::MAX);
        let parent = task.task_group.as_ref().map(TaskGroupId::as_str);
        children
            .entry(parent)
            .or_default()
            .push((place, Child::Task(task)));
        // A group stands where the first of its tasks does.
        let mut around = parent;
        let mut steps = 0;
        while let Some(group) = around.filter(|_| steps <= parents.len()) {
            let known = first.entry(group).or_insert(place);
            *known = place.min(*known);
            around = parents.get(group).copied().flatten();
            steps += 1;
        }
    }
    for group in &spec.task_groups {
        let place = first.get(group.group_id.as_str()).copied().unwrap_or(usize::MAX);
        let parent = group.parent.as_ref().map(TaskGroupId::as_str);
        children
            .entry(parent)
            .or_default()
            .push((place, Child::Group(group)));
    }
    let mut rows = Vec::new();
    add(spec, &mut children, (root, 0), &mut rows);
    rows
}

fn add<'s>(
    spec: &'s DagSpec,
    children: &mut BTreeMap<Option<&'s str>, Vec<(usize, Child<'s>)>>,
    (parent, depth): (Option<&'s str>, usize),
    rows: &mut Vec<GridRow>,
) {
    let mut of_parent = children.remove(&parent).unwrap_or_default();
    of_parent.sort_by_key(|(place, _)| *place);
    for (_, child) in of_parent {
        match child {
            Child::Task(task) => rows.push(GridRow {
                id: task.task_id.to_string(),
                label: label(spec, task),
                kind: RowKind::Task,
                depth,
                parent: parent.map(str::to_owned),
                operator: Some(task.operator.clone()),
                mapped: task.expand_input.is_some(),
                setup: task.is_setup,
                teardown: task.is_teardown,
            }),
            Child::Group(group) => {
                rows.push(GridRow {
                    id: group.group_id.to_string(),
                    label: within(group.group_id.as_str(), parent),
                    kind: RowKind::Group,
                    depth,
                    parent: parent.map(str::to_owned),
                    operator: None,
                    mapped: group.expand_input.is_some(),
                    setup: false,
                    teardown: false,
                });
                add(spec, children, (Some(group.group_id.as_str()), depth + 1), rows);
            }
        }
    }
}

/// The place of each task when all come after what they follow; of those that may come next the first of the source does.
fn places(spec: &DagSpec) -> BTreeMap<&str, usize> {
    let mut waits: Vec<usize> = spec
        .tasks
        .iter()
        .map(|task| task.upstream_task_ids.len())
        .collect();
    let mut downstream: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, task) in spec.tasks.iter().enumerate() {
        for upstream in &task.upstream_task_ids {
            downstream.entry(upstream.as_str()).or_default().push(number);
        }
    }
    let ready = waits.iter().enumerate().filter(|(_, waits)| **waits == 0);
    let mut ready: BTreeSet<usize> = ready.map(|(number, _)| number).collect();
    let mut places = BTreeMap::new();
    while let Some(number) = ready.pop_first() {
        let Some(task) = spec.tasks.get(number) else {
            continue;
        };
        places.insert(task.task_id.as_str(), places.len());
        for next in downstream.get(task.task_id.as_str()).into_iter().flatten() {
            if let Some(left) = waits.get_mut(*next) {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ready.insert(*next);
                }
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_after_what_they_follow_within_their_groups() {
        let task = |id: &str, group: Option<&str>, upstream: &[&str]| serde_json::json!({ "task_id": id, "operator": "O", "task_group": group, "upstream_task_ids": upstream });
        let spec: DagSpec = serde_json::from_value(serde_json::json!({
            "dag_id": "d",
            "task_groups": [{ "group_id": "g" }, { "group_id": "g.h", "parent": "g" }],
            "tasks": [
                task("last", None, &["g.h.b"]), task("g.h.b", Some("g.h"), &["g.a"]), task("g.a", Some("g"), &["first"]),
                task("first", None, &[]),
            ],
        }))
        .unwrap();
        let shown = |root| {
            let rows = rows(&spec, root);
            let one = |row: &GridRow| format!("{}{}", "-".repeat(row.depth), row.label);
            rows.iter().map(one).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shown(None), "first g -a -h --b last");
        assert_eq!(shown(Some("g")), "a h -b");
        assert_eq!(shown(Some("nothing")), "");
    }
}
