//! What templates became.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Tells the fields of a task after its templates were filled in.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SetRenderedFields {
    /// The fields by name. They may hold secrets until the supervisor has masked them.
    pub rendered_fields: Map<String, Value>,
}

impl std::fmt::Debug for SetRenderedFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&String> = self.rendered_fields.keys().collect();
        f.debug_struct("SetRenderedFields")
            .field("rendered_fields", &names)
            .finish()
    }
}
