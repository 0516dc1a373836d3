//! Answering what a task asks.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use updraft_model::{AttemptId, DagId, MapIndex, RunId, TaskId, TaskKey};
use updraft_protocol::message::{
    ConnectionResult, ErrorResponse, ErrorType, HitlChange, Inquiry, OkResponse, StateStoreChange,
    ToSupervisor, ToTask, TriggerDagRun, VariableResult, XComCountResponse, XComResult,
};
use updraft_secrets::{Connection, Masker};

use super::sequence;
use crate::pauses::Pauses;
use crate::{ApiError, TaskApi};

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    /// The attempt, or the wait, which has its name from the attempt before it.
    pub(crate) id: AttemptId,
    /// The task.
    pub(crate) key: TaskKey,
}

/// An answer, and what the log must not show once the task has it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Result<Option<ToTask>, ErrorResponse>,
    pub(crate) secret: Option<Secret>,
    /// Set if the engine says that the attempt is not live any more.
    pub(crate) not_live: Option<String>,
}

/// Something that must not appear in the log.
pub(crate) enum Secret {
    Variable { key: String, value: String },
    Connection(Box<ConnectionResult>),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    pub(crate) fn mask(self, masker: &mut Masker) {
        match self {
            Self::Variable { key, value } => masker.add_variable(&key, &value),
            Self::Connection(connection) => masker.add_connection(&Connection {
                conn_type: Some(connection.conn_type),
                description: None,
                host: connection.host,
                login: connection.login,
                password: connection.password,
                schema: connection.schema,
                port: connection.port,
                extra: connection.extra,
            }),
        }
    }
}

type Answered = Result<Option<ToTask>, ApiError>;

/// Asks the engine what a task wants to know or do, and makes the answer one for the task. After `first_pause`, then after twice as
/// long and so on, what may not happen twice is asked again if the engine cannot be reached.
pub(crate) async fn answer(
    api: Arc<dyn TaskApi>,
    asker: Asker,
    request: ToSupervisor,
    first_pause: Duration,
) -> Answer {
    let mut secret = None;
    let answered = ask(&*api, &asker, request, first_pause, &mut secret).await;
    let (body, not_live) = match answered {
        Ok(body) => (Ok(body), None),
        Err(ApiError::NotLive(reason)) => (
            Err(ErrorResponse::new(ErrorType::PermissionDenied, reason.clone())),
            Some(reason),
        ),
        Err(ApiError::Answered(error)) => (Err(error), None),
        Err(ApiError::Refused(reason)) => {
            (Err(ErrorResponse::new(ErrorType::PermissionDenied, reason)), None)
        }
        Err(ApiError::Unavailable(reason)) => {
            (Err(ErrorResponse::new(ErrorType::ApiServerError, reason)), None)
        }
    };
    let body = match body {
        Ok(Some(ToTask::ErrorResponse(error))) => Err(error),
        body => body,
    };
    Answer {
        body,
        secret,
        not_live,
    }
}

/// Asks the engine what the task of an attempt wants to know or do. Requests that end the attempt, and those that are not answered, are
/// none of this function's business and get "done".
///
/// # Errors
/// As the method of [`TaskApi`] that the request stands for.
pub async fn ask_engine(
    api: &dyn TaskApi,
    (attempt, key): (AttemptId, TaskKey),
    request: ToSupervisor,
) -> Result<ToTask, ApiError> {
    let asker = Asker { id: attempt, key };
    let answered = ask(api, &asker, request, REMOTE_PAUSE, &mut None).await?;
    match answered {
        Some(ToTask::ErrorResponse(error)) => Err(ApiError::Answered(error)),
        Some(answer) => Ok(answer),
        None => Ok(ToTask::OkResponse(OkResponse { ok: true })),
    }
}

/// The first pause for those who ask from elsewhere.
const REMOTE_PAUSE: Duration = Duration::from_millis(200);

async fn ask(
    api: &dyn TaskApi,
    asker: &Asker,
    request: ToSupervisor,
    first_pause: Duration,
    secret: &mut Option<Secret>,
) -> Answered {
    match request {
        ToSupervisor::GetVariable(request) => variable(api, asker, request.key, secret).await,
        ToSupervisor::GetConnection(request) => connection(api, asker, request.conn_id, secret).await,
        ToSupervisor::PutVariable(request) => {
            *secret = request.value.clone().map(|value| Secret::Variable {
                key: request.key.clone(),
                value,
            });
            done(api.put_variable(asker.id, request).await)
        }
        ToSupervisor::UpdraftCallbackDone(request) => done(api.callback_done(asker.id, request.place).await),
        ToSupervisor::DeleteVariable(request) => done(api.delete_variable(asker.id, &request.key).await),
        ToSupervisor::TriggerDagRun(request) => done(trigger(api, asker, &request, first_pause).await),
        ToSupervisor::SetRenderedFields(request) => {
            done(api.set_rendered_fields(asker.id, request.rendered_fields).await)
        }
        request => match Inquiry::try_from(request) {
            Ok(inquiry) => api.inquire(asker.id, inquiry).await.map(Some),
            Err(request) => change(api, asker, request).await,
        },
    }
}

/// The answer to a request that changes something.
fn done(result: Result<(), ApiError>) -> Answered {
    result.map(|()| Some(ToTask::OkResponse(OkResponse { ok: true })))
}

/// Has a run made. If it is unknown whether it was, it is asked for again: a task that would be tried again for that asks for
/// another one.
async fn trigger(
    api: &dyn TaskApi,
    asker: &Asker,
    request: &TriggerDagRun,
    first_pause: Duration,
) -> Result<(), ApiError> {
    let mut pauses = Pauses::new(first_pause);
    loop {
        match api.trigger_dag_run(asker.id, request.clone()).await {
            Err(ApiError::Unavailable(_)) if pauses.another().await => {}
            done => return done,
        }
    }
}

async fn variable(api: &dyn TaskApi, asker: &Asker, key: String, secret: &mut Option<Secret>) -> Answered {
    let Some(value) = api.get_variable(asker.id, &key).await? else {
        let error = ErrorResponse::new(
            ErrorType::VariableNotFound,
            format!("there is no Variable `{key}`"),
        );
        return Ok(Some(ToTask::ErrorResponse(error)));
    };
    *secret = Some(Secret::Variable {
        key: key.clone(),
        value: value.clone(),
    });
    Ok(Some(ToTask::VariableResult(VariableResult {
        key,
        value: Some(value),
    })))
}

async fn connection(
    api: &dyn TaskApi,
    asker: &Asker,
    conn_id: String,
    secret: &mut Option<Secret>,
) -> Answered {
    let Some(connection) = api.get_connection(asker.id, &conn_id).await? else {
        let error = ErrorResponse::new(
            ErrorType::ConnectionNotFound,
            format!("there is no Connection `{conn_id}`"),
        );
        return Ok(Some(ToTask::ErrorResponse(error)));
    };
    *secret = Some(Secret::Connection(Box::new(connection.clone())));
    Ok(Some(ToTask::ConnectionResult(connection)))
}

/// Changes something that is no XCom, or else something that is one.
async fn change(api: &dyn TaskApi, asker: &Asker, request: ToSupervisor) -> Answered {
    let request = match StateStoreChange::try_from(request) {
        Ok(change) => return state_store(api, asker, change).await,
        Err(request) => request,
    };
    match HitlChange::try_from(request) {
        Ok(change) => hitl(api, asker, change).await,
        Err(request) => xcom(api, asker, request).await,
    }
}

async fn hitl(api: &dyn TaskApi, asker: &Asker, change: HitlChange) -> Answered {
    if let HitlChange::Ask(question) = &change
        && let Some(problem) = question.problem()
    {
        return Err(ApiError::Answered(ErrorResponse::with_status(400, problem)));
    }
    let answer = api.change_hitl(asker.id, change).await?;
    Ok(Some(ToTask::HitlDetailResponse(answer)))
}

async fn state_store(api: &dyn TaskApi, asker: &Asker, change: StateStoreChange) -> Answered {
    if let Some(problem) = change.edit.problem() {
        return Err(ApiError::Answered(ErrorResponse::with_status(400, problem)));
    }
    done(api.change_state_store(asker.id, change).await)
}

async fn xcom(api: &dyn TaskApi, asker: &Asker, request: ToSupervisor) -> Answered {
    match request {
        ToSupervisor::GetXCom(request) => {
            let key = request.key.clone();
            let value = api.get_xcom(asker.id, request).await?;
            Ok(Some(ToTask::XComResult(XComResult {
                key,
                value: value.unwrap_or(Value::Null),
            })))
        }
        ToSupervisor::UpdraftGetXComItem(request) => {
            let (key, task_id, offset) = (request.key.clone(), request.task_id.clone(), request.offset);
            Ok(Some(match api.xcom_item(asker.id, request).await? {
                Some(value) => ToTask::XComResult(XComResult { key, value }),
                None => {
                    let message = format!("task `{task_id}` has left no item at place {offset}");
                    ToTask::ErrorResponse(ErrorResponse::new(ErrorType::XComNotFound, message))
                }
            }))
        }
        ToSupervisor::GetXComCount(request) => {
            let len = api.xcom_count(asker.id, &request).await?;
            Ok(Some(ToTask::XComCountResponse(XComCountResponse { len })))
        }
        ToSupervisor::GetXComSequenceItem(request) => sequence::item(api, asker, request).await.map(Some),
        ToSupervisor::GetXComSequenceSlice(request) => sequence::slice(api, asker, request).await.map(Some),
        ToSupervisor::SetRenderedMapIndex(request) => done(
            api.set_rendered_map_index(asker.id, request.rendered_map_index)
                .await,
        ),
        ToSupervisor::SetXCom(request) => {
            own(
                asker,
                &request.dag_id,
                &request.run_id,
                &request.task_id,
                request.map_index,
            )?;
            done(api.set_xcom(asker.id, request).await)
        }
        ToSupervisor::DeleteXCom(request) => {
            own(
                asker,
                &request.dag_id,
                &request.run_id,
                &request.task_id,
                request.map_index,
            )?;
            done(api.delete_xcom(asker.id, request).await)
        }
        _ => done(Ok(())),
    }
}

/// A task leaves values in its own name only.
fn own(
    asker: &Asker,
    dag_id: &DagId,
    run_id: &RunId,
    task_id: &TaskId,
    map_index: Option<MapIndex>,
) -> Result<(), ApiError> {
    let is_own = asker.key.dag_id == *dag_id
        && asker.key.run_id == *run_id
        && asker.key.task_id == *task_id
        && map_index.is_none_or(|map_index| asker.key.map_index == map_index);
    if is_own {
        return Ok(());
    }
    let message = format!(
        "a task writes XComs in its own name only, not in that of `{task_id}` in `{dag_id}` {run_id}"
    );
    Err(ApiError::Refused(message))
}
