//! Looking into somebody else's database: one query at a time, which can change nothing and cannot take for ever.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use serde_json::{Map, Value};
use sqlx::postgres::{PgArguments, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{
    Arguments, AssertSqlSafe, Column as _, ConnectOptions, Connection as _, Row as _, TypeInfo, ValueRef,
};

use crate::db::DbOptions;
use crate::error::{SqlError, SqlErrorKind};
use crate::postgres::connect_options;
use crate::url::DatabaseUrl;

/// A connection that nobody has used for so long is closed.
const IDLE_MAX: Duration = Duration::from_mins(1);

/// How many steps of SQLite's machine go by from one look at the clock to the next.
const STEPS_PER_LOOK: i32 = 10_000;

/// The most of a cell that is read, in bytes of its text.
const CELL_BYTES_MAX: usize = 64 * 1024;

/// How long it may take to find out why there is no connection.
const PROBE_MAX: Duration = Duration::from_secs(5);

/// What an error calls the query.
const QUERY: &str = "query";

/// A database of somebody else, which is only read. Cheap to clone; all clones share the connections, which are made when they are
/// needed.
#[derive(Debug, Clone)]
pub struct GuestDb {
    pool: Pool,
    place: Arc<str>,
}

#[derive(Debug, Clone)]
enum Pool {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

impl GuestDb {
    /// Says where the database is; nobody connects yet. There are at most so many connections, and waiting for one takes at most so
    /// long.
    pub fn new(
        url: &DatabaseUrl,
        application_name: &str,
        connections_max: u32,
        acquire_timeout: Duration,
    ) -> Self {
        let pool = match url {
            DatabaseUrl::Postgres(url) => {
                let options = DbOptions::new(application_name);
                let pool = PgPoolOptions::new()
                    .max_connections(connections_max)
                    .acquire_timeout(acquire_timeout)
                    .idle_timeout(Some(IDLE_MAX));
                Pool::Postgres(pool.connect_lazy_with(connect_options(url, &options)))
            }
            DatabaseUrl::Sqlite(url) => {
                let connect = SqliteConnectOptions::new()
                    .filename(&url.path)
                    .create_if_missing(false)
                    .read_only(true)
                    .pragma("query_only", "ON")
                    .thread_name(|id| format!("sqlite-guest-{id}"))
                    .disable_statement_logging();
                let pool = SqlitePoolOptions::new()
                    .max_connections(connections_max)
                    .acquire_timeout(acquire_timeout)
                    .idle_timeout(Some(IDLE_MAX));
                Pool::Sqlite(pool.connect_lazy_with(connect))
            }
        };
        Self {
            pool,
            place: url.place().into(),
        }
    }

    /// The first cell of the first row that a query returns, as JSON; `None` if it returns no row. `$1`, `$2`, ... stand for the
    /// parameters, which are texts, numbers, booleans and nulls.
    ///
    /// # Errors
    /// [`SqlError`]; [`SqlErrorKind::Busy`] if the query takes longer than it may.
    pub async fn first_cell(
        &self,
        sql: &str,
        parameters: &[Value],
        timeout: Duration,
    ) -> Result<Option<Value>, SqlError> {
        let began = Instant::now();
        let found = match &self.pool {
            Pool::Postgres(pool) => postgres_cell(pool, sql, parameters, timeout).await,
            Pool::Sqlite(pool) => sqlite_cell(pool, sql, parameters, timeout).await,
        };
        let found = match found {
            Err(sqlx::Error::PoolTimedOut) => Err(self.why_no_connection().await),
            found => found,
        };
        let cell = found.map_err(|error| {
            let error = SqlError::of(error, QUERY, &self.place);
            if began.elapsed() >= timeout && error.kind() == SqlErrorKind::Other {
                let message = format!("the query takes more than {timeout:?}");
                SqlError::new(SqlErrorKind::Busy, QUERY, &self.place, message)
            } else {
                error
            }
        })?;
        match cell {
            Some(text) if text.len() > CELL_BYTES_MAX => {
                let message = format!("the first cell has more than {CELL_BYTES_MAX} bytes");
                Err(SqlError::new(
                    SqlErrorKind::InvalidRow,
                    QUERY,
                    &self.place,
                    message,
                ))
            }
            Some(text) => serde_json::from_str(&text)
                .map(Some)
                .map_err(|error| SqlError::new(SqlErrorKind::InvalidRow, QUERY, &self.place, error)),
            None => Ok(None),
        }
    }

    /// All rows that a query returns, with their columns by name, as JSON: times are texts, bytes are hexadecimal.
    ///
    /// # Errors
    /// [`SqlError`].
    pub async fn rows(&self, sql: &str) -> Result<Vec<Map<String, Value>>, SqlError> {
        let rows = match &self.pool {
            Pool::Postgres(pool) => postgres_rows(pool, sql).await,
            Pool::Sqlite(pool) => sqlite_rows(pool, sql).await,
        };
        let rows = match rows {
            Err(sqlx::Error::PoolTimedOut) => Err(self.why_no_connection().await),
            rows => rows,
        };
        rows.map_err(|error| SqlError::of(error, QUERY, &self.place))
    }

    /// A pool tries again as long as it may and does not say what stood in the way.
    async fn why_no_connection(&self) -> sqlx::Error {
        if let Pool::Postgres(pool) = &self.pool {
            let options = pool.connect_options();
            match tokio::time::timeout(PROBE_MAX, options.connect()).await {
                Ok(Err(error)) => return error,
                Ok(Ok(connection)) => drop(connection.close().await),
                Err(_) => {}
            }
        }
        sqlx::Error::PoolTimedOut
    }
}

/// The query is a table of a query of ours, so that it cannot be anything but a query, and the server writes its cell as JSON.
async fn postgres_cell(
    pool: &PgPool,
    sql: &str,
    parameters: &[Value],
    timeout: Duration,
) -> Result<Option<String>, sqlx::Error> {
    let mut tx = pool.begin_with("BEGIN READ ONLY").await?;
    let limit = format!("SET LOCAL statement_timeout = {}", timeout.as_millis().max(1));
    run(&limit).execute(&mut *tx).await?;
    let mut arguments = PgArguments::default();
    for parameter in parameters {
        let added = match parameter {
            Value::Null => arguments.add(None::<String>),
            Value::Bool(value) => arguments.add(*value),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => arguments.add(whole),
                None => arguments.add(number.as_f64()),
            },
            Value::String(text) => arguments.add(text.as_str()),
            other => arguments.add(other.to_string()),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    let cell_max = CELL_BYTES_MAX + 1;
    let text = format!(
        "SELECT left(coalesce(to_json(guest.updraft_cell)::TEXT, 'null'), {cell_max}) \
         FROM (\n{sql}\n) AS guest (updraft_cell) LIMIT 1"
    );
    let query = run_with(&text, arguments);
    let row = query.persistent(false).fetch_optional(&mut *tx).await?;
    tx.rollback().await?;
    row.map(|row| row.try_get(0)).transpose()
}

/// SQLite is asked directly: which type a cell has, the cell says.
async fn sqlite_cell(
    pool: &SqlitePool,
    sql: &str,
    parameters: &[Value],
    timeout: Duration,
) -> Result<Option<String>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let until = Instant::now() + timeout;
    let mut handle = connection.lock_handle().await?;
    handle.set_progress_handler(STEPS_PER_LOOK, move || Instant::now() < until);
    drop(handle);
    let mut arguments = SqliteArguments::default();
    for parameter in parameters {
        let added = match parameter {
            Value::Null => arguments.add(None::<i64>),
            Value::Bool(value) => arguments.add(*value),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => arguments.add(whole),
                None => arguments.add(number.as_f64()),
            },
            Value::String(text) => arguments.add(text.clone()),
            other => arguments.add(other.to_string()),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    let query = run_with(sql, arguments).persistent(false);
    let row = query.fetch(&mut *connection).try_next().await;
    // Without rows to come the statement is over, also if it would have returned more.
    connection.lock_handle().await?.remove_progress_handler();
    row?.map(|row: SqliteRow| cell_of(&row)).transpose()
}

fn cell_of(row: &SqliteRow) -> Result<String, sqlx::Error> {
    Ok(value_of(row, 0)?.to_string())
}

fn value_of(row: &SqliteRow, at: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    Ok(match raw.type_info().name() {
        "NULL" => Value::Null,
        "INTEGER" => row.try_get_unchecked::<i64, _>(at)?.into(),
        "REAL" => row.try_get_unchecked::<f64, _>(at)?.into(),
        "BLOB" => {
            let bytes: Vec<u8> = row.try_get_unchecked(at)?;
            hex::encode(bytes).into()
        }
        _ => row.try_get_unchecked::<String, _>(at)?.into(),
    })
}

/// As with a cell, the query is a table of ours; the server writes each row as JSON.
async fn postgres_rows(pool: &PgPool, sql: &str) -> Result<Vec<Map<String, Value>>, sqlx::Error> {
    let mut tx = pool.begin_with("BEGIN READ ONLY").await?;
    let text = format!("SELECT to_json(guest)::TEXT FROM (\n{sql}\n) AS guest");
    let query = run_with::<sqlx::Postgres, _>(&text, PgArguments::default());
    let rows = query.persistent(false).fetch_all(&mut *tx).await?;
    tx.rollback().await?;
    rows.iter()
        .map(|row| {
            let text: String = row.try_get(0)?;
            serde_json::from_str(&text).map_err(|error| sqlx::Error::Decode(error.into()))
        })
        .collect()
}

async fn sqlite_rows(pool: &SqlitePool, sql: &str) -> Result<Vec<Map<String, Value>>, sqlx::Error> {
    let query = run_with::<sqlx::Sqlite, _>(sql, SqliteArguments::default());
    let rows = query.persistent(false).fetch_all(pool).await?;
    let columns = |row: &SqliteRow| -> Result<Map<String, Value>, sqlx::Error> {
        let cells = row.columns().iter().enumerate();
        cells
            .map(|(at, column)| Ok((column.name().to_owned(), value_of(row, at)?)))
            .collect()
    };
    rows.iter().map(columns).collect()
}

#[expect(clippy::disallowed_methods, reason = "a setting of the session")]
fn run(sql: &str) -> sqlx::query::Query<'static, sqlx::Postgres, PgArguments> {
    sqlx::query(AssertSqlSafe(sql.to_owned()))
}

/// A statement of somebody else: the database is theirs, too, and nothing can be changed there.
fn run_with<D, A>(sql: &str, arguments: A) -> sqlx::query::Query<'static, D, A>
where
    D: sqlx::Database,
    A: sqlx::IntoArguments<D>,
{
    sqlx::query_with(AssertSqlSafe(sql.to_owned()), arguments)
}
