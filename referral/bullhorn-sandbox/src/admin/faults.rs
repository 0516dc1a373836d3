//! `/admin/faults`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::reply::{AdminError, entity, parse};
use crate::faults::{Fault, FaultRule};
use crate::lock::LockExt;
use crate::mutate::{self, Amounts};
use crate::shared::Shared;

/// The rules that may still strike.
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({ "faults": shared.faults.locked().armed() }))
}

/// Adds one rule.
pub(super) async fn arm(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Json<Value>, AdminError> {
    let rule: FaultRule = parse(&body)?;
    check(&rule.fault)?;
    Ok(Json(json!({ "id": shared.faults.locked().arm(rule) })))
}

/// Refuses a rule that could never do its work.
fn check(fault: &Fault) -> Result<(), AdminError> {
    match fault {
        Fault::MutateAfter {
            entity: name,
            change,
            delete,
            anonymise,
            ..
        } => {
            let amounts = Amounts {
                change: *change,
                delete: *delete,
                anonymise: *anonymise,
            };
            match mutate::objection(entity(Some(name))?, amounts) {
                Some(objection) => Err(AdminError::bad_request(objection)),
                None => Ok(()),
            }
        }
        Fault::MassUpdateAfter { entity: name, .. } => entity(Some(name)).map(drop),
        _ => Ok(()),
    }
}

/// Removes one rule.
pub(super) async fn disarm(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<u64>,
) -> Result<Json<Value>, AdminError> {
    if shared.faults.locked().disarm(id) {
        return Ok(Json(json!({ "removed": 1 })));
    }
    Err(AdminError::new(
        StatusCode::NOT_FOUND,
        format!("there is no fault {id}; it may have struck for the last time"),
    ))
}

/// Removes all rules.
pub(super) async fn disarm_all(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let mut faults = shared.faults.locked();
    let removed = faults.armed().len();
    faults.disarm_all();
    Json(json!({ "removed": removed }))
}
