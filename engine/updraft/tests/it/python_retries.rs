//! Retry policies of DAG files: how long they say to wait is how long is waited.

use jiff::{SignedDuration, Timestamp};

use crate::python::{home, knows};
use crate::rest::Server;

/// By itself the task would wait for an hour.
const TRIES: &str = r#"
# updraft: compat=3
from datetime import timedelta
from airflow.sdk import DAG, ExceptionRetryPolicy, RetryAction, RetryRule, task

with DAG("patient", schedule=None):

    @task(
        retries=1,
        retry_delay=timedelta(hours=1),
        retry_policy=ExceptionRetryPolicy([RetryRule(OSError, RetryAction.RETRY, timedelta(seconds=3))]),
    )
    def load(ti):
        if ti.try_number == 1:
            raise OSError("not yet")

    load()
"#;

#[test]
fn a_task_is_not_tried_again_before_the_delay_of_its_policy() {
    let mut home = home(None);
    home.write_dag("patient.py", TRIES);
    home.start();
    knows(&home, "patient");
    home.run(&["dags", "unpause", "patient"]);
    home.trigger("patient", "r1");
    assert_eq!(home.finished("patient", "r1"), "success");
    let tries = Server::of(&home).get("api/v2/dags/patient/dagRuns/r1/taskInstances/load/tries");
    let time = |number: usize, name: &str| -> Timestamp {
        tries["task_instances"][number][name]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    };
    let waited = time(1, "start_date").duration_since(time(0, "end_date"));
    let asked = SignedDuration::from_secs(3);
    assert!(waited >= asked && waited < asked * 20, "{waited:?}: {tries}");
    home.stop();
}
