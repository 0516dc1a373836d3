//! The records that the engine writes beside a log: where each entry begins, and its level.
//!
//! 8 bytes `UPLOGIX1`, then 8 bytes for each entry: a little-endian number whose upper 56 bits are the offset of the entry in the log, and
//! whose lower 8 bits are its level as Python numbers it.

use std::collections::VecDeque;

use super::level::Level;

const MAGIC: &[u8; 8] = b"UPLOGIX1";

/// Reads records from pieces of any length.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Bytes of a record that is not complete.
    partial: Vec<u8>,
    has_begun: bool,
    /// The file is something else; what comes is left out.
    is_foreign: bool,
    /// Records that nobody took yet.
    waiting: VecDeque<(u64, Level)>,
    /// The offset of the last record.
    last: Option<u64>,
}

impl Records {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.partial.extend_from_slice(bytes);
        let (records, rest) = self.partial.as_chunks::<8>();
        for record in records {
            if self.has_begun {
                let number = u64::from_le_bytes(*record);
                let offset = number >> 8;
                // Offsets rise; a record that falls back says nothing.
                if !self.is_foreign && self.last.is_none_or(|last| offset > last) {
                    self.last = Some(offset);
                    self.waiting
                        .push_back((offset, Level::from_number(number.to_le_bytes()[0])));
                }
            } else {
                self.has_begun = true;
                self.is_foreign = record != MAGIC;
            }
        }
        self.partial = rest.to_vec();
    }

    /// Whether there may be records of a log up to this offset that have not come yet.
    pub(super) fn lag_behind(&self, offset: u64) -> bool {
        !self.is_foreign && self.last.is_none_or(|last| last < offset)
    }

    pub(super) fn front(&self) -> Option<(u64, Level)> {
        self.waiting.front().copied()
    }

    pub(super) fn pop(&mut self) {
        self.waiting.pop_front();
    }
}
