//! An endpoint: its address, what it needs, what it reads and answers, and the function that does it.
//!
//! One declaration serves, is described in the OpenAPI document, and is walked by the test of permissions. What it reads and answers
//! follows from the types of its function, so that a description cannot differ from what is done.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{Method, Response, StatusCode};
use bytes::Bytes;
use schemars::{Schema, SchemaGenerator};
use updraft_auth::Identity;

use crate::access::Needs;
use crate::api::Api;
use crate::call::{Call, Input, Parameters, Reply};
use crate::failure::Failure;
use crate::nul;

/// A call whose caller is known and may do this.
pub(crate) struct Incoming {
    pub(crate) api: Api,
    pub(crate) identity: Identity,
    /// The address of whoever calls.
    pub(crate) from: String,
    pub(crate) operation: &'static str,
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Failure>> + Send>>;
type Handler = Arc<dyn Fn(Incoming) -> Answer + Send + Sync>;
type Described = fn(&mut SchemaGenerator) -> Option<Schema>;

/// What an endpoint reads and answers.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) path: Described,
    pub(crate) query: Described,
    pub(crate) body: Described,
    pub(crate) answer: Described,
    /// The status of an answer that is none of its failures.
    pub(crate) status: StatusCode,
    /// The headers that it reads, and whether each is required.
    pub(crate) headers: &'static [(&'static str, bool)],
}

/// One operation of the interface.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) method: Method,
    /// Below the prefix of its version; parameters in braces.
    pub(crate) path: &'static str,
    /// Airflow's name of the operation.
    pub(crate) id: &'static str,
    pub(crate) needs: Needs,
    /// The statuses of its failures that its document promises.
    pub(crate) failures: &'static [u16],
    pub(crate) shape: Shape,
    /// What its answer may be instead of JSON.
    pub(crate) also: &'static [&'static str],
    pub(crate) handler: Handler,
}

/// Where an endpoint is, and how Airflow calls it.
pub(crate) struct At(
    pub(crate) Method,
    pub(crate) &'static str,
    pub(crate) &'static str,
);

impl Endpoint {
    /// An endpoint that is served by a function.
    pub(crate) fn new<P, Q, B, R, F>(
        At(method, path, id): At,
        needs: Needs,
        failures: &'static [u16],
        serve: fn(Call<P, Q, B>) -> F,
    ) -> Self
    where
        P: Parameters,
        Q: Parameters,
        B: Input,
        R: Reply,
        F: Future<Output = Result<R, Failure>> + Send + 'static,
    {
        let shape = Shape {
            path: |generator| Some(generator.subschema_for::<P>()),
            query: |generator| Some(generator.subschema_for::<Q>()),
            body: B::schema,
            answer: R::schema,
            status: R::STATUS,
            headers: &[],
        };
        let handler: Handler = Arc::new(move |incoming| {
            Box::pin(async move {
                let call = read(incoming).await?;
                serve(call).await?.into_response()
            })
        });
        Self {
            method,
            path,
            id,
            needs,
            failures,
            shape,
            also: R::ALSO,
            handler,
        }
    }

    /// The same endpoint, whose answer may also be of other kinds than JSON.
    pub(crate) fn or_as(mut self, kinds: &'static [&'static str]) -> Self {
        self.also = kinds;
        self
    }

    /// Says which headers it reads, beside those that all do, and whether each is required.
    pub(crate) fn with_headers(mut self, headers: &'static [(&'static str, bool)]) -> Self {
        self.shape.headers = headers;
        self
    }
}

/// Reads a call as the types of its endpoint.
async fn read<P: Parameters, Q: Parameters, B: Input>(incoming: Incoming) -> Result<Call<P, Q, B>, Failure> {
    let Incoming {
        api,
        operation,
        identity,
        from,
        mut parts,
        body,
    } = incoming;
    let (path, query, body) = typed(&mut parts, &body).await?;
    Ok(Call {
        path,
        query,
        body,
        api,
        operation,
        identity,
        from,
        headers: parts.headers,
    })
}

/// Path, query and body of a call as types.
///
/// # Errors
/// One of them is not as its type wants it.
pub(crate) async fn typed<P: Parameters, Q: Parameters, B: Input>(
    parts: &mut Parts,
    body: &Bytes,
) -> Result<(P, Q, B), Failure> {
    let path = Path::<P>::from_request_parts(parts, &()).await;
    let Path(path) = path.map_err(|error| Failure::Invalid {
        place: "path",
        message: error.body_text(),
    })?;
    nul::refuse_encoded("path", parts.uri.path())?;
    let query = parts.uri.query().unwrap_or_default();
    nul::refuse_encoded("query", query)?;
    let query = serde_html_form::from_str(query).map_err(|error| Failure::query(error.to_string()))?;
    Ok((path, query, B::read(&parts.headers, body)?))
}
