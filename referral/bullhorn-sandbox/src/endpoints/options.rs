//! `/options/{Type}`: what a list in a form offers.

use serde_json::{Value as Json, json};

use crate::data::{Filter, Row};
use crate::entities::Value;
use crate::http::{ApiError, Call, Reply};
use crate::listing;
use crate::lock::SharedExt;

/// Options of one reply when the request does not say.
const COUNT_DEFAULT: usize = 20;

/// Most options of one reply.
const COUNT_MAX: usize = 300;

/// Answers with ids and names; `filter` keeps names that start with it.
pub(crate) fn options(call: &Call<'_>) -> Result<Reply, ApiError> {
    let entity = listing::entity_named(call, call.route.part(0))?;
    let prefix = call
        .params
        .get("filter")
        .unwrap_or_default()
        .trim_end_matches('*')
        .to_lowercase();
    let start = call.params.number("start").unwrap_or(0);
    let count = call
        .params
        .number("count")
        .unwrap_or(COUNT_DEFAULT)
        .min(COUNT_MAX);
    let store = call.shared.store.reading();
    let everything = Filter {
        ids: 0..=u32::MAX,
        modified: None,
        rest: None,
    };
    let mut ids = store.database().select_all(entity, &everything);
    ids.sort_unstable();
    let data: Vec<Json> = ids
        .into_iter()
        .filter_map(|id| store.database().row(entity, id))
        .map(|row| (row.id(), label_of(&row)))
        .filter(|(_, label)| label.to_lowercase().starts_with(&prefix))
        .skip(start)
        .take(count)
        .map(|(id, label)| json!({ "value": id, "label": label }))
        .collect();
    Ok(Reply::json(
        &json!({ "start": start, "count": data.len(), "data": data }),
    ))
}

fn label_of(row: &Row<'_>) -> String {
    let texts = row
        .entity()
        .schema()
        .name_fields()
        .filter_map(|field| match row.value(field) {
            Value::Text(text) => Some(text.into_owned()),
            _ => None,
        });
    texts.collect::<Vec<_>>().join(" ")
}
