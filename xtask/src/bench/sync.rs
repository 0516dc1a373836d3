//! The ETL: a full load from the sandbox.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::figure::{Figure, Figures};
use crate::up::is_healthy;
use crate::workspace;

/// How long a service may take until it answers.
const READY_MAX: Duration = Duration::from_mins(2);

/// A process that is ended with this value.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Loads all candidates once and prints records per second.
pub(super) fn measure(programs: &Path, candidates: u32, figures: &mut Figures) -> Result<()> {
    let data = tempfile::tempdir()?;
    let sandbox = free_port()?;
    let etl = free_port()?;
    let start = |arguments: &[&str], port: u16| -> Result<Service> {
        let mut command = Command::new(programs.join("referral"));
        let log = std::fs::File::create(data.path().join(format!("{port}.log")))?;
        command.args(arguments).args(["--port", &port.to_string()]);
        command.env("REFERRAL_DATA", data.path()).env(
            "BULLHORN_REST_URL",
            format!("http://127.0.0.1:{sandbox}/rest-services/"),
        );
        for (name, value) in crate::up::SANDBOX_CREDENTIALS {
            command.env(name, value);
        }
        let service = Service(
            command
                .stdin(Stdio::null())
                .stdout(log.try_clone()?)
                .stderr(log)
                .spawn()?,
        );
        let begin = Instant::now();
        while !is_healthy(port) {
            if begin.elapsed() > READY_MAX {
                bail!("`referral {}` does not answer", arguments.join(" "));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(service)
    };
    let candidates = candidates.to_string();
    let _sandbox = start(
        &["sandbox", "--candidates", &candidates, "--positions", "100"],
        sandbox,
    )?;
    let _etl = start(&["etl"], etl)?;
    let begin = Instant::now();
    let url = format!("http://127.0.0.1:{etl}/sync/candidates");
    let body = r#"{"run_id":"bench"}"#;
    let header = "Content-Type: application/json";
    let text =
        workspace::output(Command::new("curl").args(["-sS", "--fail", "-H", header, "-d", body, &url]))?;
    let seconds = begin.elapsed().as_secs_f64();
    let last: Value = serde_json::from_str(text.lines().last().context("the sync printed nothing")?)?;
    let fetched = last["fetched"]
        .as_f64()
        .with_context(|| format!("the sync did not end in a summary: {last}"))?;
    let figure = Figure::new("sync_full", "records_per_s", fetched / seconds, "1/s");
    figures.add(&Figure {
        store: "sqlite",
        ..figure
    });
    Ok(())
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?
        .local_addr()?
        .port())
}
