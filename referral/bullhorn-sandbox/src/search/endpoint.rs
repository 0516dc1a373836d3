//! `/search/{Entity}`.

use serde_json::{Value as Json, json};

use super::lucene::Search;
use crate::data::{Page, Store, Window};
use crate::endpoints::meta;
use crate::entities::{Entity, Kind};
use crate::fields::Selected;
use crate::http::{ApiError, Call, Reply};
use crate::listing;
use crate::lock::SharedExt;
use crate::options::MalformedQuery;
use crate::render;

/// After so many records the length of the page is guessed.
const SAMPLE: usize = 8;

/// The user whom `/myCandidates` means.
const SESSION_USER: u32 = 1;

/// Answers `/search/{Entity}`.
pub(crate) fn search(call: &Call<'_>) -> Result<Reply, ApiError> {
    let entity = listing::entity_named(call, call.route.part(0))?;
    if !entity.is_indexed() {
        return Err(ApiError::UnknownEntity {
            name: entity.name().to_owned(),
        });
    }
    if call.params.is_empty() {
        return Ok(Reply::json(&searchable_fields(entity)));
    }
    let text = listing::query_text(call, "query")?.unwrap_or_default().trim();
    let search = parse(call, entity, text)?;
    found(call, entity, &search)
}

/// Answers `/myCandidates`: the candidates of the session's user.
pub(crate) fn my_candidates(call: &Call<'_>) -> Result<Reply, ApiError> {
    let query = format!("owner.id:{SESSION_USER}");
    let search = parse(call, Entity::Candidate, &query)?;
    found(call, Entity::Candidate, &search)
}

fn searchable_fields(entity: Entity) -> Json {
    let names = entity
        .schema()
        .fields
        .iter()
        .filter(|field| !matches!(field.kind, Kind::ToMany(_)));
    json!(names.map(|field| field.name.as_ref()).collect::<Vec<_>>())
}

fn parse(call: &Call<'_>, entity: Entity, text: &str) -> Result<Search, ApiError> {
    if text.is_empty() || text == "*" {
        return Err(ApiError::BadQuery {
            message: format!("'{text}' is not allowed as a query"),
        });
    }
    match (Search::parse(entity, text), call.knobs.malformed_query) {
        (Ok(search), _) => Ok(search),
        (Err(_), MalformedQuery::MatchAll) => Ok(Search::everything()),
        (Err(_), MalformedQuery::MatchNone) => Ok(Search::nothing()),
        (Err(error), MalformedQuery::Reject) => Err(ApiError::BadQuery {
            message: error.to_string(),
        }),
    }
}

fn found(call: &Call<'_>, entity: Entity, search: &Search) -> Result<Reply, ApiError> {
    let fields = listing::selected(call, entity)?;
    let asked = listing::window(call, fields.as_ref());
    let order = listing::search_order(call, entity)?;
    call.shared.let_index_catch_up(call.now_ms, &call.knobs);
    let store = call.shared.store.reading();
    let page = store
        .index()
        .select(entity, &search.filter(), &order, asked.window);
    let mut out = Vec::with_capacity(4_096);
    out.extend_from_slice(b"{\"total\":");
    render::integer(&mut out, page.total as i64);
    head(&mut out, &page, asked.window);
    match &fields {
        Some(fields) => rows(
            call,
            &store,
            &Found {
                entity,
                search,
                fields,
                page: &page,
            },
            &mut out,
        ),
        None => ids(&mut out, &page),
    }
    if asked.cut {
        let message = format!(
            "The count was cut to {}, the most that one reply carries.",
            asked.window.count
        );
        out.extend_from_slice(b",\"messages\":[");
        render::text(&mut out, &message);
        out.push(b']');
    }
    meta::append(call, entity, fields.as_ref(), &mut out);
    out.push(b'}');
    Ok(Reply::written(out))
}

fn head(out: &mut Vec<u8>, page: &Page, window: Window) {
    out.extend_from_slice(b",\"start\":");
    render::integer(out, window.start as i64);
    out.extend_from_slice(b",\"count\":");
    render::integer(out, page.ids.len() as i64);
    out.extend_from_slice(b",\"data\":");
}

/// Without fields the data are bare ids.
fn ids(out: &mut Vec<u8>, page: &Page) {
    out.push(b'[');
    for (index, id) in page.ids.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        render::integer(out, i64::from(*id));
    }
    out.push(b']');
}

/// A page that was found.
struct Found<'f> {
    entity: Entity,
    search: &'f Search,
    fields: &'f Selected,
    page: &'f Page,
}

fn rows(call: &Call<'_>, store: &Store, found: &Found<'_>, out: &mut Vec<u8>) {
    let style = listing::style(call);
    let heavy = found.fields.has_heavy_fields();
    out.push(b'[');
    for (index, id) in found.page.ids.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        let is_broken = call
            .error_rows
            .is_some_and(|every| (index + 1) % every as usize == 0);
        let in_database = store.database().row(found.entity, *id).is_some();
        match store.index().row(found.entity, *id) {
            Some(row) if in_database && !is_broken => {
                let row = row.with_heavy_fields(heavy);
                let score = found.search.score(&row);
                render::record(out, &row, found.fields, style, Some(score));
            }
            _ => error_row(out, *id),
        }
        if index == SAMPLE {
            // Records are of similar length: grow once instead of by doubling.
            out.reserve(out.len() / SAMPLE * found.page.ids.len());
        }
    }
    out.push(b']');
}

/// A record that the index has and the database has no more.
fn error_row(out: &mut Vec<u8>, id: u32) {
    out.extend_from_slice(b"{\"id\":");
    render::integer(out, i64::from(id));
    out.extend_from_slice(b",\"_error\":\"Entity is in the index but not in the database.\",\"_score\":1.0}");
}
