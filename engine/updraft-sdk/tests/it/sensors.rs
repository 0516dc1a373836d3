//! Sensors: how often they look, and what becomes of them when they have looked for too long. And tasks that defer
//! themselves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use updraft_sdk::testing::TestRun;
use updraft_sdk::{
    BuiltDag, Context, Dag, Defer, Poke, SensorMode, TaskError, TaskRef, TaskResult, Trigger, WaitEnd,
};

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

/// A sensor `s` that the engine looks for.
fn deferrable(change: impl FnOnce(TaskRef<'_>) -> TaskRef<'_>) -> BuiltDag {
    let dag = Dag::new("d");
    change(dag.deferrable_sensor("s", |context: Context| {
        std::future::ready(Ok(Trigger::date_time(context.logical_date())))
    }));
    dag.build().unwrap()
}

#[tokio::test]
async fn a_deferrable_sensor_says_what_it_waits_for_and_is_done_when_that_has_come() {
    let dag = deferrable(|sensor| sensor);
    let run = TestRun::new().logical_date("2024-01-12").unwrap();
    let error = run.run_task(&dag, "s").await.unwrap_err();
    let deferral = error.deferral().unwrap();
    assert_eq!(
        deferral.trigger,
        Trigger::date_time("2024-01-12T00:00:00Z".parse().unwrap())
    );
    assert_eq!(deferral.timeout, None, "a moment comes when it comes");
    assert!(!error.is_retryable() && !error.is_skip());
    let resumption = deferral.clone().resumed_by(WaitEnd::Event(json!("2024-01-12")));
    assert_eq!(
        run.resumed(resumption).run_task(&dag, "s").await.unwrap(),
        json!(null)
    );
}

#[tokio::test]
async fn the_time_of_a_deferrable_sensor_counts_from_the_beginning_of_its_try() {
    let dag = deferrable(|sensor| sensor.timeout(Duration::from_hours(1)));
    let error = TestRun::new().run_task(&dag, "s").await.unwrap_err();
    let timeout = error.deferral().unwrap().timeout.unwrap();
    assert!(
        timeout <= Duration::from_hours(1) && timeout > Duration::from_mins(59),
        "{timeout:?}"
    );
    let late = TestRun::new().rescheduled(1, long_ago());
    let error = late.run_task(&dag, "s").await.unwrap_err();
    assert_eq!(error.deferral().unwrap().timeout, Some(Duration::ZERO));
}

#[tokio::test]
async fn a_deferrable_sensor_whose_time_is_up_fails_for_good_or_is_skipped() {
    let resumption = |end| {
        let deferral = TaskError::defer(Trigger::time_delta(Duration::ZERO));
        deferral.deferral().unwrap().clone().resumed_by(end)
    };
    let hard = deferrable(|sensor| sensor);
    let soft = deferrable(|sensor| sensor.soft_fail(true));
    let late = TestRun::new().resumed(resumption(WaitEnd::TimedOut));
    let error = late.run_task(&hard, "s").await.unwrap_err();
    assert!(!error.is_retryable() && !error.is_skip(), "{error}");
    assert!(late.run_task(&soft, "s").await.unwrap_err().is_skip());
    let broken = TestRun::new().resumed(resumption(WaitEnd::Failed("no route".to_owned())));
    for dag in [&hard, &soft] {
        let error = broken.run_task(dag, "s").await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert_eq!(error.to_string(), "TaskDeferralError: no route");
    }
}

#[tokio::test]
async fn a_trigger_may_end_its_task_instead_of_letting_it_go_on() {
    let dag = Dag::new("d");
    dag.task("t", |_| async {
        Err::<(), _>(TaskError::defer(Trigger::file("/x")))
    });
    let dag = dag.build().unwrap();
    let resumed_by = |state: &str| {
        let end = json!({"task": {"state": state, "xcoms": {"return_value": 7, "rows": 3}}});
        let deferral = TaskError::defer(Trigger::file("/x"));
        let end: WaitEnd = serde_json::from_value(end).unwrap();
        TestRun::new().resumed(deferral.deferral().unwrap().clone().resumed_by(end))
    };
    let run = resumed_by("success");
    assert_eq!(run.run_task(&dag, "t").await.unwrap(), json!(7));
    assert_eq!(run.xcom_of("t", "rows"), Some(json!(3)));
    assert!(
        resumed_by("skipped")
            .run_task(&dag, "t")
            .await
            .unwrap_err()
            .is_skip()
    );
    let error = resumed_by("failed").run_task(&dag, "t").await.unwrap_err();
    assert!(!error.is_retryable() && !error.is_skip(), "{error}");
}

/// Waits at two places.
async fn in_two_parts(context: Context) -> TaskResult<String> {
    let pause = || Defer::to(Trigger::time_delta(Duration::from_mins(5)));
    match context.next_method() {
        None => Err(TaskError::defer(pause().next_method("first").kwarg("job", 7))),
        Some("first") => {
            let job: u64 = context.next_kwarg("job")?.unwrap_or_default();
            let event: String = context.next_kwarg("event")?.unwrap_or_default();
            Err(TaskError::defer(
                pause()
                    .next_method("second")
                    .kwarg("job", job + 1)
                    .kwarg("seen", event),
            ))
        }
        Some(place) => {
            let (job, seen): (Option<u64>, Option<String>) =
                (context.next_kwarg("job")?, context.next_kwarg("seen")?);
            Ok(format!("{place} {job:?} {seen:?} {:?}", context.event()))
        }
    }
}

#[tokio::test]
async fn a_task_goes_on_where_it_has_deferred_itself_with_what_it_has_left() {
    let dag = Dag::new("d");
    dag.task("t", in_two_parts);
    let dag = dag.build().unwrap();
    let mut run = TestRun::new();
    for event in ["one", "two"] {
        let error = run.run_task(&dag, "t").await.unwrap_err();
        let deferral = error.deferral().unwrap().clone();
        run = run.resumed(deferral.resumed_by(WaitEnd::Event(json!(event))));
    }
    let value = run.run_task(&dag, "t").await.unwrap();
    assert_eq!(value, json!(r#"second Some(8) Some("one") Some(String("two"))"#));
}

#[tokio::test]
async fn a_task_whose_trigger_fails_fails_without_being_called() {
    let dag = Dag::new("d");
    dag.task("t", |_| std::future::ready(Ok("it was called")));
    let dag = dag.build().unwrap();
    let deferral = TaskError::defer(Trigger::time_delta(Duration::ZERO));
    let late = deferral.deferral().unwrap().clone().resumed_by(WaitEnd::TimedOut);
    let error = TestRun::new()
        .resumed(late)
        .run_task(&dag, "t")
        .await
        .unwrap_err();
    assert!(
        error.is_retryable() && error.to_string().starts_with("TaskDeferralTimeout: "),
        "{error}"
    );
}
