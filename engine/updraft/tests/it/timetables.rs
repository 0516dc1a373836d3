//! Timetables of the sources' own, with real processes: each run once whatever is killed, and trouble stays where it is.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use updraft_testing::databases;

use crate::engine::{Home, is_running};

fn home(database: Option<databases::TestDatabase>) -> Home {
    let mut home = Home::on(database);
    home.add_bundle("timetables");
    // Time enough for programs that are well, on a busy machine.
    home.set("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT", "5");
    start(&mut home);
    home
}

fn start(home: &mut Home) {
    home.start();
    home.wait("the DAGs are known", |home| {
        let dags = home.run(&["dags", "list", "-o", "plain"]);
        dags.contains("workdays").then_some(())
    });
}

/// The runs of a DAG that have succeeded: names and beginnings of their data intervals, in the order of the latter.
fn succeeded(home: &Home, dag: &str) -> Vec<(String, String)> {
    let text = home.run(&["dags", "list-runs", "-d", dag, "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    let text = |row: &Value, column: &str| row[column].as_str().unwrap_or_default().to_owned();
    let is_done = |row: &&Value| row["state"] == "success";
    let mut runs: Vec<_> = rows
        .iter()
        .filter(is_done)
        .map(|row| (text(row, "execution_date"), text(row, "run_id")))
        .collect();
    runs.sort();
    runs.into_iter().map(|(date, name)| (name, date)).collect()
}

fn names(home: &Home, dag: &str) -> Vec<String> {
    succeeded(home, dag).into_iter().map(|(name, _)| name).collect()
}

const MONTHS: [&str; 6] = [
    "scheduled__2024-01",
    "scheduled__2024-02",
    "scheduled__2024-03",
    "scheduled__2024-04",
    "scheduled__2024-05",
    "scheduled__2024-06",
];

fn property(home: &Home, dag: &str, name: &str) -> Value {
    let text = home.run(&["dags", "details", dag, "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    let row = rows.into_iter().find(|row| row["property_name"] == name);
    row.unwrap()["property_value"].clone()
}

fn lives_through(database: Option<databases::TestDatabase>) {
    let mut home = home(database);
    // Whatever is going on: runs are made and asked for.
    for runs in [1, 3] {
        home.wait("some runs are over", |home| {
            (names(home, "months").len() >= runs).then_some(())
        });
        home.kill();
        start(&mut home);
    }
    home.wait("all months have their runs", |home| {
        (names(home, "months").len() == MONTHS.len()).then_some(())
    });
    assert_eq!(names(&home, "months"), MONTHS);
    home.wait("all working days have their runs", |home| {
        (succeeded(home, "workdays").len() == 11).then_some(())
    });
    let days: Vec<String> = succeeded(&home, "workdays")
        .into_iter()
        .map(|(_, date)| date[8..10].to_owned())
        .collect();
    let expected = ["02", "03", "04", "05", "08", "09", "10", "11", "12", "16", "17"];
    assert_eq!(days, expected);
    home.stop();
}

#[test]
fn each_run_of_a_timetable_is_made_once_whatever_is_killed() {
    lives_through(None);
}

#[tokio::test]
async fn postgres_has_each_run_of_a_timetable_once() {
    lives_through(Some(databases::postgres().await));
}

#[test]
fn a_timetable_in_trouble_stops_its_own_dag_alone_until_it_is_mended() {
    let mut home = home(None);
    let troubles = [
        ("fails", "the calendar of the stock exchange cannot be read"),
        ("panics", "it panicked: no calendar"),
        (
            "exits",
            "the program exited with code 3 before it answered for its timetable",
        ),
        ("hangs", "the program did not answer for its timetable within 5s"),
        ("nonsense", "it tells a data interval that ends on"),
    ];
    for (dag, words) in troubles {
        home.wait("the trouble is said", |home| {
            let problem = property(home, dag, "timetable_problem");
            problem
                .as_str()
                .is_some_and(|said| said.contains(words))
                .then_some(())
        });
        assert!(home.log().contains(words), "{dag}");
        let (_, said) = home.fail(&["dags", "next-execution", dag]);
        assert!(said.contains(words), "{said}");
        assert!(said.contains("build its bundle again"), "{said}");
    }
    // Nobody else notices.
    home.wait("all months have their runs", |home| {
        (names(home, "months").len() == MONTHS.len()).then_some(())
    });
    let listed = home.command().args(["dags", "list"]).output().unwrap();
    let warned = String::from_utf8_lossy(&listed.stderr).into_owned();
    for (dag, _) in troubles {
        assert!(
            warned.contains(&format!("the timetable of dag `{dag}` fails")),
            "{warned}"
        );
        assert_eq!(names(&home, dag), [""; 0]);
    }

    // An engine that is killed leaves no program behind that hangs.
    let asked = home.path().join("hangs.pid");
    home.kill();
    fs::remove_file(&asked).unwrap();
    start(&mut home);
    let pid = home.wait("the program that hangs is asked again", |_| {
        let pid = fs::read_to_string(&asked).ok();
        pid.filter(|pid| !pid.is_empty())
    });
    home.kill();
    home.wait("it is gone", |_| (!is_running(&pid)).then_some(()));

    start(&mut home);
    home.allow("mended");
    let bundle = home.path().join("dags/timetables.bundle.toml");
    let text = fs::read_to_string(&bundle).unwrap();
    fs::write(&bundle, format!("# Mended.\n{text}")).unwrap();
    for (dag, _) in troubles {
        home.wait("the runs are made up for", |home| {
            (succeeded(home, dag).len() == MONTHS.len()).then_some(())
        });
        let dates: BTreeSet<String> = succeeded(&home, dag).into_iter().map(|(_, date)| date).collect();
        assert_eq!(dates.len(), MONTHS.len(), "{dag}");
        assert_eq!(property(&home, dag, "timetable_problem"), Value::Null);
    }
    home.stop();
}

#[test]
fn commands_ask_the_timetable_themselves() {
    let home = home(None);
    let monday = ["-e", "2024-02-05T12:00:00", "--run-id", "r1", "-o", "json"];
    let text = home.run(&[&["dags", "trigger", "workdays"][..], &monday].concat());
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    let run = &rows[0];
    // The Friday before.
    assert_eq!(run["data_interval_start"], "2024-02-02T00:00:00+00:00");
    assert_eq!(run["data_interval_end"], "2024-02-03T00:00:00+00:00");
    assert_eq!(home.finished("workdays", "r1"), "success");

    let tested = home.run(&["tasks", "test", "workdays", "report", "2024-02-05"]);
    assert!(tested.contains("2024-02-02T00:00:00Z"), "{tested}");

    let create = [
        "backfill",
        "create",
        "--dag-id",
        "months",
        "--dry-run",
        "-o",
        "json",
    ];
    let dates = ["--from-date", "2023-10-15", "--to-date", "2023-12-31"];
    let planned = home.run(&[&create[..], &dates[..]].concat());
    let planned: Vec<Value> = serde_json::from_str(&planned).unwrap();
    let names: Vec<&str> = planned
        .iter()
        .map(|row| row["run_id"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["backfill__2023-11", "backfill__2023-12"]);

    let next = home.run(&["dags", "next-execution", "some_day", "-n", "3"]);
    let expected = "2100-01-01T00:00:00+00:00\n2100-01-04T00:00:00+00:00\n2100-01-05T00:00:00+00:00\n";
    assert_eq!(next, expected);
    home.wait("the next run is known to lists too", |home| {
        let next = property(home, "some_day", "next_run_after");
        (next == "2100-01-02T00:00:00+00:00").then_some(())
    });
    let (_, said) = home.fail(&["dags", "trigger", "nonsense", "-e", "2024-02-05"]);
    assert!(
        said.contains(
            "the timetable `InTrouble` of dag `nonsense` fails: it tells a data interval that ends on"
        ),
        "{said}"
    );
    let dates = ["--from-date", "2024-01-01", "--to-date", "2024-02-01"];
    let (_, said) = home.fail(&[&["backfill", "create", "--dag-id", "fails"][..], &dates[..]].concat());
    assert!(
        said.contains("the calendar of the stock exchange cannot be read"),
        "{said}"
    );
}
