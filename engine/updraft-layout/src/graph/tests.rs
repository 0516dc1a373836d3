use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use updraft_model::{DagSpec, TaskGroupSpec, TaskSpec};

use super::*;

/// A DAG of tasks `t0`, `t1`, ... with these edges, in groups `g0`, `g1`, ..., each of which may be in an earlier one.
fn dag(parents: &[Option<usize>], groups: &[Option<usize>], edges: &BTreeSet<(usize, usize)>) -> DagSpec {
    let mut spec = DagSpec::new("d".parse().unwrap());
    for (at, parent) in parents.iter().enumerate() {
        let mut group = TaskGroupSpec::new(format!("g{at}").parse().unwrap());
        group.parent = parent.map(|parent| format!("g{parent}").parse().unwrap());
        spec.task_groups.push(group);
    }
    for (at, group) in groups.iter().enumerate() {
        let mut task = TaskSpec::new(format!("t{at}").parse().unwrap(), "EmptyOperator");
        task.task_group = group.map(|group| format!("g{group}").parse().unwrap());
        let upstreams = edges.iter().filter(|(_, to)| *to == at);
        task.upstream_task_ids = upstreams
            .map(|(from, _)| format!("t{from}").parse().unwrap())
            .collect();
        spec.tasks.push(task);
    }
    spec
}

/// A chain of tasks without groups.
fn chain(length: usize) -> DagSpec {
    let edges = (1..length).map(|at| (at - 1, at)).collect();
    dag(&[], &vec![None; length], &edges)
}

fn any_dag() -> impl Strategy<Value = DagSpec> {
    let index = any::<proptest::sample::Index>;
    let parents = prop::collection::vec(prop::option::of(index()), 0..6);
    let groups = prop::collection::vec(prop::option::of(index()), 1..30);
    let edges = prop::collection::vec((index(), index()), 0..60);
    (parents, groups, edges).prop_map(|(parents, groups, edges)| {
        let parent = |(at, parent): (usize, &Option<proptest::sample::Index>)| {
            parent.filter(|_| at > 0).map(|parent| parent.index(at))
        };
        let parents: Vec<Option<usize>> = parents.iter().enumerate().map(parent).collect();
        let count = groups.len();
        let of = |group: Option<proptest::sample::Index>| {
            group
                .filter(|_| !parents.is_empty())
                .map(|group| group.index(parents.len()))
        };
        let groups: Vec<Option<usize>> = groups.into_iter().map(of).collect();
        let edge = |(one, other): (proptest::sample::Index, proptest::sample::Index)| {
            let (one, other) = (one.index(count), other.index(count));
            (one.min(other), one.max(other))
        };
        let edges = edges
            .into_iter()
            .map(edge)
            .filter(|(from, to)| from != to)
            .collect();
        dag(&parents, &groups, &edges)
    })
}

fn any_view() -> impl Strategy<Value = GraphView> {
    let open = prop_oneof![
        Just(OpenGroups::All),
        prop::collection::btree_set("g[0-5]", 0..6).prop_map(OpenGroups::These),
    ];
    let direction = prop_oneof![Just(Direction::LeftToRight), Just(Direction::TopToBottom)];
    (open, direction).prop_map(|(open, direction)| GraphView {
        open,
        direction,
        focus: None,
    })
}

fn open(direction: Direction) -> GraphView {
    GraphView {
        open: OpenGroups::All,
        direction,
        focus: None,
    }
}

fn overlap(one: &DrawnNode, other: &DrawnNode) -> bool {
    one.x < other.x + other.w
        && other.x < one.x + one.w
        && one.y < other.y + other.h
        && other.y < one.y + one.h
}

fn contains(outer: &DrawnNode, inner: &DrawnNode) -> bool {
    outer.x < inner.x
        && outer.y < inner.y
        && inner.x + inner.w < outer.x + outer.w
        && inner.y + inner.h < outer.y + outer.h
}

/// Whether a piece of a line runs through the inside of a box. All points of a piece on one side of the box, in any direction of
/// its borders or of the piece itself, mean that it does not.
fn crosses(node: &DrawnNode, from: Point, to: Point) -> bool {
    let (left, right) = (node.x, node.x + node.w);
    let (top, bottom) = (node.y, node.y + node.h);
    if from.x.max(to.x) <= left || from.x.min(to.x) >= right {
        return false;
    }
    if from.y.max(to.y) <= top || from.y.min(to.y) >= bottom {
        return false;
    }
    let side = |x: f64, y: f64| (to.x - from.x) * (y - from.y) - (x - from.x) * (to.y - from.y);
    let sides = [
        side(left, top),
        side(left, bottom),
        side(right, top),
        side(right, bottom),
    ];
    sides.iter().any(|side| *side > 0.0) && sides.iter().any(|side| *side < 0.0)
}

/// The ids of the boxes around a node.
fn around<'a>(by_id: &BTreeMap<&'a str, &'a DrawnNode>, node: &'a DrawnNode) -> BTreeSet<&'a str> {
    let parent = |node: &&'a DrawnNode| Some(by_id[node.parent.as_deref()?]);
    std::iter::successors(Some(node), parent)
        .skip(1)
        .map(|node| node.id.as_str())
        .collect()
}

fn check(layout: &GraphLayout, direction: Direction) {
    let by_id: BTreeMap<&str, &DrawnNode> =
        layout.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    for (at, one) in layout.nodes.iter().enumerate() {
        assert!(one.x > 0.0 && one.y > 0.0 && one.x + one.w < layout.width && one.y + one.h < layout.height);
        for outer in around(&by_id, one) {
            assert!(
                contains(by_id[outer], one),
                "{one:?} is not inside {:?}",
                by_id[outer]
            );
        }
        for other in &layout.nodes[at + 1..] {
            let is_around = around(&by_id, one).contains(other.id.as_str())
                || around(&by_id, other).contains(one.id.as_str());
            assert!(is_around || !overlap(one, other), "{one:?} overlaps {other:?}");
        }
    }
    for edge in &layout.edges {
        let (from, to) = (by_id[edge.from.as_str()], by_id[edge.to.as_str()]);
        let along: Vec<f64> = edge
            .points
            .iter()
            .map(|point| match direction {
                Direction::LeftToRight => point.x,
                Direction::TopToBottom => point.y,
            })
            .collect();
        let is_forward = along.windows(2).all(|pair| pair[0] <= pair[1]);
        let is_back = along.windows(2).all(|pair| pair[0] >= pair[1]);
        assert!(if edge.is_back { is_back } else { is_forward }, "{edge:?}");
        for (node, end) in [(from, edge.points.first()), (to, edge.points.last())] {
            let end = end.unwrap();
            let touches =
                node.x <= end.x && end.x <= node.x + node.w && node.y <= end.y && end.y <= node.y + node.h;
            assert!(touches, "{edge:?} does not end at {node:?}");
        }
        for pair in edge.points.windows(2) {
            let leaves = layout
                .nodes
                .iter()
                .filter(|node| node.kind != NodeKind::OpenGroup);
            for node in leaves {
                assert!(!crosses(node, pair[0], pair[1]), "{edge:?} runs through {node:?}");
            }
        }
    }
}

proptest! {
    #[test]
    fn nodes_overlap_nothing_edges_go_forward_around_nodes_and_children_are_in_their_groups(
        spec in any_dag(),
        view in any_view(),
    ) {
        let layout = lay_out(&spec, &view).unwrap();
        check(&layout, view.direction);
        prop_assert_eq!(&layout, &lay_out(&spec, &view).unwrap());
    }

    #[test]
    fn with_all_groups_open_the_edges_are_those_of_the_dag_and_none_leads_back(spec in any_dag()) {
        let layout = lay_out(&spec, &open(Direction::LeftToRight)).unwrap();
        let drawn: BTreeSet<(String, String)> =
            layout.edges.iter().map(|edge| (edge.from.clone(), edge.to.clone())).collect();
        let of_task = |task: &TaskSpec| {
            let to = task.task_id.to_string();
            task.upstream_task_ids.iter().map(move |from| (from.to_string(), to.clone())).collect::<Vec<_>>()
        };
        let wanted: BTreeSet<(String, String)> = spec.tasks.iter().flat_map(of_task).collect();
        prop_assert_eq!(drawn, wanted);
        prop_assert!(layout.edges.iter().all(|edge| !edge.is_back));
    }

    #[test]
    fn every_task_is_shown_once_or_counted_in_a_closed_group(spec in any_dag(), view in any_view()) {
        let layout = lay_out(&spec, &view).unwrap();
        let shown: u32 = layout
            .nodes
            .iter()
            .map(|node| match node.kind {
                NodeKind::Task => 1,
                NodeKind::Group => node.count.unwrap(),
                NodeKind::OpenGroup => 0,
            })
            .sum();
        prop_assert_eq!(shown as usize, spec.tasks.len());
    }
}

#[test]
fn a_chain_is_a_straight_line() {
    let layout = lay_out(&chain(5), &GraphView::default()).unwrap();
    assert!(
        layout
            .nodes
            .windows(2)
            .all(|pair| pair[0].y == pair[1].y && pair[0].x < pair[1].x)
    );
    assert!(layout.edges.iter().all(|edge| edge.points.len() == 2));
}

#[test]
fn a_diamond_has_no_crossing_and_its_ends_in_the_middle() {
    let edges = BTreeSet::from([(0, 1), (0, 2), (1, 3), (2, 3)]);
    let layout = lay_out(&dag(&[], &[None; 4], &edges), &GraphView::default()).unwrap();
    let y: Vec<f64> = layout.nodes.iter().map(|node| node.y).collect();
    assert_eq!(
        (y[0], y[3]),
        (f64::midpoint(y[1], y[2]), f64::midpoint(y[1], y[2]))
    );
}

#[test]
fn two_chains_that_were_named_crosswise_do_not_cross() {
    // 0 and 1 begin, 2 follows 1 and 3 follows 0.
    let edges = BTreeSet::from([(1, 2), (0, 3)]);
    let layout = lay_out(&dag(&[], &[None; 4], &edges), &GraphView::default()).unwrap();
    let y: Vec<f64> = layout.nodes.iter().map(|node| node.y).collect();
    assert_eq!((y[0], y[1]), (y[3], y[2]));
}

#[test]
fn a_task_with_slack_stands_close_to_what_follows_it() {
    // 0 >> 1 >> 2 >> 3, and 4 >> 3.
    let edges = BTreeSet::from([(0, 1), (1, 2), (2, 3), (4, 3)]);
    let layout = lay_out(&dag(&[], &[None; 5], &edges), &GraphView::default()).unwrap();
    assert_eq!(layout.nodes[4].x, layout.nodes[2].x);
}

#[test]
fn a_closed_group_is_one_node_and_an_open_one_a_box() {
    // 0 >> [1 >> 2] >> 3
    let edges = BTreeSet::from([(0, 1), (1, 2), (2, 3)]);
    let spec = dag(&[None], &[None, Some(0), Some(0), None], &edges);
    let ids = |view: &GraphView| -> Vec<(String, NodeKind, Option<u32>)> {
        let layout = lay_out(&spec, view).unwrap();
        layout
            .nodes
            .into_iter()
            .map(|node| (node.id, node.kind, node.count))
            .collect()
    };
    let task = |id: &str| (id.to_owned(), NodeKind::Task, None);
    assert_eq!(
        ids(&GraphView::default()),
        [
            task("t0"),
            ("g0".to_owned(), NodeKind::Group, Some(2)),
            task("t3")
        ]
    );
    assert_eq!(
        ids(&open(Direction::LeftToRight)),
        [
            ("g0".to_owned(), NodeKind::OpenGroup, Some(2)),
            task("t0"),
            task("t1"),
            task("t2"),
            task("t3")
        ]
    );
}

#[test]
fn a_closed_group_before_and_behind_a_task_has_an_edge_back() {
    // [0, 2] are a group; 0 >> 1 >> 2.
    let edges = BTreeSet::from([(0, 1), (1, 2)]);
    let spec = dag(&[None], &[Some(0), None, Some(0)], &edges);
    let layout = lay_out(&spec, &GraphView::default()).unwrap();
    let edges: Vec<(&str, &str, bool)> = layout
        .edges
        .iter()
        .map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.is_back))
        .collect();
    assert_eq!(edges, [("g0", "t1", false), ("t1", "g0", true)]);
    check(&layout, Direction::LeftToRight);
}

#[test]
fn labels_leave_out_the_group_around() {
    let mut spec = DagSpec::new("d".parse().unwrap());
    spec.task_groups.push(TaskGroupSpec::new("load".parse().unwrap()));
    let mut inner = TaskGroupSpec::new("load.eu".parse().unwrap());
    inner.parent = Some("load".parse().unwrap());
    spec.task_groups.push(inner);
    let mut task = TaskSpec::new("load.eu.copy".parse().unwrap(), "EmptyOperator");
    task.task_group = Some("load.eu".parse().unwrap());
    spec.tasks.push(task);
    let layout = lay_out(&spec, &open(Direction::LeftToRight)).unwrap();
    let labels: Vec<&str> = layout.nodes.iter().map(|node| node.label.as_str()).collect();
    assert_eq!(labels, ["load", "eu", "copy"]);
}

#[test]
fn the_focus_shows_so_many_steps_around_a_task_or_a_group() {
    let spec = {
        let mut spec = chain(7);
        spec.task_groups.push(TaskGroupSpec::new("mid".parse().unwrap()));
        for task in &mut spec.tasks[3..5] {
            task.task_group = Some("mid".parse().unwrap());
        }
        spec
    };
    let shown = |root: &str, up: Option<u32>, down: Option<u32>| -> Vec<String> {
        let view = GraphView {
            focus: Some(Focus {
                root: root.to_owned(),
                up,
                down,
            }),
            ..open(Direction::LeftToRight)
        };
        let nodes = lay_out(&spec, &view).unwrap().nodes;
        let tasks = nodes.into_iter().filter(|node| node.kind == NodeKind::Task);
        tasks.map(|node| node.id).collect()
    };
    assert_eq!(shown("t1", Some(1), Some(2)), ["t0", "t1", "t2", "t3"]);
    assert_eq!(shown("mid", Some(0), Some(1)), ["t3", "t4", "t5"]);
    assert_eq!(shown("t5", None, Some(0)), ["t0", "t1", "t2", "t3", "t4", "t5"]);
}

#[test]
fn a_focus_on_nothing_is_an_error() {
    let focus = Focus {
        root: "nobody".to_owned(),
        up: None,
        down: None,
    };
    let view = GraphView {
        focus: Some(focus),
        ..GraphView::default()
    };
    let error = lay_out(&chain(2), &view).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the DAG has no task and no group `nobody`; leave `root` out to see all of it"
    );
}

#[test]
fn nothing_is_laid_out_as_nothing() {
    let layout = lay_out(&DagSpec::new("d".parse().unwrap()), &GraphView::default()).unwrap();
    assert!(layout.nodes.is_empty() && layout.edges.is_empty());
}
