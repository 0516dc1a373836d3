//! How the embedded database is opened: file, folder, and the settings of every connection.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::ConnectOptions;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::db::{DbOptions, SqliteDb};
use crate::error::{OpenError, SqlError, SqlErrorKind};
use crate::url::SqliteUrl;

/// The write-ahead log is cut back to this size (bytes) after a checkpoint.
const JOURNAL_SIZE_LIMIT: &str = "67108864";
/// The write-ahead log is moved into the file each time it has so many pages. The default, 1,000, writes pages that change all
/// the time again and again.
const CHECKPOINT_PAGES: &str = "4000";
/// Statements kept prepared per connection; more than a store has.
const STATEMENT_CACHE: usize = 256;

/// The pause before a file that is locked is opened again.
const OPEN_PAUSE: Duration = Duration::from_millis(20);

/// When a commit counts as safe on disk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// Survives the death of the process at any moment; may lose the last commits when power fails.
    #[default]
    Normal,
    /// Survives power loss too; every commit waits for the disk.
    Full,
}

/// Opens (or creates) the file: one connection that writes, some that read.
pub(crate) async fn open(
    url: &SqliteUrl,
    options: &DbOptions,
    place: &Arc<str>,
) -> Result<SqliteDb, OpenError> {
    prepare_file(&url.path, options.create)?;
    let connect = connect_options(&url.path, options);
    let writer = connect
        .clone()
        // In KiB if it is negative.
        .pragma("cache_size", format!("-{}", options.writer_cache_kib))
        .pragma("wal_autocheckpoint", CHECKPOINT_PAGES);
    let writer = open_writer(&writer, options, place).await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(options.readers_max)
        .idle_timeout(Some(Duration::from_mins(1)))
        .max_lifetime(None)
        .test_before_acquire(false)
        .acquire_timeout(options.acquire_timeout)
        .connect_lazy_with(connect.pragma("query_only", "ON"));
    Ok(SqliteDb {
        writer,
        readers,
        place: Arc::clone(place),
    })
}

/// The connection that writes. Processes that open a new file at once are in each other's way, because SQLite waits for no
/// lock while it changes the journal mode; so it is tried again.
async fn open_writer(
    connect: &SqliteConnectOptions,
    options: &DbOptions,
    place: &Arc<str>,
) -> Result<SqlitePool, SqlError> {
    let start = Instant::now();
    loop {
        let opened = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(options.acquire_timeout)
            .connect_with(connect.clone())
            .await;
        match opened.map_err(|error| SqlError::of(error, "open", place)) {
            Err(error) if error.kind() == SqlErrorKind::Locked && start.elapsed() < options.busy_timeout => {
                tokio::time::sleep(OPEN_PAUSE).await;
            }
            opened => return opened,
        }
    }
}

/// The settings of a connection; the file exists already.
fn connect_options(path: &Path, options: &DbOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(options.busy_timeout)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(match options.synchronous {
            Synchronous::Normal => SqliteSynchronous::Normal,
            Synchronous::Full => SqliteSynchronous::Full,
        })
        .foreign_keys(true)
        .pragma("journal_size_limit", JOURNAL_SIZE_LIMIT)
        .pragma("temp_store", "MEMORY")
        .statement_cache_capacity(STATEMENT_CACHE)
        .thread_name(|id| format!("sqlite-{id}"))
        .disable_statement_logging()
}

/// Makes the file with mode 0600 if it is missing and may be made; SQLite gives its log and index the same mode.
fn prepare_file(path: &Path, create: bool) -> Result<(), OpenError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(OpenError::NoFolder {
            path: path.to_owned(),
        });
    }
    if let Ok(status) = rustix::fs::statfs(folder)
        && let Some(file_system) = network_file_system(status.f_type as u64)
    {
        return Err(OpenError::NetworkFileSystem {
            path: path.to_owned(),
            file_system,
        });
    }
    if !create {
        return if fs::exists(path).unwrap_or(true) {
            Ok(())
        } else {
            Err(OpenError::NoFile {
                path: path.to_owned(),
            })
        };
    }
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
    {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => {
            let place = path.display().to_string().into();
            Err(SqlError::of(sqlx::Error::Io(error), "create the file", &place).into())
        }
    }
}

/// The name of a file system on which SQLite's shared memory and locks do not hold, by the magic number of `statfs(2)`.
fn network_file_system(magic: u64) -> Option<&'static str> {
    match magic & 0xffff_ffff {
        0x6969 => Some("NFS"),
        0x517b | 0xff53_4d42 | 0xfe53_4d42 => Some("SMB"),
        0x5346_414f | 0x6b41_4653 => Some("AFS"),
        0x0102_1997 => Some("9P"),
        0x7375_7245 => Some("Coda"),
        0x0bd0_0bd0 => Some("Lustre"),
        0x00c3_6400 => Some("Ceph"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_magic_number() {
        assert_eq!(network_file_system(0x6969), Some("NFS"));
        // Some kernels hand the number out with its sign extended.
        assert_eq!(network_file_system(0xffff_ffff_ff53_4d42), Some("SMB"));
        assert_eq!(network_file_system(0xef53), None);
    }
}
