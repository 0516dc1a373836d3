//! What the reply to a data call means.

use reqwest::StatusCode;

use crate::call_error::{Fault, Rejection, ShapeError};
use crate::http::exchange::Step;
use crate::http::reply::Reply;
use crate::redact::Place;
use crate::wire::envelope::{self, ReadError};
use crate::wire::error_body::{ErrorBody, is_throttling};

/// An answer to a data call, good or bad.
#[derive(Debug)]
pub(crate) enum Answer<T> {
    Value(T),
    /// The session is unknown or has ended.
    SessionRefused,
    Rejected(Rejection),
    Unreadable(ShapeError),
}

/// Sorts a reply. `read` gets the body of a successful one; it gets an empty body only if `may_be_empty`.
pub(crate) fn judge<T>(
    reply: &Reply,
    place: &Place,
    may_be_empty: bool,
    read: impl Fn(&str) -> Result<T, ReadError>,
) -> Step<Answer<T>> {
    if is_throttling(reply.status, &reply.body) {
        return Step::Throttled;
    }
    // 412 is the answer to a call without a token.
    if matches!(
        reply.status,
        StatusCode::UNAUTHORIZED | StatusCode::PRECONDITION_FAILED
    ) {
        return Step::Done(Answer::SessionRefused);
    }
    if reply.status == StatusCode::REQUEST_TIMEOUT {
        return Step::Broken(Fault::Timeout);
    }
    if reply.status.is_server_error() {
        return Step::Broken(Fault::Server {
            status: reply.status.as_u16(),
        });
    }
    let text = envelope::text(&reply.body);
    if !reply.status.is_success() {
        return Step::Done(refusal(&text, place, reply.status));
    }
    if reply.is_empty() && !may_be_empty {
        return Step::Broken(Fault::Empty);
    }
    if reply.is_page() {
        return Step::Broken(Fault::Page);
    }
    match read(&text) {
        Ok(value) => Step::Done(Answer::Value(value)),
        Err(ReadError::Garbled) => Step::Broken(Fault::Garbled),
        Err(ReadError::ErrorBody) => Step::Done(refusal(&text, place, reply.status)),
        Err(ReadError::Shape(error)) => Step::Done(Answer::Unreadable(error)),
    }
}

fn refusal<T>(text: &str, place: &Place, status: StatusCode) -> Answer<T> {
    let error = ErrorBody::read(text);
    if error.is_about_session() {
        return Answer::SessionRefused;
    }
    Answer::Rejected(error.into_rejection(place.clone(), status))
}
