//! A real Airflow as the peer: its scheduler and what that needs, with the local executor, on PostgreSQL.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::orchestrator::{Orchestrator, Times, wait_for};
use crate::postgres::{Cluster, Durability};
use crate::up::is_healthy;
use crate::workspace;

/// What makes a small Airflow quick: no waiting between its looks, wide limits.
const SETTINGS: [(&str, &str); 14] = [
    ("CORE__EXECUTOR", "LocalExecutor"),
    ("CORE__LOAD_EXAMPLES", "False"),
    ("CORE__DAGS_ARE_PAUSED_AT_CREATION", "False"),
    ("CORE__PARALLELISM", "32"),
    ("CORE__MAX_ACTIVE_TASKS_PER_DAG", "32"),
    ("CORE__MAX_ACTIVE_RUNS_PER_DAG", "50"),
    ("CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "True"),
    ("SCHEDULER__SCHEDULER_HEARTBEAT_SEC", "1"),
    ("SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME", "0.1"),
    ("SCHEDULER__PARSING_PROCESSES", "2"),
    ("DAG_PROCESSOR__PARSING_PROCESSES", "2"),
    ("SCHEDULER__DAG_DIR_LIST_INTERVAL", "1"),
    ("DAG_PROCESSOR__REFRESH_INTERVAL", "1"),
    ("USAGE_DATA_COLLECTION__ENABLED", "False"),
];

/// A running Airflow in a home and a database of its own.
pub(super) struct Airflow {
    /// `Airflow 3.3.2`.
    name: String,
    program: PathBuf,
    port: u16,
    home: TempDir,
    cluster: Cluster,
    children: Vec<Child>,
    /// So many runs have been triggered.
    triggered: Cell<u32>,
}

impl Airflow {
    /// Starts the Airflow of an environment and waits until it schedules.
    ///
    /// # Errors
    /// There is none, or it does not start.
    pub(super) fn start(environment: &Path) -> Result<Self> {
        let program = environment.join("bin/airflow");
        let home = tempfile::tempdir()?;
        std::fs::create_dir(home.path().join("dags"))?;
        let port = std::net::TcpListener::bind(("127.0.0.1", 0))?
            .local_addr()?
            .port();
        let mut airflow = Self {
            name: String::new(),
            program,
            port,
            home,
            cluster: Cluster::start(Durability::Full)?,
            children: Vec::new(),
            triggered: Cell::new(0),
        };
        let version = workspace::output(airflow.command().arg("version"))
            .with_context(|| format!("{} holds no Airflow", environment.display()))?;
        let version = version.lines().last().unwrap_or_default().trim();
        airflow.name = format!("Airflow {version}");
        workspace::quietly(airflow.command().args(["db", "migrate"]))?;
        let processes: &[&[&str]] = if version.starts_with("2.") {
            &[&["scheduler"]]
        } else {
            &[&["api-server", "--port"], &["scheduler"], &["dag-processor"]]
        };
        for arguments in processes {
            airflow.spawn(arguments)?;
            if arguments.contains(&"--port") {
                wait_for(|| Ok(is_healthy(port).then_some(())))?;
            }
        }
        wait_for(|| {
            let beats = "SELECT count(*) FROM job WHERE job_type = 'SchedulerJob' AND state = 'running'";
            Ok((airflow.ask(beats)?.trim() == "1").then_some(()))
        })?;
        Ok(airflow)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn spawn(&mut self, arguments: &[&str]) -> Result<()> {
        let log = std::fs::File::create(self.home.path().join(format!("{}.log", arguments[0])))?;
        let mut command = self.command();
        command.args(arguments);
        if arguments.contains(&"--port") {
            command.arg(self.port.to_string());
        }
        let child = command
            .stdout(log.try_clone()?)
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()?;
        self.children.push(child);
        Ok(())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let url = self
            .cluster
            .url()
            .replace("postgres://", "postgresql+psycopg2://");
        let api = format!("http://127.0.0.1:{}/execution/", self.port);
        command
            .env("AIRFLOW_HOME", self.home.path())
            .env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url)
            .env("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", api)
            .env("AIRFLOW__API_AUTH__JWT_SECRET", "of-a-benchmark-".repeat(6))
            .env("PYTHONWARNINGS", "ignore")
            .env_remove("CARGO_TARGET_DIR");
        for (setting, value) in SETTINGS {
            command.env(format!("AIRFLOW__{setting}"), value);
        }
        command
    }

    /// What its database says; a command of its own would take seconds of the processor that is measured.
    fn ask(&self, statement: &str) -> Result<String> {
        workspace::output(&mut self.cluster.psql(statement))
    }
}

impl Orchestrator for Airflow {
    fn dags_folder(&self) -> PathBuf {
        self.home.path().join("dags")
    }

    fn known(&self, prefix: &str) -> Result<usize> {
        let count =
            format!("SELECT count(DISTINCT dag_id) FROM serialized_dag WHERE dag_id LIKE '{prefix}%'");
        Ok(self.ask(&count)?.trim().parse()?)
    }

    fn trigger(&self, dag_id: &str) -> Result<String> {
        self.triggered.set(self.triggered.get() + 1);
        let run_id = format!("run_{}", self.triggered.get());
        workspace::quietly(
            self.command()
                .args(["dags", "trigger", "--run-id", &run_id, dag_id]),
        )?;
        Ok(run_id)
    }

    fn state(&self, dag_id: &str, run_id: &str) -> Result<String> {
        let state = format!("SELECT state FROM dag_run WHERE dag_id = '{dag_id}' AND run_id = '{run_id}'");
        Ok(self.ask(&state)?.trim().to_owned())
    }

    fn times(&self, dag_id: &str, run_id: &str) -> Result<Times> {
        let times = format!(
            "SELECT extract(epoch FROM start_date), extract(epoch FROM end_date) FROM task_instance \
             WHERE dag_id = '{dag_id}' AND run_id = '{run_id}'"
        );
        let seconds = |line: &str| -> Result<(f64, f64)> {
            let (start, end) = line.split_once('|').context("a task that ran has two times")?;
            Ok((start.parse()?, end.parse()?))
        };
        let tasks = self.ask(&times)?.lines().map(seconds).collect::<Result<_>>()?;
        Ok(Times::new(tasks))
    }
}

impl Drop for Airflow {
    fn drop(&mut self) {
        for child in &mut self.children {
            let started = workspace::descendants(child.id());
            for pid in std::iter::once(child.id()).chain(started) {
                if let Some(pid) = rustix::process::Pid::from_raw(pid.cast_signed()) {
                    // It may have ended already.
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                }
            }
            let _ = child.wait();
        }
    }
}
