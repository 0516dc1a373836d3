//! `db shell`: the shell of the database, `sqlite3` or `psql`.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use updraft_store::{DatabaseUrl, PostgresUrl, SslMode};

use crate::config::Settings;

/// Becomes the shell.
///
/// # Errors
/// There is none on this machine.
pub(super) fn run(settings: &Settings) -> Result<()> {
    let url: DatabaseUrl = settings
        .database_url
        .parse()
        .context("`[database] sql_alchemy_conn` is not usable")?;
    let (name, mut shell) = match &url {
        DatabaseUrl::Sqlite(file) => {
            let mut shell = Command::new("sqlite3");
            shell.arg(&file.path);
            ("sqlite3", shell)
        }
        DatabaseUrl::Postgres(url) => ("psql", psql(url)),
    };
    // Only a failure returns.
    let error = shell.exec();
    Err(error).with_context(|| format!("`{name}` cannot be started; is it installed?"))
}

/// Its password is in the environment, where others cannot see it.
fn psql(url: &PostgresUrl) -> Command {
    let mut shell = Command::new("psql");
    shell.env("PGHOST", &url.host).env("PGPORT", url.port.to_string());
    if let Some(user) = &url.user {
        shell.env("PGUSER", user);
    }
    if let Some(password) = &url.password {
        shell.env("PGPASSWORD", password.reveal());
    }
    if let Some(database) = &url.database {
        shell.env("PGDATABASE", database);
    }
    if let Some(certificate) = &url.ssl_root_cert {
        shell.env("PGSSLROOTCERT", certificate);
    }
    let mode = match url.ssl_mode {
        SslMode::Disable => "disable",
        SslMode::Allow => "allow",
        SslMode::Prefer => "prefer",
        SslMode::Require => "require",
        SslMode::VerifyCa => "verify-ca",
        SslMode::VerifyFull => "verify-full",
    };
    shell.env("PGSSLMODE", mode);
    shell
}
