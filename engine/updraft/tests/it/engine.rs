//! A home with a running engine, used as people use it: through the command line and its files.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use updraft_testing::databases::TestDatabase;
use updraft_testing::python::python;

/// How long a test waits for something that must happen.
const WAIT_MAX: Duration = Duration::from_mins(1);

/// An Airflow home with the DAGs of the examples `trouble` and `shapes`.
pub(crate) struct Home {
    folder: TempDir,
    database: Option<TestDatabase>,
    settings: Vec<(&'static str, String)>,
    engine: Option<Child>,
}

impl Home {
    /// A home on the embedded database, with nothing running.
    pub(crate) fn new() -> Self {
        Self::on(None)
    }

    /// A home on the given database.
    pub(crate) fn on(database: Option<TestDatabase>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("dags")).unwrap();
        let settings = "[core]\ndags_are_paused_at_creation = False\nkilled_task_cleanup_time = 1\n\
                        [updraft]\ndag_dir_scan_interval_ms = 50\n";
        fs::write(folder.path().join("airflow.cfg"), settings).unwrap();
        let home = Self {
            folder,
            database,
            settings: Vec::new(),
            engine: None,
        };
        for bundle in ["trouble", "shapes"] {
            home.add_bundle(bundle);
        }
        home
    }

    /// Puts the DAGs of a further example there.
    pub(crate) fn add_bundle(&self, bundle: &str) {
        let program = program().with_file_name("examples").join(bundle);
        assert!(
            program.exists(),
            "`{}` is missing: build the examples of updraft-sdk",
            program.display()
        );
        let text = format!("program = \"{}\"\n", program.display());
        fs::write(self.path().join(format!("dags/{bundle}.bundle.toml")), text).unwrap();
    }

    /// Sets an environment variable for everything that is started from now on.
    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.settings.push((name, value.to_owned()));
    }

    /// Has DAG files in Python read in the environment that was made for tests.
    pub(crate) fn use_python(&mut self) {
        let interpreter = python();
        let environment = interpreter.parent().and_then(Path::parent).unwrap();
        self.set(
            "AIRFLOW__UPDRAFT__PYTHON_ENVIRONMENT",
            environment.to_str().unwrap(),
        );
    }

    /// Writes a file into the DAGs folder.
    pub(crate) fn write_dag(&self, name: &str, text: &str) {
        // At once, as editors do it.
        let unfinished = self.path().join("unfinished");
        fs::write(&unfinished, text).unwrap();
        fs::rename(unfinished, self.path().join("dags").join(name)).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts `standalone` and waits until it knows the DAGs.
    pub(crate) fn start(&mut self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.path().join("engine.log"))
            .unwrap();
        let mut command = self.command();
        command
            .args(["standalone", "--port", "0"])
            .stdin(Stdio::null())
            .process_group(0);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        self.engine = Some(command.spawn().unwrap());
        self.wait("the DAGs are known", |home| {
            let listed = home
                .command()
                .args(["dags", "list", "-o", "json"])
                .output()
                .unwrap();
            String::from_utf8_lossy(&listed.stdout)
                .contains("patience")
                .then_some(())
        });
    }

    /// Starts another scheduler on the same database, which logs to `second.log`.
    pub(crate) fn start_second(&self) -> Second {
        let log = fs::File::create(self.path().join("second.log")).unwrap();
        let mut command = self.command();
        command
            .arg("scheduler")
            .env("AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT", "0")
            .stdin(Stdio::null())
            .process_group(0);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        Second(command.spawn().unwrap())
    }

    /// The process id of the engine.
    pub(crate) fn pid(&self) -> u32 {
        self.engine.as_ref().unwrap().id()
    }

    /// Kills the engine with SIGKILL.
    pub(crate) fn kill(&mut self) {
        let mut engine = self.engine.take().unwrap();
        engine.kill().unwrap();
        engine.wait().unwrap();
    }

    /// Asks the engine to stop, and waits until it has.
    pub(crate) fn stop(&mut self) {
        let mut engine = self.engine.take().unwrap();
        Command::new("kill")
            .arg(engine.id().to_string())
            .status()
            .unwrap();
        assert!(engine.wait().unwrap().success(), "{}", self.log());
    }

    /// `updraft` with this home.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(program());
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.path())
            .env("AIRFLOW_HOME", self.path());
        command.env("AIRFLOW_VAR_JOURNAL", self.journal());
        command.env(
            "AIRFLOW_CONN_WAREHOUSE",
            "postgres://ann:opensesame@db.example/sales",
        );
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        if let Some(database) = &self.database {
            command.env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", database.url().to_string());
        }
        command
    }

    /// Runs a command that must succeed; returns what it prints.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{arguments:?}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    /// Runs a command that must fail; returns its exit code and what it complains of.
    pub(crate) fn fail(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.output(arguments);
        assert!(!output.status.success(), "{arguments:?} succeeded");
        (
            output.status.code().unwrap(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    pub(crate) fn output(&self, arguments: &[&str]) -> Output {
        self.command()
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Triggers a run under this id.
    pub(crate) fn trigger(&self, dag: &str, run_id: &str) {
        self.run(&["dags", "trigger", dag, "--run-id", run_id]);
    }

    /// Waits until a run is over; returns its state.
    pub(crate) fn finished(&self, dag: &str, run_id: &str) -> String {
        self.wait(&format!("run {run_id} of {dag} is over"), |home| {
            let runs: Vec<Value> =
                serde_json::from_str(&home.run(&["dags", "list-runs", "-d", dag, "-o", "json"])).unwrap();
            let run = runs.into_iter().find(|run| run["run_id"] == run_id)?;
            let state = run["state"].as_str()?.to_owned();
            matches!(state.as_str(), "success" | "failed").then_some(state)
        })
    }

    /// The states of a run's tasks as `task=state`, in order.
    pub(crate) fn states(&self, dag: &str, run_id: &str) -> Vec<String> {
        let text = self.run(&["tasks", "states-for-dag-run", dag, run_id, "-o", "json"]);
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        let line = |row: &Value| {
            format!(
                "{}={}",
                row["task_id"].as_str().unwrap(),
                row["state"].as_str().unwrap_or("none")
            )
        };
        rows.iter().map(line).collect()
    }

    /// The log of a try.
    pub(crate) fn task_log(&self, dag: &str, run_id: &str, task: &str, attempt: u32) -> String {
        self.log_at(&format!(
            "dag_id={dag}/run_id={run_id}/task_id={task}/attempt={attempt}.log"
        ))
    }

    /// The log at a place in the logs folder.
    pub(crate) fn log_at(&self, path: &str) -> String {
        let path = format!("logs/{path}");
        fs::read_to_string(self.path().join(&path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The file in which tasks of `trouble` write what they do.
    pub(crate) fn journal(&self) -> PathBuf {
        self.path().join("journal")
    }

    /// Lines of the journal that contain all of these words.
    pub(crate) fn journal_lines(&self, words: &[&str]) -> Vec<String> {
        let text = fs::read_to_string(self.journal()).unwrap_or_default();
        let has_all = |line: &&str| words.iter().all(|word| line.split(' ').any(|own| own == *word));
        text.lines().filter(has_all).map(str::to_owned).collect()
    }

    /// Lets waiting tasks go on.
    pub(crate) fn allow(&self, name: &str) {
        fs::write(self.path().join(name), "").unwrap();
    }

    /// Waits until a log of this home holds some words.
    pub(crate) fn wait_for_log(&self, log: &str, words: &str) {
        self.wait(&format!("`{words}` in {log}"), |home| {
            let text = fs::read_to_string(home.path().join(log)).unwrap_or_default();
            text.contains(words).then_some(())
        });
    }

    /// What the engine has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path().join("engine.log")).unwrap_or_default()
    }

    /// Waits for something that must happen.
    pub(crate) fn wait<T>(&self, what: &str, happened: impl Fn(&Self) -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(found) = happened(self) {
                return found;
            }
            assert!(
                start.elapsed() < WAIT_MAX,
                "{what}: not within {WAIT_MAX:?}; the engine says:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(mut engine) = self.engine.take() {
            let _ = engine.kill();
            let _ = engine.wait();
        }
    }
}

/// A second scheduler; killed when it is dropped.
pub(crate) struct Second(Child);

impl Second {
    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) {
        Command::new("kill").arg(self.pid().to_string()).status().unwrap();
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Second {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether a process runs; one that has ended and was not reaped does not.
pub(crate) fn is_running(pid: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !status.is_empty()
        && !status
            .rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

/// Whether a process is one of those that came of another.
pub(crate) fn is_below(pid: &str, ancestor: u32) -> bool {
    let mut pid = pid.to_owned();
    loop {
        let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // Behind the name, which may hold anything: the state, then the parent.
        let fields = status.rsplit(')').next().unwrap_or_default();
        match fields.split_whitespace().nth(1).map(str::to_owned) {
            Some(parent) if parent == ancestor.to_string() => return true,
            Some(parent) if parent != "0" => pid = parent,
            _ => return false,
        }
    }
}

fn program() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_updraft"))
}
