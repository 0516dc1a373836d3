//! Puts the parts of the engine together. The only place that reads the environment and the arguments of the process.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use updraft_bundle::{SourceOptions, SourceScanner, SourceWatcher};
use updraft_executor::{ExecutorOptions, LocalExecutor, RemoteExecutor, RemoteOptions, RemoteWorkers};
use updraft_scheduler::{
    MakeExecutor, Member, MemberOptions, MemberParts, Parts, Programs, Pulse, PythonTriggers,
    SchedulerOptions, TimetableOptions,
};
use updraft_secrets::{Environment as SecretsEnvironment, Masker};
use updraft_store::Holder;
use updraft_worker::{TriggerLimits, WorkerOptions};

use crate::cli::App;
use crate::clock::{RandomIds, SystemClock};
use crate::config::{Environment, Settings};
use crate::python::{Answers, Interpreter};

/// The hidden command that makes this program the supervisor of one slot's processes.
const SHEPHERD: &str = "shepherd";

/// How long a scheduler that vanished keeps others waiting, if it cannot be seen that its process is gone. With the pause
/// between two looks of a waiting one, another scheduler has taken over within 10 seconds.
const LEASE_TTL: Duration = Duration::from_secs(8);

/// How many events have their callbacks called at a time, and how many of one DAG: so many DAGs whose callbacks hang, until
/// their time limit, hold up nobody else's.
const CALLBACK_SLOTS: usize = 32;
const CALLBACKS_PER_DAG: usize = 2;

/// Variables whose names say that they are secret, and whose values are not: the word `False` is to be read in logs.
const PLAIN_OPTIONS: [&str; 4] = [
    "AIRFLOW__SECRETS__BACKEND",
    "AIRFLOW__SECRETS__CACHE_TTL_SECONDS",
    "AIRFLOW__SECRETS__USE_CACHE",
    "AIRFLOW__WORKERS__SECRETS_BACKEND",
];

/// A process that calls callbacks and has been idle for so long is ended.
const CALLBACKS_IDLE_MAX: Duration = Duration::from_secs(20);

/// The arguments behind `shepherd`, if this process is to be one.
pub(crate) fn shepherd_arguments() -> Option<impl Iterator<Item = OsString>> {
    let mut arguments = std::env::args_os().skip(1);
    (arguments.next().as_deref() == Some(OsStr::new(SHEPHERD))).then_some(arguments)
}

/// The arguments of the process; the first is the program.
pub(crate) fn arguments() -> Vec<OsString> {
    std::env::args_os().collect()
}

/// The environment of the process; what is not UTF-8 is left out.
pub(crate) fn environment() -> Environment {
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(text).collect()
}

/// Everything a scheduler is made of.
///
/// # Errors
/// This program cannot find itself, or the DAGs folder cannot be made.
pub(crate) fn scheduler(
    app: &App,
    pulse: Arc<Pulse>,
    workers: Option<&RemoteWorkers>,
) -> Result<(Parts, SchedulerOptions)> {
    let settings = &app.settings;
    let (executor, callback_executor) = (executor_options(settings)?, callback_executor_options(settings)?);
    let remote = remote_options(settings);
    let executor: MakeExecutor = match workers.cloned() {
        None => Box::new(|api| Box::new(LocalExecutor::new(executor, api))),
        Some(workers) => {
            Box::new(move |api| Box::new(RemoteExecutor::new(workers, remote, api, Arc::new(SystemClock))))
        }
    };
    let parts = Parts {
        store: Arc::new(app.store.clone()),
        sources: SourceWatcher::start(scanner(app)?, settings.scan_interval),
        executor,
        callback_executor: Box::new(|api| Box::new(LocalExecutor::new(callback_executor, api))),
        timetables: Arc::new(Programs),
        python: Some(python_triggers(settings)?),
        secrets: app.secrets.tasks.clone(),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        pulse,
        is_alive,
    };
    let options = SchedulerOptions {
        hostname: settings.hostname.clone(),
        pid: std::process::id(),
        parallelism: settings.parallelism,
        heartbeat_timeout: settings.heartbeat_timeout,
        lease_ttl: LEASE_TTL,
        conf_overrides_params: settings.conf_overrides_params,
        max_map_length: settings.max_map_length,
        callback_timeout: settings.callback_timeout,
        callbacks_per_dag: CALLBACKS_PER_DAG,
        triggerer_capacity: settings.triggerer_capacity,
        timetables: TimetableOptions::new(settings.import_timeout),
        shutdown_grace: Duration::ZERO,
    };
    Ok((parts, options))
}

/// What runs attempts in this process while another one schedules.
///
/// # Errors
/// This program cannot find itself, or the DAGs folder cannot be made.
pub(crate) fn member(app: &App) -> Result<Member> {
    let settings = &app.settings;
    let executor = executor_options(settings)?;
    let (sources, every) = (source_options(app)?, settings.scan_interval);
    let parts = MemberParts {
        store: Arc::new(app.store.clone()),
        sources: Box::new(move || SourceWatcher::start(SourceScanner::new(sources.clone()), every)),
        executor: Box::new(|api| Box::new(LocalExecutor::new(executor, api))),
        secrets: app.secrets.tasks.clone(),
        clock: Arc::new(SystemClock),
    };
    let options = MemberOptions {
        holder: holder(settings),
        // Workers elsewhere ask the scheduler that plans.
        slots: if settings.is_remote {
            0
        } else {
            settings.parallelism
        },
        beat_interval: LEASE_TTL / 3,
    };
    Ok(Member::new(parts, options))
}

/// This process, as it takes the lease.
pub(crate) fn holder(settings: &Settings) -> Holder {
    Holder {
        hostname: settings.hostname.clone(),
        pid: std::process::id(),
    }
}

/// Looks for DAG sources in the DAGs folder, which is made if it is missing.
///
/// # Errors
/// The folder cannot be made.
pub(crate) fn scanner(app: &App) -> Result<SourceScanner> {
    Ok(SourceScanner::new(source_options(app)?))
}

fn source_options(app: &App) -> Result<SourceOptions> {
    let settings = &app.settings;
    let folder = &settings.dags_folder;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the DAGs folder `{}`", folder.display()))?;
    let search_path = settings
        .environment
        .get("PATH")
        .map(String::as_str)
        .unwrap_or_default();
    let mut options = SourceOptions::new(folder.canonicalize()?);
    options.program_folder = own_program()?.parent().map(PathBuf::from);
    options.search_path = std::env::split_paths(search_path).collect();
    options.parse_timeout = settings.import_timeout;
    options.defaults = settings.dag_defaults;
    options.ignore_syntax = settings.ignore_syntax;
    options.python = Some(Arc::new(Interpreter::new(settings)));
    options.safe_mode = settings.safe_mode;
    options.answers = Some(Arc::new(Answers::new(app)));
    options.shepherd.command = Some(shepherd()?);
    Ok(options)
}

/// How triggers of Python are waited for: in the environment for DAG files, which is made when it is needed.
fn python_triggers(settings: &Settings) -> Result<PythonTriggers> {
    Ok(PythonTriggers {
        python: Arc::new(Interpreter::new(settings)),
        dags_folder: settings.dags_folder.clone(),
        worker: worker_options(settings)?,
        limits: TriggerLimits::default(),
    })
}

/// How this program is started as a shepherd.
fn shepherd() -> Result<(PathBuf, Vec<OsString>)> {
    Ok((own_program()?, vec![SHEPHERD.into()]))
}

/// How attempts are run on this machine.
///
/// # Errors
/// This program cannot find itself.
pub(crate) fn worker_options(settings: &Settings) -> Result<WorkerOptions> {
    let log_folder = std::path::absolute(&settings.base_log_folder)?;
    let mut options = WorkerOptions::new(shepherd()?, log_folder, Arc::new(SystemClock));
    options.hostname.clone_from(&settings.hostname);
    options.unixname = settings
        .environment
        .get("USER")
        .cloned()
        .unwrap_or_else(|| "airflow".to_owned());
    options.masker = Arc::new(masker(settings));
    options.heartbeat_interval = settings.heartbeat_interval;
    options.kill_grace = settings.killed_task_cleanup_time;
    options.templated_field_length_max = settings.templated_field_length_max;
    Ok(options)
}

fn executor_options(settings: &Settings) -> Result<ExecutorOptions> {
    let mut options = ExecutorOptions::new(worker_options(settings)?);
    options.parallelism = settings.parallelism;
    Ok(options)
}

/// How long workers elsewhere may be silent.
fn remote_options(settings: &Settings) -> RemoteOptions {
    let queued_timeout = settings.task_tokens.workload_lifetime.unsigned_abs();
    RemoteOptions {
        queued_timeout,
        heartbeat_timeout: settings.heartbeat_timeout,
    }
}

/// Callbacks have processes of their own, which do not stay warm for long.
fn callback_executor_options(settings: &Settings) -> Result<ExecutorOptions> {
    let mut options = ExecutorOptions::new(worker_options(settings)?);
    options.parallelism = CALLBACK_SLOTS;
    options.warm_idle_timeout = CALLBACKS_IDLE_MAX;
    Ok(options)
}

/// Masks what the environment says are secrets: connections' passwords, variables with telling names, the Fernet key, what secrets
/// backends are asked with.
fn masker(settings: &Settings) -> Masker {
    let secrets = SecretsEnvironment::new(settings.environment.clone());
    let mut masker = Masker::new(&[]);
    masker.add_secret(&settings.fernet_key);
    for key in secrets.variable_keys() {
        if let Some(value) = secrets.variable(&key) {
            masker.add_variable(&key, value);
        }
    }
    for conn_id in secrets.connection_ids() {
        // One that cannot be read is told when a task asks for it.
        if let Ok(Some(connection)) = secrets.connection(&conn_id) {
            masker.add_connection(&connection);
        }
    }
    for (_, setting) in settings.secrets.set() {
        // Arguments that cannot be read are told when the backend is opened.
        let arguments = setting.arguments().unwrap_or_default();
        masker.add_variable("arguments", &serde_json::Value::Object(arguments).to_string());
    }
    for (name, value) in &settings.environment {
        if masker.is_sensitive_name(name) && !PLAIN_OPTIONS.contains(&name.as_str()) {
            masker.add_secret(value);
        }
    }
    masker
}

/// Where this program lies. Also after its file was replaced, the new one is used.
fn own_program() -> Result<PathBuf> {
    let program = std::env::current_exe().context("cannot find where this program lies")?;
    let text = program.to_string_lossy();
    Ok(text
        .strip_suffix(" (deleted)")
        .map_or_else(|| program.clone(), PathBuf::from))
}

/// Whether a process with this id runs on this machine.
pub(crate) fn is_alive(pid: u32) -> bool {
    std::path::Path::new("/proc").join(pid.to_string()).exists()
}
