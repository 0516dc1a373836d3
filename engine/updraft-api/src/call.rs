//! A call on its way to an endpoint and its answer on the way back.

use std::marker::PhantomData;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Map;
use updraft_auth::Identity;
use updraft_store::{Author, NewEventLog, Store};

use crate::api::Api;
use crate::failure::Failure;
use crate::nul;

/// The content type of JSON.
pub(crate) const JSON: &str = "application/json";

/// What an endpoint is given: who calls, and the parts of the call as types of its own.
pub(crate) struct Call<P, Q, B = ()> {
    pub(crate) api: Api,
    pub(crate) identity: Identity,
    /// The address of whoever calls.
    pub(crate) from: String,
    pub(crate) headers: HeaderMap,
    /// Airflow's name of the operation.
    pub(crate) operation: &'static str,
    pub(crate) path: P,
    pub(crate) query: Q,
    pub(crate) body: B,
}

impl<P, Q, B> Call<P, Q, B> {
    /// The call without its body, and the body.
    pub(crate) fn take_body(self) -> (Call<P, Q>, B) {
        let call = Call {
            api: self.api,
            identity: self.identity,
            from: self.from,
            operation: self.operation,
            headers: self.headers,
            path: self.path,
            query: self.query,
            body: (),
        };
        (call, self.body)
    }

    /// Whoever calls, for what they change.
    pub(crate) fn actor(&self) -> Actor<'_> {
        Actor {
            api: &self.api,
            identity: &self.identity,
            event: self.operation,
        }
    }
}

/// Somebody who changes something. What they do stands in the event log under the name of the operation.
#[derive(Clone, Copy)]
pub(crate) struct Actor<'a> {
    pub(crate) api: &'a Api,
    pub(crate) identity: &'a Identity,
    event: &'static str,
}

impl Actor<'_> {
    /// The database, in which what is changed is said to have been done by this actor, in the same transaction.
    pub(crate) fn store(&self) -> Store {
        self.api.store().by(Author {
            owner: self.identity.name.clone(),
            event: self.event.to_owned(),
            at: self.api.now(),
            extra: Map::new(),
        })
    }

    /// Records what was done that changes nothing in the database, and to what. Nothing secret.
    pub(crate) async fn record(&self, about: NewEventLog<'_>) -> Result<(), Failure> {
        let entry = NewEventLog {
            event: self.event,
            owner: Some(&self.identity.name),
            ..about
        };
        Ok(self.api.store().record_event(&entry, self.api.now()).await?)
    }

    /// Records what was done to something that belongs to no DAG.
    pub(crate) async fn record_extra(&self, extra: serde_json::Value) -> Result<(), Failure> {
        self.record(NewEventLog {
            extra: Some(extra),
            ..NewEventLog::default()
        })
        .await
    }
}

/// The path or the query of a call without any parameters there.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct Nothing {}

/// Parameters of a path or a query.
pub(crate) trait Parameters: DeserializeOwned + JsonSchema + Send + 'static {}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Parameters for T {}

/// The body of a call.
pub(crate) trait Input: Sized + Send + 'static {
    /// Reads it.
    fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Failure>;

    /// Describes it; `None` if there is none.
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema>;
}

/// An answer.
pub(crate) trait Reply: Send + 'static {
    /// Its status.
    const STATUS: StatusCode;

    /// The content types that it can have instead of JSON.
    const ALSO: &'static [&'static str] = &[];

    /// The status of this one, where it is another.
    fn status(&self) -> StatusCode {
        Self::STATUS
    }

    /// Where the caller is to go instead.
    fn location(&self) -> Option<&str> {
        None
    }

    /// What its body is.
    fn content_type(&self) -> &'static str {
        JSON
    }

    /// Writes its body; `None` if it has none.
    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error>;

    /// Describes it; `None` if it has no body.
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema>;

    /// The answer as it is sent.
    fn into_response(self) -> Result<Response<Body>, Failure>
    where
        Self: Sized,
    {
        response(&self)
    }
}

/// JSON: of a body, or of an answer with status 200.
pub(crate) struct Json<T>(pub(crate) T);

/// An answer with status 202: something was begun.
pub(crate) struct Accepted<T>(pub(crate) T);

/// An answer with status 201: something was made.
pub(crate) struct Created<T>(pub(crate) T);

/// An answer with status 204: done, and there is nothing to say.
pub(crate) struct NoContent;

/// Of an answer that is not over by itself for long: it ends when the server stops.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EndsWithServer;

/// An answer with status 200 that is sent in parts; as JSON it is a `T`.
pub(crate) struct Streamed<T> {
    content_type: &'static str,
    ends_with_server: bool,
    parts: Body,
    kind: PhantomData<fn() -> T>,
}

impl<T> Streamed<T> {
    /// An answer of these parts, each of which is made when the one before is on its way.
    pub(crate) fn new(
        content_type: &'static str,
        parts: impl Stream<Item = Result<String, Failure>> + Send + 'static,
    ) -> Self {
        // What is sent cannot be taken back: a failure ends the answer, and the log of the server says why.
        let parts = parts.map(|part| {
            part.map(Bytes::from).map_err(|failure| {
                tracing::error!(error = %failure, "an answer broke off");
                std::io::Error::other(failure.to_string())
            })
        });
        Self {
            content_type,
            ends_with_server: false,
            parts: Body::from_stream(parts),
            kind: PhantomData,
        }
    }

    /// The same answer, which ends when the server stops.
    pub(crate) fn until_the_server_stops(mut self) -> Self {
        self.ends_with_server = true;
        self
    }
}

impl<T: JsonSchema + 'static> Reply for Streamed<T> {
    const STATUS: StatusCode = StatusCode::OK;
    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        Ok(None)
    }

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }

    fn into_response(self) -> Result<Response<Body>, Failure> {
        let mut response = Response::new(self.parts);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if self.ends_with_server {
            response.extensions_mut().insert(EndsWithServer);
        }
        Ok(response)
    }
}

/// An answer with status 201 and no body: done, and there is nothing to say.
pub(crate) struct Done;

impl Reply for Done {
    const STATUS: StatusCode = StatusCode::CREATED;

    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        Ok(None)
    }

    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

/// An answer that sends the caller elsewhere. Airflow's documents promise one with status 200 beside it.
pub(crate) struct Redirect(pub(crate) String);

impl Reply for Redirect {
    const STATUS: StatusCode = StatusCode::OK;

    fn status(&self) -> StatusCode {
        StatusCode::TEMPORARY_REDIRECT
    }

    fn location(&self) -> Option<&str> {
        Some(&self.0)
    }

    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        Ok(None)
    }

    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

impl Input for () {
    fn read(_: &HeaderMap, _: &Bytes) -> Result<Self, Failure> {
        Ok(())
    }

    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for Json<T> {
    /// Only what says that it is JSON is read: a form of another site, which a browser sends without asking, never is.
    fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Failure> {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let kind = content_type
            .and_then(|value| value.split(';').next())
            .map(str::trim);
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case(JSON)) {
            return Err(Failure::NotJson);
        }
        nul::refuse_json(body)?;
        serde_json::from_slice(body)
            .map(Self)
            .map_err(|error| Failure::body(error.to_string()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

/// JSON of a body that may be left out.
pub(crate) struct OptionalJson<T>(pub(crate) Option<T>);

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for OptionalJson<T> {
    fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Failure> {
        if body.is_empty() {
            return Ok(Self(None));
        }
        let Json(body) = Json::<Option<T>>::read(headers, body)?;
        Ok(Self(body))
    }

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<Option<T>>())
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> Reply for Json<T> {
    const STATUS: StatusCode = StatusCode::OK;

    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        serde_json::to_vec(&self.0).map(Some)
    }

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> Reply for Created<T> {
    const STATUS: StatusCode = StatusCode::CREATED;

    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        serde_json::to_vec(&self.0).map(Some)
    }

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

impl<T: Serialize + JsonSchema + Send + 'static> Reply for Accepted<T> {
    const STATUS: StatusCode = StatusCode::ACCEPTED;

    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        serde_json::to_vec(&self.0).map(Some)
    }

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
    }
}

impl Reply for NoContent {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;

    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        Ok(None)
    }

    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

/// An answer with headers of its own, or of a form of its own, such as a stream.
pub(crate) struct Whole(pub(crate) Response<Body>);

impl Reply for Whole {
    const STATUS: StatusCode = StatusCode::OK;

    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        Ok(None)
    }

    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }

    fn into_response(self) -> Result<Response<Body>, Failure> {
        Ok(self.0)
    }
}

/// An answer with status 204 that sets a cookie.
pub(crate) struct NoContentSetting(pub(crate) HeaderValue);

impl Reply for NoContentSetting {
    const STATUS: StatusCode = StatusCode::NO_CONTENT;

    fn write(&self) -> Result<Option<Vec<u8>>, serde_json::Error> {
        Ok(None)
    }

    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }

    fn into_response(self) -> Result<Response<Body>, Failure> {
        let mut response = response(&self)?;
        response.headers_mut().insert(SET_COOKIE, self.0);
        Ok(response)
    }
}

/// The answer as it is sent.
fn response<R: Reply>(reply: &R) -> Result<Response<Body>, Failure> {
    let body = reply.write().map_err(|error| Failure::Internal(error.into()))?;
    let mut response = Response::new(Body::empty());
    *response.status_mut() = reply.status();
    if let Some(location) = reply.location() {
        let location = HeaderValue::from_str(location).map_err(|error| Failure::Internal(error.into()))?;
        response.headers_mut().insert(LOCATION, location);
    }
    if let Some(body) = body {
        let content_type = HeaderValue::from_static(reply.content_type());
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        *response.body_mut() = Body::from(body);
    }
    Ok(response)
}
