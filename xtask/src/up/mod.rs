//! `cargo xtask up`: builds the whole system, starts it, runs the pipeline once and shows what came of it.
//!
//! It starts the Bullhorn sandbox, the ETL service, the ML service, the recruiting pages and the orchestrator as processes of their own,
//! restarts one that dies, and ends them all on Ctrl-C.

mod layout;
mod processes;
mod progress;
mod report;
mod run;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{model, workspace};
use layout::Layout;
use processes::Processes;

pub(crate) use layout::SANDBOX_CREDENTIALS;
pub(crate) use processes::is_healthy;

/// The DAG that `up` runs.
const PIPELINE: &str = "bullhorn_sync_optimized";

/// What to start, and when to stop.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// People in the Bullhorn sandbox
    #[arg(long, default_value_t = 1000)]
    candidates: u32,
    /// Job orders in the Bullhorn sandbox
    #[arg(long, default_value_t = 100)]
    positions: u32,
    /// Decides which people and job orders the sandbox makes up
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Stop once the run has ended; the exit status tells whether it succeeded
    #[arg(long)]
    exit_when_done: bool,
    /// End the output with one line of JSON that sums up the run
    #[arg(long)]
    json: bool,
    /// The Airflow home; its database, logs and application data are kept between calls
    #[arg(long, default_value = "pipelines/airflow", value_name = "FOLDER")]
    home: PathBuf,
    /// Take free ports instead of 8080, 8000, 8001, 8002 and 8010
    #[arg(long)]
    free_ports: bool,
    /// Build and run optimised programs
    #[arg(long)]
    release: bool,
    /// Use the programs as they are, without building
    #[arg(long)]
    no_build: bool,
    /// Run the pipeline's DAG file for Airflow instead of the native bundle
    #[arg(long)]
    python: bool,
    /// The longest the run may take, in seconds
    #[arg(long, default_value_t = 1800, value_name = "SECONDS")]
    timeout: u64,
    /// Arguments for `referral sandbox`, such as `--resume-bytes 2000`; everything after `--`
    #[arg(last = true)]
    sandbox: Vec<String>,
}

/// Starts everything, runs the pipeline, prints the result and, unless told otherwise, stays.
///
/// # Errors
/// The build fails, a process does not come up, or the run does not end in success.
pub(crate) fn run(args: &Args) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("cannot listen for Ctrl-C")?;
    }
    let programs = build(args)?;
    let model = model::fetch()?;
    let layout = Layout::new(args, programs, model)?;
    let mut processes = Processes::start(&layout, &stop)?;
    let outcome = run::pipeline(&layout, &mut processes, &stop, Duration::from_secs(args.timeout));
    let Some(outcome) = outcome? else {
        eprintln!("stopped before the run had ended; it goes on with the next `cargo xtask up`");
        return Ok(());
    };
    report::print(&layout, &outcome, args.json)?;
    if !args.exit_when_done {
        eprintln!(
            "\nThe system stays up: orchestrator http://127.0.0.1:{} (its menu has the recruiting pages), sandbox {}. It syncs every 6 \
             hours. Ctrl-C ends it.",
            layout.ports.web,
            layout.sandbox_url(),
        );
        while !stop.load(Ordering::Relaxed) {
            processes.restart_dead()?;
            std::thread::sleep(Duration::from_millis(300));
        }
    }
    drop(processes);
    anyhow::ensure!(
        outcome.state == "success",
        "the run `{}` ended as `{}`",
        outcome.run_id,
        outcome.state
    );
    Ok(())
}

/// Builds the two programs and returns the folder they are in.
fn build(args: &Args) -> Result<PathBuf> {
    if !args.no_build {
        let mut cargo = workspace::cargo();
        cargo.args(["build", "--package", "updraft", "--package", "referral"]);
        if args.release {
            cargo.arg("--release");
        }
        eprintln!("building the web interface");
        crate::ui::build()?;
        eprintln!("building the orchestrator and the recruiting services");
        workspace::run(&mut cargo)?;
    }
    Ok(workspace::target()?.join(if args.release { "release" } else { "debug" }))
}
