//! A real PostgreSQL for the tests: one throw-away cluster, started before and stopped after them.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::workspace;

/// How many connections the tests' server allows.
const CONNECTIONS_MAX: u32 = 300;

/// A running cluster; dropping it stops the server and deletes its files.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
}

/// What a commit waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing: the tests need no data after a power loss, and so stay short.
    None,
    /// The disk, as in production.
    Full,
}

/// PostgreSQL refuses to run as root; the account that its packages create takes its place.
const ACCOUNT: &str = "postgres";

impl Cluster {
    /// Starts a cluster on a free port of 127.0.0.1, installing the server first where that is possible.
    ///
    /// # Errors
    /// The server is missing and cannot be installed, or it does not start; its log is in the error.
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        Self::start_with(durability, CONNECTIONS_MAX)
    }

    /// The same, with as many connections at most.
    pub(crate) fn start_with(durability: Durability, connections_max: u32) -> Result<Self> {
        let programs = find_or_install()?;
        let folder = tempfile::Builder::new().prefix("updraft-postgres-").tempdir()?;
        if is_root() {
            workspace::run(Command::new("chown").arg(ACCOUNT).arg(folder.path()))?;
        }
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let cluster = Self {
            programs,
            folder,
            port,
        };
        let data = cluster.data();
        let data = data.to_string_lossy();
        let arguments = [
            "-U",
            "updraft",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            "-D",
            &data,
        ];
        workspace::output(cluster.program("initdb").args(arguments))?;
        let volatile = match durability {
            Durability::None => "-c fsync=off -c synchronous_commit=off -c full_page_writes=off",
            Durability::Full => "",
        };
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections={connections_max} {volatile}"
        );
        let log = cluster.folder.path().join("log");
        let log = log.to_string_lossy();
        let started = workspace::run(
            cluster
                .program("pg_ctl")
                .args(["-D", &data, "-o", &options, "-l", &log, "-s", "-w", "start"]),
        );
        if let Err(error) = started {
            let text = std::fs::read_to_string(log.as_ref()).unwrap_or_default();
            bail!("{error:#}; its log says: {}", text.trim());
        }
        Ok(cluster)
    }

    /// The URL of the database from which tests create their own.
    pub(crate) fn url(&self) -> String {
        format!("postgres://updraft@127.0.0.1:{}/postgres", self.port)
    }

    /// Stops the server, `fast` or `immediate`, and starts it again.
    pub(crate) fn restart(&self, mode: &str) -> Result<()> {
        let (data, log) = (self.data(), self.folder.path().join("log"));
        let mut restart = self.program("pg_ctl");
        restart
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(&log)
            .args(["-s", "-w", "-m", mode, "restart"]);
        workspace::run(&mut restart)
    }

    /// `psql` with a statement, printing bare rows.
    pub(crate) fn psql(&self, statement: &str) -> Command {
        let mut command = self.program("psql");
        command.args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--quiet",
            "-c",
            statement,
        ]);
        command.arg(self.url());
        command
    }

    /// How far the write-ahead log has been written: a place such as `0/1A2B3C8`.
    ///
    /// # Errors
    /// The server does not answer.
    pub(crate) fn log_end(&self) -> Result<String> {
        Ok(
            workspace::output(&mut self.psql("SELECT pg_current_wal_flush_lsn()"))?
                .trim()
                .to_owned(),
        )
    }

    /// What the write-ahead log holds between two places: commits, and bytes.
    ///
    /// # Errors
    /// The log cannot be read.
    pub(crate) fn logged(&self, start: &str, end: &str) -> Result<(u64, u64)> {
        let bytes = self.psql(&format!("SELECT '{end}'::pg_lsn - '{start}'::pg_lsn"));
        let bytes = workspace::output(&mut { bytes })?.trim().parse()?;
        let mut dump = self.program("pg_waldump");
        dump.arg("--path").arg(self.data().join("pg_wal"));
        dump.args(["--start", start, "--end", end, "--stats=record"]);
        let statistics = workspace::output(&mut dump)?;
        let commits = statistics
            .lines()
            .filter_map(|line| line.strip_prefix("Transaction/COMMIT "))
            .find_map(|line| line.split_whitespace().next()?.parse().ok());
        Ok((commits.unwrap_or(0), bytes))
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        if !is_root() {
            return Command::new(path);
        }
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--clear-groups", "--"])
            .arg(path)
            .current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.data();
        let stop = self
            .program("pg_ctl")
            .arg("-D")
            .arg(&data)
            .args(["-s", "-m", "immediate", "stop"])
            .status();
        if !stop.is_ok_and(|status| status.success()) {
            eprintln!(
                "warning: the test database in {} may still be running",
                data.display()
            );
        }
    }
}

fn is_root() -> bool {
    let id = workspace::output(Command::new("id").arg("-u")).unwrap_or_default();
    id.trim() == "0"
}

/// The folder of `initdb` and `pg_ctl`: newest version of Debian's layout first, then the search path.
fn find() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok();
    let mut found: Vec<(u32, PathBuf)> = versions
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let version = entry.file_name().to_string_lossy().parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").is_file())
        .collect();
    found.sort();
    found.pop().map(|(_, folder)| folder).or_else(|| {
        let folder = workspace::output(Command::new("pg_config").arg("--bindir")).ok()?;
        let folder = Path::new(folder.trim()).to_owned();
        folder.join("initdb").is_file().then_some(folder)
    })
}

fn find_or_install() -> Result<PathBuf> {
    if let Some(folder) = find() {
        return Ok(folder);
    }
    let missing = "the tests need PostgreSQL 15 or newer; install it (on Debian: apt-get install postgresql)";
    if !is_root() {
        bail!("{missing}");
    }
    workspace::apt_install(&["postgresql"]).context(missing)?;
    find().context(missing)
}
