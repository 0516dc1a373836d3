//! Arrows that touch task groups without tasks.

use updraft_model::CompatLevel;

use super::DagError;
use super::build::contains;
use super::builder::Draft;
use super::order::{Edge, Node};

/// Takes arrows away that touch a group without tasks. At compat level 3 what comes after such a group follows on what
/// comes before it; at level 2 nothing does, as in Airflow 2, which is worth a warning.
pub(super) fn pass_through(draft: &mut Draft, level: CompatLevel) -> Vec<DagError> {
    let mut edges = std::mem::take(&mut draft.edges);
    let mut warnings = Vec::new();
    for group in 0..draft.groups.len() {
        let is_empty = !(0..draft.tasks.len()).any(|task| contains(draft, group, task));
        if !is_empty {
            continue;
        }
        let here = Node::Group(group);
        let (touching, mut others): (Vec<Edge>, Vec<Edge>) = edges
            .into_iter()
            .partition(|edge| edge.from == here || edge.to == here);
        if level.orders_through_empty_groups() {
            others.extend(around(&touching, here));
        } else {
            let what = "an arrow touches a task group without tasks, so it orders nothing at compat level 2";
            warnings.extend(touching.iter().map(|edge| DagError::at(edge.place, what)));
        }
        edges = others;
    }
    draft.edges = edges;
    warnings
}

/// From each node before a group to each node after it.
fn around(touching: &[Edge], group: Node) -> Vec<Edge> {
    let before = touching
        .iter()
        .filter(|edge| edge.to == group && edge.from != group);
    let pairs = before.flat_map(|before| {
        let after = touching
            .iter()
            .filter(|edge| edge.from == group && edge.to != group);
        after.map(|after| Edge {
            from: before.from,
            to: after.to,
            place: after.place,
        })
    });
    pairs.collect()
}
