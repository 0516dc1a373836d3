//! Callbacks: which there are, and how they are called.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use updraft_sdk::testing::TestRun;
use updraft_sdk::{CallbackContext, CallbackEvent, Context, Dag, DefaultArgs, TaskArguments, TaskResult};

/// What callbacks were called for.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<String>>>);

impl Calls {
    /// A callback that notes its calls under a name.
    fn note(&self, name: &'static str) -> impl Fn(CallbackContext) -> std::future::Ready<TaskResult> + use<> {
        let calls = Arc::clone(&self.0);
        move |context| {
            let about = context.task_id().map_or("the run", |task_id| task_id.as_str());
            let line = format!("{name}: {} of {about}, {}", context.event(), context.reason());
            calls.lock().unwrap().push(line);
            std::future::ready(Ok(()))
        }
    }

    fn taken(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

async fn broken(_: CallbackContext) -> TaskResult {
    Err("the webhook is down".into())
}

#[expect(clippy::panic, reason = "what a broken callback does")]
async fn panics(_: CallbackContext) -> TaskResult {
    panic!("no luck")
}

#[test]
fn the_description_says_which_callbacks_there_are() {
    use CallbackEvent::{Execute, Failure, Retry, Success};
    let calls = Calls::default();
    let dag = Dag::new("d")
        .on_success_callback(calls.note("dag"))
        .default_args(DefaultArgs::new().on_failure_callback(calls.note("default")));
    dag.task("plain", nothing);
    dag.task("own", nothing)
        .on_retry_callback(calls.note("own"))
        .on_failure_callback(calls.note("own"));
    dag.empty_task("empty");
    dag.empty_task("called").on_execute_callback(calls.note("own"));
    let dag = dag.build().unwrap();
    let spec = dag.spec();
    assert_eq!(spec.callbacks, BTreeSet::from([Success]));
    let of_tasks: Vec<_> = spec
        .tasks
        .iter()
        .map(|task| (task.callbacks.clone(), task.is_empty))
        .collect();
    let expected = [
        (BTreeSet::from([Failure]), false),
        (BTreeSet::from([Failure, Retry]), false),
        (BTreeSet::from([Failure]), true),
        (BTreeSet::from([Execute, Failure]), false),
    ];
    assert_eq!(
        of_tasks, expected,
        "what is called before or after its success needs an attempt"
    );
}

#[tokio::test]
async fn what_a_task_is_given_stands_in_the_place_of_default_args() {
    let calls = Calls::default();
    let dag = Dag::new("d")
        .on_failure_callback(calls.note("dag"))
        .default_args(DefaultArgs::new().on_failure_callback(calls.note("default")));
    dag.task("plain", nothing);
    dag.task("own", nothing)
        .on_failure_callback(calls.note("first"))
        .on_failure_callback(calls.note("second"));
    let (dag, run, failure) = (dag.build().unwrap(), TestRun::new(), CallbackEvent::Failure);
    run.call_callbacks(&dag, "plain", failure, "failed: a")
        .await
        .unwrap();
    run.call_callbacks(&dag, "own", failure, "failed: b")
        .await
        .unwrap();
    run.call_dag_callbacks(&dag, "own", failure, "task_failure")
        .await
        .unwrap();
    insta::assert_snapshot!(calls.taken().join("\n"), @"
    default: on_failure_callback of plain, failed: a
    first: on_failure_callback of own, failed: b
    second: on_failure_callback of own, failed: b
    dag: on_failure_callback of the run, task_failure
    ");
}

#[tokio::test]
async fn one_that_fails_or_panics_keeps_no_other_from_being_called() {
    let calls = Calls::default();
    let dag = Dag::new("d");
    dag.task("a", nothing)
        .on_retry_callback(broken)
        .on_retry_callback(panics)
        .on_retry_callback(calls.note("last"));
    let (dag, run) = (dag.build().unwrap(), TestRun::new());
    let failed = run.call_callbacks(&dag, "a", CallbackEvent::Retry, "").await;
    let error = failed.unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.is_retryable()),
        ("the webhook is down", true)
    );
    assert_eq!(calls.taken().len(), 1);
    let missing = run.call_callbacks(&dag, "a", CallbackEvent::Success, "").await;
    let error = missing.unwrap_err();
    assert_eq!(error.to_string(), "task `a` has no on_success_callback any more");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn what_is_called_before_a_task_cannot_fail_it() {
    let calls = Calls::default();
    let dag = Dag::new("d");
    dag.task("a", nothing)
        .on_execute_callback(panics)
        .on_execute_callback(calls.note("before"));
    TestRun::new().run_task(&dag.build().unwrap(), "a").await.unwrap();
    assert_eq!(calls.taken(), ["before: on_execute_callback of a, "]);
}
