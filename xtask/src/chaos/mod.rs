//! `cargo xtask chaos`: real processes on a real PostgreSQL, under load, while things are broken on purpose.
//!
//! Two schedulers share one database; runs are triggered all the time by a client that insists. Each case breaks something for
//! a while, again and again; then everything that was triggered must come to a good end, and the history must be consistent.

mod case;
mod judge;
mod site;

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;

use crate::workspace;
use case::Case;
use site::Site;

/// How long everything may take to end well after a case.
const RECOVERY_MAX: Duration = Duration::from_mins(2);

/// What to break.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these cases; all when left out
    #[arg(value_enum)]
    cases: Vec<Case>,
    /// Seconds for which each case breaks things
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// One JSON object a line instead of text
    #[arg(long)]
    json: bool,
}

/// Builds, starts the site, and goes through the cases.
///
/// # Errors
/// Something was lost, doubled or stuck: the error says what, and where the logs are.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut build = workspace::cargo();
    build.args([
        "build",
        "--quiet",
        "--package",
        "updraft",
        "--package",
        "updraft-sdk",
        "--bins",
        "--examples",
    ]);
    workspace::run(&mut build)?;
    let cases = if args.cases.is_empty() {
        Case::ALL.to_vec()
    } else {
        args.cases.clone()
    };
    let mut site = Site::start()?;
    for case in cases {
        let before = site.triggered();
        let end = Instant::now() + Duration::from_secs(args.seconds);
        let broken = case.break_until(end, &mut site)?;
        let recovery = site.settle(RECOVERY_MAX)?;
        let runs = site.triggered() - before;
        ensure!(runs > 0, "no run was triggered: the load has ended");
        let report = json!({
            "case": case.name(),
            "times_broken": broken,
            "runs": runs,
            "recovered": 1.0,
            "recovery_s": recovery.as_secs_f64(),
        });
        if args.json {
            println!("{report}");
        } else {
            println!(
                "{:<18} {broken:>4} times, {runs:>4} runs, all ended well {:.1} s later",
                case.name(),
                recovery.as_secs_f64()
            );
        }
    }
    let attempts = site.finish()?;
    println!(
        "{}",
        if args.json {
            json!({ "attempts": attempts }).to_string()
        } else {
            format!("attempts: {attempts}")
        }
    );
    Ok(())
}
