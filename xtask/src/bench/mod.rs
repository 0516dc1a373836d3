//! `cargo xtask bench`: how fast it is, on this machine, beside a peer where there is one.
//!
//! Programs are built optimised and run as users run them. Every figure is a line; with `--json` one JSON object a line:
//! `{"shape","store","tasks","metric","value","unit","peer","peer_value","runs"}`.

mod airflow;
mod api;
mod cost;
mod engine;
mod figure;
mod http;
mod layout;
mod learning;
mod many;
mod orchestrator;
mod peer;
mod planner;
mod python;
mod sync;

use std::path::PathBuf;

use anyhow::Result;

use crate::workspace;
pub(crate) use engine::Engine;
use figure::Figures;

/// What to measure.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these: planner, layout, engine, python, cost, many, api, sync, embeddings, matching; all when left out
    #[arg(value_name = "SHAPE")]
    shapes: Vec<String>,
    /// One JSON object a line instead of text
    #[arg(long)]
    json: bool,
    /// How often each figure is taken; the median is printed
    #[arg(long, default_value_t = 3)]
    runs: u32,
    /// An environment with a real Airflow (its folder, with `bin/airflow`), measured beside on PostgreSQL; may be given twice
    #[arg(long, value_name = "FOLDER")]
    airflow: Vec<PathBuf>,
    /// Candidates in the sandbox for the sync
    #[arg(long, default_value_t = 100_000)]
    candidates: u32,
}

const SHAPES: [&str; 10] = [
    "planner",
    "layout",
    "engine",
    "python",
    "cost",
    "many",
    "api",
    "sync",
    "embeddings",
    "matching",
];

/// Builds optimised programs and measures.
///
/// # Errors
/// A shape is unknown, the build fails, or a program does not do what is measured.
pub(crate) fn run(args: &Args) -> Result<()> {
    if let Some(unknown) = args.shapes.iter().find(|shape| !SHAPES.contains(&shape.as_str())) {
        anyhow::bail!("`{unknown}` is no shape; there are: {}", SHAPES.join(", "));
    }
    let wanted = |shape: &str| args.shapes.is_empty() || args.shapes.iter().any(|wanted| wanted == shape);
    let programs = build()?;
    let mut figures = Figures::new(args.json);
    if wanted("planner") {
        planner::measure(&programs, args.runs, &mut figures)?;
    }
    if wanted("layout") {
        layout::measure(&programs, args.runs, &mut figures)?;
    }
    if wanted("engine") {
        engine::measure(&programs, args.runs, &mut figures)?;
    }
    if wanted("python") {
        python::measure(&programs, &args.airflow, args.runs, &mut figures)?;
    }
    if wanted("cost") {
        cost::measure(&programs, args.runs, &mut figures)?;
    }
    if wanted("many") {
        many::measure(&programs, args.runs, &mut figures)?;
    }
    if wanted("api") {
        api::measure(&programs, &mut figures)?;
    }
    if wanted("sync") {
        sync::measure(&programs, args.candidates, &mut figures)?;
    }
    if wanted("embeddings") {
        learning::embeddings(&programs, args.runs, &mut figures)?;
    }
    if wanted("matching") {
        learning::matching(&programs, args.runs, &mut figures)?;
    }
    Ok(())
}

/// Builds everything that is measured, optimised. Gives the folder of the programs.
///
/// # Errors
/// The build fails.
pub(crate) fn build() -> Result<PathBuf> {
    // One build of all: crates that several need are compiled once, with the same features.
    let mut build = workspace::cargo();
    build.args(["build", "--release", "--bins"]);
    for package in [
        "updraft",
        "referral",
        "updraft-sdk",
        "updraft-planner",
        "updraft-layout",
    ] {
        build.args(["--package", package]);
    }
    for example in ["shapes", "planning", "geometry"] {
        build.args(["--example", example]);
    }
    workspace::run(&mut build)?;
    Ok(workspace::target()?.join("release"))
}
