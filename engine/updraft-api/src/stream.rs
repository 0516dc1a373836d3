//! Answers that are sent as they come about.

use std::future::Future;
use std::io;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Response};
use bytes::Bytes;
use futures::future::{Either, select};
use futures::{FutureExt, StreamExt};
use serde::Serialize;
use tokio::sync::mpsc::Receiver;

use crate::call::Whole;
use crate::failure::Failure;

/// A piece of an answer, or why it breaks off.
type Piece = Result<Bytes, io::Error>;

/// Pieces that another thread makes.
pub(crate) fn body(receiver: Receiver<Piece>) -> Body {
    Body::from_stream(pieces(receiver))
}

/// Pieces that a future makes, which is driven by whoever reads them: it ends with the answer.
pub(crate) fn driven(receiver: Receiver<Piece>, work: impl Future<Output = ()> + Send + 'static) -> Body {
    let work = work.boxed().fuse();
    let made = futures::stream::unfold((receiver, work), async |(mut receiver, mut work)| {
        let next = match select(Box::pin(receiver.recv()), &mut work).await {
            Either::Left((piece, _)) => Some(piece),
            Either::Right(_) => None,
        };
        let piece = match next {
            Some(piece) => piece,
            // What it made last is still there.
            None => receiver.recv().await,
        };
        piece.map(|piece| (piece, (receiver, work)))
    });
    Body::from_stream(made.boxed())
}

fn pieces(receiver: Receiver<Piece>) -> impl futures::Stream<Item = Piece> {
    futures::stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    })
}

/// An answer of lines of JSON, which nothing on the way is to keep or to gather.
pub(crate) fn ndjson(body: Body) -> Whole {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Whole(response)
}

/// Each of these as a line of JSON.
pub(crate) fn lines<T: Serialize>(items: &[T]) -> Piece {
    let mut text = Vec::new();
    for item in items {
        serde_json::to_writer(&mut text, item)?;
        text.push(b'\n');
    }
    Ok(Bytes::from(text))
}

/// Why an answer breaks off. It has begun, so there is no other way to say it than to break off; the cause is logged.
pub(crate) fn broken(failure: Failure) -> io::Error {
    tracing::error!(error = %failure, cause = ?std::error::Error::source(&failure), "an answer broke off");
    io::Error::other("the answer broke off")
}
