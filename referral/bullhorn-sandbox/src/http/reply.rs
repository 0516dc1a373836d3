//! The answers of the sandbox before they become HTTP.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value as Json;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) content: Content,
    /// More headers.
    pub(crate) headers: Vec<(header::HeaderName, String)>,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    Json(Bytes),
    Html(String),
    Empty,
}

impl Content {
    /// Bytes.
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Json(json) => json.len() as u64,
            Self::Html(page) => page.len() as u64,
            Self::Empty => 0,
        }
    }
}

impl Reply {
    /// 200 with JSON that is already written.
    pub(crate) fn written(json: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            content: Content::Json(Bytes::from(json)),
            headers: Vec::new(),
        }
    }

    /// 200 with JSON.
    pub(crate) fn json(json: &Json) -> Self {
        Self::written(json.to_string().into_bytes())
    }

    /// 200 with a page.
    pub(crate) fn html(page: String) -> Self {
        Self {
            status: StatusCode::OK,
            content: Content::Html(page),
            headers: Vec::new(),
        }
    }

    /// 200 with nothing.
    pub(crate) fn empty() -> Self {
        Self {
            status: StatusCode::OK,
            content: Content::Empty,
            headers: Vec::new(),
        }
    }

    /// A redirect to `location`.
    pub(crate) fn redirect(status: StatusCode, location: String) -> Self {
        Self {
            status,
            content: Content::Empty,
            headers: vec![(header::LOCATION, location)],
        }
    }

    /// The same with another status.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same with one more header.
    pub(crate) fn with_header(mut self, name: header::HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// JSON wrapped in a call of `callback`, as JSONP wants it.
    pub(crate) fn called_back(mut self, callback: &str) -> Self {
        if let Content::Json(json) = &self.content {
            let mut script = format!("{callback}(").into_bytes();
            script.extend_from_slice(json);
            script.extend_from_slice(b");");
            self.content = Content::Json(Bytes::from(script));
            self.headers.push((
                header::CONTENT_TYPE,
                "application/javascript;charset=UTF-8".to_owned(),
            ));
        }
        self
    }

    /// Content type and body.
    pub(crate) fn into_parts(self) -> (StatusCode, Vec<(header::HeaderName, String)>, &'static str, Bytes) {
        let (kind, body) = match self.content {
            Content::Json(json) => ("application/json;charset=UTF-8", json),
            Content::Html(page) => ("text/html;charset=UTF-8", Bytes::from(page)),
            Content::Empty => ("", Bytes::new()),
        };
        (self.status, self.headers, kind, body)
    }
}

/// Builds a response; a header that HTTP does not allow is left out.
pub(crate) fn response(
    status: StatusCode,
    headers: Vec<(header::HeaderName, String)>,
    content_type: &'static str,
    body: Body,
) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if !content_type.is_empty() {
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
