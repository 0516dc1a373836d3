//! The command line of `referral`.

use std::ffi::OsString;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

/// The recruiting services, the Bullhorn sandbox, the DAG bundle and reports.
#[derive(Debug, Parser)]
#[command(name = "referral", version, about, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a local Bullhorn with generated people and job orders
    Sandbox(SandboxArgs),
    /// Serve the ETL: syncs Bullhorn into the application database, and checks data quality
    Etl(ServiceArgs),
    /// Serve embeddings and matching
    Ml(ServiceArgs),
    /// Serve the recruiting pages, which Updraft shows: matches, data quality and volumes
    Pages(ServiceArgs),
    /// Serve ETL and ML in one process, each on its port
    Serve(ServeArgs),
    /// The DAGs of this program, for the engine and by hand: list, validate, test DAG TASK
    #[command(disable_help_flag = true)]
    Bundle(BundleArgs),
    /// Show what a run brought and the best matches
    Report(ReportArgs),
    /// Measure the quality of matches on labelled data
    Eval(EvalArgs),
    /// Measure the speed of embedding or matching; for `cargo xtask bench`
    #[command(hide = true, subcommand)]
    Measure(MeasureCommand),
}

/// Where a service listens.
#[derive(Debug, Args)]
pub(crate) struct ServiceArgs {
    /// The address to listen on; another one than 127.0.0.1 needs REFERRAL_SERVICE_TOKEN
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub(crate) host: IpAddr,
    /// The port; 8001 for the ETL, 8000 for ML, 8002 for the pages
    #[arg(long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
}

/// Where both services listen.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The address to listen on; another one than 127.0.0.1 needs REFERRAL_SERVICE_TOKEN
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub(crate) host: IpAddr,
    /// The port of the ETL
    #[arg(long, default_value_t = crate::ETL_PORT, value_name = "PORT")]
    pub(crate) etl_port: u16,
    /// The port of ML
    #[arg(long, default_value_t = crate::ML_PORT, value_name = "PORT")]
    pub(crate) ml_port: u16,
}

/// `sandbox`.
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// The port, on 127.0.0.1
    #[arg(long, default_value_t = 8010, value_name = "PORT")]
    pub(crate) port: u16,
    /// People, deleted and anonymised ones included
    #[arg(long, default_value_t = 1_000)]
    pub(crate) candidates: u32,
    /// Job orders, closed and deleted ones included
    #[arg(long, default_value_t = 100)]
    pub(crate) positions: u32,
    /// Everything is drawn from it
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Typical length of a resume in bytes of HTML
    #[arg(long, value_name = "BYTES")]
    pub(crate) resume_bytes: Option<u32>,
    /// Share of the job orders that are open, in percent
    #[arg(long, value_name = "PERCENT")]
    pub(crate) open_percent: Option<u32>,
    /// The day on which the generated data stands still; today, or that of the state file's first start
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    /// Keep what clients write in this file, so that a restart serves the same records
    #[arg(long, value_name = "FILE")]
    pub(crate) state_file: Option<PathBuf>,
}

/// `bundle`; its arguments are the SDK's.
#[derive(Debug, Args)]
pub(crate) struct BundleArgs {
    /// Take the schedule from every DAG: they run when they are triggered and at no other time
    #[arg(long)]
    pub(crate) unscheduled: bool,

    /// list, validate, test DAG TASK, or serve
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENTS")]
    pub(crate) arguments: Vec<OsString>,
}

/// `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Only what this run did; without it the totals
    #[arg(long, value_name = "RUN_ID")]
    pub(crate) run_id: Option<String>,
    /// How many matches to show
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) best: u32,
    /// Output format
    #[arg(short = 'o', long, value_enum, default_value = "table", value_name = "FORMAT")]
    pub(crate) output: Format,
}

/// How a report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Tables for eyes.
    Table,
    /// One JSON object.
    Json,
}

/// `eval`.
#[derive(Debug, Args)]
pub(crate) struct EvalArgs {
    /// A folder with candidates.jsonl, positions.jsonl and relevance.csv
    #[arg(value_name = "FOLDER")]
    pub(crate) data: PathBuf,
    /// Output format
    #[arg(short = 'o', long, value_enum, default_value = "table", value_name = "FORMAT")]
    pub(crate) output: Format,
}

/// `measure ...`.
#[derive(Debug, Subcommand)]
pub(crate) enum MeasureCommand {
    /// Texts per second of the forward pass
    Embeddings {
        /// The folder of the model
        #[arg(long, value_name = "FOLDER")]
        model: PathBuf,
        /// How many texts
        #[arg(long, default_value_t = 48)]
        texts: usize,
        /// Tokens of each text
        #[arg(long, default_value_t = 256)]
        tokens: usize,
        /// Threads
        #[arg(long, default_value_t = 1)]
        threads: usize,
        /// Passes over the texts; the fastest counts
        #[arg(long, default_value = "1")]
        passes: NonZeroUsize,
    },
    /// Processor seconds of matching everybody with every position
    Matching {
        /// Random unit vectors on the one side
        #[arg(long, default_value_t = 100_000)]
        candidates: usize,
        /// And on the other
        #[arg(long, default_value_t = 1_000)]
        positions: usize,
    },
}
