//! A home of its own and `cargo xtask up` in it, followed through what it tells.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use updraft_testing::python::python;

/// How long a run may take before the test gives up; many times what it needs.
const RUN_MAX: Duration = Duration::from_mins(4);

/// The size of the world that tests sync: all that is in it happens, and it is soon embedded.
const WORLD: [&str; 4] = ["--candidates", "100", "--positions", "20"];

/// Short texts, and a day on which the generated world stands still, so that every run sees the same.
const SANDBOX: [&str; 4] = ["--resume-bytes", "200", "--as-of", "2026-01-15T00:00:00Z"];

/// An Airflow home as the repository has it, with a retry delay that tests can wait for.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pipelines/airflow");
        fs::create_dir(folder.path().join("dags")).unwrap();
        for name in ["airflow.cfg", "dags/.airflowignore", "dags/referral.bundle.toml"] {
            fs::copy(original.join(name), folder.path().join(name)).unwrap();
        }
        let bundle = folder.path().join("dags/referral.bundle.toml");
        let text = fs::read_to_string(&bundle).unwrap();
        // Rows are compared between runs: none may come from a schedule that happens to be due meanwhile.
        let unscheduled = text.replace(r#"args = ["bundle"]"#, r#"args = ["bundle", "--unscheduled"]"#);
        assert_ne!(unscheduled, text);
        let text = fs::read_to_string(original.join("dags/bullhorn_sync_dag.py")).unwrap();
        let dag_file = text.replace("schedule_interval=\"0 */6 * * *\"", "schedule_interval=None");
        assert_ne!(dag_file, text);
        fs::write(folder.path().join("dags/bullhorn_sync_dag.py"), dag_file).unwrap();
        fs::write(
            &bundle,
            format!("{unscheduled}\n[default_args]\nretry_delay = \"1s\"\n"),
        )
        .unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// The application database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path().join("data/referral.db")
    }

    /// Whether the first try of a task has its log.
    pub(crate) fn has_begun(&self, task: &str) -> bool {
        let runs = fs::read_dir(self.path().join("logs/dag_id=bullhorn_sync_optimized"));
        let log = format!("task_id={task}/attempt=1.log");
        runs.is_ok_and(|runs| {
            runs.filter_map(Result::ok)
                .any(|run| run.path().join(&log).exists())
        })
    }

    /// What `referral report` says of a run.
    pub(crate) fn report(&self, run_id: &str) -> Value {
        let output = referral()
            .args(["report", "--run-id", run_id, "-o", "json"])
            .env("REFERRAL_DATA", self.path().join("data"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs the pipeline once, undisturbed.
    pub(crate) fn up(&self) -> Summary {
        Up::start(self).finish()
    }
}

/// What the last line of `up --json` says.
pub(crate) struct Summary(pub(crate) Value);

impl Summary {
    /// How long a task took.
    pub(crate) fn seconds(&self, task: &str) -> f64 {
        self.0["tasks"][task]["seconds"].as_f64().unwrap()
    }

    pub(crate) fn run_id(&self) -> &str {
        self.0["run_id"].as_str().unwrap()
    }
}

/// The recruiting program, which lies beside this workspace's other programs.
fn referral() -> Command {
    Command::new(Path::new(env!("CARGO_BIN_EXE_xtask")).with_file_name("referral"))
}

/// The sandbox of a home, between two runs.
pub(crate) struct Sandbox {
    child: Child,
    url: String,
}

impl Sandbox {
    pub(crate) fn start(home: &Home) -> Self {
        let mut child = referral()
            .args(["sandbox", "--port", "0", "--state-file"])
            .arg(home.path().join("data/sandbox.jsonl"))
            .args(WORLD)
            .args(SANDBOX)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stderr.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .split_whitespace()
            .find_map(|word| word.strip_suffix("/rest-services/"))
            .unwrap_or_else(|| panic!("the sandbox tells no address: {line}"))
            .to_owned();
        Self { child, url }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // What it answered is on disk already: a kill loses nothing.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The sandbox and both services of a home, without an orchestrator.
pub(crate) struct Services {
    etl: Service,
    ml: Service,
    _sandbox: Sandbox,
}

/// A service of the recruiting program; dropping it ends it.
struct Service {
    child: Child,
    port: u16,
}

impl Services {
    pub(crate) fn start(home: &Home) -> Self {
        fs::create_dir(home.path().join("data")).unwrap();
        let sandbox = Sandbox::start(home);
        let environment = Self::of_services(home, &sandbox);
        let [etl, ml] = ["etl", "ml"].map(|name| Service::start(name, &environment));
        Self {
            etl,
            ml,
            _sandbox: sandbox,
        }
    }

    /// What the services are told: the names are those of the contract with users.
    fn of_services(home: &Home, sandbox: &Sandbox) -> Vec<(&'static str, String)> {
        let credentials = [
            ("BULLHORN_CLIENT_ID", "sandbox-client"),
            ("BULLHORN_CLIENT_SECRET", "sandbox-secret"),
            ("BULLHORN_USERNAME", "sandbox.user"),
            ("BULLHORN_PASSWORD", "sandbox-password"),
        ];
        #[expect(
            clippy::disallowed_methods,
            reason = "the test runner tells where the model is"
        )]
        let model = std::env::var("UPDRAFT_TEST_MODEL")
            .expect("UPDRAFT_TEST_MODEL is not set: run the tests with `cargo xtask test`");
        let mut told: Vec<_> = credentials.map(|(name, value)| (name, value.to_owned())).into();
        told.extend([
            ("BULLHORN_REST_URL", format!("{}/rest-services/", sandbox.url())),
            ("REFERRAL_DATA", home.path().join("data").display().to_string()),
            ("REFERRAL_MODEL", model),
        ]);
        told
    }

    /// What a DAG file is told of them.
    pub(crate) fn environment(&self) -> [(&'static str, String); 2] {
        let url = |service: &Service| format!("http://127.0.0.1:{}", service.port);
        [
            ("ETL_SERVICE_URL", url(&self.etl)),
            ("ML_SERVICE_URL", url(&self.ml)),
        ]
    }
}

impl Service {
    fn start(name: &str, environment: &[(&'static str, String)]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let child = referral()
            .args([name, "--port", &port.to_string()])
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let service = Self { child, port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(start.elapsed() < RUN_MAX, "the service `{name}` does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        service
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // What it has done is in the database.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running `cargo xtask up --exit-when-done --json`.
pub(crate) struct Up {
    child: Child,
    told: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Up {
    pub(crate) fn start(home: &Home) -> Self {
        Self::start_with(home, &[])
    }

    pub(crate) fn start_with(home: &Home, options: &[&str]) -> Self {
        let interpreter = python();
        let environment = interpreter.parent().and_then(Path::parent).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .env("AIRFLOW__UPDRAFT__PYTHON_ENVIRONMENT", environment)
            .args(["up", "--no-build", "--free-ports", "--exit-when-done", "--json"])
            .args(options)
            .arg("--home")
            .arg(home.path())
            .args(WORLD)
            .arg("--")
            .args(SANDBOX)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let reader = std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                heard.lock().unwrap().push(line);
            }
        });
        Self {
            child,
            told,
            reader: Some(reader),
        }
    }

    /// All it has told so far on standard error.
    pub(crate) fn told(&self) -> String {
        self.told.lock().unwrap().join("\n")
    }

    /// Waits until it follows the run.
    pub(crate) fn wait_for_run(&mut self) {
        let start = Instant::now();
        while !self.told().contains("of bullhorn_sync_optimized") {
            assert!(
                !self.has_ended() && start.elapsed() < RUN_MAX,
                "no run began:\n{}",
                self.told()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// The newest process id that it told for one of its processes.
    pub(crate) fn pid(&self, name: &str) -> u32 {
        let told = self.told.lock().unwrap();
        let pid = told.iter().rev().find_map(|line| {
            let of_it =
                line.starts_with(&format!("starting {name} (")) || line.starts_with(&format!("{name} ended"));
            let (_, rest) = line.split_once("(pid ").filter(|_| of_it)?;
            rest.split([',', ')']).next()?.parse().ok()
        });
        pid.unwrap_or_else(|| panic!("`{name}` was not started:\n{}", told.join("\n")))
    }

    /// Waits for the end, which must be a success, and returns the summing up.
    pub(crate) fn finish(mut self) -> Summary {
        let mut printed = String::new();
        self.child
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut printed)
            .unwrap();
        let status = self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
        assert!(status.success(), "{status}\n{printed}\n{}", self.told());
        let line = printed.lines().last().unwrap();
        let summary: Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON at the end: {line}"));
        assert_eq!(summary["state"], "success");
        let tasks = summary["tasks"].as_object().unwrap();
        assert_eq!(tasks.len(), 6, "{summary}");
        for task in tasks.values() {
            assert_eq!(task["state"], "success", "{summary}");
        }
        Summary(summary)
    }
}

impl Drop for Up {
    /// A test that fails leaves nothing running: asked to, `up` ends all it has started.
    fn drop(&mut self) {
        if !self.has_ended() {
            let _ = Command::new("kill").arg(self.child.id().to_string()).status();
            let _ = self.child.wait();
        }
    }
}
