//! `/entity/{Entity}`: single records, read and written.

mod members;
mod read;
mod write;

use axum::http::Method;

use crate::entities::{Entity, Field, Kind};
use crate::http::{ApiError, Call, Reply};
use crate::listing;

pub(crate) use members::visible_members;
pub(crate) use write::{commit, values_of};

/// Answers every call under `/entity`.
pub(crate) fn entity(call: &Call<'_>) -> Result<Reply, ApiError> {
    let entity = listing::entity_named(call, call.route.part(0))?;
    let parts: Vec<&str> = call.route.rest.iter().skip(1).map(String::as_str).collect();
    match (&call.method, parts.as_slice()) {
        (&Method::PUT, []) => write::create(call, entity),
        (&Method::GET | &Method::HEAD, [ids]) => read::records(call, entity, &ids_in(ids)?),
        (&Method::POST, [id]) => write::update(call, entity, one_id(id)?),
        (&Method::DELETE, [id]) => write::delete(call, entity, one_id(id)?),
        (&Method::GET | &Method::HEAD, [ids, list]) => {
            members::list(call, entity, &ids_in(ids)?, to_many(entity, list)?)
        }
        (&Method::PUT, [id, list, ids]) => {
            members::add(call, (entity, one_id(id)?), to_many(entity, list)?, &ids_in(ids)?)
        }
        (&Method::DELETE, [id, list, ids]) => {
            members::remove(call, (entity, one_id(id)?), to_many(entity, list)?, &ids_in(ids)?)
        }
        _ => Err(ApiError::MethodNotAllowed),
    }
}

/// The ids in `5,6,7`.
pub(crate) fn ids_in(text: &str) -> Result<Vec<u32>, ApiError> {
    let ids: Result<Vec<u32>, _> = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::parse)
        .collect();
    ids.map_err(|_| ApiError::Parameter {
        message: format!("'{text}' is not a list of ids."),
    })
}

fn one_id(text: &str) -> Result<u32, ApiError> {
    text.trim().parse().map_err(|_| ApiError::Parameter {
        message: format!("'{text}' is not an id."),
    })
}

/// The to-many with this name.
pub(crate) fn to_many(entity: Entity, name: &str) -> Result<&'static Field, ApiError> {
    let field = entity
        .schema()
        .field(name)
        .filter(|field| matches!(field.kind, Kind::ToMany(_)));
    field.ok_or_else(|| {
        ApiError::Fields(crate::fields::FieldsError::Invalid {
            name: name.to_owned(),
            position: 0,
        })
    })
}
