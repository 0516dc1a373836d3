//! `/connections/enqueue-test`: begins to try a connection, and says later what came of it.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Resource};
use updraft_secrets::Connection;
use updraft_store::ConnectionTest;

use crate::access::Needs;
use crate::call::{Accepted, Call, Json, Nothing};
use crate::domain::connection_tests;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::V2Time;

const PATH: &str = "/connections/enqueue-test";

/// The header with the token of a trial.
const TOKEN: &str = "Airflow-Connection-Test-Token";

pub(super) fn endpoints() -> Vec<Endpoint> {
    let at = |method, id| At(method, PATH, id);
    let needs = |action| Needs::Resource(action, Resource::CONNECTION);
    vec![
        Endpoint::new(
            at(Method::POST, "enqueue_connection_test"),
            needs(Action::Create),
            &[401, 403, 409, 422],
            begin,
        ),
        Endpoint::new(
            at(Method::GET, "get_connection_test"),
            needs(Action::Read),
            &[401, 403, 404, 422],
            get,
        )
        .with_headers(&[(TOKEN, true)]),
    ]
}

/// What is to be tried, and whether it is stored if it can be used.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "ConnectionTestRequestBody")]
#[serde(deny_unknown_fields)]
struct Wanted {
    connection_id: String,
    conn_type: String,
    description: Option<String>,
    host: Option<String>,
    login: Option<String>,
    schema: Option<String>,
    port: Option<u16>,
    password: Option<String>,
    extra: Option<String>,
    #[expect(dead_code, reason = "accepted for Airflow's sake: there are no teams here")]
    team_name: Option<String>,
    #[serde(default)]
    commit_on_success: bool,
    #[expect(
        dead_code,
        reason = "accepted for Airflow's sake: the server tries connections itself"
    )]
    executor: Option<String>,
    #[expect(
        dead_code,
        reason = "accepted for Airflow's sake: the server tries connections itself"
    )]
    queue: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ConnectionTestQueuedResponse")]
struct Begun {
    token: String,
    connection_id: String,
    state: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AsyncConnectionTestResponse")]
struct Told {
    token: String,
    connection_id: String,
    state: &'static str,
    result_message: Option<String>,
    created_at: V2Time,
}

async fn begin(call: Call<Nothing, Nothing, Json<Wanted>>) -> Result<Accepted<Begun>, Failure> {
    let (call, Json(body)) = call.take_body();
    let connection = Connection {
        conn_type: Some(body.conn_type),
        description: body.description,
        host: body.host,
        login: body.login,
        password: body.password,
        schema: body.schema,
        port: body.port,
        extra: body.extra,
    };
    let connection_id = body.connection_id;
    let wanted = (connection_id.clone(), connection);
    let token = connection_tests::begin(&call.actor(), wanted, body.commit_on_success).await?;
    Ok(Accepted(Begun {
        token,
        connection_id,
        state: "pending",
    }))
}

async fn get(call: Call<Nothing, Nothing>) -> Result<Json<Told>, Failure> {
    let token = call.headers.get(TOKEN).and_then(|value| value.to_str().ok());
    let token = token.ok_or_else(|| Failure::Invalid {
        place: "header",
        message: format!("`{TOKEN}` is missing: give the token that the trial was begun with"),
    })?;
    let test = connection_tests::begun(&call.api, token).await?;
    Ok(Json(Told {
        token: token.to_owned(),
        state: state(&test),
        connection_id: test.conn_id,
        result_message: test.outcome.map(|outcome| outcome.message),
        created_at: V2Time(test.created_at),
    }))
}

/// Airflow's word for how far a trial is.
fn state(test: &ConnectionTest) -> &'static str {
    match &test.outcome {
        None => "running",
        Some(outcome) if outcome.is_usable => "success",
        Some(_) => "failed",
    }
}
