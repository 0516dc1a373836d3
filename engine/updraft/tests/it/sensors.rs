//! Sensors that give their slot back, with real processes.

use updraft_testing::databases;

use crate::engine::Home;

fn home(database: Option<databases::TestDatabase>) -> Home {
    let mut home = Home::on(database);
    home.add_bundle("sensors");
    // One slot: whoever waits in it keeps everybody else waiting.
    home.set("AIRFLOW__CORE__PARALLELISM", "1");
    start(&mut home);
    home
}

fn start(home: &mut Home) {
    home.start();
    home.wait("the DAGs with sensors are known", |home| {
        let dags = home.run(&["dags", "list", "-o", "plain"]);
        dags.contains("waiting").then_some(())
    });
}

fn looks(home: &Home) -> usize {
    home.journal_lines(&["sensor", "looks"]).len()
}

/// A sensor waits without a slot, also over a kill of the engine, and all its looks are one try.
fn waits(mut home: Home) {
    home.trigger("waiting", "r1");
    home.wait("the sensor has looked, and what is beside it works", |home| {
        (looks(home) > 2 && !home.journal_lines(&["beside", "works"]).is_empty()).then_some(())
    });
    home.wait("it is asked why the sensor does not run", |home| {
        let why = home.run(&["tasks", "why", "waiting", "sensor", "r1", "-o", "json"]);
        why.contains("it looks again at").then_some(())
    });
    home.kill();
    let before = looks(&home);
    start(&mut home);
    home.wait("it looks again", |home| (looks(home) > before + 1).then_some(()));
    home.allow("go");
    assert_eq!(home.finished("waiting", "r1"), "success");
    let mut states = home.states("waiting", "r1");
    states.sort();
    assert_eq!(states, ["after=success", "beside=success", "sensor=success"]);
    let lines = home.journal_lines(&["sensor", "looks"]);
    assert!(lines.iter().all(|line| line.ends_with("in try 1")), "{lines:?}");
    let log = home.task_log("waiting", "r1", "sensor", 1);
    assert!(log.contains("attempt ended: looks again at"), "{log}");
    assert!(log.contains("what the sensor waits for has come"), "{log}");
}

#[test]
fn a_sensor_waits_without_a_slot_and_all_its_looks_are_one_try() {
    waits(home(None));
}

#[tokio::test]
async fn a_sensor_waits_without_a_slot_on_postgres() {
    waits(home(Some(databases::postgres().await)));
}

#[test]
fn a_sensor_whose_time_is_up_fails_for_good_or_is_skipped() {
    let home = home(None);
    home.trigger("out_of_time", "r1");
    assert_eq!(home.finished("out_of_time", "r1"), "failed");
    let mut states = home.states("out_of_time", "r1");
    states.sort();
    assert_eq!(states, ["late=failed", "late_and_soft=skipped"]);
    let log = home.task_log("out_of_time", "r1", "late", 1);
    assert!(log.contains("its timeout is 300ms"), "{log}");
}
