//! What an attempt leaves about itself before its end: rendered fields, what its copy is called, tasks that it wants skipped.

use axum::http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use updraft_protocol::message::{SetRenderedFields, SetRenderedMapIndex, SkippedTask, ToSupervisor};

use super::Named;
use crate::call::{Created, Json, NoContent, Nothing};
use crate::execution::operation::{Ask, AskedBy, Operation};
use crate::execution::refusal::Refusal;
use crate::execution::shapes::Message;

pub(super) fn operations() -> Vec<Operation> {
    let fields_at = (Method::PUT, "/task-instances/{task_instance_id}/rtif");
    let index_at = (
        Method::PATCH,
        "/task-instances/{task_instance_id}/rendered-map-index",
    );
    let skip_at = (
        Method::PATCH,
        "/task-instances/{task_instance_id}/skip-downstream",
    );
    vec![
        Operation::new(fields_at, AskedBy::Own, &[404, 410, 422], rendered_fields),
        Operation::new(index_at, AskedBy::Own, &[404, 422], rendered_map_index),
        Operation::new(skip_at, AskedBy::Own, &[404, 422], skip),
    ]
}

/// The tasks to be skipped.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TISkippedDownstreamTasksStatePayload")]
struct Skipped {
    /// Each by its id, or by its id and the index of its copy.
    #[schemars(with = "Vec<Value>")]
    tasks: Vec<SkippedTask>,
}

async fn rendered_fields(
    ask: Ask<Named, Nothing, Json<Map<String, Value>>>,
) -> Result<Created<Message>, Refusal> {
    let request = SetRenderedFields {
        rendered_fields: ask.body.0.clone(),
    };
    ask.engine(ToSupervisor::SetRenderedFields(request)).await?;
    Ok(Created(Message::new(
        "Rendered task instance fields successfully set",
    )))
}

async fn rendered_map_index(ask: Ask<Named, Nothing, Json<String>>) -> Result<NoContent, Refusal> {
    if ask.body.0.is_empty() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Err(Refusal::Told(status, "rendered_map_index cannot be empty".into()));
    }
    let request = SetRenderedMapIndex {
        rendered_map_index: ask.body.0.clone(),
    };
    ask.engine(ToSupervisor::SetRenderedMapIndex(request)).await?;
    Ok(NoContent)
}

/// It counts if the attempt succeeds.
async fn skip(ask: Ask<Named, Nothing, Json<Skipped>>) -> Result<NoContent, Refusal> {
    let attempt = ask.attempt()?;
    match ask.api.workers.skip(attempt, ask.body.0.tasks.clone()) {
        Ok(()) => Ok(NoContent),
        Err(error) => Err(ask.refused(error).await),
    }
}
