//! `GET /dags/{dag_id}/dagRuns/{dag_run_id}/hitlDetails`; of all runs or DAGs with `~`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_model::TaskInstanceState;
use updraft_store::{HitlFilter, TextLike, TimeBounds};

use super::super::task_instances::TaskInstanceResponse;
use super::{Of, Question};
use crate::access::Needs;
use crate::call::{Call, Json};
use crate::domain::hitl;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::joined::Joined;
use crate::page::{Order, Page, flag};
use crate::time::Given;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/dags/{dag_id}/dagRuns/{dag_run_id}/hitlDetails",
        "get_hitl_details",
    );
    let needs = Needs::OfDag(Action::Read, vec![Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 422], list)
}

#[derive(Deserialize, JsonSchema)]
struct OfRun {
    dag_id: String,
    dag_run_id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    limit: Option<u32>,
    offset: Option<u32>,
    #[serde(default)]
    order_by: Vec<String>,
    dag_id_pattern: Option<String>,
    dag_id_prefix_pattern: Option<String>,
    task_id: Option<String>,
    task_id_pattern: Option<String>,
    task_id_prefix_pattern: Option<String>,
    map_index: Option<i32>,
    #[serde(default)]
    state: Vec<String>,
    #[serde(default, deserialize_with = "flag")]
    response_received: Option<bool>,
    #[serde(default)]
    responded_by_user_id: Vec<String>,
    #[serde(default)]
    responded_by_user_name: Vec<String>,
    subject_search: Option<String>,
    body_search: Option<String>,
    created_at_gte: Option<Given>,
    created_at_gt: Option<Given>,
    created_at_lte: Option<Given>,
    created_at_lt: Option<Given>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HITLDetailCollection")]
struct Collection {
    hitl_details: Vec<Joined<Question, Of<TaskInstanceResponse>>>,
    total_entries: u64,
}

impl Query {
    fn filter(&self) -> Result<HitlFilter, Failure> {
        let states = self.state.iter().map(|word| {
            word.parse::<TaskInstanceState>()
                .map_err(|error| Failure::query(error.to_string()))
        });
        let at = |given: Option<Given>| given.map(|given| given.0);
        Ok(HitlFilter {
            task_id: self.task_id.clone(),
            map_index: self.map_index,
            states: states.collect::<Result<_, _>>()?,
            is_answered: self.response_received,
            responder_ids: self.responded_by_user_id.clone(),
            responder_names: self.responded_by_user_name.clone(),
            dag_like: TextLike {
                pattern: self.dag_id_pattern.clone(),
                prefix: self.dag_id_prefix_pattern.clone(),
            },
            task_like: TextLike {
                pattern: self.task_id_pattern.clone(),
                prefix: self.task_id_prefix_pattern.clone(),
            },
            subject: self.subject_search.clone(),
            body: self.body_search.clone(),
            created: TimeBounds {
                from: at(self.created_at_gte),
                after: at(self.created_at_gt),
                until: at(self.created_at_lte),
                before: at(self.created_at_lt),
            },
            ..HitlFilter::default()
        })
    }
}

async fn list(call: Call<OfRun, Query>) -> Result<Json<Collection>, Failure> {
    let (path, query) = (&call.path, &call.query);
    let page = Page::v2(query.limit, query.offset);
    let paging = Order::paging(&query.order_by, &hitl::COLUMNS, page)?;
    let of = (path.dag_id.as_str(), path.dag_run_id.as_str());
    let found = hitl::list((&call.api, &call.identity), of, query.filter()?, &paging).await?;
    let (rows, instances): (Vec<_>, Vec<_>) = found.rows.into_iter().unzip();
    let tasks = TaskInstanceResponse::all(&call.api, instances).await?;
    let hitl_details = rows.into_iter().zip(tasks);
    Ok(Json(Collection {
        hitl_details: hitl_details.map(|(row, task)| Question::of(row, task)).collect(),
        total_entries: found.total,
    }))
}
