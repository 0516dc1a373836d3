//! Which DAGs somebody may do something to, as the store asks for them.

use std::collections::BTreeSet;

use updraft_auth::{Action, Dags, Identity};
use updraft_model::DagId;

/// The DAGs that somebody may do this to; `None`: all.
pub(crate) fn dags(identity: &Identity, action: Action) -> Option<BTreeSet<DagId>> {
    match identity.dags(action) {
        Dags::All => None,
        Dags::Only(ids) => Some(ids),
    }
}
