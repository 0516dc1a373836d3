//! Airflow's own clients, as they are published, against the real server: what they expect of Airflow, it must do.

use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::{python, workspace};

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
    workspace::run(workspace::cargo().args(["build", "--package", "updraft", "--quiet"]))?;
    let examples = ["build", "--package", "updraft-sdk", "--examples", "--quiet"];
    workspace::run(workspace::cargo().args(examples))?;
    run()
}

/// Runs the checks of both versions, each against a server of its own, whose program is built already.
///
/// # Errors
/// A check fails: it has said which one above, and the error holds what the server wrote. Or Python is missing.
pub(crate) fn run() -> Result<()> {
    let checks = workspace::root().join(CHECKS);
    let target = workspace::target()?;
    for version in ["v1", "v2"] {
        let environment = target.join("clients").join(version);
        std::fs::create_dir_all(&environment)?;
        let requirements = checks.join(format!("requirements-{version}.txt"));
        let python = python::environment(&environment, &requirements)?;
        let home = tempfile::tempdir()?;
        let mut server = Server::start(&target.join("debug"), home.path())?;
        let checked = server.wait_ready().and_then(|()| {
            workspace::run(
                Command::new(python)
                    .arg(checks.join(format!("{version}.py")))
                    .arg(format!("http://127.0.0.1:{}", server.port)),
            )
        });
        checked.map_err(|error| {
            let text = std::fs::read_to_string(home.path().join("server.log")).unwrap_or_default();
            anyhow!("{error:#}; the server wrote:\n{}", text.trim())
        })?;
    }
    Ok(())
}

/// A running server in a home of its own; dropping it ends it.
struct Server<'h> {
    child: Child,
    home: &'h Path,
    program: std::path::PathBuf,
    port: u16,
}

impl<'h> Server<'h> {
    fn start(programs: &Path, home: &'h Path) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let program = programs.join("updraft");
        std::fs::create_dir(home.join("dags"))?;
        let bundle = programs.join("examples/trouble");
        std::fs::write(
            home.join("dags/trouble.bundle.toml"),
            format!("program = \"{}\"\n", bundle.display()),
        )?;
        let log = File::create(home.join("server.log"))?;
        let child = Command::new(&program)
            .args(["standalone", "--port", &port.to_string()])
            .env("AIRFLOW_HOME", home)
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
        })
    }

    fn wait_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        loop {
            let listed = Command::new(&self.program)
                .args(["dags", "list", "-o", "json"])
                .env("AIRFLOW_HOME", self.home)
                .output()?;
            if String::from_utf8_lossy(&listed.stdout).contains("talk") {
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
