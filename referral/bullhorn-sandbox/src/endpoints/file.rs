//! `/entityFiles/{Entity}/{id}` and `/file/{Entity}/{id}/{fileId}`: the resume of a candidate as a file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::entities::{Entity, Value};
use crate::http::{ApiError, Call, Reply};
use crate::listing;
use crate::lock::SharedExt;

/// Length of a line of base64 in the replies that wrap it.
const LINE: usize = 76;

/// Answers both: the list of a record's files, and the content of one.
pub(crate) fn file(call: &Call<'_>) -> Result<Reply, ApiError> {
    let entity = listing::entity_named(call, call.route.part(0))?;
    let not_found = || ApiError::NotFound {
        message: call.knobs.not_found_message.clone(),
    };
    let id: u32 = call
        .route
        .part(1)
        .and_then(|id| id.parse().ok())
        .ok_or_else(not_found)?;
    let file_id: Option<u32> = match call.route.part(2) {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| not_found())?),
    };
    let html = resume(call, entity, id).ok_or_else(not_found)?;
    match file_id {
        None if html.is_empty() => Ok(Reply::json(&json!({ "EntityFiles": [] }))),
        None => Ok(Reply::json(&json!({ "EntityFiles": [{
            "id": id,
            "type": "Resume",
            "name": format!("resume-{id}.html"),
            "description": "Resume",
            "contentType": "text",
            "contentSubType": "html",
            "fileType": "SAMPLE",
            "fileExtension": ".html",
            "fileSize": html.len(),
        }] }))),
        Some(file_id) if file_id == id && !html.is_empty() => Ok(Reply::json(&json!({ "File": {
            "name": format!("resume-{id}.html"),
            "contentType": "text/html",
            "fileContent": encoded(id, &html),
        } }))),
        Some(_) => Err(not_found()),
    }
}

/// The resume of a candidate; empty for records without one, none for unknown records.
fn resume(call: &Call<'_>, entity: Entity, id: u32) -> Option<String> {
    let store = call.shared.store.reading();
    let row = store.database().row(entity, id)?.with_heavy_fields(true);
    if entity != Entity::Candidate {
        return Some(String::new());
    }
    match row.value(entity.schema().field("description")?) {
        Value::Text(html) => Some(html.into_owned()),
        _ => Some(String::new()),
    }
}

/// Base64, in lines for every other file: both occur in the wild.
fn encoded(id: u32, html: &str) -> String {
    let encoded = STANDARD.encode(html);
    if id.is_multiple_of(2) {
        return encoded;
    }
    let lines: Vec<&str> = (0..encoded.len())
        .step_by(LINE)
        .filter_map(|at| encoded.get(at..encoded.len().min(at + LINE)))
        .collect();
    lines.join("\r\n")
}
