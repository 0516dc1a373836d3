//! `/assets/{asset_id}/state-store`.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_auth::{Action, Resource};
use updraft_model::StateStoreEdit;
use updraft_store::AssetStateRow;

use crate::access::Needs;
use crate::call::{Call, Json, NoContent, Nothing};
use crate::domain::state_stores;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::page::Page;
use crate::time::V2Time;

const ALL: &str = "/assets/{asset_id}/state-store";
const ONE: &str = "/assets/{asset_id}/state-store/{key}";

pub(super) fn endpoints() -> Vec<Endpoint> {
    const FAILURES: &[u16] = &[401, 403, 404, 422];
    // No role of Airflow 2 may change assets: whoever may make events of one may say what is kept about it.
    let needs = |action| Needs::Resource(action, Resource::ASSET);
    let at = |method, path, id| At(method, path, id);
    vec![
        Endpoint::new(
            at(Method::GET, ALL, "list_asset_state_store"),
            needs(Action::Read),
            FAILURES,
            list,
        ),
        Endpoint::new(
            at(Method::GET, ONE, "get_asset_state_store"),
            needs(Action::Read),
            FAILURES,
            get,
        ),
        Endpoint::new(
            at(Method::PUT, ONE, "set_asset_state_store"),
            needs(Action::Create),
            FAILURES,
            put,
        ),
        Endpoint::new(
            at(Method::DELETE, ONE, "delete_asset_state_store"),
            needs(Action::Delete),
            FAILURES,
            delete,
        ),
        Endpoint::new(
            at(Method::DELETE, ALL, "clear_asset_state_store"),
            needs(Action::Delete),
            FAILURES,
            clear,
        ),
    ]
}

#[derive(Deserialize, JsonSchema)]
struct ByNumber {
    asset_id: i64,
}

#[derive(Deserialize, JsonSchema)]
struct ByKey {
    asset_id: i64,
    key: String,
}

#[derive(Deserialize, JsonSchema)]
struct Part {
    limit: Option<u32>,
    offset: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AssetStateStoreBody {
    value: Value,
}

/// Who can write what is kept about assets.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum AssetStateStoreWriterKind {
    Task,
    Api,
}

/// Who has written a value last.
#[derive(Serialize, JsonSchema)]
struct AssetStateStoreLastUpdatedBy {
    kind: AssetStateStoreWriterKind,
    dag_id: Option<String>,
    run_id: Option<String>,
    task_id: Option<String>,
    map_index: Option<i32>,
}

#[derive(Serialize, JsonSchema)]
struct AssetStateStoreResponse {
    key: String,
    value: Value,
    updated_at: V2Time,
    last_updated_by: Option<AssetStateStoreLastUpdatedBy>,
}

impl From<AssetStateRow> for AssetStateStoreResponse {
    fn from(row: AssetStateRow) -> Self {
        let kind = match &row.writer {
            Some(_) => AssetStateStoreWriterKind::Task,
            None => AssetStateStoreWriterKind::Api,
        };
        let writer = row.writer.as_ref();
        Self {
            key: row.key,
            value: row.value,
            updated_at: V2Time(row.updated_at),
            last_updated_by: Some(AssetStateStoreLastUpdatedBy {
                kind,
                dag_id: writer.map(|task| task.dag_id.to_string()),
                run_id: writer.map(|task| task.run_id.to_string()),
                task_id: writer.map(|task| task.task_id.to_string()),
                map_index: writer.map(|task| task.map_index.0),
            }),
        }
    }
}

#[derive(Serialize, JsonSchema)]
struct AssetStateStoreCollectionResponse {
    asset_state_store: Vec<AssetStateStoreResponse>,
    total_entries: u64,
}

async fn list(call: Call<ByNumber, Part>) -> Result<Json<AssetStateStoreCollectionResponse>, Failure> {
    let page = Page::v2(call.query.limit, call.query.offset);
    let found = state_stores::of_asset(&call.api, call.path.asset_id, page).await?;
    let (asset_state_store, total_entries) = found.map(AssetStateStoreResponse::from);
    Ok(Json(AssetStateStoreCollectionResponse {
        asset_state_store,
        total_entries,
    }))
}

async fn get(call: Call<ByKey, Nothing>) -> Result<Json<AssetStateStoreResponse>, Failure> {
    let path = &call.path;
    let found = state_stores::asset_value(&call.api, path.asset_id, &path.key).await?;
    Ok(Json(found.into()))
}

async fn put(call: Call<ByKey, Nothing, Json<AssetStateStoreBody>>) -> Result<NoContent, Failure> {
    let edit = StateStoreEdit::Set {
        key: call.path.key.clone(),
        value: call.body.0.value.clone(),
        expires_at: None,
    };
    state_stores::edit_asset(&call.actor(), call.path.asset_id, &edit).await?;
    Ok(NoContent)
}

async fn delete(call: Call<ByKey, Nothing>) -> Result<NoContent, Failure> {
    let edit = StateStoreEdit::Delete {
        key: call.path.key.clone(),
    };
    state_stores::edit_asset(&call.actor(), call.path.asset_id, &edit).await?;
    Ok(NoContent)
}

async fn clear(call: Call<ByNumber, Nothing>) -> Result<NoContent, Failure> {
    state_stores::edit_asset(&call.actor(), call.path.asset_id, &StateStoreEdit::Clear).await?;
    Ok(NoContent)
}
