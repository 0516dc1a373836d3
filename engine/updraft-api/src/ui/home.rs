//! `GET /home`: how everything is.

use axum::http::Method;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use updraft_auth::{Action, Resource};
use updraft_model::DagRunState;
use updraft_store::{DagListFilter, DagListOrder, DagRow, HourOutcome, RunBrowse, TimeSpan};

use super::shapes::{Run, readable};
use super::words;
use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Json, Nothing};
use crate::domain::health::{look, word};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::V2Time;

/// So many runs are shown of each kind.
const RUNS: u32 = 25;
/// So many next runs are shown.
const NEXT: usize = 10;
/// So many DAGs are looked at for them.
const DAGS: u32 = 500;
const HOURS: i64 = 24;
/// A run that is not made so long after its time is late.
const LATE: SignedDuration = SignedDuration::from_secs(60);

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/home", "home");
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403], get)
}

/// How everything is. What somebody may not read is left out.
#[derive(Serialize, JsonSchema)]
struct Home {
    health: Vec<Component>,
    /// Of the last 24 hours.
    failed: Vec<Run>,
    running: Vec<Run>,
    late: Vec<Late>,
    next: Vec<Next>,
    import_errors: u64,
    pools: Vec<Pool>,
    /// Of the last 24 hours, the oldest first.
    outcomes: Vec<Hour>,
}

#[derive(Serialize, JsonSchema)]
struct Component {
    component: &'static str,
    status: &'static str,
    latest_heartbeat: Option<V2Time>,
    detail: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Late {
    dag_id: String,
    run_after: V2Time,
    late_seconds: f64,
}

#[derive(Serialize, JsonSchema)]
struct Next {
    dag_id: String,
    run_after: V2Time,
    schedule_words: String,
}

#[derive(Serialize, JsonSchema)]
struct Pool {
    name: String,
    slots: i64,
    running: u64,
    queued: u64,
    scheduled: u64,
    deferred: u64,
    open: i64,
}

#[derive(Serialize, JsonSchema)]
struct Hour {
    /// When it began.
    hour: V2Time,
    success: u64,
    failed: u64,
}

async fn get(call: Call<Nothing, Nothing>) -> Result<Json<Home>, Failure> {
    let (api, identity) = (&call.api, &call.identity);
    let now = api.now();
    let dags = readable(identity);
    let since = now
        .saturating_sub(SignedDuration::from_hours(HOURS))
        .unwrap_or(now);
    let may = |resource: &Resource| identity.allows(Action::Read, resource);
    let browse = |state, dated| RunBrowse {
        dags: dags.clone(),
        states: vec![state],
        dated,
        limit: RUNS,
        ..RunBrowse::default()
    };
    let (mut failed, mut running, mut outcomes) = (Vec::new(), Vec::new(), Vec::new());
    if may(&Resource::DAG_RUN) {
        failed = api
            .store()
            .browse_runs(&browse(DagRunState::Failed, TimeSpan::default()))
            .await?
            .0;
        failed.retain(|run| run.end_date.is_none_or(|end| end >= since));
        running = api
            .store()
            .browse_runs(&browse(DagRunState::Running, TimeSpan::default()))
            .await?
            .0;
        outcomes = hours(api, dags.as_ref(), since).await?;
    }
    let upcoming = DagListFilter {
        dags: dags.clone(),
        is_paused: Some(false),
        order: DagListOrder::NextRun,
        limit: DAGS,
        ..DagListFilter::default()
    };
    let (rows, _) = api.store().dag_list(&upcoming).await?;
    let (late, next) = upcoming_runs(api, &rows, now).await?;
    let import_errors = if may(&Resource::IMPORT_ERROR) {
        api.store().import_errors().await?.len() as u64
    } else {
        0
    };
    Ok(Json(Home {
        health: health(api).await?,
        failed: failed.iter().map(Run::of).collect(),
        running: running.iter().map(Run::of).collect(),
        late,
        next,
        import_errors,
        pools: if may(&Resource::POOL) {
            pools(api).await?
        } else {
            Vec::new()
        },
        outcomes,
    }))
}

async fn upcoming_runs(
    api: &Api,
    rows: &[DagRow],
    now: Timestamp,
) -> Result<(Vec<Late>, Vec<Next>), Failure> {
    let timed = rows.iter().filter_map(|row| Some((row, row.next_run_after?)));
    let (past, future): (Vec<_>, Vec<_>) = timed.partition(|(_, at)| now.duration_since(*at) > LATE);
    let late = past.into_iter().map(|(row, at)| Late {
        dag_id: row.dag_id.to_string(),
        run_after: V2Time(at),
        late_seconds: now.duration_since(at).as_secs_f64(),
    });
    let future: Vec<_> = future.into_iter().take(NEXT).collect();
    let specs = api
        .store()
        .descriptions(future.iter().map(|(row, _)| row.version))
        .await?;
    let next = future.into_iter().map(|(row, at)| Next {
        dag_id: row.dag_id.to_string(),
        run_after: V2Time(at),
        schedule_words: specs.get(&row.version).map_or_else(
            || row.schedule.clone(),
            |spec| words::schedule(&spec.schedule, &row.schedule),
        ),
    });
    Ok((late.collect(), next.collect()))
}

async fn hours(
    api: &Api,
    dags: Option<&std::collections::BTreeSet<updraft_model::DagId>>,
    since: Timestamp,
) -> Result<Vec<Hour>, Failure> {
    let outcomes = api.store().outcomes_by_hour(dags, since).await?;
    let hour = |number: i64| {
        // What ends at this moment belongs to the last hour.
        let is_of_hour = |outcome: &&HourOutcome| i64::from(outcome.hour).min(HOURS - 1) == number;
        let of_hour = || outcomes.iter().filter(is_of_hour);
        Hour {
            hour: V2Time(
                since
                    .saturating_add(SignedDuration::from_hours(number))
                    .unwrap_or(since),
            ),
            success: of_hour().map(|outcome| outcome.success).sum(),
            failed: of_hour().map(|outcome| outcome.failed).sum(),
        }
    };
    Ok((0..HOURS).map(hour).collect())
}

/// The scheduler reads sources, waits for deferred tasks and runs tasks as well.
async fn health(api: &Api) -> Result<Vec<Component>, Failure> {
    let health = look(api).await;
    let held = api.store().scheduler().await?;
    let place = held.map(|held| format!("process {} on {}", held.holder.pid, held.holder.hostname));
    let of_scheduler = |component| Component {
        component,
        status: word(health.scheduler),
        latest_heartbeat: health.heartbeat.map(V2Time),
        detail: place.clone(),
    };
    let database = Component {
        component: "metadatabase",
        status: word(health.database),
        latest_heartbeat: None,
        detail: None,
    };
    let others = ["scheduler", "executor", "triggerer", "dag_processor"].map(of_scheduler);
    Ok(std::iter::once(database).chain(others).collect())
}

async fn pools(api: &Api) -> Result<Vec<Pool>, Failure> {
    let mut usage = api.store().pool_usage().await?;
    let pools = api.store().pools().await?.into_iter().map(|pool| {
        let used = usage.remove(&pool.name);
        let number = |of: fn(&updraft_store::PoolUsage) -> u64| used.as_ref().map_or(0, of);
        let (running, queued) = (number(|used| used.running), number(|used| used.queued));
        let deferred = number(|used| used.deferred);
        let counted = if pool.include_deferred { deferred } else { 0 };
        let taken = i64::try_from(running + queued + counted).unwrap_or(i64::MAX);
        let slots = i64::from(pool.slots);
        Pool {
            open: if slots < 0 { -1 } else { (slots - taken).max(0) },
            name: pool.name,
            slots,
            running,
            queued,
            scheduled: number(|used| used.scheduled),
            deferred,
        }
    });
    Ok(pools.collect())
}
