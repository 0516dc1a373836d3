//! The two compat levels side by side; each test is a thing in which Airflow 2.11 and 3.3 differ.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use updraft_model::{
    Asset, AttemptOutcome, CallbackEvent, CompatLevel, DagId, DagSpec, DataInterval, DeadlineReference,
    DeadlineRun, DeadlineSpec, ManualRun, RunType, Schedule, ScheduleKind, TaskInstanceState, TaskSpec,
    TimeRestriction, TriggerRule, ValidDag, asset_run_id, order_date,
};

const LEVELS: [CompatLevel; 2] = [CompatLevel::Two, CompatLevel::Three];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn dag(level: CompatLevel, schedule: Schedule) -> ValidDag {
    let mut dag = DagSpec::new(DagId::parse("d").unwrap());
    dag.compat = level;
    dag.schedule = schedule;
    dag.start_date = Some(at("2024-01-01T00:00:00Z"));
    dag.tasks
        .push(TaskSpec::new("a".parse().unwrap(), "RustOperator"));
    Arc::new(dag).validate().unwrap()
}

/// The first run of a DAG that catches up: its logical date, the end of its interval and when it may start.
fn first_run(dag: &ValidDag) -> [String; 3] {
    let restriction = TimeRestriction {
        catchup: true,
        ..dag.time_restriction()
    };
    let run = dag
        .timetable()
        .next(None, &restriction, at("2024-03-01T12:00:00Z"));
    let run = run.unwrap().unwrap();
    [run.logical_date, run.data_interval.end, run.run_after].map(|at| at.to_string())
}

#[test]
fn a_cron_expression_has_intervals_or_moments() {
    let [two, three] = LEVELS.map(|level| dag(level, Schedule::from_text("@daily", level.schedule_kind())));
    let [first, second] = ["2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"];
    assert_eq!(first_run(&two), [first, second, second]);
    assert_eq!(first_run(&three), [first, first, first]);
}

#[test]
fn a_time_between_two_runs_has_intervals_or_moments() {
    let every = |kind| Schedule::Delta {
        delta: Duration::from_hours(6),
        kind,
    };
    let [two, three] = LEVELS.map(|level| dag(level, every(level.schedule_kind())));
    let [first, second] = ["2024-01-01T00:00:00Z", "2024-01-01T06:00:00Z"];
    assert_eq!(first_run(&two), [first, second, second]);
    assert_eq!(first_run(&three), [first, first, first]);
}

#[test]
fn no_schedule_given_is_daily_or_never() {
    let daily = Schedule::Delta {
        delta: Duration::from_hours(24),
        kind: ScheduleKind::DataInterval,
    };
    assert_eq!(LEVELS.map(CompatLevel::default_schedule), [daily, Schedule::None]);
}

#[test]
fn catchup_is_the_default_or_not() {
    assert_eq!(LEVELS.map(CompatLevel::catches_up), [true, false]);
}

#[test]
fn a_schedule_without_start_date_is_a_mistake_or_not() {
    let result = LEVELS.map(|level| {
        let mut spec = DagSpec::new(DagId::parse("d").unwrap());
        spec.compat = level;
        spec.schedule = Schedule::from_text("@daily", level.schedule_kind());
        Arc::new(spec)
            .validate()
            .map(drop)
            .map_err(|error| error.to_string())
    });
    assert!(
        result[0].as_ref().unwrap_err().contains("start_date"),
        "{result:?}"
    );
    assert_eq!(result[1], Ok(()));
}

#[test]
fn a_manual_run_has_a_date_or_none() {
    let now = at("2024-01-12T06:30:00.000001Z");
    let manual = |level: CompatLevel, date| {
        let daily = Schedule::from_text("@daily", level.schedule_kind());
        dag(level, daily).manual_run(date, now).unwrap()
    };
    let two = manual(CompatLevel::Two, None);
    assert_eq!(two.run_id.as_str(), "manual__2024-01-12T06:30:00.000001+00:00");
    assert_eq!((two.logical_date, two.run_after), (Some(now), now));
    let last_complete_day = DataInterval {
        start: at("2024-01-11T00:00:00Z"),
        end: at("2024-01-12T00:00:00Z"),
    };
    assert_eq!(two.data_interval, Some(last_complete_day));

    let three = manual(CompatLevel::Three, None);
    assert_eq!(
        three,
        ManualRun {
            run_id: two.run_id.clone(),
            logical_date: None,
            data_interval: None,
            run_after: now
        }
    );
    assert_eq!(order_date(three.logical_date, three.run_after), now);
}

#[test]
fn a_manual_run_for_a_date_is_named_after_it_or_after_now() {
    let (date, now) = (at("2024-01-05T12:00:00Z"), at("2024-01-12T06:30:00Z"));
    let manual = |level: CompatLevel| {
        let daily = Schedule::from_text("@daily", level.schedule_kind());
        dag(level, daily).manual_run(Some(date), now).unwrap()
    };
    let [two, three] = LEVELS.map(manual);
    assert_eq!(two.run_id.as_str(), "manual__2024-01-05T12:00:00+00:00");
    assert_eq!(two.data_interval.unwrap().end, at("2024-01-05T00:00:00Z"));
    assert_eq!((two.logical_date, two.run_after), (Some(date), date));
    assert_eq!(three.run_id.as_str(), "manual__2024-01-12T06:30:00+00:00");
    assert_eq!(three.data_interval, Some(DataInterval::exact(date)));
    assert_eq!((three.logical_date, three.run_after), (Some(date), now));
}

#[test]
fn a_run_that_assets_cause_is_named_after_datasets_or_assets() {
    let ids = LEVELS.map(|level| asset_run_id(level, at("2024-01-12T06:30:00Z")).to_string());
    assert_eq!(
        ids,
        [
            "dataset_triggered__2024-01-12T06:30:00+00:00",
            "asset_triggered__2024-01-12T06:30:00+00:00"
        ]
    );
    assert_eq!(LEVELS.map(CompatLevel::dates_every_run), [true, false]);
    // A DAG that only waits for assets needs no start date at either level.
    for level in LEVELS {
        let mut spec = DagSpec::new(DagId::parse("d").unwrap());
        let orders = Asset::new("orders", "s3://lake/orders");
        (spec.compat, spec.schedule) = (
            level,
            Schedule::Assets {
                assets: orders.into(),
            },
        );
        assert!(Arc::new(spec).validate().is_ok());
    }
}

#[test]
fn the_first_run_with_a_task_does_not_wait_or_does() {
    assert_eq!(
        LEVELS.map(CompatLevel::ignores_first_depends_on_past),
        [true, false]
    );
}

#[test]
fn trigger_rules_have_older_names_or_a_newer_rule() {
    let named = |name: &str| LEVELS.map(|level| level.trigger_rule(name).ok());
    assert_eq!(named("dummy"), [Some(TriggerRule::Always), None]);
    assert_eq!(
        named("none_failed_or_skipped"),
        [Some(TriggerRule::NoneFailedMinOneSuccess), None]
    );
    assert_eq!(
        named("all_done_min_one_success"),
        [None, Some(TriggerRule::AllDoneMinOneSuccess)]
    );
    assert_eq!(named("all_good"), [None, None]);
    for rule in TriggerRule::ALL {
        let at_both = rule != TriggerRule::AllDoneMinOneSuccess;
        assert_eq!(named(rule.as_str()), [at_both.then_some(rule), Some(rule)]);
    }
}

#[test]
fn a_deadline_counts_from_a_logical_date_only_if_there_is_one() {
    let now = at("2024-01-12T06:30:00Z");
    let deadline = DeadlineSpec {
        reference: DeadlineReference::DagrunLogicalDate,
        interval: SignedDuration::from_hours(1),
    };
    let due = LEVELS.map(|level| {
        let run = dag(level, Schedule::None).manual_run(None, now).unwrap();
        let run = DeadlineRun {
            run_type: RunType::Manual,
            logical_date: run.logical_date,
            run_after: run.run_after,
            queued_at: now,
        };
        deadline.due(&run, &[]).map(|at| at.due.to_string())
    });
    assert_eq!(due, [Some("2024-01-12T07:30:00Z".to_owned()), None]);
}

#[test]
fn a_task_that_passes_itself_over_has_succeeded_for_the_callbacks_of_airflow_2() {
    let events = |level| {
        let skipped = Some(TaskInstanceState::Skipped);
        CallbackEvent::of_attempt(AttemptOutcome::Skipped, skipped, level)
    };
    assert_eq!(
        events(CompatLevel::Two),
        [CallbackEvent::Skipped, CallbackEvent::Success]
    );
    assert_eq!(events(CompatLevel::Three), [CallbackEvent::Skipped]);
}
