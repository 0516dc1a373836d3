//! `GET .../raw` and `GET .../download`: a log as it is, whole or a range of it.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use bytes::Bytes;
use tokio::sync::mpsc;

use super::{OfTry, missing, needs};
use crate::call::{Call, Nothing, Whole};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::logs::{LogFile, blocking};
use crate::stream;

/// So many pieces may be on their way.
const PIECES_MAX: usize = 2;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/logs/{dag_id}/{run_id}/{task_id}/{map_index}/{try_number}/raw",
        "log_raw",
    );
    Endpoint::new(at, needs(), &[401, 403, 404], get)
}

pub(super) fn download_endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/logs/{dag_id}/{run_id}/{task_id}/{map_index}/{try_number}/download",
        "log_download",
    );
    Endpoint::new(at, needs(), &[401, 403, 404], download)
}

async fn get(call: Call<OfTry, Nothing>) -> Result<Whole, Failure> {
    answer(call).await.map(Whole)
}

async fn download(call: Call<OfTry, Nothing>) -> Result<Whole, Failure> {
    let OfTry {
        dag_id,
        task_id,
        try_number,
        ..
    } = &call.path;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let name: String = format!("{dag_id}.{task_id}.{try_number}.log")
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let mut response = answer(call).await?;
    let name = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    let name = name.map_err(|error| Failure::Internal(error.into()))?;
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(Whole(response))
}

async fn answer(call: Call<OfTry, Nothing>) -> Result<Response<Body>, Failure> {
    let log = call.path.find(&call.api).await?;
    let folder = call.api.logs().folder().to_owned();
    let is_complete = log.is_complete;
    let file = blocking(move || LogFile::open(&folder, &log.path)).await?;
    if file.is_none() && is_complete {
        return Err(missing());
    }
    let length = file.as_ref().map_or(0, |file| file.length);
    let (status, (from, until)) = match range(&call.headers, length) {
        Asked::Whole => (StatusCode::OK, (0, length)),
        Asked::Part(from, until) => (StatusCode::PARTIAL_CONTENT, (from, until)),
        Asked::Outside => (StatusCode::RANGE_NOT_SATISFIABLE, (0, 0)),
    };
    let body = match file {
        Some(file) if until > from => pieces(file, (from, until)),
        Some(_) | None => Body::empty(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // It holds what anybody may have written; no browser is to make anything but text of it.
    for (name, value) in [
        (CONTENT_TYPE, "text/plain; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (CACHE_CONTROL, "no-store"),
        (ACCEPT_RANGES, "bytes"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(CONTENT_LENGTH, HeaderValue::from(until - from));
    let place = match status {
        StatusCode::PARTIAL_CONTENT => format!("bytes {from}-{}/{length}", until - 1),
        StatusCode::RANGE_NOT_SATISFIABLE => format!("bytes */{length}"),
        _ => return Ok(response),
    };
    let place = HeaderValue::try_from(place).map_err(|error| Failure::Internal(error.into()))?;
    headers.insert(CONTENT_RANGE, place);
    Ok(response)
}

/// What of a file is asked for.
enum Asked {
    Whole,
    /// From this byte to before that one; not empty.
    Part(u64, u64),
    /// A part that the file does not have.
    Outside,
}

/// One range, as RFC 9110 has it. What cannot be understood, and several ranges, are answered with everything, as it allows.
fn range(headers: &HeaderMap, length: u64) -> Asked {
    let text = headers.get(RANGE).and_then(|value| value.to_str().ok());
    let ends = text
        .and_then(|text| text.trim().strip_prefix("bytes="))
        .and_then(|text| text.split_once('-'));
    let Some((first, last)) = ends else {
        return Asked::Whole;
    };
    let (from, until) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(from), Ok(last)) if from <= last => (from, last.saturating_add(1).min(length)),
        (Ok(from), Err(_)) if last.is_empty() => (from, length),
        (Err(_), Ok(count)) if first.is_empty() => (length.saturating_sub(count), length),
        _ => return Asked::Whole,
    };
    if from < until {
        Asked::Part(from, until)
    } else {
        Asked::Outside
    }
}

/// A part of a file, read as it is sent.
fn pieces(mut file: LogFile, (from, until): (u64, u64)) -> Body {
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    tokio::task::spawn_blocking(move || {
        let mut left = until - from;
        let read = file.read(from, &mut |piece| {
            let piece = piece.get(..left as usize).unwrap_or(piece);
            left -= piece.len() as u64;
            let is_heard = sender.blocking_send(Ok(Bytes::copy_from_slice(piece))).is_ok();
            Ok(is_heard && left > 0)
        });
        if let Err(failure) = read {
            let _ = sender.blocking_send(Err(stream::broken(failure)));
        }
    });
    stream::body(receiver)
}
