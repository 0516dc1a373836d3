//! What a scheduler is given.

use std::time::Duration;

use crate::TimetableOptions;

/// The settings of a scheduler.
#[derive(Debug, Clone)]
pub struct SchedulerOptions {
    /// This machine's name, as attempts and the lease record it.
    pub hostname: String,
    /// This process.
    pub pid: u32,
    /// Tasks that this process runs at once; `[core] parallelism`. Each member of the crew adds its own.
    pub parallelism: usize,
    /// An attempt without a sign of life for this long is lost.
    pub heartbeat_timeout: Duration,
    /// A lease that was not renewed for this long may be taken by another scheduler, and a member that gave no sign of life
    /// for this long is given up.
    pub lease_ttl: Duration,
    /// Whether a run's `conf` goes over its DAG's parameters; `[core] dag_run_conf_overrides_params`.
    pub conf_overrides_params: bool,
    /// How many items a value may have that tasks are mapped over; `[core] max_map_length`.
    pub max_map_length: u32,
    /// How long the callbacks for one event may take together; `[updraft] callback_timeout`.
    pub callback_timeout: Duration,
    /// How many events of one DAG have their callbacks called at a time.
    pub callbacks_per_dag: usize,
    /// How many waits of deferred tasks are looked at at a time, and how many triggers of Python run; `[triggerer] capacity`.
    pub triggerer_capacity: usize,
    /// How programs are asked for timetables of their own.
    pub timetables: TimetableOptions,
    /// How long running attempts may take to end when the scheduler is told to stop.
    pub shutdown_grace: Duration,
}

impl SchedulerOptions {
    /// How often the lease is renewed: often enough to survive two lost tries.
    pub(crate) fn renewal_interval(&self) -> Duration {
        self.lease_ttl / 3
    }
}
