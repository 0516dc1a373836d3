//! `/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use updraft_auth::{Action, Resource};
use updraft_model::{RunKey, StateStoreEdit};
use updraft_store::TaskStateRow;

use crate::access::Needs;
use crate::call::{Call, Json, NoContent};
use crate::domain::runs;
use crate::domain::state_stores::{self, Expiry, Which};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::{Page, Paged, flag};
use crate::time::{V2Time, parse};

const ALL: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store";
const ONE: &str = "/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/state-store/{key}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    const FAILURES: &[u16] = &[401, 403, 404, 422];
    let needs = |action| Needs::OfDag(action, vec![Resource::TASK_INSTANCE]);
    let at = |method, path, id| At(method, path, id);
    vec![
        Endpoint::new(
            at(Method::GET, ALL, "list_task_state_store"),
            needs(Action::Read),
            &[401, 403, 422],
            list,
        ),
        Endpoint::new(
            at(Method::GET, ONE, "get_task_state_store"),
            needs(Action::Read),
            FAILURES,
            get,
        ),
        Endpoint::new(
            at(Method::PUT, ONE, "set_task_state_store"),
            needs(Action::Edit),
            FAILURES,
            put,
        ),
        Endpoint::new(
            at(Method::PATCH, ONE, "patch_task_state_store"),
            needs(Action::Edit),
            FAILURES,
            patch,
        ),
        Endpoint::new(
            at(Method::DELETE, ONE, "delete_task_state_store"),
            needs(Action::Delete),
            FAILURES,
            delete,
        ),
        Endpoint::new(
            at(Method::DELETE, ALL, "clear_task_state_store"),
            needs(Action::Delete),
            FAILURES,
            clear,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct OfTask {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
}

#[derive(Deserialize, JsonSchema)]
struct ByKey {
    dag_id: String,
    dag_run_id: String,
    task_id: String,
    key: String,
}

#[derive(Deserialize, JsonSchema)]
struct OfCopy {
    map_index: Option<i32>,
}

#[derive(Deserialize, JsonSchema)]
struct Part {
    map_index: Option<i32>,
    limit: Option<u32>,
    offset: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
struct OfCopies {
    map_index: Option<i32>,
    #[serde(default, deserialize_with = "flag")]
    all_map_indices: Option<bool>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TaskStateStoreBody {
    value: Value,
    /// `default`, nothing (it stays) or a time.
    #[serde(default = "by_default", deserialize_with = "expiry")]
    #[schemars(with = "Option<String>")]
    expires_at: Expiry,
}

const fn by_default() -> Expiry {
    Expiry::Default
}

fn expiry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Expiry, D::Error> {
    Ok(match Option::<String>::deserialize(deserializer)?.as_deref() {
        None => Expiry::Never,
        Some("default") => Expiry::Default,
        Some(text) => Expiry::At(parse(text).ok_or_else(|| {
            D::Error::custom(format!(
                "`expires_at` is `{text}`; give `default`, null or a time with its zone"
            ))
        })?),
    })
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TaskStateStorePatchBody {
    value: Value,
}

#[derive(Serialize, JsonSchema)]
struct TaskStateStoreResponse {
    key: String,
    value: Value,
    updated_at: V2Time,
    expires_at: Option<V2Time>,
}

impl From<TaskStateRow> for TaskStateStoreResponse {
    fn from(row: TaskStateRow) -> Self {
        Self {
            key: row.key,
            value: row.value,
            updated_at: V2Time(row.updated_at),
            expires_at: row.expires_at.map(V2Time),
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct TaskStateStoreCollectionResponse {
    task_state_store: Vec<TaskStateStoreResponse>,
    total_entries: u64,
}

impl OfTask {
    fn run(&self) -> Result<RunKey, Failure> {
        runs::key(&self.dag_id, &self.dag_run_id)
    }
}

impl ByKey {
    fn run(&self) -> Result<RunKey, Failure> {
        runs::key(&self.dag_id, &self.dag_run_id)
    }
}

const fn which<'a>(run: &'a RunKey, task_id: &'a str, map_index: Option<i32>) -> Which<'a> {
    let map_index = match map_index {
        Some(index) => index,
        None => -1,
    };
    Which {
        run,
        task_id,
        map_index,
    }
}

async fn list(call: Call<OfTask, Part>) -> Result<Json<TaskStateStoreCollectionResponse>, Failure> {
    let query = &call.query;
    let page = Page::v2(query.limit, query.offset);
    let found = match call.path.run() {
        Ok(run) => {
            let task = which(&run, &call.path.task_id, query.map_index);
            state_stores::of_task(&call.api, task, page).await?
        }
        // Nothing is kept in a run that cannot exist.
        Err(_) => Paged::empty(),
    };
    let (task_state_store, total_entries) = found.map(TaskStateStoreResponse::from);
    Ok(Json(TaskStateStoreCollectionResponse {
        task_state_store,
        total_entries,
    }))
}

async fn get(call: Call<ByKey, OfCopy>) -> Result<Json<TaskStateStoreResponse>, Failure> {
    let run = call.path.run()?;
    let task = which(&run, &call.path.task_id, call.query.map_index);
    let found = state_stores::task_value(&call.api, task, &call.path.key).await?;
    Ok(Json(found.into()))
}

async fn put(call: Call<ByKey, OfCopy, Json<TaskStateStoreBody>>) -> Result<NoContent, Failure> {
    let (run, Json(body)) = (call.path.run()?, &call.body);
    let task = which(&run, &call.path.task_id, call.query.map_index);
    let kept = (call.path.key.as_str(), &body.value);
    state_stores::set_task_value(&call.actor(), task, kept, body.expires_at).await?;
    Ok(NoContent)
}

async fn patch(call: Call<ByKey, OfCopy, Json<TaskStateStorePatchBody>>) -> Result<Json<()>, Failure> {
    let (run, Json(body)) = (call.path.run()?, &call.body);
    let task = which(&run, &call.path.task_id, call.query.map_index);
    let kept = (call.path.key.as_str(), &body.value);
    state_stores::change_task_value(&call.actor(), task, kept).await?;
    Ok(Json(()))
}

async fn delete(call: Call<ByKey, OfCopy>) -> Result<NoContent, Failure> {
    let run = call.path.run()?;
    let task = which(&run, &call.path.task_id, call.query.map_index);
    let edit = StateStoreEdit::Delete {
        key: call.path.key.clone(),
    };
    state_stores::edit_task(&call.actor(), task, &edit).await?;
    Ok(NoContent)
}

async fn clear(call: Call<OfTask, OfCopies>) -> Result<NoContent, Failure> {
    let run = call.path.run()?;
    let task = which(&run, &call.path.task_id, call.query.map_index);
    if call.query.all_map_indices == Some(true) {
        state_stores::clear_copies(&call.actor(), task).await?;
    } else {
        state_stores::edit_task(&call.actor(), task, &StateStoreEdit::Clear).await?;
    }
    Ok(NoContent)
}
