//! Timetables of a program's own: how they are described, and that the example does what Airflow's documentation says of its
//! own.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::json;
use updraft_sdk::{
    Asset, AssetOrTimeSchedule, Context, Dag, DagRunInfo, DataInterval, Schedule, TaskResult,
    TimeRestriction, Timetable, TimetableResult,
};

#[path = "../../examples/timetables/workday.rs"]
mod workday;

use workday::AfterWorkday;

fn at(text: &str) -> Timestamp {
    let time = if text.contains('T') { "" } else { "T00:00:00" };
    format!("{text}{time}Z").parse().unwrap()
}

/// One question and what is expected.
struct Case {
    last: Option<&'static str>,
    earliest: Option<&'static str>,
    latest: Option<&'static str>,
    catchup: bool,
    now: &'static str,
    /// The day that the next run is about.
    day: Option<&'static str>,
}

const CASE: Case = Case {
    last: None,
    earliest: Some("2024-01-03"),
    latest: None,
    catchup: true,
    now: "2024-02-07T09:30:00",
    day: None,
};

/// Source: the text and code of "Customizing DAG scheduling with timetables", Airflow 2.11, worked out by hand. 2024-01-01 is a
/// Monday, and a holiday here, as is 2024-01-15.
#[test]
fn the_example_follows_working_days_as_airflow_documents_it() {
    let timetable = AfterWorkday {
        holidays: BTreeSet::from([date(2024, 1, 1), date(2024, 1, 15)]),
    };
    let cases = [
        // Without a start date there are no runs.
        Case {
            earliest: None,
            ..CASE
        },
        // The first run is about the start date, if that is a midnight and a working day.
        Case {
            day: Some("2024-01-03"),
            ..CASE
        },
        Case {
            earliest: Some("2024-01-03T00:00:01"),
            day: Some("2024-01-04"),
            ..CASE
        },
        Case {
            earliest: Some("2024-01-05T12:00:00"),
            day: Some("2024-01-08"),
            ..CASE
        },
        Case {
            earliest: Some("2023-12-30"),
            day: Some("2024-01-02"),
            ..CASE
        },
        // Without catchup today is the earliest.
        Case {
            catchup: false,
            day: Some("2024-02-07"),
            ..CASE
        },
        Case {
            catchup: false,
            now: "2024-02-10T12:00:00",
            day: Some("2024-02-12"),
            ..CASE
        },
        Case {
            catchup: false,
            now: "2023-06-01",
            day: Some("2024-01-03"),
            ..CASE
        },
        // After a working day comes the next one; weekends and holidays have no run.
        Case {
            last: Some("2024-01-03"),
            day: Some("2024-01-04"),
            ..CASE
        },
        Case {
            last: Some("2024-01-05"),
            day: Some("2024-01-08"),
            ..CASE
        },
        Case {
            last: Some("2024-01-12"),
            day: Some("2024-01-16"),
            ..CASE
        },
        // After the first run, catchup makes no difference, nor does the start date.
        Case {
            last: Some("2024-01-03"),
            catchup: false,
            day: Some("2024-01-04"),
            ..CASE
        },
        Case {
            last: Some("2024-01-03"),
            earliest: None,
            day: Some("2024-01-04"),
            ..CASE
        },
        // The end date is the last day that can have a run.
        Case {
            last: Some("2024-01-05"),
            latest: Some("2024-01-08"),
            day: Some("2024-01-08"),
            ..CASE
        },
        Case {
            last: Some("2024-01-05"),
            latest: Some("2024-01-07"),
            ..CASE
        },
    ];
    for (number, case) in cases.iter().enumerate() {
        let day = |text: &str| DataInterval {
            start: at(text),
            end: at(text) + jiff::SignedDuration::from_hours(24),
        };
        let restriction = TimeRestriction {
            earliest: case.earliest.map(at),
            latest: case.latest.map(at),
            catchup: case.catchup,
        };
        let next = timetable.next_dagrun_info(case.last.map(day), &restriction, at(case.now));
        let expected = case.day.map(|text| {
            let DataInterval { start, end } = day(text);
            DagRunInfo::interval(start, end)
        });
        assert_eq!(next.unwrap(), expected, "case {number}");
    }
}

#[test]
fn a_run_by_hand_is_about_the_working_day_before() {
    let timetable = AfterWorkday {
        holidays: BTreeSet::from([date(2024, 1, 1), date(2024, 1, 15)]),
    };
    let days = [
        ("2024-01-04T10:00:00", "2024-01-03"),
        ("2024-01-06", "2024-01-05"),
        ("2024-01-08T23:59:59", "2024-01-05"),
        ("2024-01-16", "2024-01-12"),
        ("2024-01-02T12:00:00", "2023-12-29"),
    ];
    for (run_after, day) in days {
        let interval = timetable.infer_manual_data_interval(at(run_after)).unwrap();
        assert_eq!(interval.start, at(day), "{run_after}");
        assert_eq!(interval.end, at(day) + jiff::SignedDuration::from_hours(24));
    }
}

/// Says something else than usual about itself.
struct Particular;

impl Timetable for Particular {
    fn next_dagrun_info(
        &self,
        _: Option<DataInterval>,
        _: &TimeRestriction,
        now: Timestamp,
    ) -> TimetableResult<Option<DagRunInfo>> {
        Ok(Some(DagRunInfo::exact(now)))
    }

    fn infer_manual_data_interval(&self, run_after: Timestamp) -> TimetableResult<DataInterval> {
        Ok(DataInterval::exact(run_after))
    }

    fn summary(&self) -> String {
        "now and then".to_owned()
    }

    fn periodic(&self) -> bool {
        false
    }

    fn active_runs_limit(&self) -> Option<u32> {
        Some(3)
    }
}

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

fn dag() -> Dag {
    let dag = Dag::new("d").start_date("2024-01-01");
    dag.task("a", nothing);
    dag
}

#[test]
fn the_description_has_class_and_parameters() {
    let workdays = AfterWorkday {
        holidays: BTreeSet::from([date(2024, 1, 1)]),
    };
    let built = dag().schedule(workdays.clone()).build().unwrap();
    let Schedule::Custom(custom) = &built.spec().schedule else {
        panic!("{:?}", built.spec().schedule);
    };
    assert_eq!(custom.class_path, "it::timetables::workday::AfterWorkday");
    assert_eq!(custom.summary, "AfterWorkday");
    assert_eq!(custom.description, "after each working day");
    assert_eq!(json!(custom.parameters), json!({ "holidays": ["2024-01-01"] }));
    assert!(custom.periodic && custom.can_be_scheduled);
    assert_eq!(built.spec().max_active_runs, 16);

    // What is in it makes a new version of the DAG.
    let other = dag().timetable(AfterWorkday::default()).build().unwrap();
    assert_ne!(built.spec().structure_hash(), other.spec().structure_hash());
    let text = serde_json::to_string(built.spec()).unwrap();
    assert_eq!(*built.spec(), serde_json::from_str(&text).unwrap());

    let assets = AssetOrTimeSchedule::new(Asset::new("x", "test://x"), workdays);
    let built = dag().schedule(assets).build().unwrap();
    assert_eq!(built.spec().schedule.by_time(), &Schedule::Custom(custom.clone()));
}

#[test]
fn a_limit_of_active_runs_is_the_default_and_no_dag_may_have_more() {
    let built = dag().timetable(Particular).build().unwrap();
    assert_eq!(built.spec().max_active_runs, 3);
    assert_eq!(built.spec().schedule.to_string(), "now and then");
    assert!(!built.spec().schedule.is_periodic());
    let errors = dag()
        .timetable(Particular)
        .max_active_runs(4)
        .build()
        .unwrap_err();
    let text = errors.to_string();
    assert!(
        text.contains("timetable `now and then` allows max_active_runs 3 at most, it is 4"),
        "{text}"
    );
}
