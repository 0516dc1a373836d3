//! `/massUpdate`: the same values for many records, all with the same `dateLastModified`.

use axum::http::Method;
use serde_json::{Map, Value as Json, json};

use super::entity::{commit, values_of};
use crate::data::{Change, ChangeKind};
use crate::entities::{Entity, Kind, Operation};
use crate::http::{ApiError, Call, Reply};
use crate::listing;
use crate::lock::SharedExt;

/// Most ids of one call.
const IDS_MAX: usize = 10_000;

/// `GET` lists what can be updated, `POST` does it.
pub(crate) fn mass_update(call: &Call<'_>) -> Result<Reply, ApiError> {
    match (&call.method, call.route.part(0)) {
        (&Method::GET, None) => Ok(Reply::json(&json!(
            updatable().map(Entity::name).collect::<Vec<_>>()
        ))),
        (&Method::GET, name @ Some(_)) => fields(listing::entity_named(call, name)?),
        (&Method::POST, name @ Some(_)) => update(call, listing::entity_named(call, name)?),
        _ => Err(ApiError::MethodNotAllowed),
    }
}

fn updatable() -> impl Iterator<Item = Entity> {
    Entity::ALL
        .iter()
        .copied()
        .filter(|entity| entity.allows(Operation::Update))
}

fn fields(entity: Entity) -> Result<Reply, ApiError> {
    if !entity.allows(Operation::Update) {
        return Err(ApiError::Operation {
            operation: Operation::Update,
            entity,
        });
    }
    let names = entity
        .schema()
        .fields
        .iter()
        .filter(|field| !field.read_only && !matches!(field.kind, Kind::Id | Kind::ToMany(_)));
    Ok(Reply::json(&json!(
        names.map(|field| field.name.as_ref()).collect::<Vec<_>>()
    )))
}

fn update(call: &Call<'_>, entity: Entity) -> Result<Reply, ApiError> {
    if !entity.allows(Operation::Update) {
        return Err(ApiError::Operation {
            operation: Operation::Update,
            entity,
        });
    }
    let ids = call
        .params
        .body()
        .get("ids")
        .and_then(Json::as_array)
        .ok_or_else(|| ApiError::missing("ids"))?;
    if ids.len() > IDS_MAX {
        return Err(ApiError::Parameter {
            message: format!("At most {IDS_MAX} ids can be updated at once."),
        });
    }
    let set: Map<String, Json> = call
        .params
        .body()
        .iter()
        .filter(|(name, _)| *name != "ids")
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let mut store = call.shared.store.writing();
    let mut changes = Vec::with_capacity(ids.len());
    for id in ids
        .iter()
        .filter_map(Json::as_u64)
        .filter_map(|id| u32::try_from(id).ok())
    {
        if let Some(row) = store.database().row(entity, id) {
            let values = values_of(entity, &set, Some(&row))?;
            changes.push(Change {
                entity,
                id,
                kind: ChangeKind::Update,
                values,
                bump: true,
            });
        }
    }
    commit(&mut store, call, &changes)?;
    Ok(Reply::json(&json!({ "count": changes.len() })))
}
