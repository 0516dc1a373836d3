//! Timetables: what the recorded tables do not have, and what holds at every change of every clock.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::select;
use updraft_model::{DataInterval, RunInfo, Schedule, ScheduleKind, TimeRestriction, Timetable};

const ZONES: [&str; 12] = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Africa/Casablanca",
    "Pacific/Apia",
    "UTC",
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn cron(expression: &str, zone: &str, kind: ScheduleKind) -> Timetable {
    Timetable::compile(
        &Schedule::Cron {
            expression: expression.to_owned(),
            kind,
        },
        zone,
        "a dag",
    )
    .unwrap()
}

fn crons(expressions: &[&str], zone: &str) -> Timetable {
    let expressions = expressions.iter().map(|text| (*text).to_owned()).collect();
    Timetable::compile(&Schedule::Crons { expressions }, zone, "a dag").unwrap()
}

fn delta(delta: Duration, kind: ScheduleKind) -> Timetable {
    Timetable::compile(&Schedule::Delta { delta, kind }, "UTC", "a dag").unwrap()
}

fn from(start: Timestamp, catchup: bool) -> TimeRestriction {
    TimeRestriction {
        earliest: Some(start),
        latest: None,
        catchup,
    }
}

/// The first runs, each asked for at `now`.
fn runs(timetable: &Timetable, restriction: &TimeRestriction, now: Timestamp, count: usize) -> Vec<RunInfo> {
    let mut last: Option<DataInterval> = None;
    let next = || {
        let run = timetable.next(last, restriction, now).unwrap()?;
        last = Some(run.data_interval);
        Some(run)
    };
    std::iter::from_fn(next).take(count).collect()
}

fn starts(runs: &[RunInfo]) -> Vec<String> {
    runs.iter().map(|run| run.logical_date.to_string()).collect()
}

#[test]
fn hourly_schedules_fire_in_both_passes_of_a_repeated_hour_however_they_are_written() {
    for expression in ["0 * * * *", "@hourly", "0 */1 * * *", "0 0-23 * * *"] {
        let timetable = cron(expression, "Europe/Berlin", ScheduleKind::Trigger);
        let runs = runs(
            &timetable,
            &from(at("2024-10-26T23:00:00Z"), true),
            at("2024-10-26T23:00:00Z"),
            4,
        );
        let expected = [
            "2024-10-26T23:00:00Z",
            "2024-10-27T00:00:00Z",
            "2024-10-27T01:00:00Z",
            "2024-10-27T02:00:00Z",
        ];
        assert_eq!(starts(&runs), expected, "{expression}");
    }
    // Airflow looks at the list as it was expanded, and this one is not just a star.
    let timetable = cron("0 *,1 * * *", "Europe/Berlin", ScheduleKind::Trigger);
    let runs = runs(
        &timetable,
        &from(at("2024-10-26T23:00:00Z"), true),
        at("2024-10-26T23:00:00Z"),
        3,
    );
    assert_eq!(
        starts(&runs),
        [
            "2024-10-26T23:00:00Z",
            "2024-10-27T01:00:00Z",
            "2024-10-27T02:00:00Z"
        ]
    );
}

#[test]
fn presets_are_airflows() {
    let presets = [
        "@hourly",
        "@daily",
        "@weekly",
        "@monthly",
        "@quarterly",
        "@yearly",
        "@midnight",
        "@annually",
    ];
    let lines = presets.map(|preset| {
        let timetable = cron(preset, "UTC", ScheduleKind::DataInterval);
        let runs = runs(
            &timetable,
            &from(at("2024-01-02T03:04:05Z"), true),
            at("2024-01-02T03:04:05Z"),
            2,
        );
        format!("{preset}: {}", starts(&runs).join(", "))
    });
    insta::assert_snapshot!(lines.join("\n"), @r"
    @hourly: 2024-01-02T04:00:00Z, 2024-01-02T05:00:00Z
    @daily: 2024-01-03T00:00:00Z, 2024-01-04T00:00:00Z
    @weekly: 2024-01-07T00:00:00Z, 2024-01-14T00:00:00Z
    @monthly: 2024-02-01T00:00:00Z, 2024-03-01T00:00:00Z
    @quarterly: 2024-04-01T00:00:00Z, 2024-07-01T00:00:00Z
    @yearly: 2025-01-01T00:00:00Z, 2026-01-01T00:00:00Z
    @midnight: 2024-01-03T00:00:00Z, 2024-01-04T00:00:00Z
    @annually: 2025-01-01T00:00:00Z, 2026-01-01T00:00:00Z
    ");
}

#[test]
fn once_is_at_the_start_date_and_never_again() {
    let timetable = Timetable::compile(&Schedule::Once, "UTC", "a dag").unwrap();
    let start = at("2024-01-02T03:00:00Z");
    let now = at("2030-01-01T00:00:00Z");
    let runs = runs(&timetable, &from(start, false), now, 5);
    assert_eq!(starts(&runs), ["2024-01-02T03:00:00Z"]);
    assert_eq!(runs[0].run_after, start);
    let nowhere = TimeRestriction {
        earliest: None,
        latest: None,
        catchup: true,
    };
    assert_eq!(timetable.next(None, &nowhere, now), Ok(None));
    let too_late = TimeRestriction {
        latest: Some(start - 1.second()),
        ..from(start, true)
    };
    assert_eq!(timetable.next(None, &too_late, now), Ok(None));
}

#[test]
fn continuous_runs_begin_where_the_one_before_ended() {
    let timetable = Timetable::compile(&Schedule::Continuous, "UTC", "a dag").unwrap();
    let (start, now) = (at("2024-01-01T00:00:00Z"), at("2024-01-02T06:00:00Z"));
    let next = |last, now| timetable.next(last, &from(start, false), now).unwrap().unwrap();
    let first = next(None, now);
    assert_eq!(
        (first.logical_date, first.run_after, first.data_interval.end),
        (start, now, now)
    );
    let second = next(Some(first.data_interval), now + 7.minutes());
    let interval = second.data_interval.to_string();
    assert_eq!(interval, "2024-01-02T06:00:00Z..2024-01-02T06:07:00Z");
    // A second at least lies between two runs, also if the first one took less.
    let at_once = next(Some(first.data_interval), now);
    assert_eq!(at_once.run_after, now + 1.second());
    let early = next(None, start - 1.hour());
    assert_eq!(early.run_after, start);
    let ended = TimeRestriction {
        latest: Some(now),
        ..from(start, false)
    };
    let last = Some(first.data_interval);
    assert_eq!(timetable.next(last, &ended, now + 1.hour()).unwrap(), None);
    assert_eq!(timetable.manual(now).unwrap(), DataInterval::exact(now));
    let undated = TimeRestriction {
        earliest: None,
        ..from(start, true)
    };
    assert_eq!(timetable.next(None, &undated, now).unwrap(), None);
}

#[test]
fn without_catchup_several_expressions_go_on_with_the_newest_moment() {
    let timetable = crons(&["0 6 * * *", "30 18 * * *"], "UTC");
    let restriction = from(at("2024-01-01T00:00:00Z"), false);
    let last = Some(DataInterval::exact(at("2024-01-01T06:00:00Z")));
    let next = |now| timetable.next(last, &restriction, at(now)).unwrap().unwrap();
    assert_eq!(next("2024-01-05T03:00:00Z").run_after, at("2024-01-04T18:30:00Z"));
    assert_eq!(next("2024-01-01T12:00:00Z").run_after, at("2024-01-01T18:30:00Z"));
}

#[test]
fn without_a_schedule_there_are_manual_runs_only() {
    let timetable = Timetable::compile(&Schedule::None, "UTC", "a dag").unwrap();
    let now = at("2024-01-02T03:00:00Z");
    assert_eq!(timetable.next(None, &from(now, true), now), Ok(None));
    assert_eq!(timetable.manual(now), Ok(DataInterval::exact(now)));
}

#[test]
fn deltas_count_from_the_start_date_in_absolute_time() {
    let start = at("2024-03-30T12:00:00Z");
    let day = Duration::from_hours(24);
    let timetable = delta(day, ScheduleKind::DataInterval);
    let runs = runs(&timetable, &from(start, true), start, 3);
    assert_eq!(
        starts(&runs),
        [
            "2024-03-30T12:00:00Z",
            "2024-03-31T12:00:00Z",
            "2024-04-01T12:00:00Z"
        ]
    );
    assert!(runs.iter().all(|run| run.run_after == run.data_interval.end));
    let manual = timetable.manual(at("2024-05-05T05:05:05Z")).unwrap();
    assert_eq!(manual.to_string(), "2024-05-04T05:05:05Z..2024-05-05T05:05:05Z");
}

#[test]
fn deltas_without_catchup_go_on_with_the_newest() {
    let start = at("2024-01-01T06:00:00Z");
    let now = at("2024-02-10T10:00:00Z");
    let day = Duration::from_hours(24);
    // Airflow rounds to whole deltas since 1970, not since the start date.
    let newest = delta(day, ScheduleKind::DataInterval)
        .next(None, &from(start, false), now)
        .unwrap()
        .unwrap();
    assert_eq!(
        newest.data_interval.to_string(),
        "2024-02-09T00:00:00Z..2024-02-10T00:00:00Z"
    );
    let newest = delta(day, ScheduleKind::Trigger)
        .next(None, &from(start, false), now)
        .unwrap()
        .unwrap();
    assert_eq!(newest.run_after, now);
    let trigger = delta(day, ScheduleKind::Trigger);
    assert_eq!(
        starts(&runs(&trigger, &from(start, true), now, 2)),
        ["2024-01-01T06:00:00Z", "2024-01-02T06:00:00Z"]
    );
}

#[test]
fn nothing_starts_after_the_end_date() {
    let start = at("2024-01-01T00:00:00Z");
    for kind in [ScheduleKind::DataInterval, ScheduleKind::Trigger] {
        let restriction = TimeRestriction {
            latest: Some(at("2024-01-03T00:00:00Z")),
            ..from(start, true)
        };
        for timetable in [cron("@daily", "UTC", kind), delta(Duration::from_hours(24), kind)] {
            let runs = runs(&timetable, &restriction, start, 10);
            assert_eq!(
                starts(&runs),
                [
                    "2024-01-01T00:00:00Z",
                    "2024-01-02T00:00:00Z",
                    "2024-01-03T00:00:00Z"
                ]
            );
        }
    }
}

#[test]
fn a_trigger_without_a_start_date_begins_with_the_last_moment_if_it_is_only_just_over() {
    let nowhere = TimeRestriction {
        earliest: None,
        latest: None,
        catchup: true,
    };
    let timetable = cron("@daily", "UTC", ScheduleKind::Trigger);
    let first = |now: &str| {
        timetable
            .next(None, &nowhere, at(now))
            .unwrap()
            .unwrap()
            .run_after
            .to_string()
    };
    assert_eq!(first("2024-01-05T02:00:00Z"), "2024-01-05T00:00:00Z");
    assert_eq!(first("2024-01-05T03:00:00Z"), "2024-01-06T00:00:00Z");
    assert_eq!(first("2024-01-05T00:00:00Z"), "2024-01-05T00:00:00Z");
}

#[test]
fn fractions_of_a_second_do_not_make_a_moment_pass() {
    let timetable = cron("@daily", "UTC", ScheduleKind::DataInterval);
    let restriction = from(at("2024-01-01T00:00:00Z"), false);
    let newest = |now: &str| {
        timetable
            .next(None, &restriction, at(now))
            .unwrap()
            .unwrap()
            .run_after
            .to_string()
    };
    assert_eq!(newest("2024-01-05T00:00:00Z"), "2024-01-05T00:00:00Z");
    assert_eq!(newest("2024-01-05T00:00:00.000001Z"), "2024-01-05T00:00:00Z");
    assert_eq!(newest("2024-01-04T23:59:59.999999Z"), "2024-01-04T00:00:00Z");
}

#[test]
fn where_airflow_turns_in_circles_the_next_in_line_goes_on() {
    let timetable = cron("0 * * * *", "Australia/Lord_Howe", ScheduleKind::DataInterval);
    let start = at("1990-03-03T11:00:00Z");
    let runs = runs(&timetable, &from(start, true), start, 7);
    let intervals: Vec<String> = runs
        .iter()
        .skip(3)
        .map(|run| run.data_interval.to_string())
        .collect();
    assert_eq!(
        intervals,
        [
            "1990-03-03T14:00:00Z..1990-03-03T15:00:00Z",
            "1990-03-03T15:00:00Z..1990-03-03T15:30:00Z",
            "1990-03-03T14:30:00Z..1990-03-03T15:00:00Z",
            "1990-03-03T15:00:00Z..1990-03-03T15:30:00Z"
        ]
    );
    let last = DataInterval {
        start: at("1990-03-03T15:00:00Z"),
        end: at("1990-03-03T15:30:00Z"),
    };
    let next = timetable.next_in_line(last, &from(start, true)).unwrap().unwrap();
    assert_eq!(
        next.data_interval.to_string(),
        "1990-03-03T15:30:00Z..1990-03-03T16:30:00Z"
    );
}

/// A zone, and a time within two days of one of its changes (of any time, if it has none).
fn around_a_change() -> impl Strategy<Value = (&'static str, Timestamp)> {
    (select(&ZONES), 0..17_500_i64, -48..48_i64).prop_map(|(name, day, hours)| {
        let zone: TimeZone = TimeZoneDatabase::bundled().get(name).unwrap();
        let somewhere = at("1990-01-01T00:00:00Z") + (24 * day).hours();
        let change = zone
            .following(somewhere)
            .next()
            .map_or(somewhere, |change| change.timestamp());
        (name, change + hours.hours())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn intervals_follow_on_each_other_over_every_change_of_the_clock(
        (zone, start) in around_a_change(),
        expression in select(&["30 2 * * *", "0 */6 * * *", "15 1,2,3 * * *", "*/20 2 * * *", "0 * * * *", "@weekly"]),
    ) {
        let timetable = cron(expression, zone, ScheduleKind::DataInterval);
        let runs = runs(&timetable, &from(start, true), start, 12);
        prop_assert_eq!(runs.len(), 12);
        prop_assert!(runs[0].logical_date >= start);
        for run in &runs {
            prop_assert!(run.data_interval.start < run.data_interval.end, "{:?}", run);
            prop_assert_eq!(run.run_after, run.data_interval.end);
        }
        // Where several moments fall into one gap, Airflow leaves out what is between them. Samoa left out a whole day.
        let has_crowded_gap = ["15 1,2,3 * * *", "*/20 2 * * *"].contains(&expression)
            || (zone, expression) == ("Pacific/Apia", "0 */6 * * *");
        // In the zone that moves by half an hour, hourly runs leave the full hour and come back to it.
        prop_assume!((zone, expression) != ("Australia/Lord_Howe", "0 * * * *"));
        for pair in runs.windows(2) {
            let (end, start) = (pair[0].data_interval.end, pair[1].data_interval.start);
            prop_assert!(end == start || (has_crowded_gap && end < start), "{} then {}", end, start);
        }
    }

    #[test]
    fn several_expressions_fire_at_the_moments_of_each_over_every_change_of_the_clock(
        (zone, start) in around_a_change(),
        expressions in proptest::collection::vec(
            select(&["30 2 * * *", "0 */6 * * *", "0 1,2,3 * * *", "*/45 2 * * *", "0 * * * *"]),
            1..3,
        ),
    ) {
        let timetable = crons(&expressions, zone);
        let until = start + 30.hours();
        let of = |timetable: &Timetable| {
            let runs = runs(timetable, &from(start, true), start, 60);
            let moments = runs.into_iter().map(|run| run.logical_date);
            moments.take_while(|moment| *moment < until).collect::<Vec<Timestamp>>()
        };
        let each = expressions.iter().flat_map(|expression| of(&cron(expression, zone, ScheduleKind::Trigger)));
        let union: BTreeSet<Timestamp> = each.collect();
        prop_assert_eq!(of(&timetable), Vec::from_iter(union));
    }

    #[test]
    fn a_daily_trigger_fires_once_a_day_over_every_change_of_the_clock(
        (zone, start) in around_a_change(),
        hour in 0..24_u32,
        minute in 0..60_u32,
    ) {
        let timetable = cron(&format!("{minute} {hour} * * *"), zone, ScheduleKind::Trigger);
        let runs = runs(&timetable, &from(start, true), start, 6);
        for pair in runs.windows(2) {
            // A day has 22 to 26 hours; only Samoa left out a whole one.
            let apart = pair[1].logical_date.duration_since(pair[0].logical_date);
            let most = if zone == "Pacific/Apia" { 50 } else { 26 };
            prop_assert!(apart >= SignedDuration::from_hours(22), "{} apart", apart);
            prop_assert!(apart <= SignedDuration::from_hours(most), "{} apart", apart);
        }
    }

    #[test]
    fn an_hourly_trigger_fires_every_elapsed_hour_over_every_change_of_the_clock(
        (zone, start) in around_a_change(),
    ) {
        let timetable = cron("0 * * * *", zone, ScheduleKind::Trigger);
        let runs = runs(&timetable, &from(start, true), start, 60);
        for pair in runs.windows(2) {
            let apart = pair[1].logical_date.duration_since(pair[0].logical_date);
            // Not every zone moves by whole hours.
            prop_assert!(apart > SignedDuration::ZERO && apart <= SignedDuration::from_hours(1), "{} apart", apart);
        }
    }

    #[test]
    fn without_catchup_nothing_old_is_made_up_for(
        (zone, now) in around_a_change(),
        expression in select(&["30 12 * * *", "0 */6 * * *", "5 * * * *", "@weekly"]),
        kind in select(&[ScheduleKind::DataInterval, ScheduleKind::Trigger]),
    ) {
        let timetable = cron(expression, zone, kind);
        // In the zone that moves by half an hour, hourly runs leave the full hour and come back to it.
        prop_assume!((zone, expression) != ("Australia/Lord_Howe", "5 * * * *"));
        let restriction = from(now - (24 * 30).hours(), false);
        let newest = timetable.next(None, &restriction, now).unwrap().unwrap();
        let after = timetable.next(Some(newest.data_interval), &restriction, now).unwrap().unwrap();
        prop_assert!(newest.run_after < after.run_after);
        prop_assert!(after.run_after > now, "{:?} follows at once", after);
    }
}

/// Events of the first, the third and the fifth of January.
fn events(restrict_to_events: bool) -> Timetable {
    let dates = [
        "2024-01-01T00:00:00Z",
        "2024-01-03T06:00:00Z",
        "2024-01-03T06:00:00Z",
        "2024-01-05T00:00:00Z",
    ];
    let schedule = Schedule::Events {
        dates: dates.map(at).to_vec(),
        restrict_to_events,
        description: None,
    };
    Timetable::compile(&schedule, "UTC", "a dag").unwrap()
}

/// What is asked, and the next event: the last run, earliest, latest, catchup, now. Days of January, `-` for none.
const NEXT_EVENTS: &str = "
    -     -  -  yes 01        01
    -     01 -  yes 01        01
    -     02 -  yes 01        03T06
    01    -  -  yes 01        03T06
    03T06 -  -  yes 01        05
    05    -  -  yes 01        -
    -     02 03 yes 01        -
    -     -  01 yes 01        01
    -     -  -  no  01        01
    -     -  -  no  01T00:01  03T06
    -     04 -  no  02        05
    01    -  -  no  04        05
    -     -  -  no  06        -";

#[test]
fn events_come_in_their_order_each_once() {
    let timetable = events(false);
    let date = |text: &str| {
        let padded = format!("2024-01-{text}{}Z", &"01T00:00:00"[text.len()..]);
        (text != "-").then(|| at(&padded))
    };
    for line in NEXT_EVENTS.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [last, earliest, latest, catchup, now, expected] = words[..] else {
            panic!("`{line}` is no case");
        };
        let restriction = TimeRestriction {
            earliest: date(earliest),
            latest: date(latest),
            catchup: catchup == "yes",
        };
        let last = date(last).map(DataInterval::exact);
        let next = timetable.next(last, &restriction, date(now).unwrap()).unwrap();
        assert_eq!(next.map(|run| run.logical_date), date(expected), "{line}");
        assert!(next.is_none_or(|run| run.data_interval == DataInterval::exact(run.run_after)));
    }
}

#[test]
fn a_manual_run_of_events_has_its_own_date_or_that_of_the_last_event() {
    let cases = [
        ("2023-12-31T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("2024-01-03T05:59:59Z", "2024-01-01T00:00:00Z"),
        ("2024-01-03T06:00:00Z", "2024-01-03T06:00:00Z"),
        ("2024-02-01T00:00:00Z", "2024-01-05T00:00:00Z"),
    ];
    for (run_after, event) in cases {
        let interval = |restricted| events(restricted).manual(at(run_after)).unwrap();
        assert_eq!(interval(false), DataInterval::exact(at(run_after)));
        assert_eq!(interval(true), DataInterval::exact(at(event)), "{run_after}");
    }
}

#[test]
fn a_schedule_without_events_never_comes_due() {
    let schedule = Schedule::Events {
        dates: Vec::new(),
        restrict_to_events: true,
        description: None,
    };
    let timetable = Timetable::compile(&schedule, "UTC", "a dag").unwrap();
    let now = at("2024-01-01T00:00:00Z");
    assert_eq!(timetable.next(None, &from(now, true), now).unwrap(), None);
    assert_eq!(timetable.manual(now).unwrap(), DataInterval::exact(now));
    assert_eq!(schedule.to_string(), "0 events");
}

/// The clock went from 02:00 to 03:00 there at the very moment of the start date: 02:30 was before it.
#[test]
fn several_expressions_find_their_first_moments_from_the_start_date_on() {
    let start: Timestamp = "2012-04-29T02:00:00Z".parse().unwrap();
    let moments = |timetable: &Timetable| {
        let runs = runs(timetable, &from(start, true), start, 4);
        let moments = runs.iter().map(|run| run.logical_date.to_string());
        moments.collect::<Vec<_>>().join(" ")
    };
    let both = crons(&["0 1,2,3 * * *", "30 2 * * *"], "Africa/Casablanca");
    assert_eq!(
        moments(&both),
        "2012-04-29T02:00:00Z 2012-04-30T00:00:00Z 2012-04-30T01:00:00Z 2012-04-30T01:30:00Z"
    );
    let late = cron("30 2 * * *", "Africa/Casablanca", ScheduleKind::Trigger);
    assert!(moments(&late).starts_with("2012-04-30T01:30:00Z"));
}
