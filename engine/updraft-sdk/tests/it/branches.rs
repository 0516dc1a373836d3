//! Tasks that decide how a run goes on, and what lies around others.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use updraft_sdk::testing::TestRun;
use updraft_sdk::{Branch, BuiltDag, CompatLevel, Context, Dag, TaskArguments, TaskId, TaskResult};

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

/// `choose` before `a`, `b` and the group `g`, which meet in `join`.
fn branching(level: CompatLevel, goal: impl Fn() -> Branch + Send + Sync + 'static) -> BuiltDag {
    let dag = Dag::new("d").compat(level);
    let choose = dag.branch("choose", move |_| std::future::ready(Ok(goal())));
    let (a, b) = (dag.task("a", nothing), dag.task("b", nothing));
    let group = dag.task_group("g");
    group.task("first", nothing);
    let join = dag.empty_task("join");
    dag.order(choose >> (a, b, group) >> join);
    dag.build().unwrap()
}

#[tokio::test]
async fn a_branch_skips_what_it_does_not_choose_and_remembers_it() {
    let dag = branching(CompatLevel::Two, || ["a", "g"].into());
    let run = TestRun::new();
    assert_eq!(run.run_task(&dag, "choose").await.unwrap(), json!(["a", "g"]));
    assert_eq!(run.skipped(), ["b"]);
    assert_eq!(
        run.xcom_of("choose", "skipmixin_key"),
        Some(json!({"followed": ["a", "g.first"]}))
    );
}

#[tokio::test]
async fn a_branch_leaves_what_it_returned_only_in_airflow_2() {
    let run = TestRun::new();
    let three = branching(CompatLevel::Three, || "a".into());
    assert_eq!(run.run_task(&three, "choose").await.unwrap(), Value::Null);
    assert_eq!(run.skipped(), ["b", "g.first"]);
    let nowhere = branching(CompatLevel::Two, Branch::nowhere);
    let run = TestRun::new();
    assert_eq!(run.run_task(&nowhere, "choose").await.unwrap(), Value::Null);
    assert_eq!(run.skipped(), ["a", "b", "g.first"]);
}

#[tokio::test]
async fn a_branch_to_something_unknown_fails() {
    let dag = branching(CompatLevel::Two, || "c".into());
    let run = TestRun::new();
    let error = run.run_task(&dag, "choose").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "a branch leads to `c`, but dag `d` has no such task or task group"
    );
    assert_eq!(run.skipped(), Vec::<String>::new());
}

#[tokio::test]
async fn a_short_circuit_skips_everything_or_what_comes_directly_after_it() {
    let dag = |go_on: bool, ignore: bool| {
        let dag = Dag::new("d");
        let check = dag
            .short_circuit("check", move |_| std::future::ready(Ok(go_on)))
            .ignore_downstream_trigger_rules(ignore);
        let (a, b) = (dag.task("a", nothing), dag.task("b", nothing));
        let clean = dag.task("clean", nothing).as_teardown();
        dag.order(check >> a >> b >> clean);
        dag.build().unwrap()
    };
    let skipped = async |dag: BuiltDag| {
        let run = TestRun::new();
        run.run_task(&dag, "check").await.unwrap();
        run.skipped()
    };
    assert_eq!(skipped(dag(true, true)).await, Vec::<String>::new());
    assert_eq!(skipped(dag(false, true)).await, ["a", "b"]);
    assert_eq!(skipped(dag(false, false)).await, ["a"]);
}

#[tokio::test]
async fn only_the_newest_scheduled_run_goes_on_behind_latest_only() {
    let dag = Dag::new("d").schedule("@hourly").start_date("2024-01-01");
    dag.order(dag.latest_only("latest") >> dag.task("a", nothing));
    let dag = dag.build().unwrap();
    let skipped = async |run: TestRun| {
        run.run_task(&dag, "latest").await.unwrap();
        run.skipped()
    };
    let hour = SignedDuration::from_hours(1);
    let long_ago: Timestamp = "2024-01-12T06:00:00Z".parse().unwrap();
    assert_eq!(
        skipped(TestRun::new().scheduled(long_ago, long_ago + hour)).await,
        ["a"]
    );
    assert_eq!(skipped(TestRun::new()).await, Vec::<String>::new());
}

#[test]
fn a_teardown_has_its_rule_and_its_setups() {
    let dag = Dag::new("d");
    let (up, work) = (dag.task("up", nothing), dag.task("work", nothing));
    let down = dag
        .task("down", nothing)
        .teardown_of(up)
        .on_failure_fail_dagrun(true);
    dag.order(up >> work >> down);
    let dag = dag.build().unwrap();
    let [up, _, down] = &dag.spec().tasks[..] else {
        panic!("three tasks")
    };
    assert!(up.is_setup && down.is_teardown && down.on_failure_fail_dagrun);
    assert_eq!(down.trigger_rule.as_str(), "all_done_setup_success");
    assert_eq!(down.upstream_task_ids.len(), 2);
}

#[test]
fn what_follows_a_group_follows_its_work_and_not_its_teardown() {
    let dag = Dag::new("d");
    let group = dag.task_group("g");
    let (up, work) = (group.task("up", nothing), group.task("work", nothing));
    let down = group.task("down", nothing).teardown_of(up);
    dag.order(up >> work >> down);
    let after = dag.task("after", nothing);
    dag.order(group >> after);
    let dag = dag.build().unwrap();
    let after = &dag.spec().tasks[3];
    let before: Vec<&str> = after.upstream_task_ids.iter().map(TaskId::as_str).collect();
    assert_eq!(before, ["g.work"]);
}

#[test]
fn a_group_cannot_be_a_setup() {
    let dag = Dag::new("d");
    let group = dag.task_group("g");
    group.task("up", nothing);
    dag.task("down", nothing).teardown_of(group);
    let errors = dag.build().unwrap_err();
    assert_eq!(
        errors.0[0].message,
        "a task group cannot be a setup, name its tasks"
    );
}

#[test]
fn wait_for_downstream_implies_depends_on_past() {
    let first = |level: CompatLevel| {
        let dag = Dag::new("d").compat(level);
        dag.task("a", nothing).wait_for_downstream(true);
        dag.build().unwrap().spec().tasks[0].clone()
    };
    let two = first(CompatLevel::Two);
    assert!(two.depends_on_past && two.wait_for_downstream && two.ignore_first_depends_on_past);
    assert!(!first(CompatLevel::Three).ignore_first_depends_on_past);
}
