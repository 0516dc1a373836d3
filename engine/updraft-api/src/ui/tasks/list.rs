//! `GET /task-instances`: tasks of runs of all DAGs, those of the newest runs first.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_model::{MapIndex, TaskInstanceState};
use updraft_store::{TaskBrowse, TaskCursor};

use crate::access::Needs;
use crate::call::{Call, Json, Nothing};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::list;
use crate::time::{Given, span};
use crate::ui::cursor;
use crate::ui::shapes::{Ti, readable, state};

const LIMIT: u32 = 50;
const LIMIT_MAX: u32 = 500;

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/task-instances", "list_task_instances");
    let needs = Needs::OfDag(Action::Read, vec![Resource::TASK_INSTANCE]);
    Endpoint::new(at, needs, &[401, 403, 422], get)
}

/// Which tasks.
#[derive(Deserialize, JsonSchema)]
struct Query {
    dag: Option<String>,
    task: Option<String>,
    run: Option<String>,
    /// Part of the id of a task, a run or a DAG.
    q: Option<String>,
    /// Repeated; `none` for no state.
    #[serde(default, deserialize_with = "list")]
    state: Vec<String>,
    operator: Option<String>,
    /// By the date of the run.
    after: Option<Given>,
    before: Option<Given>,
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A page of tasks.
#[derive(Serialize, JsonSchema)]
struct Tasks {
    task_instances: Vec<Ti>,
    next: Option<String>,
    /// On the first page: how many there are on all.
    total: Option<u64>,
}

async fn get(call: Call<Nothing, Query>) -> Result<Json<Tasks>, Failure> {
    let query = call.query;
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    let named = |word: Option<String>| word.filter(|word| !word.is_empty());
    let states: Result<Vec<Option<TaskInstanceState>>, Failure> = query
        .state
        .iter()
        .map(|word| {
            if word == "none" {
                Ok(None)
            } else {
                state(word).map(Some)
            }
        })
        .collect();
    let browse = TaskBrowse {
        dags: readable(&call.identity),
        dag: named(query.dag),
        run: named(query.run),
        task: named(query.task),
        operator: named(query.operator),
        text: named(query.q),
        states: states?,
        dated: span(query.after, query.before),
        after: query.cursor.as_deref().map(place).transpose()?,
        limit: limit + 1,
    };
    let (mut rows, total) = call.api.store().browse_tasks(&browse).await?;
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| has_more).map(|(row, date, after)| {
        let key = &row.key;
        let index = key.map_index.0.to_string();
        let ids = [
            key.dag_id.as_str(),
            key.run_id.as_str(),
            key.task_id.as_str(),
            &index,
        ];
        cursor::write(date.unwrap_or(*after), &ids)
    });
    Ok(Json(Tasks {
        task_instances: rows
            .iter()
            .map(|(row, date, after)| Ti::of_row(row, *date, *after))
            .collect(),
        next,
        total,
    }))
}

fn place(text: &str) -> Result<TaskCursor, Failure> {
    let (date, [dag_id, run_id, task_id, index]) = cursor::read(text)?;
    let index = index
        .parse()
        .map_err(|_| Failure::query("`cursor` names no copy of a task"))?;
    Ok(TaskCursor {
        date,
        dag_id,
        run_id,
        task_id,
        map_index: MapIndex(index),
    })
}
