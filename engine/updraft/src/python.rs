//! The Python of this installation, as those know it who read DAG files and run their tasks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use async_trait::async_trait;
use tokio::sync::Mutex;
use updraft_bundle::{NoPython, ParseAnswers, Python};
use updraft_protocol::launch::Program;
use updraft_protocol::message::ConnectionResult;
use updraft_python::Environment;
use updraft_scheduler::connection_result;
use updraft_secrets::Secrets;
use updraft_store::Store;

use crate::cli::App;
use crate::config::Settings;

/// The module of our package that serves the engine.
const MODULE: &str = "updraft_airflow";

/// An environment that could not be made is not tried again for so long: there may be hundreds of files that want it.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(20);

/// The environment that the settings name.
pub(crate) fn environment(settings: &Settings) -> Environment {
    Environment::new(settings.python_environment.clone(), settings.python.clone())
}

/// Our package as a command of the environment, which is made if it is missing; the arguments are still to be added.
///
/// # Errors
/// The environment cannot be made.
pub(crate) fn command(settings: &Settings) -> Result<Command> {
    let environment = environment(settings);
    let tell = |text: &str| tracing::warn!("{text}");
    environment
        .ensure(&tell)
        .map_err(|error| anyhow!("{error}\nhint: {}", error.hint()))?;
    let mut command = Command::new(environment.interpreter());
    command
        .args(["-m", MODULE])
        .envs(variables(&environment, settings));
    Ok(command)
}

/// What the interpreter is told of this installation.
fn variables(environment: &Environment, settings: &Settings) -> BTreeMap<String, String> {
    let text = |path: &Path| path.display().to_string();
    let mut variables = settings.dag_defaults.to_variables();
    let path = settings
        .environment
        .get("PATH")
        .map(String::as_str)
        .unwrap_or_default();
    let timeout = settings.import_timeout.as_secs_f64().to_string();
    // What a task starts by name is that of the environment, as if it was activated.
    let commands = format!("{}:{path}", environment.folder().join("bin").display());
    variables.extend([
        ("AIRFLOW_HOME".to_owned(), text(&settings.home.path)),
        (
            "AIRFLOW__CORE__DAGS_FOLDER".to_owned(),
            text(&settings.dags_folder),
        ),
        ("AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT".to_owned(), timeout),
        ("VIRTUAL_ENV".to_owned(), text(environment.folder())),
        ("PATH".to_owned(), commands),
    ]);
    variables
}

/// The interpreter of that environment, as it is started for DAG files.
#[derive(Debug)]
pub(crate) struct Interpreter {
    environment: Environment,
    variables: BTreeMap<String, String>,
    folder: PathBuf,
    /// `[core] execute_tasks_new_python_interpreter`.
    is_for_one_attempt: bool,
    /// Why the environment could not be made, and when that was. Who holds the lock makes it; all others wait.
    failed: Mutex<Option<(Instant, NoPython)>>,
}

impl Interpreter {
    pub(crate) fn new(settings: &Settings) -> Self {
        let environment = environment(settings);
        let variables = variables(&environment, settings);
        Self {
            environment,
            variables,
            folder: settings.home.path.clone(),
            is_for_one_attempt: settings.new_interpreters,
            failed: Mutex::new(None),
        }
    }

    /// Makes the environment if it is missing.
    async fn ensure(&self) -> Result<(), NoPython> {
        let mut failed = self.failed.lock().await;
        if let Some((when, problem)) = &*failed
            && when.elapsed() < TRY_AGAIN_AFTER
        {
            return Err(problem.clone());
        }
        let environment = self.environment.clone();
        let ensured =
            tokio::task::spawn_blocking(move || environment.ensure(&|text| tracing::info!("{text}")));
        let problem = match ensured.await {
            Ok(Ok(())) => {
                *failed = None;
                return Ok(());
            }
            Ok(Err(error)) => NoPython {
                message: format!("there is no Python to read it with: {error}"),
                hint: error.hint().to_owned(),
            },
            Err(error) => NoPython {
                message: format!("there is no Python to read it with: {error}"),
                hint: "run `updraft python install`".to_owned(),
            },
        };
        *failed = Some((Instant::now(), problem.clone()));
        Err(problem)
    }
}

#[async_trait]
impl Python for Interpreter {
    fn fingerprint(&self) -> Option<String> {
        self.environment.fingerprint()
    }

    async fn program(&self) -> Result<Arc<Program>, NoPython> {
        let fingerprint = match self.fingerprint() {
            Some(fingerprint) => fingerprint,
            None => {
                self.ensure().await?;
                self.fingerprint().unwrap_or_default()
            }
        };
        Ok(Arc::new(Program {
            path: self.environment.interpreter(),
            args: ["-m", MODULE].map(str::to_owned).into(),
            env: self.variables.clone(),
            folder: self.folder.clone(),
            ends_late_tasks: true,
            is_for_one_attempt: self.is_for_one_attempt,
            zygote: (!self.is_for_one_attempt).then(|| ["-m", MODULE, "zygote"].map(str::to_owned).into()),
            fingerprint,
        }))
    }
}

/// Answers what DAG files ask while they are read: from the places of secrets and the database, as tasks are answered.
pub(crate) struct Answers {
    store: Store,
    secrets: Secrets,
}

impl Answers {
    pub(crate) fn new(app: &App) -> Self {
        Self {
            store: app.store.clone(),
            secrets: app.secrets.dag_files.clone(),
        }
    }
}

#[async_trait]
impl ParseAnswers for Answers {
    async fn variable(&self, key: &str) -> Result<Option<String>, String> {
        let found = self.store.lookup_variable(&self.secrets, key).await;
        found.map_err(|error| format!("{:#}", anyhow::Error::from(error)))
    }

    async fn connection(&self, conn_id: &str) -> Result<Option<ConnectionResult>, String> {
        let found = self.store.lookup_connection(&self.secrets, conn_id).await;
        let found = found.map_err(|error| format!("{:#}", anyhow::Error::from(error)))?;
        Ok(found.map(|connection| connection_result(conn_id, connection)))
    }

    async fn wanted_again(&self) -> Vec<String> {
        self.store.take_parse_requests().await.unwrap_or_else(|error| {
            tracing::warn!(error = %error, "it cannot be seen which DAG sources somebody wants to be read again");
            Vec::new()
        })
    }
}
