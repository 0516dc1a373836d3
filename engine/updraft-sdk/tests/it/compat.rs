//! What a DAG means at the two compat levels where it does not say it, from the builder to the description.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use updraft_sdk::testing::TestRun;
use updraft_sdk::{
    Asset, AssetOrTimeSchedule, CompatLevel, Context, Dag, DagSpec, DefaultArgs, Schedule, ScheduleKind,
    TaskArguments, TaskResult, TriggerRule,
};

const LEVELS: [CompatLevel; 2] = [CompatLevel::Two, CompatLevel::Three];

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

/// The description of a DAG with one task at each level.
fn at_both(describe: impl Fn(Dag) -> Dag) -> [DagSpec; 2] {
    LEVELS.map(|level| {
        let dag = describe(Dag::new("d").compat(level));
        dag.task("a", nothing);
        dag.build().unwrap().spec().clone()
    })
}

#[test]
fn plain_schedules_have_intervals_or_moments() {
    let kinds = |describe: &dyn Fn(Dag) -> Dag| {
        at_both(|dag| describe(dag).start_date("2024-01-01")).map(|dag| match dag.schedule.by_time() {
            Schedule::Cron { kind, .. } | Schedule::Delta { kind, .. } => *kind,
            other => unreachable!("{other:?}"),
        })
    };
    let expected = [ScheduleKind::DataInterval, ScheduleKind::Trigger];
    assert_eq!(kinds(&|dag| dag.schedule("0 6 * * *")), expected);
    assert_eq!(kinds(&|dag| dag.schedule("@daily")), expected);
    assert_eq!(kinds(&|dag| dag.schedule(Duration::from_hours(6))), expected);
    let orders = Asset::new("orders", "s3://lake/orders");
    let both = || AssetOrTimeSchedule::new(&orders, "@daily");
    assert_eq!(kinds(&|dag| dag.schedule(both())), expected);
}

#[test]
fn no_schedule_given_is_daily_with_a_start_date_at_level_two_only() {
    let daily = Schedule::Delta {
        delta: Duration::from_hours(24),
        kind: ScheduleKind::DataInterval,
    };
    let dated = at_both(|dag| dag.start_date("2024-01-01")).map(|dag| dag.schedule);
    assert_eq!(dated, [daily, Schedule::None]);
    let undated = at_both(|dag| dag).map(|dag| dag.schedule);
    assert_eq!(undated, [Schedule::None, Schedule::None]);
    let never = at_both(|dag| dag.schedule(None).start_date("2024-01-01")).map(|dag| dag.schedule);
    assert_eq!(never, [Schedule::None, Schedule::None]);
}

#[test]
fn catchup_is_the_default_at_level_two_only() {
    assert_eq!(at_both(|dag| dag).map(|dag| dag.catchup), [true, false]);
    for given in [true, false] {
        assert_eq!(
            at_both(|dag| dag.catchup(given)).map(|dag| dag.catchup),
            [given, given]
        );
    }
}

#[test]
fn a_schedule_wants_a_start_date_at_level_two_only() {
    let is_fine = LEVELS.map(|level| Dag::new("d").compat(level).schedule("@daily").build().is_ok());
    assert_eq!(is_fine, [false, true]);
}

/// In Airflow 2 the DAG itself has no start date then, but its runs begin with the earliest of its tasks all the same.
#[test]
fn a_start_date_in_default_args_begins_the_schedule_at_both_levels() {
    let defaults = || DefaultArgs::new().start_date("2024-01-01");
    let start = at_both(|dag| dag.schedule("@daily").default_args(defaults())).map(|dag| dag.start_date);
    assert_eq!(
        start.map(|date| date.unwrap().to_string()),
        ["2024-01-01T00:00:00Z"; 2]
    );
}

#[test]
fn the_first_run_with_a_task_waits_at_level_three_only() {
    let ignores = at_both(|dag| dag).map(|dag| dag.tasks[0].ignore_first_depends_on_past);
    assert_eq!(ignores, [true, false]);
}

#[test]
fn an_empty_group_orders_what_is_around_it_at_level_three_only() {
    let upstreams = LEVELS.map(|level| {
        let dag = Dag::new("d").compat(level);
        let outer = dag.task_group("outer");
        let inner = outer.task_group("inner");
        let (a, b, z) = (
            dag.task("a", nothing),
            dag.task("b", nothing),
            dag.task("z", nothing),
        );
        dag.order([a, b] >> outer >> z);
        dag.order(a >> inner);
        let dag = dag.build().unwrap();
        let z = dag.spec().task(&"z".parse().unwrap()).unwrap();
        z.upstream_task_ids
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    });
    assert_eq!(upstreams, [vec![], vec!["a".to_owned(), "b".to_owned()]]);

    let chain = Dag::new("d").compat(CompatLevel::Three);
    let (one, other) = (chain.task_group("one"), chain.task_group("other"));
    chain.order(chain.task("a", nothing) >> one >> other >> chain.task("z", nothing));
    let spec = chain.build().unwrap().spec().clone();
    assert_eq!(spec.tasks[1].upstream_task_ids.len(), 1);
}

#[test]
fn a_trigger_rule_of_airflow_three_is_a_mistake_at_level_two() {
    let errors = LEVELS.map(|level| {
        let dag = Dag::new("d").compat(level);
        dag.task("a", nothing)
            .trigger_rule(TriggerRule::AllDoneMinOneSuccess);
        dag.build()
            .map(drop)
            .map_err(|errors| errors.0[0].message.clone())
    });
    let message =
        "trigger rule `all_done_min_one_success` is one of compat level 3, this DAG has level 2".to_owned();
    assert_eq!(errors, [Err(message), Ok(())]);
}

#[tokio::test]
async fn a_run_without_a_date_tells_its_task_so_at_level_three_only() {
    let told = async |level, run: TestRun| {
        let dag = Dag::new("d").compat(level);
        dag.task("t", async |context: Context| {
            let run = context.dag_run();
            Ok((run.logical_date.is_some(), run.data_interval().is_some()))
        });
        run.run_task(&dag.build().unwrap(), "t").await.unwrap()
    };
    assert_eq!(told(CompatLevel::Two, TestRun::new()).await, json!([true, true]));
    assert_eq!(
        told(CompatLevel::Three, TestRun::new()).await,
        json!([false, false])
    );
    let dated = TestRun::new().logical_date("2024-01-12").unwrap();
    assert_eq!(told(CompatLevel::Three, dated).await, json!([true, true]));
}

/// What the example program says its DAG is, or complains of, in an environment.
fn described(environment: &[(&str, &str)]) -> Result<Value, String> {
    let tests = std::env::current_exe().unwrap();
    let program: PathBuf = tests.parent().unwrap().parent().unwrap().join("examples/compat");
    let mut command = Command::new(program);
    let output = command
        .args(["list", "-o", "json"])
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    if output.status.success() {
        let dags: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        Ok(dags.into_iter().next().unwrap())
    } else {
        Err(String::from_utf8(output.stderr).unwrap())
    }
}

#[test]
fn a_program_hears_of_the_installation_in_its_environment() {
    let compat = "AIRFLOW__UPDRAFT__COMPAT";
    let catchup = "AIRFLOW__SCHEDULER__CATCHUP_BY_DEFAULT";
    let of = |environment: &[(&str, &str)]| {
        let dag = described(environment).unwrap();
        let kind = dag["schedule"]["kind"].as_str().unwrap().to_owned();
        (
            dag["compat"].as_u64().unwrap(),
            kind,
            dag["catchup"].as_bool().unwrap(),
        )
    };
    let (two, three) = ((2, "data_interval".to_owned()), (3, "trigger".to_owned()));
    let two = |catches_up| (two.0, two.1.clone(), catches_up);
    let three = |catches_up| (three.0, three.1.clone(), catches_up);
    assert_eq!(of(&[]), two(true));
    assert_eq!(of(&[(compat, "2"), (catchup, "False")]), two(false));
    assert_eq!(of(&[(compat, "3")]), three(false));
    assert_eq!(of(&[(compat, " 3 "), (catchup, "t")]), three(true));

    let wrong = |environment: &[(&str, &str)]| described(environment).unwrap_err();
    assert_eq!(
        wrong(&[(compat, "4")]),
        "error: `AIRFLOW__UPDRAFT__COMPAT` is `4`, expected 2 or 3\n"
    );
    assert_eq!(
        wrong(&[(catchup, "perhaps")]),
        "error: `AIRFLOW__SCHEDULER__CATCHUP_BY_DEFAULT` is `perhaps`, expected true or false\n"
    );
}
