//! Asking the databases that tasks wait for.
//!
//! What a connection holds is secret: errors name the connection, and their words are masked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use updraft_model::{Look, SqlWait, WaitEnd};
use updraft_secrets::{Connection, Masker};
use updraft_store::{DatabaseUrl, GuestDb, Password, PostgresUrl, SqlErrorKind, SqliteUrl, SslMode};

/// How long a look waits for its turn and for the database.
const ACQUIRE_MAX: Duration = Duration::from_secs(10);

/// How many queries go to one database at a time.
pub(super) const QUERIES_PER_CONNECTION_MAX: u32 = 4;

/// The port of PostgreSQL.
const PORT: u16 = 5432;

/// Settings that decide who may log in, so that leaving them out would not do.
const UNKNOWN_SETTINGS: [&str; 4] = ["sslcert", "sslkey", "service", "iam"];

/// Databases that have been asked, each with the connection that it was found by.
#[derive(Default)]
pub(super) struct Databases {
    known: Mutex<BTreeMap<String, (Connection, GuestDb)>>,
}

impl Databases {
    /// Asks once.
    pub(super) async fn look(&self, wait: &SqlWait, connection: Connection) -> Look {
        let mut masker = Masker::new(&[]);
        masker.add_connection(&connection);
        let failed = |reason: &str| {
            let reason = format!("it waits {wait}, and {}", masker.mask(reason));
            Look::Ended(WaitEnd::Failed(reason))
        };
        let database = match self.database(&wait.connection, connection) {
            Ok(database) => database,
            Err(reason) => return failed(&reason),
        };
        let cell = database
            .first_cell(&wait.sql, &wait.parameters, wait.timeout)
            .await;
        match cell.map(|cell| wait.judge(cell)) {
            Ok(Look::Ended(WaitEnd::Failed(reason))) => failed(&reason),
            Ok(Look::Waiting(note)) => Look::Waiting(masker.mask(&note).into_owned()),
            Ok(ended) => ended,
            // A file may be made later.
            Err(error) if error.is_retryable() || error.kind() == SqlErrorKind::CannotOpen => {
                let note = format!("the database cannot be asked: {}", cause(&error));
                Look::Waiting(masker.mask(&note).into_owned())
            }
            Err(error) => failed(&format!("the database refuses that: {}", cause(&error))),
        }
    }

    /// The database of a connection, with its open connections, unless it has become another.
    fn database(&self, conn_id: &str, connection: Connection) -> Result<GuestDb, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_of, database)) = known.get(conn_id)
            && *made_of == connection
        {
            return Ok(database.clone());
        }
        let url = url(&connection)?;
        let database = GuestDb::new(&url, "updraft", QUERIES_PER_CONNECTION_MAX, ACQUIRE_MAX);
        known.insert(conn_id.to_owned(), (connection, database.clone()));
        Ok(database)
    }
}

/// The words of the innermost cause: what encloses it speaks of the engine's own database.
fn cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let words = cause.to_string();
    // A PostgreSQL server adds a line of its own source.
    match words.rsplit_once(" at line ") {
        Some((words, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) => words.to_owned(),
        _ => words,
    }
}

/// Where the database of a connection is. Source: `PostgresHook` and `SqliteHook`.
fn url(connection: &Connection) -> Result<DatabaseUrl, String> {
    let text = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
    match connection.conn_type.as_deref() {
        Some("postgres" | "postgresql") => postgres(connection).map(DatabaseUrl::Postgres),
        Some("sqlite") => {
            // A URI has its path behind the host, where it is the schema.
            let of_schema = || text(&connection.schema).map(|path| format!("/{path}"));
            let path = text(&connection.host).or_else(of_schema);
            let path = path.filter(|path| path != ":memory:");
            let path = path.ok_or("the connection names no file: that is its host")?;
            Ok(DatabaseUrl::Sqlite(SqliteUrl {
                path: PathBuf::from(path),
            }))
        }
        other => Err(format!(
            "the connection is of type `{}`; the engine asks databases of type `postgres` and `sqlite`",
            other.unwrap_or_default()
        )),
    }
}

fn postgres(connection: &Connection) -> Result<PostgresUrl, String> {
    let text = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
    let extra = connection.extra_fields();
    let setting = |name: &str| extra.get(name).and_then(Value::as_str);
    if let Some(name) = UNKNOWN_SETTINGS.into_iter().find(|name| {
        extra
            .get(*name)
            .is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)))
    }) {
        return Err(format!(
            "the engine does not know `{name}` in the extra of a connection"
        ));
    }
    Ok(PostgresUrl {
        host: text(&connection.host).unwrap_or_else(|| "localhost".to_owned()),
        port: connection.port.unwrap_or(PORT),
        user: text(&connection.login),
        password: text(&connection.password).map(Password::new),
        database: text(&connection.schema),
        ssl_mode: match setting("sslmode") {
            None => SslMode::default(),
            Some("disable") => SslMode::Disable,
            Some("allow") => SslMode::Allow,
            Some("prefer") => SslMode::Prefer,
            Some("require") => SslMode::Require,
            Some("verify-ca") => SslMode::VerifyCa,
            Some("verify-full") => SslMode::VerifyFull,
            Some(other) => return Err(format!("`{other}` is no `sslmode`")),
        },
        ssl_root_cert: setting("sslrootcert").map(PathBuf::from),
        connect_timeout: None,
        application_name: None,
    })
}
