//! Runs.

mod compare;
mod failure;
mod get;
mod list;
mod note;

use crate::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        get::endpoint(),
        note::endpoint(),
        compare::endpoint(),
    ]
}
