//! The administrator's interface: everything a test does to a Bullhorn that a client cannot.

mod faults;
mod guard;
mod records;
mod reply;
mod status;
mod truth;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

use crate::shared::Shared;

/// The routes under `/admin`.
pub(crate) fn router(shared: Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route("/status", get(status::status))
        .route("/requests", get(status::requests).delete(status::forget_requests))
        .route("/knobs", get(status::knobs).patch(status::change_knobs))
        .route("/clock", get(status::clock).post(status::change_clock))
        .route("/sessions/kill", post(status::kill_sessions))
        .route("/subscriptions/expire", post(status::expire_subscriptions))
        .route(
            "/faults",
            get(faults::list).post(faults::arm).delete(faults::disarm_all),
        )
        .route("/faults/{id}", axum::routing::delete(faults::disarm))
        .route("/mutate", post(records::mutate))
        .route("/insert", post(records::insert))
        .route("/mass-update", post(records::mass_update))
        .route("/erase", post(records::erase))
        .route("/truth", get(truth::truth))
        .fallback(reply::no_such_path)
        .layer(middleware::from_fn(guard::loopback_only))
        .with_state(shared)
}
