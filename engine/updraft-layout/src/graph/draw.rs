//! Boxes and lines.

use updraft_model::TaskSpec;

use super::layers::Layers;
use super::place::{Across, HEADER, PADDING};
use super::view::Direction;
use super::visible::{Edge, NodeKind, OpenGroup, Visible};

/// Between two layers, beside the borders of groups.
const LAYER_GAP: f64 = 56.0;
/// Around everything.
const MARGIN: f64 = 16.0;

/// A point; x to the right, y down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Pixels from the left.
    pub x: f64,
    /// Pixels from the top.
    pub y: f64,
}

/// A task, a closed group, or the box around an open one. Whole pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnNode {
    /// The id of the task or group.
    pub id: String,
    /// Its id without that of the group around it.
    pub label: String,
    /// What it stands for.
    pub kind: NodeKind,
    /// The open group around it.
    pub parent: Option<String>,
    /// Its left border.
    pub x: f64,
    /// Its upper border.
    pub y: f64,
    /// Its width.
    pub w: f64,
    /// Its height.
    pub h: f64,
    /// Of a task: the class or kind that people see.
    pub operator: Option<String>,
    /// Whether it has copies.
    pub is_mapped: bool,
    /// Whether it is a setup.
    pub is_setup: bool,
    /// Whether it is a teardown.
    pub is_teardown: bool,
    /// Of a group: how many tasks are in it.
    pub count: Option<u32>,
}

/// An edge between two nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct DrawnEdge {
    /// The id of the node it leaves.
    pub from: String,
    /// The id of the node it enters.
    pub to: String,
    /// Whether it leads from a setup to its teardown.
    pub is_setup: bool,
    /// Whether it leads against the direction of all others, as it must where a closed group stands both before and behind something.
    pub is_back: bool,
    /// From border to border: two points or more, around all nodes.
    pub points: Vec<Point>,
}

/// A graph with a place for everything.
#[derive(Debug, Clone, PartialEq)]
pub struct GraphLayout {
    /// Its width, with a margin.
    pub width: f64,
    /// Its height, with a margin.
    pub height: f64,
    /// Boxes of open groups, outer ones first; then tasks and closed groups in the order of the DAG.
    pub nodes: Vec<DrawnNode>,
    /// The edges, by the nodes that they leave and enter.
    pub edges: Vec<DrawnEdge>,
}

/// Where everything is along: the beginning and end of each layer, and of each open group.
struct Along {
    ranks: Vec<(f64, f64)>,
    groups: Vec<(f64, f64)>,
}

/// A rectangle by its two axes.
#[derive(Clone, Copy)]
struct Rectangle {
    along: (f64, f64),
    across: (f64, f64),
}

impl Rectangle {
    /// x, y, width and height.
    fn drawn(self, direction: Direction) -> (f64, f64, f64, f64) {
        let (x, y) = match direction {
            Direction::LeftToRight => (self.along, self.across),
            Direction::TopToBottom => (self.across, self.along),
        };
        (x.0, y.0, x.1 - x.0, y.1 - y.0)
    }
}

pub(super) fn draw(
    visible: &Visible<'_>,
    layers: &Layers,
    across: &Across,
    direction: Direction,
) -> GraphLayout {
    let along = along(visible, layers, direction);
    let first = across.groups.iter().map(|(begin, _)| *begin).fold(0.0, f64::min);
    let shift = MARGIN - first;
    let whole = |at: f64| (at + shift).round();
    let mut nodes = boxes(
        visible,
        &along,
        |group| {
            let (begin, end) = across.groups[group];
            (whole(begin), whole(end))
        },
        direction,
    );
    let rectangles: Vec<Rectangle> = layers.nodes[..visible.leaves.len()]
        .iter()
        .zip(&across.nodes)
        .map(|(node, at)| {
            let (begin, end) = along.ranks[node.rank];
            let start = f64::midpoint(begin, end - node.along).round();
            let top = whole(at - node.across / 2.0);
            Rectangle {
                along: (start, start + node.along),
                across: (top, top + node.across),
            }
        })
        .collect();
    nodes.extend(leaves(visible, &rectangles, direction));
    let lines = Lines {
        layers,
        rectangles: &rectangles,
        ranks: &along.ranks,
        bend: &|node| whole(across.nodes[node]),
        direction,
    };
    let edges = edges(visible, &lines);
    let end = |of: fn(Point) -> f64, of_node: fn(&DrawnNode) -> f64| {
        let points = edges.iter().flat_map(|edge| &edge.points);
        let points = points.map(|point| of(*point));
        points.chain(nodes.iter().map(of_node)).fold(0.0, f64::max) + MARGIN
    };
    GraphLayout {
        width: end(|point| point.x, |node| node.x + node.w),
        height: end(|point| point.y, |node| node.y + node.h),
        nodes,
        edges,
    }
}

/// The boxes of open groups.
fn boxes(
    visible: &Visible<'_>,
    along: &Along,
    across: impl Fn(usize) -> (f64, f64),
    direction: Direction,
) -> Vec<DrawnNode> {
    let drawn = |(at, group): (usize, &OpenGroup<'_>)| {
        let rectangle = Rectangle {
            along: along.groups[at],
            across: across(at),
        };
        let parent = group.parent.map(|parent| visible.groups[parent].id);
        DrawnNode {
            count: Some(group.count),
            is_mapped: group.is_mapped,
            ..node(
                (group.id, group.label, NodeKind::OpenGroup),
                parent,
                rectangle,
                direction,
            )
        }
    };
    visible.groups.iter().enumerate().map(drawn).collect()
}

/// Tasks and closed groups.
fn leaves<'a>(
    visible: &'a Visible<'_>,
    rectangles: &'a [Rectangle],
    direction: Direction,
) -> impl Iterator<Item = DrawnNode> + 'a {
    visible
        .leaves
        .iter()
        .zip(rectangles)
        .map(move |(leaf, rectangle)| {
            let is = |of: fn(&TaskSpec) -> bool| leaf.task.is_some_and(of);
            let parent = leaf.group.map(|group| visible.groups[group].id);
            DrawnNode {
                operator: leaf.task.map(|task| task.operator.clone()),
                is_mapped: leaf.is_mapped,
                is_setup: is(|task| task.is_setup),
                is_teardown: is(|task| task.is_teardown),
                count: leaf.task.is_none().then_some(leaf.count),
                ..node((leaf.id, leaf.label, leaf.kind), parent, *rectangle, direction)
            }
        })
}

fn edges(visible: &Visible<'_>, lines: &Lines<'_>) -> Vec<DrawnEdge> {
    let drawn = |(edge, path): (&Edge, &Vec<usize>)| {
        let mut points = lines.points(path);
        let (mut from, mut to) = (edge.from, edge.to);
        if edge.is_back {
            points.reverse();
            (from, to) = (to, from);
        }
        DrawnEdge {
            from: visible.leaves[from].id.to_owned(),
            to: visible.leaves[to].id.to_owned(),
            is_setup: edge.is_setup,
            is_back: edge.is_back,
            points,
        }
    };
    visible.edges.iter().zip(&lines.layers.paths).map(drawn).collect()
}

fn node(
    (id, label, kind): (&str, &str, NodeKind),
    parent: Option<&str>,
    rectangle: Rectangle,
    direction: Direction,
) -> DrawnNode {
    let (x, y, w, h) = rectangle.drawn(direction);
    DrawnNode {
        id: id.to_owned(),
        label: label.to_owned(),
        kind,
        parent: parent.map(str::to_owned),
        x,
        y,
        w,
        h,
        operator: None,
        is_mapped: false,
        is_setup: false,
        is_teardown: false,
        count: None,
    }
}

/// Places layers one behind the other, with room for the borders of the groups that begin and end there.
fn along(visible: &Visible<'_>, layers: &Layers, direction: Direction) -> Along {
    let header = match direction {
        Direction::LeftToRight => 0.0,
        Direction::TopToBottom => HEADER,
    };
    let spans = spans(visible, layers);
    let (begins, ends) = (
        borders(visible, &spans, |span| span.0),
        borders(visible, &spans, |span| span.1),
    );
    let mut before = vec![0_usize; layers.ranks.len()];
    let mut behind = before.clone();
    for (group, span) in spans.iter().enumerate() {
        before[span.0] = before[span.0].max(begins[group]);
        behind[span.1] = behind[span.1].max(ends[group]);
    }
    let mut ranks = Vec::with_capacity(layers.ranks.len());
    let mut at = MARGIN;
    for (rank, nodes) in layers.ranks.iter().enumerate() {
        at += before[rank] as f64 * (PADDING + header);
        let longest = nodes
            .iter()
            .map(|node| layers.nodes[*node].along)
            .fold(0.0, f64::max);
        ranks.push((at, at + longest));
        at += longest + behind[rank] as f64 * PADDING + LAYER_GAP;
    }
    let groups = spans.iter().enumerate().map(|(group, (first, last))| {
        (
            ranks[*first].0 - begins[group] as f64 * (PADDING + header),
            ranks[*last].1 + ends[group] as f64 * PADDING,
        )
    });
    Along {
        groups: groups.collect(),
        ranks,
    }
}

/// The first and last layer of each open group.
fn spans(visible: &Visible<'_>, layers: &Layers) -> Vec<(usize, usize)> {
    let mut spans = vec![(usize::MAX, 0); visible.groups.len()];
    let mut widen = |group: usize, (first, last): (usize, usize)| {
        spans[group] = (spans[group].0.min(first), spans[group].1.max(last));
        spans[group]
    };
    for node in &layers.nodes {
        if let Some(group) = node.group {
            widen(group, (node.rank, node.rank));
        }
    }
    for group in (0..visible.groups.len()).rev() {
        let span = widen(group, (usize::MAX, 0));
        if let Some(parent) = visible.groups[group].parent {
            widen(parent, span);
        }
    }
    spans
}

/// How many borders each group has at its end, with those of the groups in it that share that layer.
fn borders(
    visible: &Visible<'_>,
    spans: &[(usize, usize)],
    end: impl Fn((usize, usize)) -> usize,
) -> Vec<usize> {
    let mut borders = vec![1; spans.len()];
    for group in (0..spans.len()).rev() {
        if let Some(parent) = visible.groups[group].parent
            && end(spans[parent]) == end(spans[group])
        {
            borders[parent] = borders[parent].max(borders[group] + 1);
        }
    }
    borders
}

/// What lines are made of.
struct Lines<'a> {
    layers: &'a Layers,
    rectangles: &'a [Rectangle],
    ranks: &'a [(f64, f64)],
    bend: &'a dyn Fn(usize) -> f64,
    direction: Direction,
}

impl Lines<'_> {
    /// The points of a line. It crosses layers straight, and changes its place only between them, where no nodes are.
    fn points(&self, path: &[usize]) -> Vec<Point> {
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(2 * path.len());
        for (step, node) in path.iter().enumerate() {
            let (begin, end) = self.ranks[self.layers.nodes[*node].rank];
            let Some(rectangle) = self.rectangles.get(*node) else {
                let across = (self.bend)(*node);
                points.extend([(begin, across), (end, across)]);
                continue;
            };
            let across = f64::midpoint(rectangle.across.0, rectangle.across.1);
            if step == 0 {
                points.extend([(rectangle.along.1, across), (end, across)]);
            } else {
                points.extend([(begin, across), (rectangle.along.0, across)]);
            }
        }
        let point = |(along, across): (f64, f64)| match self.direction {
            Direction::LeftToRight => Point { x: along, y: across },
            Direction::TopToBottom => Point { x: across, y: along },
        };
        straightened(&points).into_iter().map(point).collect()
    }
}

/// Without the points that lie on the line between their neighbours.
fn straightened(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = Vec::with_capacity(points.len());
    for point in points {
        if kept.last() == Some(point) {
            continue;
        }
        while let [.., first, second] = kept.as_slice() {
            let turn =
                (second.0 - first.0) * (point.1 - first.1) - (point.0 - first.0) * (second.1 - first.1);
            if turn != 0.0 {
                break;
            }
            kept.pop();
        }
        kept.push(*point);
    }
    kept
}
