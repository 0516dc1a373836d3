//! What lists have in common: which page is wanted, in which order, and which fields.

use axum::http::Method;

use crate::data::{Order, SortKey, Ties, Window};
use crate::entities::{Entity, Kind};
use crate::fields::{self, Selected};
use crate::http::{ApiError, Call};
use crate::options::TieOrder;
use crate::render::Style;

/// A page as it was asked for and as it is given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) window: Window,
    /// More was asked for than is ever given.
    pub(crate) cut: bool,
}

/// More fields than this make a page heavy.
const HEAVY_FIELD_COUNT: usize = 50;

/// The page that a call asks for.
pub(crate) fn window(call: &Call<'_>, fields: Option<&Selected>) -> Asked {
    let knobs = &call.knobs;
    let is_heavy =
        fields.is_some_and(|fields| fields.has_heavy_fields() || fields.fields.len() > HEAVY_FIELD_COUNT);
    let max = match knobs.heavy_page_max {
        Some(heavy) if is_heavy => heavy.min(knobs.page_max),
        _ => knobs.page_max,
    } as usize;
    let asked = call
        .params
        .number("count")
        .filter(|count| *count > 0)
        .unwrap_or(knobs.page_default as usize);
    let window = Window {
        start: call.params.number("start").unwrap_or(0),
        count: asked.min(max),
    };
    Asked {
        window,
        cut: asked > max,
    }
}

/// Longest query text that may come in a URL.
const URL_TEXT_MAX: usize = 7_500;

/// The text of a query; a long one must be posted.
pub(crate) fn query_text<'c>(call: &'c Call<'_>, name: &str) -> Result<Option<&'c str>, ApiError> {
    let text = call.params.get(name);
    let is_long = text.is_some_and(|text| text.chars().count() > URL_TEXT_MAX);
    if is_long && call.method != Method::POST {
        let message = format!("A '{name}' of more than {URL_TEXT_MAX} characters must be sent by POST.");
        return Err(ApiError::Parameter { message });
    }
    Ok(text)
}

/// The fields that a call asks for; none when it names neither fields nor layout.
pub(crate) fn selected(call: &Call<'_>, entity: Entity) -> Result<Option<Selected>, ApiError> {
    if let Some(text) = call.params.get("fields") {
        return Ok(Some(fields::resolve(
            entity,
            text,
            call.knobs.all_fields_allowed,
        )?));
    }
    Ok(call.params.get("layout").map(|_| Selected::names_of(entity)))
}

/// How records are written for a call.
pub(crate) fn style<'k>(call: &'k Call<'_>) -> Style<'k> {
    Style {
        to_many_default: call.knobs.to_many_default,
        to_many_max: call.knobs.to_many_max,
        confidential: &call.knobs.confidential_fields,
        editable: call.params.flag("showEditable"),
    }
}

/// The keys of a sort: `-dateAdded,id` or `dateAdded DESC, id`.
pub(crate) fn sort_keys(entity: Entity, text: &str) -> Result<Vec<SortKey>, ApiError> {
    let mut keys = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let mut words = part.split_whitespace();
        let name = words.next().unwrap_or_default();
        let descending_word = words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc"));
        let bare = name.trim_start_matches(['-', '+']);
        let field = entity
            .schema()
            .field(bare)
            .filter(|field| !matches!(field.kind, Kind::Address));
        let field = field.ok_or_else(|| ApiError::BadSort {
            field: bare.to_owned(),
        })?;
        keys.push(SortKey {
            field,
            descending: descending_word || name.starts_with('-'),
        });
    }
    Ok(keys)
}

/// The order of a search. What the index keeps sorted is not sorted again.
pub(crate) fn search_order(call: &Call<'_>, entity: Entity) -> Result<Order, ApiError> {
    let keys = sort_keys(entity, call.params.get("sort").unwrap_or_default())?;
    let ties = ties(call);
    let names: Vec<(&str, bool)> = keys
        .iter()
        .map(|key| (key.field.name.as_ref(), key.descending))
        .collect();
    Ok(match names.as_slice() {
        [] => Order::Id { descending: false },
        [("id", descending), ..] => Order::Id {
            descending: *descending,
        },
        [("dateLastModified", descending), ("id", same), ..] if descending == same => Order::Modified {
            descending: *descending,
        },
        [("dateLastModified", descending)] if ties == Ties::ById => Order::Modified {
            descending: *descending,
        },
        _ => Order::By(keys, ties),
    })
}

/// The order of a query.
pub(crate) fn query_order(call: &Call<'_>, entity: Entity) -> Result<Order, ApiError> {
    let keys = sort_keys(entity, call.params.get("orderBy").unwrap_or_default())?;
    Ok(match keys.first() {
        None => Order::Id { descending: false },
        Some(first) if first.field.name == "id" => Order::Id {
            descending: first.descending,
        },
        Some(_) => Order::By(keys, ties(call)),
    })
}

fn ties(call: &Call<'_>) -> Ties {
    match call.knobs.tie_order {
        TieOrder::ById => Ties::ById,
        TieOrder::Shuffled => Ties::Shuffled,
    }
}

/// The entity type that a path names, if this user may see it.
pub(crate) fn entity_named(call: &Call<'_>, name: Option<&str>) -> Result<Entity, ApiError> {
    let name = name.unwrap_or_default();
    let entity = Entity::parse(name).ok_or_else(|| ApiError::UnknownEntity {
        name: name.to_owned(),
    })?;
    if call.knobs.hidden_entities.iter().any(|hidden| hidden == name) {
        return Err(ApiError::Hidden { entity });
    }
    Ok(entity)
}
