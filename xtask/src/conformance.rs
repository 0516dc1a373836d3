//! Public Bullhorn clients, unchanged, against the real `referral sandbox`: what they expect of Bullhorn, it must do.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::{python, workspace};

/// Where the checks and the versions of the clients stand.
const CHECKS: &str = "referral/bullhorn-sandbox/tests/conformance";

/// How long the sandbox may take until it answers.
const READY_MAX: Duration = Duration::from_mins(1);

/// How often it is asked.
const READY_EVERY: Duration = Duration::from_millis(50);

/// What a developer may have set to reach another Bullhorn; the sandbox would take these credentials for its own.
const CREDENTIALS: [&str; 4] = [
    "BULLHORN_CLIENT_ID",
    "BULLHORN_CLIENT_SECRET",
    "BULLHORN_USERNAME",
    "BULLHORN_PASSWORD",
];

/// Builds the sandbox and runs the checks.
///
/// # Errors
/// The build fails, or as [`run`].
pub(crate) fn build_and_run() -> Result<()> {
    workspace::build()?;
    run()
}

/// Runs the checks against a sandbox of their own, whose program is built already.
///
/// # Errors
/// A check fails: it has said which one above, and the error holds what the sandbox wrote. Or Python is missing.
pub(crate) fn run() -> Result<()> {
    let checks = workspace::root().join(CHECKS);
    let target = workspace::target()?;
    let python = python::environment(&target.join("conformance"), &checks.join("requirements.txt"))?;
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("sandbox.log");
    let mut sandbox = Sandbox::start(&target.join("debug/referral"), &log)?;
    let checked = sandbox.wait_ready().and_then(|()| {
        workspace::run(
            Command::new(python)
                .arg(checks.join("run.py"))
                .arg(format!("http://127.0.0.1:{}", sandbox.port)),
        )
    });
    checked.map_err(|error| {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        anyhow!("{error:#}; the sandbox wrote:\n{}", text.trim())
    })
}

/// A running sandbox; dropping it ends it.
struct Sandbox {
    child: Child,
    port: u16,
}

impl Sandbox {
    fn start(program: &Path, log: &Path) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let mut command = Command::new(program);
        for name in CREDENTIALS {
            command.env_remove(name);
        }
        let child = command
            .args([
                "sandbox",
                "--port",
                &port.to_string(),
                "--candidates",
                "200",
                "--positions",
                "50",
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(log)?)
            .spawn()
            .with_context(|| format!("cannot start `{}`; build it first", program.display()))?;
        Ok(Self { child, port })
    }

    fn wait_ready(&mut self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the sandbox ended at once ({status})");
            }
            if start.elapsed() > READY_MAX {
                bail!("the sandbox does not listen after {} s", READY_MAX.as_secs());
            }
            std::thread::sleep(READY_EVERY);
        }
        Ok(())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
