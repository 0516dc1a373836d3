//! `dev fill`: writes a made-up history.

use std::slice;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use updraft_model::{AttemptId, Clock, DagVersionId, IdSource};
use updraft_store::{DagFilter, Holder, Lease, NewEventLog, SourceRecord};
use uuid::Builder;

use super::shape::Shape;
use super::{DevFillArgs, lines, past};
use crate::cli::app::App;
use crate::cli::dates::DateRange;
use crate::cli::{output, progress};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::wiring;

/// No scheduler works on the database meanwhile. What is killed on the way keeps it for as long at most, and only from other machines.
const LEASE_TTL: Duration = Duration::from_hours(2);

/// DAGs that no source defines any more are there too.
const ALL: DagFilter = DagFilter {
    with_inactive: true,
    is_paused: None,
};

/// Runs of one transaction.
const RUNS_MAX: usize = 200;

/// Ids that a seed decides about.
struct SeededIds(Mutex<ChaCha8Rng>);

impl SeededIds {
    fn next(&self) -> uuid::Uuid {
        let mut bytes = [0; 16];
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        Builder::from_random_bytes(bytes).into_uuid()
    }
}

impl IdSource for SeededIds {
    fn attempt_id(&self) -> AttemptId {
        AttemptId(self.next())
    }

    fn version_id(&self) -> DagVersionId {
        DagVersionId(self.next())
    }
}

/// Writes the history and says how much it is.
pub(super) async fn run(args: DevFillArgs, settings: Settings) -> Result<()> {
    let until = match &args.until {
        Some(text) => DateRange::parse(text)?.first,
        None => midnight(SystemClock.now())?,
    };
    let app = App::open(settings).await?;
    let there = app.store.dags(ALL).await?.len();
    if there > 0 && !args.add {
        bail!(
            "`{}` has {there} DAGs already; pass --add to add made-up ones beside them, or take a new database",
            app.store.place()
        );
    }
    let holder = Holder {
        hostname: app.settings.hostname.clone(),
        pid: std::process::id(),
    };
    let lease = app
        .store
        .acquire_scheduler(&holder, app.now(), LEASE_TTL, wiring::is_alive)
        .await?;
    let filled = fill(&args, there, until, &lease, &app).await;
    app.store.release(&lease).await?;
    let (runs, tasks) = filled?;
    app.store.analyze().await?;
    output::print(&format!(
        "{} DAGs, {runs} runs and {tasks} task instances were written to {}",
        args.dags,
        app.store.place()
    ))
}

/// Writes DAG after DAG; returns the numbers of runs and of task instances.
async fn fill(
    args: &DevFillArgs,
    there: usize,
    until: Timestamp,
    lease: &Lease,
    app: &App,
) -> Result<(u64, u64)> {
    let dags = u64::from(args.dags.get());
    let bar = progress::bar(args.task_instances, "task instances");
    let (mut runs, mut tasks) = (0, 0);
    for number in 0..dags {
        let place = there + number as usize;
        let mut random = ChaCha8Rng::seed_from_u64(args.seed);
        random.set_stream(place as u64);
        let shape = Shape::draw(place, &mut random)?;
        record(&shape, until, lease, app, &mut random).await?;
        // What the DAGs before it wrote too much, it need not write.
        let wanted = (args.task_instances * (number + 1) / dags).saturating_sub(tasks);
        let count = wanted.div_ceil(shape.instances());
        let history = past::runs(&shape, count, until, &mut random);
        for runs in history.chunks(RUNS_MAX) {
            app.store.add_history(lease, runs).await?;
        }
        if let Some(newest) = history.last() {
            if args.log_lines > 0 {
                lines::write(newest, args.log_lines, &app.settings.base_log_folder, &mut random)?;
            }
            let entry = NewEventLog {
                event: "dag_run.trigger",
                owner: Some("admin"),
                dag_id: Some(newest.key.dag_id.as_str()),
                run_id: Some(newest.key.run_id.as_str()),
                ..NewEventLog::default()
            };
            app.store.record_event(&entry, newest.run_after).await?;
        }
        runs += count;
        tasks += count * shape.instances();
        bar.set_position(tasks.min(args.task_instances));
    }
    bar.finish_and_clear();
    Ok((runs, tasks))
}

async fn record(
    shape: &Shape,
    until: Timestamp,
    lease: &Lease,
    app: &App,
    random: &mut ChaCha8Rng,
) -> Result<()> {
    let source = format!("made_up/{}.py", shape.spec.dag_id);
    let fileloc = app.settings.dags_folder.join(&source).display().to_string();
    let record = SourceRecord {
        source: &source,
        fileloc: &fileloc,
        code: None,
        dags: slice::from_ref(&shape.spec),
        broken: None,
    };
    let ids = SeededIds(Mutex::new(ChaCha8Rng::from_rng(random)));
    let recorded = app.store.record_source(lease, &record, until, &ids).await?;
    if !recorded.taken.is_empty() {
        bail!(
            "there is a DAG `{}` already; take another --seed",
            shape.spec.dag_id
        );
    }
    Ok(())
}

/// The beginning of the day, UTC.
fn midnight(now: Timestamp) -> Result<Timestamp> {
    let (second, day) = (now.as_second(), 24 * 60 * 60);
    Timestamp::from_second(second - second.rem_euclid(day)).context("the clock is far off")
}
