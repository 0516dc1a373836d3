//! How a PostgreSQL server is reached, and the settings of every connection.

use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};

use crate::db::{DbOptions, PostgresDb};
use crate::error::{SqlError, SqlErrorKind};
use crate::url::{Password, PostgresUrl, SslMode};

/// Statements kept prepared per connection; more than a store has.
const STATEMENT_CACHE: usize = 256;

/// Connects once, so that what is wrong is told at once and exactly, then makes the pool.
pub(crate) async fn open(
    url: &PostgresUrl,
    options: &DbOptions,
    place: &Arc<str>,
) -> Result<PostgresDb, SqlError> {
    let connect = connect_options(url, options);
    probe(&connect, url, options, place).await?;
    let set_search_path: Arc<str> = format!("SET search_path TO \"{}\"", options.schema).into();
    let pool = PgPoolOptions::new()
        .max_connections(options.connections_max)
        .acquire_timeout(options.acquire_timeout)
        .after_connect(move |connection, _| {
            let statement = Arc::clone(&set_search_path);
            Box::pin(async move { connection.execute(AssertSqlSafe(statement)).await.map(drop) })
        })
        .connect_lazy_with(connect);
    Ok(PostgresDb {
        pool,
        schema: options.schema.clone(),
        place: Arc::clone(place),
    })
}

/// The settings of a connection. What the URL does not say comes from libpq's variables (`PGUSER`, `PGPASSFILE`, ...).
pub(crate) fn connect_options(url: &PostgresUrl, options: &DbOptions) -> PgConnectOptions {
    let mut connect = PgConnectOptions::new_without_pgpass()
        .host(&url.host)
        .port(url.port)
        .ssl_mode(match url.ssl_mode {
            SslMode::Disable => PgSslMode::Disable,
            SslMode::Allow => PgSslMode::Allow,
            SslMode::Prefer => PgSslMode::Prefer,
            SslMode::Require => PgSslMode::Require,
            SslMode::VerifyCa => PgSslMode::VerifyCa,
            SslMode::VerifyFull => PgSslMode::VerifyFull,
        })
        .application_name(
            url.application_name
                .as_deref()
                .unwrap_or(&options.application_name),
        )
        .statement_cache_capacity(if options.prepared_statements {
            STATEMENT_CACHE
        } else {
            0
        })
        .disable_statement_logging();
    if let Some(user) = &url.user {
        connect = connect.username(user);
    }
    if let Some(password) = url.password.as_ref().map(Password::reveal) {
        connect = connect.password(password);
    }
    if let Some(database) = &url.database {
        connect = connect.database(database);
    }
    if let Some(certificate) = &url.ssl_root_cert {
        connect = connect.ssl_root_cert(certificate);
    }
    connect
}

async fn probe(
    connect: &PgConnectOptions,
    url: &PostgresUrl,
    options: &DbOptions,
    place: &Arc<str>,
) -> Result<(), SqlError> {
    let timeout = url.connect_timeout.unwrap_or(options.acquire_timeout);
    let connected = tokio::time::timeout(timeout, PgConnection::connect_with(connect)).await;
    let connection = connected
        .map_err(|elapsed| SqlError::new(SqlErrorKind::Unreachable, "connect", place, elapsed))?
        .map_err(|error| SqlError::of(error, "connect", place))?;
    connection
        .close()
        .await
        .map_err(|error| SqlError::of(error, "connect", place))
}
