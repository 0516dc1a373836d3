//! Shows each task of a run while it runs: a line per task in a terminal, a line per change elsewhere.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::PIPELINE;
use super::layout::Layout;
use super::run::Task;

/// How much of the end of a log is searched for its last line.
const TAIL_BYTES: u64 = 4096;

/// The view of one run.
pub(super) struct Progress {
    bars: MultiProgress,
    lines: BTreeMap<String, ProgressBar>,
    states: BTreeMap<String, String>,
    logs: PathBuf,
}

impl Progress {
    /// An empty view; it fills as tasks are seen.
    pub(super) fn new(layout: &Layout, run_id: &str) -> Self {
        let logs = layout
            .home
            .join(format!("logs/dag_id={PIPELINE}/run_id={run_id}"));
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        Self {
            bars,
            lines: BTreeMap::new(),
            states: BTreeMap::new(),
            logs,
        }
    }

    /// Brings the view up to date.
    pub(super) fn show(&mut self, tasks: &[Task]) {
        for task in tasks {
            let state = task.state.clone().unwrap_or_else(|| "waiting".to_owned());
            let took = task
                .seconds()
                .map(|seconds| format!(" in {seconds:.1} s"))
                .unwrap_or_default();
            let last = self.last_line(task).unwrap_or_default();
            if self.bars.is_hidden() {
                self.tell(task, &state, &format!("{took} {last}"));
                continue;
            }
            let bars = &self.bars;
            let line = self.lines.entry(task.task_id.clone()).or_insert_with(|| {
                let style = ProgressStyle::with_template("{spinner} {prefix:32} {wide_msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner());
                let line = bars.add(ProgressBar::new_spinner().with_style(style));
                line.set_prefix(task.task_id.clone());
                line.enable_steady_tick(Duration::from_millis(200));
                line
            });
            line.set_message(format!("{state}{took}  {last}"));
            if matches!(
                state.as_str(),
                "success" | "failed" | "skipped" | "upstream_failed"
            ) && !line.is_finished()
            {
                line.finish();
            }
        }
    }

    /// Without a terminal: one line when a state changes.
    fn tell(&mut self, task: &Task, state: &str, rest: &str) {
        if self.states.get(&task.task_id).map(String::as_str) != Some(state) {
            eprintln!("{} {state} {}", task.task_id, rest.trim());
            self.states.insert(task.task_id.clone(), state.to_owned());
        }
    }

    /// The message of the last line in the log of the task's newest try.
    fn last_line(&self, task: &Task) -> Option<String> {
        let name = format!("task_id={}/attempt={}.log", task.task_id, task.try_number);
        let mut file = std::fs::File::open(self.logs.join(name)).ok()?;
        let length = file.metadata().ok()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))
            .ok()?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().rev().find(|line| line.starts_with('['))?;
        Some(
            line.split_once(" - ")
                .map_or(line, |(_, message)| message)
                .to_owned(),
        )
    }
}
