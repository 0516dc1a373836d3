//! What DAG files may ask while they are read: Variables and Connections.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use updraft_protocol::message::{
    ConnectionResult, ErrorResponse, ErrorType, OkResponse, ToSupervisor, ToTask, VariableResult,
};

/// Who answers what DAG files ask while they are read.
#[async_trait]
pub trait ParseAnswers: Send + Sync + 'static {
    /// The value of a Variable; `None` if there is none. An error says why that cannot be told.
    async fn variable(&self, key: &str) -> Result<Option<String>, String>;

    /// A Connection; `None` if there is none. An error says why that cannot be told.
    async fn connection(&self, conn_id: &str) -> Result<Option<ConnectionResult>, String>;

    /// The sources that somebody wants to be read again, though nothing of them has changed; each is told once.
    async fn wanted_again(&self) -> Vec<String>;
}

/// What one source has asked, with what it was told: it is read again when that has changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Asked {
    variables: BTreeMap<String, Option<String>>,
    connections: BTreeMap<String, Option<ConnectionResult>>,
}

impl Asked {
    /// Whether somebody who asks the same now is told something else. What cannot be told counts as unchanged.
    pub(crate) async fn has_changed(&self, answers: &dyn ParseAnswers) -> bool {
        for (key, told) in &self.variables {
            if answers.variable(key).await.is_ok_and(|now| now != *told) {
                return true;
            }
        }
        for (conn_id, told) in &self.connections {
            if answers.connection(conn_id).await.is_ok_and(|now| now != *told) {
                return true;
            }
        }
        false
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.variables.is_empty() && self.connections.is_empty()
    }
}

/// Answers the questions of one source, and remembers them.
pub(crate) struct Questions {
    answers: Option<Arc<dyn ParseAnswers>>,
    pub(crate) asked: Asked,
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions").finish_non_exhaustive()
    }
}

type Answer = Result<Option<ToTask>, ErrorResponse>;

impl Questions {
    /// Answers nothing.
    pub(crate) fn none() -> Self {
        Self::to(None)
    }

    pub(crate) fn to(answers: Option<Arc<dyn ParseAnswers>>) -> Self {
        Self {
            answers,
            asked: Asked::default(),
        }
    }

    pub(crate) async fn answer(&mut self, request: ToSupervisor) -> Answer {
        let Some(answers) = self.answers.clone() else {
            return refused("not outside of tasks and callbacks");
        };
        match request {
            ToSupervisor::GetVariable(request) => self.variable(&*answers, request.key).await,
            ToSupervisor::GetConnection(request) => self.connection(&*answers, request.conn_id).await,
            // What the file prints is kept only to explain a failure.
            ToSupervisor::MaskSecret(_) => Ok(Some(ToTask::OkResponse(OkResponse { ok: true }))),
            _ => refused(
                "while a DAG file is read only Variables and Connections can be asked for; do it in a task",
            ),
        }
    }

    async fn variable(&mut self, answers: &dyn ParseAnswers, key: String) -> Answer {
        let value = answers.variable(&key).await.map_err(unavailable)?;
        self.asked.variables.insert(key.clone(), value.clone());
        if value.is_none() {
            let message = format!("there is no Variable `{key}`");
            return Err(ErrorResponse::new(ErrorType::VariableNotFound, message));
        }
        Ok(Some(ToTask::VariableResult(VariableResult { key, value })))
    }

    async fn connection(&mut self, answers: &dyn ParseAnswers, conn_id: String) -> Answer {
        let connection = answers.connection(&conn_id).await.map_err(unavailable)?;
        self.asked.connections.insert(conn_id.clone(), connection.clone());
        connection
            .map(|connection| Some(ToTask::ConnectionResult(connection)))
            .ok_or_else(|| {
                let message = format!("there is no Connection `{conn_id}`");
                ErrorResponse::new(ErrorType::ConnectionNotFound, message)
            })
    }
}

fn refused(why: &str) -> Answer {
    Err(ErrorResponse::new(ErrorType::PermissionDenied, why))
}

fn unavailable(why: String) -> ErrorResponse {
    ErrorResponse::new(ErrorType::ApiServerError, why)
}
