//! Tasks that wait in the engine, with real processes.

use updraft_testing::databases;

use crate::engine::Home;

fn home(database: Option<databases::TestDatabase>) -> Home {
    let mut home = Home::on(database);
    home.add_bundle("deferral");
    // One slot: whoever waits in it keeps everybody else waiting.
    home.set("AIRFLOW__CORE__PARALLELISM", "1");
    start(&mut home);
    home
}

fn start(home: &mut Home) {
    home.start();
    home.wait("the DAGs with waits are known", |home| {
        let dags = home.run(&["dags", "list", "-o", "plain"]);
        dags.contains("deferring").then_some(())
    });
}

fn is_deferred(home: &Home, dag: &str, task: &str) -> Option<()> {
    let state = format!("{task}=deferred");
    home.states(dag, "r1").contains(&state).then_some(())
}

/// A task waits without a slot, also over a kill of the engine, and goes on with its try.
fn waits(mut home: Home) {
    home.trigger("deferring", "r1");
    home.wait("the task waits", |home| is_deferred(home, "deferring", "pause"));
    let why = home.run(&["tasks", "why", "deferring", "pause", "r1", "-o", "json"]);
    home.wait("what is beside it works", |home| {
        (!home.journal_lines(&["beside", "works"]).is_empty()).then_some(())
    });
    home.kill();
    start(&mut home);
    assert_eq!(home.finished("deferring", "r1"), "success");
    assert!(why.contains("it is deferred and waits until"), "{why}");
    let mut states = home.states("deferring", "r1");
    states.sort();
    assert_eq!(states, ["after=success", "beside=success", "pause=success"]);
    let began = home.journal_lines(&["pause", "begins"]);
    assert_eq!(began.len(), 1, "it goes on, it does not begin again: {began:?}");
    let log = home.task_log("deferring", "r1", "pause", 1);
    for line in [
        "Pausing task as DEFERRED. dag_id=deferring, task_id=pause",
        "Resuming after deferral",
    ] {
        assert!(log.contains(line), "{line}: {log}");
    }
}

#[test]
fn a_deferred_task_waits_without_a_slot_and_over_a_kill() {
    waits(home(None));
}

#[tokio::test]
async fn a_deferred_task_waits_without_a_slot_and_over_a_kill_on_postgres() {
    waits(home(Some(databases::postgres().await)));
}

#[test]
fn a_task_goes_on_after_each_of_its_waits_with_what_it_has_left() {
    let home = home(None);
    home.trigger("resuming", "r1");
    assert_eq!(home.finished("resuming", "r1"), "success");
    let lines = home.journal_lines(&["twice", "waited"]);
    let waits: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.split_once("has waited "))
        .map(|it| it.1)
        .collect();
    assert_eq!(
        waits,
        ["0 times in try 1", "1 times in try 1", "2 times in try 1"]
    );
    let test = home.run(&["tasks", "test", "resuming", "twice"]);
    let inline = "[TASK TEST] completed running trigger in line";
    assert_eq!(test.matches(inline).count(), 2, "{test}");
}

#[test]
fn waits_that_end_badly_end_their_tasks_as_they_should() {
    let home = home(None);
    home.trigger("waiting_in_vain", "r1");
    assert_eq!(home.finished("waiting_in_vain", "r1"), "failed");
    let mut states = home.states("waiting_in_vain", "r1");
    states.sort();
    assert_eq!(
        states,
        [
            "late=failed",
            "late_and_soft=skipped",
            "task=failed",
            "unknown=failed"
        ]
    );
    let tries = home.journal_lines(&["task", "waits"]);
    assert_eq!(tries.len(), 2, "a timeout costs a try: {tries:?}");
    let log = home.task_log("waiting_in_vain", "r1", "task", 2);
    assert!(log.contains("TaskDeferralTimeout: "), "{log}");
    let log = home.task_log("waiting_in_vain", "r1", "unknown", 1);
    assert!(
        log.contains("no trigger `company.triggers.Oracle` is known"),
        "{log}"
    );
}

#[test]
fn a_deferred_task_can_be_killed() {
    let home = home(None);
    home.trigger("waiting_for_ever", "r1");
    home.wait("the task waits", |home| {
        is_deferred(home, "waiting_for_ever", "wait")
    });
    home.run(&["tasks", "kill", "waiting_for_ever", "wait", "r1"]);
    assert_eq!(home.finished("waiting_for_ever", "r1"), "failed");
}
