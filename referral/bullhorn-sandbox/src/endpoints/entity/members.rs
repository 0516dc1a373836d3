//! `/entity/{Entity}/{id}/{list}`: the whole of a to-many, and its edits.

use std::borrow::Cow;

use serde_json::json;

use super::write::commit;
use crate::data::{Change, ChangeKind, Row, View};
use crate::entities::{Entity, Field, Kind, Operation, Source, Value};
use crate::fields::Selected;
use crate::http::{ApiError, Call, Reply};
use crate::listing;
use crate::lock::SharedExt;
use crate::population::record::ToMany;
use crate::render;

/// A page of the members of a to-many.
pub(super) fn list(
    call: &Call<'_>,
    entity: Entity,
    ids: &[u32],
    field: &'static Field,
) -> Result<Reply, ApiError> {
    let target = target_of(field)?;
    let fields = listing::selected(call, target)?.unwrap_or_else(|| Selected::names_of(target));
    let asked = listing::window(call, Some(&fields));
    let store = call.shared.store.reading();
    let view = store.database();
    let owners: Vec<Row<'_>> = ids.iter().filter_map(|id| view.row(entity, *id)).collect();
    if owners.is_empty() {
        return Err(ApiError::NotFound {
            message: call.knobs.not_found_message.clone(),
        });
    }
    let members: Vec<u32> = owners
        .iter()
        .flat_map(|owner| visible_members(view, owner, field))
        .collect();
    let keys = listing::sort_keys(target, call.params.get("orderBy").unwrap_or_default())?;
    let members = view.sorted(target, members, &keys);
    let page: Vec<u32> = members
        .iter()
        .copied()
        .skip(asked.window.start)
        .take(asked.window.count)
        .collect();
    let mut out = Vec::with_capacity(1_024);
    out.push(b'{');
    if call.params.flag("showTotalMatched") {
        out.extend_from_slice(b"\"total\":");
        render::integer(&mut out, members.len() as i64);
        out.push(b',');
    }
    out.extend_from_slice(b"\"start\":");
    render::integer(&mut out, asked.window.start as i64);
    out.extend_from_slice(b",\"count\":");
    render::integer(&mut out, page.len() as i64);
    out.extend_from_slice(b",\"data\":");
    let rows = page.iter().filter_map(|id| view.row(target, *id));
    render::records(&mut out, rows, &fields, listing::style(call));
    out.push(b'}');
    Ok(Reply::written(out))
}

/// The members of a to-many that are not softly deleted.
pub(crate) fn visible_members(view: View<'_>, owner: &Row<'_>, field: &Field) -> Vec<u32> {
    let (Value::Many(members), Kind::ToMany(target)) = (owner.value(field), field.kind) else {
        return Vec::new();
    };
    let is_visible = |id: &u32| view.row(target, *id).is_some_and(|member| !member.is_deleted());
    members.ids.iter().copied().filter(is_visible).collect()
}

/// Adds members.
pub(super) fn add(
    call: &Call<'_>,
    owner: (Entity, u32),
    field: &'static Field,
    ids: &[u32],
) -> Result<Reply, ApiError> {
    let target = target_of(field)?;
    edit(call, owner, field, "ASSOCIATE", |view, members| {
        if ids.iter().any(|id| view.row(target, *id).is_none()) {
            return Err(ApiError::NotFound {
                message: call.knobs.not_found_message.clone(),
            });
        }
        members.extend_from_slice(ids);
        Ok(())
    })
}

/// Removes members.
pub(super) fn remove(
    call: &Call<'_>,
    owner: (Entity, u32),
    field: &'static Field,
    ids: &[u32],
) -> Result<Reply, ApiError> {
    edit(call, owner, field, "DISSOCIATE", |_, members| {
        members.retain(|id| !ids.contains(id));
        Ok(())
    })
}

fn edit(
    call: &Call<'_>,
    (entity, id): (Entity, u32),
    field: &'static Field,
    word: &str,
    change: impl FnOnce(View<'_>, &mut Vec<u32>) -> Result<(), ApiError>,
) -> Result<Reply, ApiError> {
    let is_owned_elsewhere = matches!(field.source, Source::Reverse(_));
    if is_owned_elsewhere || !entity.allows(Operation::Update) {
        return Err(ApiError::Operation {
            operation: Operation::Update,
            entity,
        });
    }
    let mut store = call.shared.store.writing();
    let members = {
        let view = store.database();
        let row = view.row(entity, id);
        let row = row.ok_or_else(|| ApiError::NotFound {
            message: call.knobs.not_found_message.clone(),
        })?;
        let Value::Many(members) = row.value(field) else {
            return Err(ApiError::MethodNotAllowed);
        };
        let mut ids = members.ids.clone();
        change(view, &mut ids)?;
        ToMany::of(ids)
    };
    let change = Change {
        entity,
        id,
        kind: ChangeKind::Update,
        values: vec![(field.index, Value::Many(Cow::Owned(members)))],
        bump: call.knobs.association_bumps_modified,
    };
    commit(&mut store, call, &[change])?;
    Ok(Reply::json(
        &json!({ "changedEntityType": entity.name(), "changedEntityId": id, "changeType": word }),
    ))
}

fn target_of(field: &Field) -> Result<Entity, ApiError> {
    match field.kind {
        Kind::ToMany(target) => Ok(target),
        _ => Err(ApiError::MethodNotAllowed),
    }
}
