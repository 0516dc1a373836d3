//! Changes of many things with one call: what they are, and what became of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::failure::{Failure, Version};

/// The most things that one call changes.
const ENTITIES_MAX: usize = 1000;

/// What is to be done.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, bound = "T: serde::de::DeserializeOwned")]
pub(super) struct BulkBody<T> {
    pub(super) actions: Vec<BulkAction<T>>,
}

/// One thing that is to be done to several.
#[derive(Deserialize, JsonSchema)]
#[serde(
    tag = "action",
    rename_all = "lowercase",
    bound = "T: serde::de::DeserializeOwned"
)]
pub(super) enum BulkAction<T> {
    /// They are made.
    Create {
        entities: Vec<T>,
        #[expect(
            dead_code,
            reason = "accepted for Airflow's sake: nothing is made by such a call"
        )]
        #[serde(default)]
        action_on_existence: Option<String>,
    },
    /// They are changed.
    Update {
        entities: Vec<T>,
        #[serde(default)]
        update_mask: Option<Vec<String>>,
        #[serde(default)]
        action_on_non_existence: Missing,
    },
    /// They are deleted.
    Delete {
        entities: Vec<Named<T>>,
        #[serde(default)]
        action_on_non_existence: Missing,
    },
}

/// Something that is deleted: its name, or the whole of it.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Named<T> {
    Name(String),
    Whole(T),
}

/// What happens to something that does not exist.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Missing {
    /// It is told as an error.
    #[default]
    Fail,
    /// It is left out.
    Skip,
}

/// What became of it.
#[derive(Default, Serialize, JsonSchema)]
pub(super) struct BulkResponse {
    pub(super) create: Option<BulkActionResponse>,
    pub(super) update: Option<BulkActionResponse>,
    pub(super) delete: Option<BulkActionResponse>,
}

/// What became of one kind of action.
#[derive(Default, Serialize, JsonSchema)]
pub(super) struct BulkActionResponse {
    /// What it was done to.
    success: Vec<String>,
    /// What it could not be done to, and why.
    errors: Vec<Value>,
}

impl<T> BulkBody<T> {
    /// Demands that there are not too many.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let number = |action: &BulkAction<T>| match action {
            BulkAction::Create { entities, .. } | BulkAction::Update { entities, .. } => entities.len(),
            BulkAction::Delete { entities, .. } => entities.len(),
        };
        if self.actions.iter().map(number).sum::<usize>() > ENTITIES_MAX {
            return Err(Failure::body(format!(
                "at most {ENTITIES_MAX} entities are changed by one call"
            )));
        }
        Ok(())
    }
}

impl BulkActionResponse {
    /// Notes what became of one thing. A failure of the database ends the call.
    pub(super) fn note<T>(
        &mut self,
        name: String,
        done: Result<T, Failure>,
        missing: Missing,
    ) -> Result<(), Failure> {
        match done {
            Ok(_) => self.success.push(name),
            Err(Failure::NotFound(_)) if missing == Missing::Skip => {}
            Err(failure) if failure.status(Version::V2).is_server_error() => return Err(failure),
            Err(failure) => {
                let status = failure.status(Version::V2).as_u16();
                self.errors
                    .push(json!({ "error": failure.to_string(), "status_code": status }));
            }
        }
        Ok(())
    }
}
