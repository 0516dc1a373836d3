//! `POST /dags/{dag_id}/clearTaskInstances`: has tasks run again, or says which these are. Their runs are queued again.

use std::collections::BTreeSet;

use axum::http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use updraft_auth::{Action, Resource};
use updraft_model::{Reach, TaskId};
use updraft_store::{Effect, RunVersion, StateChoice};

use super::reference::TaskInstanceReferenceCollection;
use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::domain::task_changes::{self, Choice, Runs};
use crate::domain::{dags, runs};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{Given, span};

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::POST,
        "/dags/{dag_id}/clearTaskInstances",
        "post_clear_task_instances",
    );
    let needs = Needs::OfDag(Action::Edit, vec![Resource::DAG_RUN, Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 404], clear)
}

#[derive(Deserialize, JsonSchema)]
struct OfDag {
    dag_id: String,
}

/// Which tasks. There are no DAGs inside of DAGs, and the runs of tasks that are cleared always run again.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ClearTaskInstances")]
struct Body {
    /// Whether it only says what it would do; it does, unless told otherwise.
    dry_run: Option<bool>,
    task_ids: Option<Vec<String>>,
    start_date: Option<Given>,
    end_date: Option<Given>,
    /// So it is, unless told otherwise.
    only_failed: Option<bool>,
    only_running: Option<bool>,
    #[expect(
        dead_code,
        reason = "accepted for Airflow's sake: there are no DAGs inside of DAGs"
    )]
    include_subdags: Option<bool>,
    #[expect(
        dead_code,
        reason = "accepted for Airflow's sake: there are no DAGs inside of DAGs"
    )]
    include_parentdag: Option<bool>,
    #[expect(
        dead_code,
        reason = "accepted for Airflow's sake: runs of cleared tasks always run again"
    )]
    reset_dag_runs: Option<bool>,
    dag_run_id: Option<String>,
    include_upstream: Option<bool>,
    include_downstream: Option<bool>,
    include_future: Option<bool>,
    include_past: Option<bool>,
}

async fn clear(
    call: Call<OfDag, Nothing, Json<Body>>,
) -> Result<Json<TaskInstanceReferenceCollection>, Failure> {
    let (actor, Json(body)) = (call.actor(), &call.body);
    let dag_id = dags::get(&call.api, &call.path.dag_id).await?.row.dag_id;
    let (past, future) = (body.include_past == Some(true), body.include_future == Some(true));
    let runs = match &body.dag_run_id {
        Some(_) if body.start_date.is_some() || body.end_date.is_some() => {
            return Err(Failure::body(
                "either `dag_run_id` or `start_date` and `end_date` is given",
            ));
        }
        Some(run_id) => {
            let key = runs::key(&call.path.dag_id, run_id)?;
            let run_id = runs::get(&call.api, &key).await?.key.run_id;
            Runs::Around { run_id, past, future }
        }
        None if past || future => {
            return Err(Failure::body(
                "`include_past` and `include_future` are about the run of `dag_run_id`",
            ));
        }
        None => Runs::Between(span(body.start_date, body.end_date)),
    };
    let choice = Choice {
        dag_id,
        runs,
        tasks: tasks(body.task_ids.as_deref())?,
        map_index: None,
        reach: Reach {
            upstream: body.include_upstream == Some(true),
            downstream: body.include_downstream == Some(true),
        },
        states: match (
            body.only_failed.unwrap_or(true),
            body.only_running.unwrap_or(false),
        ) {
            (true, true) => {
                return Err(Failure::body(
                    "`only_failed` and `only_running` exclude each other",
                ));
            }
            (true, false) => StateChoice::Failed,
            (false, true) => StateChoice::Running,
            (false, false) => StateChoice::Any,
        },
    };
    let effect = if body.dry_run.unwrap_or(true) {
        Effect::DryRun
    } else {
        Effect::Lasting
    };
    let cleared = task_changes::clear(&actor, choice, RunVersion::Same, effect).await?;
    Ok(Json(TaskInstanceReferenceCollection::of(&cleared)))
}

fn tasks(ids: Option<&[String]>) -> Result<Option<BTreeSet<TaskId>>, Failure> {
    let parse = |id: &String| TaskId::parse(id).map_err(|error| Failure::body(error.to_string()));
    ids.map(|ids| ids.iter().map(parse).collect()).transpose()
}
