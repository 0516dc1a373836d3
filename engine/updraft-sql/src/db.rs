//! The open database.

use std::sync::Arc;
use std::time::Duration;

use futures::stream::{BoxStream, StreamExt};
use sqlx::{PgPool, SqlitePool};

use crate::error::{OpenError, SqlError};
use crate::row::Row;
use crate::sqlite::Synchronous;
use crate::statement::{Backend, Query};
use crate::tx::Tx;
use crate::url::DatabaseUrl;
use crate::{postgres, sqlite};

/// An open database. Cheap to clone; all clones share the connections.
///
/// Reads outside a transaction see the last commit. Writes outside a transaction are one transaction each.
#[derive(Debug, Clone)]
pub enum Db {
    /// A PostgreSQL server.
    Postgres(PostgresDb),
    /// A file of the embedded database.
    Sqlite(SqliteDb),
}

/// The connections to a PostgreSQL server. Each has the product's schema, and nothing else, on its search path.
#[derive(Debug, Clone)]
pub struct PostgresDb {
    pub(crate) pool: PgPool,
    pub(crate) schema: String,
    pub(crate) place: Arc<str>,
}

/// The connections to a file of the embedded database: writes wait in line for one connection, reads have others.
#[derive(Debug, Clone)]
pub struct SqliteDb {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
    pub(crate) place: Arc<str>,
}

/// How a database is opened.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// PostgreSQL: the schema that holds this product's tables; made by [`crate::Migrations::migrate`].
    pub schema: String,
    /// PostgreSQL: what the server shows for this client unless the URL says otherwise.
    pub application_name: String,
    /// PostgreSQL: the most connections at a time. Default 10.
    pub connections_max: u32,
    /// PostgreSQL: keep statements prepared; off behind a transaction pooler such as `PgBouncer`. Default on.
    pub prepared_statements: bool,
    /// SQLite: make the file if it is missing. Default on.
    pub create: bool,
    /// SQLite: when a commit counts as safe.
    pub synchronous: Synchronous,
    /// SQLite: how long to wait for another process's lock before [`crate::SqlErrorKind::Locked`]. Default 5 s.
    pub busy_timeout: Duration,
    /// SQLite: the most connections that read at a time. Default 4.
    pub readers_max: u32,
    /// SQLite: how many KiB of pages the connection that writes keeps in memory. What a transaction changes beyond that is
    /// written out before it ends. Default 4,096.
    pub writer_cache_kib: u32,
    /// How long to wait for a connection before [`crate::SqlErrorKind::Busy`]. Default 30 s.
    pub acquire_timeout: Duration,
}

impl DbOptions {
    /// The defaults, for a product whose PostgreSQL schema has that name.
    pub fn new(schema: impl Into<String>) -> Self {
        let schema = schema.into();
        Self {
            application_name: schema.clone(),
            schema,
            connections_max: 10,
            prepared_statements: true,
            create: true,
            synchronous: Synchronous::default(),
            busy_timeout: Duration::from_secs(5),
            readers_max: 4,
            writer_cache_kib: 4096,
            acquire_timeout: Duration::from_secs(30),
        }
    }
}

/// Runs a query on whichever database it is. `$method` is the driver's; `$map` says what becomes of its result; the two
/// arms name the connection of each database.
macro_rules! on_backend {
    (
        $target:expr, $place:expr, $query:expr, $method:ident, |$result:ident| $map:expr,
        $postgres:pat => $postgres_connection:expr, $sqlite:pat => $sqlite_connection:expr $(,)?
    ) => {{
        let name = $query.statement().name();
        match $target {
            $postgres => {
                let query = $query.into_postgres($place)?;
                query.$method($postgres_connection).await.map(|$result| $map)
            }
            $sqlite => {
                let query = $query.into_sqlite($place)?;
                query.$method($sqlite_connection).await.map(|$result| $map)
            }
        }
        .map_err(|error| SqlError::of(error, name, $place))
    }};
}
pub(crate) use on_backend;

impl Db {
    /// Opens the database, checks that it can be reached, and (SQLite) makes its file.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(url: &DatabaseUrl, options: &DbOptions) -> Result<Self, OpenError> {
        let place: Arc<str> = url.place().into();
        match url {
            DatabaseUrl::Postgres(url) => Ok(Self::Postgres(postgres::open(url, options, &place).await?)),
            DatabaseUrl::Sqlite(url) => Ok(Self::Sqlite(sqlite::open(url, options, &place).await?)),
        }
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        match self {
            Self::Postgres(_) => Backend::Postgres,
            Self::Sqlite(_) => Backend::Sqlite,
        }
    }

    /// What a person calls this database: path, or `host:port/name`.
    pub fn place(&self) -> &str {
        self.place_arc()
    }

    pub(crate) fn place_arc(&self) -> &Arc<str> {
        match self {
            Self::Postgres(db) => &db.place,
            Self::Sqlite(db) => &db.place,
        }
    }

    /// Begins a transaction that writes: `BEGIN IMMEDIATE` on SQLite (so it can never fail half-way for another
    /// writer), `READ COMMITTED` on PostgreSQL.
    ///
    /// # Errors
    /// [`SqlError`]; locked, busy and unreachable may be retried.
    pub async fn begin(&self) -> Result<Tx, SqlError> {
        Tx::begin(self).await
    }

    /// Begins a transaction that reads several times and sees one state of the database throughout. It never waits for
    /// writers and they never wait for it.
    ///
    /// # Errors
    /// [`SqlError`].
    pub async fn begin_read(&self) -> Result<Tx, SqlError> {
        Tx::begin_read(self).await
    }

    /// Runs one statement that writes, in a transaction of its own. Returns the number of rows written.
    ///
    /// # Errors
    /// [`SqlError`].
    pub async fn execute(&self, query: Query<'_>) -> Result<u64, SqlError> {
        on_backend!(
            self, self.place_arc(), query, execute, |result| result.rows_affected(),
            Self::Postgres(db) => &db.pool, Self::Sqlite(db) => &db.writer,
        )
    }

    /// Reads all rows. Not for statements that write: SQLite refuses them here; use a transaction for `RETURNING`.
    ///
    /// # Errors
    /// [`SqlError`].
    pub async fn fetch_all(&self, query: Query<'_>) -> Result<Vec<Row>, SqlError> {
        on_backend!(
            self, self.place_arc(), query, fetch_all, |rows| rows.into_iter().map(Row::from).collect(),
            Self::Postgres(db) => &db.pool, Self::Sqlite(db) => &db.readers,
        )
    }

    /// Reads the first row, if there is one.
    ///
    /// # Errors
    /// [`SqlError`].
    pub async fn fetch_optional(&self, query: Query<'_>) -> Result<Option<Row>, SqlError> {
        on_backend!(
            self, self.place_arc(), query, fetch_optional, |row| row.map(Row::from),
            Self::Postgres(db) => &db.pool, Self::Sqlite(db) => &db.readers,
        )
    }

    /// Reads the one row that the statement always gives, such as a count.
    ///
    /// # Errors
    /// [`SqlError`]; [`crate::SqlErrorKind::InvalidRow`] if there is none.
    pub async fn fetch_one(&self, query: Query<'_>) -> Result<Row, SqlError> {
        on_backend!(
            self, self.place_arc(), query, fetch_one, |row| Row::from(row),
            Self::Postgres(db) => &db.pool, Self::Sqlite(db) => &db.readers,
        )
    }

    /// Reads rows one after the other, for results that should not lie in memory as a whole. It holds a connection until
    /// it is read to its end or dropped.
    ///
    /// # Errors
    /// [`SqlError`] at once for values that cannot be stored, else as an item of the stream, which then ends.
    pub fn stream(&self, query: Query<'_>) -> Result<BoxStream<'static, Result<Row, SqlError>>, SqlError> {
        let name = query.statement().name();
        let place = Arc::clone(self.place_arc());
        let rows = match self {
            Self::Postgres(db) => query
                .into_postgres(&place)?
                .fetch(&db.pool)
                .map(|row| row.map(Row::from))
                .boxed(),
            Self::Sqlite(db) => query
                .into_sqlite(&place)?
                .fetch(&db.readers)
                .map(|row| row.map(Row::from))
                .boxed(),
        };
        Ok(rows
            .map(move |row| row.map_err(|error| SqlError::of(error, name, &place)))
            .boxed())
    }

    /// Closes all connections, after what runs on them has ended. SQLite then folds its log into the file.
    pub async fn close(&self) {
        match self {
            Self::Postgres(db) => db.pool.close().await,
            Self::Sqlite(db) => {
                db.readers.close().await;
                db.writer.close().await;
            }
        }
    }
}
