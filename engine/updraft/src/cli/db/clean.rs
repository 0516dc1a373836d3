//! `db clean`: deletes what is old, after writing it into the archive.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{MapIndex, RunKey, TaskInstanceState, isoformat};
use updraft_store::{AssetEventListFilter, EventLogFilter, Old, Paging, TimeBounds};

use super::archive::Archive;
use crate::cli::app::App;
use crate::cli::args::DbCleanArgs;
use crate::cli::dates::DateRange;
use crate::cli::output::{self, Rows};
use crate::cli::{ask, closest, progress};
use crate::config::Settings;
use crate::row;

/// So many runs are archived and deleted at once, and so many rows of a list are read.
const AT_ONCE: u32 = 500;

/// Tables of Airflow whose rows belong to a run.
const OF_RUNS: [&str; 8] = [
    "rendered_task_instance_fields",
    "sla_miss",
    "task_fail",
    "task_instance",
    "task_instance_history",
    "task_reschedule",
    "trigger",
    "xcom",
];

/// Deletes what the arguments name, after asking.
pub(super) async fn run(args: DbCleanArgs, settings: Settings) -> Result<()> {
    let before = DateRange::parse(&args.clean_before_timestamp)?.first;
    let app = App::open(settings).await?;
    if before > app.now() {
        bail!("--clean-before-timestamp is in the future");
    }
    let wanted = tables(&args.tables)?;
    let mut rows = Rows::default();
    let mut found = 0;
    for what in &wanted {
        let count = app.store.count_old(*what, before).await?;
        found += count;
        rows.push(row! { "table": what.as_str(), "rows": count });
    }
    rows.print(args.output.output)?;
    if found == 0 || args.dry_run {
        return Ok(());
    }
    let kept = if args.skip_archive {
        ""
    } else {
        ", which the archive keeps"
    };
    let date = isoformat(before);
    if !args.yes && !ask::yes(&format!("Delete these rows from before {date}{kept}? (y/n)"))? {
        bail!("cancelled; nothing was deleted");
    }
    let mut deleted = 0;
    for what in wanted {
        deleted += if args.skip_archive {
            app.store.delete_old(what, before).await?
        } else {
            archive_and_delete(what, before, &app).await?
        };
    }
    output::print(&format!("{deleted} rows were deleted"))
}

/// What is to be cleaned; everything, if nothing is named.
fn tables(names: &[String]) -> Result<BTreeSet<Old>> {
    if names.is_empty() {
        return Ok(Old::ALL.into());
    }
    let find = |name: &String| {
        // Airflow 2 calls it so.
        let known = if name == "dataset_event" {
            "asset_event"
        } else {
            name
        };
        if let Some(what) = Old::ALL.into_iter().find(|what| what.as_str() == known) {
            return Ok(what);
        }
        if OF_RUNS.contains(&known) {
            bail!("the rows of `{name}` are deleted with their runs; name `dag_run`");
        }
        let hint = closest::hint(name, Old::ALL.into_iter().map(Old::as_str));
        bail!("there is no table `{name}` to clean{hint}")
    };
    names.iter().map(find).collect()
}

async fn archive_and_delete(what: Old, before: Timestamp, app: &App) -> Result<u64> {
    match what {
        Old::Runs => return archive_runs(before, app).await,
        Old::Log => archive_log(before, app).await?,
        Old::AssetEvents => archive_asset_events(before, app).await?,
        // Nobody wants to know later of processes that are gone and logins that are over.
        Old::Jobs | Old::Sessions => {}
    }
    Ok(app.store.delete_old(what, before).await?)
}

async fn archive_runs(before: Timestamp, app: &App) -> Result<u64> {
    let now = app.now();
    let mut runs = Archive::new("dag_run", now, &app.settings);
    let mut tasks = Archive::new("task_instance", now, &app.settings);
    let mut deleted = 0;
    let bar = progress::bar(app.store.count_old(Old::Runs, before).await?, "runs");
    loop {
        let old = app.store.old_runs(before, AT_ONCE).await?;
        for key in &old {
            archive_run(key, &mut runs, &mut tasks, app).await?;
        }
        runs.keep()?;
        tasks.keep()?;
        let now_deleted = app.store.delete_runs(&old).await?;
        if now_deleted == 0 {
            bar.finish_and_clear();
            return Ok(deleted);
        }
        deleted += now_deleted;
        bar.inc(now_deleted);
    }
}

async fn archive_run(key: &RunKey, runs: &mut Archive, tasks: &mut Archive, app: &App) -> Result<()> {
    let Some(run) = app.store.run(key).await? else {
        return Ok(());
    };
    let interval = run.data_interval;
    runs.add(&row! {
        "dag_id": key.dag_id,
        "run_id": key.run_id,
        "state": run.state.as_str(),
        "run_type": run.run_type.as_str(),
        "logical_date": time(run.logical_date),
        "data_interval_start": time(interval.map(|interval| interval.start)),
        "data_interval_end": time(interval.map(|interval| interval.end)),
        "run_after": isoformat(run.run_after),
        "conf": run.conf,
        "queued_at": time(run.queued_at),
        "start_date": time(run.start_date),
        "end_date": time(run.end_date),
        "triggered_by": run.triggered_by,
        "note": run.note,
    })?;
    for task in app.store.task_instances(key).await? {
        let map_index = Some(task.key.map_index).filter(|index| *index != MapIndex::UNMAPPED);
        tasks.add(&row! {
            "dag_id": key.dag_id,
            "run_id": key.run_id,
            "task_id": task.key.task_id,
            "map_index": map_index.map_or(-1, |index| index.0),
            "operator": task.operator,
            "state": TaskInstanceState::text(task.state),
            "try_number": task.try_number,
            "max_tries": task.max_tries,
            "queued_at": time(task.queued_at),
            "start_date": time(task.start_date),
            "end_date": time(task.end_date),
            "hostname": task.hostname,
            "unixname": task.unixname,
            "pid": task.pid,
            "outcome": task.outcome,
            "note": task.note,
        })?;
    }
    Ok(())
}

async fn archive_log(before: Timestamp, app: &App) -> Result<()> {
    let mut archive = Archive::new("log", app.now(), &app.settings);
    let mut offset = 0;
    loop {
        let page = EventLogFilter {
            before: Some(before),
            paging: Paging {
                limit: AT_ONCE,
                offset,
                ..Paging::default()
            },
            ..EventLogFilter::default()
        };
        let (entries, _) = app.store.event_logs(&page).await?;
        let is_last = entries.len() < AT_ONCE as usize;
        for entry in entries {
            archive.add(&row! {
                "id": entry.event_log_id,
                "dttm": isoformat(entry.happened_at),
                "event": entry.event,
                "owner": entry.owner,
                "dag_id": entry.dag_id,
                "run_id": entry.run_id,
                "task_id": entry.task_id,
                "map_index": entry.map_index,
                "try_number": entry.try_number,
                "extra": entry.extra,
            })?;
        }
        if is_last {
            return archive.keep();
        }
        offset = offset
            .checked_add(AT_ONCE)
            .context("the event log is too long to be archived")?;
    }
}

async fn archive_asset_events(before: Timestamp, app: &App) -> Result<()> {
    let mut archive = Archive::new("asset_event", app.now(), &app.settings);
    let filter = AssetEventListFilter {
        happened: TimeBounds {
            before: Some(before),
            ..TimeBounds::default()
        },
        ..AssetEventListFilter::default()
    };
    let mut offset = 0;
    loop {
        let paging = Paging {
            limit: AT_ONCE,
            offset,
            ..Paging::default()
        };
        let (events, _) = app.store.asset_event_page(&filter, &paging).await?;
        let is_last = events.len() < AT_ONCE as usize;
        for event in events {
            archive.add(&asset_event(event.row))?;
        }
        if is_last {
            return archive.keep();
        }
        offset = offset
            .checked_add(AT_ONCE)
            .context("there are too many events to be archived")?;
    }
}

fn asset_event(event: updraft_store::AssetEventRow) -> Map<String, Value> {
    let source = event.source.as_ref();
    row! {
        "id": event.event.0,
        "timestamp": isoformat(event.at),
        "name": event.name,
        "uri": event.uri,
        "extra": event.extra,
        "source_dag_id": source.map(|task| &task.dag_id),
        "source_run_id": source.map(|task| &task.run_id),
        "source_task_id": source.map(|task| &task.task_id),
    }
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(isoformat)
}
