//! `cargo xtask eval FOLDER`: how good the matches are, on labelled data.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{model, workspace};

/// Which data, and how to print.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder with candidates.jsonl, positions.jsonl and relevance.csv
    #[arg(value_name = "FOLDER")]
    data: PathBuf,
    /// JSON instead of tables
    #[arg(long)]
    json: bool,
}

/// Builds the optimised program and evaluates the scoring formula and the plain cosine beside it.
///
/// # Errors
/// The folder is not of that form, the build or the model fails.
pub(crate) fn run(args: &Args) -> Result<()> {
    let folder = args.data.canonicalize();
    let folder = folder.with_context(|| format!("cannot read the folder `{}`", args.data.display()))?;
    let mut build = workspace::cargo();
    build.args(["build", "--release", "--quiet", "--package", "referral"]);
    eprintln!("building the optimised program");
    workspace::run(&mut build)?;
    let mut referral = Command::new(workspace::target()?.join("release/referral"));
    referral
        .arg("eval")
        .arg(folder)
        .env("REFERRAL_MODEL", model::fetch()?);
    if args.json {
        referral.args(["-o", "json"]);
    }
    workspace::run(&mut referral)
}
