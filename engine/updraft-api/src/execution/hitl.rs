//! `/hitlDetails`: what attempts ask people.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::{HitlQuestion, HitlUser};
use updraft_protocol::message::{GetHitlDetailResponse, HitlChange, HitlDetailResponse, Inquiry};
use updraft_worker::ApiError;

use super::operation::{Ask, AskedBy, Operation, expect_answer};
use super::refusal::Refusal;
use crate::call::{Created, Json, Nothing};
use crate::failure::Failure;
use crate::time::V2Time;

const PATH: &str = "/hitlDetails/{task_instance_id}";

pub(crate) fn operations() -> Vec<Operation> {
    let by = AskedBy::Own;
    vec![
        Operation::new((Method::POST, PATH), by, &[422], create),
        Operation::new((Method::PATCH, PATH), by, &[422], answer),
        Operation::new((Method::GET, PATH), by, &[422], get),
    ]
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Whose {
    #[expect(dead_code, reason = "who asks is known by the token")]
    task_instance_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "HITLUser")]
struct User {
    id: String,
    name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "HITLDetailRequest")]
struct Question {
    ti_id: String,
    options: Vec<String>,
    subject: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    defaults: Option<Vec<String>>,
    #[serde(default)]
    multiple: bool,
    #[serde(default)]
    params: Map<String, Value>,
    #[serde(default)]
    assigned_users: Vec<User>,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "UpdateHITLDetailPayload")]
struct Answer {
    #[expect(dead_code, reason = "who asks is known by the token")]
    ti_id: String,
    chosen_options: Vec<String>,
    #[serde(default)]
    params_input: Map<String, Value>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "HITLDetailResponse")]
struct Answered {
    response_received: bool,
    responded_by_user: Option<User>,
    responded_at: Option<V2Time>,
    chosen_options: Option<Vec<String>>,
    params_input: Map<String, Value>,
}

impl From<HitlDetailResponse> for Answered {
    fn from(told: HitlDetailResponse) -> Self {
        let user = |HitlUser { id, name }| User { id, name };
        Self {
            response_received: told.response_received,
            responded_by_user: told.responded_by_user.map(user),
            responded_at: told.responded_at.map(V2Time),
            chosen_options: told.chosen_options,
            params_input: told.params_input,
        }
    }
}

async fn change<B>(ask: &Ask<Whose, Nothing, B>, change: HitlChange) -> Result<HitlDetailResponse, Refusal> {
    let running = ask.running().await?;
    match running.api.change_hitl(running.ti.id, change).await {
        Ok(told) => Ok(told),
        Err(ApiError::Answered(error)) => Err(Refusal::of_answer(&error)),
        Err(error) => Err(ask.refused(error).await),
    }
}

async fn create(ask: Ask<Whose, Nothing, Json<Question>>) -> Result<Created<Question>, Refusal> {
    let body = ask.body.0.clone();
    let user = |User { id, name }| HitlUser { id, name };
    let question = HitlQuestion {
        options: body.options.clone(),
        subject: body.subject.clone(),
        body: body.body.clone(),
        defaults: body.defaults.clone(),
        multiple: body.multiple,
        params: body.params.clone(),
        assigned_users: body.assigned_users.iter().cloned().map(user).collect(),
    };
    if let Some(problem) = question.problem() {
        return Err(Failure::body(problem).into());
    }
    change(&ask, HitlChange::Ask(question)).await?;
    Ok(Created(body))
}

async fn answer(ask: Ask<Whose, Nothing, Json<Answer>>) -> Result<Json<Answered>, Refusal> {
    let answer = HitlChange::Answer {
        chosen_options: ask.body.0.chosen_options.clone(),
        params_input: ask.body.0.params_input.clone(),
    };
    Ok(Json(change(&ask, answer).await?.into()))
}

async fn get(ask: Ask<Whose, Nothing>) -> Result<Json<Answered>, Refusal> {
    let inquiry = Inquiry::HitlDetail(GetHitlDetailResponse {
        ti_id: ask.attempt()?,
    });
    let found = expect_answer!(ask.inquire(inquiry).await?, HitlDetailResponse);
    Ok(Json(found.into()))
}
