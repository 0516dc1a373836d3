//! The lines that a request is answered with.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::mpsc;

/// How often the last progress is repeated when nothing new is to be told, so that a dead connection is noticed.
const REPEAT_AFTER: Duration = Duration::from_secs(5);

/// Lines that wait for a slow reader.
const LINES_WAITING: usize = 8;

/// How far a run is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Records done.
    pub done: u64,
    /// Records in all, once known.
    pub total: Option<u64>,
    /// What is being done.
    pub message: String,
}

/// One line of an answer: progress any number of times, then one summary or one error.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// How far the run is.
    Progress(Progress),
    /// The run ended well, with these counts.
    Summary(Arc<Map<String, Value>>),
    /// The run ended with an error.
    Error {
        /// Whether the same request may succeed later without anybody doing anything.
        retryable: bool,
        /// The error with its causes.
        message: String,
    },
}

impl Event {
    /// The line, with its line end.
    fn to_line(&self) -> Bytes {
        let mut line = serde_json::to_vec(self).expect("an event is plain data");
        line.push(b'\n');
        line.into()
    }
}

/// A request that cannot be understood: an error line, with a status that says so too.
pub fn refusal(status: StatusCode, message: String) -> Response {
    (
        status,
        Json(Event::Error {
            retryable: false,
            message,
        }),
    )
        .into_response()
}

/// Where a request puts its lines.
#[derive(Debug)]
pub(crate) struct Lines(mpsc::Sender<Event>);

/// The client has hung up.
#[derive(Debug)]
pub(crate) struct HungUp;

impl Lines {
    pub(crate) async fn send(&self, event: Event) -> Result<(), HungUp> {
        self.0.send(event).await.map_err(|_| HungUp)
    }

    /// Completes when the client has hung up.
    pub(crate) async fn closed(&self) {
        self.0.closed().await;
    }

    /// Completes when the last line should be repeated.
    pub(crate) async fn silence() {
        tokio::time::sleep(REPEAT_AFTER).await;
    }
}

/// An answer that is written line by line, and the place where the lines go.
pub(crate) fn answer() -> (Lines, Response) {
    let (sender, receiver) = mpsc::channel::<Event>(LINES_WAITING);
    let lines = stream::unfold(receiver, |mut receiver| async move {
        let event = receiver.recv().await?;
        Some((Ok::<Bytes, std::convert::Infallible>(event.to_line()), receiver))
    });
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CACHE_CONTROL, "no-store"),
    ];
    (Lines(sender), (headers, Body::from_stream(lines)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_lines_of_json() {
        let progress = Progress {
            done: 3,
            total: Some(9),
            message: "reading".to_owned(),
        };
        let mut counts = Map::new();
        counts.insert("fetched".to_owned(), 9.into());
        let error = Event::Error {
            retryable: true,
            message: "down\nand out".to_owned(),
        };
        let events = [Event::Progress(progress), Event::Summary(Arc::new(counts)), error];
        let lines: Vec<u8> = events.iter().flat_map(|event| event.to_line().to_vec()).collect();
        insta::assert_snapshot!(String::from_utf8(lines).unwrap(), @r#"
        {"event":"progress","done":3,"total":9,"message":"reading"}
        {"event":"summary","fetched":9}
        {"event":"error","retryable":true,"message":"down\nand out"}
        "#);
    }
}
