//! The orchestrator: start, idle memory, hops of a chain, width of a fan, on both databases.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tempfile::TempDir;

use super::figure::{Figure, Figures, median, quantile};
use super::orchestrator::{Orchestrator, RUN_MAX, Times, wait_for};
use crate::postgres::{Cluster, Durability};
use crate::up::is_healthy;
use crate::workspace;

/// How long the engine is left alone before its memory is read.
const IDLE: Duration = Duration::from_secs(3);

/// Takes all figures of the orchestrator.
pub(super) fn measure(programs: &Path, runs: u32, figures: &mut Figures) -> Result<()> {
    let cluster = Cluster::start(Durability::Full)?;
    for (store, url) in [("sqlite", None), ("postgres", Some(cluster.url()))] {
        let engine = Engine::start(programs, url.as_deref(), 0)?;
        let figure = |shape, metric, value, unit| Figure {
            store,
            tasks: "native",
            runs,
            ..Figure::new(shape, metric, value, unit)
        };
        figures.add(&Figure {
            runs: 1,
            ..figure("start", "ready_s", engine.ready.as_secs_f64(), "s")
        });
        std::thread::sleep(IDLE);
        figures.add(&Figure {
            runs: 1,
            ..figure("idle", "pss_mib", engine.memory_mib()?, "MiB")
        });
        let (mut p50, mut p99, mut rate) = (Vec::new(), Vec::new(), Vec::new());
        // The first run starts the warm process and is not counted.
        engine.run("chain")?;
        for _ in 0..runs {
            let hops = engine.run("chain")?.hops_ms();
            p50.push(quantile(&hops, 0.5));
            p99.push(quantile(&hops, 0.99));
            rate.push(engine.run("fan")?.tasks_per_s());
        }
        figures.add(&figure("chain", "hop_p50_ms", median(&p50), "ms"));
        figures.add(&figure("chain", "hop_p99_ms", median(&p99), "ms"));
        figures.add(&figure("fan", "tasks_per_s", median(&rate), "1/s"));
    }
    Ok(())
}

/// An orchestrator in a home of its own.
pub(crate) struct Engine {
    programs: PathBuf,
    home: TempDir,
    url: Option<String>,
    child: Child,
    ready: Duration,
}

impl Engine {
    /// Starts it and waits until it knows its DAGs, among them so many that are paused.
    pub(crate) fn start(programs: &Path, url: Option<&str>, idle_dags: u32) -> Result<Self> {
        let home = tempfile::tempdir()?;
        std::fs::create_dir(home.path().join("dags"))?;
        let program = programs.join("examples/shapes");
        std::fs::write(
            home.path().join("dags/shapes.bundle.toml"),
            format!(
                "program = \"{}\"\n[env]\nSHAPES_IDLE = \"{idle_dags}\"\n",
                program.display()
            ),
        )?;
        std::fs::write(
            home.path().join("airflow.cfg"),
            format!(
                "[core]\ndags_are_paused_at_creation = False\nmax_map_length = 200000\n\
                 [updraft]\npython_environment = {}\n",
                workspace::target()?.join("python/engine").display()
            ),
        )?;
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
            .local_addr()?
            .port();
        let mut command = command(programs, home.path(), url);
        command.args(["standalone", "--port", &port.to_string()]);
        let log = std::fs::File::create(home.path().join("standalone.log"))?;
        let start = Instant::now();
        let child = command
            .stdout(log.try_clone()?)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()?;
        while !is_healthy(port) {
            if start.elapsed() > RUN_MAX {
                bail!("the orchestrator does not answer");
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let ready = start.elapsed();
        let engine = Self {
            programs: programs.to_owned(),
            home,
            url: url.map(str::to_owned),
            child,
            ready,
        };
        wait_for(|| Ok(engine.ask(&["dags", "list"])?.contains("chain").then_some(())))?;
        Ok(engine)
    }

    /// The process id of the orchestrator.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Where the embedded database is.
    pub(super) fn database(&self) -> PathBuf {
        self.home.path().join("updraft.db")
    }

    /// How many runs of a DAG have ended well.
    pub(crate) fn ended_runs(&self, dag_id: &str) -> Result<usize> {
        let text = self.ask(&["dags", "list-runs", "-d", dag_id, "--state", "success"])?;
        Ok(serde_json::from_str::<Vec<serde_json::Value>>(&text)?.len())
    }

    /// Asks a command for JSON.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<String> {
        self.say(&[arguments, &["-o", "json"]].concat())
    }

    /// Gives what a command prints.
    pub(super) fn say(&self, arguments: &[&str]) -> Result<String> {
        let mut command = command(&self.programs, self.home.path(), self.url.as_deref());
        workspace::output(command.args(arguments))
    }

    /// The memory that the orchestrator and everything it started have to themselves, shared pages counted in part.
    pub(super) fn memory_mib(&self) -> Result<f64> {
        workspace::pss_mib(self.child.id())
    }
}

impl Orchestrator for Engine {
    fn dags_folder(&self) -> PathBuf {
        self.home.path().join("dags")
    }

    fn known(&self, prefix: &str) -> Result<usize> {
        let dags: Vec<serde_json::Value> = serde_json::from_str(&self.ask(&["dags", "list"])?)?;
        let is_one =
            |dag: &&serde_json::Value| dag["dag_id"].as_str().is_some_and(|id| id.starts_with(prefix));
        Ok(dags.iter().filter(is_one).count())
    }

    fn trigger(&self, dag_id: &str) -> Result<String> {
        #[derive(Deserialize)]
        struct Triggered {
            dag_run_id: String,
        }
        let triggered: Vec<Triggered> = serde_json::from_str(&self.ask(&["dags", "trigger", dag_id])?)?;
        let run = triggered.into_iter().next().context("no run was triggered")?;
        Ok(run.dag_run_id)
    }

    fn state(&self, dag_id: &str, run_id: &str) -> Result<String> {
        #[derive(Deserialize)]
        struct Run {
            run_id: String,
            state: String,
        }
        let runs: Vec<Run> = serde_json::from_str(&self.ask(&["dags", "list-runs", "-d", dag_id])?)?;
        let run = runs.into_iter().find(|run| run.run_id == run_id);
        Ok(run.context("the run has vanished")?.state)
    }

    fn times(&self, dag_id: &str, run_id: &str) -> Result<Times> {
        #[derive(Deserialize)]
        struct Task {
            start_date: jiff::Timestamp,
            end_date: jiff::Timestamp,
        }
        let tasks: Vec<Task> =
            serde_json::from_str(&self.ask(&["tasks", "states-for-dag-run", dag_id, run_id])?)?;
        let seconds = |at: jiff::Timestamp| at.as_microsecond() as f64 / 1e6;
        let times = tasks
            .iter()
            .map(|task| (seconds(task.start_date), seconds(task.end_date)));
        Ok(Times::new(times.collect()))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            // It may have ended already.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

fn command(programs: &Path, home: &Path, url: Option<&str>) -> Command {
    let mut command = Command::new(programs.join("updraft"));
    command.env("AIRFLOW_HOME", home);
    if let Some(url) = url {
        command.env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url);
    }
    command
}
