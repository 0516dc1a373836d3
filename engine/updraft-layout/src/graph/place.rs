//! Coordinates across the layers: edges straight, nodes in the middle of what they are joined with, room for the boxes of groups.
//!
//! Layers are swept forth and back. Each node wants to be at the mean of its neighbours; the least squares of all wishes of a layer, with its
//! order and distances kept, are found exactly (pool adjacent violators). Boxes of groups reach over several layers: where there are some, all
//! places are then moved as far as they must be, half of it from above and half from below.

use super::layers::{Joined, Layers, path};
use super::view::Direction;
use super::visible::OpenGroup;

/// Between two nodes of a layer.
const GAP: f64 = 20.0;
/// Between a bend and what is beside it.
const BEND_GAP: f64 = 14.0;
/// Between the border of a group and what is in it.
pub(super) const PADDING: f64 = 16.0;
/// For the name of a group, at its top.
pub(super) const HEADER: f64 = 24.0;
/// How often all layers are swept.
const SWEEPS: usize = 8;
/// Where there are groups: how often the places are swept and then moved.
const ROUNDS: usize = 3;

/// Where everything is across the layers.
#[derive(Debug)]
pub(super) struct Across {
    /// The middle of each node.
    pub(super) nodes: Vec<f64>,
    /// The beginning and end of each open group.
    pub(super) groups: Vec<(f64, f64)>,
}

/// What a group keeps free before and behind what is in it.
#[derive(Debug, Clone, Copy)]
struct Frame {
    before: f64,
    behind: f64,
}

/// Places all nodes, and the open groups around them.
pub(super) fn place(layers: &Layers, groups: &[OpenGroup<'_>], direction: Direction) -> Across {
    let frame = Frame {
        before: match direction {
            Direction::LeftToRight => PADDING + HEADER,
            Direction::TopToBottom => PADDING,
        },
        behind: PADDING,
    };
    let paths: Vec<Vec<usize>> = layers.nodes.iter().map(|node| path(groups, node.group)).collect();
    let mut at = packed(layers, &paths, frame);
    if groups.is_empty() {
        sweep(layers, &paths, frame, (SWEEPS, &mut at));
    } else {
        let bounds = Bounds::new(layers, groups, &paths, frame);
        for _ in 0..ROUNDS {
            sweep(layers, &paths, frame, (SWEEPS, &mut at));
            bounds.keep(&mut at);
        }
    }
    let first = layers
        .nodes
        .iter()
        .zip(&at)
        .map(|(node, at)| at - node.across / 2.0)
        .fold(f64::INFINITY, f64::min);
    for at in &mut at {
        *at -= first;
    }
    let groups = boxes(layers, groups, &at, frame);
    Across { nodes: at, groups }
}

/// Every layer from 0 on, as close as it can be.
fn packed(layers: &Layers, paths: &[Vec<usize>], frame: Frame) -> Vec<f64> {
    let mut at = vec![0.0; layers.nodes.len()];
    for rank in &layers.ranks {
        for pair in rank.windows(2) {
            at[pair[1]] = at[pair[0]] + distance(layers, paths, frame, (pair[0], pair[1]));
        }
    }
    at
}

/// The least distance from the middle of a node to that of the one behind it.
fn distance(layers: &Layers, paths: &[Vec<usize>], frame: Frame, (one, other): (usize, usize)) -> f64 {
    let halves = f64::midpoint(layers.nodes[one].across, layers.nodes[other].across);
    let gap = if layers.is_bend(one) || layers.is_bend(other) {
        BEND_GAP
    } else {
        GAP
    };
    let same = paths[one]
        .iter()
        .zip(&paths[other])
        .take_while(|(one, other)| one == other)
        .count();
    let ends = (paths[one].len() - same) as f64 * frame.behind;
    let begins = (paths[other].len() - same) as f64 * frame.before;
    halves + gap + ends + begins
}

fn sweep(layers: &Layers, paths: &[Vec<usize>], frame: Frame, (sweeps, at): (usize, &mut [f64])) {
    let ranks = layers.ranks.len();
    for turn in 0..sweeps {
        // The last two look to both sides.
        let (before, after) = if turn + 2 >= sweeps {
            (true, true)
        } else {
            (turn % 2 == 0, turn % 2 == 1)
        };
        for step in 0..ranks {
            let rank = if turn % 2 == 0 { step } else { ranks - 1 - step };
            let wish = |node: usize| wish(layers, at, node, (before, after));
            let wishes: Vec<(f64, f64)> = layers.ranks[rank].iter().map(|node| wish(*node)).collect();
            settle(layers, paths, frame, (&layers.ranks[rank], &wishes, at));
        }
    }
}

/// Where a node wants to be, and how much.
fn wish(layers: &Layers, at: &[f64], node: usize, (before, after): (bool, bool)) -> (f64, f64) {
    let (mut sum, mut weights) = (0.0, 0.0);
    let mut add = |joined: &[Joined]| {
        for joined in joined {
            // Bends that follow each other should be one line above all.
            let straight = match (layers.is_bend(node), layers.is_bend(joined.node)) {
                (true, true) => 8.0,
                (true, false) | (false, true) => 2.0,
                (false, false) => 1.0,
            };
            let weight = straight * f64::from(joined.weight);
            sum += at[joined.node] * weight;
            weights += weight;
        }
    };
    if before {
        add(&layers.before[node]);
    }
    if after {
        add(&layers.after[node]);
    }
    if weights == 0.0 {
        (at[node], 0.1)
    } else {
        (sum / weights, weights)
    }
}

/// Puts the nodes of a layer as close to their wishes as their order and distances allow: the least weighted squares.
fn settle(
    layers: &Layers,
    paths: &[Vec<usize>],
    frame: Frame,
    (rank, wishes, at): (&[usize], &[(f64, f64)], &mut [f64]),
) {
    /// Nodes that stand as close as they can.
    struct Block {
        /// Where its first node is if all wishes of the block count.
        wish: f64,
        weight: f64,
        length: usize,
    }
    let mut offsets = vec![0.0; rank.len()];
    for (at, pair) in rank.windows(2).enumerate() {
        offsets[at + 1] = offsets[at] + distance(layers, paths, frame, (pair[0], pair[1]));
    }
    // Measured without the distances, the places need only not fall.
    let mut blocks: Vec<Block> = Vec::with_capacity(rank.len());
    for ((wish, weight), offset) in wishes.iter().zip(&offsets) {
        let mut block = Block {
            wish: wish - offset,
            weight: *weight,
            length: 1,
        };
        while let Some(last) = blocks.pop_if(|last| last.wish > block.wish) {
            let weight = last.weight + block.weight;
            block.wish = (last.wish * last.weight + block.wish * block.weight) / weight;
            block.weight = weight;
            block.length += last.length;
        }
        blocks.push(block);
    }
    let starts = blocks
        .iter()
        .flat_map(|block| std::iter::repeat_n(block.wish, block.length));
    for ((node, offset), start) in rank.iter().zip(&offsets).zip(starts) {
        at[*node] = start + offset;
    }
}

/// Distances that must be kept between nodes and the borders of groups, as a graph without cycles: each layer has its order, and
/// groups beside each other have the same order in all of them.
struct Bounds {
    /// For each variable those before it and how far: first the nodes, then the beginning and end of each group.
    before: Vec<Vec<(usize, f64)>>,
    after: Vec<Vec<(usize, f64)>>,
    order: Vec<usize>,
    /// The nodes of each group, groups in it included.
    inside: Vec<Vec<usize>>,
    halves: Vec<f64>,
    frame: Frame,
}

impl Bounds {
    fn new(layers: &Layers, groups: &[OpenGroup<'_>], paths: &[Vec<usize>], frame: Frame) -> Self {
        let count = layers.nodes.len();
        let mut bounds = Self {
            before: vec![Vec::new(); count + 2 * groups.len()],
            after: vec![Vec::new(); count + 2 * groups.len()],
            order: Vec::new(),
            inside: vec![Vec::new(); groups.len()],
            halves: layers.nodes.iter().map(|node| node.across / 2.0).collect(),
            frame,
        };
        for (node, path) in paths.iter().enumerate() {
            for group in path {
                bounds.inside[*group].push(node);
            }
        }
        let (begin, end) = (
            |group: usize| count + 2 * group,
            |group: usize| count + 2 * group + 1,
        );
        for rank in &layers.ranks {
            let mut last: Option<usize> = None;
            for node in rank {
                let path = &paths[*node];
                let same = last.map_or(0, |last| {
                    let both = paths[last].iter().zip(path);
                    both.take_while(|(one, other)| one == other).count()
                });
                // What ends behind the last node, then what begins before this one.
                let mut previous = last.map(|last| {
                    let half = bounds.halves[last];
                    bounds.close((last, half), &paths[last][same..], end)
                });
                let gap = last.map_or(0.0, |last| {
                    if layers.is_bend(last) || layers.is_bend(*node) {
                        BEND_GAP
                    } else {
                        GAP
                    }
                });
                let mut ahead = gap;
                for group in &path[same..] {
                    if let Some((from, reach)) = previous {
                        bounds.demand(from, begin(*group), reach + ahead);
                    }
                    (previous, ahead) = (Some((begin(*group), frame.before)), 0.0);
                }
                if let Some((from, reach)) = previous {
                    bounds.demand(from, *node, reach + ahead + bounds.halves[*node]);
                }
                last = Some(*node);
            }
            if let Some(last) = last {
                let half = bounds.halves[last];
                bounds.close((last, half), &paths[last], end);
            }
        }
        bounds.sort();
        bounds
    }

    /// Ends these groups, the innermost first, behind something; gives what is last then, and how far it reaches.
    fn close(
        &mut self,
        (mut last, mut reach): (usize, f64),
        path: &[usize],
        end: impl Fn(usize) -> usize,
    ) -> (usize, f64) {
        for group in path.iter().rev() {
            self.demand(last, end(*group), reach + self.frame.behind);
            (last, reach) = (end(*group), 0.0);
        }
        (last, reach)
    }

    fn demand(&mut self, from: usize, to: usize, distance: f64) {
        self.before[to].push((from, distance));
        self.after[from].push((to, distance));
    }

    fn sort(&mut self) {
        let mut open: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut order: Vec<usize> = (0..open.len()).filter(|at| open[*at] == 0).collect();
        let mut next = 0;
        while let Some(at) = order.get(next).copied() {
            next += 1;
            for (to, _) in &self.after[at] {
                open[*to] -= 1;
                if open[*to] == 0 {
                    order.push(*to);
                }
            }
        }
        self.order = order;
    }

    /// Moves the nodes until all distances are kept.
    fn keep(&self, at: &mut [f64]) {
        let mut wishes = at.to_vec();
        for inside in &self.inside {
            let first = inside.iter().map(|node| at[*node] - self.halves[*node]);
            wishes.push(first.fold(f64::INFINITY, f64::min) - self.frame.before);
            let last = inside.iter().map(|node| at[*node] + self.halves[*node]);
            wishes.push(last.fold(f64::NEG_INFINITY, f64::max) + self.frame.behind);
        }
        let mut down = wishes.clone();
        for to in &self.order {
            for (from, distance) in &self.before[*to] {
                down[*to] = f64::max(down[*to], down[*from] + distance);
            }
        }
        let mut up = wishes;
        for from in self.order.iter().rev() {
            for (to, distance) in &self.after[*from] {
                up[*from] = f64::min(up[*from], up[*to] - distance);
            }
        }
        // The mean of two places that keep all distances keeps them, too.
        for (at, (down, up)) in at.iter_mut().zip(down.iter().zip(&up)) {
            *at = f64::midpoint(*down, *up);
        }
    }
}

/// The box of each group: what is in it, and its frame.
fn boxes(layers: &Layers, groups: &[OpenGroup<'_>], at: &[f64], frame: Frame) -> Vec<(f64, f64)> {
    let mut boxes = vec![(f64::INFINITY, f64::NEG_INFINITY); groups.len()];
    for (node, at) in layers.nodes.iter().zip(at) {
        if let Some(group) = node.group {
            let (begin, end) = &mut boxes[group];
            *begin = begin.min(at - node.across / 2.0 - frame.before);
            *end = end.max(at + node.across / 2.0 + frame.behind);
        }
    }
    // Groups come behind those around them.
    for group in (0..groups.len()).rev() {
        if let Some(parent) = groups[group].parent {
            let (begin, end) = boxes[group];
            boxes[parent].0 = boxes[parent].0.min(begin - frame.before);
            boxes[parent].1 = boxes[parent].1.max(end + frame.behind);
        }
    }
    boxes
}
