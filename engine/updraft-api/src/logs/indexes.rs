//! What is known of logs: an index of each that was asked for lately, grown when the log has grown, begun anew when it has shrunk or is
//! another file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use updraft_layout::{LevelSource, LogIndex};
use updraft_model::index_path;

use super::file::LogFile;
use crate::failure::Failure;

/// Indexes of so many logs are kept.
const LOGS_MAX: usize = 64;
/// Indexes together are not larger than this, in bytes; the newest one is kept in any case.
const BYTES_MAX: usize = 24 << 20;

/// An index and what it is of.
#[derive(Debug)]
struct Known {
    identity: (u64, u64),
    source: LevelSource,
    /// Bytes that were read of the records beside the log.
    records: u64,
    index: LogIndex,
}

type Shared = Arc<Mutex<Option<Known>>>;

/// The indexes that are kept, the one that was asked for last at the end.
#[derive(Debug, Default)]
pub(crate) struct Indexes(Mutex<Vec<Entry>>);

#[derive(Debug)]
struct Entry {
    path: PathBuf,
    known: Shared,
    /// How large it was when it was asked for last.
    bytes: usize,
}

impl Indexes {
    /// Brings the index of a log up to date and has it looked at. Blocks.
    ///
    /// # Errors
    /// The log, or what is beside it, cannot be read; or that of `look`.
    pub(crate) fn with<T>(
        &self,
        (folder, path): (&Path, &Path),
        file: &mut LogFile,
        look: impl FnOnce(&LogIndex, &mut LogFile) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let shared = self.shared(path);
        let mut known = lock(&shared);
        let mut current = grown(known.take(), (folder, path), file)?;
        self.weigh(path, current.index.weight());
        let result = look(&current.index, file);
        current.identity = file.identity;
        *known = Some(current);
        result
    }

    fn shared(&self, path: &Path) -> Shared {
        let mut entries = lock(&self.0);
        let entry = match entries.iter().position(|entry| entry.path == path) {
            Some(at) => entries.remove(at),
            None => Entry {
                path: path.to_owned(),
                known: Shared::default(),
                bytes: 0,
            },
        };
        let known = Arc::clone(&entry.known);
        entries.push(entry);
        known
    }

    /// Notes how large an index is, and forgets those that were not asked for longest where there are too many.
    fn weigh(&self, path: &Path, bytes: usize) {
        let mut entries = lock(&self.0);
        if let Some(entry) = entries.iter_mut().find(|entry| entry.path == path) {
            entry.bytes = bytes;
        }
        while entries.len() > 1
            && (entries.len() > LOGS_MAX
                || entries.iter().map(|entry| entry.bytes).sum::<usize>() > BYTES_MAX)
        {
            entries.remove(0);
        }
    }
}

/// The index of all that the log has now.
fn grown(known: Option<Known>, (folder, path): (&Path, &Path), file: &mut LogFile) -> Result<Known, Failure> {
    let mut records = LogFile::open(folder, &index_path(path))?;
    let source = match records {
        Some(_) => LevelSource::Records,
        None => LevelSource::Headers,
    };
    let is_same = |known: &Known| {
        known.identity == file.identity && known.index.bytes() <= file.length && known.source == source
    };
    let mut known = known.filter(is_same).unwrap_or_else(|| Known {
        identity: file.identity,
        source,
        records: 0,
        index: LogIndex::new(source),
    });
    let from = known.index.bytes();
    file.read(from, &mut |piece| {
        known.index.push(piece);
        take_records(&mut known, records.as_mut())?;
        Ok(true)
    })?;
    take_records(&mut known, records.as_mut())?;
    Ok(known)
}

/// Reads records until they are as far as the log.
fn take_records(known: &mut Known, records: Option<&mut LogFile>) -> Result<(), Failure> {
    let Some(records) = records else { return Ok(()) };
    if !known.index.wants_records() || known.records >= records.length {
        return Ok(());
    }
    let (index, read) = (&mut known.index, &mut known.records);
    records.read(*read, &mut |piece| {
        index.push_records(piece);
        *read += piece.len() as u64;
        Ok(index.wants_records())
    })
}

/// What is behind a lock is consistent at any time, so a panic of another thread does no harm.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
