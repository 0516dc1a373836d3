//! What the sandbox is doing, its knobs, its clock, its sessions.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::reply::{AdminError, parse};
use crate::data::{Filter, Order, Window};
use crate::entities::Entity;
use crate::lock::{LockExt, SharedExt};
use crate::options::Knobs;
use crate::shared::Shared;

/// Entities whose number of records is told.
const COUNTED: [Entity; 4] = [
    Entity::Candidate,
    Entity::JobOrder,
    Entity::ClientCorporation,
    Entity::ClientContact,
];

/// `GET /admin/status`.
pub(super) async fn status(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let now = shared.clock.now();
    let (records, waiting, subscriptions) = {
        let store = shared.store.reading();
        let everything = Filter {
            ids: 0..=u32::MAX,
            modified: None,
            rest: None,
        };
        let nothing = Window { start: 0, count: 0 };
        let by_id = Order::Id { descending: false };
        let count = |entity: Entity| {
            store
                .database()
                .select(entity, &everything, &by_id, nothing)
                .total
        };
        let records: serde_json::Map<String, Value> = COUNTED
            .iter()
            .map(|entity| (entity.name().to_owned(), json!(count(*entity))))
            .collect();
        (records, store.unindexed(), store.subscriptions.len())
    };
    let (sessions, auth, corp_token) = {
        let auth = shared.auth.locked();
        (
            auth.open_sessions(now.as_millisecond()),
            auth.counters,
            auth.corp_token().to_owned(),
        )
    };
    let traffic = json!(shared.traffic.locked().counters());
    let faults = shared.faults.locked().armed().len();
    let population = &shared.options.population;
    Json(json!({
        "now": now.to_string(),
        "population": {
            "seed": population.seed,
            "candidates": population.candidates,
            "positions": population.positions,
            "as_of": population.as_of.to_string(),
        },
        "records": records,
        "waiting_for_index": waiting,
        "subscriptions": subscriptions,
        "corp_token": corp_token,
        "sessions": sessions,
        "auth": auth,
        "faults": faults,
        "traffic": traffic,
    }))
}

/// Which of the latest requests are wanted.
#[derive(Debug, Deserialize)]
pub(super) struct Requests {
    after: Option<u64>,
    limit: Option<usize>,
}

/// `GET /admin/requests?after=&limit=`: the latest requests, oldest first.
pub(super) async fn requests(
    State(shared): State<Arc<Shared>>,
    Query(wanted): Query<Requests>,
) -> Json<Value> {
    let traffic = shared.traffic.locked();
    Json(json!({ "requests": traffic.since(wanted.after.unwrap_or(0), wanted.limit.unwrap_or(100)) }))
}

/// `DELETE /admin/requests`: starts counting anew.
pub(super) async fn forget_requests(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.traffic.locked().reset();
    Json(json!({ "reset": true }))
}

/// `GET /admin/knobs`.
pub(super) async fn knobs(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(*shared.knobs()))
}

/// `PATCH /admin/knobs`: sets the knobs named, leaves the others.
pub(super) async fn change_knobs(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Value>, AdminError> {
    let changes: serde_json::Map<String, Value> = parse(&body)?;
    let mut knobs = shared.knobs.writing();
    let mut merged = json!(**knobs);
    if let Some(merged) = merged.as_object_mut() {
        merged.extend(changes);
    }
    let changed: Knobs = serde_json::from_value(merged)
        .map_err(|error| AdminError::bad_request(format!("cannot set: {error}")))?;
    *knobs = Arc::new(changed);
    Ok(Json(json!(**knobs)))
}

/// How the clock moves.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockChange {
    advance_ms: Option<i64>,
    set: Option<Timestamp>,
}

/// `GET /admin/clock`.
pub(super) async fn clock(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({ "now": shared.clock.now().to_string(), "offset_ms": shared.clock.offset_ms() }))
}

/// `POST /admin/clock` with `advance_ms` or `set`.
pub(super) async fn change_clock(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Value>, AdminError> {
    let change: ClockChange = parse(&body)?;
    let offset = shared.clock.offset_ms();
    let offset = match (change.advance_ms, change.set) {
        (Some(advance), None) => offset.saturating_add(advance),
        (None, Some(instant)) => offset + (instant.as_millisecond() - shared.clock.now_ms()),
        _ => return Err(AdminError::bad_request("give either `advance_ms` or `set`")),
    };
    shared.store.writing().keep_clock(offset)?;
    shared.clock.set_offset_ms(offset);
    Ok(clock(State(shared)).await)
}

/// What else dies with the sessions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kill {
    /// Also every code, access token and refresh token.
    #[serde(default)]
    revoke_grants: bool,
}

/// `POST /admin/sessions/kill`: every session ends without its owner knowing.
pub(super) async fn kill_sessions(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Value>, AdminError> {
    let kill: Kill = parse(&body)?;
    let mut auth = shared.auth.locked();
    if kill.revoke_grants {
        auth.revoke_grants();
    }
    Ok(Json(json!({ "killed": auth.kill_sessions(None) })))
}

/// `POST /admin/subscriptions/expire`: every event subscription is gone.
pub(super) async fn expire_subscriptions(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let mut store = shared.store.writing();
    let expired = store.subscriptions.len();
    store.subscriptions.expire_all();
    Json(json!({ "expired": expired }))
}
