//! `/find`: the quick search over people, companies and jobs.

use serde_json::{Value as Json, json};

use super::lucene::Search;
use crate::data::{Order, View, Window};
use crate::entities::{Entity, Value};
use crate::http::{ApiError, Call, Reply};
use crate::lock::SharedExt;

/// What is searched, with the fields that make a line of the result.
const SEARCHED: [(Entity, &str, &str); 4] = [
    (Entity::Candidate, "name", "occupation"),
    (Entity::ClientContact, "name", "occupation"),
    (Entity::ClientCorporation, "name", "status"),
    (Entity::JobOrder, "title", "status"),
];

/// Answers `/find?query=`.
pub(crate) fn find(call: &Call<'_>) -> Result<Reply, ApiError> {
    let text = call
        .params
        .get("query")
        .ok_or_else(|| ApiError::missing("query"))?;
    let count = call
        .params
        .number("count")
        .unwrap_or(10)
        .min(call.knobs.page_max as usize);
    call.shared.let_index_catch_up(call.now_ms, &call.knobs);
    let store = call.shared.store.reading();
    let mut lines: Vec<Json> = Vec::new();
    for (entity, title, by_line) in SEARCHED {
        let quoted = text.replace(['"', '\\'], " ");
        if let Ok(search) = Search::parse(entity, &format!("{title}:\"{quoted}\"")) {
            let window = Window {
                start: 0,
                count: count - lines.len().min(count),
            };
            let page =
                store
                    .index()
                    .select(entity, &search.filter(), &Order::Id { descending: false }, window);
            lines.extend(
                page.ids
                    .iter()
                    .map(|id| line(store.index(), entity, *id, [title, by_line])),
            );
        }
    }
    Ok(Reply::json(
        &json!({ "start": 0, "count": lines.len(), "data": lines }),
    ))
}

fn line(view: View<'_>, entity: Entity, id: u32, [title, by_line]: [&str; 2]) -> Json {
    let row = view.row(entity, id);
    let shown = |name: &str| {
        let field = entity.schema().field(name)?;
        match row.as_ref()?.value(field) {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    };
    json!({ "entityType": entity.name(), "entityId": id, "title": shown(title), "byLine": shown(by_line) })
}
