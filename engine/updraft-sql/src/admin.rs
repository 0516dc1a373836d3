//! Whole databases of a PostgreSQL server: made and dropped, for tests and developers.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::db::DbOptions;
use crate::error::{SqlError, SqlErrorKind};
use crate::postgres::connect_options;
use crate::url::{DatabaseUrl, PostgresUrl};

/// Makes a database, over a connection to the one in `url`.
///
/// # Errors
/// [`SqlError`]; also for a name that is not made of small letters, digits and `_`.
pub async fn create_database(url: &PostgresUrl, name: &str) -> Result<(), SqlError> {
    administer(url, name, "CREATE DATABASE", "").await
}

/// Drops a database if it is there, and ends the connections to it.
///
/// # Errors
/// As [`create_database`].
pub async fn drop_database(url: &PostgresUrl, name: &str) -> Result<(), SqlError> {
    administer(url, name, "DROP DATABASE IF EXISTS", "WITH (FORCE)").await
}

async fn administer(url: &PostgresUrl, name: &str, verb: &'static str, suffix: &str) -> Result<(), SqlError> {
    let place: Arc<str> = DatabaseUrl::Postgres(url.clone()).place().into();
    if name.is_empty()
        || !name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
    {
        let reason = format!("`{name}` is no name for a database");
        return Err(SqlError::new(SqlErrorKind::InvalidValue, verb, &place, reason));
    }
    let run = async {
        let mut connection =
            PgConnection::connect_with(&connect_options(url, &DbOptions::new("public"))).await?;
        connection
            .execute(AssertSqlSafe(format!("{verb} \"{name}\" {suffix}")))
            .await?;
        connection.close().await
    };
    run.await.map_err(|error| SqlError::of(error, verb, &place))
}
