//! State stores: what tries of a task keep for each other, and what is kept about assets.

use jiff::Timestamp;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use updraft_model::{AssetRef, AttemptId, StateStoreEdit, StateStoreOf};

use super::ToSupervisor;
use crate::time;

/// Asks for a value that a task keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetTaskStateStore {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
    /// The key.
    pub key: String,
}

/// Keeps a value for the tries of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetTaskStateStore {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
    /// The key.
    pub key: String,
    /// The value, not null.
    pub value: Value,
    /// When it may be cleaned away; nothing: never.
    #[serde(
        deserialize_with = "Option::deserialize",
        serialize_with = "time::optional::serialize"
    )]
    pub expires_at: Option<Timestamp>,
}

/// Takes a value away that a task keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteTaskStateStore {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
    /// The key.
    pub key: String,
}

/// Takes everything away that a task keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearTaskStateStore {
    /// The attempt that asks.
    #[serde(serialize_with = "text")]
    pub ti_id: AttemptId,
}

/// A value that a task keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskStateStoreResult {
    /// The value.
    pub value: Value,
}

/// Asks for a value that is kept about the asset of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetAssetStateStoreByName {
    /// The name.
    pub name: String,
    /// The key.
    pub key: String,
}

/// Asks for a value that is kept about the asset of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GetAssetStateStoreByUri {
    /// The address.
    pub uri: String,
    /// The key.
    pub key: String,
}

/// Keeps a value about the asset of a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetAssetStateStoreByName {
    /// The name.
    pub name: String,
    /// The key.
    pub key: String,
    /// The value, not null.
    pub value: Value,
}

/// Keeps a value about the asset of an address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetAssetStateStoreByUri {
    /// The address.
    pub uri: String,
    /// The key.
    pub key: String,
    /// The value, not null.
    pub value: Value,
}

/// Takes a value away that is kept about the asset of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteAssetStateStoreByName {
    /// The name.
    pub name: String,
    /// The key.
    pub key: String,
}

/// Takes a value away that is kept about the asset of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeleteAssetStateStoreByUri {
    /// The address.
    pub uri: String,
    /// The key.
    pub key: String,
}

/// Takes everything away that is kept about the asset of a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearAssetStateStoreByName {
    /// The name.
    pub name: String,
}

/// Takes everything away that is kept about the asset of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearAssetStateStoreByUri {
    /// The address.
    pub uri: String,
}

/// A value that is kept about an asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssetStateStoreResult {
    /// The value.
    pub value: Value,
}

/// A question for a value of a state store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateStoreQuestion {
    /// Of which.
    pub of: StateStoreOf,
    /// The key.
    pub key: String,
}

/// A change of a state store. It is a [`ToSupervisor`].
#[derive(Debug, Clone, PartialEq)]
pub struct StateStoreChange {
    /// Of which.
    pub of: StateStoreOf,
    /// What becomes of it.
    pub edit: StateStoreEdit,
}

impl StateStoreQuestion {
    /// Of the asset of a name.
    pub(super) fn by_name(request: GetAssetStateStoreByName) -> Self {
        Self {
            of: StateStoreOf::Asset(AssetRef::Name(request.name)),
            key: request.key,
        }
    }

    /// Of the asset of an address.
    pub(super) fn by_uri(request: GetAssetStateStoreByUri) -> Self {
        Self {
            of: StateStoreOf::Asset(AssetRef::Uri(request.uri)),
            key: request.key,
        }
    }
}

impl TryFrom<ToSupervisor> for StateStoreChange {
    type Error = ToSupervisor;

    /// Gives back what is none.
    fn try_from(message: ToSupervisor) -> Result<Self, ToSupervisor> {
        let set = |key, value, expires_at| StateStoreEdit::Set {
            key,
            value,
            expires_at,
        };
        let named = |name| StateStoreOf::Asset(AssetRef::Name(name));
        let at = |uri| StateStoreOf::Asset(AssetRef::Uri(uri));
        let (of, edit) = match message {
            ToSupervisor::SetTaskStateStore(it) => (StateStoreOf::Task, set(it.key, it.value, it.expires_at)),
            ToSupervisor::DeleteTaskStateStore(it) => {
                (StateStoreOf::Task, StateStoreEdit::Delete { key: it.key })
            }
            ToSupervisor::ClearTaskStateStore(_) => (StateStoreOf::Task, StateStoreEdit::Clear),
            ToSupervisor::SetAssetStateStoreByName(it) => (named(it.name), set(it.key, it.value, None)),
            ToSupervisor::SetAssetStateStoreByUri(it) => (at(it.uri), set(it.key, it.value, None)),
            ToSupervisor::DeleteAssetStateStoreByName(it) => {
                (named(it.name), StateStoreEdit::Delete { key: it.key })
            }
            ToSupervisor::DeleteAssetStateStoreByUri(it) => {
                (at(it.uri), StateStoreEdit::Delete { key: it.key })
            }
            ToSupervisor::ClearAssetStateStoreByName(it) => (named(it.name), StateStoreEdit::Clear),
            ToSupervisor::ClearAssetStateStoreByUri(it) => (at(it.uri), StateStoreEdit::Clear),
            other => return Err(other),
        };
        Ok(Self { of, edit })
    }
}

/// Ids are text on the wire, also where the format has room for bytes.
fn text<S: Serializer>(id: &AttemptId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}
