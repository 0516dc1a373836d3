//! Dynamic task mapping: its form in the document, how many copies it makes, and what is refused.

use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use updraft_model::{
    DagId, DagSpec, ExpandInput, MapSource, Returned, TaskGroupId, TaskGroupSpec, TaskId, TaskSpec, ValidDag,
    XComArg,
};

fn id(text: &str) -> TaskId {
    TaskId::parse(text).unwrap()
}

fn plain(text: &str) -> XComArg {
    XComArg::Plain { task_id: id(text) }
}

fn over(sources: Vec<MapSource>) -> ExpandInput {
    let named = sources
        .into_iter()
        .enumerate()
        .map(|(at, source)| (format!("x{at}"), source));
    ExpandInput::DictOfLists(named.collect())
}

fn list(length: usize) -> MapSource {
    MapSource::Literal((0..length).collect())
}

/// `a >> b` and `c`, with a group.
fn dag() -> DagSpec {
    let mut dag = DagSpec::new(DagId::parse("d").unwrap());
    for name in ["a", "b", "c"] {
        dag.tasks.push(TaskSpec::new(id(name), "RustOperator"));
    }
    dag.tasks[1].upstream_task_ids = [id("a")].into();
    dag.task_groups = vec![TaskGroupSpec::new(TaskGroupId::parse("g").unwrap())];
    dag
}

fn valid(change: impl FnOnce(&mut DagSpec)) -> Result<ValidDag, String> {
    let mut dag = dag();
    change(&mut dag);
    Arc::new(dag).validate().map_err(|error| error.to_string())
}

#[test]
fn the_document_has_airflows_names_and_keeps_the_order_of_arguments() {
    let pairs = XComArg::ZipLongest {
        args: vec![
            plain("a"),
            XComArg::Map {
                arg: Box::new(plain("b")),
                callable: 0,
            },
        ],
        fillvalue: Value::Null,
    };
    let input = over(vec![MapSource::XCom(pairs), list(2)]);
    let document = serde_json::to_value(&input).unwrap();
    assert_eq!(
        document,
        json!({"type": "dict-of-lists", "value": [
            ["x0", {"__type": "xcomref", "__var": {"type": "zip_longest", "fillvalue": null, "args": [
                {"type": "plain", "task_id": "a"},
                {"type": "map", "callable": 0, "arg": {"type": "plain", "task_id": "b"}}
            ]}}],
            ["x1", {"__type": "literal", "__var": [0, 1]}]
        ]})
    );
    assert_eq!(serde_json::from_value::<ExpandInput>(document).unwrap(), input);
    let kwargs = ExpandInput::ListOfDicts(MapSource::XCom(XComArg::Concat {
        args: vec![plain("a")],
    }));
    let document = serde_json::to_value(&kwargs).unwrap();
    assert_eq!(document["type"], "list-of-dicts");
    assert_eq!(serde_json::from_value::<ExpandInput>(document).unwrap(), kwargs);

    // A DAG without mapping has the document that it had before there was any.
    let text = serde_json::to_string(&dag()).unwrap();
    assert!(!text.contains("expand") && !text.contains("map_index"), "{text}");
}

#[test]
fn lengths_follow_from_those_of_the_tasks() {
    let length_of = |task: &TaskId| match task.as_str() {
        "two" => Some(2),
        "three" => Some(3),
        _ => None,
    };
    let zip = |args: [&str; 2]| XComArg::Zip {
        args: args.map(plain).into(),
    };
    let length = |arg: XComArg| arg.length(&length_of);
    assert_eq!(length(zip(["two", "three"])), Some(2));
    assert_eq!(length(zip(["two", "unknown"])), None);
    let args = vec![plain("two"), plain("three")];
    assert_eq!(length(XComArg::Concat { args: args.clone() }), Some(5));
    let fillvalue = Value::Null;
    assert_eq!(length(XComArg::ZipLongest { args, fillvalue }), Some(3));
    let both = over(vec![list(4), MapSource::XCom(plain("three"))]);
    assert_eq!(both.copies(&length_of), Some(12));
    assert_eq!(both.copies(&|_| None), None);
    let many = over(vec![list(100_000), list(100_000), list(100_000), list(100_000)]);
    assert_eq!(many.copies(&|_| None), Some(u64::MAX));
}

proptest! {
    #[test]
    fn each_combination_belongs_to_one_copy_and_the_last_argument_varies_fastest(
        lengths in vec(1..6_usize, 1..4)
    ) {
        let input = over(lengths.iter().map(|length| list(*length)).collect());
        let copies = input.copies(&|_| None).unwrap();
        let mut expected = vec![0_u64; lengths.len()];
        for copy in 0..copies {
            prop_assert_eq!(input.places(copy, &|_| None), Some(expected.clone()));
            for (place, length) in expected.iter_mut().zip(&lengths).rev() {
                *place = (*place + 1) % *length as u64;
                if *place > 0 {
                    break;
                }
            }
        }
        prop_assert_eq!(input.places(copies, &|_| None), None);
    }
}

#[test]
fn what_cannot_be_mapped_over_is_refused_with_names_and_reasons() {
    let refused = |change: &dyn Fn(&mut DagSpec)| valid(change).expect_err("it cannot be mapped");
    let expand = |input: ExpandInput| refused(&|dag| dag.tasks[1].expand_input = Some(input.clone()));
    let literal = |value: Value| over(vec![MapSource::Literal(value)]);
    let from = |name: &str| over(vec![MapSource::XCom(plain(name))]);
    let in_group = |dag: &mut DagSpec| {
        dag.tasks[1].task_group = Some(TaskGroupId::parse("g").unwrap());
        dag.task_groups[0].expand_input = Some(from("a"));
    };
    let errors = [
        expand(over(Vec::new())),
        expand(literal(json!("text"))),
        expand(literal(json!(7))),
        expand(literal(Value::Null)),
        expand(ExpandInput::DictOfLists(vec![
            ("x".to_owned(), list(1)),
            ("x".to_owned(), list(2)),
        ])),
        expand(ExpandInput::ListOfDicts(MapSource::Literal(json!([{}, 1])))),
        expand(ExpandInput::ListOfDicts(MapSource::Literal(json!({})))),
        expand(from("z")),
        expand(from("c")),
        expand(over(vec![list(100_000), list(100_000)])),
        refused(&|dag| {
            in_group(dag);
            dag.tasks[1].expand_input = Some(from("a"));
        }),
        refused(&|dag| {
            in_group(dag);
            let mut inner = TaskGroupSpec::new(TaskGroupId::parse("h").unwrap());
            inner.parent = Some(TaskGroupId::parse("g").unwrap());
            inner.expand_input = Some(from("a"));
            dag.task_groups.push(inner);
        }),
        refused(&|dag| {
            in_group(dag);
            dag.tasks[2].task_group = Some(TaskGroupId::parse("g").unwrap());
        }),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn tasks_of_a_mapped_group_belong_together_and_others_do_not() {
    let dag = valid(|dag| {
        let g = TaskGroupId::parse("g").unwrap();
        let mut inner = TaskGroupSpec::new(TaskGroupId::parse("h").unwrap());
        inner.parent = Some(g.clone());
        dag.task_groups[0].expand_input = Some(over(vec![MapSource::XCom(plain("a"))]));
        dag.tasks[1].task_group = Some(g);
        dag.tasks[2].task_group = Some(inner.group_id.clone());
        dag.tasks[2].upstream_task_ids = [id("b")].into();
        dag.task_groups.push(inner);
    });
    let dag = dag.unwrap();
    let [a, b, c] = ["a", "b", "c"].map(|name| dag.graph().index(&id(name)).unwrap());
    let mapping = dag.mapping();
    assert!(mapping.are_together(b, c) && !mapping.are_together(a, b));
    assert_eq!(
        (mapping.sources(c), mapping.dependants(a)),
        (&[a][..], &[b, c][..])
    );
    assert_eq!(mapping.literal_copies(b), None);
}

#[test]
fn a_value_can_be_mapped_over_if_it_has_items_and_not_too_many() {
    let complaint = |value: Value| Returned::mappable(&value, 2).unwrap_err().to_string();
    assert_eq!(Returned::mappable(&json!({"a": 1}), 2), Ok(Returned::Items(1)));
    assert!(complaint(json!([1, 2, 3])).starts_with("unmappable return value length: 3 > 2"));
    let types = [json!("x"), json!(1), json!(1.5), json!(true), Value::Null];
    let named = types.map(|value| complaint(value).split('`').nth(1).map(str::to_owned));
    assert_eq!(
        named.map(Option::unwrap),
        ["str", "int", "float", "bool", "NoneType"]
    );
}
