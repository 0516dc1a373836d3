//! `GET /dags/{dag_id}/calendar`: the runs of each day, as UTC has days, by the date they are about.

use std::collections::BTreeMap;

use axum::http::Method;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::RunFilter;

use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::dags;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::Given;
use crate::ui::shapes::{ByDag, Counts};

/// No more runs are counted.
const RUNS_MAX: u32 = 20_000;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags/{dag_id}/calendar", "calendar");
    let needs = Needs::OfDag(Action::Read, vec![Resource::DAG_RUN]);
    Endpoint::new(at, needs, &[401, 403, 404, 422], get)
}

/// Which days.
#[derive(Deserialize, JsonSchema)]
struct Query {
    from: Option<Given>,
    to: Option<Given>,
}

/// The days with runs.
#[derive(Serialize, JsonSchema)]
struct Calendar {
    days: Vec<Day>,
}

#[derive(Serialize, JsonSchema)]
struct Day {
    /// `2024-01-12`
    day: String,
    states: Counts,
    /// Runs that the schedule will make, as far as it is known.
    planned: u32,
}

async fn get(call: Call<ByDag, Query>) -> Result<Json<Calendar>, Failure> {
    let dag = dags::get(&call.api, &call.path.dag_id).await?;
    let (from, until) = (call.query.from.map(|at| at.0), call.query.to.map(|at| at.0));
    let filter = RunFilter {
        from,
        until,
        limit: Some(RUNS_MAX),
        ..RunFilter::all(dag.row.dag_id)
    };
    let day_of = |at: jiff::Timestamp| at.to_zoned(TimeZone::UTC).date().to_string();
    let mut days: BTreeMap<String, (Counts, u32)> = BTreeMap::new();
    for run in call.api.store().runs(&filter).await? {
        let day = day_of(run.logical_date.unwrap_or(run.run_after));
        *days
            .entry(day)
            .or_default()
            .0
            .entry(run.state.as_str())
            .or_default() += 1;
    }
    let next = dag.row.next_logical_date.filter(|_| !dag.row.is_paused);
    let is_meant =
        |at: &jiff::Timestamp| from.is_none_or(|from| *at >= from) && until.is_none_or(|until| *at <= until);
    if let Some(next) = next.filter(is_meant) {
        days.entry(day_of(next)).or_default().1 += 1;
    }
    let days = days
        .into_iter()
        .map(|(day, (states, planned))| Day { day, states, planned });
    Ok(Json(Calendar { days: days.collect() }))
}
