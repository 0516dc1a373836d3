//! Records changed from outside: `/admin/mutate`, `/admin/insert`, `/admin/mass-update`, `/admin/erase`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::reply::{AdminError, beside, entity, parse};
use crate::data::{Change, ChangeKind};
use crate::endpoints::entity::values_of;
use crate::entities::Entity;
use crate::http::ApiError;
use crate::lock::SharedExt;
use crate::mutate::{self, Amounts};
use crate::shared::Shared;

/// Most records of one request.
const RECORDS_MAX: u32 = 1_000_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutate {
    entity: Option<String>,
    change: Option<u32>,
    delete: Option<u32>,
    anonymise: Option<u32>,
    seed: Option<u64>,
}

/// `POST /admin/mutate`: `{"change": 50, "delete": 5, "anonymise": 2, "seed": 1, "entity": "Candidate"}`. Changes alter
/// real content and bump `dateLastModified`. Answers with the ids touched.
pub(super) async fn mutate(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Value>, AdminError> {
    let order: Mutate = parse(&body)?;
    let entity = entity(order.entity.as_deref())?;
    let amounts = Amounts {
        change: order.change.unwrap_or(0),
        delete: order.delete.unwrap_or(0),
        anonymise: order.anonymise.unwrap_or(0),
    };
    if let Some(objection) = mutate::objection(entity, amounts) {
        return Err(AdminError::bad_request(objection));
    }
    let seed = order.seed.unwrap_or(0);
    beside(move || Ok(Json(json!(mutate::mutate(&shared, entity, amounts, seed)?)))).await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Insert {
    entity: Option<String>,
    /// So many records put together from those that exist.
    count: Option<u32>,
    /// These records, in the shape of a `PUT /entity`.
    records: Option<Vec<Map<String, Value>>>,
    seed: Option<u64>,
}

/// `POST /admin/insert` with `count` or `records`. Answers with the new ids.
pub(super) async fn insert(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Value>, AdminError> {
    let order: Insert = parse(&body)?;
    let entity = entity(order.entity.as_deref())?;
    match (order.count, order.records) {
        (Some(count), None) if count <= RECORDS_MAX => {
            let seed = order.seed.unwrap_or(0);
            beside(move || {
                Ok(Json(
                    json!({ "inserted": mutate::insert(&shared, entity, count, seed)? }),
                ))
            })
            .await
        }
        (None, Some(records)) => beside(move || insert_these(&shared, entity, &records)).await,
        _ => Err(AdminError::bad_request(format!(
            "give either `count` (at most {RECORDS_MAX}) or `records`"
        ))),
    }
}

fn insert_these(
    shared: &Shared,
    entity: Entity,
    records: &[Map<String, Value>],
) -> Result<Json<Value>, AdminError> {
    let mut store = shared.store.writing();
    let mut changes = Vec::with_capacity(records.len());
    for (id, record) in (store.next_id(entity)..).zip(records) {
        let values = values_of(entity, record, None).map_err(|error| refused(&error))?;
        changes.push(Change {
            entity,
            id,
            kind: ChangeKind::Insert,
            values,
            bump: true,
        });
    }
    store.commit(&changes, shared.clock.now_ms())?;
    Ok(Json(
        json!({ "inserted": changes.iter().map(|change| change.id).collect::<Vec<_>>() }),
    ))
}

fn refused(error: &ApiError) -> AdminError {
    match error {
        ApiError::Persist { refused, .. } => {
            let names: Vec<&str> = refused.iter().map(|one| one.field.as_str()).collect();
            AdminError::bad_request(format!("these fields cannot be written: {}", names.join(", ")))
        }
        other => AdminError::bad_request(format!("the record was refused: {other:?}")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MassUpdate {
    entity: Option<String>,
    count: u32,
    seed: Option<u64>,
}

/// `POST /admin/mass-update`: so many records get the same new `dateLastModified`. Answers with their ids.
pub(super) async fn mass_update(
    State(shared): State<Arc<Shared>>,
    body: Bytes,
) -> Result<Json<Value>, AdminError> {
    let order: MassUpdate = parse(&body)?;
    let entity = entity(order.entity.as_deref())?;
    let seed = order.seed.unwrap_or(0);
    beside(move || {
        Ok(Json(
            json!({ "updated": mutate::touch(&shared, entity, order.count, seed)? }),
        ))
    })
    .await
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Erase {
    entity: Option<String>,
    ids: Vec<u32>,
}

/// `POST /admin/erase`: records vanish from the database for good; the index learns of it after its lag.
pub(super) async fn erase(State(shared): State<Arc<Shared>>, body: Bytes) -> Result<Json<Value>, AdminError> {
    let order: Erase = parse(&body)?;
    let entity = entity(order.entity.as_deref())?;
    let mut store = shared.store.writing();
    let erased: Vec<u32> = order
        .ids
        .into_iter()
        .filter(|id| store.database().row(entity, *id).is_some())
        .collect();
    let erase = |id: &u32| Change {
        entity,
        id: *id,
        kind: ChangeKind::Erase,
        values: Vec::new(),
        bump: false,
    };
    let changes: Vec<Change> = erased.iter().map(erase).collect();
    store.commit(&changes, shared.clock.now_ms())?;
    Ok(Json(json!({ "erased": erased })))
}
