//! `/task-instances/{task_instance_id}`: what an attempt says of itself and asks about itself.

mod about;
mod heartbeat;
mod left;
mod run;
mod state;

use schemars::JsonSchema;
use serde::Deserialize;
use updraft_model::AttemptId;

use super::operation::Operation;

pub(crate) fn operations() -> Vec<Operation> {
    [
        run::operations(),
        state::operations(),
        heartbeat::operations(),
        left::operations(),
        about::operations(),
    ]
    .concat()
}

/// The attempt, which is the one that asks.
#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    #[schemars(with = "String")]
    #[expect(dead_code, reason = "it was compared with the token, which says the same")]
    task_instance_id: AttemptId,
}
