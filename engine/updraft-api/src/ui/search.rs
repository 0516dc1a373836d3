//! `GET /search`: what a text may mean, for the palette.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_store::{DagListFilter, DagListOrder, RunBrowse};

use super::shapes::readable;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::site::encoded;

const LIMIT: u32 = 20;
const LIMIT_MAX: u32 = 100;
/// The tasks of so many DAGs are looked through, those first that have run last.
const DAGS: u32 = 2_000;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/search", "search");
    Endpoint::new(at, Needs::Login, &[401, 422], get)
}

/// What is looked for.
#[derive(Deserialize, JsonSchema)]
struct Query {
    #[serde(default)]
    q: String,
    limit: Option<u32>,
}

/// What was found, of each kind what comes first.
#[derive(Serialize, JsonSchema)]
struct Hits {
    hits: Vec<Hit>,
}

#[derive(Serialize, JsonSchema)]
struct Hit {
    kind: Kind,
    id: String,
    label: String,
    detail: Option<String>,
    /// A path of the interface.
    href: String,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Dag,
    Run,
    Task,
    Variable,
    Connection,
}

async fn get(call: Call<Nothing, Query>) -> Result<Json<Hits>, Failure> {
    let (api, identity) = (&call.api, &call.identity);
    let text = call.query.q.trim().to_lowercase();
    let limit = call.query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let mut hits = Vec::new();
    let dags = readable(identity);
    if text.is_empty() {
        return Ok(Json(Hits { hits }));
    }
    let filter = DagListFilter {
        dags: dags.clone(),
        text: Some(text.clone()),
        order: DagListOrder::LastRun,
        is_descending: true,
        limit,
        ..DagListFilter::default()
    };
    for row in api.store().dag_list(&filter).await?.0 {
        let id = row.dag_id.to_string();
        hits.push(hit(
            Kind::Dag,
            &id,
            row.description,
            format!("/dags/{}", encoded(&id)),
        ));
    }
    if identity.allows(Action::Read, &Resource::DAG_RUN) {
        let browse = RunBrowse {
            dags: dags.clone(),
            text: Some(text.clone()),
            limit,
            ..RunBrowse::default()
        };
        for run in api.store().browse_runs(&browse).await?.0 {
            let (dag, id) = (run.key.dag_id.to_string(), run.key.run_id.to_string());
            // Those of a DAG that is found are many, and the DAG is found already.
            if id.to_lowercase().contains(&text) {
                let href = format!("/dags/{}/runs/{}", encoded(&dag), encoded(&id));
                hits.push(hit(Kind::Run, &id, Some(dag), href));
            }
        }
    }
    hits.extend(tasks(&call, &text, limit as usize).await?);
    if identity.allows(Action::Read, &Resource::VARIABLE) {
        for (name, description) in api.store().variables_named(&text, limit).await? {
            let href = format!("/variables?q={}", encoded(&name));
            hits.push(hit(Kind::Variable, &name, description, href));
        }
    }
    if identity.allows(Action::Read, &Resource::CONNECTION) {
        for (name, description) in api.store().connections_named(&text, limit).await? {
            let href = format!("/connections?q={}", encoded(&name));
            hits.push(hit(Kind::Connection, &name, description, href));
        }
    }
    // What begins with the text comes before what holds it elsewhere; the order is otherwise as above.
    hits.sort_by_key(|hit| !hit.id.to_lowercase().starts_with(&text));
    hits.truncate(limit as usize);
    Ok(Json(Hits { hits }))
}

/// Tasks of DAGs that somebody may read.
async fn tasks(call: &Call<Nothing, Query>, text: &str, limit: usize) -> Result<Vec<Hit>, Failure> {
    let every = DagListFilter {
        dags: readable(&call.identity),
        order: DagListOrder::LastRun,
        is_descending: true,
        limit: DAGS,
        ..DagListFilter::default()
    };
    let store = call.api.store();
    let (rows, _) = store.dag_list(&every).await?;
    let specs = store.descriptions(rows.iter().map(|row| row.version)).await?;
    let mut hits = Vec::new();
    for row in &rows {
        let tasks = specs.get(&row.version).into_iter().flat_map(|spec| &spec.tasks);
        for task in tasks.filter(|task| task.task_id.as_str().to_lowercase().contains(text)) {
            let (dag, id) = (row.dag_id.to_string(), task.task_id.to_string());
            let href = format!("/dags/{}/tasks/{}", encoded(&dag), encoded(&id));
            hits.push(hit(Kind::Task, &id, Some(dag), href));
            if hits.len() >= limit {
                return Ok(hits);
            }
        }
    }
    Ok(hits)
}

fn hit(kind: Kind, id: &str, detail: Option<String>, href: String) -> Hit {
    Hit {
        kind,
        id: id.to_owned(),
        label: id.to_owned(),
        detail,
        href,
    }
}
