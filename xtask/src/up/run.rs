//! Starts one run of the pipeline through the command line that users have, and follows it to its end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::PIPELINE;
use super::layout::Layout;
use super::processes::Processes;
use super::progress::Progress;
use crate::workspace;

/// How often the run is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(400);

/// How long the orchestrator may take to know the DAG.
const DAG_KNOWN_MAX: Duration = Duration::from_secs(30);

/// A run that has ended.
pub(super) struct Outcome {
    pub(super) run_id: String,
    pub(super) state: String,
    pub(super) tasks: Vec<Task>,
}

/// A task instance, as `tasks states-for-dag-run -o json` prints it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Task {
    pub(super) task_id: String,
    pub(super) state: Option<String>,
    pub(super) start_date: String,
    pub(super) end_date: String,
    pub(super) try_number: String,
}

impl Task {
    /// Seconds between start and end; none before its end.
    pub(super) fn seconds(&self) -> Option<f64> {
        let start: jiff::Timestamp = self.start_date.parse().ok()?;
        let end: jiff::Timestamp = self.end_date.parse().ok()?;
        Some((end - start).total(jiff::Unit::Second).unwrap_or_default())
    }
}

#[derive(Deserialize)]
struct Run {
    run_id: String,
    state: String,
}

/// Runs the pipeline once; `None` when it was stopped by a signal.
///
/// # Errors
/// The DAG does not appear, the run does not end in time, or a process dies for good.
pub(super) fn pipeline(
    layout: &Layout,
    processes: &mut Processes,
    stop: &AtomicBool,
    limit: Duration,
) -> Result<Option<Outcome>> {
    wait_for_dag(layout, processes, stop)?;
    for dag in layout.dags() {
        updraft(layout, &["dags", "unpause", dag, "-y"])?;
    }
    let run_id = active_run(layout)?.map_or_else(|| trigger(layout), Ok)?;
    eprintln!("run {run_id} of {PIPELINE}");
    let start = Instant::now();
    let mut progress = Progress::new(layout, &run_id);
    loop {
        if stop.load(Ordering::Relaxed) {
            return Ok(None);
        }
        processes.restart_dead()?;
        let tasks: Vec<Task> = rows(layout, &["tasks", "states-for-dag-run", PIPELINE, &run_id])?;
        progress.show(&tasks);
        let runs: Vec<Run> = rows(layout, &["dags", "list-runs", "-d", PIPELINE])?;
        let run = runs
            .into_iter()
            .find(|run| run.run_id == run_id)
            .context("the run has vanished")?;
        if matches!(run.state.as_str(), "success" | "failed") {
            let tasks: Vec<Task> = rows(layout, &["tasks", "states-for-dag-run", PIPELINE, &run_id])?;
            progress.show(&tasks);
            return Ok(Some(Outcome {
                run_id,
                state: run.state,
                tasks,
            }));
        }
        if start.elapsed() > limit {
            bail!(
                "the run `{run_id}` has not ended after {} s (`--timeout`)",
                limit.as_secs()
            );
        }
        std::thread::sleep(LOOK_INTERVAL);
    }
}

fn wait_for_dag(layout: &Layout, processes: &mut Processes, stop: &AtomicBool) -> Result<()> {
    #[derive(Deserialize)]
    struct Dag {
        dag_id: String,
    }
    let start = Instant::now();
    loop {
        let dags: Vec<Dag> = rows(layout, &["dags", "list"])?;
        if dags.iter().any(|dag| dag.dag_id == PIPELINE) {
            return Ok(());
        }
        if start.elapsed() > DAG_KNOWN_MAX || stop.load(Ordering::Relaxed) {
            bail!(
                "the orchestrator does not list `{PIPELINE}`; see `{}` for why `dags/referral.bundle.toml` was not read",
                layout.data().join("updraft.log").display()
            );
        }
        processes.restart_dead()?;
        std::thread::sleep(LOOK_INTERVAL);
    }
}

/// The newest run that is queued or running: unpausing creates the latest scheduled one, and one of an earlier call may
/// still be open.
fn active_run(layout: &Layout) -> Result<Option<String>> {
    let deadline = Instant::now() + Duration::from_secs(1);
    loop {
        let runs: Vec<Run> = rows(layout, &["dags", "list-runs", "-d", PIPELINE])?;
        let open = runs
            .into_iter()
            .find(|run| matches!(run.state.as_str(), "queued" | "running"));
        if open.is_some() || Instant::now() > deadline {
            return Ok(open.map(|run| run.run_id));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn trigger(layout: &Layout) -> Result<String> {
    #[derive(Deserialize)]
    struct Triggered {
        dag_run_id: String,
    }
    let triggered: Vec<Triggered> = rows(layout, &["dags", "trigger", PIPELINE])?;
    Ok(triggered
        .into_iter()
        .next()
        .context("`dags trigger` printed no run")?
        .dag_run_id)
}

fn rows<T: serde::de::DeserializeOwned>(layout: &Layout, arguments: &[&str]) -> Result<Vec<T>> {
    let text = updraft(layout, &[arguments, &["-o", "json"]].concat())?;
    serde_json::from_str(&text)
        .with_context(|| format!("`updraft {}` did not print rows: {text}", arguments.join(" ")))
}

fn updraft(layout: &Layout, arguments: &[&str]) -> Result<String> {
    workspace::output(layout.program("updraft").args(arguments))
}
