//! Tasks, run with the engine in memory.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use updraft_sdk::testing::TestRun;
use updraft_sdk::{
    BuiltDag, Context, Dag, DagRunState, Param, TaskArguments, TaskError, TaskResult, TriggerRun, XComSource,
};

/// A DAG with one task `t`.
fn single<F, Fut, T>(function: F) -> BuiltDag
where
    F: Fn(Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = TaskResult<T>> + Send + 'static,
    T: Serialize + 'static,
{
    let dag = Dag::new("d").param("limit", 10).param("mode", "full");
    dag.task("t", function).retries(1);
    dag.build().unwrap()
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Counts {
    rows: u64,
}

#[tokio::test]
async fn what_a_task_returns_is_left_for_others() {
    let dag = Dag::new("d");
    dag.task("count", async |_| Ok(Counts { rows: 21 }));
    dag.blocking_task("double", |context| {
        let counts: Option<Counts> = context.wait(context.xcom_pull("count"))?;
        Ok(counts.map(|counts| counts.rows * 2))
    });
    let dag = dag.build().unwrap();
    let run = TestRun::new();
    run.run_task(&dag, "count").await.unwrap();
    assert_eq!(run.run_task(&dag, "double").await.unwrap(), json!(42));
    assert_eq!(run.xcom_of("count", "return_value"), Some(json!({"rows": 21})));
}

#[tokio::test]
async fn nothing_is_left_by_a_task_that_returns_nothing() {
    let dag = single(async |_| Ok(()));
    let run = TestRun::new();
    assert_eq!(run.run_task(&dag, "t").await.unwrap(), Value::Null);
    assert_eq!(run.xcom_of("t", "return_value"), None);
}

#[tokio::test]
async fn a_task_does_not_run_with_params_that_do_not_fit() {
    let dag = Dag::new("d").param("limit", Param::required().schema(json!({"type": "integer"})));
    dag.task("t", async |context: Context| Ok(context.param::<u64>("limit")?));
    let dag = dag.build().unwrap();
    let with = async |conf| TestRun::new().conf(conf).run_task(&dag, "t").await;
    let limit = |value| Map::from_iter([("limit".to_owned(), value)]);
    assert_eq!(with(limit(json!(3))).await.unwrap(), json!(3));
    let complaint = async |conf| with(conf).await.unwrap_err().to_string();
    assert_eq!(
        complaint(Map::new()).await,
        "dag `d`: param `limit` has no default, so a run must give it a value in its conf"
    );
    assert_eq!(
        complaint(limit(json!("ten"))).await,
        "dag `d`: param `limit` does not fit its schema: \"ten\" is not of type \"integer\""
    );
}

#[tokio::test]
async fn the_context_knows_the_run() {
    let dag = single(async |context: Context| {
        Ok(json!({
            "ids": [context.dag_id().as_str(), context.run_id().as_str(), context.task_id().as_str()],
            "try": [context.try_number(), u32::from(context.should_retry())],
            "ds": [context.ds(), context.ds_nodash()],
            "ts": [context.ts(), context.ts_nodash(), context.ts_nodash_with_tz()],
            "interval": [context.data_interval_start(), context.data_interval_end()],
            "limit": context.param::<u64>("limit")?,
            "mode": context.param::<String>("mode")?,
            "conf": context.conf(),
        }))
    });
    let run = TestRun::new()
        .logical_date("2024-01-12T06:00:00Z")
        .unwrap()
        .conf(Map::from_iter([("limit".to_owned(), json!(3))]))
        .try_number(2);
    insta::assert_json_snapshot!(run.run_task(&dag, "t").await.unwrap());
}

#[tokio::test]
async fn xcoms_have_keys_and_can_be_taken_back() {
    let dag = single(async |context: Context| {
        context.xcom_push("watermark", 7).await?;
        context.xcom_push("other", "x").await?;
        context.xcom_delete("other").await?;
        let own: Option<u64> = context.xcom_pull(XComSource::task("t").key("watermark")).await?;
        let none: Option<u64> = context.xcom_pull("absent").await?;
        Ok((own, none))
    });
    let run = TestRun::new();
    assert_eq!(run.run_task(&dag, "t").await.unwrap(), json!([7, null]));
    assert_eq!(run.xcom_of("t", "other"), None);
}

#[tokio::test]
async fn a_value_of_another_type_is_an_error_that_names_it() {
    let dag = single(async |context: Context| Ok(context.xcom_pull::<Counts>("count").await?));
    let run = TestRun::new().xcom("count", json!("many"));
    let error = run.run_task(&dag, "t").await.unwrap_err().to_string();
    assert!(
        error.starts_with("XCom `return_value` of task `count` is not of the expected type: "),
        "{error}"
    );
}

#[tokio::test]
async fn variables_are_read_and_written() {
    let dag = single(async |context: Context| {
        let settings: Option<Counts> = context.variable_json("settings").await?;
        context.set_variable("seen", "yes").await?;
        context.delete_variable("old").await?;
        Ok((settings, context.variable("absent").await?))
    });
    let run = TestRun::new()
        .variable("settings", r#"{"rows": 1}"#)
        .variable("old", "x");
    assert_eq!(run.run_task(&dag, "t").await.unwrap(), json!([{"rows": 1}, null]));
    assert_eq!(
        (run.variable_of("seen"), run.variable_of("old")),
        (Some("yes".to_owned()), None)
    );
}

#[tokio::test]
async fn progress_is_thinned_out_but_ends_with_the_last() {
    let dag = single(async |context: Context| {
        for done in 0..=1000 {
            context.progress(done, 1000, "rows");
        }
        Ok(())
    });
    let run = TestRun::new();
    run.run_task(&dag, "t").await.unwrap();
    let progress = run.progress();
    assert_eq!(progress.first(), Some(&(0, Some(1000), "rows".to_owned())));
    assert_eq!(progress.last(), Some(&(1000, Some(1000), "rows".to_owned())));
    assert!(progress.len() < 100, "{} messages", progress.len());
}

#[tokio::test]
async fn errors_say_whether_to_try_again() {
    let error = |dag: BuiltDag| async move { TestRun::new().run_task(&dag, "t").await.unwrap_err() };
    let plain = error(single(async |_| Ok("x".parse::<u64>()?))).await;
    assert!(plain.is_retryable() && !plain.is_skip());
    assert_eq!(plain.to_string(), "invalid digit found in string");
    let final_error = error(single(async |_| {
        Err::<(), _>(TaskError::fail_without_retry("no such tenant"))
    }))
    .await;
    assert!(!final_error.is_retryable() && !final_error.is_skip());
    let skip = error(single(async |_| Err::<(), _>(TaskError::skip("nothing to do")))).await;
    assert!(skip.is_skip() && !skip.is_retryable());
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl std::fmt::Display for Outer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("page cannot be read")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn errors_are_shown_with_their_causes() {
    let dag = single(async |_| Ok("x".parse::<u64>().map_err(Outer)?));
    let error = TestRun::new().run_task(&dag, "t").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "page cannot be read: invalid digit found in string"
    );
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt() {
    let in_async = single(async |_| {
        assert_eq!(1 + 1, 3, "arithmetic");
        Ok(())
    });
    let error = TestRun::new().run_task(&in_async, "t").await.unwrap_err();
    assert!(error.is_retryable());
    assert!(
        error
            .to_string()
            .starts_with("panic: assertion `left == right` failed: arithmetic"),
        "{error}"
    );

    let dag = Dag::new("d");
    dag.blocking_task("t", |_| -> TaskResult { panic!("in a thread") });
    let error = TestRun::new()
        .run_task(&dag.build().unwrap(), "t")
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "panic: in a thread");
}

#[tokio::test]
async fn a_task_that_does_not_exist_fails_for_good() {
    let error = TestRun::new()
        .run_task(&single(async |_| Ok(())), "absent")
        .await
        .unwrap_err();
    assert!(!error.is_retryable());
    assert_eq!(error.to_string(), "DAG `d` has no task `absent` in this program");
}

#[tokio::test]
async fn a_value_that_is_no_json_fails_for_good() {
    let dag = single(async |_| Ok(std::collections::BTreeMap::from([((1, 2), 3)])));
    let error = TestRun::new().run_task(&dag, "t").await.unwrap_err();
    assert!(!error.is_retryable());
    assert!(
        error
            .to_string()
            .starts_with("the returned value cannot be written as JSON: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_task_has_other_dags_run_and_asks_how_far_they_are() {
    let dag = Dag::new("d");
    dag.task("call", async |context: Context| {
        let mine = TriggerRun::of("other").run_id("mine").conf("limit", 3);
        let run_id = context.trigger(mine.clone().note("again")).await?;
        let exists = context.trigger(mine).await.unwrap_err().run_exists();
        let by_itself = context.trigger(TriggerRun::of("other")).await?;
        let states = [
            context.dag_run_state("other", run_id.as_str()).await?,
            context.dag_run_state("other", "done").await?,
            context.dag_run_state("other", "none").await?,
        ];
        let malformed = context.trigger(TriggerRun::of("no dag")).await.unwrap_err();
        TaskResult::Ok(json!([
            exists,
            by_itself.as_str().starts_with("manual__"),
            states.map(|state| state.map(DagRunState::as_str)),
            malformed
                .to_string()
                .starts_with("id `no dag` is not of the expected type"),
        ]))
    });
    let run = TestRun::new()
        .other_run("other", "done", DagRunState::Success)
        .unwrap();
    let value = run.run_task(&dag.build().unwrap(), "call").await.unwrap();
    assert_eq!(value, json!([true, true, ["queued", "success", null], true]));
    let triggered = run.triggered();
    assert_eq!(triggered.len(), 2);
    assert_eq!(triggered[0].note.as_deref(), Some("again"));
    assert_eq!(triggered[0].conf.as_ref().unwrap()["limit"], json!(3));
}
