//! `data_quality`: checks the recruiting data every night, withholds bad rows, and fails when a check of that severity does.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use updraft_sdk::{Context, Dag, DefaultArgs, TaskArguments, TaskError, TaskResult, TriggerRule};

use super::service::Summary;
use super::{Services, call};

/// The DAG: `check >> gate >> report`; the report is made whatever the gate says.
pub(super) fn dag(services: &Arc<Services>) -> Dag {
    let dag = Dag::new("data_quality")
        .description("Check the recruiting data and keep bad rows out of matching")
        .schedule("30 3 * * *")
        .start_date("2024-01-01")
        .catchup(false)
        .max_active_runs(1)
        .tags(["quality", "bullhorn", "production"])
        .default_args(
            DefaultArgs::new()
                .owner("referral-system")
                .retries(3)
                .retry_delay(Duration::from_mins(5))
                .execution_timeout(Duration::from_mins(30)),
        );
    let services = Arc::clone(services);
    let check = dag.task("check", move |context: Context| {
        let services = Arc::clone(&services);
        async move { call(&services.etl, "quality/run", &context).await }
    });
    let gate = dag.task("gate", gate).retries(0);
    let report = dag.task("report", report).trigger_rule(TriggerRule::AllDone);
    dag.order(check >> gate >> report);
    dag
}

async fn counts(context: &Context) -> TaskResult<Summary> {
    let counts: Option<Summary> = context.xcom_pull("check").await?;
    counts.ok_or_else(|| TaskError::fail_without_retry("`check` has left no counts"))
}

fn names(counts: &Summary, key: &str) -> Vec<String> {
    let list = counts.get(key).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Stops the DAG when a check of severity `fail` did not pass.
async fn gate(context: Context) -> TaskResult {
    let failures = names(&counts(&context).await?, "failures");
    if failures.is_empty() {
        return Ok(());
    }
    Err(TaskError::fail_without_retry(format!(
        "these checks failed: {}",
        failures.join(", ")
    )))
}

async fn report(context: Context) -> TaskResult<Summary> {
    let counts = counts(&context).await?;
    let number = |key: &str| counts.get(key).and_then(Value::as_u64).unwrap_or_default();
    let logger = context.logger();
    logger.info(format!(
        "{} checks, {} rows withheld from matching",
        number("checks"),
        number("withheld")
    ));
    for (key, what) in [("failures", "failed"), ("warnings", "warned")] {
        for name in names(&counts, key) {
            logger.warning(format!("{what}: {name}"));
        }
    }
    Ok(counts)
}
