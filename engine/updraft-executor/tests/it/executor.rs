//! Slots: which attempt runs where, and how everything comes to an end.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use updraft_executor::{Executor, SubmitError};
use updraft_worker::{KillReason, Outcome};

use crate::bench::{Bench, is_alive, until};

#[tokio::test]
async fn a_process_stays_warm_for_the_next_attempt() {
    let mut bench = Bench::with(|options| options.parallelism = 4);
    let first = bench.pid().await;
    assert_eq!(bench.pid().await, first);
    // Also one that failed by itself does no harm to the process.
    bench.run("fail").await;
    bench.run("panic").await;
    assert_eq!(bench.pid().await, first);
    bench.run("abort").await;
    assert_ne!(bench.pid().await, first);
}

#[tokio::test]
async fn another_program_needs_another_process() {
    let mut bench = Bench::new();
    let first = bench.pid().await;
    bench.program().fingerprint = "changed".to_owned();
    let second = bench.pid().await;
    assert_ne!(second, first);
    assert!(!is_alive(&first.to_string()));
}

#[tokio::test]
async fn a_program_for_one_attempt_gets_a_fresh_process_each_time() {
    let mut bench = Bench::new();
    bench.program().is_for_one_attempt = true;
    let first = bench.pid().await;
    assert_ne!(bench.pid().await, first);
    until(|| !is_alive(&first.to_string())).await;
}

#[tokio::test]
async fn a_warm_process_that_dies_is_replaced() {
    let mut bench = Bench::new();
    let first = bench.pid().await;
    kill_process(Pid::from_raw(first.cast_signed()).unwrap(), Signal::KILL).unwrap();
    // Until the last of its threads has ended the process counts as there, and may be given an order.
    until(|| !Path::new(&format!("/proc/{first}")).exists()).await;
    assert_ne!(bench.pid().await, first);
}

#[tokio::test]
async fn a_process_that_nobody_needs_is_ended() {
    let mut bench = Bench::with(|options| options.warm_idle_timeout = Duration::from_millis(20));
    let pid = bench.pid().await;
    until(|| !is_alive(&pid.to_string())).await;
    assert_eq!(bench.run("empty").await, Outcome::Success);
}

#[tokio::test]
async fn attempts_are_refused_when_all_slots_are_taken() {
    let mut bench = Bench::with(|options| options.parallelism = 2);
    assert_eq!((bench.executor.free_slots(), bench.executor.running()), (2, 0));
    let one = bench.submit("hang");
    let other = bench.submit("hang");
    assert_eq!((bench.executor.free_slots(), bench.executor.running()), (0, 2));
    assert_eq!(
        bench.executor.submit(bench.workload("empty")),
        Err(SubmitError::Full)
    );
    bench.executor.kill(one, KillReason::Requested);
    bench.outcome().await;
    assert_eq!((bench.executor.free_slots(), bench.executor.running()), (1, 1));
    bench.executor.kill(other, KillReason::Requested);
    bench.outcome().await;
    assert_eq!((bench.executor.free_slots(), bench.executor.running()), (2, 0));
}

#[tokio::test]
async fn stopping_waits_for_attempts_that_end_in_time() {
    let mut bench = Bench::new();
    bench.submit("progress");
    bench.file("started").await;
    bench.executor.stop(Duration::from_mins(10));
    assert_eq!(
        bench.executor.submit(bench.workload("empty")),
        Err(SubmitError::ShuttingDown)
    );
    assert!(!bench.executor.is_stopped());
    std::fs::write(bench.path("go"), "").unwrap();
    assert_eq!(bench.outcome().await, Outcome::Success);
    bench.executor.stopped().await;
    assert!(bench.executor.is_stopped());
}

#[tokio::test]
async fn stopping_kills_attempts_that_do_not() {
    let mut bench = Bench::with(|options| options.parallelism = 2);
    let idle = bench.pid().await.to_string();
    bench.submit("hang");
    let pid = bench.file("started").await;
    bench.executor.stop(Duration::from_millis(50));
    let reason = KillReason::Shutdown;
    assert_eq!(bench.outcome().await, Outcome::Killed { reason });
    bench.executor.stopped().await;
    assert!(!is_alive(&pid) && !is_alive(&idle));
}

#[tokio::test]
async fn dropping_the_executor_kills_everything() {
    let mut bench = Bench::with(|options| options.parallelism = 2);
    let idle = bench.pid().await.to_string();
    bench.submit("hang");
    let pid = bench.file("started").await;
    drop(bench.executor);
    until(|| !is_alive(&pid) && !is_alive(&idle)).await;
}

/// Not a measurement, which is the benchmark's: only that nothing waits for a timer or a fresh process.
#[tokio::test]
async fn a_warm_attempt_is_quick() {
    let mut bench = Bench::new();
    bench.run("empty").await;
    let mut times = Vec::new();
    for _ in 0..50 {
        let start = Instant::now();
        bench.run("empty").await;
        times.push(start.elapsed());
    }
    times.sort();
    println!("median {:?}", times[25]);
    assert!(times[25] < Duration::from_millis(50), "{times:?}");
}
