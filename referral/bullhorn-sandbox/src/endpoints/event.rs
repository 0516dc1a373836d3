//! `/event/subscription/{id}`.

use axum::http::Method;
use serde_json::json;

use crate::entities::Entity;
use crate::events::{EventKind, SubscribeError, UnknownSubscription, Wanted};
use crate::http::{ApiError, Call, Reply};
use crate::lock::SharedExt;

/// Events of one batch when the request does not say.
const BATCH_DEFAULT: usize = 100;

/// Answers every call under `/event`.
pub(crate) fn event(call: &Call<'_>) -> Result<Reply, ApiError> {
    let parts: Vec<&str> = call.route.rest.iter().map(String::as_str).collect();
    match (&call.method, parts.as_slice()) {
        (&Method::PUT, ["subscription", id]) => create(call, id),
        (&Method::GET, ["subscription", id]) => read(call, id),
        (&Method::DELETE, ["subscription", id]) => {
            let deleted = call.shared.store.writing().subscriptions.delete(id);
            if deleted {
                Ok(Reply::json(&json!({ "result": true })))
            } else {
                Err(unknown(id))
            }
        }
        (&Method::GET, ["subscription", id, "lastRequestId"]) => {
            let last = call
                .shared
                .store
                .writing()
                .subscriptions
                .last_request(id, call.now_ms);
            let last = last.map_err(|UnknownSubscription| unknown(id))?;
            Ok(Reply::json(&json!({ "result": last })))
        }
        _ => Err(ApiError::MethodNotAllowed),
    }
}

fn create(call: &Call<'_>, id: &str) -> Result<Reply, ApiError> {
    let names = call
        .params
        .get("names")
        .ok_or_else(|| ApiError::missing("names"))?;
    let kinds = call
        .params
        .get("eventTypes")
        .ok_or_else(|| ApiError::missing("eventTypes"))?;
    if call.params.get("type") != Some("entity") {
        return Err(ApiError::missing("type"));
    }
    let words = |text: &'_ str| {
        text.split(',')
            .map(|word| word.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let entities = words(names)
        .into_iter()
        .map(|name| Entity::parse(&name).ok_or(ApiError::UnknownEntity { name }))
        .collect::<Result<Vec<_>, _>>()?;
    let kinds = words(kinds)
        .into_iter()
        .map(|word| {
            EventKind::parse(&word).ok_or_else(|| ApiError::Parameter {
                message: format!("'{word}' is not an event type."),
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let created =
        call.shared
            .store
            .writing()
            .subscriptions
            .create(id, Wanted { entities, kinds }, call.now_ms);
    created.map_err(|error| match error {
        SubscribeError::AlreadyExists => ApiError::SubscriptionExists { id: id.to_owned() },
        SubscribeError::TooMany => ApiError::TooManySubscriptions,
    })?;
    Ok(Reply::json(&json!({
        "lastRequestId": 0,
        "subscriptionId": id,
        "createdOn": call.now_ms,
        "jmsSelector": format!("JMSType='ENTITY' AND BhEntityName IN ({names})"),
    })))
}

/// A batch, read for the first time or again. Nothing waiting is an empty body, not `{}`.
fn read(call: &Call<'_>, id: &str) -> Result<Reply, ApiError> {
    let mut store = call.shared.store.writing();
    let batch = if let Some(request) = call.params.number("requestId") {
        store.subscriptions.replay(id, request as u64, call.now_ms)
    } else {
        let max = call.params.number("maxEvents").unwrap_or(BATCH_DEFAULT);
        store.subscriptions.read(id, max, call.now_ms)
    };
    let batch = batch.map_err(|UnknownSubscription| unknown(id))?;
    Ok(batch.map_or_else(Reply::empty, |batch| Reply::json(&batch)))
}

fn unknown(id: &str) -> ApiError {
    ApiError::NoSubscription { id: id.to_owned() }
}
