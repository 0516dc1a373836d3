//! `/event/subscription`: what changed, as a hint to sync sooner. Never the only source: subscriptions expire, and a
//! new one starts empty.

use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;

use crate::call_error::{CallError, RejectionKind};
use crate::calls::request::Request;
use crate::calls::subscription::{Event, EventAction, EventBatch, EventError, RequestId, SubscriptionId};
use crate::client::Client;
use crate::entity::Entity;
use crate::http::outgoing::Repeat;
use crate::wire::envelope::{self, ReadError};

/// The most events of one batch.
pub const EVENTS_MAX: u8 = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBatch {
    request_id: i64,
    #[serde(default)]
    events: Vec<WireEvent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEvent {
    entity_name: Option<String>,
    entity_id: Option<i64>,
    entity_event_type: Option<String>,
    event_timestamp: Option<i64>,
    updated_properties: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct WireResult<T> {
    result: Option<T>,
}

impl Client {
    /// Makes a subscription to what happens to some entities. It starts empty: sync by date once after making it.
    ///
    /// # Errors
    /// [`EventError::AlreadyExists`] when there is one of this name; otherwise [`EventError::Call`].
    pub async fn subscribe(
        &self,
        id: &SubscriptionId,
        entities: &[Entity],
        actions: &[EventAction],
    ) -> Result<(), EventError> {
        let join = |names: Vec<&'static str>| names.join(",");
        let request = Request::new(Method::PUT, door(id))
            .with("type", "entity")
            .with(
                "names",
                join(entities.iter().map(|entity| entity.as_str()).collect()),
            )
            .with(
                "eventTypes",
                join(actions.iter().map(|action| action.as_str()).collect()),
            );
        let read = |text: &str| envelope::read_plain::<serde::de::IgnoredAny>(text).map(|_| ());
        self.call(request, read).await.map_err(|error| typed(id, error))
    }

    /// Reads and consumes up to [`EVENTS_MAX`] waiting events; `None` when nothing waits.
    ///
    /// When this fails after it was sent, the batch may be consumed but unread. It is not lost:
    /// [`Client::unread_events`] finds it.
    ///
    /// # Errors
    /// [`EventError::Expired`] when the subscription is gone; otherwise [`EventError::Call`].
    pub async fn poll_events(&self, id: &SubscriptionId, max: u8) -> Result<Option<EventBatch>, EventError> {
        let request = Request::get(door(id))
            .with("maxEvents", max.clamp(1, EVENTS_MAX))
            .repeated(Repeat::UnlessReceived)
            .may_be_empty();
        self.call(request, read_batch)
            .await
            .map_err(|error| typed(id, error))
    }

    /// Reads a batch again, as often as wanted.
    ///
    /// # Errors
    /// As [`Client::poll_events`].
    pub async fn replay_events(
        &self,
        id: &SubscriptionId,
        request_id: RequestId,
    ) -> Result<Option<EventBatch>, EventError> {
        let request = Request::get(door(id))
            .with("requestId", request_id.0)
            .may_be_empty();
        self.call(request, read_batch)
            .await
            .map_err(|error| typed(id, error))
    }

    /// The batch that was consumed last, if any was.
    ///
    /// # Errors
    /// As [`Client::poll_events`].
    pub async fn last_request_id(&self, id: &SubscriptionId) -> Result<Option<RequestId>, EventError> {
        let request = Request::get(format!("{}/lastRequestId", door(id)));
        let read = |text: &str| Ok(envelope::read_plain::<WireResult<i64>>(text)?.result);
        let last = self.call(request, read).await.map_err(|error| typed(id, error))?;
        // A subscription that was never read counts from 0.
        Ok(last.filter(|&last| last > 0).map(RequestId))
    }

    /// The batch that was consumed but not `processed`: what to ask for first after a crash or a lost reply. A reader
    /// that saves each batch before the next has at most one such.
    ///
    /// # Errors
    /// As [`Client::poll_events`].
    pub async fn unread_events(
        &self,
        id: &SubscriptionId,
        processed: Option<RequestId>,
    ) -> Result<Option<EventBatch>, EventError> {
        match self.last_request_id(id).await? {
            Some(last) if processed.is_none_or(|processed| last > processed) => {
                self.replay_events(id, last).await
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Ends a subscription. Returns whether there was one.
    ///
    /// # Errors
    /// [`EventError::Call`].
    pub async fn unsubscribe(&self, id: &SubscriptionId) -> Result<bool, EventError> {
        let request = Request::new(Method::DELETE, door(id));
        let read = |text: &str| {
            Ok(envelope::read_plain::<WireResult<bool>>(text)?
                .result
                .unwrap_or(true))
        };
        match self.call(request, read).await.map_err(|error| typed(id, error)) {
            Err(EventError::Expired { .. }) => Ok(false),
            other => other,
        }
    }
}

fn door(id: &SubscriptionId) -> String {
    format!("event/subscription/{id}")
}

/// What a refusal means for a subscription.
fn typed(id: &SubscriptionId, error: CallError) -> EventError {
    match error.rejection().map(|rejection| &rejection.kind) {
        Some(RejectionKind::NotFound) => EventError::Expired { id: id.clone() },
        Some(RejectionKind::AlreadyExists) => EventError::AlreadyExists { id: id.clone() },
        _ => EventError::Call(error),
    }
}

/// Nothing waiting is an empty body, not an empty object.
fn read_batch(text: &str) -> Result<Option<EventBatch>, ReadError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let wire: WireBatch = envelope::read_plain(text)?;
    let all = wire.events.len();
    let events: Vec<Event> = wire.events.into_iter().filter_map(known_event).collect();
    Ok(Some(EventBatch {
        request_id: RequestId(wire.request_id),
        unknown: all - events.len(),
        events,
    }))
}

fn known_event(wire: WireEvent) -> Option<Event> {
    Some(Event {
        entity_name: wire.entity_name?,
        entity_id: wire.entity_id?,
        action: EventAction::parse(wire.entity_event_type.as_deref()?)?,
        at: wire
            .event_timestamp
            .and_then(|ms| Timestamp::from_millisecond(ms).ok()),
        updated_properties: wire.updated_properties.unwrap_or_default(),
    })
}
