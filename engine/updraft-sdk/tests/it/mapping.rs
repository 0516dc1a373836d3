//! Mapped tasks and groups: how they are described, and what their copies get.

use serde_json::{Value, json};
use updraft_sdk::testing::TestRun;
use updraft_sdk::{BuiltDag, Context, Dag, TaskError, TaskResult};

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

/// A task that returns all its arguments.
async fn arguments(context: Context) -> TaskResult<Value> {
    Ok(Value::Object(context.arguments().clone()))
}

/// What the first copies of `m` get.
async fn copies(dag: &BuiltDag, run: &TestRun, count: i32) -> Vec<Value> {
    let mut all = Vec::new();
    for index in 0..count {
        all.push(run.copy(index).run_task(dag, "m").await.unwrap());
    }
    all
}

fn errors(dag: Dag) -> Vec<String> {
    let errors = dag.build().unwrap_err().0;
    errors.into_iter().map(|error| error.message).collect()
}

#[tokio::test]
async fn copies_get_all_combinations_and_the_last_argument_varies_fastest() {
    let dag = Dag::new("d");
    let m = dag.task("m", arguments).partial("z", true);
    m.expand("x", [1, 2]).expand("y", ["a", "b", "c"]);
    let dag = dag.build().unwrap();
    let all = copies(&dag, &TestRun::new(), 6).await;
    let pairs: Vec<String> = all
        .iter()
        .map(|all| format!("{}{}", all["x"], all["y"]))
        .collect();
    assert_eq!(
        pairs,
        ["1\"a\"", "1\"b\"", "1\"c\"", "2\"a\"", "2\"b\"", "2\"c\""]
    );
    assert!(all.iter().all(|all| all["z"] == json!(true)));
    let beyond = TestRun::new().copy(6).run_task(&dag, "m").await.unwrap_err();
    assert!(beyond.to_string().contains("map index 6"), "{beyond}");
}

#[tokio::test]
async fn a_dict_gives_pairs_and_expand_kwargs_gives_arguments() {
    let dag = Dag::new("d");
    dag.task("m", arguments).expand("x", json!({"b": 1, "a": 2}));
    let all = copies(&dag.build().unwrap(), &TestRun::new(), 2).await;
    assert_eq!(all, [json!({"x": ["b", 1]}), json!({"x": ["a", 2]})]);

    let dag = Dag::new("d");
    let list = dag.task("list", nothing);
    dag.task("m", arguments)
        .partial("z", 0)
        .expand_kwargs(list.output());
    let dag = dag.build().unwrap();
    let run = TestRun::new().xcom("list", json!([{"x": 1}, {"y": 2}, 3, {"z": 1}]));
    assert_eq!(
        copies(&dag, &run, 2).await,
        [json!({"z": 0, "x": 1}), json!({"z": 0, "y": 2})]
    );
    let complaint = async |index| run.copy(index).run_task(&dag, "m").await.unwrap_err().to_string();
    assert_eq!(
        complaint(2).await,
        "expand_kwargs() expects a list[dict], not list[int]"
    );
    assert!(complaint(3).await.contains("argument `z`"));
}

#[tokio::test]
async fn outputs_are_mapped_zipped_and_concatenated() {
    let dag = Dag::new("d");
    let (a, b) = (dag.task("a", nothing), dag.task("b", nothing));
    let even = |number: u64| match number % 2 {
        0 => Ok(number * 10),
        _ => Err(TaskError::skip("odd")),
    };
    dag.task("m", arguments).expand("x", a.output().map(even));
    dag.task("pairs", arguments)
        .expand("x", a.output().zip(b.output()));
    let filled = a.output().zip_longest(b.output(), "none");
    dag.task("filled", arguments).expand("x", filled);
    dag.task("both", arguments)
        .expand("x", a.output().concat(b.output()));
    let dag = dag.build().unwrap();
    let run = TestRun::new().xcom("a", json!([1, 2, 4])).xcom("b", json!(["u"]));
    assert!(run.copy(0).run_task(&dag, "m").await.unwrap_err().is_skip());
    assert_eq!(run.copy(2).run_task(&dag, "m").await.unwrap(), json!({"x": 40}));
    let item = async |task, index| run.copy(index).run_task(&dag, task).await.unwrap()["x"].clone();
    assert_eq!(item("pairs", 0).await, json!([1, "u"]));
    assert_eq!(item("filled", 2).await, json!([4, "none"]));
    assert_eq!(item("both", 3).await, json!("u"));
    assert!(run.copy(1).run_task(&dag, "pairs").await.is_err());
}

#[tokio::test]
async fn what_copies_return_comes_together() {
    let dag = Dag::new("d");
    let m = dag.task("m", nothing).expand("x", [1, 2, 3]);
    dag.task("all", arguments).partial("values", m.output());
    dag.task("pull", async |context: Context| {
        let all: Vec<u64> = context.xcom_pull("m").await?.unwrap_or_default();
        let sequence = context.xcom_sequence::<u64>("m")?;
        let (length, second) = (sequence.len().await?, sequence.get(1).await?);
        Ok(json!([all, length, second, sequence.get(2).await?]))
    });
    dag.task("again", arguments).expand("x", m.output());
    let dag = dag.build().unwrap();
    // The second copy has returned nothing.
    let run = TestRun::new()
        .xcom_of_copy("m", 0, json!(7))
        .xcom_of_copy("m", 2, json!(9));
    assert_eq!(
        run.run_task(&dag, "all").await.unwrap(),
        json!({"values": [7, 9]})
    );
    assert_eq!(
        run.run_task(&dag, "pull").await.unwrap(),
        json!([[7, 9], 2, 9, null])
    );
    assert_eq!(
        run.copy(1).run_task(&dag, "again").await.unwrap(),
        json!({"x": 9})
    );
}

#[tokio::test]
async fn tasks_of_a_mapped_group_get_their_item_and_each_others_results() {
    let dag = Dag::new("d");
    let list = dag.task("list", nothing);
    let group = dag.task_group("g").expand("x", list.output());
    let first = group.task("first", async |context: Context| {
        Ok(context.argument::<u64>("x")? * 2)
    });
    let second = group.task("second", arguments).partial("doubled", first.output());
    dag.task("after", arguments).partial("all", second.output());
    let dag = dag.build().unwrap();
    let upstreams = |name: &str| {
        let task = dag
            .spec()
            .tasks
            .iter()
            .find(|task| task.task_id.as_str() == name)
            .unwrap();
        task.upstream_task_ids
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(upstreams("g.first"), ["list"]);
    assert_eq!(upstreams("g.second"), ["g.first"]);
    assert_eq!(upstreams("after"), ["g.second"]);
    let run = TestRun::new().xcom("list", json!([5, 6]));
    for index in [0, 1] {
        run.copy(index).run_task(&dag, "g.first").await.unwrap();
    }
    let second = run.copy(1).run_task(&dag, "g.second").await.unwrap();
    assert_eq!(second, json!({"x": 6, "doubled": 12}));
}

#[tokio::test]
async fn copies_have_names() {
    let dag = Dag::new("d");
    let m = dag.task("m", async |context: Context| {
        context.map_index_variable("size", context.argument::<String>("city")?.len());
        Ok(())
    });
    m.expand("city", ["Rome", "Paris"])
        .map_index_template("{{ city }} ({{ size }})");
    let dag = dag.build().unwrap();
    let run = TestRun::new();
    copies(&dag, &run, 2).await;
    let names: Vec<String> = run.map_index_names().into_values().collect();
    assert_eq!(names, ["Rome (4)", "Paris (5)"]);
}

#[tokio::test]
async fn a_task_that_others_are_mapped_over_must_return_something_with_items() {
    let returning = |value: Value| {
        let dag = Dag::new("d");
        let list = dag.task("list", move |_| std::future::ready(Ok(value.clone())));
        dag.task("m", nothing).expand("x", list.output());
        dag.build().unwrap()
    };
    let complaint = async |value| {
        TestRun::new()
            .run_task(&returning(value), "list")
            .await
            .unwrap_err()
            .to_string()
    };
    assert!(
        TestRun::new()
            .run_task(&returning(json!({"a": 1})), "list")
            .await
            .is_ok()
    );
    let text = complaint(json!("text")).await;
    assert!(text.starts_with("unmappable return type `str`"), "{text}");
    let null = complaint(Value::Null).await;
    assert!(null.starts_with("did not push XCom for task mapping"), "{null}");
}

#[test]
fn what_cannot_be_mapped_is_refused_where_it_is_described() {
    let dag = Dag::new("d");
    dag.task("m", nothing).expand("x", "text");
    assert_eq!(
        errors(dag),
        [
            "dag `d`: task `m` cannot be mapped over `x`: it is of type `str`, not a list, a dict or the output of a task"
        ]
    );
    let dag = Dag::new("d");
    dag.task("m", nothing).expand("x", [1]).expand("x", [2]);
    assert_eq!(errors(dag), ["task `m` gets argument `x` twice"]);
    let dag = Dag::new("d");
    dag.task("m", nothing).partial("x", 1).expand("x", [2]);
    assert_eq!(errors(dag), ["task `m` gets argument `x` twice"]);
    let dag = Dag::new("d");
    dag.task("m", nothing).expand("x", [1]).expand_kwargs(json!([{}]));
    assert_eq!(
        errors(dag),
        ["`expand` and `expand_kwargs` cannot be used together"]
    );
    let dag = Dag::new("d");
    dag.task("m", nothing).expand_kwargs(json!([1]));
    assert_eq!(
        errors(dag),
        [
            "dag `d`: task `m` cannot be mapped over `expand_kwargs`: it is of type `int`, not a list of dicts or the output of a task"
        ]
    );
    let dag = Dag::new("d");
    dag.task_group("g")
        .expand("x", [1])
        .task("m", nothing)
        .expand("y", [1]);
    assert_eq!(
        errors(dag),
        [
            "dag `d`: `g.m` is mapped and stands in task group `g`, which is mapped too; only one of them can be"
        ]
    );
    let (dag, other) = (Dag::new("d"), Dag::new("other"));
    dag.task("m", nothing)
        .expand("x", other.task("list", nothing).output());
    assert_eq!(
        errors(dag),
        ["an argument comes from a task of another DAG, pull its XCom instead"]
    );
}
