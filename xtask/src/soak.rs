//! `cargo xtask soak`: a scheduler at full load for a while, whose memory must not grow.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::bench::Engine;

/// How much the resident set may grow after the first tenth of the time.
const GROWTH_MAX: f64 = 0.05;

/// How often memory is read.
const EVERY: Duration = Duration::from_secs(1);

/// How long to run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Minutes of full load
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// Builds optimised programs, runs the DAG `endless` over and over, and watches the scheduler.
///
/// # Errors
/// Memory grew, or nothing ran.
pub(crate) fn run(args: &Args) -> Result<()> {
    let programs = crate::bench::build()?;
    let engine = Engine::start(&programs, None, 0)?;
    engine.ask(&["dags", "unpause", "endless"])?;
    let (start, length) = (Instant::now(), Duration::from_secs(60 * args.minutes));
    let mut samples = Vec::new();
    while start.elapsed() < length {
        std::thread::sleep(EVERY);
        samples.push(resident_mib(engine.pid())?);
    }
    let runs = engine.ended_runs("endless")?;
    ensure!(runs > 0, "no run of `endless` has ended");
    let tenth = (samples.len() / 10).max(1);
    let (early, late) = (
        largest(&samples[tenth..2 * tenth]),
        largest(&samples[samples.len() - tenth..]),
    );
    let growth = late / early - 1.0;
    let figures = json!({
        "minutes": args.minutes, "runs": runs, "after_first_tenth_mib": early, "last_tenth_mib": late, "growth": growth
    });
    if args.json {
        println!("{figures}");
    } else {
        println!(
            "{runs} runs; {early:.1} MiB after the first tenth, {late:.1} MiB in the last: {:+.1} %",
            100.0 * growth
        );
    }
    ensure!(
        growth < GROWTH_MAX,
        "the scheduler grew by {:.1} %",
        100.0 * growth
    );
    Ok(())
}

/// The resident set of one process.
fn resident_mib(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).context("the scheduler has ended")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("the kernel tells no VmRSS")?;
    let kib = line
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.parse::<f64>().ok());
    Ok(kib.context("VmRSS is no number")? / 1024.0)
}

fn largest(samples: &[f64]) -> f64 {
    samples.iter().copied().fold(0.0, f64::max)
}
