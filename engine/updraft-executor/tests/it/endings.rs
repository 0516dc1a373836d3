//! Every way in which an attempt can end.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use updraft_executor::{Executor, ExecutorEvent};
use updraft_worker::{ApiError, KillReason, Outcome, ProgramExit};

use crate::bench::Bench;

fn failed(reason: &str, retryable: bool) -> Outcome {
    Outcome::Failed {
        reason: reason.to_owned(),
        retryable,
    }
}

#[tokio::test]
async fn tasks_say_how_they_ended() {
    let mut bench = Bench::new();
    assert_eq!(bench.run("empty").await, Outcome::Success);
    assert_eq!(
        bench.run("fail").await,
        failed("service down: connection refused", true)
    );
    assert_eq!(bench.run("fail_for_good").await, failed("no such tenant", false));
    let reason = "nothing to do".to_owned();
    assert_eq!(bench.run("skip").await, Outcome::Skipped { reason });
    assert_eq!(bench.run("panic").await, failed("panic: index out of luck", true));
    assert_eq!(
        bench.run("panic_blocking").await,
        failed("panic: in a thread", true)
    );
    assert_eq!(
        bench.run("absent").await,
        failed("DAG `fixture` has no task `absent` in this program", false)
    );
    let state = bench.api.state();
    assert_eq!((state.starts.len(), state.ends.len()), (7, 7));
    // All of that in one process.
    let pids: Vec<u32> = state.starts.iter().map(|(_, start)| start.pid).collect();
    assert!(pids.iter().all(|pid| *pid == pids[0]), "{pids:?}");
}

#[tokio::test]
async fn a_process_that_aborts_is_a_crash_with_its_signal() {
    let mut bench = Bench::new();
    let exit = ProgramExit::Signal(6);
    assert_eq!(bench.run("abort").await, Outcome::Crashed { exit });
    insta::assert_snapshot!(bench.log("abort"));
}

#[tokio::test]
async fn a_process_that_exits_is_a_crash_with_its_code_and_last_words() {
    let mut bench = Bench::new();
    let exit = ProgramExit::Code(7);
    assert_eq!(bench.run("exit").await, Outcome::Crashed { exit });
    insta::assert_snapshot!(bench.log("exit"));
    assert_eq!(bench.run("empty").await, Outcome::Success);
}

#[tokio::test]
async fn a_task_that_takes_too_long_times_out() {
    let mut bench = Bench::new();
    let after = Duration::from_millis(150);
    let mut workload = bench.workload("hang");
    workload.execution_timeout = Some(after);
    bench.executor.submit(workload).unwrap();
    assert_eq!(bench.outcome().await, Outcome::TimedOut { after });
    insta::assert_snapshot!(bench.log("hang"));
    assert_eq!(bench.run("empty").await, Outcome::Success);
}

#[tokio::test]
async fn a_program_that_cannot_be_started_is_said_with_what_to_do() {
    let mut bench = Bench::new();
    let program = bench.path("program");
    bench.program().path.clone_from(&program);
    let path = program.to_str().unwrap().to_owned();
    let mut reasons = Vec::new();
    for step in 0..3 {
        match step {
            0 => {}
            1 => fs::write(&program, "text").unwrap(),
            _ => fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap(),
        }
        let outcome = bench.run("empty").await;
        assert!(
            matches!(outcome, Outcome::CouldNotRun { .. }) && outcome.is_retryable(),
            "{outcome:?}"
        );
        reasons.push(outcome.to_string().replace(&path, "PROGRAM"));
    }
    insta::assert_snapshot!(reasons.join("\n"));
    insta::assert_snapshot!(bench.log("empty"));
}

#[tokio::test]
async fn a_shepherd_that_cannot_be_started_is_said() {
    let mut bench = Bench::with(|options| options.worker.shepherd.0 = "/nowhere/updraft".into());
    let outcome = bench.run("empty").await.to_string();
    let expected = "could not run: the shepherd `/nowhere/updraft` cannot be started: No such file or directory (os error 2)";
    assert_eq!(outcome, expected);
}

#[tokio::test]
async fn a_program_that_sends_garbage_is_killed() {
    let mut bench = Bench::new();
    let program = bench.path("program");
    // The socket is its standard input; what it sends looks like a frame that would never end.
    fs::write(
        &program,
        "#!/bin/sh\nread -r first\nprintf '\\377\\377\\377\\377' >&0\nexec sleep 600\n",
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    bench.program().path = "/bin/sh".into();
    bench.program().args = vec![
        "-c".to_owned(),
        "printf '\\377\\377\\377\\377' >&0; exec sleep 600".to_owned(),
    ];
    let what = "a frame of 4294967295 bytes, at most 67108864 are allowed".to_owned();
    let exit = ProgramExit::Garbage(what);
    assert_eq!(bench.run("empty").await, Outcome::Crashed { exit });
    insta::assert_snapshot!(bench.log("empty"));
}

#[tokio::test]
async fn an_attempt_that_is_not_live_never_runs() {
    let mut bench = Bench::new();
    let workload = bench.workload("exit");
    let attempt = workload.attempt();
    bench.api.state().fenced.insert(attempt);
    bench.executor.submit(workload).unwrap();
    let error = ApiError::NotLive("it was cleared".to_owned());
    let outcome = None;
    assert_eq!(
        bench.event().await,
        ExecutorEvent::NotReported {
            attempt,
            outcome,
            error
        }
    );
    assert!(!bench.log_path("exit").exists());
}

#[tokio::test]
async fn an_attempt_whose_heartbeat_is_refused_is_killed_and_not_reported() {
    let mut bench = Bench::with(|options| options.worker.heartbeat_interval = Duration::from_millis(10));
    let attempt = bench.submit("hang");
    bench.file("started").await;
    bench.api.state().fenced.insert(attempt);
    let error = ApiError::NotLive("it was cleared".to_owned());
    let outcome = None;
    assert_eq!(
        bench.event().await,
        ExecutorEvent::NotReported {
            attempt,
            outcome,
            error
        }
    );
    assert!(bench.api.state().ends.is_empty());
    assert!(
        bench
            .log("hang")
            .contains("the attempt is not live any more, it is killed: it was cleared")
    );
}

#[tokio::test]
async fn an_attempt_is_killed_when_its_heartbeats_do_not_arrive() {
    let mut bench = Bench::with(|options| options.worker.heartbeat_interval = Duration::from_millis(10));
    bench.api.state().is_deaf = true;
    let reason = KillReason::EngineUnreachable;
    assert_eq!(bench.run("hang").await, Outcome::Killed { reason });
}

#[tokio::test]
async fn starts_and_ends_are_told_again_while_the_engine_is_out() {
    let mut bench = Bench::with(|options| options.worker.retry_pause = Duration::from_millis(1));
    bench.api.state().outage = 2;
    assert_eq!(bench.run("empty").await, Outcome::Success);
    bench.api.state().outage = usize::MAX;
    let attempt = bench.submit("empty");
    let error = ApiError::Unavailable("database is locked".to_owned());
    let outcome = None;
    assert_eq!(
        bench.event().await,
        ExecutorEvent::NotReported {
            attempt,
            outcome,
            error
        }
    );
}
