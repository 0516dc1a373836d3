//! `POST /v1/embeddings`, as OpenAI's protocol has it.
//!
//! Source: the public OpenAPI description of OpenAI's embeddings endpoint.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::MlService;
use super::embed::chain;
use crate::document::embed_documents;

/// The most texts of one request.
const TEXTS_MAX: usize = 2048;

/// What is asked.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    input: Input,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    encoding_format: Format,
    #[serde(default)]
    dimensions: Option<usize>,
    #[serde(default, rename = "user")]
    _user: Option<String>,
}

/// One text or several. The protocol also has token numbers, which belong to OpenAI's own models.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Many(Vec<String>),
}

/// How vectors are written.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// Numbers.
    #[default]
    Float,
    /// Little-endian f32 in base64.
    Base64,
}

/// Embeds texts; nothing is stored.
pub(super) async fn embeddings(
    State(service): State<MlService>,
    body: Result<Json<Request>, JsonRejection>,
) -> Response {
    let Json(request) = match body {
        Ok(body) => body,
        Err(rejection) => return error(StatusCode::BAD_REQUEST, &rejection.body_text(), None),
    };
    let identity = service.embedder.identity();
    if let Some(dimensions) = request.dimensions
        && dimensions != identity.dimensions
    {
        let message = format!(
            "`{}` has {} dimensions, not {dimensions}",
            identity.name, identity.dimensions
        );
        return error(StatusCode::BAD_REQUEST, &message, Some("dimensions"));
    }
    if let Some(model) = &request.model
        && *model != identity.name
    {
        let message = format!(
            "the model `{model}` does not exist here; there is `{}`",
            identity.name
        );
        return error(StatusCode::NOT_FOUND, &message, Some("model"));
    }
    let texts = match request.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    if texts.is_empty() || texts.len() > TEXTS_MAX || texts.iter().any(String::is_empty) {
        let message = format!("`input` must be one to {TEXTS_MAX} texts, none of them empty");
        return error(StatusCode::BAD_REQUEST, &message, Some("input"));
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    match embed_documents(service.embedder.as_ref(), &texts).await {
        Ok(embedded) => {
            let data: Vec<Value> = embedded
                .vectors
                .rows()
                .enumerate()
                .map(|(index, row)| {
                    json!({ "object": "embedding", "index": index, "embedding": written(row, request.encoding_format) })
                })
                .collect();
            let usage = json!({ "prompt_tokens": embedded.tokens, "total_tokens": embedded.tokens });
            let model = service.embedder.identity().name.clone();
            Json(json!({ "object": "list", "data": data, "model": model, "usage": usage })).into_response()
        }
        Err(failed) => {
            tracing::error!("cannot embed: {}", chain(&failed));
            error(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the texts could not be embedded",
                None,
            )
        }
    }
}

fn written(row: &[f32], format: Format) -> Value {
    match format {
        Format::Float => Value::from(row.to_vec()),
        Format::Base64 => {
            let bytes: Vec<u8> = row.iter().flat_map(|component| component.to_le_bytes()).collect();
            Value::from(STANDARD.encode(bytes))
        }
    }
}

fn error(status: StatusCode, message: &str, param: Option<&str>) -> Response {
    let kind = if status.is_server_error() {
        "server_error"
    } else {
        "invalid_request_error"
    };
    let body = json!({ "error": { "message": message, "type": kind, "param": param, "code": Value::Null } });
    (status, Json(body)).into_response()
}
