//! `jobs ...`: the schedulers that are at work.

use anyhow::{Result, bail};
use jiff::{SignedDuration, Timestamp};
use updraft_model::isoformat;
use updraft_store::Holder;

use super::app::App;
use super::args::{JobType, JobsCheckArgs, JobsCommand};
use crate::cli::output::{self, Rows};
use crate::config::Settings;
use crate::row;

/// A job without a sign of life for so long is not alive; Airflow's `[scheduler] scheduler_health_check_threshold`.
const SILENCE_MAX: SignedDuration = SignedDuration::from_secs(30);

/// A scheduler, and its last sign of life.
struct Seen {
    holder: Holder,
    plans: bool,
    /// How many tasks it takes from another one that plans.
    slots: usize,
    start_date: Timestamp,
    latest_heartbeat: Timestamp,
}

/// Runs a `jobs` command.
///
/// # Errors
/// What the command cannot do; for `jobs check`, that there is no alive job, or more than one.
pub(crate) async fn run(command: JobsCommand, settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    let alive = alive(&app).await?;
    match command {
        JobsCommand::Check(args) => check(&args, &alive, &app),
        JobsCommand::List(output) => {
            let mut rows = Rows::default();
            for job in alive {
                rows.push(row! {
                    "job_type": "SchedulerJob",
                    "hostname": job.holder.hostname,
                    "pid": job.holder.pid.to_string(),
                    "plans": if job.plans { "True" } else { "False" },
                    "slots": job.slots.to_string(),
                    "start_date": isoformat(job.start_date),
                    "latest_heartbeat": isoformat(job.latest_heartbeat),
                });
            }
            rows.print(output.output)
        }
    }
}

/// Every scheduler that is alive, the newest first. The one that plans holds the lease; on PostgreSQL each is a job beside that.
async fn alive(app: &App) -> Result<Vec<Seen>> {
    let planner = app.store.scheduler().await?;
    let mut seen: Vec<Seen> = Vec::new();
    for job in app.store.jobs().await? {
        let plans = planner.as_ref().is_some_and(|held| held.holder == job.holder);
        seen.push(Seen {
            holder: job.holder,
            plans,
            slots: if plans {
                app.settings.parallelism
            } else {
                job.slots
            },
            start_date: job.start_date,
            latest_heartbeat: job.latest_heartbeat,
        });
    }
    if let Some(held) = planner.filter(|_| !seen.iter().any(|job| job.plans)) {
        seen.push(Seen {
            holder: held.holder,
            plans: true,
            slots: app.settings.parallelism,
            start_date: held.acquired_at,
            latest_heartbeat: held.renewed_at,
        });
    }
    let now = app.now();
    seen.retain(|job| now.duration_since(job.latest_heartbeat) <= SILENCE_MAX);
    seen.sort_by_key(|job| std::cmp::Reverse(job.latest_heartbeat));
    Ok(seen)
}

fn check(args: &JobsCheckArgs, alive: &[Seen], app: &App) -> Result<()> {
    if args.allow_multiple && args.limit == 1 {
        bail!("`--allow-multiple` wants a `--limit` greater than 1, or 0 for none");
    }
    let hostname = if args.local {
        Some(&app.settings.hostname)
    } else {
        args.hostname.as_ref()
    };
    let is_scheduler = !matches!(args.job_type, Some(JobType::Backfill | JobType::LocalTask));
    let limit = if args.limit == 0 { usize::MAX } else { args.limit };
    let found = alive
        .iter()
        .filter(|job| is_scheduler && hostname.is_none_or(|hostname| *hostname == job.holder.hostname))
        .take(limit)
        .count();
    match found {
        0 => bail!("No alive jobs found."),
        1 => output::print("Found one alive job."),
        _ if args.allow_multiple => output::print(&format!("Found {found} alive jobs.")),
        _ => bail!("Found {found} alive jobs. Expected only one."),
    }
}
