//! `PATCH /task-instances/{id}/state`: how an attempt has ended, for good or for now.

use axum::body::Body;
use axum::http::{Method, Response, StatusCode};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use updraft_model::TaskInstanceState;
use updraft_protocol::message::{
    DeferTask, EndedState, OutletEventResult, RescheduleTask, RetryTask, SetRenderedMapIndex, SucceedTask,
    TaskState, ToSupervisor,
};
use updraft_store::AttemptNow;
use updraft_worker::{ApiError, AttemptEnd, outcome_of};

use super::Named;
use crate::call::{Json, Nothing, Whole};
use crate::execution::operation::{Ask, AskedBy, Operation};
use crate::execution::refusal::Refusal;
use crate::failure::Failure;
use crate::time::Given;

/// The longest reason that is kept, in characters, as in Airflow.
const REASON_MAX: usize = 500;

const REFUSED: &str = "TI was not in the running state so it cannot be updated";

pub(super) fn operations() -> Vec<Operation> {
    let at = (Method::PATCH, "/task-instances/{task_instance_id}/state");
    vec![Operation::new(at, AskedBy::Own, &[200, 404, 409, 422], change).done_with(StatusCode::NO_CONTENT)]
}

/// How it has ended.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Ended {
    Success(Success),
    Failed(Terminal),
    Skipped(Terminal),
    Removed(Terminal),
    UpstreamFailed(Terminal),
    Deferred(Box<Deferred>),
    UpForReschedule(Rescheduled),
    UpForRetry(Retry),
    /// Not served: there is nobody to give input.
    AwaitingInput,
    /// Not served: it is the engine that does this.
    Scheduled,
    /// Not served: it is the engine that does this.
    Queued,
    /// Not served: it is the engine that does this.
    Restarting,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TISuccessStatePayload")]
struct Success {
    end_date: Given,
    #[serde(default)]
    #[schemars(with = "Vec<Value>")]
    task_outlets: Vec<updraft_protocol::message::AssetProfile>,
    #[serde(default)]
    outlet_events: Vec<Map<String, Value>>,
    rendered_map_index: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TITerminalStatePayload")]
struct Terminal {
    end_date: Given,
    rendered_map_index: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TIDeferredStatePayload")]
struct Deferred {
    classpath: String,
    #[serde(default)]
    trigger_kwargs: Map<String, Value>,
    trigger_timeout: Option<String>,
    #[expect(dead_code, reason = "all triggers are waited for in one place")]
    queue: Option<String>,
    next_method: String,
    #[serde(default)]
    next_kwargs: Map<String, Value>,
    rendered_map_index: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TIRescheduleStatePayload")]
struct Rescheduled {
    reschedule_date: Given,
    end_date: Given,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TIRetryStatePayload")]
struct Retry {
    end_date: Given,
    rendered_map_index: Option<String>,
    /// How long to wait before the next try, if not as long as the task says.
    retry_delay_seconds: Option<f64>,
    retry_reason: Option<String>,
}

/// What the engine is told.
struct Told {
    message: ToSupervisor,
    state: TaskInstanceState,
    end_date: Timestamp,
    rendered_map_index: Option<String>,
}

impl Ended {
    /// As a task says it to its supervisor.
    fn told(self, now: Timestamp) -> Result<Told, Failure> {
        let end = |ended: EndedState, state, terminal: Terminal| Told {
            message: ToSupervisor::TaskState(TaskState {
                state: ended,
                end_date: Some(terminal.end_date.0),
                reason: None,
            }),
            state,
            end_date: terminal.end_date.0,
            rendered_map_index: terminal.rendered_map_index,
        };
        Ok(match self {
            Self::Success(success) => succeeded(success)?,
            Self::Failed(terminal) => end(EndedState::Failed, TaskInstanceState::Failed, terminal),
            Self::Skipped(terminal) => end(EndedState::Skipped, TaskInstanceState::Skipped, terminal),
            Self::Removed(terminal) => end(EndedState::Removed, TaskInstanceState::Removed, terminal),
            Self::UpstreamFailed(terminal) => {
                end(EndedState::Failed, TaskInstanceState::UpstreamFailed, terminal)
            }
            Self::Deferred(deferred) => waits(*deferred, now)?,
            Self::UpForReschedule(put_off) => Told {
                message: ToSupervisor::RescheduleTask(RescheduleTask {
                    state: updraft_protocol::message::UpForReschedule::UpForReschedule,
                    reschedule_date: put_off.reschedule_date.0,
                    end_date: put_off.end_date.0,
                }),
                state: TaskInstanceState::UpForReschedule,
                end_date: put_off.end_date.0,
                rendered_map_index: None,
            },
            Self::UpForRetry(retry) => failed(retry),
            Self::AwaitingInput => {
                return Err(Failure::body("tasks cannot wait for the input of people here"));
            }
            Self::Scheduled | Self::Queued | Self::Restarting => {
                return Err(Failure::body(
                    "only the engine itself schedules, queues and restarts tasks",
                ));
            }
        })
    }
}

fn succeeded(success: Success) -> Result<Told, Failure> {
    let event = |event: Map<String, Value>| {
        serde_json::from_value::<OutletEventResult>(Value::Object(event))
            .map_err(|error| Failure::body(format!("`outlet_events`: {error}")))
    };
    let outlet_events = success.outlet_events.into_iter().map(event);
    let message = SucceedTask {
        task_outlets: success.task_outlets,
        outlet_events: outlet_events.collect::<Result<_, _>>()?,
        ..SucceedTask::at(success.end_date.0)
    };
    Ok(Told {
        message: ToSupervisor::SucceedTask(message),
        state: TaskInstanceState::Success,
        end_date: success.end_date.0,
        rendered_map_index: success.rendered_map_index,
    })
}

fn waits(deferred: Deferred, now: Timestamp) -> Result<Told, Failure> {
    let message = json!({
        "classpath": deferred.classpath,
        "trigger_kwargs": deferred.trigger_kwargs,
        "trigger_timeout": deferred.trigger_timeout,
        "next_method": deferred.next_method,
        "next_kwargs": deferred.next_kwargs,
    });
    let message: DeferTask =
        serde_json::from_value(message).map_err(|error| Failure::body(error.to_string()))?;
    Ok(Told {
        message: ToSupervisor::DeferTask(message),
        state: TaskInstanceState::Deferred,
        end_date: now,
        rendered_map_index: deferred.rendered_map_index,
    })
}

fn failed(retry: Retry) -> Told {
    let cut = |reason: String| reason.chars().take(REASON_MAX).collect();
    let reason: Option<String> = retry.retry_reason.map(cut);
    let mut message = RetryTask::at(retry.end_date.0, String::new());
    message.retry_reason = reason;
    message.retry_delay_seconds = retry.retry_delay_seconds;
    Told {
        message: ToSupervisor::RetryTask(message),
        state: TaskInstanceState::UpForRetry,
        end_date: retry.end_date.0,
        rendered_map_index: retry.rendered_map_index,
    }
}

async fn change(ask: Ask<Named, Nothing, Json<Ended>>) -> Result<Whole, Refusal> {
    let attempt = ask.attempt()?;
    let Ask {
        api,
        caller,
        version,
        path,
        query,
        body: Json(ended),
    } = ask;
    let told = ended.told(api.now())?;
    let ask = Ask {
        api,
        caller,
        version,
        path,
        query,
        body: (),
    };
    if ask.running().await.is_err() {
        return again(&ask, told.state).await;
    }
    if let Some(rendered_map_index) = told.rendered_map_index.clone().filter(|text| !text.is_empty()) {
        let request = SetRenderedMapIndex { rendered_map_index };
        ask.engine(ToSupervisor::SetRenderedMapIndex(request)).await?;
    }
    let Some(outcome) = outcome_of(&told.message) else {
        return Err(Failure::Internal("a state that ends nothing".into()).into());
    };
    let (outlet_events, retry_delay) = match told.message {
        ToSupervisor::SucceedTask(success) => (success.outlet_events, None),
        ToSupervisor::RetryTask(retry) => (Vec::new(), retry.retry_delay()),
        _ => (Vec::new(), None),
    };
    let end = AttemptEnd {
        outcome,
        end_date: told.end_date,
        progress: None,
        skipped: Vec::new(),
        outlet_events,
        retry_delay,
    };
    match ask.api.workers.end(attempt, end).await {
        Ok(()) => Ok(done(StatusCode::NO_CONTENT)),
        Err(ApiError::NotLive(_)) => again(&ask, told.state).await,
        Err(error) => Err(ask.refused(error).await),
    }
}

/// The answer to an attempt that does not run: that it was done before, if its task has that state, or why it cannot be done.
async fn again(ask: &Ask<Named, Nothing>, state: TaskInstanceState) -> Result<Whole, Refusal> {
    match ask.api.store.attempt_now(ask.attempt()?).await? {
        Some(AttemptNow::Newest(now)) if now == Some(state) => Ok(done(StatusCode::OK)),
        Some(AttemptNow::Newest(now)) => Err(Refusal::invalid_state(
            REFUSED,
            now.map(TaskInstanceState::as_str),
        )),
        Some(AttemptNow::Replaced) | None => Err(Refusal::gone(None)),
    }
}

fn done(status: StatusCode) -> Whole {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    Whole(response)
}
