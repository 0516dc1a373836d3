//! From the builder to the description that the engine gets.

use std::time::Duration;

use jiff::civil::date;
use serde_json::json;
use updraft_sdk::{
    CompatLevel, Context, Dag, DefaultArgs, Events, Param, Schedule, ScheduleKind, TaskArguments, TaskResult,
    TriggerRule, WeightRule,
};

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

/// The mistakes in a DAG, with the lines counted from the first.
fn mistakes(dag: Dag) -> String {
    let errors = dag.build().unwrap_err();
    let first = errors.0.iter().map(|error| error.line).min().unwrap_or_default();
    let lines = errors.0.iter().map(|error| {
        assert!(error.file.ends_with("dags.rs"), "{}", error.file);
        let message = match error.message.rsplit_once(" in line ") {
            Some((message, _)) => format!("{message} in line N"),
            None => error.message.clone(),
        };
        format!("+{}: {message}", error.line - first)
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_argument_reaches_the_description() {
    let dag = Dag::new("full")
        .description("All of it")
        .doc_md("# Full")
        .schedule("0 6 * * *")
        .timezone("Europe/Berlin")
        .start_date("2024-01-01")
        .end_date(date(2025, 1, 1))
        .catchup(true)
        .max_active_runs(1)
        .concurrency(4)
        .dagrun_timeout(Duration::from_hours(2))
        .tags(["etl", "bullhorn"])
        .param("limit", 500)
        .is_paused_upon_creation(false)
        .fail_fast(true)
        .default_args(
            DefaultArgs::new()
                .owner("referral-system")
                .depends_on_past(true)
                .email(["ops@example.com"])
                .email_on_failure(true)
                .email_on_retry(false)
                .retries(3)
                .retry_delay(Duration::from_mins(5)),
        );
    dag.task("first", nothing)
        .execution_timeout(Duration::from_mins(30))
        .doc_md("does nothing")
        .as_setup();
    dag.task("second", nothing)
        .owner("me")
        .retries(0)
        .retry_exponential_backoff(true)
        .max_retry_delay(Duration::from_hours(1))
        .trigger_rule(TriggerRule::AllDone)
        .pool("p")
        .pool_slots(2)
        .max_active_tis_per_dag(3)
        .max_active_tis_per_dagrun(2)
        .queue("q")
        .priority_weight(-1)
        .weight_rule(WeightRule::Absolute)
        .as_teardown();
    dag.empty_task("third");
    insta::assert_json_snapshot!(dag.build().unwrap().spec());
}

#[test]
fn start_dates_come_from_default_args_if_the_dag_has_none() {
    let dag = Dag::new("d")
        .schedule("@daily")
        .default_args(DefaultArgs::new().start_date("2024-02-01T03:00:00+01:00"));
    dag.task("a", nothing);
    let start = dag.build().unwrap().spec().start_date.unwrap();
    assert_eq!(start.to_string(), "2024-02-01T02:00:00Z");
}

#[test]
fn schedules_are_given_in_many_ways() {
    let schedule = |dag: Dag| {
        let dag = dag.start_date("2024-01-01");
        dag.task("a", nothing);
        dag.build().unwrap().spec().schedule.clone()
    };
    let cron = |kind| Schedule::Cron {
        expression: "@daily".to_owned(),
        kind,
    };
    assert_eq!(
        schedule(Dag::new("d").schedule("@daily")),
        cron(ScheduleKind::DataInterval)
    );
    assert_eq!(
        schedule(Dag::new("d").schedule_interval("@daily")),
        cron(ScheduleKind::DataInterval)
    );
    assert_eq!(
        schedule(Dag::new("d").compat(CompatLevel::Three).schedule("@daily")),
        cron(ScheduleKind::Trigger)
    );
    assert_eq!(schedule(Dag::new("d").schedule("@once")), Schedule::Once);
    assert_eq!(
        schedule(Dag::new("d").schedule("@continuous").max_active_runs(1)),
        Schedule::Continuous
    );
    let expressions = vec!["0 6 * * *".to_owned(), "30 18 * * 1-5".to_owned()];
    assert_eq!(
        schedule(Dag::new("d").schedule(["0 6 * * *", "30 18 * * 1-5"])),
        Schedule::Crons { expressions }
    );
    let [late, early] = ["2024-01-05T06:00Z", "2024-01-01"];
    let events = |dates: [&str; 2], restrict_to_events| Schedule::Events {
        dates: dates.map(|date| date.parse().unwrap()).to_vec(),
        restrict_to_events,
        description: None,
    };
    assert_eq!(
        schedule(Dag::new("d").schedule(Events::new([late, early]))),
        events(["2024-01-01T00:00:00Z", "2024-01-05T06:00:00Z"], false)
    );
    let presorted = Events::new([late, early])
        .presorted(true)
        .restrict_to_events(true);
    assert_eq!(
        schedule(Dag::new("d").schedule(presorted)),
        events(["2024-01-05T06:00:00Z", "2024-01-01T00:00:00Z"], true)
    );
    assert_eq!(schedule(Dag::new("d").schedule(None)), Schedule::None);
    let delta = Duration::from_hours(3);
    let every = Schedule::Delta {
        delta,
        kind: ScheduleKind::DataInterval,
    };
    assert_eq!(schedule(Dag::new("d").schedule(delta)), every);
}

#[test]
fn groups_prefix_the_ids_of_their_tasks() {
    let dag = Dag::new("d");
    let outer = dag.task_group("outer").tooltip("the outer one");
    let inner = outer.task_group("inner");
    let plain = outer.task_group("plain").prefix_group_id(false);
    outer.task("a", nothing);
    inner.blocking_task("b", |_| Ok(()));
    plain.empty_task("c");
    let dag = dag.build().unwrap();
    let ids: Vec<&str> = dag
        .spec()
        .tasks
        .iter()
        .map(|task| task.task_id.as_str())
        .collect();
    assert_eq!(ids, ["outer.a", "outer.inner.b", "c"]);
    insta::assert_json_snapshot!(dag.spec().task_groups);
}

#[test]
fn all_mistakes_are_reported_with_their_lines() {
    let dag = Dag::new("my dag")
        .start_date("tomorrow")
        .timezone("Europe/Berlin");
    dag.task("a b", nothing);
    let same = dag.task("same", nothing);
    dag.task("same", nothing);
    dag.order(same >> dag.task_group("empty"));
    insta::assert_snapshot!(mistakes(dag));

    let dag = Dag::new("dates").start_date("tomorrow").end_date("2024-13-01");
    dag.task("a", nothing);
    dag.task("a", nothing);
    dag.order(dag.task("b", nothing) >> dag.task_group("empty"));
    insta::assert_snapshot!(mistakes(dag));
}

#[test]
fn what_the_engine_would_refuse_is_a_mistake() {
    let cycle = Dag::new("cycle");
    let (a, b) = (cycle.task("a", nothing), cycle.task("b", nothing));
    cycle.order(a >> b >> a);
    let undated = Dag::new("undated").schedule("@daily");
    let unknown = Dag::new("unknown")
        .schedule("61 * * * *")
        .start_date("2024-01-01");
    let zone = Dag::new("zone").timezone("Mars/Phobos");
    let default = Dag::new("default")
        .schedule("@once")
        .start_date("2024-01-01")
        .param("table", Param::required());
    let event = Dag::new("event").schedule(Events::new(["2024-01-01", "soon"]));
    let schema = Dag::new("schema").param("limit", Param::new(1).schema(json!({"type": "int"})));
    let no_object = Dag::new("no_object").param("limit", Param::new(1).schema(json!("integer")));
    let dags = [cycle, undated, unknown, zone, default, event, schema, no_object];
    insta::assert_snapshot!(dags.map(mistakes).join("\n"));
}

#[test]
fn tasks_of_two_dags_cannot_be_ordered() {
    let (one, other) = (Dag::new("one"), Dag::new("other"));
    one.order(one.task("a", nothing) >> other.task("b", nothing));
    insta::assert_snapshot!(mistakes(one), @"+0: an arrow leads to dag `other`, tasks of two DAGs cannot be ordered");
}
