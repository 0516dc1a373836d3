//! The processes of the running system: started in order, restarted when they die, ended together.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::layout::Layout;

/// How long a process may take until it answers.
const READY_MAX: Duration = Duration::from_mins(1);

/// How long a process may take to end by itself after SIGTERM.
const STOP_MAX: Duration = Duration::from_secs(15);

/// How often one process may die before `up` gives up on it.
const RESTARTS_MAX: u32 = 20;

/// All processes; dropping them ends them.
pub(super) struct Processes {
    running: Vec<Process>,
    stop: Arc<AtomicBool>,
}

struct Process {
    name: &'static str,
    command: Command,
    child: Child,
    port: u16,
    log: PathBuf,
    restarts: u32,
}

impl Processes {
    /// Starts the sandbox, the services and the orchestrator, and waits until each answers.
    ///
    /// # Errors
    /// One of them does not come up; the end of its log is in the error.
    pub(super) fn start(layout: &Layout, stop: &Arc<AtomicBool>) -> Result<Self> {
        let mut all = Self {
            running: Vec::new(),
            stop: Arc::clone(stop),
        };
        let ports = &layout.ports;
        let state = layout.data().join("sandbox.jsonl");
        let mut sandbox = layout.program("referral");
        sandbox
            .args(["sandbox", "--port", &ports.sandbox.to_string(), "--state-file"])
            .arg(state)
            .args(&layout.sandbox);
        let mut etl = layout.program("referral");
        etl.args(["etl", "--port", &ports.etl.to_string()]);
        let mut ml = layout.program("referral");
        ml.args(["ml", "--port", &ports.ml.to_string()]);
        let mut pages = layout.program("referral");
        pages.args(["pages", "--port", &ports.pages.to_string()]);
        let mut updraft = layout.program("updraft");
        updraft.args(["standalone", "--port", &ports.web.to_string()]);
        all.add(layout, "sandbox", sandbox, ports.sandbox)?;
        all.add(layout, "etl", etl, ports.etl)?;
        all.add(layout, "ml", ml, ports.ml)?;
        all.add(layout, "pages", pages, ports.pages)?;
        all.add(layout, "updraft", updraft, ports.web)?;
        Ok(all)
    }

    fn add(&mut self, layout: &Layout, name: &'static str, mut command: Command, port: u16) -> Result<()> {
        let log = layout.data().join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log);
        let out = out.with_context(|| format!("cannot write `{}`", log.display()))?;
        command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .process_group(0);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let mut process = Process {
            name,
            command,
            child,
            port,
            log,
            restarts: 0,
        };
        eprintln!(
            "starting {name} (pid {}, port {port}, log {})",
            process.child.id(),
            process.log.display()
        );
        let ready = process.wait_ready(&self.stop);
        self.running.push(process);
        ready
    }

    /// Starts every process again that has ended, and says so.
    ///
    /// # Errors
    /// One cannot be started, or dies again and again.
    pub(super) fn restart_dead(&mut self) -> Result<()> {
        for process in &mut self.running {
            let Some(status) = process.child.try_wait()? else {
                continue;
            };
            process.restarts += 1;
            if process.restarts > RESTARTS_MAX {
                bail!(
                    "{} ended {RESTARTS_MAX} times ({status}); its log: {}",
                    process.name,
                    process.log_tail()
                );
            }
            process.child = process.command.spawn()?;
            eprintln!(
                "{} ended ({status}); starting it again (pid {})",
                process.name,
                process.child.id()
            );
            process.wait_ready(&self.stop)?;
        }
        Ok(())
    }
}

impl Process {
    fn wait_ready(&mut self, stop: &AtomicBool) -> Result<()> {
        let start = Instant::now();
        while !is_healthy(self.port) {
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "{} ended at its start ({status}); its log: {}",
                    self.name,
                    self.log_tail()
                );
            }
            if start.elapsed() > READY_MAX {
                bail!(
                    "{} does not answer on port {}; its log: {}",
                    self.name,
                    self.port,
                    self.log_tail()
                );
            }
            if stop.load(Ordering::Relaxed) {
                bail!("stopped");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        format!(
            "{}\n{}",
            self.log.display(),
            lines[lines.len().saturating_sub(20)..].join("\n")
        )
    }

    fn signal(&self, signal: rustix::process::Signal) {
        if let Some(group) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            // The group may be gone already; then there is nothing left to end.
            let _ = rustix::process::kill_process_group(group, signal);
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        // The orchestrator first, so that its tasks do not see the services go.
        for process in self.running.iter_mut().rev() {
            process.signal(rustix::process::Signal::TERM);
            let start = Instant::now();
            while matches!(process.child.try_wait(), Ok(None)) && start.elapsed() < STOP_MAX {
                std::thread::sleep(Duration::from_millis(20));
            }
            process.signal(rustix::process::Signal::KILL);
            // Reaps the child; it has ended or was just killed.
            let _ = process.child.wait();
        }
    }
}

/// Whether a service on a port of this machine answers `GET /health` with 200. The sandbox answers like Bullhorn, which
/// has no such page, so it is asked for something that Bullhorn has.
pub(crate) fn is_healthy(port: u16) -> bool {
    answers(port, "/health") || answers(port, "/rest-services/loginInfo?username=nobody")
}

fn answers(port: u16, path: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(
            format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n").as_bytes(),
        )?;
        let mut head = [0; 12];
        stream.read_exact(&mut head)?;
        Ok(&head[9..] == b"200")
    };
    ask().unwrap_or(false)
}
