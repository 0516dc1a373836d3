//! An executor with everything around it, for one test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::sync::mpsc;
use updraft_executor::{Executor, ExecutorEvent, ExecutorOptions, LocalExecutor};
use updraft_model::AttemptId;
use updraft_protocol::launch::{Launch, Program};
use updraft_worker::{Outcome, WorkerOptions, Workload, log_path};

use crate::api::{MemoryApi, RealClock};
use crate::workload::{launch, workload};

/// No condition of a test takes longer.
const DEADLINE: Duration = Duration::from_secs(20);

/// An executor with one slot, and an engine in memory.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) api: Arc<MemoryApi>,
    pub(crate) executor: LocalExecutor,
    pub(crate) launch: Launch,
    events: mpsc::Receiver<ExecutorEvent>,
}

/// The fixture, which cargo builds beside the tests.
pub(crate) fn fixture() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.parent().unwrap().parent().unwrap().join("examples/fixture")
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut ExecutorOptions)) -> Self {
        let folder = TempDir::new().unwrap();
        let api = Arc::new(MemoryApi::new(folder.path()));
        let shepherd = (fixture(), vec!["shepherd".into()]);
        let mut options = ExecutorOptions::new(WorkerOptions::new(
            shepherd,
            folder.path().join("logs"),
            Arc::new(RealClock),
        ));
        options.parallelism = 1;
        options.worker.kill_grace = Duration::from_secs(10);
        change(&mut options);
        let mut executor = LocalExecutor::new(options, Arc::clone(&api) as _);
        Self {
            launch: launch(&fixture(), folder.path()),
            events: executor.events(),
            folder,
            api,
            executor,
        }
    }

    /// The program, to be changed.
    pub(crate) fn program(&mut self) -> &mut Program {
        Arc::make_mut(&mut self.launch.program)
    }

    pub(crate) fn workload(&self, task_id: &str) -> Workload {
        workload(task_id, &self.launch)
    }

    /// Submits an attempt at a task.
    pub(crate) fn submit(&self, task_id: &str) -> AttemptId {
        let workload = self.workload(task_id);
        let attempt = workload.attempt();
        self.executor.submit(workload).unwrap();
        attempt
    }

    pub(crate) async fn event(&mut self) -> ExecutorEvent {
        tokio::time::timeout(DEADLINE, self.events.recv())
            .await
            .expect("an attempt does not end")
            .unwrap()
    }

    /// Waits for the end of an attempt, which must have been reported.
    pub(crate) async fn outcome(&mut self) -> Outcome {
        match self.event().await {
            ExecutorEvent::Ended { outcome, .. } => outcome,
            event @ (ExecutorEvent::NotReported { .. } | ExecutorEvent::Room) => panic!("{event:?}"),
        }
    }

    /// Runs an attempt at a task to its end.
    pub(crate) async fn run(&mut self, task_id: &str) -> Outcome {
        self.submit(task_id);
        self.outcome().await
    }

    /// What a task has returned.
    pub(crate) fn returned(&self, task_id: &str) -> Option<serde_json::Value> {
        let place = (task_id.to_owned(), "return_value".to_owned());
        self.api.state().xcoms.get(&place).cloned()
    }

    /// The process that runs tasks.
    pub(crate) async fn pid(&mut self) -> u32 {
        assert_eq!(self.run("pid").await, Outcome::Success);
        self.returned("pid")
            .unwrap()
            .as_u64()
            .unwrap()
            .try_into()
            .unwrap()
    }

    pub(crate) fn log_path(&self, task_id: &str) -> PathBuf {
        log_path(
            &self.folder.path().join("logs"),
            &self.workload(task_id).ti.key(),
            1,
        )
    }

    /// The log of a task's first attempt, without times, process ids and line numbers.
    pub(crate) fn log(&self, task_id: &str) -> String {
        let text = std::fs::read_to_string(self.log_path(task_id)).unwrap();
        let lines = text.lines().map(|line| {
            let line = match line.split_once("] {") {
                Some((time, rest)) if time.starts_with("[20") => format!("{{{rest}"),
                _ => line.to_owned(),
            };
            line.split(", process ").next().unwrap_or_default().to_owned()
        });
        let text = lines
            .collect::<Vec<_>>()
            .join("\n")
            .replace(self.folder.path().to_str().unwrap(), "HOME");
        let text = text.replace(fixture().to_str().unwrap(), "FIXTURE");
        let mut parts = text.split(".rs:");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| {
            format!(
                "{text}.rs:LINE{}",
                part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ':')
            )
        })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Waits for a file that a task writes.
    pub(crate) async fn file(&self, name: &str) -> String {
        file(&self.path(name)).await
    }
}

/// Waits for a file that a task writes.
pub(crate) async fn file(path: &Path) -> String {
    let mut text = String::new();
    until(|| {
        text = std::fs::read_to_string(path).unwrap_or_default();
        path.exists() && (!text.is_empty() || path.ends_with("tidied") || path.ends_with("started"))
    })
    .await;
    text.trim().to_owned()
}

/// Waits until a condition holds.
pub(crate) async fn until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < DEADLINE, "it does not happen");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Whether a process is there and not just waiting to be forgotten.
pub(crate) fn is_alive(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(')')
        .and_then(|(_, rest)| rest.trim_start().chars().next());
    state.is_some_and(|state| !matches!(state, 'Z' | 'X'))
}
