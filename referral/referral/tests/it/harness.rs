//! Starting the program: to its end, or as a server until the test is over.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

/// What a server logs before its address.
const LISTENS: &str = " on http://";

/// How long a server may take until it listens.
const READY_MAX: Duration = Duration::from_mins(1);

/// The program with these arguments and nothing else in its environment.
pub(crate) fn referral<S: AsRef<OsStr>>(arguments: &[&str], environment: &[(&str, S)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_referral"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null());
    command
}

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) succeeded: bool,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// What it printed, which must be one JSON value.
    pub(crate) fn json(&self) -> Value {
        assert!(self.succeeded, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// Runs the program to its end.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: &[&str], environment: &[(&str, S)]) -> Ended {
    let output = referral(arguments, environment).output().unwrap();
    Ended {
        succeeded: output.status.success(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A service or the sandbox; it ends with the test.
pub(crate) struct Server {
    child: Child,
    /// Where it listens, without a slash at the end.
    pub(crate) url: String,
    /// Reads the log to its end and returns it.
    log: Option<JoinHandle<String>>,
}

impl Server {
    /// Starts a server on a free port and waits until it listens.
    pub(crate) fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let arguments = [arguments, &["--port", "0"]].concat();
        let mut child = referral(&arguments, environment)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        let (found, address) = mpsc::channel();
        let log = std::thread::spawn(move || read_log(stderr, &found));
        let Ok(url) = address.recv_timeout(READY_MAX) else {
            let _ = child.kill();
            panic!("{arguments:?} does not listen: {}", log.join().unwrap());
        };
        Self {
            child,
            url,
            log: Some(log),
        }
    }

    /// Ends it and returns its log.
    pub(crate) fn end(mut self) -> String {
        self.child.kill().unwrap();
        self.log.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_log(stderr: ChildStderr, found: &mpsc::Sender<String>) -> String {
    let mut log = String::new();
    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
        if let Some((_, rest)) = line.split_once(LISTENS) {
            let end = rest.find(['/', ' ']).unwrap_or(rest.len());
            // Only the first address is waited for.
            let _ = found.send(format!("http://{}", &rest[..end]));
        }
        log.push_str(&line);
        log.push('\n');
    }
    log
}

/// A sandbox with few people and short resumes.
pub(crate) fn sandbox(candidates: &str, positions: &str) -> Server {
    let arguments = [
        "sandbox",
        "--candidates",
        candidates,
        "--positions",
        positions,
        "--resume-bytes",
        "600",
    ];
    Server::start(&arguments, &[])
}

/// How often the sandbox was asked at an endpoint.
pub(crate) async fn calls(sandbox: &Server, endpoint: &str) -> usize {
    // Fails only when another test of this process was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/admin/requests?limit=10000", sandbox.url);
    let answer: Value = http.get(url).send().await.unwrap().json().await.unwrap();
    let requests = answer["requests"].as_array().unwrap();
    requests
        .iter()
        .filter(|request| request["endpoint"] == endpoint)
        .count()
}

/// The environment of an ETL service for a sandbox, with this password and a folder for the database.
pub(crate) fn etl_environment<'a>(
    rest_url: &'a str,
    password: &'a str,
    folder: &'a str,
) -> Vec<(&'static str, &'a str)> {
    vec![
        ("BULLHORN_REST_URL", rest_url),
        ("BULLHORN_CLIENT_ID", "sandbox-client"),
        ("BULLHORN_CLIENT_SECRET", "sandbox-secret"),
        ("BULLHORN_USERNAME", "sandbox.user"),
        ("BULLHORN_PASSWORD", password),
        ("REFERRAL_DATA", folder),
    ]
}

/// The folder with the published model, which the test runner names.
pub(crate) fn model_path() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test runner tells where the model is"
    )]
    let path = std::env::var_os("UPDRAFT_TEST_MODEL");
    path.map(PathBuf::from)
        .expect("UPDRAFT_TEST_MODEL is not set: run the tests with `cargo xtask test`")
}
