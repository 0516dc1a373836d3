//! `GET /health` and `GET /health/ping`: whether the server can do its work.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Map, Value, json};

use super::operation::{Ask, AskedBy, Operation};
use super::refusal::Refusal;
use crate::call::{JSON, Json, Nothing, Whole};

pub(crate) fn operations() -> Vec<Operation> {
    vec![
        Operation::new((Method::GET, "/health"), AskedBy::Anybody, &[422], health),
        Operation::new((Method::GET, "/health/ping"), AskedBy::Anybody, &[422], ping),
    ]
}

async fn health(_: Ask<Nothing, Nothing>) -> Result<Json<Map<String, Value>>, Refusal> {
    Ok(Json(Map::from_iter([("status".to_owned(), "healthy".into())])))
}

/// Whether the database answers.
async fn ping(ask: Ask<Nothing, Nothing>) -> Result<Whole, Refusal> {
    let answers = ask.api.store.schema_version().await.is_ok();
    let failing: &[&str] = if answers { &[] } else { &["database"] };
    let body = json!({ "ok": if answers { vec!["database"] } else { Vec::new() }, "failing": failing });
    let mut response = Response::new(Body::from(body.to_string()));
    if !answers {
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    Ok(Whole(response))
}
