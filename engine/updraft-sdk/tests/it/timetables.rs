//! Timetables of a program's own: how they are described, and that the example does what Airflow's documentation says of its
//! own.

use std::collections::BTreeSet;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use updraft_sdk::testing::TestRun;
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

/// Which day the next run is about, worked out by hand. 2024-01-01 is a Monday and a holiday here, as is 2024-01-15. Source: text
/// and code of "Customizing DAG scheduling with timetables", Airflow 2.11.
const TABLE: &str = "
    last        earliest             latest      catchup  now                  day

    # Without a start date there are no runs.
    -           -                    -           yes      2024-02-07T09:30:00  -
    # The first run is about the start date, if that is a midnight and a working day, else about the next one.
    -           2024-01-03           -           yes      2024-02-07T09:30:00  2024-01-03
    -           2024-01-03T00:00:01  -           yes      2024-02-07T09:30:00  2024-01-04
    -           2024-01-05T12:00:00  -           yes      2024-02-07T09:30:00  2024-01-08
    -           2023-12-30           -           yes      2024-02-07T09:30:00  2024-01-02
    # Without catchup today is the earliest.
    -           2024-01-03           -           no       2024-02-07T09:30:00  2024-02-07
    -           2024-01-03           -           no       2024-02-10T12:00:00  2024-02-12
    -           2024-01-03           -           no       2023-06-01           2024-01-03
    # After a working day comes the next one; weekends and holidays have no run.
    2024-01-03  2024-01-03           -           yes      2024-02-07T09:30:00  2024-01-04
    2024-01-05  2024-01-03           -           yes      2024-02-07T09:30:00  2024-01-08
    2024-01-12  2024-01-03           -           yes      2024-02-07T09:30:00  2024-01-16
    # After the first run, neither catchup nor the start date makes a difference.
    2024-01-03  2024-01-03           -           no       2024-02-07T09:30:00  2024-01-04
    2024-01-03  -                    -           yes      2024-02-07T09:30:00  2024-01-04
    # The end date is the last day that can have a run.
    2024-01-05  2024-01-03           2024-01-08  yes      2024-02-07T09:30:00  2024-01-08
    2024-01-05  2024-01-03           2024-01-07  yes      2024-02-07T09:30:00  -
";

fn holidays() -> AfterWorkday {
    AfterWorkday {
        holidays: BTreeSet::from([date(2024, 1, 1), date(2024, 1, 15)]),
    }
}

fn day(text: &str) -> DataInterval {
    let start = at(text);
    DataInterval {
        start,
        end: start + SignedDuration::from_hours(24),
    }
}

#[test]
fn the_example_follows_working_days_as_airflow_documents_it() {
    let is_case = |line: &&str| line.contains("20") && !line.contains('#');
    let cases: Vec<&str> = TABLE.lines().filter(is_case).collect();
    assert_eq!(cases.len(), 15);
    for case in cases {
        let words: Vec<&str> = case.split_whitespace().collect();
        let [last, earliest, latest, catchup, now, expected] = words[..] else {
            panic!("{case}");
        };
        let given = |text: &'static str| (text != "-").then_some(text);
        let restriction = TimeRestriction {
            earliest: given(earliest).map(at),
            latest: given(latest).map(at),
            catchup: catchup == "yes",
        };
        let next = holidays().next_dagrun_info(given(last).map(day), &restriction, at(now));
        let expected = given(expected).map(|text| DagRunInfo::interval(day(text).start, day(text).end));
        assert_eq!(next.unwrap(), expected, "{case}");
    }
}

#[test]
fn a_run_by_hand_is_about_the_working_day_before() {
    let days = [
        ("2024-01-04T10:00:00", "2024-01-03"),
        ("2024-01-06", "2024-01-05"),
        ("2024-01-08T23:59:59", "2024-01-05"),
        ("2024-01-16", "2024-01-12"),
        ("2024-01-02T12:00:00", "2023-12-29"),
    ];
    for (run_after, about) in days {
        let interval = holidays().infer_manual_data_interval(at(run_after));
        assert_eq!(interval.unwrap(), day(about), "{run_after}");
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

#[tokio::test]
async fn latest_only_asks_the_timetable_of_the_dag() {
    let dag = dag().timetable(holidays());
    dag.order(dag.latest_only("latest") >> dag.task("b", nothing));
    let dag = dag.build().unwrap();
    let DataInterval { start, end } = day("2024-01-12");
    let run = TestRun::new().scheduled(start, end);
    run.run_task(&dag, "latest").await.unwrap();
    assert_eq!(run.skipped(), ["b"]);
}
