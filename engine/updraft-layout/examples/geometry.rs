//! How long geometry takes, for `cargo xtask bench layout`: one JSON object, times of one call each in milliseconds.
//!
//! A DAG of 1,000 tasks with its groups closed, open, and without groups; and the index of a log of 1,000,000 lines.

#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::collections::BTreeSet;
use std::time::Instant;

use updraft_layout::{Direction, GraphView, Level, LevelSource, LogIndex, OpenGroups, Way, lay_out};
use updraft_model::{DagSpec, TaskGroupSpec, TaskSpec};

/// Tasks of the DAG that is laid out.
const TASKS: usize = 1000;
/// How many of them stand in one layer.
const WIDTH: usize = 25;

fn main() {
    let spec = dag();
    let mut figures = Vec::new();
    for (name, open) in [
        ("graph_closed_ms", OpenGroups::These(BTreeSet::new())),
        ("graph_open_ms", OpenGroups::All),
    ] {
        let view = GraphView {
            open,
            direction: Direction::LeftToRight,
            focus: None,
        };
        let start = Instant::now();
        let layout = lay_out(&spec, &view).expect("the view has no focus");
        figures.push(format!("\"{name}\":{:.3}", milliseconds(start)));
        assert!(!layout.nodes.is_empty());
    }
    let flat = ungrouped(spec);
    let start = Instant::now();
    let layout = lay_out(&flat, &GraphView::default()).expect("the view has no focus");
    figures.push(format!("\"graph_flat_ms\":{:.3}", milliseconds(start)));
    assert_eq!(layout.nodes.len(), TASKS);
    let start = Instant::now();
    let index = index();
    figures.push(format!("\"index_ms\":{:.3}", milliseconds(start)));
    let start = Instant::now();
    assert_eq!(index.near(0, Level::Critical, Way::Next), None);
    assert_eq!(index.marks(2000).len(), 2000);
    figures.push(format!("\"marks_ms\":{:.3}", milliseconds(start)));
    println!("{{{}}}", figures.join(","));
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// Layers of tasks, each with three upstreams in the layers before, some of them far away; groups of a few layers and some tasks each, two
/// deep.
fn dag() -> DagSpec {
    let mut random = Random(7);
    let mut spec = DagSpec::new("wide".parse().expect("an id"));
    for outer in 0..10 {
        spec.task_groups.push(group(&format!("g{outer}"), None));
        for inner in 0..2 {
            spec.task_groups
                .push(group(&format!("g{outer}.h{inner}"), Some(&format!("g{outer}"))));
        }
    }
    for at in 0..TASKS {
        let mut task = TaskSpec::new(format!("task_{at}").parse().expect("an id"), "BashOperator");
        let layer = at / WIDTH;
        for _ in 0..3 {
            let back = 1 + if random.below(20) == 0 { random.below(8) } else { 0 };
            if let Some(from) = layer.checked_sub(back) {
                let upstream = from * WIDTH + (at % WIDTH + WIDTH + random.below(7) - 3) % WIDTH;
                task.upstream_task_ids
                    .insert(format!("task_{upstream}").parse().expect("an id"));
            }
        }
        // One task of five is in no group.
        if at % 5 != 0 {
            let (outer, inner) = (layer / 4 % 10, at % WIDTH / 13);
            task.task_group = Some(format!("g{outer}.h{inner}").parse().expect("an id"));
        }
        spec.tasks.push(task);
    }
    spec
}

/// The index of a log of 1,000,000 lines of 120 bytes, which comes in pieces of 1,000 lines.
fn index() -> LogIndex {
    let mut index = LogIndex::new(LevelSource::Records);
    let line = [&[b'x'; 119][..], b"\n"].concat();
    let piece = line.repeat(1000);
    index.push_records(b"UPLOGIX1");
    for at in 0..1000_u64 {
        index.push(&piece);
        let record = |line: u64| {
            let offset = (at * 1000 + line) * 120;
            ((offset << 8) | if line.is_multiple_of(100) { 40 } else { 20 }).to_le_bytes()
        };
        let records: Vec<u8> = (0..1000).flat_map(record).collect();
        index.push_records(&records);
    }
    assert_eq!(
        (index.total(), index.counts().of(Level::Error)),
        (1_000_000, 10_000)
    );
    index
}

fn group(id: &str, parent: Option<&str>) -> TaskGroupSpec {
    let mut group = TaskGroupSpec::new(id.parse().expect("an id"));
    group.parent = parent.map(|parent| parent.parse().expect("an id"));
    group
}

fn ungrouped(mut spec: DagSpec) -> DagSpec {
    spec.task_groups.clear();
    for task in &mut spec.tasks {
        task.task_group = None;
    }
    spec
}

/// Numbers without a pattern (Knuth's linear congruence), the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}
