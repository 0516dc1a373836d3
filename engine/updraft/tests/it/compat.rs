//! The compat level: from the configuration file to what a task is told, with real processes.

use std::fs;

use serde_json::Value;

use crate::engine::Home;

const DAG: &str = "daily_or_not";

fn configure(home: &Home, text: &str) {
    fs::write(home.path().join("airflow.cfg"), text).unwrap();
}

/// Waits until `dags details` says so.
fn wait_for_detail(home: &Home, name: &str, value: &Value) {
    home.wait(&format!("`{name}` is {value}"), |home| {
        let rows = rows(home, &["dags", "details", DAG, "-o", "json"]);
        let row = rows.into_iter().find(|row| row["property_name"] == name)?;
        (row["property_value"] == *value).then_some(())
    });
}

fn rows(home: &Home, arguments: &[&str]) -> Vec<Value> {
    serde_json::from_str(&home.run(arguments)).unwrap()
}

/// Triggers a run and waits for its end; what the trigger prints, and what the task has logged.
fn triggered(home: &Home, more: &[&str]) -> (Value, String) {
    let arguments = [&["dags", "trigger", DAG, "-o", "json"], more].concat();
    let run = rows(home, &arguments).remove(0);
    let run_id = run["dag_run_id"].as_str().unwrap();
    assert_eq!(home.finished(DAG, run_id), "success");
    let log = home.task_log(DAG, run_id, "tell", 1);
    (run, log)
}

#[test]
fn the_level_of_the_configuration_decides_what_a_dag_means() {
    let mut home = Home::on(None);
    home.add_bundle("compat");
    configure(&home, "[updraft]\ncompat = 3\n");
    home.start();
    wait_for_detail(&home, "catchup", &"False".into());

    let (run, log) = triggered(&home, &[]);
    assert!(log.contains("logical date None, data interval None"), "{log}");
    let run_id = run["dag_run_id"].as_str().unwrap();
    for absent in ["logical_date", "data_interval_start", "data_interval_end"] {
        assert_eq!(run[absent], Value::Null, "{run}");
    }
    let date = run_id.strip_prefix("manual__").unwrap();
    let listed = rows(&home, &["dags", "list-runs", "-d", DAG, "-o", "json"]);
    assert_eq!(
        (&listed[0]["run_id"], &listed[0]["execution_date"]),
        (&run["dag_run_id"], &Value::Null)
    );
    // Its place in time is where it was triggered.
    assert_eq!(home.run(&["dags", "state", DAG, date]).trim(), "success");
    assert_eq!(home.states(DAG, run_id), ["tell=success"]);

    let (run, log) = triggered(&home, &["--logical-date", "2024-01-05T06:00:00"]);
    let given = "2024-01-05T06:00:00+00:00";
    assert_eq!(
        (&run["logical_date"], &run["data_interval_end"]),
        (&given.into(), &given.into())
    );
    assert!(
        !run["dag_run_id"].as_str().unwrap().contains("2024-01-05"),
        "{run}"
    );
    assert!(log.contains("logical date Some(2024-01-05T06:00:00Z)"), "{log}");
    let tested = home.run(&["tasks", "test", DAG, "tell"]);
    assert!(tested.contains("logical date None"), "{tested}");

    // The same sources mean something else as soon as the level is another.
    home.stop();
    configure(
        &home,
        "[updraft]\ncompat = 2\n[scheduler]\ncatchup_by_default = False\n",
    );
    home.start();
    wait_for_detail(&home, "catchup", &"False".into());
    let (run, log) = home.wait("runs have a date again", |home| {
        let (run, log) = triggered(home, &[]);
        (!run["logical_date"].is_null()).then_some((run, log))
    });
    let date = run["logical_date"].as_str().unwrap();
    assert_eq!(run["dag_run_id"], format!("manual__{date}"));
    assert!(log.contains("logical date Some("), "{log}");
    home.stop();

    configure(&home, "[updraft]\ncompat = 4\n");
    let (_, complaint) = home.fail(&["dags", "list"]);
    assert!(
        complaint.contains("`[updraft] compat` is `4`, expected 2 or 3"),
        "{complaint}"
    );
}
