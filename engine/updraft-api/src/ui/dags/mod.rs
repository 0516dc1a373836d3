//! DAGs.

mod calendar;
mod durations;
mod get;
mod list;
mod row;

use crate::endpoint::Endpoint;

pub(super) use get::{Task, label, within};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        list::endpoint(),
        get::endpoint(),
        calendar::endpoint(),
        durations::of_runs(),
        durations::of_task(),
    ]
}
