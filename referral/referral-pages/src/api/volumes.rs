//! `GET /volumes?runs=`: what each run read, wrote, embedded and matched, and what became of all candidates.

use axum::Json;
use axum::extract::State;
use referral_store::pages::volumes::{SyncVolume, WorkVolume};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use crate::extract::Words;
use crate::failure::Failure;
use crate::service::Pages;

/// Runs that are told at most.
const RUNS_MAX: u32 = 200;

/// Months of calls.
const MONTHS: u32 = 12;

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    runs: Option<u32>,
}

pub(crate) async fn get(State(pages): State<Pages>, Words(asked): Words<Asked>) -> Answer {
    let runs = asked.runs.unwrap_or(50);
    if !(1..=RUNS_MAX).contains(&runs) {
        return Err(Failure::BadRequest(format!(
            "`runs` is {runs}, expected a number from 1 to {RUNS_MAX}"
        )));
    }
    let store = pages.store();
    // A run of the pipeline syncs two kinds of records and does three kinds of work.
    let syncs = store.sync_volumes(runs * 2).await?;
    let work = store.work_volumes(runs * 3).await?;
    let calls = store.monthly_calls(MONTHS).await?;
    let funnel = store.funnel().await?;
    Ok(Json(json!({
        "syncs": syncs.iter().map(sync_json).collect::<Vec<_>>(),
        "work": work.iter().map(work_json).collect::<Vec<_>>(),
        "api_calls": calls.iter().map(|one| json!({ "month": one.month, "calls": one.calls })).collect::<Vec<_>>(),
        "funnel": {
            "read": funnel.read, "live": funnel.live, "valid": funnel.valid, "embedded": funnel.embedded,
            "compared": funnel.compared, "suggested": funnel.suggested,
        },
    })))
}

fn sync_json(sync: &SyncVolume) -> Value {
    let (run, counts) = (&sync.run, sync.run.counts);
    json!({
        "run_id": run.run_id, "entity": run.kind, "mode": run.mode, "state": run.state,
        "fetched": counts.fetched, "inserted": counts.inserted, "updated": counts.updated,
        "unchanged": counts.unchanged, "deleted": counts.deleted, "anonymised": counts.anonymised,
        "rejected": counts.quarantined, "calls": run.calls, "error": sync.error,
        "started_at": run.started_at, "ended_at": run.ended_at,
    })
}

fn work_json(work: &WorkVolume) -> Value {
    json!({
        "run_id": work.run_id, "kind": work.kind, "state": work.state, "counts": work.counts, "error": work.error,
        "started_at": work.started_at, "ended_at": work.ended_at,
    })
}
