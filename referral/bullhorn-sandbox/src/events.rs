//! Event subscriptions: one queue per id, consumed by reading, gone when nobody reads for a while.
//!
//! Bullhorn's rules: <https://bullhorn.github.io/REST-API-Event-Subscriptions>.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value as Json, json};

use crate::entities::Entity;

/// A subscription that nobody reads, and an event that nobody reads, live this long.
const LIFE_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// Subscriptions at the same time.
const SUBSCRIPTIONS_MAX: usize = 50;

/// Events in one batch.
const BATCH_MAX: usize = 100;

/// Batches that can still be asked for again.
const BATCHES_KEPT: usize = 10;

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    Inserted,
    Updated,
    Deleted,
}

impl EventKind {
    /// The word on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Inserted => "INSERTED",
            Self::Updated => "UPDATED",
            Self::Deleted => "DELETED",
        }
    }

    /// The kind behind a word on the wire.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Inserted, Self::Updated, Self::Deleted]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// Something that happened to a record.
#[derive(Debug, Clone)]
pub(crate) struct RecordEvent {
    pub(crate) entity: Entity,
    pub(crate) id: u32,
    pub(crate) kind: EventKind,
    /// Names of the fields that changed.
    pub(crate) updated: Vec<String>,
}

#[derive(Debug, Clone)]
struct Queued {
    at_ms: i64,
    number: u64,
    event: RecordEvent,
}

impl Queued {
    fn to_json(&self) -> Json {
        let mut json = json!({
            "eventId": format!("ID:SANDBOX-{}", self.number),
            "eventType": "ENTITY",
            "eventTimestamp": self.at_ms,
            "eventMetadata": {"PERSON_ID": "1", "TRANSACTION_ID": format!("sandbox-{}", self.number)},
            "entityName": self.event.entity.name(),
            "entityId": self.event.id,
            "entityEventType": self.event.kind.as_str(),
        });
        if self.event.kind == EventKind::Updated
            && let Some(object) = json.as_object_mut()
        {
            object.insert("updatedProperties".to_owned(), json!(self.event.updated));
        }
        json
    }
}

/// What a new subscription wants to hear of.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) entities: Vec<Entity>,
    pub(crate) kinds: Vec<EventKind>,
}

#[derive(Debug)]
struct Subscription {
    wanted: Wanted,
    used_ms: i64,
    queue: VecDeque<Queued>,
    last_request: u64,
    batches: VecDeque<(u64, Vec<Queued>)>,
}

/// Why a subscription was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SubscribeError {
    AlreadyExists,
    TooMany,
}

/// There is no subscription with this id: it never was, was deleted, or has expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnknownSubscription;

/// All subscriptions. They are lost at a restart, as Bullhorn's are when they expire.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    by_id: BTreeMap<String, Subscription>,
    events_seen: u64,
}

impl Subscriptions {
    /// Starts a subscription with an empty queue.
    pub(crate) fn create(&mut self, id: &str, wanted: Wanted, now_ms: i64) -> Result<(), SubscribeError> {
        self.forget_unused(now_ms);
        if self.by_id.contains_key(id) {
            return Err(SubscribeError::AlreadyExists);
        }
        if self.by_id.len() >= SUBSCRIPTIONS_MAX {
            return Err(SubscribeError::TooMany);
        }
        let subscription = Subscription {
            wanted,
            used_ms: now_ms,
            queue: VecDeque::new(),
            last_request: 0,
            batches: VecDeque::new(),
        };
        self.by_id.insert(id.to_owned(), subscription);
        Ok(())
    }

    /// Ends a subscription; false when there was none.
    pub(crate) fn delete(&mut self, id: &str) -> bool {
        self.by_id.remove(id).is_some()
    }

    /// Ends all subscriptions.
    pub(crate) fn expire_all(&mut self) {
        self.by_id.clear();
    }

    /// How many subscriptions there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Tells every subscription that wants to know.
    pub(crate) fn publish(&mut self, event: &RecordEvent, now_ms: i64) {
        self.events_seen += 1;
        for subscription in self.by_id.values_mut() {
            let Wanted { entities, kinds } = &subscription.wanted;
            if entities.contains(&event.entity) && kinds.contains(&event.kind) {
                subscription.queue.push_back(Queued {
                    at_ms: now_ms,
                    number: self.events_seen,
                    event: event.clone(),
                });
            }
        }
    }

    /// Takes the next batch off the queue; none when nothing waits.
    pub(crate) fn read(
        &mut self,
        id: &str,
        max: usize,
        now_ms: i64,
    ) -> Result<Option<Json>, UnknownSubscription> {
        let subscription = self.used(id, now_ms)?;
        let expired_ms = now_ms - LIFE_MS;
        subscription.queue.retain(|event| event.at_ms > expired_ms);
        let count = max.clamp(1, BATCH_MAX).min(subscription.queue.len());
        if count == 0 {
            return Ok(None);
        }
        let batch: Vec<Queued> = subscription.queue.drain(..count).collect();
        subscription.last_request += 1;
        let reply = batch_json(subscription.last_request, &batch);
        if subscription.batches.len() >= BATCHES_KEPT {
            subscription.batches.pop_front();
        }
        subscription.batches.push_back((subscription.last_request, batch));
        Ok(Some(reply))
    }

    /// A batch that was read before; none when it is not kept any more.
    pub(crate) fn replay(
        &mut self,
        id: &str,
        request: u64,
        now_ms: i64,
    ) -> Result<Option<Json>, UnknownSubscription> {
        let subscription = self.used(id, now_ms)?;
        let batch = subscription.batches.iter().find(|(number, _)| *number == request);
        Ok(batch.map(|(number, batch)| batch_json(*number, batch)))
    }

    /// The number of the last batch; 0 before the first.
    pub(crate) fn last_request(&mut self, id: &str, now_ms: i64) -> Result<u64, UnknownSubscription> {
        Ok(self.used(id, now_ms)?.last_request)
    }

    fn used(&mut self, id: &str, now_ms: i64) -> Result<&mut Subscription, UnknownSubscription> {
        self.forget_unused(now_ms);
        let subscription = self.by_id.get_mut(id).ok_or(UnknownSubscription)?;
        subscription.used_ms = now_ms;
        Ok(subscription)
    }

    fn forget_unused(&mut self, now_ms: i64) {
        self.by_id
            .retain(|_, subscription| subscription.used_ms > now_ms - LIFE_MS);
    }
}

fn batch_json(request: u64, batch: &[Queued]) -> Json {
    json!({ "requestId": request, "events": batch.iter().map(Queued::to_json).collect::<Vec<_>>() })
}
