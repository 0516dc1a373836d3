//! `doctor`: looks at everything that an installation needs, and says of what is not right what to do.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use jiff::SignedDuration;
use rustix::fs::statvfs;
use updraft_model::Clock;
use updraft_scheduler::try_connection;
use updraft_secrets::{BackendError, Masker};
use updraft_store::DatabaseUrl;

use super::app::App;
use super::args::Output;
use super::by_hand::ProgramEnded;
use super::output::Rows;
use crate::clock::SystemClock;
use crate::config::{SecretsSettings, Settings, surroundings};
use crate::python;
use crate::row;

/// Less free space than this is worth a warning, and than a tenth of it is too little, in bytes.
const FREE_MIN: u64 = 1 << 30;

/// Clocks that are further apart make leases end too early or too late.
const SKEW_MAX: SignedDuration = SignedDuration::from_secs(2);

/// `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    /// Do not try the connections
    #[arg(long)]
    no_connections: bool,
    #[command(flatten)]
    output: Output,
}

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    /// It works, and something is to be done about it all the same.
    Warning,
    /// It does not work.
    Failed,
}

impl State {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// What was looked at.
struct Finding {
    check: String,
    state: State,
    found: String,
    what_to_do: String,
}

/// What was found so far.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, check: &str, found: impl Into<String>) {
        self.add(check, State::Ok, found, "");
    }

    fn add(&mut self, check: &str, state: State, found: impl Into<String>, what_to_do: impl Into<String>) {
        self.0.push(Finding {
            check: check.to_owned(),
            state,
            found: found.into(),
            what_to_do: what_to_do.into(),
        });
    }
}

/// Looks, prints a line per thing, and ends with exit code 1 if something does not work.
///
/// # Errors
/// Something does not work.
pub(crate) async fn run(args: DoctorArgs, mut settings: Settings) -> Result<()> {
    let mut findings = Findings::default();
    home(&settings, &mut findings);
    secrets(&settings, &mut findings);
    backends(&mut settings, &mut findings).await;
    disk(&settings, &mut findings);
    python(&settings, &mut findings);
    if let Some(app) = database(settings, &mut findings).await {
        clock(&app, &mut findings).await?;
        schedulers(&app, &mut findings).await?;
        sources(&app, &mut findings).await?;
        if !args.no_connections {
            connections(&app, &mut findings).await?;
        }
        app.store.close().await;
    }
    let mut rows = Rows::default();
    for finding in &findings.0 {
        rows.push(row! {
            "check": finding.check,
            "state": finding.state.as_str(),
            "found": finding.found,
            "what_to_do": finding.what_to_do,
        });
    }
    rows.print(args.output.output)?;
    if findings.0.iter().any(|finding| finding.state == State::Failed) {
        return Err(ProgramEnded(1).into());
    }
    Ok(())
}

fn home(settings: &Settings, findings: &mut Findings) {
    let (home, dags) = (&settings.home.path, &settings.dags_folder);
    if home.is_dir() {
        findings.ok("home", settings.home.to_string());
    } else {
        let found = format!("`{}` is no folder", home.display());
        findings.add(
            "home",
            State::Failed,
            found,
            "set AIRFLOW_HOME to another folder, or run `updraft db init`",
        );
    }
    match std::fs::read_dir(dags) {
        Ok(_) => findings.ok("dags_folder", dags.display().to_string()),
        Err(error) => {
            let found = format!("`{}` cannot be read: {error}", dags.display());
            findings.add(
                "dags_folder",
                State::Warning,
                found,
                "make the folder, or set `[core] dags_folder`",
            );
        }
    }
}

fn secrets(settings: &Settings, findings: &mut Findings) {
    if settings.fernet_key.is_empty() {
        findings.add(
            "fernet_key",
            State::Warning,
            "variables and passwords are stored as they are",
            "set `[core] fernet_key`, then run `updraft rotate-fernet-key`",
        );
    } else {
        findings.ok("fernet_key", "variables and passwords are encrypted");
    }
}

/// Whether the secrets backends answer. The database is looked at without those that are not usable.
async fn backends(settings: &mut Settings, findings: &mut Findings) {
    let mut is_usable = true;
    for (option, setting) in settings.secrets.set() {
        match updraft_vaults::open(setting, &surroundings(&settings.environment)) {
            Ok(None) => findings.ok(option, "nothing but the environment and the database is asked"),
            Ok(Some(backend)) => match backend.check().await {
                Ok(place) => findings.ok(option, format!("it answers about {place}")),
                Err(error) => {
                    let what_to_do = match &error {
                        BackendError::Unavailable { .. } => "start it, or see that this machine reaches it",
                        BackendError::Refused { .. } | BackendError::Unusable { .. } => {
                            "change what its server allows, or the arguments of the backend"
                        }
                    };
                    findings.add(option, State::Failed, error.to_string(), what_to_do);
                }
            },
            Err(error) => {
                is_usable = false;
                let found = format!("{:#}", anyhow::Error::from(error));
                findings.add(
                    option,
                    State::Failed,
                    found,
                    "change the option and its arguments",
                );
            }
        }
    }
    if !is_usable {
        settings.secrets = SecretsSettings::default();
    }
}

fn disk(settings: &Settings, findings: &mut Findings) {
    let mut folders = vec![("disk of the logs", settings.base_log_folder.clone())];
    if let Ok(DatabaseUrl::Sqlite(file)) = settings.database_url.parse() {
        folders.push(("disk of the database", file.path));
    }
    for (check, path) in folders {
        let Some(there) = existing(&path) else {
            continue;
        };
        match statvfs(&there) {
            Ok(disk) => {
                let free = disk.f_bavail.saturating_mul(disk.f_frsize);
                let state = if free < FREE_MIN / 10 || disk.f_favail == 0 && disk.f_files > 0 {
                    State::Failed
                } else if free < FREE_MIN {
                    State::Warning
                } else {
                    State::Ok
                };
                let found = format!(
                    "{:.1} GiB free at `{}`",
                    free as f64 / (1_u64 << 30) as f64,
                    there.display()
                );
                let what_to_do = if state == State::Ok {
                    ""
                } else {
                    "free some space: old logs, and old runs with `updraft dags delete` or `updraft db clean`"
                };
                findings.add(check, state, found, what_to_do);
            }
            Err(error) => findings.add(
                check,
                State::Failed,
                format!("`{}` cannot be looked at: {error}", there.display()),
                "make the folder readable and writable for this user",
            ),
        }
    }
}

/// The path, or the folder above it that is there.
fn existing(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|path| path.exists()).map(Path::to_owned)
}

fn python(settings: &Settings, findings: &mut Findings) {
    let environment = python::environment(settings);
    if environment.is_ready() {
        match environment.check() {
            Ok(installed) => findings.ok(
                "python",
                format!(
                    "{} is Python {}",
                    installed.interpreter.display(),
                    installed.version
                ),
            ),
            Err(error) => findings.add("python", State::Failed, error.to_string(), error.hint()),
        }
    } else {
        findings.add(
            "python",
            State::Warning,
            format!(
                "there is no environment in `{}` yet",
                environment.folder().display()
            ),
            "`updraft python install` makes it; the scheduler does so when the first DAG file wants it",
        );
    }
}

/// The database, if it can be used.
async fn database(settings: Settings, findings: &mut Findings) -> Option<App> {
    let app = match App::open_unchecked(settings).await {
        Ok(app) => app,
        Err(error) => {
            let what_to_do = "set `[database] sql_alchemy_conn`, or start the server that it names";
            findings.add("database", State::Failed, format!("{error:#}"), what_to_do);
            return None;
        }
    };
    match app.store.check().await {
        Ok(()) => {
            findings.ok("database", app.store.place());
            Some(app)
        }
        Err(error) => {
            let error = anyhow::Error::from(error);
            findings.add(
                "database",
                State::Failed,
                format!("{error:#}"),
                "run `updraft db migrate`",
            );
            None
        }
    }
}

async fn clock(app: &App, findings: &mut Findings) -> Result<()> {
    let Some(there) = app.store.server_time().await? else {
        return Ok(());
    };
    let skew = SystemClock.now().duration_since(there);
    let found = format!("{:+.3} s from that of the database", skew.as_secs_f64());
    if skew.abs() <= SKEW_MAX {
        findings.ok("clock", found);
    } else {
        let what_to_do = "have both machines set their clocks by NTP: leases and schedules go by them";
        findings.add("clock", State::Failed, found, what_to_do);
    }
    Ok(())
}

async fn schedulers(app: &App, findings: &mut Findings) -> Result<()> {
    let now = app.now();
    match app.store.scheduler().await?.filter(|held| held.expires_at > now) {
        Some(held) => findings.ok(
            "scheduler",
            format!("process {} on `{}` plans", held.holder.pid, held.holder.hostname),
        ),
        None => findings.add(
            "scheduler",
            State::Failed,
            "no scheduler works on this database, so nothing runs",
            "start `updraft scheduler`, or `updraft standalone` for everything in one process",
        ),
    }
    let members = app.store.jobs().await?;
    if !members.is_empty() {
        let slots: usize = members.iter().map(|job| job.slots).sum();
        findings.ok(
            "workers",
            format!("{} further schedulers with {slots} slots", members.len()),
        );
    }
    Ok(())
}

async fn sources(app: &App, findings: &mut Findings) -> Result<()> {
    let errors = app.store.import_errors().await?;
    if let Some(first) = errors.first() {
        let found = format!(
            "{} sources cannot be read, among them `{}`",
            errors.len(),
            first.source
        );
        findings.add(
            "dags",
            State::Warning,
            found,
            "`updraft dags list-import-errors` says why",
        );
    } else {
        findings.ok("dags", "all sources can be read");
    }
    Ok(())
}

/// Tries those that are known here: HTTP, PostgreSQL and SQLite, all at a time, each within a short time.
async fn connections(app: &App, findings: &mut Findings) -> Result<()> {
    let known = app.store.connections().await?;
    let known = known.iter().filter(|row| {
        let conn_type = row.connection.conn_type.as_deref().unwrap_or_default();
        matches!(conn_type, "http" | "https" | "postgres" | "postgresql" | "sqlite")
    });
    let trials = known.map(async |row| (row, try_connection(&row.connection).await));
    for (row, outcome) in futures::future::join_all(trials).await {
        let check = format!("connection {}", row.conn_id);
        let mut masker = Masker::new(&[]);
        masker.add_connection(&row.connection);
        match outcome {
            Ok(_) => findings.ok(&check, "it answers"),
            Err(reason) => {
                let what_to_do = format!(
                    "start what it names, or correct it: `updraft connections get {}` shows it",
                    row.conn_id
                );
                findings.add(
                    &check,
                    State::Warning,
                    masker.mask(&reason).into_owned(),
                    what_to_do,
                );
            }
        }
    }
    Ok(())
}
