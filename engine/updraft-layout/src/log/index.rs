//! An index of a log that is read once, in pieces, and may still grow.
//!
//! It keeps half a byte per line and an [`Anchor`] per 1,000 lines, so 1,000,000 lines cost half a mebibyte.

use std::collections::VecDeque;

use super::header;
use super::level::Level;
use super::records::Records;

/// Lines between two anchors.
const ANCHOR_LINES: u64 = 1000;
/// Bytes between two anchors, where lines are long.
const ANCHOR_BYTES: u64 = 1 << 20;
/// How many lines wait for their records. The engine writes records right behind their entries, so these are more than it ever leaves open.
const WAITING_MAX: usize = 1 << 16;

/// Where levels come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelSource {
    /// From what the engine wrote beside the log.
    Records,
    /// From the field at the beginning of each entry.
    Headers,
}

/// A line whose place is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// Its number, from 0.
    pub line: u64,
    /// Where it begins in the log, in bytes.
    pub offset: u64,
}

/// How many entries there are of each level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([u64; 5]);

impl Counts {
    /// How many there are of a level.
    pub fn of(&self, level: Level) -> u64 {
        self.0[level.at()]
    }
}

/// A line that deserves a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Its number, from 0.
    pub line: u64,
    /// How important it is.
    pub level: Level,
}

/// In which direction to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the end.
    Next,
    /// To the beginning.
    Previous,
}

/// Lines and levels of a log.
#[derive(Debug)]
pub struct LogIndex {
    source: LevelSource,
    anchors: Vec<Anchor>,
    /// Two lines per byte: 0 if the line begins no entry, else its level and 1.
    levels: Vec<u8>,
    counts: Counts,
    first_error: Option<u64>,
    /// The number of lines that have ended.
    finished: u64,
    /// Bytes that were read.
    bytes: u64,
    /// Where the line begins that has not ended.
    line_start: u64,
    /// Its first bytes; only where headers tell the levels.
    beginning: Vec<u8>,
    records: Records,
    /// Beginnings of lines whose records have not come.
    waiting: VecDeque<Anchor>,
}

impl LogIndex {
    /// The index of an empty log.
    pub fn new(source: LevelSource) -> Self {
        let first = Anchor { line: 0, offset: 0 };
        Self {
            source,
            anchors: vec![first],
            levels: Vec::new(),
            counts: Counts::default(),
            first_error: None,
            finished: 0,
            bytes: 0,
            line_start: 0,
            beginning: Vec::new(),
            records: Records::default(),
            waiting: VecDeque::from([first]),
        }
    }

    /// Takes the next bytes of the log.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes) {
            self.keep_beginning(bytes.get(start..end).unwrap_or_default());
            start = end + 1;
            self.end_line(self.bytes + start as u64);
        }
        self.keep_beginning(bytes.get(start..).unwrap_or_default());
        self.bytes += bytes.len() as u64;
        self.settle();
    }

    /// Takes the next bytes of what the engine wrote beside the log.
    pub fn push_records(&mut self, bytes: &[u8]) {
        self.records.push(bytes);
        self.settle();
    }

    /// Whether there may be more records of what is known of the log.
    pub fn wants_records(&self) -> bool {
        self.source == LevelSource::Records && self.records.lag_behind(self.line_start)
    }

    fn keep_beginning(&mut self, bytes: &[u8]) {
        if self.source == LevelSource::Headers && self.beginning.len() < header::LENGTH_MAX {
            let room = header::LENGTH_MAX - self.beginning.len();
            self.beginning
                .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
    }

    /// A line ends before the byte at `next`.
    fn end_line(&mut self, next: u64) {
        if self.source == LevelSource::Headers {
            if let Some(level) = header::level(&self.beginning) {
                self.set_level(self.finished, level);
            }
            self.beginning.clear();
        }
        self.finished += 1;
        self.line_start = next;
        let line = Anchor {
            line: self.finished,
            offset: next,
        };
        let last = self
            .anchors
            .last()
            .copied()
            .unwrap_or(Anchor { line: 0, offset: 0 });
        if line.line - last.line >= ANCHOR_LINES || line.offset - last.offset >= ANCHOR_BYTES {
            self.anchors.push(line);
        }
        if self.source == LevelSource::Records {
            self.waiting.push_back(line);
            if self.waiting.len() > WAITING_MAX {
                self.settle();
                if self.waiting.len() > WAITING_MAX {
                    self.waiting.pop_front();
                }
            }
        }
    }

    /// Brings lines and records together.
    fn settle(&mut self) {
        while let (Some(line), Some((offset, level))) = (self.waiting.front().copied(), self.records.front())
        {
            if line.offset <= offset {
                self.waiting.pop_front();
            }
            if offset <= line.offset {
                self.records.pop();
            }
            if line.offset == offset {
                self.set_level(line.line, level);
            }
        }
    }

    fn set_level(&mut self, line: u64, level: Level) {
        let (at, shift) = ((line / 2) as usize, line % 2 * 4);
        if self.levels.len() <= at {
            self.levels.resize(at + 1, 0);
        }
        self.levels[at] |= (level.at() as u8 + 1) << shift;
        self.counts.0[level.at()] += 1;
        if level >= Level::Error && self.first_error.is_none_or(|first| line < first) {
            self.first_error = Some(line);
        }
    }

    /// How many lines there are, one that has not ended included.
    pub fn total(&self) -> u64 {
        self.finished + u64::from(self.bytes > self.line_start)
    }

    /// How many lines have ended.
    pub fn finished(&self) -> u64 {
        self.finished
    }

    /// How many bytes were read.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many lines there are whose level is settled, of those that have ended: no record of them can come any more.
    pub fn settled(&self) -> u64 {
        match (self.source, self.waiting.front()) {
            (LevelSource::Records, Some(first)) => first.line.min(self.finished),
            (LevelSource::Records, None) | (LevelSource::Headers, _) => self.finished,
        }
    }

    /// How much memory it takes, in bytes.
    pub fn weight(&self) -> usize {
        self.levels.capacity() + (self.anchors.capacity() + self.waiting.capacity()) * size_of::<Anchor>()
    }

    /// The level of the entry that a line begins; `None` if it begins none.
    pub fn level(&self, line: u64) -> Option<Level> {
        let byte = self.levels.get((line / 2) as usize)?;
        let number = (byte >> (line % 2 * 4)) & 0xf;
        Level::ALL.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// How many entries there are of each level.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The first line with level error or critical.
    pub fn first_error(&self) -> Option<u64> {
        self.first_error
    }

    /// The last known place at or before a line: not more than 1,000 lines before it, if there is such a line.
    pub fn anchor(&self, line: u64) -> Anchor {
        let behind = self.anchors.partition_point(|anchor| anchor.line <= line);
        self.anchors[behind.saturating_sub(1)]
    }

    /// The next line from another one, that one not included, of this level or a more important one.
    pub fn near(&self, line: u64, level: Level, way: Way) -> Option<u64> {
        let fits = |line: &u64| self.level(*line).is_some_and(|of| of >= level);
        let end = self.levels.len() as u64 * 2;
        match way {
            Way::Next => (line.saturating_add(1).min(end)..end).find(fits),
            Way::Previous => (0..line.min(end)).rev().find(fits),
        }
    }

    /// Lines of level warning or a more important one. If there are more than `max`, the log is divided into `max` parts, and the first
    /// of the most important ones of each part is given.
    pub fn marks(&self, max: usize) -> Vec<Mark> {
        let all = || {
            (0..self.levels.len() as u64 * 2).filter_map(|line| {
                let level = self.level(line)?;
                (level >= Level::Warning).then_some(Mark { line, level })
            })
        };
        let count: u64 = Level::ALL[Level::Warning.at()..]
            .iter()
            .map(|level| self.counts.of(*level))
            .sum();
        if count <= max as u64 {
            return all().collect();
        }
        let part = |mark: &Mark| mark.line * max as u64 / self.total().max(1);
        let mut marks: Vec<Mark> = Vec::with_capacity(max);
        for mark in all() {
            match marks.last_mut() {
                Some(last) if part(last) == part(&mark) => {
                    if mark.level > last.level {
                        *last = mark;
                    }
                }
                _ => marks.push(mark),
            }
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_costs_half_a_byte() {
        let mut index = LogIndex::new(LevelSource::Headers);
        for _ in 0..1000 {
            index.push(&b"[2024-01-12T06:00:00.000+0000] {a.rs:1} INFO - x\n".repeat(100));
        }
        assert_eq!(
            (index.total(), index.counts().of(Level::Info)),
            (100_000, 100_000)
        );
        assert!(index.levels.len() <= 50_000 && index.anchors.len() <= 101 && index.waiting.len() <= 1);
    }

    #[test]
    fn lines_whose_records_never_come_are_forgotten() {
        let mut index = LogIndex::new(LevelSource::Records);
        index.push(&b"x\n".repeat(WAITING_MAX * 3));
        assert!(index.waiting.len() <= WAITING_MAX + 1);
    }
}
