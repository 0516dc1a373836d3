//! Backfills from the command line to the end of their runs.

use serde_json::Value;

use crate::engine::Home;

fn rows(home: &Home, arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&home.run(&[arguments, &["-o", "json"]].concat())).unwrap()
}

#[test]
fn a_backfill_runs_its_dates_and_is_complete_then() {
    let mut home = Home::new();
    home.start();
    let create = [
        "backfill",
        "create",
        "--dag-id",
        "daily",
        "--from-date",
        "2023-12-30",
        "--to-date",
        "2024-01-01",
    ];
    insta::assert_snapshot!(home.run(&[&create[..], &["--dry-run", "--run-backwards", "-o", "plain"]].concat()), @r"
    dag_id  run_id                               logical_date               data_interval_start        data_interval_end          what
    daily   backfill__2024-01-01T00:00:00+00:00  2024-01-01T00:00:00+00:00  2024-01-01T00:00:00+00:00  2024-01-02T00:00:00+00:00  new
    daily   backfill__2023-12-31T00:00:00+00:00  2023-12-31T00:00:00+00:00  2023-12-31T00:00:00+00:00  2024-01-01T00:00:00+00:00  new
    daily   backfill__2023-12-30T00:00:00+00:00  2023-12-30T00:00:00+00:00  2023-12-30T00:00:00+00:00  2023-12-31T00:00:00+00:00  new
    ");
    assert_eq!(home.run(&["backfill", "list"]), "No data found\n");
    home.run(&create);
    let (_, complaint) = home.fail(&create);
    assert!(
        complaint.contains("has backfill 1, which is not over"),
        "{complaint}"
    );
    // The DAG is paused, and its backfill with it.
    let first = "backfill__2023-12-30T00:00:00+00:00";
    let why = home.run(&["tasks", "why", "daily", "a_day", first]);
    assert!(why.contains("dag_paused"), "{why}");
    assert_eq!(home.run(&["backfill", "pause", "1"]), "backfill 1 is paused\n");
    home.run(&["dags", "unpause", "daily"]);
    home.wait("its schedule runs", |home| {
        let runs = rows(home, &["dags", "list-runs", "-d", "daily", "--no-backfill"]);
        runs.iter().any(|run| run["state"] == "success").then_some(())
    });
    let why = home.run(&["tasks", "why", "daily", "a_day", first]);
    assert!(
        why.contains("backfill_paused") && why.contains("updraft backfill unpause 1"),
        "{why}"
    );
    home.run(&["backfill", "unpause", "1"]);
    home.wait("the backfill is complete", |home| {
        let backfill = &rows(home, &["backfill", "list"])[0];
        (backfill["state"] == "completed" && backfill["success"] == "3").then_some(())
    });
}

#[test]
fn the_command_of_airflow_2_waits_until_the_backfill_is_over() {
    let mut home = Home::new();
    home.start();
    home.run(&["dags", "unpause", "daily"]);
    let printed = home.run(&[
        "dags",
        "backfill",
        "daily",
        "-s",
        "2024-02-01",
        "-e",
        "2024-02-02",
    ]);
    assert!(
        printed.ends_with("backfill 1 is complete: 2 runs succeeded, 0 failed\n"),
        "{printed}"
    );
    let again = ["dags", "backfill", "daily", "-s", "2024-02-01"];
    let (_, complaint) = home.fail(&again);
    assert!(
        complaint.contains("has a run for each of these dates already"),
        "{complaint}"
    );
    let printed = home.run(&[&again[..], &["--reset-dagruns", "-y"]].concat());
    assert!(printed.contains("runs again"), "{printed}");
    let (_, complaint) = home.fail(&["backfill", "cancel", "2", "-y"]);
    assert!(
        complaint.contains("a backfill that is `completed` cannot `cancel`"),
        "{complaint}"
    );
}
