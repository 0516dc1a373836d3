//! What holds for the graph of every DAG.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use updraft_model::{DagError, DagGraph, DagId, DagSpec, TaskId, TaskIndex, TaskSpec, WeightRule};

fn task_id(at: usize) -> TaskId {
    TaskId::parse(&format!("t{at}")).unwrap()
}

/// A DAG with edges from earlier to later tasks, its tasks in another order.
fn dags(tasks_max: usize) -> impl Strategy<Value = DagSpec> {
    let rule = prop_oneof![
        Just(WeightRule::Downstream),
        Just(WeightRule::Upstream),
        Just(WeightRule::Absolute)
    ];
    let task = (
        vec(any::<prop::sample::Index>(), 0..4),
        rule,
        -3..9_i64,
        any::<bool>(),
    );
    vec(task, 0..tasks_max)
        .prop_map(|tasks| {
            let spec =
                |(at, (upstreams, rule, weight, is_setup)): (usize, (Vec<prop::sample::Index>, _, _, _))| {
                    let mut task = TaskSpec::new(task_id(at), "RustOperator");
                    task.upstream_task_ids = upstreams
                        .iter()
                        .filter(|_| at > 0)
                        .map(|index| task_id(index.index(at)))
                        .collect();
                    (task.weight_rule, task.priority_weight, task.is_setup) = (rule, weight, is_setup);
                    task
                };
            tasks.into_iter().enumerate().map(spec).collect::<Vec<TaskSpec>>()
        })
        .prop_shuffle()
        .prop_map(|tasks| {
            let mut dag = DagSpec::new(DagId::parse("d").unwrap());
            dag.tasks = tasks;
            dag
        })
}

/// All tasks that can be reached by going on from `from`.
fn reached<'a>(from: TaskIndex, next: &dyn Fn(TaskIndex) -> &'a [TaskIndex]) -> BTreeSet<TaskIndex> {
    let mut reached = BTreeSet::new();
    let mut ahead = next(from).to_vec();
    while let Some(task) = ahead.pop() {
        if reached.insert(task) {
            ahead.extend(next(task));
        }
    }
    reached
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_has_every_task_once_and_upstreams_first(dag in dags(100)) {
        let graph = DagGraph::compile(&dag).unwrap();
        let order: BTreeSet<TaskIndex> = graph.topological_order().iter().copied().collect();
        prop_assert_eq!(order, graph.tasks().collect::<BTreeSet<_>>());
        for task in graph.tasks() {
            prop_assert_eq!(graph.topological_order()[graph.rank(task) as usize], task);
            prop_assert!(graph.upstreams(task).iter().all(|upstream| graph.rank(*upstream) < graph.rank(task)));
        }
    }

    #[test]
    fn neighbours_are_those_of_the_description_and_of_each_other(dag in dags(100)) {
        let graph = DagGraph::compile(&dag).unwrap();
        for task in graph.tasks() {
            let spec = &dag.tasks[task.at()];
            prop_assert_eq!(graph.index(&spec.task_id), Some(task));
            let upstreams: BTreeSet<&TaskId> =
                graph.upstreams(task).iter().map(|upstream| &dag.tasks[upstream.at()].task_id).collect();
            prop_assert_eq!(upstreams, spec.upstream_task_ids.iter().collect::<BTreeSet<_>>());
            for upstream in graph.upstreams(task) {
                prop_assert!(graph.downstreams(*upstream).contains(&task));
            }
            for downstream in graph.downstreams(task) {
                prop_assert!(graph.upstreams(*downstream).contains(&task));
            }
            let expected = graph.expected_upstreams(task);
            prop_assert_eq!(expected.upstream as usize, graph.upstreams(task).len());
            prop_assert_eq!(graph.leaves().contains(&task), graph.downstreams(task).is_empty());
        }
    }

    #[test]
    fn weights_count_every_task_on_the_way_once(dag in dags(150)) {
        let graph = DagGraph::compile(&dag).unwrap();
        for task in graph.tasks() {
            let spec = &dag.tasks[task.at()];
            let others = match spec.weight_rule {
                WeightRule::Downstream => reached(task, &|task| graph.downstreams(task)),
                WeightRule::Upstream => reached(task, &|task| graph.upstreams(task)),
                WeightRule::Absolute => BTreeSet::new(),
            };
            let others: i64 = others.iter().map(|other| dag.tasks[other.at()].priority_weight).sum();
            prop_assert_eq!(graph.priority_weight(task), spec.priority_weight + others);
        }
    }

    #[test]
    fn a_cycle_is_found_and_named(dag in dags(30), from in any::<prop::sample::Index>()) {
        prop_assume!(!dag.tasks.is_empty());
        let mut dag = dag;
        let graph = DagGraph::compile(&dag).unwrap();
        let from = TaskIndex(from.index(dag.tasks.len()) as u32);
        // An edge back from a task to any that leads to it, or to itself.
        let to = reached(from, &|task| graph.upstreams(task)).first().copied().unwrap_or(from);
        let back = dag.tasks[from.at()].task_id.clone();
        dag.tasks[to.at()].upstream_task_ids.insert(back);
        let Err(DagError::Cycle { cycle, .. }) = DagGraph::compile(&dag) else {
            return Err(TestCaseError::fail("the cycle was not found"));
        };
        prop_assert_eq!(cycle.first(), cycle.last());
        prop_assert!(cycle.len() >= 2);
        for edge in cycle.windows(2) {
            let downstream = dag.task(&edge[1]).unwrap();
            prop_assert!(downstream.upstream_task_ids.contains(&edge[0]), "{} >> {}", edge[0], edge[1]);
        }
    }
}

#[test]
fn teardowns_are_no_leaves_unless_they_are_to_fail_the_run_or_there_is_nothing_else() {
    let leaves = |change: &dyn Fn(&mut DagSpec)| {
        let mut dag = DagSpec::new(DagId::parse("d").unwrap());
        dag.tasks = (0..2)
            .map(|at| TaskSpec::new(task_id(at), "RustOperator"))
            .collect();
        dag.tasks[1].upstream_task_ids.insert(task_id(0));
        dag.tasks[1].is_teardown = true;
        change(&mut dag);
        DagGraph::compile(&dag).unwrap().leaves().to_vec()
    };
    assert_eq!(leaves(&|_| {}), [TaskIndex(0)]);
    assert_eq!(
        leaves(&|dag| dag.tasks[1].on_failure_fail_dagrun = true),
        [TaskIndex(1)]
    );
    assert_eq!(leaves(&|dag| dag.tasks[0].is_teardown = true), [TaskIndex(1)]);
}

#[test]
fn weights_stay_within_the_range_of_the_database() {
    let mut dag = DagSpec::new(DagId::parse("d").unwrap());
    dag.tasks = (0..3)
        .map(|at| TaskSpec::new(task_id(at), "RustOperator"))
        .collect();
    dag.tasks[0].priority_weight = i64::MAX;
    dag.tasks[1].priority_weight = i64::MIN;
    let graph = DagGraph::compile(&dag).unwrap();
    assert_eq!(graph.priority_weight(TaskIndex(0)), i64::from(i32::MAX));
    assert_eq!(graph.priority_weight(TaskIndex(1)), i64::from(i32::MIN));
    assert_eq!(graph.priority_weight(TaskIndex(2)), 1);
}
