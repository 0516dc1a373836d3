//! Backfills: which dates, in which order, and when not at all.

use std::sync::Arc;

use jiff::Timestamp;
use updraft_model::{
    BackfillDates, BackfillEvent, BackfillState, CompatLevel, DagId, DagRunState, DagSpec, ReprocessBehavior,
    Schedule, ScheduleKind, TaskId, TaskSpec, ValidDag, transition_backfill,
};

fn time(text: &str) -> Timestamp {
    format!("{text}Z").parse().expect("a time")
}

fn dag(schedule: Schedule) -> DagSpec {
    let mut dag = DagSpec::new(DagId::parse("d").expect("a dag id"));
    dag.schedule = schedule;
    // What level 2 wants; a backfill does not look at it.
    dag.start_date = Some(time("2024-06-01T00:00:00"));
    dag
}

fn valid(dag: DagSpec) -> ValidDag {
    Arc::new(dag).validate().expect("the dag is valid")
}

fn cron(expression: &str, kind: ScheduleKind) -> Schedule {
    Schedule::from_text(expression, kind)
}

fn dates(from: &str, until: &str) -> BackfillDates {
    BackfillDates {
        from: time(from),
        until: time(until),
        backwards: false,
    }
}

/// The logical dates of a backfill on 10 January 2024, or why there is none.
fn backfill(dag: DagSpec, dates: BackfillDates, reprocess: ReprocessBehavior) -> String {
    let now = time("2024-01-10T12:00:00");
    match valid(dag).backfill(&dates, reprocess, now) {
        Ok(runs) => {
            let dates = runs
                .iter()
                .map(|run| run.logical_date.strftime("%d.%m. %H:%M").to_string());
            dates.collect::<Vec<_>>().join(", ")
        }
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn dates_are_those_of_the_timetable_that_have_passed() {
    let daily = |kind| dag(cron("@daily", kind));
    let (interval, trigger) = (ScheduleKind::DataInterval, ScheduleKind::Trigger);
    let january = dates("2024-01-07T06:00:00", "2024-01-31T00:00:00");
    let none = ReprocessBehavior::None;
    insta::assert_snapshot!(backfill(daily(interval), january, none), @"08.01. 00:00, 09.01. 00:00");
    insta::assert_snapshot!(backfill(daily(trigger), january, none), @"08.01. 00:00, 09.01. 00:00, 10.01. 00:00");
    let until_noon = dates("2024-01-07T00:00:00", "2024-01-08T12:00:00");
    let backwards = BackfillDates {
        backwards: true,
        ..until_noon
    };
    let hours = dag(cron("0 */6 * * *", interval));
    insta::assert_snapshot!(backfill(hours.clone(), until_noon, none), @"07.01. 00:00, 07.01. 06:00, 07.01. 12:00, 07.01. 18:00, 08.01. 00:00, 08.01. 06:00, 08.01. 12:00");
    insta::assert_snapshot!(backfill(hours, backwards, none), @"08.01. 12:00, 08.01. 06:00, 08.01. 00:00, 07.01. 18:00, 07.01. 12:00, 07.01. 06:00, 07.01. 00:00");
    let delta = Schedule::Delta {
        delta: std::time::Duration::from_hours(30),
        kind: interval,
    };
    insta::assert_snapshot!(backfill(dag(delta), until_noon, none), @"07.01. 00:00, 08.01. 06:00");
    let events = Schedule::Events {
        dates: vec![
            time("2024-01-07T01:00:00"),
            time("2024-01-08T02:00:00"),
            time("2024-01-09T03:00:00"),
        ],
        restrict_to_events: false,
        description: None,
    };
    insta::assert_snapshot!(backfill(dag(events), until_noon, none), @"07.01. 01:00, 08.01. 02:00");
}

#[test]
fn a_backfill_that_makes_no_sense_says_why() {
    let days = dates("2024-01-01T00:00:00", "2024-01-03T00:00:00");
    let (none, completed) = (ReprocessBehavior::None, ReprocessBehavior::Completed);
    let daily = || dag(cron("@daily", ScheduleKind::DataInterval));
    for schedule in [Schedule::None, Schedule::Once] {
        let error = backfill(dag(schedule), days, none);
        assert!(
            error.ends_with("has no dates that could be backfilled"),
            "{error}"
        );
    }
    let mut continuous = dag(Schedule::Continuous);
    continuous.max_active_runs = 1;
    insta::assert_snapshot!(backfill(continuous, days, none), @"error: dag `d` has the schedule `@continuous`, which has no dates that could be backfilled");
    let turned = dates("2024-01-03T00:00:00", "2024-01-01T00:00:00");
    insta::assert_snapshot!(backfill(daily(), turned, none), @"error: the backfill would end on 2024-01-01T00:00:00Z, before it begins on 2024-01-03T00:00:00Z; exchange the two dates");
    let future = dates("2024-01-11T00:00:00", "2024-01-12T00:00:00");
    insta::assert_snapshot!(backfill(daily(), future, none), @"error: the backfill would begin on 2024-01-11T00:00:00Z, which is not over yet; choose dates that have passed");
    let today = dates("2024-01-10T00:00:00", "2024-01-12T00:00:00");
    insta::assert_snapshot!(backfill(daily(), today, none), @"error: dag `d` has no dates from 2024-01-10T00:00:00Z to 2024-01-12T00:00:00Z that have passed");
    let minutes = dates("2020-01-01T00:00:00", "2024-01-01T00:00:00");
    insta::assert_snapshot!(backfill(dag(cron("* * * * *", ScheduleKind::DataInterval)), minutes, none), @"error: dag `d` has more than 10000 dates in that range; backfill it in parts");
    let mut past = daily();
    let mut task = TaskSpec::new(TaskId::parse("a").expect("a task id"), "RustOperator");
    task.depends_on_past = true;
    past.tasks.push(task);
    past.compat = CompatLevel::Three;
    let backwards = BackfillDates {
        backwards: true,
        ..days
    };
    insta::assert_snapshot!(backfill(past.clone(), backwards, completed), @"error: dag `d` has tasks with depends_on_past, so it cannot be backfilled backwards");
    insta::assert_snapshot!(backfill(past.clone(), days, none), @"error: dag `d` has tasks with depends_on_past; choose the reprocess behavior `failed` or `completed`");
    insta::assert_snapshot!(backfill(past, days, completed), @"01.01. 00:00, 02.01. 00:00, 03.01. 00:00");
}

#[test]
fn an_open_backfill_can_do_everything_and_one_that_is_over_nothing() {
    let mut table = Vec::new();
    for from in BackfillState::ALL {
        let after = BackfillEvent::ALL.map(|event| match transition_backfill(from, event) {
            Ok(to) => format!("{event} -> {to}"),
            Err(error) => error.to_string(),
        });
        table.push(format!("{from}: {}", after.join(", ")));
    }
    insta::assert_snapshot!(table.join("\n"), @r"
    active: pause -> paused, unpause -> active, complete -> completed, cancel -> cancelled
    paused: pause -> paused, unpause -> active, complete -> completed, cancel -> cancelled
    completed: a backfill that is `completed` cannot `pause`, a backfill that is `completed` cannot `unpause`, a backfill that is `completed` cannot `complete`, a backfill that is `completed` cannot `cancel`
    cancelled: a backfill that is `cancelled` cannot `pause`, a backfill that is `cancelled` cannot `unpause`, a backfill that is `cancelled` cannot `complete`, a backfill that is `cancelled` cannot `cancel`
    ");
}

#[test]
fn runs_that_have_not_ended_are_never_taken() {
    let taken = |behavior: ReprocessBehavior| DagRunState::ALL.map(|state| behavior.takes(state));
    // Queued, running, success, failed.
    assert_eq!(taken(ReprocessBehavior::None), [false, false, false, false]);
    assert_eq!(taken(ReprocessBehavior::Failed), [false, false, false, true]);
    assert_eq!(taken(ReprocessBehavior::Completed), [false, false, true, true]);
    for behavior in ReprocessBehavior::ALL {
        assert_eq!(behavior.as_str().parse(), Ok(behavior));
    }
}
