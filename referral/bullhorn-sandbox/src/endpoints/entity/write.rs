//! `PUT`, `POST` and `DELETE /entity/{Entity}`.

use serde_json::{Map, Value as Json};

use crate::data::{Change, ChangeKind, Row, Store};
use crate::entities::{Entity, Kind, Operation, Source, Value, ValueProblem};
use crate::http::{ApiError, Call, Refused, RefusedBecause, Reply, changed};
use crate::lock::SharedExt;

/// Values by field index.
type Values = Vec<(u16, Value<'static>)>;

/// A new record.
pub(super) fn create(call: &Call<'_>, entity: Entity) -> Result<Reply, ApiError> {
    allowed(entity, Operation::Create)?;
    let values = values_of(entity, call.params.body(), None)?;
    let mut store = call.shared.store.writing();
    let change = Change {
        entity,
        id: store.next_id(entity),
        kind: ChangeKind::Insert,
        values,
        bump: true,
    };
    let reply = changed(&change, "INSERT");
    commit(&mut store, call, &[change])?;
    Ok(Reply::json(&reply))
}

/// New values for a record.
pub(super) fn update(call: &Call<'_>, entity: Entity, id: u32) -> Result<Reply, ApiError> {
    allowed(entity, Operation::Update)?;
    let mut store = call.shared.store.writing();
    let values = {
        let row = existing(call, &store, entity, id)?;
        values_of(entity, call.params.body(), Some(&row))?
    };
    let only_lists = values.iter().all(|(index, _)| {
        entity
            .schema()
            .at(*index)
            .is_some_and(|field| matches!(field.kind, Kind::ToMany(_)))
    });
    let bump = !only_lists || values.is_empty() || call.knobs.association_bumps_modified;
    let change = Change {
        entity,
        id,
        kind: ChangeKind::Update,
        values,
        bump,
    };
    let reply = changed(&change, "UPDATE");
    commit(&mut store, call, &[change])?;
    Ok(Reply::json(&reply))
}

/// A soft delete where the entity knows one.
pub(super) fn delete(call: &Call<'_>, entity: Entity, id: u32) -> Result<Reply, ApiError> {
    allowed(entity, Operation::Delete)?;
    let mut store = call.shared.store.writing();
    existing(call, &store, entity, id)?;
    let change = Change {
        entity,
        id,
        kind: ChangeKind::Delete,
        values: Vec::new(),
        bump: true,
    };
    let reply = changed(&change, "DELETE");
    commit(&mut store, call, &[change])?;
    Ok(Reply::json(&reply))
}

fn allowed(entity: Entity, operation: Operation) -> Result<(), ApiError> {
    if entity.allows(operation) {
        Ok(())
    } else {
        Err(ApiError::Operation { operation, entity })
    }
}

fn existing<'s>(call: &Call<'_>, store: &'s Store, entity: Entity, id: u32) -> Result<Row<'s>, ApiError> {
    let row = store.database().row(entity, id);
    row.ok_or_else(|| ApiError::NotFound {
        message: call.knobs.not_found_message.clone(),
    })
}

/// Reads the values of a write; every field that is refused is named.
pub(crate) fn values_of(
    entity: Entity,
    body: &Map<String, Json>,
    row: Option<&Row<'_>>,
) -> Result<Values, ApiError> {
    let mut values = Values::new();
    let mut refused = Vec::new();
    for (name, json) in body.iter().filter(|(name, _)| *name != "id") {
        match value_of(entity, name, json, row) {
            Ok(value) => values.push(value),
            Err(problem) => refused.push(Refused {
                field: name.clone(),
                problem,
            }),
        }
    }
    if refused.is_empty() {
        Ok(values)
    } else {
        Err(ApiError::Persist { entity, refused })
    }
}

fn value_of(
    entity: Entity,
    name: &str,
    json: &Json,
    row: Option<&Row<'_>>,
) -> Result<(u16, Value<'static>), RefusedBecause> {
    let field = entity.schema().field(name).ok_or(RefusedBecause::Unknown)?;
    if field.read_only || matches!(field.source, Source::Reverse(_)) {
        return Err(RefusedBecause::ReadOnly);
    }
    let current = row.map_or(Value::Null, |row| row.value(field));
    let value = field.parse(json, &current).map_err(RefusedBecause::Value)?;
    if let (Value::One(id), Kind::ToOne(target), Some(row)) = (&value, field.kind, row)
        && row.view().row(target, *id).is_none()
    {
        return Err(RefusedBecause::Value(ValueProblem::WrongType));
    }
    Ok((field.index, value))
}

/// Writes changes at the time of the call.
pub(crate) fn commit(store: &mut Store, call: &Call<'_>, changes: &[Change]) -> Result<(), ApiError> {
    store.commit(changes, call.now_ms).map_err(ApiError::NotKept)
}
