//! A call on its way to an endpoint and its answer on the way back.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use updraft_auth::Identity;
use updraft_store::NewEventLog;

use crate::api::Api;
use crate::failure::Failure;

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
    /// Records what was done, and to what. Nothing secret.
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
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json")) {
            return Err(Failure::NotJson);
        }
        serde_json::from_slice(body)
            .map(Self)
            .map_err(|error| Failure::body(error.to_string()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
        Some(generator.subschema_for::<T>())
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
    *response.status_mut() = R::STATUS;
    if let Some(body) = body {
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *response.body_mut() = Body::from(body);
    }
    Ok(response)
}
