//! `standalone`, `scheduler`, `webserver` and `api-server`: the processes that stay.

use std::net::{IpAddr, Ipv4Addr};

use clap::{Args, ValueEnum};

use super::{Common, Subdir};

/// `standalone`.
#[derive(Debug, Args)]
pub(crate) struct StandaloneArgs {
    /// Port of the web server
    #[arg(short = 'p', long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
}

/// `scheduler`.
#[derive(Debug, Args)]
pub(crate) struct SchedulerArgs {
    /// Stop after so many turns of its loop; -1: never
    #[arg(
        short = 'n',
        long,
        value_name = "N",
        default_value_t = -1,
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(i64).range(-1..)
    )]
    pub(crate) num_runs: i64,
    /// Accepted for Airflow's sake: nothing is pickled
    #[arg(short = 'p', long)]
    pub(crate) do_pickle: bool,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
    /// Accepted for Airflow's sake: local workers read their logs from files, nothing is served
    #[arg(short = 's', long)]
    pub(crate) skip_serve_logs: bool,
}

/// `triggerer`.
#[derive(Debug, Args)]
pub(crate) struct TriggererArgs {
    /// Accepted for Airflow's sake: as many waits as there are
    #[arg(long, value_name = "N")]
    pub(crate) capacity: Option<u32>,
    /// Accepted for Airflow's sake: no logs are served
    #[arg(short = 's', long)]
    pub(crate) skip_serve_logs: bool,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `dag-processor`.
#[derive(Debug, Args)]
pub(crate) struct DagProcessorArgs {
    /// Accepted for Airflow's sake: nothing is pickled
    #[arg(short = 'p', long)]
    pub(crate) do_pickle: bool,
    #[command(flatten)]
    pub(crate) subdir: Subdir,
    #[command(flatten)]
    pub(crate) common: Common,
}

/// `webserver`.
#[derive(Debug, Args)]
pub(crate) struct WebserverArgs {
    /// The port; that of `[webserver] web_server_port` when left out
    #[arg(short = 'p', long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// The address to listen on; that of `[webserver] web_server_host` when left out, which is 127.0.0.1
    #[arg(short = 'H', long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) hostname: Option<IpAddr>,
    /// Accepted for Airflow's sake: one process answers all
    #[arg(short = 'w', long, value_name = "N")]
    pub(crate) workers: Option<u32>,
    /// Accepted for Airflow's sake: there are no worker processes
    #[arg(short = 'k', long, value_enum, value_name = "CLASS")]
    pub(crate) workerclass: Option<WorkerClass>,
    /// Accepted for Airflow's sake: each answer has its own time limit
    #[arg(short = 't', long, value_name = "SECONDS")]
    pub(crate) worker_timeout: Option<u32>,
}

/// What Airflow's workers may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WorkerClass {
    /// eventlet
    Eventlet,
    /// gevent
    Gevent,
    /// sync
    Sync,
    /// tornado
    Tornado,
}

/// `api-server`.
#[derive(Debug, Args)]
pub(crate) struct ApiServerArgs {
    /// The port; that of `[api] port` when left out, else of `[webserver] web_server_port`
    #[arg(short = 'p', long, value_name = "PORT")]
    pub(crate) port: Option<u16>,
    /// The address to listen on; that of `[api] host` when left out, else of `[webserver] web_server_host`
    #[arg(short = 'H', long, value_name = "ADDRESS", value_parser = address)]
    pub(crate) host: Option<IpAddr>,
    /// Accepted for Airflow's sake: one process answers all
    #[arg(short = 'w', long, value_name = "N")]
    pub(crate) workers: Option<u32>,
    /// Accepted for Airflow's sake: each answer has its own time limit
    #[arg(short = 't', long, value_name = "SECONDS")]
    pub(crate) worker_timeout: Option<u32>,
}

/// An address; `localhost` is the one of this machine.
fn address(text: &str) -> Result<IpAddr, std::net::AddrParseError> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse()
}
