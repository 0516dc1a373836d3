//! What a task costs: commits, bytes of the database's write-ahead log, processor time.

use std::path::Path;

use anyhow::{Context, Result};

use super::engine::Engine;
use super::figure::{Figure, Figures, median};
use super::orchestrator::Orchestrator;
use crate::postgres::{Cluster, Durability};
use crate::workspace;

/// How often a run is repeated because the embedded database has begun its log anew meanwhile.
const REPEATS_MAX: u32 = 10;

/// Takes the figures of tasks one after the other and beside each other, on both databases.
pub(super) fn measure(programs: &Path, runs: u32, figures: &mut Figures) -> Result<()> {
    let cluster = Cluster::start(Durability::Full)?;
    for (store, url) in [("sqlite", None), ("postgres", Some(cluster.url()))] {
        let engine = Engine::start(programs, url.as_deref(), 0)?;
        // The first run starts the warm process and is not counted.
        engine.run("chain")?;
        for shape in ["chain", "fan"] {
            let database = url.as_ref().map(|_| &cluster);
            let costs: Vec<Cost> = (0..runs)
                .map(|_| of_run(&engine, database, shape))
                .collect::<Result<_>>()?;
            let mut add = |metric, value: fn(&Cost) -> f64, unit| {
                let values: Vec<f64> = costs.iter().map(value).collect();
                figures.add(&Figure {
                    store,
                    tasks: "native",
                    runs,
                    ..Figure::new(shape, metric, median(&values), unit)
                });
            };
            add("commits_per_task", |cost| cost.commits, "");
            add("log_kib_per_task", |cost| cost.log_bytes / 1024.0, "KiB");
            add("scheduler_ms", |cost| 1000.0 * cost.scheduler_seconds, "ms");
            add("workers_ms", |cost| 1000.0 * cost.worker_seconds, "ms");
        }
    }
    Ok(())
}

/// What one task cost.
struct Cost {
    commits: f64,
    log_bytes: f64,
    /// Processor time of the scheduler, with an embedded database in it.
    scheduler_seconds: f64,
    /// Processor time of everything that it started.
    worker_seconds: f64,
}

fn of_run(engine: &Engine, cluster: Option<&Cluster>, shape: &str) -> Result<Cost> {
    for _ in 0..REPEATS_MAX {
        let log = Log::read(engine, cluster)?;
        let (all, scheduler) = (processor_seconds(engine.pid())?, own_seconds(engine.pid())?);
        let tasks = engine.run(shape)?.count() as f64;
        let scheduler = own_seconds(engine.pid())? - scheduler;
        let all = processor_seconds(engine.pid())? - all;
        if let Some((commits, bytes)) = log.since(engine, cluster)? {
            return Ok(Cost {
                commits: commits as f64 / tasks,
                log_bytes: bytes as f64 / tasks,
                scheduler_seconds: scheduler / tasks,
                worker_seconds: (all - scheduler) / tasks,
            });
        }
    }
    anyhow::bail!("the database began its log anew in each of {REPEATS_MAX} runs of `{shape}`")
}

/// How far the write-ahead log of a database goes.
enum Log {
    Sqlite(SqliteLog),
    Postgres(String),
}

impl Log {
    fn read(engine: &Engine, cluster: Option<&Cluster>) -> Result<Self> {
        match cluster {
            Some(cluster) => Ok(Self::Postgres(cluster.log_end()?)),
            None => Ok(Self::Sqlite(SqliteLog::read(&engine.database())?)),
        }
    }

    /// Commits and bytes since then; `None` if that is not known.
    fn since(&self, engine: &Engine, cluster: Option<&Cluster>) -> Result<Option<(u64, u64)>> {
        match (self, Self::read(engine, cluster)?) {
            (Self::Postgres(start), Self::Postgres(end)) => {
                let cluster = cluster.context("the log is PostgreSQL's")?;
                cluster.logged(start, &end).map(Some)
            }
            (Self::Sqlite(start), Self::Sqlite(end)) if start.salt == end.salt => {
                Ok(Some((end.commits - start.commits, end.bytes - start.bytes)))
            }
            _ => Ok(None),
        }
    }
}

/// The write-ahead log of SQLite: a header with a salt, then pages, each with the salt of the log that it belongs to and, if it is
/// the last of a commit, the size of the database.
struct SqliteLog {
    salt: [u8; 8],
    commits: u64,
    bytes: u64,
}

impl SqliteLog {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;

    fn read(database: &Path) -> Result<Self> {
        let log = std::fs::read(database.with_extension("db-wal"))?;
        let page_size = be_u32(&log, 8)? as usize;
        let salt = log.get(16..24).context("the log has no salt")?.try_into()?;
        let mut found = Self {
            salt,
            commits: 0,
            bytes: 0,
        };
        let frames = log[Self::HEADER..].chunks_exact(Self::FRAME_HEADER + page_size);
        for frame in frames.take_while(|frame| frame.get(8..16) == Some(&salt[..])) {
            found.commits += u64::from(be_u32(frame, 4)? > 0);
            found.bytes += frame.len() as u64;
        }
        Ok(found)
    }
}

fn be_u32(bytes: &[u8], at: usize) -> Result<u32> {
    let bytes = bytes.get(at..at + 4).context("the log is too short")?;
    Ok(u32::from_be_bytes(bytes.try_into()?))
}

/// The processor time that a process and all that run below it have taken so far.
pub(super) fn processor_seconds(root: u32) -> Result<f64> {
    let below: f64 = workspace::descendants(root)
        .into_iter()
        .filter_map(|pid| own_seconds(pid).ok())
        .sum();
    Ok(own_seconds(root)? + below)
}

/// The processor time that the threads of one process have taken so far.
fn own_seconds(pid: u32) -> Result<f64> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).context("the process has ended")?;
    let mut nanoseconds = 0.0;
    for thread in threads {
        // The first number; a thread may have ended since it was listed.
        let Ok(stat) = std::fs::read_to_string(thread?.path().join("schedstat")) else {
            continue;
        };
        let first = stat.split_whitespace().next();
        let spent: f64 = first.context("the kernel tells no processor time")?.parse()?;
        nanoseconds += spent;
    }
    Ok(nanoseconds / 1e9)
}
