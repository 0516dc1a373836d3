//! What there may be very many of: copies of a mapped task, and DAGs that are paused.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::cost::processor_seconds;
use super::engine::Engine;
use super::figure::{Figure, Figures, median};
use super::orchestrator::{Orchestrator, wait_for};
use crate::postgres::{Cluster, Durability};

/// The last copy of the mapped task.
const LAST_COPY: &str = "99999";

/// How many DAGs are paused.
const IDLE_DAGS: u32 = 10_000;

/// The engine settles down, then its processor time is watched for so long.
const SETTLE: Duration = Duration::from_secs(5);
const WATCHED: Duration = Duration::from_secs(30);

/// Takes the figures on both databases.
pub(super) fn measure(programs: &Path, runs: u32, figures: &mut Figures) -> Result<()> {
    let cluster = Cluster::start(Durability::Full)?;
    for (store, url) in [("sqlite", None), ("postgres", Some(cluster.url()))] {
        let engine = Engine::start(programs, url.as_deref(), 0)?;
        // The first run starts the warm process and is not counted.
        engine.run("chain")?;
        let seconds: Vec<f64> = (0..runs).map(|_| expand(&engine)).collect::<Result<_>>()?;
        let figure = |shape, metric, value, unit| Figure {
            store,
            tasks: "native",
            ..Figure::new(shape, metric, value, unit)
        };
        figures.add(&Figure {
            runs,
            ..figure("map of 100,000", "expand_s", median(&seconds), "s")
        });
        drop(engine);
        let engine = Engine::start(programs, url.as_deref(), IDLE_DAGS)?;
        std::thread::sleep(SETTLE);
        let before = processor_seconds(engine.pid())?;
        std::thread::sleep(WATCHED);
        let share = (processor_seconds(engine.pid())? - before) / WATCHED.as_secs_f64();
        figures.add(&figure("10,000 paused DAGs", "core_share", 100.0 * share, "%"));
    }
    Ok(())
}

/// From the moment in which somebody triggers the run until its last copy is scheduled, in seconds.
fn expand(engine: &Engine) -> Result<f64> {
    let start = Instant::now();
    let run_id = engine.trigger("wide")?;
    wait_for(|| {
        let arguments = [
            "tasks",
            "state",
            "wide",
            "each",
            &run_id,
            "--map-index",
            LAST_COPY,
        ];
        // Before there are so many copies the command fails.
        let state = engine.say(&arguments).unwrap_or_default();
        Ok((state.trim() == "scheduled").then_some(()))
    })?;
    Ok(start.elapsed().as_secs_f64())
}
