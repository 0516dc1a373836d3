//! `update_mask`: which fields of a body a PATCH is to change.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::failure::Failure;
use crate::page::list;

/// The fields that are to be changed.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Mask {
    /// The names of the fields that change; all that the body has when left out.
    #[serde(default, deserialize_with = "list")]
    update_mask: Vec<String>,
}

impl Mask {
    /// Whether a field is to be changed, if the body has it.
    pub(crate) fn covers(&self, field: &str) -> bool {
        self.update_mask.is_empty() || self.update_mask.iter().any(|name| name == field)
    }

    /// Demands that all fields are ones that can be changed.
    ///
    /// # Errors
    /// [`Failure::BadRequest`].
    pub(crate) fn demand(&self, known: &[&str]) -> Result<(), Failure> {
        match self
            .update_mask
            .iter()
            .find(|name| !known.contains(&name.as_str()))
        {
            Some(name) => Err(Failure::BadRequest(format!(
                "`{name}` is unknown or cannot be changed; `update_mask` may name {}",
                known.join(", ")
            ))),
            None => Ok(()),
        }
    }
}
