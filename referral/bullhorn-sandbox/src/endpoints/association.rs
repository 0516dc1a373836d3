//! `/association/{Entity}/{list}`: members of a to-many for many records at once.

use serde_json::Value as Json;

use super::entity::{to_many, visible_members};
use crate::http::{ApiError, Call, Reply};
use crate::listing;
use crate::lock::SharedExt;
use crate::render;

/// Most pairs of one reply.
const PAIRS_MAX: usize = 10_000;

/// Answers with pairs of record id and member id, in the order of the ids asked for.
pub(crate) fn association(call: &Call<'_>) -> Result<Reply, ApiError> {
    let entity = listing::entity_named(call, call.route.part(0))?;
    let field = to_many(entity, call.route.part(1).unwrap_or_default())?;
    let ids = match call.params.body().get("ids") {
        Some(Json::Array(ids)) => ids
            .iter()
            .filter_map(Json::as_u64)
            .filter_map(|id| u32::try_from(id).ok())
            .collect(),
        _ => super::entity::ids_in(call.params.get("ids").ok_or_else(|| ApiError::missing("ids"))?)?,
    };
    let start = call.params.number("start").unwrap_or(0);
    let count = call.params.number("count").unwrap_or(PAIRS_MAX).min(PAIRS_MAX);
    let store = call.shared.store.reading();
    let view = store.database();
    let rows = ids.iter().filter_map(|id| view.row(entity, *id));
    let pairs: Vec<(u32, u32)> = rows
        .flat_map(|row| {
            visible_members(view, &row, field)
                .into_iter()
                .map(move |member| (row.id(), member))
        })
        .collect();
    let mut out = Vec::with_capacity(pairs.len() * 12 + 32);
    out.push(b'{');
    if call.params.flag("showTotalMatched") {
        out.extend_from_slice(b"\"total\":");
        render::integer(&mut out, pairs.len() as i64);
        out.push(b',');
    }
    out.extend_from_slice(b"\"data\":[");
    for (index, (owner, member)) in pairs.iter().skip(start).take(count).enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.push(b'[');
        render::integer(&mut out, i64::from(*owner));
        out.push(b',');
        render::integer(&mut out, i64::from(*member));
        out.push(b']');
    }
    out.extend_from_slice(b"]}");
    Ok(Reply::written(out))
}
