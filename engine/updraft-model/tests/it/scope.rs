//! Setups and teardowns: who waits for whom, and what is cleared together.

use std::collections::BTreeSet;
use std::sync::Arc;

use updraft_model::{DagId, DagSpec, Reach, TaskId, TaskIndex, TaskSpec, TriggerRule, ValidDag};

/// A DAG of `TASK < UPSTREAM..; TASK ..`; ids that begin with `s` are setups, those with `t` teardowns.
fn dag(text: &str) -> ValidDag {
    let mut dag = DagSpec::new(DagId::parse("d").unwrap());
    for line in text.split(';') {
        let mut words = line.split_whitespace().filter(|word| *word != "<");
        let mut task = TaskSpec::new(TaskId::parse(words.next().unwrap()).unwrap(), "RustOperator");
        task.upstream_task_ids = words.map(|word| TaskId::parse(word).unwrap()).collect();
        task.is_setup = task.task_id.as_str().starts_with('s');
        task.is_teardown = task.task_id.as_str().starts_with('t');
        if task.is_teardown {
            task.trigger_rule = TriggerRule::AllDoneSetupSuccess;
        }
        dag.tasks.push(task);
    }
    Arc::new(dag).validate().unwrap()
}

fn index(dag: &ValidDag, name: &str) -> TaskIndex {
    dag.graph().index(&TaskId::parse(name).unwrap()).unwrap()
}

fn names(dag: &ValidDag, tasks: impl IntoIterator<Item = TaskIndex>) -> String {
    let names: Vec<&str> = tasks
        .into_iter()
        .map(|task| dag.spec().tasks[task.at()].task_id.as_str())
        .collect();
    names.join(" ")
}

fn cleared(dag: &ValidDag, chosen: &[&str], reach: Reach) -> String {
    let chosen: BTreeSet<TaskIndex> = chosen.iter().map(|name| index(dag, name)).collect();
    names(dag, dag.to_clear(&chosen, reach))
}

const ALONE: Reach = Reach {
    upstream: false,
    downstream: false,
};

#[test]
fn a_setup_is_for_what_lies_between_it_and_its_teardown() {
    let dag = dag("s; a < s; b < a; t < s b; beside < a; behind < t");
    let waiting = names(
        &dag,
        dag.graph().setup_dependants(index(&dag, "s")).iter().copied(),
    );
    assert_eq!(waiting, "b");
    assert_eq!(dag.graph().expected_setups(index(&dag, "b")).upstream, 1);
    assert_eq!(dag.graph().expected_setups(index(&dag, "beside")).upstream, 0);
}

#[test]
fn a_setup_without_teardown_is_for_everything_after_it() {
    let dag = dag("s; a < s; b < a; c < b");
    let waiting = names(
        &dag,
        dag.graph().setup_dependants(index(&dag, "s")).iter().copied(),
    );
    assert_eq!(waiting, "b c");
}

#[test]
fn a_task_may_wait_for_several_setups() {
    let dag = dag("s1; s2 < s1; a < s2; b < a; t2 < s2 b; t1 < s1 t2");
    assert_eq!(dag.graph().expected_setups(index(&dag, "a")).upstream, 1);
    assert_eq!(dag.graph().expected_setups(index(&dag, "b")).upstream, 2);
    assert_eq!(dag.graph().expected_setups(index(&dag, "t2")).upstream, 0);
}

#[test]
fn what_is_cleared_brings_its_setups_and_teardowns_along() {
    let dag = dag("s; a < s; b < a; t < s b; behind < t; other");
    assert_eq!(cleared(&dag, &["b"], ALONE), "s b t");
    assert_eq!(cleared(&dag, &["behind"], ALONE), "behind");
    assert_eq!(cleared(&dag, &["s"], ALONE), "s t");
    assert_eq!(cleared(&dag, &["t"], ALONE), "t");
    assert_eq!(cleared(&dag, &["other"], ALONE), "other");
    let downstream = Reach {
        downstream: true,
        ..ALONE
    };
    assert_eq!(cleared(&dag, &["a"], downstream), "s a b t behind");
    let upstream = Reach {
        upstream: true,
        ..ALONE
    };
    assert_eq!(cleared(&dag, &["b"], upstream), "s a b t");
}
