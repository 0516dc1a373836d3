//! Lines of a log as people read them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use updraft_layout::{Header, Line, LineCutter, LogIndex};

use super::file::LogFile;
use crate::failure::Failure;

/// A line is cut behind so many characters.
const CHARACTERS_MAX: usize = 20_000;
/// As many bytes as these characters may have.
const HEAD_MAX: usize = CHARACTERS_MAX * 4;
/// One answer has not much more text than this, in bytes; the lines that are left out can be asked for.
const TEXT_MAX: usize = 4 << 20;

/// A line of a log.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LogLine {
    /// Its number, from 0.
    n: u64,
    /// When it was written; only of the first line of an entry.
    #[schemars(with = "Option<String>")]
    at: Option<Timestamp>,
    /// How important the entry is that it begins; null if it begins none.
    level: Option<&'static str>,
    /// File and line of the program; only of the first line of an entry.
    source: Option<String>,
    /// The message, or the whole line if it begins no entry.
    text: String,
    /// Whether its end is left out.
    cut: bool,
    /// Where it begins in the log, in bytes, and how long it is, for a raw read.
    offset: u64,
    bytes: u64,
}

impl LogLine {
    pub(crate) fn number(&self) -> u64 {
        self.n
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

/// Reads lines `from` to before `until`, or fewer where they are long. Blocks.
///
/// # Errors
/// The log cannot be read.
pub(crate) fn read_lines(
    index: &LogIndex,
    file: &mut LogFile,
    (from, until): (u64, u64),
) -> Result<Vec<LogLine>, Failure> {
    let until = until.min(index.total());
    let mut lines = Vec::new();
    if from >= until {
        return Ok(lines);
    }
    let anchor = index.anchor(from);
    let mut cutter = LineCutter::new(anchor.line, anchor.offset, HEAD_MAX);
    let mut length = 0;
    let mut keep = |line: Line<'_>| {
        if line.number >= from {
            let line = shown(&line, index);
            length += line.text.len();
            lines.push(line);
        }
        line.number + 1 < until && length < TEXT_MAX
    };
    let mut goes_on = true;
    file.read(anchor.offset, &mut |piece| {
        goes_on = cutter.push(piece, &mut keep);
        Ok(goes_on)
    })?;
    if goes_on && let Some(line) = cutter.unfinished() {
        keep(line);
    }
    Ok(lines)
}

fn shown(line: &Line<'_>, index: &LogIndex) -> LogLine {
    let text = String::from_utf8_lossy(line.head);
    let level = index.level(line.number);
    // Whether an entry begins here is known; a text that looks like the beginning of one is none.
    let header = level.and_then(|_| Header::parse(&text));
    let (at, source, mut text) = match header {
        Some(header) => (header.at, Some(header.source), header.text),
        None => (None, None, text.into_owned()),
    };
    let end = text.char_indices().nth(CHARACTERS_MAX).map(|(end, _)| end);
    if let Some(end) = end {
        text.truncate(end);
    }
    LogLine {
        n: line.number,
        at,
        level: level.map(updraft_layout::Level::as_str),
        source,
        text,
        cut: end.is_some() || line.length > line.head.len() as u64,
        offset: line.offset,
        bytes: line.length,
    }
}
