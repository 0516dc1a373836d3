//! Long answers, packed with gzip for those who take that.
//!
//! Only what lies ready as a whole is packed: a stream of events or a log that is followed has no length, and nothing on its way may gather it. Nor is an
//! answer that gives somebody a cookie, whose length would tell of it.

use std::io::{self, Write};

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::Request;
use axum::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, SET_COOKIE, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::middleware::Next;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::failure::{Failure, Version};

/// Shorter answers gain nothing: they fit into one packet of the network.
const LENGTH_MIN: u64 = 1_200;
/// Longer ones take some ms, in which other calls would wait.
const AT_ONCE_MAX: usize = 64 << 10;

/// Whether who asks takes answers that are encoded so.
pub(crate) fn takes(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let weight = weight.trim().strip_prefix("q=").map(str::trim);
        name.trim() == encoding && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|q| q > 0.0))
    })
}

/// Passes a call on, and packs the answer if that is worth it.
pub(crate) async fn packed(request: Request, next: Next) -> Response<Body> {
    let takes = takes(request.headers(), "gzip");
    let mut response = next.run(request).await;
    if !is_worth_it(&response) {
        return response;
    }
    response
        .headers_mut()
        .append(VARY, HeaderValue::from_static("accept-encoding"));
    if !takes {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    match gathered(body).await {
        Ok(bytes) => {
            parts.headers.remove(CONTENT_LENGTH);
            parts
                .headers
                .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            Response::from_parts(parts, Body::from(bytes))
        }
        Err(error) => Failure::Internal(error.into()).into_response(Version::V2),
    }
}

fn is_worth_it(response: &Response<Body>) -> bool {
    let headers = response.headers();
    let is_plain = [CONTENT_ENCODING, ETAG, SET_COOKIE]
        .iter()
        .all(|name| !headers.contains_key(name));
    let is_long = response
        .body()
        .size_hint()
        .exact()
        .is_some_and(|length| length >= LENGTH_MIN);
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    let is_text = kind.starts_with("text/") || kind.ends_with("json") || kind.ends_with("yaml");
    // Of a part it is said which bytes it is.
    is_plain && is_long && is_text && response.status() != StatusCode::PARTIAL_CONTENT
}

async fn gathered(body: Body) -> Result<Vec<u8>, axum::Error> {
    let bytes = to_bytes(body, usize::MAX).await?;
    if bytes.len() <= AT_ONCE_MAX {
        return gzip(&bytes).map_err(axum::Error::new);
    }
    match tokio::task::spawn_blocking(move || gzip(&bytes)).await {
        Ok(packed) => packed.map_err(axum::Error::new),
        Err(error) => Err(axum::Error::new(error)),
    }
}

fn gzip(bytes: &Bytes) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 4), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_says_what_they_take() {
        let says = |accepted: &str, encoding| {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_str(accepted).unwrap())]);
            takes(&headers, encoding)
        };
        for accepted in ["gzip", "br, gzip", "gzip;q=0.5", "deflate , gzip ; q=1.0"] {
            assert!(says(accepted, "gzip"), "{accepted}");
        }
        for accepted in [
            "",
            "identity",
            "gzip;q=0",
            "gzip; q=0.000, br",
            "xgzip",
            "gzip;q=much",
        ] {
            assert!(!says(accepted, "gzip"), "{accepted}");
        }
        assert!(!takes(&HeaderMap::new(), "gzip"));
    }
}
