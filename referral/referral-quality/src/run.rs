//! One run of all checks: the tables stream past once, the results are kept, bad rows are withheld from matching.

use jiff::Timestamp;
use referral_store::quality::{CheckResult, Withheld};
use referral_store::{EntityId, EntityKind, ReferralStore, RunId, StoreError};

use crate::declaration::{Check, Severity, Table};
use crate::evaluation::{Outcome, Running, Surroundings};

/// How many rows are read at once.
const PAGE: u32 = 2_000;

/// What a run found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// How each check came out, in the order of the declaration.
    pub results: Vec<CheckResult>,
    /// Records that are kept out of matching until they hold again.
    pub withheld: usize,
}

impl Report {
    /// The checks of severity `fail` that did not pass: they stop the DAG.
    pub fn failures(&self) -> impl Iterator<Item = &CheckResult> {
        self.results
            .iter()
            .filter(|result| !result.passed && result.severity == Severity::Fail.as_str())
    }

    /// The checks of severity `warn` that did not pass.
    pub fn warnings(&self) -> impl Iterator<Item = &CheckResult> {
        self.results
            .iter()
            .filter(|result| !result.passed && result.severity == Severity::Warn.as_str())
    }
}

/// Evaluates all checks and keeps what they found under the run's id. A repeated id replaces its results.
///
/// `dimensions` is what vectors must have; `progress` hears of every page.
///
/// # Errors
/// The database fails; a retry may help.
pub async fn run(
    store: &ReferralStore,
    checks: &[Check],
    request: &Request,
    progress: &mut (dyn FnMut(Table, u64) + Send),
) -> Result<Report, StoreError> {
    let surroundings = Surroundings {
        now: request.now,
        rows_before: store.quality_rows_before(&request.run_id).await?,
        dimensions: request.dimensions,
        candidates_synced: store.last_synced(EntityKind::Candidate).await?,
        positions_synced: store.last_synced(EntityKind::Position).await?,
    };
    let mut outcomes: Vec<(&Check, Outcome)> = Vec::new();
    for table in [Table::Candidate, Table::Position, Table::Embedding, Table::Match] {
        let mut running = Running::of(table, checks);
        if running.is_empty() {
            continue;
        }
        let mut seen = |rows| progress(table, rows);
        match table {
            Table::Candidate => candidates(store, &mut running, &mut seen).await?,
            Table::Position => positions(store, &mut running, &mut seen).await?,
            Table::Embedding => embeddings(store, &mut running, &surroundings, &mut seen).await?,
            Table::Match => matches(store, &mut running, &mut seen).await?,
        }
        outcomes.extend(
            running
                .into_iter()
                .map(|running| (running.check(), running.finish(&surroundings))),
        );
    }
    let withheld = withheld(&outcomes);
    let results: Vec<CheckResult> = outcomes
        .into_iter()
        .map(|(check, outcome)| result(check, outcome))
        .collect();
    store
        .record_quality(&request.run_id, &results, &withheld, request.now)
        .await?;
    Ok(Report {
        results,
        withheld: withheld.len(),
    })
}

/// What a run is asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// The run's id.
    pub run_id: RunId,
    /// Now.
    pub now: Timestamp,
    /// The number of dimensions that vectors must have.
    pub dimensions: usize,
}

async fn candidates(
    store: &ReferralStore,
    running: &mut [Running<'_>],
    seen: &mut (dyn FnMut(u64) + Send),
) -> Result<(), StoreError> {
    let mut after = EntityId::ZERO;
    loop {
        let rows = store.quality_candidates(after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for check in running.iter_mut() {
            for row in &rows {
                check.candidate(row);
            }
        }
        seen(rows.len() as u64);
    }
}

async fn positions(
    store: &ReferralStore,
    running: &mut [Running<'_>],
    seen: &mut (dyn FnMut(u64) + Send),
) -> Result<(), StoreError> {
    let mut after = EntityId::ZERO;
    loop {
        let rows = store.quality_positions(after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for check in running.iter_mut() {
            for row in &rows {
                check.position(row);
            }
        }
        seen(rows.len() as u64);
    }
}

async fn embeddings(
    store: &ReferralStore,
    running: &mut [Running<'_>],
    surroundings: &Surroundings,
    seen: &mut (dyn FnMut(u64) + Send),
) -> Result<(), StoreError> {
    for kind in EntityKind::ALL {
        let mut after = EntityId::ZERO;
        loop {
            let rows = store.quality_embeddings(kind, after, PAGE).await?;
            let Some(last) = rows.last() else { break };
            after = last.id;
            for check in running.iter_mut() {
                for row in &rows {
                    check.embedding(row, surroundings);
                }
            }
            seen(rows.len() as u64);
        }
    }
    Ok(())
}

async fn matches(
    store: &ReferralStore,
    running: &mut [Running<'_>],
    seen: &mut (dyn FnMut(u64) + Send),
) -> Result<(), StoreError> {
    let mut after = (EntityId::ZERO, EntityId::ZERO);
    loop {
        let rows = store.quality_matches(after, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = (last.position_id, last.candidate_id);
        for check in running.iter_mut() {
            for row in &rows {
                check.matched(row);
            }
        }
        seen(rows.len() as u64);
    }
}

fn withheld(outcomes: &[(&Check, Outcome)]) -> Vec<Withheld> {
    let kind = |check: &Check| match check.table {
        Table::Position => EntityKind::Position,
        Table::Candidate | Table::Embedding | Table::Match => EntityKind::Candidate,
    };
    let of = |(check, outcome): &(&Check, Outcome)| {
        let (kind, name) = (kind(check), check.name.clone());
        let one = move |id: &EntityId| Withheld {
            kind,
            id: *id,
            check: name.clone(),
        };
        outcome.quarantined.iter().map(one).collect::<Vec<_>>()
    };
    outcomes.iter().flat_map(of).collect()
}

fn result(check: &Check, outcome: Outcome) -> CheckResult {
    CheckResult {
        name: check.name.clone(),
        table: check.table.as_str().to_owned(),
        severity: check.severity.as_str().to_owned(),
        passed: outcome.passed,
        checked: outcome.checked,
        failed: outcome.failed,
        detail: outcome.detail,
        samples: outcome.samples,
    }
}
