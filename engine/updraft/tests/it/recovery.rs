//! What is killed comes back, and nothing succeeds twice.

use std::fs;
use std::process::Command;

use updraft_testing::databases;

use crate::engine::{Home, is_running};

/// Kills the engine while the first of two tasks runs, starts it again, and checks that each task ended exactly once.
fn survives_sigkill(home: &mut Home) {
    home.start();
    home.trigger("patience", "r1");
    home.wait("the first task begins", |home| {
        (!home.journal_lines(&["first", "begins"]).is_empty()).then_some(())
    });
    let orphan = home.journal_lines(&["first", "begins"])[0]
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();
    home.kill();
    home.wait("the task's process ends with its engine", |_| {
        (!is_running(&orphan)).then_some(())
    });
    home.start();
    home.wait("the task runs again", |home| {
        (home.journal_lines(&["first", "begins"]).len() == 2).then_some(())
    });
    home.allow("go");
    assert_eq!(home.finished("patience", "r1"), "success");
    assert_eq!(
        home.journal_lines(&["first", "ends"]).len(),
        1,
        "no task succeeds twice"
    );
    assert_eq!(home.journal_lines(&["second", "ends"]).len(), 1);
    assert_eq!(home.states("patience", "r1"), ["first=success", "second=success"]);
}

#[test]
fn a_killed_engine_goes_on_with_its_runs() {
    survives_sigkill(&mut Home::new());
}

#[tokio::test]
async fn a_killed_engine_goes_on_with_its_runs_on_postgres() {
    survives_sigkill(&mut Home::on(Some(databases::postgres().await)));
}

#[test]
fn a_killed_task_process_is_a_failed_try_and_the_next_one_gets_a_fresh_process() {
    let mut home = Home::new();
    home.start();
    home.trigger("patience", "r1");
    home.wait("the first task begins", |home| {
        (!home.journal_lines(&["first", "begins"]).is_empty()).then_some(())
    });
    let pid = home.journal_lines(&["first", "begins"])[0]
        .rsplit(' ')
        .next()
        .unwrap()
        .to_owned();
    assert!(
        Command::new("kill")
            .args(["-9", &pid])
            .status()
            .unwrap()
            .success()
    );
    home.wait("the task is tried again", |home| {
        (home.journal_lines(&["first", "begins"]).len() == 2).then_some(())
    });
    home.allow("go");
    assert_eq!(home.finished("patience", "r1"), "success");
    let log = home.task_log("patience", "r1", "first", 1);
    assert!(log.contains("SIGKILL"), "{log}");
}

#[test]
fn a_stopped_engine_ends_its_tasks_and_runs_them_again_without_a_lost_try() {
    let mut home = Home::new();
    home.start();
    home.trigger("patience", "r1");
    home.wait("the first task begins", |home| {
        (!home.journal_lines(&["first", "begins"]).is_empty()).then_some(())
    });
    home.stop();
    home.allow("go");
    home.start();
    assert_eq!(home.finished("patience", "r1"), "success");
    assert_eq!(home.journal_lines(&["first", "ends"]).len(), 1);
}

#[test]
fn a_second_scheduler_is_refused_and_told_who_works() {
    let mut home = Home::new();
    home.start();
    let (code, complaint) = home.fail(&["standalone", "--port", "0"]);
    assert_eq!(code, 1);
    assert!(
        complaint.contains("another scheduler works on this database"),
        "{complaint}"
    );
    assert!(complaint.contains(&home.pid().to_string()), "{complaint}");
}

/// Sends a signal to the engine itself, not to what it started.
fn signal(home: &Home, name: &str) {
    let status = Command::new("kill")
        .args([name, &home.pid().to_string()])
        .status();
    assert!(status.unwrap().success());
}

#[tokio::test]
async fn a_scheduler_that_stands_still_is_replaced_and_what_it_writes_then_is_refused() {
    let mut home = Home::on(Some(databases::postgres().await));
    home.start();
    let second = home.start_second();
    home.wait_for_log("second.log", "takes over when it is gone");
    home.trigger("patience", "r1");
    home.wait("the first task begins", |home| {
        (!home.journal_lines(&["first", "begins"]).is_empty()).then_some(())
    });
    signal(&home, "-STOP");
    home.wait("the other one runs the task", |home| {
        (home.journal_lines(&["first", "begins"]).len() == 2).then_some(())
    });
    home.allow("go");
    assert_eq!(home.finished("patience", "r1"), "success");
    signal(&home, "-CONT");
    home.wait_for_log("engine.log", "another scheduler has taken over");
    home.wait_for_log("engine.log", "takes over when it is gone");
    let attempts = home.run(&["tasks", "states-for-dag-run", "patience", "r1", "-o", "json"]);
    assert_eq!(
        home.states("patience", "r1"),
        ["first=success", "second=success"],
        "{attempts}"
    );
    drop(second);
    home.trigger("patience", "r2");
    assert_eq!(home.finished("patience", "r2"), "success");
}

#[test]
fn a_restart_costs_no_try_however_seldom_the_dags_folder_is_looked_through() {
    let mut home = Home::new();
    home.start();
    home.trigger("patience", "r1");
    home.wait("the first task begins", |home| {
        (!home.journal_lines(&["first", "begins"]).is_empty()).then_some(())
    });
    home.kill();
    home.set("AIRFLOW__UPDRAFT__DAG_DIR_SCAN_INTERVAL_MS", "5000");
    home.start();
    home.allow("go");
    assert_eq!(home.finished("patience", "r1"), "success");
    assert!(!home.log().contains("could not be run"), "{}", home.log());
}

#[test]
fn tasks_wait_for_a_source_that_cannot_be_read_when_the_engine_starts() {
    let mut home = Home::new();
    home.start();
    home.trigger("patience", "r1");
    home.wait("the first task begins", |home| {
        (!home.journal_lines(&["first", "begins"]).is_empty()).then_some(())
    });
    home.kill();
    fs::write(home.path().join("dags/trouble.bundle.toml"), "program = 3\n").unwrap();
    home.start();
    home.wait("the task waits", |home| {
        let why = home.run(&["tasks", "why", "patience", "first", "r1"]);
        why.contains("source_unreadable").then_some(())
    });
    home.add_bundle("trouble");
    home.allow("go");
    assert_eq!(home.finished("patience", "r1"), "success");
    assert_eq!(home.journal_lines(&["first", "begins"]).len(), 2);
}
