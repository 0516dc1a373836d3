//! The REST API against its own OpenAPI documents: every operation is called with made-up data, and answers nothing but what its
//! document says.

use std::fs::{self, File};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::{python, workspace};

/// Where the calls are made up, and what is known to differ.
const CHECKS: &str = "engine/updraft-api/tests/contract";

/// The documents, by their version.
const DOCUMENTS: &str = "engine/updraft-api/openapi";
const VERSIONS: [&str; 2] = ["v1", "v2"];

/// How often an operation is called as its document allows, in the normal and in the deep run.
const EXAMPLES: (&str, &str) = ("50", "500");

/// Bundles whose DAGs there are: some with assets, some with mapped tasks.
const BUNDLES: [&str; 2] = ["assets", "mapping"];

/// The runs that the history begins with. Those of `shop` and `bank` update the assets that `turnover` waits for.
const TRIGGERED: [&str; 4] = ["squares", "cities", "shop", "bank"];
const RUN: &str = "first";

/// How long the scheduler may take for them.
const READY_MAX: Duration = Duration::from_mins(2);

/// How often something is looked for that takes a while.
const READY_EVERY: Duration = Duration::from_millis(50);

/// Settings without which operations refuse everybody.
const SETTINGS: [(&str, &str); 2] = [
    ("AIRFLOW__API__EXPOSE_CONFIG", "True"),
    ("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING"),
];

/// Builds the server and its example DAGs, and runs the checks.
///
/// # Errors
/// The build fails, or as [`run`].
pub(crate) fn build_and_run(is_deep: bool) -> Result<()> {
    workspace::build()?;
    run(is_deep)
}

/// Calls the operations of both documents, each on a server of its own, whose program is built already.
///
/// # Errors
/// An answer is not what its document says: the error tells the calls, and what the server wrote. Or Python is missing.
pub(crate) fn run(is_deep: bool) -> Result<()> {
    let target = workspace::target()?;
    let requirements = workspace::root().join(CHECKS).join("requirements.txt");
    let python = python::environment(&target.join("contract"), &requirements)?;
    let folder = tempfile::tempdir()?;
    let programs = target.join("debug");
    let installations = VERSIONS.map(|version| Installation::new(&programs, folder.path().join(version)));
    let [first, others @ ..] = &installations;
    first.fill()?;
    for other in others {
        copy(&first.home, &other.home)?;
    }
    let (python, examples) = (&python, if is_deep { EXAMPLES.1 } else { EXAMPLES.0 });
    let results: Vec<Result<String>> = thread::scope(|scope| {
        let start =
            |(installation, version)| scope.spawn(move || check(installation, version, python, examples));
        let checks: Vec<_> = installations.iter().zip(VERSIONS).map(start).collect();
        let ended = checks
            .into_iter()
            .map(|check| check.join().expect("a check does not panic"));
        ended.collect()
    });
    let mut failures = Vec::new();
    for result in results {
        match result {
            Ok(told) => print!("{told}"),
            Err(failure) => failures.push(format!("{failure:#}")),
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        bail!("{}", failures.join("\n"))
    }
}

/// Calls the operations of one document; returns what the calls came to.
fn check(installation: &Installation, version: &str, python: &Path, examples: &str) -> Result<String> {
    let server = installation.serve()?;
    let root = workspace::root();
    let checked = workspace::output(
        Command::new(python)
            .arg(root.join(CHECKS).join("contract.py"))
            .arg(root.join(DOCUMENTS).join(format!("{version}.json")))
            .arg(format!("http://127.0.0.1:{}", server.port))
            .args(["--examples", examples]),
    );
    checked.map_err(|error| {
        let text = fs::read_to_string(installation.home.join("server.log")).unwrap_or_default();
        anyhow!("{error:#}; the server wrote:\n{}", text.trim())
    })
}

/// An Airflow home of a program that was built.
struct Installation {
    programs: PathBuf,
    home: PathBuf,
}

impl Installation {
    fn new(programs: &Path, home: PathBuf) -> Self {
        Self {
            programs: programs.to_owned(),
            home,
        }
    }

    fn command(&self, line: &str) -> Command {
        let mut command = Command::new(self.programs.join("updraft"));
        command.args(line.split_whitespace());
        command.env("AIRFLOW_HOME", &self.home).envs(SETTINGS);
        command
    }

    /// A process that stays until it is dropped.
    fn start(&self, line: &str, log: &str) -> Result<Process> {
        let log = File::create(self.home.join(log))?;
        let mut command = self.command(line);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = command
            .spawn()
            .with_context(|| format!("cannot start `updraft {line}`; build it first"))?;
        Ok(Process(child))
    }

    /// Writes what there is to be called for: DAGs that have run, a source that cannot be read, a made-up history, an admin.
    fn fill(&self) -> Result<()> {
        let dags = self.home.join("dags");
        fs::create_dir_all(&dags)?;
        for bundle in BUNDLES {
            let program = self.programs.join("examples").join(bundle);
            let text = format!("program = \"{}\"\n", program.display());
            fs::write(dags.join(format!("{bundle}.bundle.toml")), text)?;
        }
        fs::write(dags.join("broken.bundle.toml"), "program = \"nowhere\"\n")?;
        workspace::output(&mut self.command("db migrate"))?;
        let mut scheduler = self.start("scheduler", "scheduler.log")?;
        for dag in TRIGGERED {
            self.wait(&mut scheduler, "dags list --output json", &format!("\"{dag}\""))?;
            workspace::output(&mut self.command(&format!("dags unpause {dag}")))?;
            workspace::output(&mut self.command(&format!("dags trigger {dag} --run-id {RUN}")))?;
        }
        for dag in ["squares", "cities", "turnover"] {
            self.wait(
                &mut scheduler,
                &format!("dags list-runs --dag-id {dag} --output json"),
                "\"success\"",
            )?;
        }
        drop(scheduler);
        for line in [
            "dev fill --dags 6 --task-instances 400 --log-lines 20 --add --until 2026-01-01",
            "users create --username admin --password admin --role Admin --firstname A --lastname D --email admin@example.org",
        ] {
            workspace::output(&mut self.command(line))?;
        }
        Ok(())
    }

    /// Waits until a command prints something.
    fn wait(&self, scheduler: &mut Process, line: &str, text: &str) -> Result<()> {
        let start = Instant::now();
        while !workspace::output(&mut self.command(line))?.contains(text) {
            if let Some(status) = scheduler.0.try_wait()? {
                bail!("the scheduler ended ({status})");
            }
            if start.elapsed() > READY_MAX {
                bail!(
                    "`updraft {line}` prints no {text} after {} s",
                    READY_MAX.as_secs()
                );
            }
            thread::sleep(READY_EVERY);
        }
        Ok(())
    }

    /// Starts the server and waits until it listens.
    fn serve(&self) -> Result<Server> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut process = self.start(&format!("webserver --port {port}"), "server.log")?;
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = process.0.try_wait()? {
                bail!("the server ended at once ({status})");
            }
            if start.elapsed() > READY_MAX {
                bail!("the server does not listen after {} s", READY_MAX.as_secs());
            }
            thread::sleep(READY_EVERY);
        }
        Ok(Server {
            port,
            _process: process,
        })
    }
}

/// A server that listens.
struct Server {
    port: u16,
    _process: Process,
}

/// A running process; dropping it ends it.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Copies a folder with the files in it, without sockets of what has ended.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("reading `{}`", from.display()))? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&from, &to)?;
        } else if kind.is_file() {
            fs::copy(&from, &to).with_context(|| format!("copying `{}`", from.display()))?;
        }
    }
    Ok(())
}
