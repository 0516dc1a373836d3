//! Whether anything was lost, doubled or is stuck: asked of the database itself.

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use crate::postgres::Cluster;
use crate::workspace;

/// What must find nothing, with the words for what it finds.
const FORBIDDEN: [(&str, &str); 5] = [
    (
        "runs did not succeed",
        "SELECT dag_id, run_id, state FROM updraft.dag_run WHERE state <> 'success'",
    ),
    (
        "tasks did not succeed",
        "SELECT run_id, task_id, state FROM updraft.task_instance WHERE state IS DISTINCT FROM 'success'",
    ),
    (
        "tasks did not succeed exactly once",
        "SELECT run_id, task_id, count(*) FILTER (WHERE state = 'success') FROM updraft.task_instance_history \
         GROUP BY dag_id, run_id, task_id, map_index HAVING count(*) FILTER (WHERE state = 'success') <> 1",
    ),
    (
        "tasks have gaps in their tries",
        "SELECT run_id, task_id, count(*), max(try_number) FROM updraft.task_instance_history \
         GROUP BY dag_id, run_id, task_id, map_index \
         HAVING count(*) <> max(try_number) OR count(DISTINCT try_number) <> count(*)",
    ),
    (
        "attempts at one task overlap",
        "SELECT * FROM (SELECT run_id, task_id, start_date, \
             lag(end_date) OVER (PARTITION BY dag_id, run_id, task_id, map_index ORDER BY try_number) AS before \
         FROM updraft.task_instance_history WHERE start_date IS NOT NULL) attempt WHERE before > start_date",
    ),
];

/// Whether the first so many runs that were triggered have all ended.
pub(super) fn have_ended(cluster: &Cluster, runs: u64) -> Result<bool> {
    let query = format!(
        "SELECT count(*) FROM updraft.dag_run \
         WHERE state IN ('success', 'failed') AND substr(run_id, {}) :: bigint < {runs}",
        super::site::RUN_PREFIX.len() + 1
    );
    Ok(count(cluster, &query)? == runs)
}

/// How many runs have not ended.
pub(super) fn open_runs(cluster: &Cluster) -> Result<u64> {
    count(
        cluster,
        "SELECT count(*) FROM updraft.dag_run WHERE state NOT IN ('success', 'failed')",
    )
}

/// Demands a consistent history; gives how many attempts ended in which words.
pub(super) fn history(cluster: &Cluster) -> Result<Value> {
    for (what, query) in FORBIDDEN {
        let found = workspace::output(&mut cluster.psql(query))?;
        let lines: Vec<&str> = found.lines().take(5).collect();
        ensure!(lines.is_empty(), "{what}, such as {}", lines.join("; "));
    }
    let words =
        "SELECT outcome, count(*) FROM updraft.task_instance_history GROUP BY outcome ORDER BY outcome";
    let mut endings = Map::new();
    for line in workspace::output(&mut cluster.psql(words))?.lines() {
        let (outcome, number) = line.rsplit_once('|').context("two columns")?;
        endings.insert(outcome.to_owned(), number.parse::<u64>()?.into());
    }
    ensure!(!endings.is_empty(), "nothing ran at all");
    Ok(endings.into())
}

fn count(cluster: &Cluster, query: &str) -> Result<u64> {
    let text = workspace::output(&mut cluster.psql(query))?;
    text.trim().parse().with_context(|| format!("no number: {text}"))
}
