//! The graph in layers: long edges are cut by bends, so that each piece joins two layers that follow each other.
//!
//! Long edges that leave one leaf share their bends, or those that enter one, whichever are more. So a task that all others lead to costs
//! one bend per layer, not one per task and layer.

use std::collections::{BTreeMap, BTreeSet};

use super::view::Direction;
use super::visible::{Edge, Leaf, OpenGroup, Visible};

/// How high a node is.
pub(super) const HEIGHT: f64 = 44.0;
const WIDTH_MIN: f64 = 112.0;
const WIDTH_MAX: f64 = 320.0;
/// What a node is wide beside its text.
const WIDTH_FRAME: f64 = 56.0;
const CHARACTER_WIDTH: f64 = 7.5;

/// What a place in a layer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A leaf.
    Leaf(usize),
    /// A bend of one edge or several.
    Bend,
    /// Nothing: it keeps room for an open group in a layer where that has nothing.
    Room,
}

#[derive(Debug)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) rank: usize,
    /// The open group that it is in.
    pub(super) group: Option<usize>,
    /// Its length along, from layer to layer.
    pub(super) along: f64,
    /// Its length across, within the layer.
    pub(super) across: f64,
}

/// A node of the next or the previous layer, and how many edges lead there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Joined {
    pub(super) node: usize,
    pub(super) weight: u32,
}

#[derive(Debug)]
pub(super) struct Layers {
    /// The leaves first, in their order.
    pub(super) nodes: Vec<Node>,
    /// The nodes of each layer, in the order in which they are drawn.
    pub(super) ranks: Vec<Vec<usize>>,
    /// Of each node those it is joined with in the layer before.
    pub(super) before: Vec<Vec<Joined>>,
    /// Of each node those it is joined with in the layer behind.
    pub(super) after: Vec<Vec<Joined>>,
    /// Of each edge the nodes that it leads through, its ends included.
    pub(super) paths: Vec<Vec<usize>>,
}

/// Whose bend it is: edges out of a leaf or into it, inside of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Trunk {
    leaf: usize,
    is_into: bool,
    group: Option<usize>,
}

impl Layers {
    pub(super) fn new(visible: &Visible<'_>, ranks: &[usize], direction: Direction) -> Self {
        let nodes = visible.leaves.iter().zip(ranks).enumerate();
        let nodes = nodes.map(|(at, (leaf, rank))| {
            let (width, height) = size(leaf);
            let (along, across) = match direction {
                Direction::LeftToRight => (width, height),
                Direction::TopToBottom => (height, width),
            };
            Node {
                place: Place::Leaf(at),
                rank: *rank,
                group: leaf.group,
                along,
                across,
            }
        });
        let mut layers = Self {
            nodes: nodes.collect(),
            ranks: vec![Vec::new(); ranks.iter().max().map_or(0, |last| last + 1)],
            before: Vec::new(),
            after: Vec::new(),
            paths: Vec::new(),
        };
        layers.cut_edges(visible);
        layers.join();
        layers.keep_room(&visible.groups);
        for (at, node) in layers.nodes.iter().enumerate() {
            layers.ranks[node.rank].push(at);
        }
        layers
    }

    fn cut_edges(&mut self, visible: &Visible<'_>) {
        let mut outgoing = vec![0_u32; visible.leaves.len()];
        let mut incoming = outgoing.clone();
        for edge in &visible.edges {
            outgoing[edge.from] += 1;
            incoming[edge.to] += 1;
        }
        let mut bends: BTreeMap<(Trunk, usize), usize> = BTreeMap::new();
        for edge in &visible.edges {
            let Edge { from, to, .. } = *edge;
            let is_into = incoming[to] > outgoing[from];
            let trunk = Trunk {
                leaf: if is_into { to } else { from },
                is_into,
                group: common(
                    &visible.groups,
                    visible.leaves[from].group,
                    visible.leaves[to].group,
                ),
            };
            let mut path = vec![from];
            for rank in self.nodes[from].rank + 1..self.nodes[to].rank {
                path.push(*bends.entry((trunk, rank)).or_insert_with(|| {
                    self.nodes.push(Node {
                        place: Place::Bend,
                        rank,
                        group: trunk.group,
                        along: 0.0,
                        across: 0.0,
                    });
                    self.nodes.len() - 1
                }));
            }
            path.push(to);
            self.paths.push(path);
        }
    }

    /// Joins the nodes that follow each other on a path.
    fn join(&mut self) {
        let mut weights: BTreeMap<(usize, usize), u32> = BTreeMap::new();
        for path in &self.paths {
            for pair in path.windows(2) {
                *weights.entry((pair[0], pair[1])).or_insert(0) += 1;
            }
        }
        self.before = vec![Vec::new(); self.nodes.len()];
        self.after = vec![Vec::new(); self.nodes.len()];
        for ((from, to), weight) in weights {
            self.after[from].push(Joined { node: to, weight });
            self.before[to].push(Joined { node: from, weight });
        }
    }

    /// Gives each open group something in each layer between its first and its last one.
    fn keep_room(&mut self, groups: &[OpenGroup<'_>]) {
        let mut present: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); groups.len()];
        for node in &self.nodes {
            if let Some(group) = node.group {
                present[group].insert(node.rank);
            }
        }
        // Groups come behind those around them.
        for group in (0..groups.len()).rev() {
            let span = present[group]
                .first()
                .copied()
                .zip(present[group].last().copied());
            let Some((first, last)) = span else { continue };
            for rank in first..=last {
                if present[group].insert(rank) {
                    self.nodes.push(Node {
                        place: Place::Room,
                        rank,
                        group: Some(group),
                        along: 0.0,
                        across: 0.0,
                    });
                    self.before.push(Vec::new());
                    self.after.push(Vec::new());
                }
            }
            if let Some(parent) = groups[group].parent {
                let ranks: Vec<usize> = present[group].iter().copied().collect();
                present[parent].extend(ranks);
            }
        }
    }
}

/// Width and height of a leaf.
fn size(leaf: &Leaf<'_>) -> (f64, f64) {
    let text = leaf.label.chars().count() as f64 * CHARACTER_WIDTH;
    ((text + WIDTH_FRAME).clamp(WIDTH_MIN, WIDTH_MAX).round(), HEIGHT)
}

/// The groups around something, from the outermost one to its own.
pub(super) fn path(groups: &[OpenGroup<'_>], group: Option<usize>) -> Vec<usize> {
    let mut path: Vec<usize> = std::iter::successors(group, |group| groups[*group].parent).collect();
    path.reverse();
    path
}

/// The innermost group around both.
fn common(groups: &[OpenGroup<'_>], one: Option<usize>, other: Option<usize>) -> Option<usize> {
    let (one, other) = (path(groups, one), path(groups, other));
    let same = one.iter().zip(&other).take_while(|(one, other)| one == other);
    same.last().map(|(group, _)| *group)
}
