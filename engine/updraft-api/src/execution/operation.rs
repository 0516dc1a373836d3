//! An operation: its address, who may ask, what it reads and answers, and the function that does it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{Method, Response, StatusCode};
use bytes::Bytes;
use updraft_executor::RemoteAttempt;
use updraft_model::AttemptId;
use updraft_protocol::message::{Inquiry, ToSupervisor, ToTask};
use updraft_worker::{ApiError, ask_engine};

use super::api::ExecutionApi;
use super::refusal::Refusal;
use super::versions::ApiVersion;
use crate::call::{Input, Parameters, Reply};
use crate::endpoint::{Shape, typed};
use crate::failure::Failure;

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy {
    /// Anybody.
    Anybody,
    /// A worker, for an attempt to run.
    Worker,
    /// The attempt in the path, before it has begun or after.
    OwnWorkload,
    /// The attempt in the path.
    Own,
    /// Any attempt.
    Attempt,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Caller {
    Anybody,
    Worker,
    Attempt(AttemptId),
}

/// What is asked: by whom, and the parts of the call as types of its own.
pub(crate) struct Ask<P, Q, B = ()> {
    pub(crate) api: ExecutionApi,
    pub(crate) caller: Caller,
    pub(crate) version: ApiVersion,
    pub(crate) path: P,
    pub(crate) query: Q,
    pub(crate) body: B,
}

impl<P, Q, B> Ask<P, Q, B> {
    /// The attempt that asks.
    pub(crate) fn attempt(&self) -> Result<AttemptId, Refusal> {
        match self.caller {
            Caller::Attempt(attempt) => Ok(attempt),
            Caller::Anybody | Caller::Worker => Err(Refusal::denied("only attempts ask this")),
        }
    }

    /// The attempt that asks, if it runs.
    pub(crate) async fn running(&self) -> Result<RemoteAttempt, Refusal> {
        let attempt = self.attempt()?;
        let found = self.api.workers.find(attempt);
        match found.filter(|found| found.is_running && !found.is_killed) {
            Some(found) => Ok(found),
            None => Err(Refusal::gone(self.api.store.attempt_now(attempt).await?)),
        }
    }

    /// Has the engine answer what a task asks.
    pub(crate) async fn engine(&self, request: ToSupervisor) -> Result<ToTask, Refusal> {
        let running = self.running().await?;
        let whose = (running.ti.id, running.ti.key());
        match ask_engine(&*running.api, whose, request).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.refused(error).await),
        }
    }

    /// Has the engine answer a question about what the database has.
    pub(crate) async fn inquire(&self, inquiry: Inquiry) -> Result<ToTask, Refusal> {
        let running = self.running().await?;
        match running.api.inquire(running.ti.id, inquiry).await {
            Ok(ToTask::ErrorResponse(error)) => Err(Refusal::of_answer(&error)),
            Ok(answer) => Ok(answer),
            Err(error) => Err(self.refused(error).await),
        }
    }

    /// What the attempt is told if the engine does not do what it asks.
    pub(crate) async fn refused(&self, error: ApiError) -> Refusal {
        let now = match self.attempt() {
            Ok(attempt) => self.api.store.attempt_now(attempt).await,
            Err(refusal) => return refusal,
        };
        now.map_or_else(Refusal::from, |now| Refusal::of_engine(error, now))
    }
}

/// The engine has answered something else than was asked.
pub(crate) fn unexpected(answer: &ToTask) -> Refusal {
    let what = format!("the engine answers `{answer:?}`");
    Refusal::Failure(Failure::Internal(what.into()))
}

/// What an answer of the engine is expected to be.
macro_rules! expect_answer {
    ($answer:expr, $kind:ident) => {
        match $answer {
            updraft_protocol::message::ToTask::$kind(answer) => answer,
            other => return Err(crate::execution::operation::unexpected(&other)),
        }
    };
}
pub(crate) use expect_answer;

/// A call whose caller is known.
pub(crate) struct Incoming {
    pub(crate) api: ExecutionApi,
    pub(crate) caller: Caller,
    pub(crate) version: ApiVersion,
    pub(crate) parts: Parts,
    pub(crate) body: Bytes,
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Refusal>> + Send>>;
type Handler = Arc<dyn Fn(Incoming) -> Answer + Send + Sync>;

/// One operation of the interface.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    /// Below `/execution`; parameters in braces.
    pub(crate) path: &'static str,
    pub(crate) by: AskedBy,
    /// The first version that has it.
    pub(crate) since: ApiVersion,
    /// The statuses of its failures that its document promises.
    pub(crate) failures: &'static [u16],
    pub(crate) shape: Shape,
    pub(crate) handler: Handler,
}

impl Operation {
    /// An operation that is served by a function.
    pub(crate) fn new<P, Q, B, R, F>(
        (method, path): (Method, &'static str),
        by: AskedBy,
        failures: &'static [u16],
        serve: fn(Ask<P, Q, B>) -> F,
    ) -> Self
    where
        P: Parameters,
        Q: Parameters,
        B: Input,
        R: Reply,
        F: Future<Output = Result<R, Refusal>> + Send + 'static,
    {
        let shape = Shape {
            path: |generator| Some(generator.subschema_for::<P>()),
            query: |generator| Some(generator.subschema_for::<Q>()),
            body: B::schema,
            answer: R::schema,
            status: R::STATUS,
            headers: &[(super::versions::HEADER, false)],
        };
        let handler: Handler = Arc::new(move |incoming| {
            Box::pin(async move {
                let ask = read(incoming).await?;
                Ok(serve(ask).await?.into_response()?)
            })
        });
        Self {
            method,
            path,
            by,
            since: ApiVersion::April2026,
            failures,
            shape,
            handler,
        }
    }

    /// The same operation, which older versions do not have.
    pub(crate) fn since_june_2026(mut self) -> Self {
        self.since = ApiVersion::June2026;
        self
    }

    /// The same operation, which is done with another status than that of its answer.
    pub(crate) fn done_with(mut self, status: StatusCode) -> Self {
        self.shape.status = status;
        self
    }
}

/// Reads the parts of a call as the types of its operation.
async fn read<P: Parameters, Q: Parameters, B: Input>(incoming: Incoming) -> Result<Ask<P, Q, B>, Refusal> {
    let Incoming {
        api,
        caller,
        version,
        mut parts,
        body,
    } = incoming;
    let (path, query, body) = typed(&mut parts, &body).await?;
    Ok(Ask {
        api,
        caller,
        version,
        path,
        query,
        body,
    })
}
