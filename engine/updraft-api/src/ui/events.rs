//! `GET /events`: what happens, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, Method, Response};
use bytes::Bytes;
use futures::stream;
use updraft_auth::{Action, Dags, Resource};

use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Nothing, Whole};
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::live::{EVERY, Event};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Something is said at least this often, so that proxies and browsers keep the connection.
const SILENCE_MAX: Duration = Duration::from_secs(15);
/// Then the connection ends and the browser comes again, and it is seen anew what it may be told.
const LASTS: Duration = Duration::from_mins(5);

pub(super) fn endpoint() -> Endpoint {
    let at = At(Method::GET, "/events", "events");
    Endpoint::new(at, Needs::Login, &[401], follow)
}

/// Somebody who follows.
struct Follower {
    api: Api,
    dags: Dags,
    may_runs: bool,
    may_tasks: bool,
    may_errors: bool,
    may_pools: bool,
    /// The last event that was told.
    at: i64,
    silent_since: tokio::time::Instant,
    ends_at: tokio::time::Instant,
    /// What is told first.
    first: Option<String>,
}

async fn follow(call: Call<Nothing, Nothing>) -> Result<Whole, Failure> {
    let (api, identity) = (call.api, call.identity);
    api.live().look(api.store(), api.now()).await?;
    let asked = call
        .headers
        .get(&LAST_EVENT_ID)
        .and_then(|value| value.to_str().ok());
    let asked: Option<i64> = asked.map(|text| text.trim().parse().unwrap_or(-1));
    let resumed = asked.filter(|id| api.live().since(*id).is_some());
    let last = api.live().last();
    let reset = match (asked, resumed) {
        (Some(_), None) => format!("id: {last}\nevent: reset\ndata: {{\"reason\":\"too_old\"}}\n\n"),
        _ => String::new(),
    };
    let now = tokio::time::Instant::now();
    let may = |resource: &Resource| identity.allows(Action::Read, resource);
    let follower = Follower {
        dags: identity.dags(Action::Read),
        may_runs: may(&Resource::DAG_RUN),
        may_tasks: may(&Resource::TASK_INSTANCE),
        may_errors: may(&Resource::IMPORT_ERROR),
        may_pools: may(&Resource::POOL),
        api,
        at: resumed.unwrap_or(last),
        silent_since: now,
        ends_at: now + LASTS,
        first: Some(format!("retry: 2000\nid: {}\n\n{reset}", resumed.unwrap_or(last))),
    };
    let told = stream::unfold(follower, |mut follower| async move {
        let text = follower.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), follower))
    });
    let mut response = Response::new(Body::from_stream(told));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Some proxies would collect what is told.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(Whole(response))
}

impl Follower {
    /// What is told next; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            // Who is so slow that events were forgotten comes again, and is told to read everything anew.
            let events = self.api.live().since(self.at)?;
            self.at = events.last().map_or(self.at, |event| event.id);
            let text: String = events.iter().filter(|event| self.may(event)).map(text).collect();
            let now = tokio::time::Instant::now();
            if !text.is_empty() || now.duration_since(self.silent_since) >= SILENCE_MAX {
                self.silent_since = now;
                return Some(if text.is_empty() { ":\n\n".to_owned() } else { text });
            }
            if now >= self.ends_at {
                return None;
            }
            tokio::time::sleep(EVERY).await;
            if let Err(error) = self.api.live().look(self.api.store(), self.api.now()).await {
                tracing::warn!(%error, "what happens cannot be followed");
                return None;
            }
        }
    }

    fn may(&self, event: &Event) -> bool {
        let of_readable = event.dag.as_ref().is_none_or(|dag| self.dags.contains(dag));
        of_readable
            && match event.name {
                "run" => self.may_runs,
                "grid" => self.may_runs && self.may_tasks,
                "import_error" => self.may_errors,
                "pool" => self.may_pools,
                _ => true,
            }
    }
}

fn text(event: &Event) -> String {
    format!(
        "id: {}\nevent: {}\ndata: {}\n\n",
        event.id, event.name, event.data
    )
}
