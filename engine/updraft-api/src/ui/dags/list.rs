//! `GET /dags`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::{DagListFilter, DagListOrder, DagListState};

use super::row::{Dag, described};
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{flag, list};
use crate::ui::shapes::readable;

/// The longest page: all DAGs of most installations.
const LIMIT_MAX: u32 = 500;
const LIMIT: u32 = 50;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/dags", "list_dags");
    Endpoint::new(at, Needs::Dag(Action::Read), &[401, 403, 422], get)
}

/// Which DAGs.
#[derive(Deserialize, JsonSchema)]
struct Query {
    /// Part of an id or a description.
    q: Option<String>,
    /// Repeated: all of them.
    #[serde(default, deserialize_with = "list")]
    tag: Vec<String>,
    owner: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    paused: Option<bool>,
    /// `running`, `failed` or `failed_latest`.
    state: Option<String>,
    /// `dag_id`, `next_run` or `last_run`, with `-` before it the other way round.
    sort: Option<String>,
    limit: Option<u32>,
    offset: Option<u32>,
}

/// A page of DAGs.
#[derive(Serialize, JsonSchema)]
struct DagList {
    total: u64,
    counts: DagCounts,
    tags: Vec<String>,
    owners: Vec<String>,
    dags_folder: String,
    dags: Vec<Dag>,
}

/// How many DAGs there are of each kind, whatever is asked for.
#[derive(Serialize, JsonSchema)]
struct DagCounts {
    all: u64,
    active: u64,
    paused: u64,
    running: u64,
    failed: u64,
    import_errors: u64,
}

impl Query {
    fn filter(self) -> Result<DagListFilter, Failure> {
        let unknown = |word: &str, known| Err(Failure::query(format!("`{word}` is none of {known}")));
        let state = match self.state.as_deref() {
            None | Some("") => None,
            Some("running") => Some(DagListState::Running),
            Some("failed") => Some(DagListState::Failed),
            Some("failed_latest") => Some(DagListState::FailedLatest),
            Some(other) => return unknown(other, "running, failed, failed_latest"),
        };
        let sort = self.sort.as_deref().unwrap_or("dag_id");
        let (column, is_descending) = sort
            .strip_prefix('-')
            .map_or((sort, false), |column| (column, true));
        let order = match column {
            "dag_id" | "" => DagListOrder::DagId,
            "next_run" => DagListOrder::NextRun,
            "last_run" => DagListOrder::LastRun,
            other => return unknown(other, "dag_id, next_run, last_run"),
        };
        Ok(DagListFilter {
            dags: None,
            text: self.q.filter(|text| !text.is_empty()),
            tags: self.tag.into_iter().collect(),
            owner: self.owner.filter(|owner| !owner.is_empty()),
            is_paused: self.paused,
            state,
            order,
            is_descending,
            limit: self.limit.unwrap_or(LIMIT).min(LIMIT_MAX),
            offset: self.offset.unwrap_or(0),
        })
    }
}

async fn get(call: Call<Nothing, Query>) -> Result<Json<DagList>, Failure> {
    let (api, identity) = (&call.api, &call.identity);
    let mut filter = call.query.filter()?;
    filter.dags = readable(identity);
    let (rows, total) = api.store().dag_list(&filter).await?;
    let (counts, words) = api.store().dag_list_counts(filter.dags.as_ref()).await?;
    let import_errors = if identity.allows(Action::Read, &Resource::IMPORT_ERROR) {
        api.store().import_errors().await?.len() as u64
    } else {
        0
    };
    let dags = described(api, identity, rows).await?;
    Ok(Json(DagList {
        total,
        counts: DagCounts {
            all: counts.all,
            active: counts.all - counts.paused,
            paused: counts.paused,
            running: counts.running,
            failed: counts.failed,
            import_errors,
        },
        tags: words.tags.into_iter().collect(),
        owners: words.owners.into_iter().collect(),
        dags_folder: api.web().dags_folder.clone(),
        dags: dags.into_iter().map(|(dag, ..)| dag).collect(),
    }))
}
