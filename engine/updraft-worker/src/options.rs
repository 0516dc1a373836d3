//! How a worker works.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use updraft_model::Clock;
use updraft_secrets::Masker;

use crate::{LogFormat, Zygotes};

/// How a worker works. Durations are real time.
#[derive(Clone)]
pub struct WorkerOptions {
    /// How to start a shepherd: a program, and arguments that make it call [`crate::shepherd::run`] with those that
    /// follow.
    pub shepherd: (PathBuf, Vec<OsString>),
    /// This machine, as the engine knows it.
    pub hostname: String,
    /// The user this process runs as.
    pub unixname: String,
    /// The logs folder, absolute.
    pub log_folder: PathBuf,
    /// What lines in logs look like.
    pub log_format: LogFormat,
    /// Masks the secrets that are known beforehand.
    pub masker: Arc<Masker>,
    /// The time between two heartbeats.
    pub heartbeat_interval: Duration,
    /// The shortest time between two reports of progress; each is a heartbeat, too.
    pub progress_interval: Duration,
    /// A start or an end that does not reach the engine is told again after this time, then after twice as long and so
    /// on, six times at most.
    pub retry_pause: Duration,
    /// After so many heartbeats in a row that do not reach the engine the attempt is killed, since the engine may have
    /// given it up.
    pub heartbeat_failures_max: u32,
    /// How long processes may take to end after SIGTERM; Airflow's `[core] killed_task_cleanup_time`.
    pub kill_grace: Duration,
    /// The same when the engine shuts down.
    pub shutdown_grace: Duration,
    /// How many characters of a rendered field are kept; Airflow's `[core] max_templated_field_length`.
    pub templated_field_length_max: usize,
    /// The processes that others are forked from, shared by all workers with clones of these options.
    pub zygotes: Arc<Zygotes>,
    /// Tells the time for logs and reports.
    pub clock: Arc<dyn Clock>,
}

impl WorkerOptions {
    /// Airflow's intervals: heartbeats every 5 seconds, 60 seconds to end after SIGTERM.
    pub fn new(shepherd: (PathBuf, Vec<OsString>), log_folder: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self {
            shepherd,
            hostname: "localhost".to_owned(),
            unixname: "airflow".to_owned(),
            log_folder,
            log_format: LogFormat::default(),
            masker: Arc::new(Masker::new(&[])),
            heartbeat_interval: Duration::from_secs(5),
            progress_interval: Duration::from_secs(1),
            retry_pause: Duration::from_millis(100),
            heartbeat_failures_max: 3,
            kill_grace: Duration::from_mins(1),
            shutdown_grace: Duration::from_secs(10),
            templated_field_length_max: 4096,
            zygotes: Arc::default(),
            clock,
        }
    }
}

impl fmt::Debug for WorkerOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerOptions")
            .field("shepherd", &self.shepherd)
            .field("log_folder", &self.log_folder)
            .finish_non_exhaustive()
    }
}
