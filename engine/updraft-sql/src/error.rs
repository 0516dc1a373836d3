//! What can go wrong with a database, told apart and said in words that tell a person what to do.

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::batch::EncodeError;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Why a statement or a connection failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlErrorKind {
    /// Another process held the lock for longer than the busy timeout. A retry helps.
    Locked,
    /// File, folder or server is read-only, or the user may not write.
    ReadOnly,
    /// The disk of the database is full.
    DiskFull,
    /// The file cannot be opened or created.
    CannotOpen,
    /// The file is damaged, or no SQLite database.
    Damaged,
    /// Reading or writing the file failed in the operating system.
    Io,
    /// No connection to the server. A retry may help.
    Unreachable,
    /// The server has no connection left, or the pool gave none in time. A retry helps.
    Busy,
    /// The server refused user or password.
    Authentication,
    /// The server has no database of that name.
    NoSuchDatabase,
    /// The user lacks a right.
    Denied,
    /// A table or column is missing: the schema was not migrated.
    NotMigrated,
    /// Two transactions got in each other's way and this one was rolled back. A retry helps.
    Conflict,
    /// A row with that key exists.
    Duplicate,
    /// A row breaks another constraint of its table.
    Constraint,
    /// A value was refused before it was sent: see [`crate::ColumnType`].
    InvalidValue,
    /// A row from the database does not read as what was asked for.
    InvalidRow,
    /// Anything else: a bug, or a failure of the server.
    Other,
}

/// A failed statement or connection: its kind, the statement, the database, and the cause.
#[derive(Debug)]
pub struct SqlError {
    kind: SqlErrorKind,
    statement: &'static str,
    place: Arc<str>,
    source: Source,
}

impl SqlError {
    /// An error of a kind; `statement` is the catalogue name or what was being done, `place` the database.
    pub(crate) fn new(
        kind: SqlErrorKind,
        statement: &'static str,
        place: &Arc<str>,
        source: impl Into<Source>,
    ) -> Self {
        Self {
            kind,
            statement,
            place: Arc::clone(place),
            source: source.into(),
        }
    }

    /// Classifies an error of the driver.
    pub(crate) fn of(error: sqlx::Error, statement: &'static str, place: &Arc<str>) -> Self {
        Self::new(classify(&error), statement, place, unwrapped(error))
    }

    /// A value that was refused before it was sent.
    pub(crate) fn encode(error: EncodeError, statement: &'static str, place: &Arc<str>) -> Self {
        Self::new(SqlErrorKind::InvalidValue, statement, place, error)
    }

    /// A row that does not read as what the caller wanted; `what` says which column and why.
    pub fn invalid_row(what: impl Into<String>) -> Self {
        Self::new(SqlErrorKind::InvalidRow, "", &Arc::from(""), what.into())
    }

    /// What went wrong.
    pub fn kind(&self) -> SqlErrorKind {
        self.kind
    }

    /// The name of the statement that failed; empty if none was running.
    pub fn statement(&self) -> &'static str {
        self.statement
    }

    /// Whether the same call may succeed later without anybody doing anything.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            SqlErrorKind::Locked | SqlErrorKind::Unreachable | SqlErrorKind::Busy | SqlErrorKind::Conflict
        )
    }

    /// Whether a row with that key exists already.
    pub fn is_duplicate(&self) -> bool {
        self.kind == SqlErrorKind::Duplicate
    }
}

/// The cause itself, without the driver's envelope, whose text repeats it.
fn unwrapped(error: sqlx::Error) -> Source {
    match error {
        sqlx::Error::Database(cause) => cause.into_error(),
        sqlx::Error::Io(cause) => cause.into(),
        other => other.into(),
    }
}

impl SqlErrorKind {
    /// What a person reads after "database `PLACE`"; `None` if the trouble is with a statement, not with the database.
    fn about_the_database(self) -> Option<&'static str> {
        match self {
            Self::Locked => {
                Some("is locked: another process is writing for too long; wait for it to end or stop it")
            }
            Self::ReadOnly => {
                Some("cannot be written: its file, folder or server is read-only for this user")
            }
            Self::DiskFull => Some("has no space left on its disk; free some and start again"),
            Self::CannotOpen => {
                Some("cannot be opened: does its folder exist, and may this user read and write there?")
            }
            Self::Damaged => {
                Some("is damaged or no SQLite database; restore it from a backup or name another file")
            }
            Self::Io => Some("cannot be read or written; check its disk and the space left on it"),
            Self::Unreachable => {
                Some("cannot be reached; does the server run, and are host, port and TLS settings right?")
            }
            Self::Busy => Some("has no connection left; try again, or allow more of them"),
            Self::Authentication => Some("refused the user or the password of the connection URL"),
            Self::NoSuchDatabase => Some("does not exist on that server; create it first"),
            Self::Denied
            | Self::NotMigrated
            | Self::Conflict
            | Self::Duplicate
            | Self::Constraint
            | Self::InvalidValue
            | Self::InvalidRow
            | Self::Other => None,
        }
    }

    /// What a person reads after "statement `NAME`".
    fn about_the_statement(self) -> &'static str {
        match self {
            Self::Denied => "needs a right that the user of the database lacks",
            Self::NotMigrated => "found a table or column missing; migrate the database first",
            Self::Conflict => "met a concurrent change; try again",
            Self::Duplicate => "met a row with the same key",
            Self::Constraint => "breaks a constraint of its table",
            Self::InvalidValue => "got a value that cannot be stored",
            Self::InvalidRow => "gave a row that cannot be read",
            _ => "failed",
        }
    }
}

impl fmt::Display for SqlError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind.about_the_database() {
            Some(trouble) => write!(formatter, "database `{}` {trouble}", self.place),
            None => write!(
                formatter,
                "statement `{}` {}",
                self.statement,
                self.kind.about_the_statement()
            ),
        }
    }
}

impl std::error::Error for SqlError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite's locks and shared memory do not work across machines. Final.
    #[error(
        "database `{}` lies on a network file system ({file_system}), where SQLite loses data; \
         name a file on a local disk, or a PostgreSQL server",
        path.display()
    )]
    NetworkFileSystem {
        /// The database file.
        path: PathBuf,
        /// The kind of file system, such as `NFS`.
        file_system: &'static str,
    },
    /// The folder of the file is missing. Final.
    #[error("the folder of database `{}` does not exist; create it first", path.display())]
    NoFolder {
        /// The database file.
        path: PathBuf,
    },
    /// The file is missing and was not to be created. Final.
    #[error("database `{}` does not exist; initialise it first", path.display())]
    NoFile {
        /// The database file.
        path: PathBuf,
    },
    /// Connecting failed; [`SqlError::is_retryable`] says whether a retry may help.
    #[error(transparent)]
    Sql(#[from] SqlError),
}

/// Errors that may say "a concurrent transaction won, run yours again".
pub trait Conflict {
    /// Whether the transaction was rolled back for a serialisation failure or a deadlock and may simply run again.
    fn is_conflict(&self) -> bool;
}

impl Conflict for SqlError {
    fn is_conflict(&self) -> bool {
        self.kind == SqlErrorKind::Conflict
    }
}

/// Runs a whole transaction, and again (at most 5 times in all, with a short growing pause) as long as it ends in a
/// [`Conflict`]. Safe because a conflict says that the database rolled everything back; a lost connection during a
/// commit is no conflict and is not retried.
///
/// # Errors
/// The last error of `transaction`.
pub async fn retry_conflicts<T, E, F, R>(mut transaction: F) -> Result<T, E>
where
    E: Conflict,
    F: FnMut() -> R,
    R: Future<Output = Result<T, E>>,
{
    let mut pause = Duration::from_millis(2);
    for _ in 0..4 {
        match transaction().await {
            Err(error) if error.is_conflict() => tokio::time::sleep(pause).await,
            result => return result,
        }
        pause *= 3;
    }
    transaction().await
}

/// The kind of an error of the driver.
fn classify(error: &sqlx::Error) -> SqlErrorKind {
    match error {
        sqlx::Error::Database(database) => {
            let code = database.code().unwrap_or(Cow::Borrowed(""));
            if database
                .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
                .is_some()
            {
                classify_postgres(&code)
            } else {
                classify_sqlite(code.parse().unwrap_or(0), database.message())
            }
        }
        sqlx::Error::Io(error) => classify_io(error.kind()),
        sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            SqlErrorKind::Unreachable
        }
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => SqlErrorKind::Busy,
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::RowNotFound
        | sqlx::Error::TypeNotFound { .. } => SqlErrorKind::InvalidRow,
        sqlx::Error::Encode(_) => SqlErrorKind::InvalidValue,
        _ => SqlErrorKind::Other,
    }
}

/// Errors of the operating system: of a file that is made, or of a connection.
fn classify_io(kind: io::ErrorKind) -> SqlErrorKind {
    match kind {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => SqlErrorKind::ReadOnly,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => SqlErrorKind::DiskFull,
        io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => SqlErrorKind::CannotOpen,
        _ => SqlErrorKind::Unreachable,
    }
}

/// SQLSTATE codes, of PostgreSQL's appendix A.
fn classify_postgres(code: &str) -> SqlErrorKind {
    match code {
        "28000" | "28P01" => SqlErrorKind::Authentication,
        "3D000" => SqlErrorKind::NoSuchDatabase,
        "25006" => SqlErrorKind::ReadOnly,
        "40001" | "40P01" => SqlErrorKind::Conflict,
        "42501" => SqlErrorKind::Denied,
        "3F000" | "42703" | "42P01" => SqlErrorKind::NotMigrated,
        "53100" => SqlErrorKind::DiskFull,
        "53300" => SqlErrorKind::Busy,
        "55P03" => SqlErrorKind::Locked,
        "57P01" | "57P02" | "57P03" => SqlErrorKind::Unreachable,
        "23505" => SqlErrorKind::Duplicate,
        "58030" => SqlErrorKind::Io,
        code if code.starts_with("08") => SqlErrorKind::Unreachable,
        code if code.starts_with("23") => SqlErrorKind::Constraint,
        _ => SqlErrorKind::Other,
    }
}

/// SQLite's extended result codes: the low byte is the primary code.
fn classify_sqlite(code: i32, message: &str) -> SqlErrorKind {
    const UNIQUE: i32 = 2067;
    const PRIMARY_KEY: i32 = 1555;
    match code & 0xff {
        1 if message.starts_with("no such table") || message.starts_with("no such column") => {
            SqlErrorKind::NotMigrated
        }
        3 | 23 => SqlErrorKind::Denied,
        5 | 6 => SqlErrorKind::Locked,
        8 => SqlErrorKind::ReadOnly,
        10 => SqlErrorKind::Io,
        11 | 26 => SqlErrorKind::Damaged,
        13 => SqlErrorKind::DiskFull,
        14 => SqlErrorKind::CannotOpen,
        19 if code == UNIQUE || code == PRIMARY_KEY => SqlErrorKind::Duplicate,
        19 => SqlErrorKind::Constraint,
        _ => SqlErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_are_told_apart() {
        for (code, kind) in [
            ("28P01", SqlErrorKind::Authentication),
            ("40P01", SqlErrorKind::Conflict),
            ("08006", SqlErrorKind::Unreachable),
            ("23503", SqlErrorKind::Constraint),
            ("42601", SqlErrorKind::Other),
        ] {
            assert_eq!(classify_postgres(code), kind, "{code}");
        }
        for (code, kind) in [
            (5, SqlErrorKind::Locked),
            (517, SqlErrorKind::Locked),
            (13, SqlErrorKind::DiskFull),
            (1032, SqlErrorKind::ReadOnly),
            (2067, SqlErrorKind::Duplicate),
            (787, SqlErrorKind::Constraint),
            (21, SqlErrorKind::Other),
        ] {
            assert_eq!(classify_sqlite(code, ""), kind, "{code}");
        }
    }

    #[tokio::test]
    async fn conflicts_are_retried_five_times_and_nothing_else_is() {
        for (kind, runs) in [(SqlErrorKind::Conflict, 5), (SqlErrorKind::Locked, 1)] {
            let mut count = 0;
            let result: Result<(), SqlError> = retry_conflicts(|| {
                count += 1;
                async move { Err(SqlError::new(kind, "test", &Arc::from("db"), "lost")) }
            })
            .await;
            assert_eq!((result.unwrap_err().kind(), count), (kind, runs));
        }
    }
}
