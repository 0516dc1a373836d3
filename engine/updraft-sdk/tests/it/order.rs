//! Every way to put tasks in order.

use updraft_sdk::{Context, Dag, TaskResult, chain, cross_downstream};

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

/// The arrows of a DAG, e.g. `a>b a>c`.
fn arrows(dag: Dag) -> String {
    let dag = dag.build().unwrap();
    let mut arrows = Vec::new();
    for task in &dag.spec().tasks {
        arrows.extend(
            task.upstream_task_ids
                .iter()
                .map(|before| format!("{before}>{}", task.task_id)),
        );
    }
    arrows.sort();
    arrows.join(" ")
}

/// A DAG with tasks `a` to `f`.
macro_rules! dag {
    ($dag:ident: $($task:ident)*) => {
        let $dag = Dag::new("d");
        $(let $task = $dag.task(stringify!($task), nothing);)*
    };
}

#[test]
fn arrows_make_a_line() {
    dag!(dag: a b c);
    dag.order(a >> b >> c);
    assert_eq!(arrows(dag), "a>b b>c");
}

#[test]
fn an_arrow_counts_even_if_its_result_is_dropped() {
    dag!(dag: a b);
    let _ = a >> b;
    assert_eq!(arrows(dag), "a>b");
}

#[test]
fn arrows_fan_out_and_in() {
    dag!(dag: a b c d e);
    dag.order(a >> [b, c] >> d);
    dag.order([a, b] >> e);
    assert_eq!(arrows(dag), "a>b a>c a>e b>d b>e c>d");
    dag!(dag: a b c d);
    dag.order((a, b) >> c >> vec![d]);
    assert_eq!(arrows(dag), "a>c b>c c>d");
}

#[test]
fn set_downstream_and_set_upstream_are_arrows() {
    dag!(dag: a b c);
    a.set_downstream([b, c]);
    c.set_upstream(b);
    assert_eq!(arrows(dag), "a>b a>c b>c");
}

#[test]
fn chain_joins_its_items() {
    dag!(dag: a b c);
    chain([a, b, c]);
    assert_eq!(arrows(dag), "a>b b>c");
}

#[test]
fn chain_joins_equal_numbers_in_pairs() {
    dag!(dag: a b c d e f);
    chain((a, [b, c], [d, e], f));
    assert_eq!(arrows(dag), "a>b a>c b>d c>e d>f e>f");
}

#[test]
fn chain_refuses_unequal_numbers() {
    dag!(dag: a b c d e);
    chain(([a, b], [c, d, e]));
    let errors = dag.build().unwrap_err().to_string();
    assert!(
        errors.contains("`chain` cannot join 2 tasks with 3, give equal numbers or one"),
        "{errors}"
    );
}

#[test]
fn cross_downstream_joins_all_with_all() {
    dag!(dag: a b c d);
    cross_downstream([a, b], [c, d]);
    assert_eq!(arrows(dag), "a>c a>d b>c b>d");
}

#[test]
fn arrows_to_and_from_groups_touch_their_ends() {
    dag!(dag: before after);
    let group = dag.task_group("g");
    // Drawn before the group has tasks: what counts is what it has in the end.
    dag.order(before >> group >> after);
    let (a, b, c) = (
        group.task("a", nothing),
        group.task("b", nothing),
        group.task("c", nothing),
    );
    dag.order(a >> [b, c]);
    assert_eq!(arrows(dag), "before>g.a g.a>g.b g.a>g.c g.b>after g.c>after");
}

#[test]
fn arrows_inside_a_group_count_before_those_around_it() {
    dag!(dag: before);
    let outer = dag.task_group("o");
    let (one, two) = (outer.task_group("one"), outer.task_group("two"));
    dag.order(before >> outer);
    dag.order(one >> two);
    one.task("a", nothing);
    two.task("b", nothing);
    assert_eq!(arrows(dag), "before>o.one.a o.one.a>o.two.b");
}
