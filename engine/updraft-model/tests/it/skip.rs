//! What branches and short circuits skip.

use std::sync::Arc;

use serde_json::json;
use updraft_model::{
    DagId, DagSpec, SkipDecision, Skips, TaskGroupId, TaskGroupSpec, TaskId, TaskSpec, ValidDag,
};

/// `choose` with a short and a long way and a group of two tasks, and a place where all meet.
fn dag() -> ValidDag {
    let mut dag = DagSpec::new(DagId::parse("d").unwrap());
    let tasks = [
        ("choose", "", None),
        ("short", "choose", None),
        ("long", "choose", None),
        ("longer", "long", None),
        ("g.first", "choose", Some("g")),
        ("g.second", "g.first", Some("g")),
        ("g.h.also", "choose", Some("g.h")),
        ("join", "choose short longer g.second g.h.also", None),
        ("else", "", None),
    ];
    for (name, upstreams, group) in tasks {
        let mut task = TaskSpec::new(TaskId::parse(name).unwrap(), "RustOperator");
        task.upstream_task_ids = upstreams
            .split_whitespace()
            .map(|id| TaskId::parse(id).unwrap())
            .collect();
        task.task_group = group.map(|id| TaskGroupId::parse(id).unwrap());
        dag.tasks.push(task);
    }
    let group = |id: &str| TaskGroupSpec::new(TaskGroupId::parse(id).unwrap());
    dag.task_groups = vec![group("g"), group("g.h")];
    dag.task_groups[1].parent = Some(TaskGroupId::parse("g").unwrap());
    Arc::new(dag).validate().unwrap()
}

fn skipped(skips: Option<Skips>) -> String {
    let ids = skips.map(|skips| skips.tasks).unwrap_or_default();
    ids.iter().map(TaskId::as_str).collect::<Vec<_>>().join(" ")
}

fn branch(chosen: &[&str]) -> String {
    let dag = dag();
    let choose = dag.graph().index(&TaskId::parse("choose").unwrap()).unwrap();
    skipped(dag.branch(choose, chosen).unwrap())
}

#[test]
fn a_branch_skips_what_comes_directly_after_it_and_is_not_on_the_way() {
    assert_eq!(branch(&["short"]), "long g.first g.h.also");
    assert_eq!(branch(&["longer"]), "short long g.first g.h.also");
    assert_eq!(branch(&["join"]), "short long g.first g.h.also");
    assert_eq!(branch(&["g"]), "short long");
    assert_eq!(branch(&["g.h", "short"]), "long g.first");
}

#[test]
fn a_branch_to_nothing_or_elsewhere_skips_all() {
    assert_eq!(branch(&[]), "short long g.first g.h.also join");
    assert_eq!(branch(&["else"]), "short long g.first g.h.also join");
}

#[test]
fn a_branch_to_something_unknown_is_an_error_that_names_it() {
    let dag = dag();
    let error = dag
        .branch(dag.graph().topological_order()[0], &["short", "shrt", "a b"])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "a branch leads to `shrt`, `a b`, but dag `d` has no such task or task group"
    );
}

#[test]
fn a_short_circuit_skips_everything_after_it_or_what_comes_directly() {
    let dag = dag();
    let long = dag.graph().index(&TaskId::parse("long").unwrap()).unwrap();
    assert_eq!(skipped(dag.short_circuit(long, true)), "longer join");
    assert_eq!(skipped(dag.short_circuit(long, false)), "longer");
    let last = dag.graph().index(&TaskId::parse("join").unwrap()).unwrap();
    assert_eq!(dag.short_circuit(last, true), None);
}

#[test]
fn decisions_come_back_from_their_xcom() {
    let ids = |names: &[&str]| names.iter().map(|name| TaskId::parse(name).unwrap()).collect();
    for decision in [
        SkipDecision::Followed(ids(&["a"])),
        SkipDecision::Skipped(ids(&["a", "b"])),
    ] {
        assert_eq!(SkipDecision::from_xcom(&decision.to_xcom()), Some(decision));
    }
    let followed = SkipDecision::from_xcom(&json!({"followed": []})).unwrap();
    assert!(followed.passes_over(&TaskId::parse("a").unwrap()));
    for other in [
        json!(null),
        json!(["a"]),
        json!({"followed": "a"}),
        json!({"skipped": [1]}),
    ] {
        assert_eq!(SkipDecision::from_xcom(&other), None, "{other}");
    }
}
