//! Sensors: how often they look, and what becomes of them when they have looked for too long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use updraft_sdk::testing::TestRun;
use updraft_sdk::{BuiltDag, Dag, Poke, SensorMode, TaskRef};

/// A sensor `s` that sees something when it looks for the third time.
fn sensor(change: impl FnOnce(TaskRef<'_>) -> TaskRef<'_>) -> BuiltDag {
    let looks = Arc::new(AtomicU32::new(0));
    let dag = Dag::new("d");
    change(dag.sensor("s", move |_| {
        let look = looks.fetch_add(1, Ordering::Relaxed) + 1;
        std::future::ready(Ok(if look == 3 { Poke::done(look) } else { false.into() }))
    }));
    dag.build().unwrap()
}

fn long_ago() -> Timestamp {
    "2024-01-01T00:00:00Z".parse().unwrap()
}

#[tokio::test]
async fn a_sensor_that_keeps_its_slot_looks_until_it_sees_something() {
    let dag = sensor(|sensor| sensor.poke_interval(Duration::from_millis(1)));
    assert_eq!(TestRun::new().run_task(&dag, "s").await.unwrap(), json!(3));
}

#[tokio::test]
async fn a_sensor_that_gives_its_slot_back_looks_once_at_a_time() {
    let dag = sensor(|sensor| {
        sensor
            .mode(SensorMode::Reschedule)
            .poke_interval(Duration::from_mins(5))
    });
    let run = TestRun::new();
    for _ in 0..2 {
        let put_off = run.run_task(&dag, "s").await.unwrap_err();
        assert!(put_off.rescheduled_to().is_some_and(|at| at > long_ago()) && !put_off.is_retryable());
    }
    assert_eq!(run.run_task(&dag, "s").await.unwrap(), json!(3));
}

#[tokio::test]
async fn the_time_of_a_sensor_counts_over_all_its_looks_and_a_new_look_after_it_counts() {
    let in_time = |soft| {
        sensor(move |sensor| {
            let sensor = sensor.mode(SensorMode::Reschedule).soft_fail(soft);
            sensor.timeout(Duration::from_hours(1))
        })
    };
    let run = TestRun::new().rescheduled(1, long_ago());
    let error = run.run_task(&in_time(false), "s").await.unwrap_err();
    assert!(!error.is_retryable() && !error.is_skip());
    assert!(error.to_string().ends_with("its timeout is 3600s"), "{error}");
    assert!(run.run_task(&in_time(true), "s").await.unwrap_err().is_skip());
    let dag = in_time(false);
    for _ in 0..2 {
        run.run_task(&dag, "s").await.unwrap_err();
    }
    assert_eq!(
        run.run_task(&dag, "s").await.unwrap(),
        json!(3),
        "what has come is seen, however late"
    );
}
