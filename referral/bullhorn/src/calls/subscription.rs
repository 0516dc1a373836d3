//! What an event subscription is, and what its events say.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::call_error::CallError;

/// The name of an event subscription: letters, digits, `-` and `_`, at most 64. Each reader needs its own, since
/// reading consumes the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionId(String);

/// A text that cannot name a subscription.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a subscription is named by 1 to 64 letters, digits, `-` and `_`")]
pub struct BadSubscriptionId;

impl FromStr for SubscriptionId {
    type Err = BadSubscriptionId;

    fn from_str(text: &str) -> Result<Self, BadSubscriptionId> {
        let valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if text.is_empty() || text.len() > 64 || !text.chars().all(valid) {
            return Err(BadSubscriptionId);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventAction {
    /// It was made.
    Inserted,
    /// It was changed.
    Updated,
    /// It was deleted, softly or for good.
    Deleted,
}

impl EventAction {
    /// All actions.
    pub const ALL: [Self; 3] = [Self::Inserted, Self::Updated, Self::Deleted];

    /// Bullhorn's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inserted => "INSERTED",
            Self::Updated => "UPDATED",
            Self::Deleted => "DELETED",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == word)
    }
}

/// Names a batch of events of one subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub i64);

/// Something that happened to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The entity by Bullhorn's name; parse it as [`Entity`](crate::Entity) to act on it.
    pub entity_name: String,
    /// The record.
    pub entity_id: i64,
    /// What happened.
    pub action: EventAction,
    /// When.
    pub at: Option<Timestamp>,
    /// The fields that changed, where Bullhorn tells.
    pub updated_properties: Vec<String>,
}

/// Events that were read together. Save the id with what you made of them before reading on: a batch can be replayed,
/// but reading on consumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBatch {
    /// The batch.
    pub request_id: RequestId,
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// Events of kinds that this client does not know; they are not in `events`.
    pub unknown: usize,
}

/// Why events cannot be had.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EventError {
    /// The subscription does not exist or has expired, and its events are lost. Make it anew and sync by date, which
    /// closes the gap.
    #[error("the event subscription `{id}` does not exist or has expired; make it anew and sync by date")]
    Expired {
        /// The subscription.
        id: SubscriptionId,
    },
    /// A subscription of this name exists. Its entities are those it was made with.
    #[error("the event subscription `{id}` exists already")]
    AlreadyExists {
        /// The subscription.
        id: SubscriptionId,
    },
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriptions_name_is_safe_in_an_address() {
        assert_eq!(
            "sync-1_a".parse::<SubscriptionId>().unwrap().to_string(),
            "sync-1_a"
        );
        for bad in ["", "a/b", "a b", "ü", "?", &"x".repeat(65)] {
            assert_eq!(bad.parse::<SubscriptionId>(), Err(BadSubscriptionId));
        }
    }
}
