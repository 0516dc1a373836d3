//! Where a database is: `SQLAlchemy`'s URLs, as Airflow's settings hold them.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// The address of a database, parsed from a `SQLAlchemy` URL.
///
/// `sqlite:////absolute/path.db`, `sqlite:///relative.db`,
/// `postgresql+psycopg2://user:password@host:5432/name?sslmode=require` (any driver name after `+`), `postgres://..`,
/// `postgresql://user@/name?host=/var/run/postgresql`. User and password are percent-decoded. `Display` and `Debug`
/// never show the password.
///
/// ```
/// let url: updraft_sql::DatabaseUrl = "postgresql+psycopg2://airflow:s%40fe@db:5432/airflow".parse()?;
/// assert_eq!(url.to_string(), "postgresql://airflow:***@db:5432/airflow");
/// # Ok::<(), updraft_sql::DatabaseUrlError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file of the embedded database.
    Sqlite(SqliteUrl),
    /// A PostgreSQL server.
    Postgres(PostgresUrl),
}

/// A file of the embedded database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteUrl {
    /// The file; relative to the current folder if it is not absolute.
    pub path: PathBuf,
}

/// A database of a PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    /// Host name, address, or the folder of a UNIX socket (begins with `/`).
    pub host: String,
    /// TCP port, or the number in the name of the UNIX socket.
    pub port: u16,
    /// The user; without one, the name of the operating system's user.
    pub user: Option<String>,
    /// The password; without one, `~/.pgpass` is asked.
    pub password: Option<Password>,
    /// The database; without one, that of the user's name.
    pub database: Option<String>,
    /// How TLS is used (`sslmode`).
    pub ssl_mode: SslMode,
    /// The file of root certificates (`sslrootcert`).
    pub ssl_root_cert: Option<PathBuf>,
    /// How long to wait for a connection (`connect_timeout`).
    pub connect_timeout: Option<Duration>,
    /// What the server shows for this client (`application_name`).
    pub application_name: Option<String>,
}

/// How TLS is used with PostgreSQL; the names are libpq's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only if the server insists.
    Allow,
    /// If the server offers it: the default.
    #[default]
    Prefer,
    /// Always, whatever the certificate.
    Require,
    /// Always, with a certificate of a known authority.
    VerifyCa,
    /// Always, with a certificate of a known authority for that host.
    VerifyFull,
}

/// A password that shows itself only when asked to.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

/// Why a text is no database URL. The text itself is not shown: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseUrlError {
    /// There is no `scheme://` in front.
    #[error(
        "the database URL has no `://`; write `sqlite:////path/to/file.db` or `postgresql://user:password@host/name`"
    )]
    NoScheme,
    /// Another kind of database.
    #[error("databases of kind `{scheme}` are not supported; use `sqlite` or `postgresql`")]
    Scheme {
        /// The scheme without its driver.
        scheme: String,
    },
    /// SQLite without a file: each connection would have a database of its own.
    #[error(
        "the SQLite URL names no file; write `sqlite:////path/to/file.db`, with four slashes for an absolute path"
    )]
    NoFile,
    /// A SQLite URL with a host: two slashes too few.
    #[error(
        "the SQLite URL has a host; write `sqlite:///` and the path, so four slashes for an absolute path"
    )]
    SqliteHost,
    /// The port is no number from 1 to 65535.
    #[error("port `{port}` of the database URL is no number from 1 to 65535")]
    Port {
        /// What stands there.
        port: String,
    },
    /// A percent sign that is not followed by two hexadecimal digits, or bytes that are not UTF-8.
    #[error(
        "the {part} of the database URL is not percent-encoded correctly; write `%25` for `%` and `%40` for `@`"
    )]
    Encoding {
        /// `user` or `password`.
        part: &'static str,
    },
    /// A parameter after `?` that is not known.
    #[error("parameter `{name}` of the database URL is not supported")]
    Parameter {
        /// Its name.
        name: String,
    },
    /// A parameter after `?` has a value that it cannot have.
    #[error("parameter `{name}` of the database URL cannot be `{value}`")]
    ParameterValue {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
}

impl DatabaseUrl {
    /// What a person calls this database: the path of the file, or `host:port/name`. Never secret.
    pub fn place(&self) -> String {
        match self {
            Self::Sqlite(url) => url.path.display().to_string(),
            Self::Postgres(url) => {
                format!(
                    "{}:{}/{}",
                    url.host,
                    url.port,
                    url.database.as_deref().unwrap_or_default()
                )
            }
        }
    }
}

impl PostgresUrl {
    /// A database of a server on its default port, without user and password.
    pub fn new(host: impl Into<String>, database: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            database: Some(database.into()),
            ..Self::default()
        }
    }
}

impl Default for PostgresUrl {
    fn default() -> Self {
        Self {
            host: "localhost".to_owned(),
            port: 5432,
            user: None,
            password: None,
            database: None,
            ssl_mode: SslMode::default(),
            ssl_root_cert: None,
            connect_timeout: None,
            application_name: None,
        }
    }
}

impl Password {
    /// Wraps a password.
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    /// The password itself: for the connection only, never for logs.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(url) => write!(formatter, "sqlite:///{}", url.path.display()),
            Self::Postgres(url) => {
                formatter.write_str("postgresql://")?;
                if let Some(user) = &url.user {
                    formatter.write_str(user)?;
                }
                if url.password.is_some() {
                    formatter.write_str(":***")?;
                }
                if url.user.is_some() || url.password.is_some() {
                    formatter.write_str("@")?;
                }
                write!(formatter, "{}:{}", url.host, url.port)?;
                if let Some(database) = &url.database {
                    write!(formatter, "/{database}")?;
                }
                Ok(())
            }
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (scheme, rest) = text.trim().split_once("://").ok_or(DatabaseUrlError::NoScheme)?;
        let (dialect, _driver) = scheme.split_once('+').unwrap_or((scheme, ""));
        match dialect {
            "sqlite" => parse_sqlite(rest).map(Self::Sqlite),
            "postgresql" | "postgres" => parse_postgres(rest).map(Self::Postgres),
            _ => Err(DatabaseUrlError::Scheme {
                scheme: dialect.to_owned(),
            }),
        }
    }
}

/// What follows `sqlite://`: `/relative` or `//absolute`, and parameters of Python's driver that mean nothing here.
fn parse_sqlite(rest: &str) -> Result<SqliteUrl, DatabaseUrlError> {
    let (path, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    for (name, _) in url::form_urlencoded::parse(parameters.as_bytes()) {
        if ![
            "check_same_thread",
            "timeout",
            "isolation_level",
            "cached_statements",
        ]
        .contains(&name.as_ref())
        {
            return Err(DatabaseUrlError::Parameter {
                name: name.into_owned(),
            });
        }
    }
    match path.strip_prefix('/') {
        None if path.is_empty() => Err(DatabaseUrlError::NoFile),
        None => Err(DatabaseUrlError::SqliteHost),
        Some("" | ":memory:") => Err(DatabaseUrlError::NoFile),
        Some(path) => Ok(SqliteUrl {
            path: PathBuf::from(path),
        }),
    }
}

/// What follows `postgresql://`, cut where `SQLAlchemy` cuts it: the password ends at the first `@`, so it may hold `/`,
/// `#` and `?`, but not `@`.
fn parse_postgres(rest: &str) -> Result<PostgresUrl, DatabaseUrlError> {
    let mut url = PostgresUrl::default();
    let rest = match split_credentials(rest) {
        Some((user, password, rest)) => {
            url.user = (!user.is_empty())
                .then(|| percent_decode(user, "user"))
                .transpose()?;
            url.password = password
                .map(|text| percent_decode(text, "password").map(Password))
                .transpose()?;
            rest
        }
        None => rest,
    };
    let (address, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (server, database) = address.split_once('/').unwrap_or((address, ""));
    if !database.is_empty() {
        url.database = Some(database.to_owned());
    }
    let (host, port) = split_port(server);
    if !host.is_empty() {
        host.clone_into(&mut url.host);
    }
    if let Some(port) = port {
        url.port = parse_port(port)?;
    }
    for (name, value) in url::form_urlencoded::parse(parameters.as_bytes()) {
        set_parameter(&mut url, &name, &value)?;
    }
    Ok(url)
}

/// `user[:password]@rest`; `None` if there is no `@` before the address begins.
fn split_credentials(rest: &str) -> Option<(&str, Option<&str>, &str)> {
    let (credentials, address) = rest.split_once('@')?;
    let (user, password) = match credentials.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (credentials, None),
    };
    (!user.contains('/')).then_some((user, password, address))
}

/// `host:port`, `[v6]:port` or either without the port.
fn split_port(server: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':').filter(|port| !port.is_empty()));
    }
    match server.split_once(':') {
        Some((host, port)) => (host, Some(port).filter(|port| !port.is_empty())),
        None => (server, None),
    }
}

fn parse_port(port: &str) -> Result<u16, DatabaseUrlError> {
    match port.parse() {
        Ok(0) | Err(_) => Err(DatabaseUrlError::Port {
            port: port.to_owned(),
        }),
        Ok(port) => Ok(port),
    }
}

/// One of libpq's parameters. Those that only tune libpq itself are read over.
fn set_parameter(url: &mut PostgresUrl, name: &str, value: &str) -> Result<(), DatabaseUrlError> {
    let bad_value = || DatabaseUrlError::ParameterValue {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    match name {
        "host" => value.clone_into(&mut url.host),
        "port" => url.port = parse_port(value)?,
        "user" => url.user = Some(value.to_owned()),
        "password" => url.password = Some(Password(value.to_owned())),
        "dbname" => url.database = Some(value.to_owned()),
        "sslmode" => {
            url.ssl_mode = match value {
                "disable" => SslMode::Disable,
                "allow" => SslMode::Allow,
                "prefer" => SslMode::Prefer,
                "require" => SslMode::Require,
                "verify-ca" => SslMode::VerifyCa,
                "verify-full" => SslMode::VerifyFull,
                _ => return Err(bad_value()),
            }
        }
        "sslrootcert" => url.ssl_root_cert = Some(PathBuf::from(value)),
        "connect_timeout" => {
            let seconds: u64 = value.parse().map_err(|_| bad_value())?;
            url.connect_timeout = (seconds > 0).then(|| Duration::from_secs(seconds));
        }
        "application_name" => url.application_name = Some(value.to_owned()),
        "client_encoding"
        | "keepalives"
        | "keepalives_idle"
        | "keepalives_interval"
        | "keepalives_count"
        | "tcp_user_timeout"
        | "gssencmode"
        | "target_session_attrs" => {}
        _ => {
            return Err(DatabaseUrlError::Parameter {
                name: name.to_owned(),
            });
        }
    }
    Ok(())
}

fn percent_decode(text: &str, part: &'static str) -> Result<String, DatabaseUrlError> {
    let bad = || DatabaseUrlError::Encoding { part };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || {
                rest.next()
                    .and_then(|byte| char::from(byte).to_digit(16))
                    .ok_or_else(bad)
            };
            let value = digit()? * 16 + digit()?;
            bytes.push(u8::try_from(value).map_err(|_| bad())?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(text: &str) -> PostgresUrl {
        match text.parse().unwrap() {
            DatabaseUrl::Postgres(url) => url,
            DatabaseUrl::Sqlite(url) => panic!("{url:?}"),
        }
    }

    #[test]
    fn sqlite_paths_are_absolute_with_four_slashes() {
        for (text, path) in [
            ("sqlite:////var/lib/airflow.db", "/var/lib/airflow.db"),
            ("sqlite:///airflow.db", "airflow.db"),
            (
                "sqlite+pysqlite:////a%20b.db?check_same_thread=False",
                "/a%20b.db",
            ),
        ] {
            assert_eq!(
                text.parse(),
                Ok(DatabaseUrl::Sqlite(SqliteUrl { path: path.into() })),
                "{text}"
            );
        }
        assert_eq!("sqlite://".parse::<DatabaseUrl>(), Err(DatabaseUrlError::NoFile));
        assert_eq!(
            "sqlite:///:memory:".parse::<DatabaseUrl>(),
            Err(DatabaseUrlError::NoFile)
        );
        assert_eq!(
            "sqlite://var/x.db".parse::<DatabaseUrl>(),
            Err(DatabaseUrlError::SqliteHost)
        );
    }

    #[test]
    fn postgres_urls_of_every_driver_are_read() {
        let full = postgres(
            "postgresql+psycopg2://air%40flow:p%3Aw/#?x@db.example:6543/meta?sslmode=verify-full&sslrootcert=/ca.pem\
             &connect_timeout=5&application_name=updraft&keepalives=1",
        );
        assert_eq!(
            full,
            PostgresUrl {
                host: "db.example".to_owned(),
                port: 6543,
                user: Some("air@flow".to_owned()),
                password: Some(Password::new("p:w/#?x")),
                database: Some("meta".to_owned()),
                ssl_mode: SslMode::VerifyFull,
                ssl_root_cert: Some("/ca.pem".into()),
                connect_timeout: Some(Duration::from_secs(5)),
                application_name: Some("updraft".to_owned()),
            }
        );
        assert_eq!(postgres("postgres://db/x"), PostgresUrl::new("db", "x"));
        assert_eq!(postgres("postgresql://u@/x?host=/run/pg").host, "/run/pg");
        assert_eq!(postgres("postgresql://[::1]:5433/x").port, 5433);
        assert_eq!(postgres("postgresql://"), PostgresUrl::default());
    }

    #[test]
    fn the_password_is_never_shown() {
        let url: DatabaseUrl = "postgresql://u:hunter2@h/d".parse().unwrap();
        assert_eq!(
            format!("{url} {url:?} {}", url.place())
                .matches("hunter2")
                .count(),
            0
        );
    }

    #[test]
    fn mistakes_are_named() {
        for (text, error) in [
            ("airflow.db", DatabaseUrlError::NoScheme),
            (
                "mysql+pymysql://h/d",
                DatabaseUrlError::Scheme {
                    scheme: "mysql".to_owned(),
                },
            ),
            (
                "postgresql://u:p%zz@h/d",
                DatabaseUrlError::Encoding { part: "password" },
            ),
            (
                "postgresql://h:99999/d",
                DatabaseUrlError::Port {
                    port: "99999".to_owned(),
                },
            ),
            (
                "postgresql://h/d?sslmod=x",
                DatabaseUrlError::Parameter {
                    name: "sslmod".to_owned(),
                },
            ),
        ] {
            assert_eq!(text.parse::<DatabaseUrl>(), Err(error), "{text}");
        }
    }
}
