//! The level index of a log: where each entry begins, and how important it is.
//!
//! The file starts with the 8 bytes `UPLOGIX1`. A record of 8 bytes follows for each entry of the log, in their order:
//! a little-endian number whose upper 56 bits are the offset of the entry's first byte in the log, and whose lower 8
//! bits are its level, as Python numbers them (10 to 50). Records have one size and rising offsets, so any part of a
//! log can be found without reading the rest.

use std::fs;
use std::io;
use std::path::Path;

use updraft_protocol::message::LogLevel;

/// What every index begins with.
pub(super) const MAGIC: &[u8; 8] = b"UPLOGIX1";

/// One entry of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexEntry {
    /// Where it begins in the log, in bytes.
    pub offset: u64,
    /// How important it is.
    pub level: LogLevel,
}

impl IndexEntry {
    pub(super) const fn to_bytes(self) -> [u8; 8] {
        ((self.offset << 8) | self.level.number() as u64).to_le_bytes()
    }

    fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        let number = u64::from_le_bytes(bytes);
        Some(Self {
            offset: number >> 8,
            level: LogLevel::from_number(number.to_le_bytes()[0])?,
        })
    }
}

/// Reads the index of a log; the log may have entries behind the last one here. `None` if there is no index.
///
/// # Errors
/// The file cannot be read, or is no index.
pub fn read_index(log: &Path) -> io::Result<Option<Vec<IndexEntry>>> {
    let bytes = match fs::read(super::index_path(log)) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let wrong = || io::Error::new(io::ErrorKind::InvalidData, "not a level index");
    let records = bytes.strip_prefix(MAGIC).ok_or_else(wrong)?;
    // A record that is not complete is still being written.
    let (records, _) = records.as_chunks::<8>();
    records
        .iter()
        .map(|record| IndexEntry::from_bytes(*record).ok_or_else(wrong))
        .collect::<Result<_, _>>()
        .map(Some)
}
