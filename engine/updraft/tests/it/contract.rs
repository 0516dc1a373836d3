//! The commands that scripts written for Airflow give, word by word: also those that Airflow 2.11 itself refuses.

use std::fs;

use serde_json::Value;

use crate::audit::events;
use crate::engine::Home;

/// Gives a command as it stands in a script.
fn say(home: &Home, command: &str) -> String {
    home.run(&command.split(' ').collect::<Vec<_>>())
}

fn state(home: &Home, run: &str, task: &str) -> String {
    say(home, &format!("tasks state {run} {task} 2024-01-12"))
}

#[test]
fn a_new_installation_is_made_and_given_its_administrator() {
    let home = Home::new();
    fs::remove_file(home.path().join("airflow.cfg")).unwrap();
    let made = say(&home, "db init");
    assert!(
        made.contains("airflow.cfg") && made.ends_with("Database migrating done!\n"),
        "{made}"
    );
    let create = "users create --username admin --firstname Admin --lastname User --role Admin --email admin@example.com --password admin";
    insta::assert_snapshot!(say(&home, create), @r#"User "admin" created with role "Admin""#);
    insta::assert_snapshot!(say(&home, create), @"admin already exist in the db");
    insta::assert_snapshot!(say(&home, "dags list"), @"No data found");
}

#[test]
fn a_run_is_triggered_looked_at_killed_and_cleared_by_its_date() {
    let mut home = Home::new();
    home.start();
    say(&home, "dags trigger patience -e 2024-01-12");
    home.wait("the first task runs", |home| {
        (state(home, "patience", "first") == "running\n").then_some(())
    });
    insta::assert_snapshot!(say(&home, "tasks kill patience first 2024-01-12"), @"`first` of run `manual__2024-01-12T00:00:00+00:00` is failed; its processes are being ended");
    let run = "manual__2024-01-12T00:00:00+00:00";
    assert_eq!(home.finished("patience", run), "failed");
    assert_eq!(state(&home, "patience", "first"), "failed\n");
    assert!(!say(&home, "tasks logs patience first 2024-01-12").is_empty());
    insta::assert_snapshot!(say(&home, "tasks clear patience second -s 2024-01-12 --dry-run"), @r"
    patience 2024-01-12T00:00:00+00:00 second
    1 task instances would be cleared
    ");
    home.allow("first");
    home.allow("second");
    say(&home, "dags pause patience");
    insta::assert_snapshot!(say(&home, "dags clear patience -s 2024-01-12 -y"), @"2 task instances have been cleared");
    insta::assert_snapshot!(state(&home, "patience", "first"), @"None");
    say(&home, "tasks clear patience first -s 2024-01-12 -y");
    say(&home, "dags unpause patience");
    home.stop();
}

#[test]
fn a_task_is_tried_out_and_looked_at_without_a_run() {
    let mut home = Home::new();
    home.start();
    home.stop();
    assert!(say(&home, "tasks test talk leave 2024-01-12").contains("the password is ***"));
    let dry = say(&home, "tasks run talk leave 2024-01-12 --dry-run");
    let (first, spec) = dry.split_once('\n').unwrap();
    insta::assert_snapshot!(first, @"`leave` of `talk`: there is no run at that date; `tasks test` tries the task out without one");
    let spec: Value = serde_json::from_str(spec).unwrap();
    assert_eq!(spec["task_id"], "leave");
    assert_eq!(say(&home, "dags list-runs -d talk"), "No data found\n");
    say(&home, "dags trigger talk -e 2024-01-12");
    let dry = say(&home, "tasks run talk find 2024-01-12 --dry-run");
    insta::assert_snapshot!(dry.lines().next().unwrap(), @"`find` of run `manual__2024-01-12T00:00:00+00:00` is none: its run is queued and has not started");
    let (_, refused) = home.fail(&["tasks", "run", "talk", "leave", "2024-01-12"]);
    assert!(
        refused.contains("no scheduler works on this database"),
        "{refused}"
    );
    let (_, refused) = home.fail(&["tasks", "run", "talk", "leave", "someday", "--dry-run"]);
    insta::assert_snapshot!(refused, @"error: `talk` has no run `someday`: `someday` is no date; write `2024-01-12` or `2024-01-12T06:00:00+00:00`");
}

#[test]
fn a_task_of_a_run_is_run_again_and_its_log_printed() {
    let mut home = Home::new();
    home.start();
    say(&home, "dags trigger talk --run-id r1");
    assert_eq!(home.finished("talk", "r1"), "success");
    let (_, refused) = home.fail(&["tasks", "run", "talk", "leave", "r1"]);
    insta::assert_snapshot!(refused, @"error: `leave` of run `r1` is success already; --force has it run again");
    let said = say(&home, "tasks run talk leave r1 --force");
    assert!(
        said.contains("the password is ***") && said.ends_with("`leave` of run `r1` is success\n"),
        "{said}"
    );
    assert!(
        home.task_log("talk", "r1", "leave", 2)
            .contains("the password is ***")
    );
    say(&home, "dags trigger patience --run-id r1");
    let (_, refused) = home.fail(&["tasks", "run", "patience", "second", "r1"]);
    assert!(refused.contains("`second` cannot run now: "), "{refused}");
    insta::assert_snapshot!(say(&home, "tasks run patience second r1 --mark-success"), @"1 task instances have been marked success");
    say(&home, "dags trigger branches --run-id r1");
    assert_eq!(home.finished("branches", "r1"), "failed");
    let (code, refused) = home.fail(&["tasks", "run", "branches", "give_up", "r1", "-f"]);
    assert!(
        code == 1 && refused.contains("`give_up` of run `r1` has failed"),
        "{refused}"
    );
    home.stop();
    assert!(events(&home).contains("cli_task_run"));
}
