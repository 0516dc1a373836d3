//! Nothing outlives its attempt.

use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use updraft_executor::Executor;
use updraft_worker::{KillReason, Outcome, ProgramExit};

use crate::bench::{Bench, file, fixture, is_alive, until};

/// The processes that the tasks `tree` and `leave` lose.
const LOST: [&str; 3] = ["child", "session", "orphan"];

fn kill_9(pid: &str) {
    kill_process(Pid::from_raw(pid.parse().unwrap()).unwrap(), Signal::KILL).unwrap();
}

fn killed() -> Outcome {
    Outcome::Killed {
        reason: KillReason::Requested,
    }
}

#[tokio::test]
async fn a_task_that_listens_tidies_up_when_it_is_killed() {
    let mut bench = Bench::new();
    let attempt = bench.submit("listen");
    bench.file("started").await;
    assert!(bench.executor.kill(attempt, KillReason::Requested));
    assert_eq!(bench.outcome().await, killed());
    assert!(bench.path("tidied").exists());
    insta::assert_snapshot!(bench.log("listen"));
    assert!(!bench.executor.kill(attempt, KillReason::Requested), "it is over");
}

#[tokio::test]
async fn a_task_that_does_not_listen_is_killed_after_the_grace() {
    let mut bench = Bench::with(|options| options.worker.kill_grace = Duration::from_millis(100));
    let attempt = bench.submit("hang_blocking");
    let pid = bench.file("started").await;
    bench.executor.kill(attempt, KillReason::Requested);
    assert_eq!(bench.outcome().await, killed());
    assert!(!is_alive(&pid));
}

#[tokio::test]
async fn a_killed_attempt_leaves_no_process_behind() {
    let mut bench = Bench::new();
    let attempt = bench.submit("tree");
    let mut pids = vec![bench.file("started").await];
    for name in LOST {
        pids.push(bench.file(name).await);
    }
    assert!(pids.iter().all(|pid| is_alive(pid)));
    bench.executor.kill(attempt, KillReason::Requested);
    assert_eq!(bench.outcome().await, killed());
    assert_eq!(pids.iter().filter(|pid| is_alive(pid)).count(), 0);
}

#[tokio::test]
async fn a_worker_that_is_killed_leaves_no_process_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut worker = Command::new(fixture())
        .arg("work")
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut pids = vec![file(&folder.path().join("started")).await];
    for name in LOST {
        pids.push(file(&folder.path().join(name)).await);
    }
    assert!(pids.iter().all(|pid| is_alive(pid)));
    kill_9(&worker.id().to_string());
    worker.wait().unwrap();
    until(|| !pids.iter().any(|pid| is_alive(pid))).await;
}

#[tokio::test]
async fn a_program_whose_shepherd_is_killed_dies_with_it() {
    let mut bench = Bench::new();
    bench.submit("hang");
    let pid = bench.file("started").await;
    let shepherd = bench.api.state().starts[0].1.pid.to_string();
    kill_9(&shepherd);
    let exit = ProgramExit::Signal(9);
    assert_eq!(bench.outcome().await, Outcome::Crashed { exit });
    until(|| !is_alive(&pid)).await;
}

#[tokio::test]
async fn a_program_that_is_killed_is_a_crash() {
    let mut bench = Bench::new();
    bench.submit("hang");
    kill_9(&bench.file("started").await);
    let exit = ProgramExit::Signal(9);
    assert_eq!(bench.outcome().await, Outcome::Crashed { exit });
    assert!(
        bench
            .log("hang")
            .contains("was killed by signal 9 (SIGKILL, as by the kernel when memory runs out)")
    );
}

#[tokio::test]
async fn what_a_task_leaves_behind_is_killed_with_its_process() {
    let mut bench = Bench::new();
    assert_eq!(bench.run("leave").await, Outcome::Success);
    let first = bench.returned("leave").unwrap().to_string();
    assert!(!is_alive(&first));
    let second = bench.pid().await.to_string();
    assert_ne!(first, second);
    for name in LOST {
        assert!(!is_alive(&bench.file(name).await), "`{name}` is alive");
    }
}
