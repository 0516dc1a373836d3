//! The routes: who asks, in which version, within which bounds; then the operation.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{RawPathParams, Request};
use axum::http::header::{AUTHORIZATION, HeaderName};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use axum::routing::{MethodFilter, on};
use futures::FutureExt;
use updraft_auth::{TaskClaims, TaskScope};
use updraft_model::AttemptId;

use super::api::ExecutionApi;
use super::operation::{AskedBy, Caller, Incoming, Operation};
use super::refusal::Refusal;
use super::versions::ApiVersion;
use super::{
    asset_events, assets, connections, dag_runs, dags, health, hitl, state_stores, task_instances, tasks,
    values, variables, workloads,
};
use crate::failure::Failure;

/// The longest body, in bytes: values of tasks are large.
const BODY_BYTES_MAX: usize = 16 << 20;

/// How long a call may take; a worker waits for an attempt for less.
const TIME_MAX: Duration = Duration::from_mins(1);

/// Where a new token stands in an answer.
const NEW_TOKEN: HeaderName = HeaderName::from_static("refreshed-api-token");

/// What names a call in the logs of both sides.
const CORRELATION: HeaderName = HeaderName::from_static("correlation-id");

/// One route, for tests that go through all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionRoute {
    /// The method.
    pub method: Method,
    /// The whole path, parameters in braces.
    pub path: String,
    /// Who may ask.
    pub by: AskedBy,
}

/// Everything that is served.
pub(super) fn operations() -> Vec<Operation> {
    [
        health::operations(),
        workloads::operations(),
        task_instances::operations(),
        tasks::operations(),
        dags::operations(),
        dag_runs::operations(),
        values::operations(),
        variables::operations(),
        connections::operations(),
        assets::operations(),
        asset_events::operations(),
        state_stores::operations(),
        hitl::operations(),
    ]
    .concat()
}

/// Every route.
pub fn execution_routes() -> Vec<ExecutionRoute> {
    let route = |operation: Operation| ExecutionRoute {
        method: operation.method,
        path: format!("/execution{}", operation.path),
        by: operation.by,
    };
    operations().into_iter().map(route).collect()
}

/// The routes, ready to be served.
pub fn execution_router(api: &ExecutionApi) -> Router {
    let mut router = Router::new();
    for operation in operations() {
        // Names of Variables and Connections may have slashes, and so may keys of state stores.
        let path = format!("/execution{}", operation.path)
            .replace("/{variable_key}", "/{*variable_key}")
            .replace("/{connection_id}", "/{*connection_id}")
            .replace(
                "/store/ti/{task_instance_id}/{key}",
                "/store/ti/{task_instance_id}/{*key}",
            );
        let filter = MethodFilter::try_from(operation.method.clone())
            .expect("operations have methods that routers know");
        let api = api.clone();
        let serve = move |params: RawPathParams, request: Request| {
            let (api, operation) = (api.clone(), operation.clone());
            let id = params.iter().find(|(name, _)| *name == "task_instance_id");
            let id = id.map(|(_, value)| value.to_owned());
            async move {
                let correlation = request.headers().get(CORRELATION).cloned();
                let answer = answer(api, operation, (request, id));
                // A panic fails this call alone; it has said itself what it was.
                let caught = AssertUnwindSafe(answer).catch_unwind();
                let answered = match tokio::time::timeout(TIME_MAX, caught).await {
                    Ok(Ok(answered)) => answered,
                    Ok(Err(_)) => Err(Failure::Internal("the operation panicked".into()).into()),
                    Err(_) => Err(Failure::TimedOut.into()),
                };
                let mut response = answered.unwrap_or_else(Refusal::into_response);
                if let Some(correlation) = correlation {
                    response.headers_mut().insert(CORRELATION, correlation);
                }
                response
            }
        };
        router = router.route(&path, on(filter, serve));
    }
    router
}

async fn answer(
    api: ExecutionApi,
    operation: Operation,
    (request, id): (Request, Option<String>),
) -> Result<Response<Body>, Refusal> {
    let (parts, body) = request.into_parts();
    let version = ApiVersion::of(&parts.headers)?;
    if version < operation.since {
        return Err(Refusal::Told(StatusCode::NOT_FOUND, "Not Found".into()));
    }
    let claims = match operation.by {
        AskedBy::Anybody => None,
        AskedBy::Worker | AskedBy::OwnWorkload | AskedBy::Own | AskedBy::Attempt => {
            Some(claims(&api, &parts.headers)?)
        }
    };
    let caller = match &claims {
        None => Caller::Anybody,
        Some(claims) => caller(operation.by, claims, id.as_deref())?,
    };
    let body = to_bytes(body, BODY_BYTES_MAX)
        .await
        .map_err(|_| Failure::TooLong)?;
    let incoming = Incoming {
        api: api.clone(),
        caller,
        version,
        parts,
        body,
    };
    let answered = (operation.handler)(incoming).await;
    let mut response = answered.unwrap_or_else(Refusal::into_response);
    if let Some(token) = claims.and_then(|claims| renewed(&api, operation.by, &claims, response.status()))
        && let Ok(token) = HeaderValue::from_str(&token)
    {
        response.headers_mut().insert(NEW_TOKEN, token);
    }
    Ok(response)
}

/// What the token of a call says.
fn claims(api: &ExecutionApi, headers: &HeaderMap) -> Result<TaskClaims, Refusal> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = header
        .and_then(|header| header.split_once(' '))
        .ok_or_else(Refusal::no_token)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::no_token());
    }
    let claims = api.tokens.verify(token.trim(), api.now());
    claims.map_err(|_| Refusal::denied("Invalid auth token"))
}

/// Who asks, if they may.
fn caller(by: AskedBy, claims: &TaskClaims, id: Option<&str>) -> Result<Caller, Refusal> {
    let (scopes, is_own): (&[TaskScope], bool) = match by {
        AskedBy::Worker => (&[TaskScope::Worker], false),
        AskedBy::OwnWorkload => (&[TaskScope::Execution, TaskScope::Workload], true),
        AskedBy::Own => (&[TaskScope::Execution], true),
        AskedBy::Attempt | AskedBy::Anybody => (&[TaskScope::Execution], false),
    };
    if !scopes.contains(&claims.scope) {
        return Err(Refusal::denied("Token type not allowed for this endpoint"));
    }
    if by == AskedBy::Worker {
        return Ok(Caller::Worker);
    }
    let attempt = attempt_id(&claims.subject).ok_or_else(|| Refusal::denied("Invalid auth token"))?;
    // Both are read, so that neither can be written in two ways.
    if is_own && id.and_then(attempt_id) != Some(attempt) {
        return Err(Refusal::denied("Token subject does not match task instance ID"));
    }
    Ok(Caller::Attempt(attempt))
}

fn attempt_id(text: &str) -> Option<AttemptId> {
    serde_json::from_value(text.into()).ok()
}

/// The token that the attempt is to use from now on, if that is another one: when it has begun, and when its token is nearly over. An
/// attempt that was refused gets none.
fn renewed(api: &ExecutionApi, by: AskedBy, claims: &TaskClaims, status: StatusCode) -> Option<String> {
    if !status.is_success() || by == AskedBy::Worker {
        return None;
    }
    let begins = claims.scope == TaskScope::Workload;
    (begins || claims.is_nearly_over(api.now())).then(|| api.sign(&claims.subject, TaskScope::Execution))
}
