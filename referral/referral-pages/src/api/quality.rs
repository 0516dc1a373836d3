//! `GET /quality?run=`: how the data quality checks came out, against the run before, and over the last runs.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use referral_quality::declaration;
use referral_store::RunId;
use referral_store::pages::quality::{QualityRun, TrendPoint};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, rules};
use crate::extract::Words;
use crate::failure::Failure;
use crate::service::Pages;

/// Runs that are told.
const RUNS_MAX: u32 = 30;

/// Rejected records that are told.
const REJECTED_MAX: u32 = 50;

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    run: Option<String>,
}

pub(crate) async fn get(State(pages): State<Pages>, Words(asked): Words<Asked>) -> Answer {
    let store = pages.store();
    let runs = store.quality_runs(RUNS_MAX).await?;
    let trend = store.quality_trend(RUNS_MAX).await?;
    let rejected = store.rejected(REJECTED_MAX).await?;
    let rejected: Vec<Value> = rejected
        .iter()
        .map(|one| {
            json!({
                "kind": one.kind, "id": one.id, "reason": one.reason, "run_id": one.run_id, "rejected_at": one.rejected_at,
            })
        })
        .collect();
    let shown = match &asked.run {
        None => runs.first(),
        Some(id) => Some(find(&runs, id)?),
    };
    let results = match shown {
        Some(run) => results(&pages, (&runs, run), &trend).await?,
        None => Vec::new(),
    };
    let run_json = |run: &QualityRun| json!({ "run_id": run.run_id, "ended_at": run.ended_at });
    Ok(Json(json!({
        "run": shown.map(run_json), "runs": runs.iter().map(run_json).collect::<Vec<_>>(),
        "results": results, "rejected": rejected,
    })))
}

fn find<'a>(runs: &'a [QualityRun], id: &str) -> Result<&'a QualityRun, Failure> {
    let found = runs.iter().find(|run| run.run_id == id);
    found.ok_or_else(|| {
        Failure::NotFound(format!(
            "`{id}` is none of the last {RUNS_MAX} runs of the data quality checks"
        ))
    })
}

async fn results(
    pages: &Pages,
    (runs, shown): (&[QualityRun], &QualityRun),
    trend: &[TrendPoint],
) -> Result<Vec<Value>, Failure> {
    let store = pages.store();
    let run_id = RunId::parse(&shown.run_id).map_err(|error| Failure::BadRequest(error.to_string()))?;
    let results = store.quality_results(&run_id).await?;
    let withheld = store.withheld_counts().await?;
    let first_failed = store.quality_first_failed().await?;
    let declared = declaration::built_in();
    let ended: BTreeMap<&str, &QualityRun> = runs.iter().map(|run| (run.run_id.as_str(), run)).collect();
    // The run before the one that is shown: the next one in a list that begins with the newest.
    let before = runs
        .iter()
        .skip_while(|run| run.run_id != shown.run_id)
        .nth(1)
        .map(|run| run.run_id.as_str());
    let rows = results.iter().map(|result| {
        let mut points: Vec<&TrendPoint> = trend.iter().filter(|point| point.name == result.name).collect();
        points.sort_by_key(|point| ended.get(point.run_id.as_str()).map(|run| run.ended_at));
        let earlier = points.iter().find(|point| Some(point.run_id.as_str()) == before);
        let check = declared.iter().find(|check| check.name == result.name);
        let held = withheld.iter().find(|held| held.check == result.name);
        json!({
            "name": result.name, "table": result.table, "severity": result.severity, "passed": result.passed,
            "checked": result.checked, "failed": result.failed, "detail": result.detail, "samples": result.samples,
            "rule": check.map(rules::sentence), "may_fail": check.map(|check| check.max_failed),
            "withholds": check.is_some_and(|check| check.quarantine), "withheld": held.map_or(0, |held| held.records),
            "first_failed_at": first_failed.get(&result.name),
            "before": earlier.map(|point| json!({ "failed": point.failed, "checked": point.checked, "passed": point.passed })),
            "trend": points.iter().map(|point| json!({
                "run_id": point.run_id, "failed": point.failed, "checked": point.checked, "passed": point.passed,
                "ended_at": ended.get(point.run_id.as_str()).map(|run| run.ended_at),
            })).collect::<Vec<_>>(),
        })
    });
    Ok(rows.collect())
}
