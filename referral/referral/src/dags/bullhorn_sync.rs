//! `bullhorn_sync_optimized`: every six hours candidates and positions are synced, embedded and matched.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use updraft_sdk::{Context, Dag, DefaultArgs, TaskArguments, TaskResult};

use super::notify::RunSummary;
use super::service::Summary;
use super::{Services, call};

/// The tasks whose counts are worth telling, in order.
const TOLD: [&str; 5] = [
    "sync_candidates",
    "generate_candidate_embeddings",
    "sync_positions",
    "generate_position_embeddings",
    "find_matches",
];

/// The DAG.
pub(super) fn dag(services: &Arc<Services>) -> Dag {
    let dag = Dag::new("bullhorn_sync_optimized")
        .description("Sync Bullhorn data and run matching")
        .schedule("0 */6 * * *")
        .start_date("2024-01-01")
        .catchup(false)
        .max_active_runs(1)
        .concurrency(16)
        .tags(["etl", "bullhorn", "production"])
        .default_args(
            DefaultArgs::new()
                .owner("referral-system")
                .depends_on_past(false)
                .email_on_failure(true)
                .email_on_retry(false)
                .retries(3)
                .retry_delay(Duration::from_mins(5))
                .execution_timeout(Duration::from_mins(30)),
        );
    let of_etl = |operation: &'static str| {
        let services = Arc::clone(services);
        move |context: Context| {
            let services = Arc::clone(&services);
            async move { call(&services.etl, operation, &context).await }
        }
    };
    let of_ml = |operation: &'static str| {
        let services = Arc::clone(services);
        move |context: Context| {
            let services = Arc::clone(&services);
            async move { call(&services.ml, operation, &context).await }
        }
    };
    let sync_candidates = dag.task("sync_candidates", of_etl("sync/candidates"));
    let embed_candidates = dag.task("generate_candidate_embeddings", of_ml("embeddings/candidates"));
    let sync_positions = dag.task("sync_positions", of_etl("sync/positions"));
    let embed_positions = dag.task("generate_position_embeddings", of_ml("embeddings/positions"));
    let find_matches = dag.task("find_matches", of_ml("matches"));
    let services = Arc::clone(services);
    let notify = dag.task("notify", move |context: Context| {
        let services = Arc::clone(&services);
        async move { notify(&services, &context).await }
    });
    dag.order(
        sync_candidates >> embed_candidates >> sync_positions >> embed_positions >> find_matches >> notify,
    );
    dag
}

/// Tells what the run brought.
async fn notify(services: &Services, context: &Context) -> TaskResult<Vec<&'static str>> {
    let mut tasks = Map::new();
    for task in TOLD {
        let counts: Option<Summary> = context.xcom_pull(task).await?;
        tasks.insert(task.to_owned(), Value::from(counts.unwrap_or_default()));
    }
    let summary = RunSummary {
        run_id: context.run_id().to_string(),
        tasks,
    };
    for line in summary.text().lines() {
        context.logger().info(line);
    }
    let sent = services.channels.send(&summary).await?;
    context.logger().info(format!("told: {}", sent.join(", ")));
    Ok(sent)
}
