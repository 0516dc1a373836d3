//! `GET .../tail`: lines as they are written, each a line of JSON; at the end of the try one that says so.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::sleep;
use updraft_model::TaskInstanceState;

use super::{OfTry, look, needs};
use crate::api::Api;
use crate::call::{Call, Whole};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::logs::{AttemptLog, LogLine, read_lines};
use crate::stream;

/// How long to wait between two looks at a log.
const PAUSE: Duration = Duration::from_millis(200);
/// The database is asked about the try after so many looks that found nothing new.
const LOOKS: u32 = 4;
/// So many lines are read at once.
const LINES_MAX: u64 = 1000;
/// So many batches may be on their way.
const BATCHES_MAX: usize = 2;

pub(super) fn endpoint() -> Endpoint {
    let at = At(
        Method::GET,
        "/logs/{dag_id}/{run_id}/{task_id}/{map_index}/{try_number}/tail",
        "log_tail",
    );
    Endpoint::new(at, needs(), &[401, 403, 404, 422], get)
}

#[derive(Deserialize, JsonSchema)]
struct Query {
    /// The first line; 0 if absent.
    from: Option<u64>,
}

async fn get(call: Call<OfTry, Query>) -> Result<Whole, Failure> {
    let log = call.path.find(&call.api).await?;
    // What cannot be read is said before anything is answered.
    look(&call.api, &log, |_, _| Ok(())).await?;
    let tail = Tail {
        api: call.api,
        log,
        next: call.query.from.unwrap_or(0),
        seen: 0,
    };
    let (sender, receiver) = mpsc::channel(BATCHES_MAX);
    Ok(stream::ndjson(stream::driven(receiver, tail.follow(sender))))
}

/// A log that is followed.
struct Tail {
    api: Api,
    log: AttemptLog,
    /// The line to tell next.
    next: u64,
    /// How many lines there were at the last look.
    seen: u64,
}

impl Tail {
    /// Tells lines until the try is over, or nobody listens.
    async fn follow(mut self, sender: mpsc::Sender<Result<Bytes, std::io::Error>>) {
        let mut idle = 0;
        loop {
            // Asked before the log is read: all that a try wrote is there when it is over.
            let is_complete = self.log.is_complete;
            let lines = match self.read().await {
                Ok(lines) => lines,
                Err(failure) => {
                    let _ = sender.send(Err(stream::broken(failure))).await;
                    return;
                }
            };
            if let Some(last) = lines.last() {
                (self.next, idle) = (last.number() + 1, 0);
                if sender.send(stream::lines(&lines)).await.is_err() {
                    return;
                }
                continue;
            }
            if is_complete {
                let _ = sender.send(Ok(Bytes::from(end(self.log.state)))).await;
                return;
            }
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = sender.closed() => return,
            }
            idle += 1;
            if idle % LOOKS == 0
                && let Err(failure) = self.ask().await
            {
                let _ = sender.send(Err(stream::broken(failure))).await;
                return;
            }
        }
    }

    /// The next lines. One whose level may still come is told at the second look, and one that has not ended when the try is over.
    async fn read(&mut self) -> Result<Vec<LogLine>, Failure> {
        let (next, seen, is_complete) = (self.next, self.seen, self.log.is_complete);
        let read = look(&self.api, &self.log, move |index, file| {
            let until = if is_complete {
                index.total()
            } else {
                index.settled().max(seen.min(index.finished()))
            };
            let lines = read_lines(index, file, (next, until.min(next.saturating_add(LINES_MAX))))?;
            Ok((lines, index.finished()))
        });
        let (lines, finished) = read.await?.unwrap_or_default();
        self.seen = finished;
        Ok(lines)
    }

    /// Asks whether the try is over. One that is no more is.
    async fn ask(&mut self) -> Result<(), Failure> {
        match self.log.again(&self.api).await? {
            Some(log) => self.log = log,
            None => self.log.is_complete = true,
        }
        Ok(())
    }
}

fn end(state: Option<TaskInstanceState>) -> String {
    let state = state.map(TaskInstanceState::as_str);
    format!("{}\n", json!({ "complete": true, "state": state }))
}
