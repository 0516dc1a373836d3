//! `/query/{Entity}`.

use serde_json::json;

use super::Where;
use crate::data::{Filter, Rest};
use crate::endpoints::meta;
use crate::http::{ApiError, Call, Reply};
use crate::listing;
use crate::lock::SharedExt;
use crate::render;

/// Answers `/query/{Entity}`.
pub(crate) fn query(call: &Call<'_>) -> Result<Reply, ApiError> {
    let entity = listing::entity_named(call, call.route.part(0))?;
    if !entity.is_queryable() {
        return Err(ApiError::NotQueryable { entity });
    }
    let text = listing::query_text(call, "where")?.ok_or_else(|| ApiError::missing("where"))?;
    let clause = Where::parse(entity, text)?;
    let filter = Filter {
        ids: 0..=u32::MAX,
        modified: None,
        rest: Some(Rest {
            predicate: &clause,
            key: clause.key(),
        }),
    };
    let store = call.shared.store.reading();
    if call.params.flag("totalOnly") {
        let total = store.database().select_all(entity, &filter).len();
        return Ok(Reply::json(&json!({ "total": total })));
    }
    let fields = listing::selected(call, entity)?.ok_or_else(|| ApiError::missing("fields"))?;
    let asked = listing::window(call, Some(&fields));
    let order = listing::query_order(call, entity)?;
    let page = store.database().select(entity, &filter, &order, asked.window);
    let mut out = Vec::with_capacity(4_096);
    out.push(b'{');
    if call.params.flag("showTotalMatched") {
        out.extend_from_slice(b"\"total\":");
        render::integer(&mut out, page.total as i64);
        out.push(b',');
    }
    out.extend_from_slice(b"\"start\":");
    render::integer(&mut out, asked.window.start as i64);
    out.extend_from_slice(b",\"count\":");
    render::integer(&mut out, page.ids.len() as i64);
    out.extend_from_slice(b",\"data\":");
    let heavy = fields.has_heavy_fields();
    let rows = page.ids.iter().filter_map(|id| store.database().row(entity, *id));
    render::records(
        &mut out,
        rows.map(|row| row.with_heavy_fields(heavy)),
        &fields,
        listing::style(call),
    );
    meta::append(call, entity, Some(&fields), &mut out);
    out.push(b'}');
    Ok(Reply::written(out))
}
