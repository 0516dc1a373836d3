//! What is asked of an orchestrator that is measured, Updraft or a real Airflow.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

/// How long a run of a shape may take.
pub(super) const RUN_MAX: Duration = Duration::from_mins(5);

/// An orchestrator that runs.
pub(crate) trait Orchestrator {
    /// Where DAG files are looked for.
    fn dags_folder(&self) -> PathBuf;

    /// How many of its DAGs have a name that begins so.
    fn known(&self, prefix: &str) -> Result<usize>;

    /// Triggers a run and gives its id.
    fn trigger(&self, dag_id: &str) -> Result<String>;

    /// The state of a run.
    fn state(&self, dag_id: &str, run_id: &str) -> Result<String>;

    /// When the tasks of a run ran.
    fn times(&self, dag_id: &str, run_id: &str) -> Result<Times>;

    /// Runs a DAG once and returns when its tasks ran.
    fn run(&self, dag_id: &str) -> Result<Times> {
        let run_id = &self.trigger(dag_id)?;
        wait_for(|| {
            let state = self.state(dag_id, run_id)?;
            ensure!(state != "failed", "run {run_id} of {dag_id} failed");
            Ok((state == "success").then_some(()))
        })?;
        self.times(dag_id, run_id)
    }
}

/// Looks again and again until something is there.
///
/// # Errors
/// It does not come in time, or looking fails.
pub(super) fn wait_for<T>(mut look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if start.elapsed() > RUN_MAX {
            bail!("nothing happened within {} s", RUN_MAX.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The times of the tasks of one run, in seconds since the epoch, by start.
pub(crate) struct Times(Vec<(f64, f64)>);

impl Times {
    /// Those of tasks that started and ended then.
    pub(super) fn new(mut tasks: Vec<(f64, f64)>) -> Self {
        tasks.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self(tasks)
    }

    /// How many tasks ran.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// From one task's start to the next one's.
    pub(super) fn hops_ms(&self) -> Vec<f64> {
        self.0
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].0) * 1000.0)
            .collect()
    }

    pub(super) fn tasks_per_s(&self) -> f64 {
        let first = self.0.first().map_or(0.0, |task| task.0);
        let last = self.0.iter().map(|task| task.1).fold(first, f64::max);
        self.0.len() as f64 / (last - first)
    }
}
