//! `/store`: what tries of a task keep for each other, and what is kept about assets.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{AssetRef, StateStoreEdit, StateStoreOf};
use updraft_protocol::message::{Inquiry, StateStoreChange, StateStoreQuestion};
use updraft_worker::ApiError;

use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use crate::call::{Json, NoContent, Nothing};
use crate::failure::Failure;
use crate::time::Given;

const OF_TASK: &str = "/store/ti/{task_instance_id}/{key}";
const BY_NAME: &str = "/store/asset/by-name/value";
const BY_URI: &str = "/store/asset/by-uri/value";

pub(crate) fn operations() -> Vec<Operation> {
    const OWN: &[u16] = &[401, 403, 404, 422];
    const OF_ASSET: &[u16] = &[401, 404, 422];
    let (own, any) = (AskedBy::Own, AskedBy::Attempt);
    let clear_name = (Method::DELETE, "/store/asset/by-name/clear");
    let clear_uri = (Method::DELETE, "/store/asset/by-uri/clear");
    vec![
        Operation::new((Method::GET, OF_TASK), own, OWN, get).since_june_2026(),
        Operation::new((Method::PUT, OF_TASK), own, OWN, put).since_june_2026(),
        Operation::new((Method::DELETE, OF_TASK), own, OWN, delete).since_june_2026(),
        Operation::new((Method::DELETE, "/store/ti/{task_instance_id}"), own, OWN, clear).since_june_2026(),
        Operation::new((Method::GET, BY_NAME), any, OF_ASSET, get_by_name).since_june_2026(),
        Operation::new((Method::PUT, BY_NAME), any, OF_ASSET, put_by_name).since_june_2026(),
        Operation::new((Method::DELETE, BY_NAME), any, OF_ASSET, delete_by_name).since_june_2026(),
        Operation::new(clear_name, any, OF_ASSET, clear_by_name).since_june_2026(),
        Operation::new((Method::GET, BY_URI), any, OF_ASSET, get_by_uri).since_june_2026(),
        Operation::new((Method::PUT, BY_URI), any, OF_ASSET, put_by_uri).since_june_2026(),
        Operation::new((Method::DELETE, BY_URI), any, OF_ASSET, delete_by_uri).since_june_2026(),
        Operation::new(clear_uri, any, OF_ASSET, clear_by_uri).since_june_2026(),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    #[expect(dead_code, reason = "who asks is known by the token")]
    task_instance_id: String,
    key: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Whose {
    #[expect(dead_code, reason = "who asks is known by the token")]
    task_instance_id: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ByName {
    name: String,
    key: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct ByUri {
    uri: String,
    key: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfName {
    name: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct OfUri {
    uri: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TaskStateStorePutBody")]
struct TaskBody {
    value: Value,
    #[serde(default)]
    expires_at: Option<Given>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AssetStateStorePutBody")]
struct AssetBody {
    value: Value,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TaskStateStoreResponse")]
struct TaskShape {
    value: Value,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AssetStateStoreResponse")]
struct AssetShape {
    value: Value,
}

fn named(name: &str) -> StateStoreOf {
    StateStoreOf::Asset(AssetRef::Name(name.to_owned()))
}

fn at(uri: &str) -> StateStoreOf {
    StateStoreOf::Asset(AssetRef::Uri(uri.to_owned()))
}

fn removed(key: &str) -> StateStoreEdit {
    StateStoreEdit::Delete { key: key.to_owned() }
}

async fn change<P, Q, B>(
    ask: &Ask<P, Q, B>,
    of: StateStoreOf,
    edit: StateStoreEdit,
) -> Result<NoContent, Refusal> {
    if let Some(problem) = edit.problem() {
        return Err(Failure::body(problem).into());
    }
    let running = ask.running().await?;
    let done = running
        .api
        .change_state_store(running.ti.id, StateStoreChange { of, edit })
        .await;
    match done {
        Ok(()) => Ok(NoContent),
        Err(ApiError::Answered(error)) => Err(Refusal::of_answer(&error)),
        Err(error) => Err(ask.refused(error).await),
    }
}

async fn get(ask: Ask<Named, Nothing>) -> Result<Json<TaskShape>, Refusal> {
    let question = StateStoreQuestion {
        of: StateStoreOf::Task,
        key: ask.path.key.clone(),
    };
    let found = ask.inquire(Inquiry::StateStore(question)).await?;
    let value = expect_answer!(found, TaskStateStoreResult).value;
    Ok(Json(TaskShape { value }))
}

async fn put(ask: Ask<Named, Nothing, Json<TaskBody>>) -> Result<NoContent, Refusal> {
    let edit = StateStoreEdit::Set {
        key: ask.path.key.clone(),
        value: ask.body.0.value.clone(),
        expires_at: ask.body.0.expires_at.map(|at| at.0),
    };
    change(&ask, StateStoreOf::Task, edit).await
}

async fn delete(ask: Ask<Named, Nothing>) -> Result<NoContent, Refusal> {
    change(&ask, StateStoreOf::Task, removed(&ask.path.key)).await
}

async fn clear(ask: Ask<Whose, Nothing>) -> Result<NoContent, Refusal> {
    change(&ask, StateStoreOf::Task, StateStoreEdit::Clear).await
}

async fn about_asset<P, Q>(
    ask: &Ask<P, Q>,
    of: StateStoreOf,
    key: &str,
) -> Result<Json<AssetShape>, Refusal> {
    let key = key.to_owned();
    let found = ask
        .inquire(Inquiry::StateStore(StateStoreQuestion { of, key }))
        .await?;
    let value = expect_answer!(found, AssetStateStoreResult).value;
    Ok(Json(AssetShape { value }))
}

fn set(key: &str, body: &AssetBody) -> StateStoreEdit {
    StateStoreEdit::Set {
        key: key.to_owned(),
        value: body.value.clone(),
        expires_at: None,
    }
}

async fn get_by_name(ask: Ask<Nothing, ByName>) -> Result<Json<AssetShape>, Refusal> {
    about_asset(&ask, named(&ask.query.name), &ask.query.key).await
}

async fn put_by_name(ask: Ask<Nothing, ByName, Json<AssetBody>>) -> Result<NoContent, Refusal> {
    change(&ask, named(&ask.query.name), set(&ask.query.key, &ask.body.0)).await
}

async fn delete_by_name(ask: Ask<Nothing, ByName>) -> Result<NoContent, Refusal> {
    change(&ask, named(&ask.query.name), removed(&ask.query.key)).await
}

async fn clear_by_name(ask: Ask<Nothing, OfName>) -> Result<NoContent, Refusal> {
    change(&ask, named(&ask.query.name), StateStoreEdit::Clear).await
}

async fn get_by_uri(ask: Ask<Nothing, ByUri>) -> Result<Json<AssetShape>, Refusal> {
    about_asset(&ask, at(&ask.query.uri), &ask.query.key).await
}

async fn put_by_uri(ask: Ask<Nothing, ByUri, Json<AssetBody>>) -> Result<NoContent, Refusal> {
    change(&ask, at(&ask.query.uri), set(&ask.query.key, &ask.body.0)).await
}

async fn delete_by_uri(ask: Ask<Nothing, ByUri>) -> Result<NoContent, Refusal> {
    change(&ask, at(&ask.query.uri), removed(&ask.query.key)).await
}

async fn clear_by_uri(ask: Ask<Nothing, OfUri>) -> Result<NoContent, Refusal> {
    change(&ask, at(&ask.query.uri), StateStoreEdit::Clear).await
}
