//! `cargo xtask test`: everything that must hold before a change lands, in the order in which it fails fastest.

use std::path::PathBuf;

use anyhow::Result;

use crate::workspace::{self, cargo, step};
use crate::{browser, clients, conformance, dag_files, model, oracle, postgres, tidy, ui};

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// More random cases and seeds for the same tests
    #[arg(long)]
    deep: bool,
    /// Only tests whose name matches this nextest filter; leaves out the static checks, the Python package and the conformance of the sandbox
    #[arg(long, value_name = "FILTER")]
    only: Option<String>,
}

/// Random cases of a property test in the normal and in the deep run.
const CASES: (&str, &str) = ("64", "2048");

/// Runs the checks and tests.
pub(crate) fn run(args: &Args) -> Result<()> {
    if args.only.is_none() {
        step("format", || {
            workspace::run(cargo().args(["fmt", "--all", "--check"]))
        })?;
        step("tidy", tidy::run)?;
        step("clippy", || {
            workspace::run(cargo().args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--",
                "-D",
                "warnings",
            ]))
        })?;
    }
    let mut model = PathBuf::new();
    step("model", || {
        model = model::fetch()?;
        Ok(())
    })?;
    step("web interface", || {
        ui::build()?;
        if args.only.is_none() { ui::check() } else { Ok(()) }
    })?;
    // The binaries are built first: tests run them as real processes.
    step("build", || {
        workspace::run(cargo().args(["build", "--workspace", "--all-targets", "--quiet"]))
    })?;
    if args.only.is_none() {
        step("python", dag_files::run)?;
        step("conformance", conformance::run)?;
        step("clients", clients::run)?;
    }
    let mut interpreter = PathBuf::new();
    step("python environment", || {
        interpreter = dag_files::environment()?;
        Ok(())
    })?;
    let mut airflow = PathBuf::new();
    step("airflow", || {
        airflow = oracle::environment_of_2()?;
        Ok(())
    })?;
    if args.only.is_none() {
        step("browser", || browser::run(false, None))?;
    }
    step("tests", || {
        let cluster = postgres::Cluster::start(postgres::Durability::None)?;
        let mut nextest = cargo();
        nextest.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
        if let Some(filter) = &args.only {
            nextest.args(["-E", filter]);
        }
        nextest
            .env("UPDRAFT_TEST_POSTGRES", cluster.url())
            .env("UPDRAFT_TEST_MODEL", &model)
            .env("UPDRAFT_TEST_PYTHON", &interpreter)
            .env("UPDRAFT_TEST_AIRFLOW", &airflow);
        nextest.env("PROPTEST_CASES", if args.deep { CASES.1 } else { CASES.0 });
        nextest.env("INSTA_UPDATE", "no");
        if args.deep {
            nextest.env("UPDRAFT_TEST_DEEP", "1");
        }
        workspace::run(&mut nextest)
    })?;
    if args.only.is_none() {
        step("documentation", documentation)?;
    }
    Ok(())
}

/// The examples in the documentation, and its links.
fn documentation() -> Result<()> {
    workspace::run(cargo().args(["test", "--workspace", "--doc", "--quiet"]))?;
    workspace::run(
        cargo()
            .args(["doc", "--workspace", "--no-deps", "--quiet"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}
