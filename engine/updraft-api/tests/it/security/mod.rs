//! What an attacker tries. Each test goes through all endpoints where it can, so that a new one is tried as well.

mod bodies;
mod csrf;
mod filters;
mod fixation;
mod headers;
mod nul;
mod paths;
mod permissions;
mod slow;
mod tokens;

use updraft_api::{Route, routes};

/// A path with something in place of its parameters.
fn filled(path: &str, with: &str) -> String {
    let parts = path.split('/');
    let parts = parts.map(|part| if part.starts_with('{') { with } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Every route whose answer ends by itself.
fn ending() -> impl Iterator<Item = Route> {
    routes()
        .into_iter()
        .filter(|route| route.operation_id != "events")
}
