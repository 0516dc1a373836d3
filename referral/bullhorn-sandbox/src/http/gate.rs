//! What every request passes through: counting, limits, faults, the clock's `Date` header, and the way the answer is
//! delivered.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header, request};
use axum::response::Response;
use futures::stream::{self, StreamExt};
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::json;

use super::call::{Call, Incoming};
use super::dispatch::{dispatch, to_other_data_centre};
use super::reply::{self, Reply};
use super::route::{Endpoint, Route};
use crate::faults::Fault;
use crate::lock::LockExt;
use crate::shared::Shared;
use crate::struck;
use crate::traffic::{LOGGED_CHARACTERS, LOGGED_PARAMS, LoggedRequest};

/// Largest body that is read.
const BODY_MAX: usize = 64 * 1024 * 1024;

/// How an answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Plain,
    /// After a delay.
    Late(Duration),
    /// In pieces, with a delay before each.
    Pieces {
        count: usize,
        delay: Duration,
    },
    /// Half of the body, then the connection breaks.
    Half,
    /// Nothing of the body: the connection breaks after a delay.
    Lost(Duration),
}

/// Answers one request of Bullhorn's interface.
pub(crate) async fn handle(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_MAX).await else {
        return Ok(reply::response(
            StatusCode::PAYLOAD_TOO_LARGE,
            Vec::new(),
            "",
            Body::empty(),
        ));
    };
    let now = shared.clock.now();
    let worker = Arc::clone(&shared);
    let work = tokio::task::spawn_blocking(move || answer(&worker, &parts, &body, now.as_millisecond()));
    let (answer, delivery) = match work.await {
        Ok(answered) => answered,
        Err(error) => {
            tracing::error!(%error, "a request made the sandbox panic");
            let body = json!({ "errorMessage": "The sandbox has a bug; see its log.", "errorCode": 500 });
            (
                Reply::json(&body).with_status(StatusCode::INTERNAL_SERVER_ERROR),
                Delivery::Plain,
            )
        }
    };
    let mut response = deliver(answer, delivery).await;
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok();
    if let Some(date) = date.and_then(|date| HeaderValue::from_str(&date).ok()) {
        response.headers_mut().insert(header::DATE, date);
    }
    Ok(response)
}

fn answer(shared: &Shared, parts: &request::Parts, body: &[u8], now_ms: i64) -> (Reply, Delivery) {
    let started = Instant::now();
    let route = Route::parse(parts.uri.path());
    let path_and_query = parts.uri.path_and_query().map_or("/", |text| text.as_str());
    let incoming = Incoming {
        method: &parts.method,
        uri: &parts.uri,
        headers: &parts.headers,
        body,
    };
    let mut call = Call::read(shared, route, &incoming, now_ms);
    let calls_in_minute = shared.traffic.locked().arrived(now_ms);
    let endpoint = call.route.endpoint;
    let fault = shared.faults.locked().strike(endpoint, path_and_query);
    let (mut answer, delivery) = match &fault {
        Some(fault) => struck::answer(&mut call, fault, path_and_query),
        None => (
            undisturbed(&call, path_and_query, calls_in_minute),
            Delivery::Plain,
        ),
    };
    if call.knobs.rate_headers && shows_rate(endpoint) {
        answer.headers.extend(rate_headers(
            call.knobs.calls_per_minute.unwrap_or(u32::MAX),
            calls_in_minute,
        ));
    }
    log(&call, &answer, fault.as_ref(), started.elapsed());
    (answer, delivery)
}

fn undisturbed(call: &Call<'_>, path_and_query: &str, calls_in_minute: u32) -> Reply {
    let endpoint = call.route.endpoint;
    if call
        .knobs
        .calls_per_minute
        .is_some_and(|limit| calls_in_minute > limit)
        && endpoint != Endpoint::Other
    {
        return too_many_calls();
    }
    let logs_in = matches!(endpoint, Endpoint::Authorize | Endpoint::Token | Endpoint::Login);
    if call.knobs.data_centre_moved && logs_in && !call.route.moved {
        return to_other_data_centre(call, path_and_query);
    }
    dispatch(call)
}

/// 429 as a gateway in front of Bullhorn words it.
pub(crate) fn too_many_calls() -> Reply {
    Reply::json(&json!({ "message": "API rate limit exceeded" })).with_status(StatusCode::TOO_MANY_REQUESTS)
}

/// The headers of a gateway that tell the rest of the minute.
pub(crate) fn rate_headers(limit: u32, used: u32) -> [(HeaderName, String); 2] {
    [
        (
            HeaderName::from_static("x-ratelimit-limit-minute"),
            limit.to_string(),
        ),
        (
            HeaderName::from_static("x-ratelimit-remaining-minute"),
            limit.saturating_sub(used).to_string(),
        ),
    ]
}

fn shows_rate(endpoint: Endpoint) -> bool {
    matches!(
        endpoint,
        Endpoint::LoginInfo | Endpoint::Token | Endpoint::Login | Endpoint::Ping
    )
}

fn log(call: &Call<'_>, answer: &Reply, fault: Option<&Fault>, took: Duration) {
    let shorten = |text: &str| text.chars().take(LOGGED_CHARACTERS).collect::<String>();
    let params = LOGGED_PARAMS
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), shorten(call.params.get(name)?))))
        .collect();
    let request = LoggedRequest {
        number: 0,
        at_ms: call.now_ms,
        method: call.method.to_string(),
        endpoint: call.route.endpoint,
        rest: call.route.rest.join("/"),
        params,
        status: answer.status.as_u16(),
        bytes: answer.content.len(),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        fault: fault.map(Fault::name),
    };
    tracing::debug!(
        endpoint = request.endpoint.as_str(),
        status = request.status,
        duration_ms = request.took_ms,
        "answered a request"
    );
    call.shared.traffic.locked().answered(request);
}

async fn deliver(answer: Reply, delivery: Delivery) -> Response {
    let (status, mut headers, content_type, content) = answer.into_parts();
    headers.push((header::CONTENT_LENGTH, content.len().to_string()));
    let body = match delivery {
        Delivery::Plain => Body::from(content),
        Delivery::Late(delay) => {
            tokio::time::sleep(delay).await;
            Body::from(content)
        }
        Delivery::Pieces { count, delay } => in_pieces(content, count, delay),
        Delivery::Half => broken_after(content.slice(..content.len() / 2)),
        Delivery::Lost(delay) => {
            tokio::time::sleep(delay).await;
            broken_after(Bytes::new())
        }
    };
    reply::response(status, headers, content_type, body)
}

fn in_pieces(content: Bytes, count: usize, delay: Duration) -> Body {
    let size = content.len().div_ceil(count.max(1)).max(1);
    let pieces: Vec<Bytes> = (0..content.len())
        .step_by(size)
        .map(|from| content.slice(from..content.len().min(from + size)))
        .collect();
    Body::from_stream(stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(delay).await;
        Ok::<_, Infallible>(piece)
    }))
}

/// A body that ends with an error, so that the server drops the connection. The pause lets what is there leave first.
fn broken_after(content: Bytes) -> Body {
    let broken = stream::once(async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err(std::io::Error::new(
            std::io::ErrorKind::ConnectionReset,
            "broken on demand",
        ))
    });
    Body::from_stream(stream::iter([Ok(content)]).chain(broken))
}
