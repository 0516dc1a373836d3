//! Two schedulers on one PostgreSQL database: one plans, both run tasks.

use serde_json::{Value, json};
use updraft_testing::databases;

use crate::engine::{Home, Second, is_below, is_running};

/// Two schedulers with one slot each, and a waiting task on each: `one` and `two` of run `r` of `twins`. Gives the second
/// scheduler, and which task it runs.
async fn two_with_a_task_each() -> (Home, Second, &'static str, &'static str) {
    let mut home = Home::on(Some(databases::postgres().await));
    home.set("AIRFLOW__CORE__PARALLELISM", "1");
    home.start();
    let second = home.start_second();
    home.wait_for_log("second.log", "takes over when it is gone");
    home.trigger("twins", "r");
    home.wait("both tasks begin", |home| {
        ["one", "two"]
            .iter()
            .all(|task| begun(home, task).len() == 1)
            .then_some(())
    });
    let is_of_second = |task: &str| is_below(&begun(&home, task)[0], second.pid());
    let (theirs, ours) = if is_of_second("one") {
        ("one", "two")
    } else {
        ("two", "one")
    };
    assert!(is_of_second(theirs) && !is_of_second(ours), "each runs one task");
    (home, second, ours, theirs)
}

/// The processes in which a task has begun.
fn begun(home: &Home, task: &str) -> Vec<String> {
    let lines = home.journal_lines(&[task, "begins"]);
    let process = |line: &String| line.rsplit(' ').next().unwrap().to_owned();
    lines.iter().map(process).collect()
}

fn finishes(home: &Home) {
    home.allow("go");
    assert_eq!(home.finished("twins", "r"), "success");
    assert_eq!(home.states("twins", "r"), ["one=success", "two=success"]);
    for task in ["one", "two"] {
        assert_eq!(
            home.journal_lines(&[task, "ends"]).len(),
            1,
            "nothing succeeds twice"
        );
    }
}

#[tokio::test]
async fn what_another_scheduler_runs_goes_on_when_the_one_that_plans_is_killed() {
    let (mut home, _second, ours, theirs) = two_with_a_task_each().await;
    home.kill();
    home.wait_for_log("second.log", "they run again at once");
    assert!(is_running(&begun(&home, theirs)[0]), "the other task goes on");
    finishes(&home);
    assert_eq!((begun(&home, ours).len(), begun(&home, theirs).len()), (2, 1));
}

#[tokio::test]
async fn what_a_killed_scheduler_ran_runs_again() {
    let (home, second, ours, theirs) = two_with_a_task_each().await;
    drop(second);
    home.wait_for_log("engine.log", "gives no sign of life");
    finishes(&home);
    assert_eq!((begun(&home, ours).len(), begun(&home, theirs).len()), (1, 2));
}

#[tokio::test]
async fn a_task_on_another_scheduler_is_killed_on_request_and_can_be_cleared() {
    let (home, _second, ours, theirs) = two_with_a_task_each().await;
    let killed = begun(&home, theirs)[0].clone();
    home.run(&["tasks", "kill", "twins", theirs, "r"]);
    home.wait("its process ends", |_| (!is_running(&killed)).then_some(()));
    home.run(&["tasks", "clear", "twins", "-t", theirs, "-y"]);
    home.wait("it runs again", |home| {
        (begun(home, theirs).len() == 2).then_some(())
    });
    finishes(&home);
    assert_eq!(begun(&home, ours).len(), 1);
}

#[tokio::test]
async fn schedulers_are_listed_and_checked() {
    let (home, second, ..) = two_with_a_task_each().await;
    let jobs: Vec<Value> = serde_json::from_str(&home.run(&["jobs", "list", "-o", "json"])).unwrap();
    let who_plans = |pid: u32| {
        let pid = Value::from(pid.to_string());
        let job = jobs.iter().find(|job| job["pid"] == pid).unwrap();
        (job["plans"].clone(), job["slots"].clone())
    };
    assert_eq!(who_plans(home.pid()), (json!("True"), json!("1")));
    assert_eq!(who_plans(second.pid()), (json!("False"), json!("1")));
    let both = [
        "jobs",
        "check",
        "--job-type",
        "SchedulerJob",
        "--allow-multiple",
        "--limit",
        "0",
    ];
    assert_eq!(home.run(&both), "Found 2 alive jobs.\n");
    assert_eq!(home.run(&["jobs", "check", "--local"]), "Found one alive job.\n");
    let (code, complaint) = home.fail(&["jobs", "check", "--limit", "2"]);
    assert_eq!(
        (code, complaint.contains("Expected only one")),
        (1, true),
        "{complaint}"
    );
    let (code, complaint) = home.fail(&["jobs", "check", "--hostname", "nowhere"]);
    assert_eq!(
        (code, complaint.contains("No alive jobs found")),
        (1, true),
        "{complaint}"
    );
    home.allow("go");
    assert_eq!(home.finished("twins", "r"), "success");
}

#[tokio::test]
async fn a_scheduler_that_is_stopped_leaves_its_tasks_to_the_others_at_once() {
    let (home, second, ours, theirs) = two_with_a_task_each().await;
    second.stop();
    finishes(&home);
    assert_eq!((begun(&home, ours).len(), begun(&home, theirs).len()), (1, 2));
}
