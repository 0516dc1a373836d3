//! What is broken, and how.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::site::Site;
use crate::workspace;

/// Something that is broken again and again for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Case {
    /// The database server is restarted, in order and as after a power loss
    DatabaseRestart,
    /// All connections are cut by the server
    BackendKill,
    /// No connection is left for a while
    PoolExhaustion,
    /// A scheduler is killed; the other one takes over
    SchedulerCrash,
    /// Processes of workers are killed
    WorkerKill,
}

/// The time between two database restarts or scheduler crashes: long enough for some work in between.
const LONG_PAUSE: Duration = Duration::from_secs(4);
const SHORT_PAUSE: Duration = Duration::from_millis(400);

impl Case {
    /// In the order in which they are gone through.
    pub(crate) const ALL: [Self; 5] = [
        Self::DatabaseRestart,
        Self::BackendKill,
        Self::PoolExhaustion,
        Self::SchedulerCrash,
        Self::WorkerKill,
    ];

    /// As it is named in output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::DatabaseRestart => "database-restart",
            Self::BackendKill => "backend-kill",
            Self::PoolExhaustion => "pool-exhaustion",
            Self::SchedulerCrash => "scheduler-crash",
            Self::WorkerKill => "worker-kill",
        }
    }

    /// Breaks it again and again; gives how often.
    ///
    /// # Errors
    /// It could not be broken.
    pub(crate) fn break_until(self, end: Instant, site: &mut Site) -> Result<usize> {
        let mut times = 0;
        while Instant::now() < end {
            std::thread::sleep(match self {
                Self::DatabaseRestart | Self::SchedulerCrash => LONG_PAUSE,
                Self::BackendKill | Self::PoolExhaustion | Self::WorkerKill => SHORT_PAUSE,
            });
            match self {
                Self::DatabaseRestart => site.cluster.restart(["fast", "immediate"][times % 2])?,
                Self::BackendKill => cut_connections(site)?,
                Self::PoolExhaustion => take_connections(site, end)?,
                Self::SchedulerCrash => site.crash(times % 2)?,
                Self::WorkerKill => site.kill_a_worker(times),
            }
            times += 1;
        }
        Ok(times)
    }
}

fn cut_connections(site: &Site) -> Result<()> {
    let all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
    workspace::output(&mut site.cluster.psql(all)).map(|_| ())
}

/// Cuts all connections and takes more than there are, until the end.
fn take_connections(site: &Site, end: Instant) -> Result<()> {
    let left = end.saturating_duration_since(Instant::now()).as_secs_f64();
    cut_connections(site)?;
    let sleep = format!("SELECT pg_sleep({left})");
    let take = |_| {
        let mut command = site.cluster.psql(&sleep);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
    };
    let takers: Vec<Child> = (0..2 * super::site::CONNECTIONS_MAX)
        .map(take)
        .collect::<Result<_, _>>()?;
    for mut taker in takers {
        // Those that found no connection left have failed, as they should.
        let _ = taker.wait();
    }
    Ok(())
}
