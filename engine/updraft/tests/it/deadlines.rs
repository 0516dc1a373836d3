//! Deadlines, with real processes: each is missed once, also if its time comes while no scheduler runs.

use jiff::Timestamp;
use serde_json::Value;
use updraft_testing::databases;

use crate::engine::Home;

fn start(home: &mut Home) {
    home.start();
    home.wait("the DAG is known", |home| {
        let dags = home.run(&["dags", "list", "-o", "plain"]);
        dags.contains("late_alarm").then_some(())
    });
}

/// The deadlines of the run, by task and time, with their states.
fn deadlines(home: &Home) -> Vec<(String, Timestamp, String)> {
    let text = home.run(&["deadlines", "list", "-d", "late_alarm", "-o", "json"]);
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
    let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
    let mut rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let due = text(row, "deadline").parse().unwrap();
            (text(row, "task_id"), due, text(row, "state"))
        })
        .collect();
    rows.sort();
    rows
}

#[expect(
    clippy::disallowed_methods,
    reason = "the engine of this test has the real clock"
)]
fn now() -> Timestamp {
    Timestamp::now()
}

fn states(home: &Home) -> Vec<String> {
    let of_all = deadlines(home).into_iter();
    of_all.map(|(task, _, state)| format!("{task}:{state}")).collect()
}

fn lives_through(mut home: Home) {
    home.add_bundle("alarms");
    start(&mut home);
    home.trigger("late_alarm", "r1");
    let made = home.wait("the run has its deadlines", |home| {
        let made = deadlines(home);
        (made.len() == 3).then_some(made)
    });
    home.kill();
    home.wait("two of them have passed", |_| (now() > made[0].1).then_some(()));
    start(&mut home);
    home.wait("the callbacks are called and that is noted", |home| {
        let rows = home.run(&["callbacks", "list", "-d", "late_alarm", "-o", "json"]);
        let rows: Vec<Value> = serde_json::from_str(&rows).unwrap();
        let is_over = |row: &Value| row["state"] == "success";
        (rows.len() == 2 && rows.iter().all(is_over)).then_some(())
    });
    let lines = home.journal_lines(&["r1", "late"]);
    assert!(lines.contains(&"r1 late deadline 1".to_owned()), "{lines:?}");
    assert!(
        lines.contains(&"r1 late sla of wait_for_go".to_owned()),
        "{lines:?}"
    );
    assert_eq!(states(&home), [":missed", ":open", "wait_for_go:missed"]);
    home.kill();
    start(&mut home);
    home.allow("go");
    assert_eq!(home.finished("late_alarm", "r1"), "success");
    assert_eq!(states(&home), [":missed", ":met", "wait_for_go:missed"]);
    assert_eq!(home.journal_lines(&["r1", "late"]).len(), 2);
    home.stop();
}

#[test]
fn a_deadline_that_passes_while_no_scheduler_runs_is_told_of_once() {
    lives_through(Home::on(None));
}

#[tokio::test]
async fn postgres_tells_of_deadlines_once() {
    lives_through(Home::on(Some(databases::postgres().await)));
}
