//! The order within each layer: few crossings, and open groups in one piece.
//!
//! Layers are swept forth and back; each node wants to be at the mean of its neighbours (barycentre), then neighbours are swapped where that
//! saves crossings. What is in a group is ordered within it. Groups beside each other have one order in all layers, since each is one
//! box: it is found in sweeps that are free of it, and holds from then on.

use super::layers::{Joined, Layers, Place, path};
use super::visible::OpenGroup;

/// Sweeps before the order of groups is settled.
const FREE_SWEEPS: usize = 4;
/// Sweeps from then on, of which the best is taken.
const SWEEPS: usize = 10;
/// In graphs of more nodes than this, bends included, fewer sweeps have to do.
const LARGE: usize = 20_000;
/// How often the neighbours of a layer are tried for swaps in one sweep.
const SWAP_ROUNDS: usize = 3;

/// A part of a layer.
#[derive(Debug, Clone)]
enum Item {
    Node(usize),
    Group(usize, Vec<Item>),
}

/// Which neighbours decide where a node wants to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

struct Ordering<'a> {
    layers: &'a Layers,
    items: Vec<Vec<Item>>,
    /// The place of each node in its layer.
    place: Vec<usize>,
    /// How many nodes each layer has.
    lengths: Vec<usize>,
    /// Once settled, the place of each group among those beside it.
    group_place: Option<Vec<f64>>,
}

/// Orders the layers.
pub(super) fn order(layers: &mut Layers, groups: &[OpenGroup<'_>]) {
    let mut ordering = Ordering::new(layers, groups);
    let (free, sweeps) = if layers.nodes.len() > LARGE {
        (1, 2)
    } else {
        (FREE_SWEEPS, SWEEPS)
    };
    if !groups.is_empty() {
        for turn in 0..free {
            ordering.sweep(turn);
        }
        ordering.settle_groups(groups);
    }
    let mut best: Option<(u64, Vec<Vec<usize>>)> = None;
    for turn in 0..sweeps {
        ordering.sweep(turn);
        let (crossings, ranks) = (ordering.crossings(), ordering.flat());
        if best.as_ref().is_none_or(|(fewest, _)| crossings < *fewest) {
            best = Some((crossings, ranks));
        }
        if crossings == 0 {
            break;
        }
    }
    if let Some((_, ranks)) = best {
        layers.ranks = ranks;
    }
}

impl<'a> Ordering<'a> {
    fn new(layers: &'a Layers, groups: &[OpenGroup<'_>]) -> Self {
        let first = depth_first(layers);
        let mut ordering = Self {
            layers,
            items: Vec::new(),
            place: vec![0; layers.nodes.len()],
            lengths: layers.ranks.iter().map(Vec::len).collect(),
            group_place: None,
        };
        for rank in &layers.ranks {
            let mut nodes = rank.clone();
            nodes.sort_by_key(|node| first[*node]);
            let mut items = Vec::new();
            for node in nodes {
                insert(&mut items, &path(groups, layers.nodes[node].group), node);
            }
            ordering.items.push(items);
        }
        for rank in 0..ordering.items.len() {
            ordering.take_places(rank);
        }
        ordering
    }

    fn flat(&self) -> Vec<Vec<usize>> {
        let flat = |items: &Vec<Item>| {
            let mut nodes = Vec::new();
            for_each(items, &mut |node| nodes.push(node));
            nodes
        };
        self.items.iter().map(flat).collect()
    }

    fn take_places(&mut self, rank: usize) {
        let place = &mut self.place;
        let mut next = 0;
        for_each(&self.items[rank], &mut |node| {
            place[node] = next;
            next += 1;
        });
    }

    /// Where a node is in its layer, from 0 to 1.
    fn share(&self, node: usize) -> f64 {
        let length = self.lengths[self.layers.nodes[node].rank];
        (self.place[node] as f64 + 0.5) / length as f64
    }

    fn sweep(&mut self, turn: usize) {
        let ranks = self.items.len();
        if turn.is_multiple_of(2) {
            for rank in 1..ranks {
                self.arrange(rank, Side::Before);
            }
        } else {
            for rank in (0..ranks.saturating_sub(1)).rev() {
                self.arrange(rank, Side::After);
            }
        }
    }

    fn arrange(&mut self, rank: usize, side: Side) {
        let mut items = std::mem::take(&mut self.items[rank]);
        let wanted = |node: usize| {
            let joined = match side {
                Side::Before => &self.layers.before[node],
                Side::After => &self.layers.after[node],
            };
            let weight: f64 = joined.iter().map(|joined| f64::from(joined.weight)).sum();
            if weight == 0.0 {
                return self.share(node);
            }
            let sum: f64 = joined
                .iter()
                .map(|joined| self.share(joined.node) * f64::from(joined.weight))
                .sum();
            sum / weight
        };
        sort(&mut items, &wanted, self.group_place.as_deref());
        self.items[rank] = items;
        self.take_places(rank);
        let mut items = std::mem::take(&mut self.items[rank]);
        self.swap(rank, &mut items);
        self.items[rank] = items;
        self.take_places(rank);
    }

    /// Swaps nodes that stand beside each other where that saves crossings.
    fn swap(&self, rank: usize, items: &mut [Item]) {
        let sorted = |of: &Vec<Joined>| {
            let mut places: Vec<(usize, u64)> = of
                .iter()
                .map(|joined| (self.place[joined.node], u64::from(joined.weight)))
                .collect();
            places.sort_unstable();
            places
        };
        let mut joined = vec![None; self.lengths[rank]];
        for_each(items, &mut |node| {
            joined[self.place[node]] = Some([
                sorted(&self.layers.before[node]),
                sorted(&self.layers.after[node]),
            ]);
        });
        let joined: Vec<[Vec<(usize, u64)>; 2]> = joined.into_iter().flatten().collect();
        let saves = |first: usize, second: usize| {
            let (first, second) = (&joined[self.place[first]], &joined[self.place[second]]);
            let now: u64 = (0..2).map(|side| crossings(&first[side], &second[side])).sum();
            let then: u64 = (0..2).map(|side| crossings(&second[side], &first[side])).sum();
            then < now
        };
        for _ in 0..SWAP_ROUNDS {
            if !swap_once(items, &saves) {
                break;
            }
        }
    }

    /// Gives each group its place among those beside it: where its nodes are on average.
    fn settle_groups(&mut self, groups: &[OpenGroup<'_>]) {
        let mut sums = vec![(0.0, 0_u32); groups.len()];
        for (node, of) in self.layers.nodes.iter().enumerate() {
            for group in path(groups, of.group) {
                sums[group].0 += self.share(node);
                sums[group].1 += 1;
            }
        }
        let mean = |(sum, count): (f64, u32)| sum / f64::from(count.max(1));
        self.group_place = Some(sums.into_iter().map(mean).collect());
        for rank in 0..self.items.len() {
            let mut items = std::mem::take(&mut self.items[rank]);
            sort(&mut items, &|node| self.share(node), self.group_place.as_deref());
            self.items[rank] = items;
            self.take_places(rank);
        }
    }

    fn crossings(&self) -> u64 {
        let mut count = 0;
        for (rank, items) in self.items.iter().enumerate() {
            let behind = self.lengths.get(rank + 1).copied().unwrap_or(0);
            let mut passed = Sums::new(behind);
            let mut total = 0;
            for_each(items, &mut |node| {
                let joined = &self.layers.after[node];
                for joined in joined {
                    let at_or_before = passed.up_to(self.place[joined.node] + 1);
                    count += (total - at_or_before) * u64::from(joined.weight);
                }
                for joined in joined {
                    passed.add(self.place[joined.node], u64::from(joined.weight));
                    total += u64::from(joined.weight);
                }
            });
        }
        count
    }
}

/// When a depth-first walk from the first layer comes to each node.
fn depth_first(layers: &Layers) -> Vec<usize> {
    let mut first = vec![usize::MAX; layers.nodes.len()];
    let mut next = 0;
    for start in layers.ranks.iter().flatten() {
        let mut ahead = vec![*start];
        while let Some(node) = ahead.pop() {
            if first[node] != usize::MAX {
                continue;
            }
            first[node] = next;
            next += 1;
            ahead.extend(layers.after[node].iter().rev().map(|joined| joined.node));
        }
    }
    first
}

fn insert(items: &mut Vec<Item>, path: &[usize], node: usize) {
    let Some((group, inner)) = path.split_first() else {
        items.push(Item::Node(node));
        return;
    };
    for item in items.iter_mut() {
        if let Item::Group(of, inside) = item
            && of == group
        {
            insert(inside, inner, node);
            return;
        }
    }
    let mut inside = Vec::new();
    insert(&mut inside, inner, node);
    items.push(Item::Group(*group, inside));
}

fn for_each(items: &[Item], visit: &mut impl FnMut(usize)) {
    for item in items {
        match item {
            Item::Node(node) => visit(*node),
            Item::Group(_, inside) => for_each(inside, visit),
        }
    }
}

/// Sorts a layer by where its nodes want to be, groups by the mean of what is in them; gives the sum of all, and how many they are.
fn sort(items: &mut Vec<Item>, wanted: &dyn Fn(usize) -> f64, group_place: Option<&[f64]>) -> (f64, usize) {
    let (mut sum, mut count) = (0.0, 0);
    let mut keyed: Vec<(f64, Item)> = Vec::with_capacity(items.len());
    for mut item in items.drain(..) {
        let (of_item, length) = match &mut item {
            Item::Node(node) => (wanted(*node), 1),
            Item::Group(_, inside) => sort(inside, wanted, group_place),
        };
        sum += of_item;
        count += length;
        keyed.push((of_item / length as f64, item));
    }
    keyed.sort_by(|one, other| one.0.total_cmp(&other.0));
    items.extend(keyed.into_iter().map(|(_, item)| item));
    if let Some(group_place) = group_place {
        order_groups(items, group_place);
    }
    (sum, count)
}

/// Puts the groups into their order; each stands where one of them stood.
fn order_groups(items: &mut [Item], group_place: &[f64]) {
    let group = |item: &Item| match item {
        Item::Node(_) => None,
        Item::Group(group, _) => Some(*group),
    };
    let at: Vec<usize> = (0..items.len())
        .filter(|at| group(&items[*at]).is_some())
        .collect();
    if at.len() < 2 {
        return;
    }
    let mut groups: Vec<(usize, Item)> = at
        .iter()
        .filter_map(|at| Some((group(&items[*at])?, items[*at].clone())))
        .collect();
    groups.sort_by(|(one, _), (other, _)| {
        group_place[*one]
            .total_cmp(&group_place[*other])
            .then(one.cmp(other))
    });
    for (at, (_, item)) in at.into_iter().zip(groups) {
        items[at] = item;
    }
}

fn swap_once(items: &mut [Item], saves: &impl Fn(usize, usize) -> bool) -> bool {
    let mut has_swapped = false;
    for at in 1..items.len() {
        let (Item::Node(first), Item::Node(second)) = (&items[at - 1], &items[at]) else {
            continue;
        };
        if saves(*first, *second) {
            items.swap(at - 1, at);
            has_swapped = true;
        }
    }
    for item in items {
        if let Item::Group(_, inside) = item {
            has_swapped |= swap_once(inside, saves);
        }
    }
    has_swapped
}

/// How often the edges of two nodes of a layer cross if the first stands before the second. Both are sorted by place.
fn crossings(first: &[(usize, u64)], second: &[(usize, u64)]) -> u64 {
    let mut count = 0;
    let mut before = 0;
    let mut next = 0;
    for (place, weight) in first {
        while let Some((of_second, weight)) = second.get(next)
            && of_second < place
        {
            before += weight;
            next += 1;
        }
        count += before * weight;
    }
    count
}

/// Sums over the first so many of a row of numbers (a Fenwick tree).
struct Sums(Vec<u64>);

impl Sums {
    fn new(length: usize) -> Self {
        Self(vec![0; length + 1])
    }

    fn add(&mut self, at: usize, number: u64) {
        let mut at = at + 1;
        while let Some(sum) = self.0.get_mut(at) {
            *sum += number;
            at += at & at.wrapping_neg();
        }
    }

    fn up_to(&self, end: usize) -> u64 {
        let (mut sum, mut at) = (0, end);
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
    }
}

impl Layers {
    /// Whether a node is a bend.
    pub(super) fn is_bend(&self, node: usize) -> bool {
        self.nodes[node].place == Place::Bend
    }
}
