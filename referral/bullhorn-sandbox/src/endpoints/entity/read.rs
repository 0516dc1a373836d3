//! `GET /entity/{Entity}/{ids}`.

use crate::endpoints::meta;
use crate::entities::Entity;
use crate::fields::Selected;
use crate::http::{ApiError, Call, Reply};
use crate::listing;
use crate::lock::SharedExt;
use crate::render;

/// One record as an object, several as a list of those that exist; softly deleted ones included.
pub(super) fn records(call: &Call<'_>, entity: Entity, ids: &[u32]) -> Result<Reply, ApiError> {
    let fields = listing::selected(call, entity)?.unwrap_or_else(|| Selected::names_of(entity));
    let style = listing::style(call);
    let heavy = fields.has_heavy_fields();
    let store = call.shared.store.reading();
    let mut rows = ids
        .iter()
        .filter_map(|id| store.database().row(entity, *id))
        .map(|row| row.with_heavy_fields(heavy))
        .peekable();
    if rows.peek().is_none() {
        return Err(ApiError::NotFound {
            message: call.knobs.not_found_message.clone(),
        });
    }
    let mut out = Vec::with_capacity(4_096);
    out.extend_from_slice(b"{\"data\":");
    match (ids, rows.next()) {
        ([_], Some(row)) => render::record(&mut out, &row, &fields, style, None),
        (_, first) => render::records(&mut out, first.into_iter().chain(rows), &fields, style),
    }
    meta::append(call, entity, Some(&fields), &mut out);
    out.push(b'}');
    Ok(Reply::written(out))
}
