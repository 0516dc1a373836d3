//! Logs of made-up attempts.

use std::path::Path;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::Map;
use updraft_model::TaskInstanceState;
use updraft_protocol::message::{LogLevel, LogLine};
use updraft_store::{HistoricRun, HistoricTry};
use updraft_worker::{LogFormat, log_path, write_log};

const MESSAGES: [&str; 6] = [
    "read a page of rows from the source",
    "wrote a batch to the warehouse, 500 rows, 3 rejected",
    "waiting for the partition to become complete",
    "the cache has no entry, asking the service instead",
    "checkpoint saved",
    "row 4711: field `amount` is empty, using 0",
];

/// Writes a log of so many lines for each try of a run.
///
/// # Errors
/// A log cannot be written.
pub(super) fn write(run: &HistoricRun, lines: u32, folder: &Path, random: &mut ChaCha8Rng) -> Result<()> {
    for task in &run.tasks {
        let key = run.key.task(task.task_id.clone(), task.map_index);
        for one in &task.tries {
            let path = log_path(folder, &key, one.try_number);
            let all = (0..lines).map(|line| draw(one, line, lines, random));
            write_log(path, LogFormat::Text, all)?;
        }
    }
    Ok(())
}

fn draw(one: &HistoricTry, line: u32, lines: u32, random: &mut ChaCha8Rng) -> LogLine {
    let start = one.start_date.unwrap_or(Timestamp::UNIX_EPOCH);
    let end = one.end_date.unwrap_or(start + SignedDuration::from_mins(1));
    let took = end.duration_since(start).as_micros() as i64;
    let at = start + SignedDuration::from_micros(took / i64::from(lines) * i64::from(line));
    let is_last = line + 1 == lines;
    let (level, event) = if is_last && one.state == TaskInstanceState::Failed {
        (
            LogLevel::Error,
            "the task failed: connection refused by upstream service",
        )
    } else {
        let level = match random.random_range(0..100) {
            0 => LogLevel::Error,
            1..=4 => LogLevel::Warning,
            5..=14 => LogLevel::Debug,
            _ => LogLevel::Info,
        };
        (level, MESSAGES[random.random_range(0..MESSAGES.len())])
    };
    LogLine {
        timestamp: at,
        level,
        logger: "etl".to_owned(),
        file: Some("etl.py".to_owned()),
        line: Some(random.random_range(1..400)),
        event: event.to_owned(),
        fields: Map::new(),
    }
}
