//! Runs from trigger to end.

use updraft_testing::databases;

use crate::engine::{Home, is_running};

#[test]
fn a_chain_succeeds_in_one_warm_process_and_leaves_its_logs() {
    let mut home = Home::new();
    home.start();
    home.trigger("chain", "r1");
    assert_eq!(home.finished("chain", "r1"), "success");
    assert_eq!(home.states("chain", "r1").len(), 50);
    let log = home.task_log("chain", "r1", "step_49", 1);
    assert!(log.starts_with('['), "{log}");
    home.stop();
}

#[tokio::test]
async fn postgres_runs_the_same() {
    let database = databases::postgres().await;
    let mut home = Home::on(Some(database));
    home.start();
    home.trigger("chain", "r1");
    home.trigger("luck", "r1");
    assert_eq!(home.finished("chain", "r1"), "success");
    assert_eq!(home.finished("luck", "r1"), "success");
    home.stop();
}

#[test]
fn a_task_is_retried_and_each_try_keeps_its_log() {
    let mut home = Home::new();
    home.start();
    home.trigger("luck", "r1");
    assert_eq!(home.finished("luck", "r1"), "success");
    for attempt in [1, 2] {
        let log = home.task_log("luck", "r1", "third_time_lucky", attempt);
        assert!(log.contains(&format!("try {attempt} is not the third")), "{log}");
    }
    let newest = home.run(&["tasks", "logs", "luck", "third_time_lucky", "r1"]);
    assert_eq!(newest, home.task_log("luck", "r1", "third_time_lucky", 3));
}

#[test]
fn values_conf_and_connections_reach_tasks_and_secrets_stay_out_of_logs() {
    let mut home = Home::new();
    home.start();
    home.run(&[
        "dags",
        "trigger",
        "talk",
        "--run-id",
        "r1",
        "--conf",
        r#"{"limit": 7}"#,
    ]);
    assert_eq!(home.finished("talk", "r1"), "success");
    let found = home.task_log("talk", "r1", "find", 1);
    assert!(found.contains(r#""limit":7"#), "{found}");
    let left = home.task_log("talk", "r1", "leave", 1);
    assert!(left.contains("the password is ***"), "{left}");
    assert!(!left.contains("opensesame"), "{left}");
}

#[test]
fn skips_and_failures_spread_as_in_airflow() {
    let mut home = Home::new();
    home.start();
    home.trigger("branches", "r1");
    assert_eq!(home.finished("branches", "r1"), "failed");
    let states = home.states("branches", "r1");
    let expected = [
        "pass_over=skipped",
        "after_skip=skipped",
        "give_up=failed",
        "after_failure=upstream_failed",
    ];
    assert_eq!(states, expected);
}

#[test]
fn branches_short_circuits_and_teardowns_decide_as_in_airflow() {
    let mut home = Home::new();
    home.start();
    home.trigger("crossroads", "r1");
    assert_eq!(home.finished("crossroads", "r1"), "failed");
    let expected = [
        "choose=success",
        "left=success",
        "right=skipped",
        "meet=success",
        "stop=success",
        "behind=skipped",
        "last=skipped",
        "up=success",
        "work=failed",
        "down=success",
    ];
    assert_eq!(home.states("crossroads", "r1"), expected);

    // What was passed over is skipped again; a branch that runs again decides anew.
    home.run(&["tasks", "clear", "crossroads", "right", "-y"]);
    home.finished("crossroads", "r1");
    assert_eq!(home.states("crossroads", "r1"), expected);
    home.run(&["tasks", "clear", "crossroads", "choose", "-d", "-y"]);
    home.finished("crossroads", "r1");
    let states = home.states("crossroads", "r1");
    assert_eq!(
        states[..4],
        ["choose=success", "left=skipped", "right=success", "meet=success"]
    );
}

#[test]
fn a_task_waits_for_its_pool_and_says_so() {
    let mut home = Home::new();
    home.start();
    home.trigger("pooled", "r1");
    let why = ["tasks", "why", "pooled", "pass_the_gate", "r1", "-o", "json"];
    home.wait("the task waits for its pool", |home| {
        home.run(&why).contains("pool_missing").then_some(())
    });
    home.run(&["pools", "set", "gate", "1", "one at a time"]);
    assert_eq!(home.finished("pooled", "r1"), "success");
    assert!(home.run(&why).contains(r#""code":"succeeded""#));
}

#[test]
fn a_cleared_task_has_its_retries_anew() {
    let mut home = Home::new();
    home.start();
    home.trigger("odds", "r1");
    assert_eq!(home.finished("odds", "r1"), "success");
    home.run(&["tasks", "clear", "odds", "every_other_try", "-y"]);
    assert_eq!(home.finished("odds", "r1"), "success");
    let third = home.task_log("odds", "r1", "every_other_try", 3);
    assert!(third.contains("try 3 is odd"), "{third}");
}

#[test]
fn a_timeout_ends_the_task_and_what_escaped_its_session() {
    let mut home = Home::new();
    home.start();
    home.trigger("late", "r1");
    assert_eq!(home.finished("late", "r1"), "failed");
    let escapee = std::fs::read_to_string(home.path().join("escapee")).unwrap();
    home.wait("the escaped process is gone", |_| {
        (!is_running(escapee.trim())).then_some(())
    });
}

#[test]
fn killing_a_task_ends_its_processes_and_clearing_runs_it_again() {
    let mut home = Home::new();
    home.start();
    home.trigger("hang", "r1");
    home.wait("the task hangs", |home| {
        (!home.journal_lines(&["hangs"]).is_empty()).then_some(())
    });
    let escapee = std::fs::read_to_string(home.path().join("escapee")).unwrap();
    home.run(&["tasks", "kill", "hang", "escape", "r1"]);
    assert_eq!(home.finished("hang", "r1"), "failed");
    home.wait("the escaped process is gone", |_| {
        (!is_running(escapee.trim())).then_some(())
    });
    home.run(&["tasks", "clear", "hang", "escape", "-y"]);
    home.wait("the task hangs again", |home| {
        (home.journal_lines(&["hangs"]).len() == 2).then_some(())
    });
    home.run(&["tasks", "clear", "hang", "-y", "--only-running"]);
    home.wait("a cleared running task runs again", |home| {
        (home.journal_lines(&["hangs"]).len() == 3).then_some(())
    });
}

#[test]
fn a_paused_dag_waits_and_one_run_at_a_time_means_one() {
    let mut home = Home::new();
    home.start();
    home.run(&["dags", "pause", "patience"]);
    home.trigger("patience", "r1");
    home.trigger("patience", "r2");
    home.trigger("luck", "later");
    home.finished("luck", "later");
    assert!(
        home.journal_lines(&["begins"]).is_empty(),
        "a paused DAG starts nothing"
    );
    home.run(&["dags", "unpause", "patience"]);
    home.wait("the first run begins", |home| {
        (!home.journal_lines(&["r1", "begins"]).is_empty()).then_some(())
    });
    assert!(home.journal_lines(&["r2"]).is_empty(), "max_active_runs is 1");
    home.allow("go");
    assert_eq!(home.finished("patience", "r1"), "success");
    assert_eq!(home.finished("patience", "r2"), "success");
}

#[test]
fn a_dry_run_of_a_clear_or_mark_changes_nothing_and_without_a_terminal_nothing_is_done() {
    let mut home = Home::new();
    home.start();
    home.trigger("branches", "r1");
    assert_eq!(home.finished("branches", "r1"), "failed");
    let before = home.states("branches", "r1");
    let date = home.run(&["dags", "list-runs", "-d", "branches", "-o", "json"]);
    let date = date.split(r#""execution_date":""#).nth(1).unwrap();
    let date = date.split('"').next().unwrap();
    let planned = home.run(&["tasks", "clear", "branches", "-f", "--dry-run"]);
    assert_eq!(
        planned,
        format!(
            "branches {date} after_failure\nbranches {date} give_up\n2 task instances would be cleared\n"
        )
    );
    let arguments = ["tasks", "mark-success", "branches", "give_up", "r1"];
    let planned = home.run(&[&arguments[..], &["--dry-run"]].concat());
    assert_eq!(
        planned,
        format!(
            "branches {date} give_up: failed -> success\n\
             branches {date} after_failure: upstream_failed -> none, cleared\n\
             1 task instances would be marked success\n"
        )
    );
    home.run(&["dags", "mark-success", "branches", "r1", "--dry-run"]);
    for arguments in [
        &arguments[..],
        &["tasks", "clear", "branches"],
        &["dags", "mark-failed", "branches", "r1"],
    ] {
        let (code, complaint) = home.fail(arguments);
        assert_eq!(code, 1, "{arguments:?}");
        assert!(
            complaint.contains("nobody can answer here; pass `-y`"),
            "{complaint}"
        );
    }
    assert_eq!(home.states("branches", "r1"), before);
}

#[test]
fn marking_lets_what_comes_after_go_on_and_kills_what_runs() {
    let mut home = Home::new();
    home.start();
    home.trigger("branches", "r1");
    assert_eq!(home.finished("branches", "r1"), "failed");
    let marked = home.run(&["tasks", "mark-success", "branches", "give_up", "r1", "-y"]);
    assert_eq!(
        marked,
        "1 task instances have been marked success; 1 after them have been cleared\n"
    );
    home.wait("what comes after runs", |home| {
        (home.states("branches", "r1")[3] == "after_failure=success").then_some(())
    });
    home.trigger("hang", "r1");
    home.wait("the task hangs", |home| {
        (!home.journal_lines(&["hangs"]).is_empty()).then_some(())
    });
    let escapee = std::fs::read_to_string(home.path().join("escapee")).unwrap();
    home.run(&["dags", "mark-failed", "hang", "r1", "-y"]);
    assert_eq!(home.finished("hang", "r1"), "failed");
    home.wait("the processes of the run are gone", |_| {
        (!is_running(escapee.trim())).then_some(())
    });
    home.run(&["dags", "clear", "hang", "--run-id", "r1", "-y"]);
    home.wait("the task hangs again", |home| {
        (home.journal_lines(&["hangs"]).len() == 2).then_some(())
    });
    home.run(&["tasks", "mark-skipped", "hang", "escape", "r1", "-y"]);
    assert_eq!(home.finished("hang", "r1"), "success");
}

#[test]
fn a_run_goes_on_when_its_source_loses_a_task_and_others_go_over_when_they_are_cleared() {
    let mut home = Home::new();
    home.start();
    home.trigger("changing", "r1");
    home.wait("the first task begins", |home| {
        (!home.journal_lines(&["r1", "begins"]).is_empty()).then_some(())
    });
    let file = home.path().join("dags/trouble.bundle.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}[env]\nLATER = \"yes\"\n")).unwrap();
    home.wait("the new version is known", |home| {
        home.run(&["tasks", "list", "changing"])
            .contains("added")
            .then_some(())
    });
    home.allow("go");
    assert_eq!(home.finished("changing", "r1"), "success");
    let expected = [
        "first=success",
        "added=success",
        "last=success",
        "dropped=removed",
    ];
    assert_eq!(home.states("changing", "r1"), expected);
    let why = home.run(&["tasks", "why", "changing", "dropped", "r1"]);
    assert!(why.contains("its DAG does not have it any more"), "{why}");

    // A run that is over keeps its version until somebody asks for the newest.
    std::fs::write(&file, &text).unwrap();
    home.wait("the old version is back", |home| {
        home.run(&["tasks", "list", "changing"])
            .contains("dropped")
            .then_some(())
    });
    assert_eq!(home.states("changing", "r1"), expected);
    let clear = [
        "tasks",
        "clear",
        "changing",
        "last",
        "--run-on-latest-version",
        "-y",
    ];
    home.run(&clear);
    assert_eq!(home.finished("changing", "r1"), "success");
    let expected = [
        "first=success",
        "dropped=success",
        "last=success",
        "added=removed",
    ];
    assert_eq!(home.states("changing", "r1"), expected);
}
