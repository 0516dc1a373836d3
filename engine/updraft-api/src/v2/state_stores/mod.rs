//! `.../state-store`: what tries of tasks keep for each other, and what is kept about assets.

mod of_assets;
mod of_tasks;

use crate::endpoint::Endpoint;

pub(super) fn endpoints() -> Vec<Endpoint> {
    [of_tasks::endpoints(), of_assets::endpoints()].concat()
}
