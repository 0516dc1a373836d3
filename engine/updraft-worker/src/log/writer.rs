//! Writing the log of one attempt.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use updraft_protocol::message::LogLine;
use updraft_secrets::Masker;

use super::index::{IndexEntry, MAGIC};
use super::{LogFormat, index_path};

/// Entries are handed to the kernel when so many bytes have gathered, or when the attempt has nothing else to do.
const BUFFER_LENGTH: usize = 64 << 10;

/// A log could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the log `{}` cannot be written: {cause}; {}", path.display(), advice(cause))]
pub struct LogError {
    path: PathBuf,
    cause: io::Error,
}

fn advice(cause: &io::Error) -> &'static str {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space",
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            "make the folder writable, or set `[logging] base_log_folder` to another one"
        }
        _ => "check `[logging] base_log_folder`",
    }
}

/// The log of one attempt and its index. Readable only by this user.
#[derive(Debug)]
pub(crate) struct AttemptLog {
    path: PathBuf,
    log: File,
    index: File,
    /// Where the next entry begins.
    offset: u64,
    entries: Vec<u8>,
    records: Vec<u8>,
    format: LogFormat,
    masker: Arc<Masker>,
}

impl AttemptLog {
    /// Opens the log, behind what is in it already.
    pub(crate) fn open(path: PathBuf, format: LogFormat, masker: Arc<Masker>) -> Result<Self, LogError> {
        match open(&path) {
            Ok((log, offset, index, is_new)) => Ok(Self {
                path,
                log,
                index,
                offset,
                entries: Vec::new(),
                records: if is_new { MAGIC.to_vec() } else { Vec::new() },
                format,
                masker,
            }),
            Err(cause) => Err(LogError { path, cause }),
        }
    }

    /// Has the log mask more secrets from now on.
    pub(crate) fn masker(&mut self) -> &mut Masker {
        Arc::make_mut(&mut self.masker)
    }

    /// A text without secrets.
    pub(crate) fn mask(&self, text: &str) -> String {
        self.masker.mask(text).into_owned()
    }

    /// A document without secrets.
    pub(crate) fn mask_json(&self, document: &Value) -> Value {
        self.masker.mask_json(document)
    }

    /// Adds an entry.
    pub(crate) fn write(&mut self, line: &LogLine) -> Result<(), LogError> {
        let entry = self.format.write(line, &self.masker);
        let record = IndexEntry {
            offset: self.offset,
            level: line.level,
        };
        self.offset += entry.len() as u64;
        self.entries.extend_from_slice(entry.as_bytes());
        self.records.extend_from_slice(&record.to_bytes());
        if self.entries.len() >= BUFFER_LENGTH {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Hands everything to the kernel, so that readers see it.
    pub(crate) fn flush(&mut self) -> Result<(), LogError> {
        if self.entries.is_empty() {
            return Ok(());
        }
        let written = self
            .log
            .write_all(&self.entries)
            .and_then(|()| self.index.write_all(&self.records));
        self.entries.clear();
        self.records.clear();
        written.map_err(|cause| LogError {
            path: self.path.clone(),
            cause,
        })
    }
}

/// Writes a log with its index at once, as the supervisor of an attempt writes it line by line; behind what is in it already. For
/// histories that are made up.
///
/// # Errors
/// [`LogError`].
pub fn write_log(
    path: PathBuf,
    format: LogFormat,
    lines: impl IntoIterator<Item = LogLine>,
) -> Result<(), LogError> {
    let mut log = AttemptLog::open(path, format, Arc::new(Masker::new(&[])))?;
    lines.into_iter().try_for_each(|line| log.write(&line))?;
    log.flush()
}

/// Log, its length, index, and whether that is new.
fn open(path: &Path) -> io::Result<(File, u64, File, bool)> {
    let open = |path: &Path| {
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
    };
    let log = match open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let folder = path.parent().unwrap_or(Path::new("/"));
            DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
            open(path)
        }
        log => log,
    };
    let mut log = log?;
    let length = log.seek(SeekFrom::End(0))?;
    let mut index = open(&index_path(path))?;
    let is_new = index.seek(SeekFrom::End(0))? == 0;
    Ok((log, length, index, is_new))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use serde_json::{Map, json};
    use updraft_layout::{Header, Level, LevelSource, LogIndex};
    use updraft_protocol::message::LogLevel;

    use super::*;
    use crate::read_index;

    fn line(level: LogLevel, event: &str) -> LogLine {
        LogLine {
            timestamp: "2024-01-12T06:00:00.0419Z".parse().unwrap(),
            level,
            logger: "etl::sync".to_owned(),
            file: Some("src/sync.rs".to_owned()),
            line: Some(12),
            event: event.to_owned(),
            fields: Map::from_iter([("page".to_owned(), json!(3)), ("who".to_owned(), json!("a b"))]),
        }
    }

    fn log(folder: &Path, format: LogFormat) -> AttemptLog {
        AttemptLog::open(
            folder.join("a/b/attempt=1.log"),
            format,
            Arc::new(Masker::new(&[])),
        )
        .unwrap()
    }

    #[test]
    fn entries_are_airflows_text_and_secrets_are_masked() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = log(folder.path(), LogFormat::Text);
        log.write(&line(LogLevel::Info, "page done")).unwrap();
        log.masker().add_secret("hunter22");
        log.write(&line(LogLevel::Error, "login hunter22 refused\nat the door"))
            .unwrap();
        log.flush().unwrap();
        insta::assert_snapshot!(fs::read_to_string(&log.path).unwrap());
    }

    #[test]
    fn entries_may_be_json() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = log(folder.path(), LogFormat::Json);
        log.masker().add_secret("hunter22");
        log.write(&line(LogLevel::Warning, "login hunter22 refused"))
            .unwrap();
        log.flush().unwrap();
        insta::assert_snapshot!(fs::read_to_string(&log.path).unwrap());
    }

    #[test]
    fn the_index_tells_where_entries_begin_also_after_opening_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/attempt=1.log");
        for level in [LogLevel::Info, LogLevel::Error] {
            let mut log = log(folder.path(), LogFormat::Text);
            log.write(&line(level, "one\ntwo")).unwrap();
            log.write(&line(LogLevel::Debug, "three")).unwrap();
            log.flush().unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        let entries = read_index(&path).unwrap().unwrap();
        let levels: Vec<LogLevel> = entries.iter().map(|entry| entry.level).collect();
        assert_eq!(
            levels,
            [LogLevel::Info, LogLevel::Debug, LogLevel::Error, LogLevel::Debug]
        );
        for entry in entries {
            let rest = &text[entry.offset as usize..];
            assert!(
                rest.starts_with("[2024-01-12T06:00:00.041+0000] {sync.rs:12} "),
                "{rest}"
            );
            assert!(rest.lines().next().unwrap().contains(entry.level.as_str()));
        }
    }

    #[test]
    fn readers_of_the_interface_find_every_line_and_level() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let folder = tempfile::tempdir().unwrap();
            let mut log = log(folder.path(), format);
            log.write(&line(LogLevel::Warning, "one\nCRITICAL")).unwrap();
            log.write(&line(LogLevel::Critical, "three")).unwrap();
            log.flush().unwrap();
            let text = fs::read_to_string(&log.path).unwrap();
            let mut by_records = LogIndex::new(LevelSource::Records);
            by_records.push(text.as_bytes());
            by_records.push_records(&fs::read(index_path(&log.path)).unwrap());
            let mut by_headers = LogIndex::new(LevelSource::Headers);
            by_headers.push(text.as_bytes());
            for (number, written) in text.lines().enumerate() {
                let header = Header::parse(written);
                let level = header.as_ref().map(|header| header.level);
                assert_eq!(by_records.level(number as u64), level, "{written}");
                assert_eq!(by_headers.level(number as u64), level, "{written}");
                if let Some(header) = header {
                    assert_eq!(header.source.rsplit('/').next(), Some("sync.rs:12"));
                    assert_eq!(
                        header.at.unwrap().as_second(),
                        line(LogLevel::Info, "").timestamp.as_second()
                    );
                }
            }
            assert_eq!(by_records.counts().of(Level::Critical), 1);
        }
    }

    #[test]
    fn only_this_user_may_read_logs() {
        let folder = tempfile::tempdir().unwrap();
        let log = log(folder.path(), LogFormat::Text);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&log.path), mode(&index_path(&log.path))), (0o600, 0o600));
        assert_eq!(mode(log.path.parent().unwrap()), 0o700);
    }

    #[test]
    fn a_full_disk_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("attempt=1.log");
        std::os::unix::fs::symlink("/dev/full", &path).unwrap();
        let mut log = AttemptLog::open(path.clone(), LogFormat::Text, Arc::new(Masker::new(&[]))).unwrap();
        log.write(&line(LogLevel::Info, "x")).unwrap();
        let error = log.flush().unwrap_err().to_string();
        let expected = format!(
            "the log `{}` cannot be written: No space left on device (os error 28); free some space",
            path.display()
        );
        assert_eq!(error, expected);
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "a file where a folder should be").unwrap();
        let path = folder.path().join("a/attempt=1.log");
        let error = AttemptLog::open(path, LogFormat::Text, Arc::new(Masker::new(&[])))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("cannot be written: Not a directory (os error 20); check"),
            "{error}"
        );
    }
}
