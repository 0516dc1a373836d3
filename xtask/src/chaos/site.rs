//! A database, two schedulers and a client that triggers runs without end.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::judge;
use crate::postgres::{Cluster, Durability};
use crate::workspace;

/// Connections that the database allows: more than two schedulers and a few clients want.
pub(crate) const CONNECTIONS_MAX: u32 = 60;

/// The DAG that is triggered; the example `shapes` has it.
const DAG: &str = "grind";

/// What stands before the number of each run in its id.
pub(super) const RUN_PREFIX: &str = "load-";

/// The time between two runs.
const TRIGGER_EVERY: Duration = Duration::from_millis(300);

/// How long a command or a start may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The place where everything happens.
pub(crate) struct Site {
    load: Option<Load>,
    schedulers: Vec<Child>,
    pub(crate) cluster: Cluster,
    home: TempDir,
}

/// The client.
struct Load {
    must_end: Arc<AtomicBool>,
    triggered: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Site {
    /// Starts everything.
    pub(crate) fn start() -> Result<Self> {
        let cluster = Cluster::start_with(Durability::Full, CONNECTIONS_MAX)?;
        let home = tempfile::Builder::new().prefix("updraft-chaos-").tempdir()?;
        let dags = home.path().join("dags");
        std::fs::create_dir(&dags)?;
        let program = programs()?.join("examples/shapes");
        std::fs::write(
            dags.join("shapes.bundle.toml"),
            format!("program = \"{}\"\n", program.display()),
        )?;
        let settings = format!(
            "[core]\ndags_are_paused_at_creation = False\nparallelism = 8\n[database]\nsql_alchemy_conn = {}\n\
             [scheduler]\nscheduler_health_check_server_port = 0\n",
            cluster.url()
        );
        std::fs::write(home.path().join("airflow.cfg"), settings)?;
        let mut site = Self {
            load: None,
            schedulers: Vec::new(),
            cluster,
            home,
        };
        workspace::output(site.updraft().args(["db", "migrate"]))?;
        for number in 0..2 {
            let scheduler = site.scheduler(number)?;
            site.schedulers.push(scheduler);
        }
        site.wait(PATIENCE, "the DAGs are known", |site| {
            let listed = workspace::output(site.updraft().args(["dags", "list"])).unwrap_or_default();
            listed.contains(DAG)
        })?;
        site.load = Some(Load::start(site.home.path())?);
        Ok(site)
    }

    /// How many runs there are, as far as the client was told.
    pub(crate) fn triggered(&self) -> u64 {
        self.load
            .as_ref()
            .map_or(0, |load| load.triggered.load(Ordering::Relaxed))
    }

    /// SIGKILL to a scheduler; what it started ends with it. Then it is started again.
    pub(crate) fn crash(&mut self, number: usize) -> Result<()> {
        self.schedulers[number].kill()?;
        self.schedulers[number].wait()?;
        self.schedulers[number] = self.scheduler(number)?;
        Ok(())
    }

    /// SIGKILL to a process below a scheduler, another one each time.
    pub(crate) fn kill_a_worker(&self, turn: usize) {
        let below: Vec<u32> = self
            .schedulers
            .iter()
            .flat_map(|scheduler| workspace::descendants(scheduler.id()))
            .collect();
        let victim = below.get(turn * 7 % below.len().max(1));
        if let Some(pid) = victim.and_then(|pid| Pid::from_raw(pid.cast_signed())) {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    /// Waits until every run has ended, and demands that each ended well. Gives how long that took.
    pub(crate) fn settle(&mut self, limit: Duration) -> Result<Duration> {
        let start = Instant::now();
        let expected = self.triggered();
        // What is triggered meanwhile does not count: the load goes on.
        self.wait(limit, "every run has ended", |site| {
            judge::have_ended(&site.cluster, expected).unwrap_or(false)
        })?;
        Ok(start.elapsed())
    }

    /// Ends the load, waits for the last run, and judges the history. Gives how attempts ended.
    pub(crate) fn finish(mut self) -> Result<Value> {
        if let Some(load) = self.load.take() {
            load.end();
        }
        self.wait(PATIENCE, "the last run has ended", |site| {
            judge::open_runs(&site.cluster).is_ok_and(|open| open == 0)
        })?;
        judge::history(&self.cluster).with_context(|| self.keep())
    }

    fn wait(&mut self, limit: Duration, what: &str, happened: impl Fn(&Self) -> bool) -> Result<()> {
        let start = Instant::now();
        while !happened(self) {
            for scheduler in &mut self.schedulers {
                if let Some(status) = scheduler.try_wait()? {
                    bail!("a scheduler has ended by itself: {status}; {}", self.keep());
                }
            }
            if start.elapsed() > limit {
                bail!("{what}: not within {} s; {}", limit.as_secs(), self.keep());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// Keeps the folder with the logs, and says where it is.
    fn keep(&self) -> String {
        let kept = workspace::cache().join("chaos");
        let copied = Command::new("cp")
            .arg("-rT")
            .arg(self.home.path())
            .arg(&kept)
            .status();
        match copied {
            Ok(status) if status.success() => format!("the logs are in {}", kept.display()),
            _ => "the logs could not be kept".to_owned(),
        }
    }

    fn updraft(&self) -> Command {
        updraft(self.home.path()).expect("the folder of programs was found before")
    }

    fn scheduler(&self, number: usize) -> Result<Child> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.home.path().join(format!("scheduler-{number}.log")))?;
        let mut command = self.updraft();
        command
            .arg("scheduler")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        command.spawn().context("cannot start a scheduler")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(load) = self.load.take() {
            load.end();
        }
        for scheduler in &mut self.schedulers {
            // One that has ended needs no end.
            let _ = scheduler.kill();
            let _ = scheduler.wait();
        }
    }
}

impl Load {
    /// Triggers run after run; each until the database says that it is there.
    fn start(home: &Path) -> Result<Self> {
        let (must_end, triggered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (ends, count, home) = (Arc::clone(&must_end), Arc::clone(&triggered), home.to_owned());
        updraft(&home)?;
        let thread = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                let run_id = format!("{RUN_PREFIX}{}", count.load(Ordering::Relaxed));
                while !is_triggered(&home, &run_id) && !ends.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(100));
                }
                count.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(TRIGGER_EVERY);
            }
        });
        Ok(Self {
            must_end,
            triggered,
            thread,
        })
    }

    fn end(self) {
        self.must_end.store(true, Ordering::Relaxed);
        // A client that has panicked has told so.
        let _ = self.thread.join();
    }
}

/// Whether the run is there, made now or by a try whose answer was lost.
fn is_triggered(home: &Path, run_id: &str) -> bool {
    let Ok(mut command) = updraft(home) else {
        return false;
    };
    let Ok(output) = command
        .args(["dags", "trigger", DAG, "--run-id", run_id])
        .output()
    else {
        return false;
    };
    output.status.success() || String::from_utf8_lossy(&output.stderr).contains("already has a run")
}

fn updraft(home: &Path) -> Result<Command> {
    let mut command = Command::new(programs()?.join("updraft"));
    command.env("AIRFLOW_HOME", home);
    Ok(command)
}

fn programs() -> Result<PathBuf> {
    Ok(workspace::target()?.join("debug"))
}
