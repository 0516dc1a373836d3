//! What made a run fail: the task that failed first, and where in its log the error stands.

use schemars::JsonSchema;
use serde::Serialize;
use updraft_layout::{Level, LogIndex, Way};
use updraft_model::TaskInstanceState;
use updraft_store::TaskInstanceRow;

use crate::api::Api;
use crate::failure::Failure;
use crate::logs::{AttemptLog, LogFile, read_lines};
use crate::ui::logs::look;
use crate::ui::shapes::Counts;

/// So many errors are looked at, from the end of the log; so many lines may belong to one, and so many frames of it are told.
const ERRORS_MAX: usize = 5;
const LINES_MAX: u64 = 500;
const FRAMES_MAX: usize = 3;

/// What made a run fail.
#[derive(Serialize, JsonSchema)]
pub(super) struct RunFailure {
    /// The task that failed first.
    task_id: String,
    map_index: i32,
    try_number: u32,
    error: Option<String>,
    /// The innermost places of the program that the error came through, each with its line of code; for who may read logs.
    frames: Vec<String>,
    /// The line of the log with which the error begins, from 0.
    log_line: Option<u64>,
    failed: u64,
    upstream_failed: u64,
}

impl RunFailure {
    /// Of the tasks of a run; `None` if none failed.
    pub(super) fn of(tasks: &[TaskInstanceRow], counts: &Counts) -> Option<Self> {
        let failed = tasks
            .iter()
            .filter(|row| row.state == Some(TaskInstanceState::Failed));
        let first = failed.min_by_key(|row| (row.end_date.is_none(), row.end_date))?;
        let number = |state: TaskInstanceState| counts.get(state.as_str()).copied().unwrap_or(0);
        Some(Self {
            task_id: first.key.task_id.to_string(),
            map_index: first.key.map_index.0,
            try_number: first.try_number,
            error: first.outcome.clone(),
            frames: Vec::new(),
            log_line: None,
            failed: number(TaskInstanceState::Failed),
            upstream_failed: number(TaskInstanceState::UpstreamFailed),
        })
    }

    /// The same with what the log says of it. A log that is not here says nothing.
    ///
    /// # Errors
    /// The log is there and cannot be read.
    pub(super) async fn with_log(mut self, api: &Api, run: (&str, &str)) -> Result<Self, Failure> {
        let task = (self.task_id.as_str(), self.map_index);
        let place = match AttemptLog::find(api, run, task, self.try_number).await {
            Ok(log) => look(api, &log, place).await,
            Err(error) => Err(error),
        };
        match place {
            Ok(place) => (self.log_line, self.frames) = place.flatten().unwrap_or_default(),
            Err(Failure::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(self)
    }
}

/// A line, and the frames that follow it.
type Place = (Option<u64>, Vec<String>);

/// The last error that shows where it came from, else the first error.
fn place(index: &LogIndex, file: &mut LogFile) -> Result<Option<Place>, Failure> {
    let mut before = index.total();
    for _ in 0..ERRORS_MAX {
        let Some(line) = index.near(before, Level::Error, Way::Previous) else {
            break;
        };
        let until = index.near(line, Level::Debug, Way::Next).unwrap_or(before);
        let lines = read_lines(index, file, (line, until.min(line + LINES_MAX)))?;
        let frames = frames(lines.iter().map(crate::logs::LogLine::text));
        if !frames.is_empty() {
            return Ok(Some((Some(line), frames)));
        }
        before = line;
    }
    Ok(Some((index.first_error(), Vec::new())))
}

/// The innermost frames of a traceback of Python.
fn frames<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in lines {
        let line = line.trim_end();
        if line.starts_with("  File \"") {
            frames.push(line.to_owned());
            is_open = true;
        } else if is_open && line.starts_with("    ") {
            if let Some(frame) = frames.last_mut() {
                frame.push('\n');
                frame.push_str(line);
            }
            is_open = false;
        } else {
            is_open = false;
        }
    }
    frames.split_off(frames.len().saturating_sub(FRAMES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_frames_are_told_with_their_code_and_without_marks() {
        let text = "Traceback (most recent call last):\n  File \"a.py\", line 1, in a\n    b()\n  File \"b.py\", line 2, in b\n    c()\n    ^^^\n  \
                    File \"c.py\", line 3, in c\n  File \"d.py\", line 4, in d\n    raise ValueError(\"x\")\nValueError: x";
        assert_eq!(
            frames(text.lines()),
            [
                "  File \"b.py\", line 2, in b\n    c()",
                "  File \"c.py\", line 3, in c",
                "  File \"d.py\", line 4, in d\n    raise ValueError(\"x\")"
            ]
        );
        assert!(frames("nothing of the kind".lines()).is_empty());
    }
}
