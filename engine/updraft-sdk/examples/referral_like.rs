//! A bundle as a program: `cargo run --example referral_like -- list`.

use std::process::ExitCode;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use updraft_sdk::{Bundle, Context, Dag, DefaultArgs, TaskArguments, TaskError, TaskResult, TriggerRule};

#[derive(Debug, Serialize, Deserialize)]
struct Counts {
    fetched: u64,
}

async fn sync(context: Context) -> TaskResult<Counts> {
    let limit: u64 = context.param("limit")?;
    tracing::info!(limit, "syncing");
    context.progress(limit, limit, "done");
    Ok(Counts { fetched: limit })
}

fn find_matches(context: Context) -> TaskResult<u64> {
    let counts: Option<Counts> = context.wait(context.xcom_pull("sync.candidates"))?;
    let counts = counts.ok_or_else(|| TaskError::fail_without_retry("`sync.candidates` has left nothing"))?;
    Ok(counts.fetched / 2)
}

async fn notify(context: Context) -> TaskResult {
    match context.variable("webhook").await? {
        Some(url) => context.logger().info(format!("would call {url}")),
        None => return Err(TaskError::skip("Variable `webhook` is not set")),
    }
    Ok(())
}

fn pipeline() -> Dag {
    let dag = Dag::new("pipeline")
        .description("Sync and match")
        .schedule("0 */6 * * *")
        .start_date("2024-01-01")
        .catchup(false)
        .max_active_runs(1)
        .param("limit", 500)
        .default_args(
            DefaultArgs::new()
                .owner("referral-system")
                .retries(3)
                .retry_delay(Duration::from_mins(5)),
        );
    let group = dag.task_group("sync");
    let candidates = group.task("candidates", sync);
    let positions = group.task("positions", sync);
    let matches = dag.blocking_task("find_matches", find_matches);
    let notify = dag
        .task("notify", notify)
        .trigger_rule(TriggerRule::AllDone)
        .retries(0);
    dag.order([candidates, positions] >> matches >> notify);
    dag
}

fn main() -> ExitCode {
    Bundle::new("referral_like").dag(pipeline()).run()
}
