//! The layer of each node: first by the longest path to it, then closer to what it is joined with.

use super::visible::Edge;

/// After so many rounds a graph is tight enough, whatever it is.
const ROUNDS_MAX: usize = 16;

/// A layer for each of `count` leaves, from 0, such that each edge leads to a later one.
pub(super) fn ranks(count: usize, edges: &[Edge]) -> Vec<usize> {
    let mut before = vec![Vec::new(); count];
    let mut after = vec![Vec::new(); count];
    for edge in edges {
        before[edge.to].push(edge.from);
        after[edge.from].push(edge.to);
    }
    let order = topological(&before, &after);
    let mut ranks = vec![0; count];
    for leaf in &order {
        ranks[*leaf] = earliest(&before[*leaf], &ranks);
    }
    for _ in 0..ROUNDS_MAX {
        if !tighten(&order, (&before, &after), &mut ranks) {
            break;
        }
    }
    let first = ranks.iter().copied().min().unwrap_or(0);
    ranks.iter().map(|rank| rank - first).collect()
}

fn earliest(before: &[usize], ranks: &[usize]) -> usize {
    before.iter().map(|leaf| ranks[*leaf] + 1).max().unwrap_or(0)
}

/// Moves what has more edges on one side than on the other to that side, which makes the edges shorter in sum. Tells whether
/// anything moved.
fn tighten(order: &[usize], (before, after): (&[Vec<usize>], &[Vec<usize>]), ranks: &mut [usize]) -> bool {
    let mut has_moved = false;
    for leaf in order.iter().rev().copied() {
        if after[leaf].len() > before[leaf].len()
            && let Some(first) = after[leaf].iter().map(|next| ranks[*next]).min()
            && first - 1 > ranks[leaf]
        {
            ranks[leaf] = first - 1;
            has_moved = true;
        }
    }
    for leaf in order.iter().copied() {
        if before[leaf].len() > after[leaf].len() && earliest(&before[leaf], ranks) < ranks[leaf] {
            ranks[leaf] = earliest(&before[leaf], ranks);
            has_moved = true;
        }
    }
    has_moved
}

/// Every leaf behind those before it. The edges have no cycle.
fn topological(before: &[Vec<usize>], after: &[Vec<usize>]) -> Vec<usize> {
    let mut open: Vec<usize> = before.iter().map(Vec::len).collect();
    let mut order: Vec<usize> = (0..before.len()).filter(|leaf| open[*leaf] == 0).collect();
    let mut at = 0;
    while let Some(leaf) = order.get(at).copied() {
        at += 1;
        for next in &after[leaf] {
            open[*next] -= 1;
            if open[*next] == 0 {
                order.push(*next);
            }
        }
    }
    order
}
