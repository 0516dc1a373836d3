//! `/variables`: Variables.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_protocol::message::{
    DeleteVariable, GetVariable, GetVariableKeys, Inquiry, PutVariable, ToSupervisor,
};

use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use super::shapes::Message;
use crate::call::{Created, Json, NoContent, Nothing};
use crate::failure::Failure;

pub(crate) fn operations() -> Vec<Operation> {
    const FAILURES: &[u16] = &[401, 403, 404, 422];
    let by = AskedBy::Attempt;
    vec![
        Operation::new((Method::GET, "/variables/keys"), by, &[401, 422], keys).since_june_2026(),
        Operation::new((Method::GET, "/variables/{variable_key}"), by, FAILURES, get),
        Operation::new((Method::PUT, "/variables/{variable_key}"), by, FAILURES, put),
        Operation::new(
            (Method::DELETE, "/variables/{variable_key}"),
            by,
            FAILURES,
            delete,
        ),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    variable_key: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VariableResponse")]
struct VariableShape {
    key: String,
    value: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "VariablePostBody")]
struct Body {
    #[serde(deserialize_with = "Option::deserialize")]
    #[schemars(required)]
    val: Option<String>,
    description: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Part {
    prefix: Option<String>,
    #[serde(default = "limit")]
    limit: u32,
    #[serde(default)]
    offset: u32,
}

/// Airflow's default.
const fn limit() -> u32 {
    1000
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "VariableKeysResponse")]
struct Keys {
    keys: Vec<String>,
    total_entries: u64,
}

async fn keys(ask: Ask<Nothing, Part>) -> Result<Json<Keys>, Refusal> {
    if !(1..=10_000).contains(&ask.query.limit) {
        return Err(Failure::query("`limit` is a number from 1 to 10000").into());
    }
    let inquiry = Inquiry::VariableKeys(GetVariableKeys {
        prefix: ask.query.prefix.clone(),
        limit: ask.query.limit,
        offset: ask.query.offset,
    });
    let found = expect_answer!(ask.inquire(inquiry).await?, VariableKeysResult);
    Ok(Json(Keys {
        keys: found.keys,
        total_entries: found.total_entries,
    }))
}

async fn get(ask: Ask<Named, Nothing>) -> Result<Json<VariableShape>, Refusal> {
    let request = GetVariable {
        key: ask.path.variable_key.clone(),
    };
    let found = expect_answer!(
        ask.engine(ToSupervisor::GetVariable(request)).await?,
        VariableResult
    );
    Ok(Json(VariableShape {
        key: found.key,
        value: found.value,
    }))
}

async fn put(ask: Ask<Named, Nothing, Json<Body>>) -> Result<Created<Message>, Refusal> {
    let request = PutVariable {
        key: ask.path.variable_key.clone(),
        value: ask.body.0.val.clone(),
        description: ask.body.0.description.clone(),
    };
    ask.engine(ToSupervisor::PutVariable(request)).await?;
    Ok(Created(Message::new("Variable successfully set")))
}

async fn delete(ask: Ask<Named, Nothing>) -> Result<NoContent, Refusal> {
    let request = DeleteVariable {
        key: ask.path.variable_key.clone(),
    };
    ask.engine(ToSupervisor::DeleteVariable(request)).await?;
    Ok(NoContent)
}
