//! Airflow's own clients and its Task SDK, as they are published, against the real server: what they expect of Airflow, it must do.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::{dag_files, python, workspace};

/// Where the checks and the versions of the clients stand.
const CHECKS: &str = "engine/updraft-api/tests/clients";

/// How long the server may take until it knows the DAGs.
const READY_MAX: Duration = Duration::from_mins(1);

/// How often it is asked.
const READY_EVERY: Duration = Duration::from_millis(50);

/// Builds the server and runs the checks.
///
/// # Errors
/// The build fails, or as [`run`].
pub(crate) fn build_and_run() -> Result<()> {
    workspace::build()?;
    run()
}

/// Runs the checks of both versions and of the Task SDK, each against a server of its own, whose program is built already.
///
/// # Errors
/// A check fails: it has said which one above, and the error holds what the server wrote. Or Python is missing.
pub(crate) fn run() -> Result<()> {
    for version in ["v1", "v2"] {
        let setup = Setup {
            settings: &[],
            dag_file: None,
            dag: "talk",
        };
        check(version, &setup, |_, _| Ok(()))?;
    }
    let secret = "the secret of this check, which lets in only its own worker";
    let interpreter = dag_files::environment()?;
    let environment = interpreter
        .parent()
        .and_then(Path::parent)
        .map(Path::to_string_lossy);
    let environment = environment.context("the environment for DAG files has a folder")?;
    let settings = [
        ("AIRFLOW__CORE__EXECUTOR", "RemoteExecutor"),
        ("AIRFLOW__API_AUTH__JWT_SECRET", secret),
        ("AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT", "60"),
        ("AIRFLOW__UPDRAFT__PYTHON_ENVIRONMENT", &*environment),
        (
            "AIRFLOW_CONN_WAREHOUSE",
            "postgres://ann:opensesame@db.example/sales",
        ),
    ];
    let setup = Setup {
        settings: &settings,
        dag_file: Some("elsewhere.py"),
        dag: "fails_elsewhere",
    };
    check("execution", &setup, |server, worker| {
        let token = workspace::output(server.command().args(["workers", "token", "sdk"]))?;
        worker.arg(&server.program).arg(server.home);
        worker.env("AIRFLOW_HOME", server.home).envs(settings);
        worker.env("WORKER_TOKEN", token.trim());
        Ok(())
    })
}

/// How the server of a check is set up.
struct Setup<'a> {
    settings: &'a [(&'a str, &'a str)],
    /// A DAG file of the check, beside the DAGs of the example `trouble`.
    dag_file: Option<&'a str>,
    /// The check begins when this DAG is known.
    dag: &'a str,
}

/// Runs one of the checks, in an environment of its own.
fn check(
    name: &str,
    setup: &Setup<'_>,
    tell: impl FnOnce(&Server<'_>, &mut Command) -> Result<()>,
) -> Result<()> {
    let checks = workspace::root().join(CHECKS);
    let target = workspace::target()?;
    let environment = target.join("clients").join(name);
    std::fs::create_dir_all(&environment)?;
    let requirements = checks.join(format!("requirements-{name}.txt"));
    let python = python::environment(&environment, &requirements)?;
    let home = tempfile::tempdir()?;
    let mut server = Server::start(&target.join("debug"), home.path(), setup)?;
    let checked = server.wait_ready(setup.dag).and_then(|()| {
        let mut command = Command::new(python);
        command
            .arg(checks.join(format!("{name}.py")))
            .arg(format!("http://127.0.0.1:{}", server.port));
        tell(&server, &mut command)?;
        workspace::run(&mut command)
    });
    checked.map_err(|error| {
        let text = std::fs::read_to_string(home.path().join("server.log")).unwrap_or_default();
        anyhow!("{error:#}; the server wrote:\n{}", text.trim())
    })
}

/// A running server in a home of its own; dropping it ends it.
struct Server<'h> {
    child: Child,
    home: &'h Path,
    program: std::path::PathBuf,
    port: u16,
    settings: Vec<(String, String)>,
}

impl<'h> Server<'h> {
    fn start(programs: &Path, home: &'h Path, setup: &Setup<'_>) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let program = programs.join("updraft");
        std::fs::create_dir(home.join("dags"))?;
        let bundle = programs.join("examples/trouble");
        std::fs::write(
            home.join("dags/trouble.bundle.toml"),
            format!("program = \"{}\"\n", bundle.display()),
        )?;
        if let Some(file) = setup.dag_file {
            std::fs::copy(
                workspace::root().join(CHECKS).join(file),
                home.join("dags").join(file),
            )?;
        }
        let log = File::create(home.join("server.log"))?;
        let child = Command::new(&program)
            .args(["standalone", "--port", &port.to_string()])
            .env("AIRFLOW_HOME", home)
            .envs(setup.settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start `{}`; build it first", program.display()))?;
        Ok(Self {
            child,
            home,
            program,
            port,
            settings: setup
                .settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        })
    }

    /// A command of this server's program, as it is set up.
    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("AIRFLOW_HOME", self.home);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Waits until it knows this DAG.
    fn wait_ready(&mut self, dag: &str) -> Result<()> {
        let start = Instant::now();
        loop {
            let listed = self.command().args(["dags", "list", "-o", "json"]).output()?;
            if String::from_utf8_lossy(&listed.stdout).contains(dag) {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended at once ({status})");
            }
            if start.elapsed() > READY_MAX {
                bail!("the server knows no DAGs after {} s", READY_MAX.as_secs());
            }
            std::thread::sleep(READY_EVERY);
        }
    }
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
