//! The REST API at size: 1,000 DAGs with 1,000,000 task instances, and 100 calls a second, on both databases.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::figure::{Figure, Figures, quantile};
use super::http::Connection;
use crate::postgres::{Cluster, Durability};
use crate::up::is_healthy;
use crate::workspace;

/// How big the history is.
const DAGS: &str = "1000";
const TASK_INSTANCES: &str = "1000000";

/// How long each kind of call is measured, and the time from one to the next.
const MEASURED: Duration = Duration::from_secs(10);
const EVERY: Duration = Duration::from_millis(10);

/// How many calls may be on their way at once.
const CONNECTIONS: u32 = 16;

/// How long the server may take to start.
const READY_MAX: Duration = Duration::from_secs(30);

/// After so long without a call its memory is read.
const IDLE: Duration = Duration::from_secs(3);

const PASSWORD: &str = "of-the-bench";

/// Takes all figures.
pub(super) fn measure(programs: &Path, figures: &mut Figures) -> Result<()> {
    let cluster = Cluster::start(Durability::Full)?;
    for (store, url) in [("sqlite", None), ("postgres", Some(cluster.url()))] {
        let figure = |shape, metric, value, unit| Figure {
            store,
            ..Figure::new(shape, metric, value, unit)
        };
        let site = Site::fill(programs, url.as_deref())?;
        figures.add(&figure("api", "fill_s", site.filled_in.as_secs_f64(), "s"));
        let server = site.serve()?;
        std::thread::sleep(IDLE);
        figures.add(&figure("api", "idle_pss_mib", server.memory_mib()?, "MiB"));
        for (shape, paths) in server.calls()? {
            // What everybody pays once is not counted: connections, prepared statements, totals.
            for path in &paths {
                server.connect()?.get(path)?;
            }
            let times = server.load(&paths)?;
            let all = times.concat();
            figures.add(&figure(shape, "p50_ms", quantile(&all, 0.5), "ms"));
            figures.add(&figure(shape, "p99_ms", quantile(&all, 0.99), "ms"));
            for (path, times) in paths.iter().zip(&times) {
                eprintln!(
                    "{:>9.3} ms p50 {:>9.3} ms p99  {path}",
                    quantile(times, 0.5),
                    quantile(times, 0.99)
                );
            }
        }
        figures.add(&figure("api", "after_pss_mib", server.memory_mib()?, "MiB"));
    }
    Ok(())
}

/// A home with a database that has a history.
struct Site {
    program: std::path::PathBuf,
    home: TempDir,
    url: Option<String>,
    filled_in: Duration,
}

impl Site {
    fn fill(programs: &Path, url: Option<&str>) -> Result<Self> {
        let mut site = Self {
            program: programs.join("updraft"),
            home: tempfile::tempdir()?,
            url: url.map(str::to_owned),
            filled_in: Duration::ZERO,
        };
        std::fs::create_dir(site.home.path().join("dags"))?;
        workspace::output(site.command().args(["db", "migrate"]))?;
        let user = "users create -u bench -f A -l B -r Admin -e bench@example.com -p";
        workspace::output(site.command().args(user.split(' ')).arg(PASSWORD))?;
        let start = Instant::now();
        let fill = ["dev", "fill", "--dags", DAGS, "--task-instances", TASK_INSTANCES];
        workspace::output(site.command().args(fill))?;
        site.filled_in = start.elapsed();
        Ok(site)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("AIRFLOW_HOME", self.home.path());
        if let Some(url) = &self.url {
            command.env("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", url);
        }
        command
    }

    fn serve(&self) -> Result<Server> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let log = File::create(self.home.path().join("server.log"))?;
        let child = self
            .command()
            .args(["webserver", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let mut server = Server {
            child,
            port,
            token: String::new(),
        };
        let start = Instant::now();
        while !is_healthy(port) {
            if start.elapsed() > READY_MAX {
                bail!("the web server does not answer");
            }
            std::thread::sleep(EVERY);
        }
        let login = json!({ "username": "bench", "password": PASSWORD });
        let told = Connection::open(port, None)?.post("/auth/token", &login)?;
        let token = told["access_token"].as_str().context("no token was given")?;
        token.clone_into(&mut server.token);
        Ok(server)
    }
}

/// A running web server.
struct Server {
    child: Child,
    port: u16,
    token: String,
}

impl Server {
    fn connect(&self) -> Result<Connection> {
        Connection::open(self.port, Some(&self.token))
    }

    fn ask(&self, path: &str) -> Result<Value> {
        Ok(serde_json::from_slice(&self.connect()?.get(path)?)?)
    }

    /// What is called, by kind.
    fn calls(&self) -> Result<BTreeMap<&'static str, Vec<String>>> {
        let dags = self.ask("/api/v2/dags?limit=20")?;
        let first = |list: &Value, key: &str| list[0][key].as_str().unwrap_or_default().replace('+', "%2B");
        let dag = first(&dags["dags"], "dag_id");
        let runs = self.ask(&format!("/api/v2/dags/{dag}/dagRuns?order_by=-id&limit=5"))?;
        let run = format!(
            "/api/v2/dags/{dag}/dagRuns/{}",
            first(&runs["dag_runs"], "dag_run_id")
        );
        let tasks = self.ask(&format!("{run}/taskInstances"))?;
        let unmapped = tasks["task_instances"].as_array().context("the run has tasks")?;
        let task = unmapped
            .iter()
            .find(|task| task["map_index"] == -1)
            .context("no task is unmapped")?;
        let task = task["task_id"].as_str().unwrap_or_default();
        let deep = |path: &str| -> Result<String> {
            let mut cursor = String::new();
            for _ in 0..20 {
                let page = self.ask(&format!("{path}?limit=100&cursor={cursor}"))?;
                page["next_cursor"]
                    .as_str()
                    .context("the list ends")?
                    .clone_into(&mut cursor);
            }
            Ok(format!("{path}?limit=100&cursor={cursor}"))
        };
        let single = vec![
            format!("/api/v2/dags/{dag}"),
            format!("/api/v2/dags/{dag}/details"),
            run.clone(),
            format!("{run}/taskInstances/{task}"),
        ];
        let lists = vec![
            "/api/v2/dags?limit=50".to_owned(),
            format!("/api/v2/dags/{dag}/dagRuns?limit=50&order_by=-run_after"),
            "/api/v2/dags/~/dagRuns?limit=100".to_owned(),
            deep("/api/v2/dags/~/dagRuns")?,
            format!("{run}/taskInstances?limit=100"),
            format!("/api/v2/dags/{dag}/dagRuns/~/taskInstances?limit=100"),
            "/api/v2/dags/~/dagRuns/~/taskInstances?limit=100".to_owned(),
            deep("/api/v2/dags/~/dagRuns/~/taskInstances")?,
            "/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=100".to_owned(),
            "/api/v2/eventLogs?limit=100&order_by=-event_log_id".to_owned(),
            format!("/api/v2/eventLogs?limit=100&dag_id={dag}"),
            "/ui/api/runs?limit=50".to_owned(),
            "/ui/api/task-instances?limit=50".to_owned(),
            format!("/ui/api/task-instances?limit=50&dag={dag}"),
        ];
        Ok(BTreeMap::from([("api_single", single), ("api_lists", lists)]))
    }

    /// Calls at a steady rate, whatever the answers take; for each path the times from when a call was due to its answer, in ms.
    fn load(&self, paths: &[String]) -> Result<Vec<Vec<f64>>> {
        let begin = Instant::now() + EVERY;
        let calls = (MEASURED.as_millis() / EVERY.as_millis()) as u32;
        let one = |lane: u32| -> Result<Vec<(usize, f64)>> {
            let mut connection = self.connect()?;
            let mut times = Vec::new();
            for call in (lane..calls).step_by(CONNECTIONS as usize) {
                let due = begin + EVERY * call;
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let which = call as usize % paths.len();
                connection.get(&paths[which])?;
                times.push((which, due.elapsed().as_secs_f64() * 1000.0));
            }
            Ok(times)
        };
        std::thread::scope(|scope| {
            let lanes: Vec<_> = (0..CONNECTIONS)
                .map(|lane| scope.spawn(move || one(lane)))
                .collect();
            let mut times = vec![Vec::new(); paths.len()];
            for lane in lanes {
                for (which, time) in lane.join().map_err(|_| anyhow!("a caller has panicked"))?? {
                    times[which].push(time);
                }
            }
            Ok(times)
        })
    }

    fn memory_mib(&self) -> Result<f64> {
        workspace::pss_mib(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
